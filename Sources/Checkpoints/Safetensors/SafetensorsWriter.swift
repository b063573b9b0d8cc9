import Foundation
import JSON
import Tensors

/// A tensor that a safetensors file will hold.
package struct SafetensorsPlannedTensor: Sendable {
  package let name: String
  /// Outermost side first.
  package let shape: [Int]
  /// The format's name of the element type, such as `F16` or `I32`.
  package let type: String

  package init(name: String, shape: [Int], type: String) {
    self.name = name
    self.shape = shape
    self.type = type
  }
}

/// Writes a safetensors file tensor by tensor, under a temporary name. What it will hold is said at the start.
package struct SafetensorsWriter: ~Copyable {
  private var output: TemporaryFile
  private let tensors: [SafetensorsPlannedTensor]
  private var sequence: TensorSequence

  /// Creates the file and writes its header.
  ///
  /// - Throws: `.misfit` for a tensor that the format cannot hold, `.file` when the file cannot be written or the disk
  ///   lacks the space for all of it.
  package init(
    path: String, metadata: [(key: String, value: String)] = [], tensors: [SafetensorsPlannedTensor]
  ) throws(CheckpointError) {
    let byteCounts = try Self.check(tensors, path: path)
    let header = Self.header(metadata, tensors, byteCounts)
    var output = try TemporaryFile(path: path, expecting: byteCounts.reduce(header.count, +))
    try output.append(header)
    self.tensors = tensors
    self.output = output
    sequence = TensorSequence(
      path: path,
      zip(tensors, byteCounts).map { tensor, byteCount in
        TensorSequence.Planned(
          name: tensor.name, byteCount: byteCount, summary: "\(tensor.shape) of \(tensor.type)")
      })
  }

  /// Where the file will be.
  package var path: String { output.file.path }

  /// The tensor whose bytes come next, or nil when all are there.
  package var next: SafetensorsPlannedTensor? { sequence.current < tensors.count ? tensors[sequence.current] : nil }

  /// Appends bytes of a tensor. Tensors come in the planned order, each in as many pieces as suits the caller.
  ///
  /// - Throws: `.misfit` when another tensor's turn it is, or the tensor has fewer bytes.
  package mutating func append(_ bytes: RawSpan, to name: String) throws(CheckpointError) {
    try sequence.check(bytes.byteCount, to: name)
    try output.append(bytes)
    _ = sequence.advance(bytes.byteCount)
  }

  /// Ends the file.
  ///
  /// - Throws: `.misfit` when bytes of a tensor are missing; then, as always without a result, nothing is left behind.
  package consuming func finish() throws(CheckpointError) -> UnpublishedFile {
    try sequence.checkComplete()
    return try output.finish()
  }

  private static func check(_ tensors: [SafetensorsPlannedTensor], path: String) throws(CheckpointError) -> [Int] {
    var names: Set<UTF8Key> = [UTF8Key("__metadata__")]
    var total = 0
    var counts: [Int] = []
    for tensor in tensors {
      func error(_ found: String, _ expected: String) -> CheckpointError {
        .misfit(path: path, tensor: tensor.name, found: found, expected: expected)
      }
      guard names.insert(UTF8Key(tensor.name)).inserted else {
        throw error("a name that is taken", "each name once, and none __metadata__")
      }
      guard let type = SafetensorsType(rawValue: tensor.type) else {
        throw error("the type \(tensor.type)", "a type of the format, such as F16")
      }
      guard tensor.shape.allSatisfy({ $0 >= 0 }), let bits = (tensor.shape + [type.bits]).checkedProduct,
        bits % 8 == 0, bits / 8 <= Int.max / 2 - total
      else { throw error("the shape \(tensor.shape)", "whole bytes, and a size that fits") }
      total += bits / 8
      counts.append(bits / 8)
    }
    return counts
  }

  /// The length and the header, padded with spaces so that the tensors start at a multiple of eight.
  private static func header(
    _ metadata: [(key: String, value: String)], _ tensors: [SafetensorsPlannedTensor], _ byteCounts: [Int]
  ) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.map { "\(JSONText.quoted($0.key)):\(JSONText.quoted($0.value))" }
      members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    for (tensor, byteCount) in zip(tensors, byteCounts) {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        """
        \(JSONText.quoted(tensor.name)):{"dtype":"\(tensor.type)","shape":[\(shape)],\
        "data_offsets":[\(offset),\(offset + byteCount)]}
        """)
      offset += byteCount
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: text.count.padded(to: 8) - text.count)
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt64(text.count))
    return bytes + text
  }
}
