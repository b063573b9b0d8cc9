import Tensors

/// The tensors of one quantized module, each checked for its shape and type as it is asked for.
package struct PartReader {
  let tensors: TensorTable
  /// The folder, for error messages.
  let path: String
  /// The name of the module, such as `model.layers.0.mlp.up_proj`.
  let module: String

  /// The tensor of a suffix, or nil.
  func optional(_ suffix: String) -> StoredTensor? { tensors["\(module).\(suffix)"] }

  /// The tensor of a suffix.
  ///
  /// - Throws: `.missing`, which names it.
  func required(_ suffix: String) throws(CheckpointError) -> StoredTensor {
    if let tensor = optional(suffix) {
      // No quantized matrix is empty, and what is computed from its sides may divide by any of them.
      guard !tensor.shape.contains(0) else { throw Self.shape(tensor, expected: "no side of 0") }
      return tensor
    }
    let there = tensors.all.map(\.name).filter { $0.hasPrefix("\(module).") }
    throw .noSuchTensor(path: path, tensor: "\(module).\(suffix)", similar: Array(there.prefix(6)))
  }

  /// The tensor of a suffix, which must have that type.
  func required(_ suffix: String, type: [String]) throws(CheckpointError) -> StoredTensor {
    let tensor = try required(suffix)
    try Self.check(tensor, type: type)
    return tensor
  }

  static func check(_ tensor: StoredTensor, type: [String]) throws(CheckpointError) {
    guard type.contains(where: { $0.caseInsensitiveCompare(tensor.storage.name) }) else {
      throw .malformed(
        path: tensor.path, part: .tensor(tensor.name, "type"), found: tensor.storage.name,
        expected: type.joined(separator: " or "))
    }
  }

  /// Checks a shape.
  static func check(_ tensor: StoredTensor, shape: [Int], _ why: String) throws(CheckpointError) {
    guard tensor.shape == shape else {
      throw .malformed(
        path: tensor.path, part: .tensor(tensor.name, "shape"), found: "\(tensor.shape)", expected: "\(shape): \(why)")
    }
  }

  /// An error about the shape of a tensor.
  static func shape(_ tensor: StoredTensor, expected: String) -> CheckpointError {
    .malformed(path: tensor.path, part: .tensor(tensor.name, "shape"), found: "\(tensor.shape)", expected: expected)
  }

  /// Checks zero points beside symmetric weights, which older programs stored: all must be the middle, zero.
  static func checkMiddle(_ tensor: StoredTensor) throws(CheckpointError) {
    // Zero points of floats are floats; those of theirs that are zero may have a sign.
    let ignored: UInt8? = ["I8": 0, "f8_e4m3": 0x80][tensor.storage.name]
    let isMiddle = ignored.map { ignored in
      tensor.withBytes { bytes in
        (0..<bytes.byteCount).allSatisfy { bytes.littleEndian(UInt8.self, at: $0) & ~ignored == 0 }
      }
    }
    guard isMiddle == true else {
      throw .malformed(
        path: tensor.path, part: .tensor(tensor.name, "values"), found: "zero points beside symmetric weights",
        expected: "none, or zeros of type I8")
    }
  }

  /// The group of each column, as `g_idx` stores it: `[columns]`, each below `groups`.
  static func groups(_ tensor: StoredTensor, columns: Int, groups: Int) throws(CheckpointError) -> [Int32] {
    try check(tensor, type: ["I32"])
    try check(tensor, shape: [columns], "a group for each input")
    return try tensor.withBytes { bytes throws(CheckpointError) in
      var indices: [Int32] = []
      indices.reserveCapacity(columns)
      for column in 0..<columns {
        let index = bytes.littleEndian(Int32.self, at: 4 * column)
        guard 0..<Int32(groups) ~= index else {
          throw .malformed(
            path: tensor.path, part: .tensor(tensor.name, "values"), found: "the group \(index) for input \(column)",
            expected: "0 to \(groups - 1): there are \(groups) groups")
        }
        indices.append(index)
      }
      return indices
    }
  }
}

extension String {
  /// Whether both are the same but for the case of ASCII letters.
  fileprivate func caseInsensitiveCompare(_ other: String) -> Bool { lowercased() == other.lowercased() }
}
