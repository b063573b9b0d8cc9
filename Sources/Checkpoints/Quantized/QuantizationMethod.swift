import JSON

/// How a program quantizes folders: what its configuration says, and which of a folder's tensors then are which matrix.
package protocol QuantizationMethod: Sendable, Equatable {
  /// What configurations call it, such as `gptq`.
  static var name: String { get }

  /// Reads what stands under `quantization_config`, or in a file of its own.
  ///
  /// - Throws: `.setting` for a key that is missing, or asks for what this version cannot read.
  init(_ settings: JSONObject) throws(CheckpointError)

  /// Keys that the program does not have, which are not read: by their full names.
  func unread(in settings: JSONObject) throws(CheckpointError) -> [String]

  /// The matrix whose codes a tensor holds; nil where it holds none.
  func matrix(of tensor: StoredTensor, in stored: TensorTable) -> QuantizedMatrixName?

  /// Puts the tensors of a matrix together.
  ///
  /// - Parameter suffix: of the matrix's name, behind the module's.
  func weights(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights)
}

/// Every method that `quant_method` may name. MLX names none, and has a key of its own.
enum QuantizationMethods {
  static let all: [any QuantizationMethod.Type] = [
    GPTQSettings.self, AWQSettings.self, CompressedTensorsSettings.self, BitsAndBytesSettings.self, EXL2Settings.self,
    FP8Settings.self, FBGEMMSettings.self, MXFP4Settings.self, BitNetSettings.self, ModelOptSettings.self,
  ]
}

extension QuantizationMethod {
  package var name: String { Self.name }

  func isSame(as other: any QuantizationMethod) -> Bool { other as? Self == self }

  /// Codes of a module that the configuration says has none.
  func plain(_ reader: PartReader, _ said: String) -> CheckpointError {
    .malformed(
      path: reader.path, part: .tensor("\(reader.module).weight", "storage"),
      found: "codes, and that it is not quantized (\(name): \(said))", expected: "one of them")
  }

  /// A module with codes is not one of those that are said to have none.
  func check(_ reader: PartReader, isNoneOf names: ModuleNames) throws(CheckpointError) {
    guard let entry = names.entry(for: reader.module) else { return }
    throw plain(reader, "modules_to_not_convert with \(JSONText.quoted(entry))")
  }
}

/// The name of a matrix that is put together: its module's and a suffix.
package struct QuantizedMatrixName {
  let module: String
  let suffix: String

  var whole: String { "\(module).\(suffix)" }

  /// The weight of the module of a tensor; nil where the tensor's name does not end so.
  init?(_ tensor: StoredTensor, endingIn suffix: String) {
    guard tensor.name.hasSuffix(suffix) else { return nil }
    (module, self.suffix) = (String(tensor.name.dropLast(suffix.count)), "weight")
  }

  /// A matrix by its whole name: fused experts have one that does not end in `weight`.
  init?(_ name: String) {
    guard let dot = name.lastIndex(of: ".") else { return nil }
    (module, suffix) = (String(name[..<dot]), String(name[name.index(after: dot)...]))
  }
}
