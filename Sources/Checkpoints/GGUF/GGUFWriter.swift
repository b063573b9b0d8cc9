import JSON
import Tensors

/// A tensor that a GGUF file will hold.
package struct GGUFPlannedTensor: Sendable {
  package let name: String
  /// Outermost side first.
  package let shape: [Int]
  package let type: GGUFTensorType

  package init(name: String, shape: [Int], type: GGUFTensorType) {
    self.name = name
    self.shape = shape
    self.type = type
  }
}

/// Writes a GGUF file (version 3) tensor by tensor, under a temporary name.
///
/// What the file will hold is said at the start, so the header is written once and a disk too small for it is
/// known before the first tensor is computed. Values of the metadata that become known only later are patched in place.
package struct GGUFWriter: ~Copyable {
  private var output: TemporaryFile
  private let tensors: [GGUFPlannedTensor]
  private var sequence: TensorSequence
  private let alignment: Int

  /// ggml keeps names in 64 bytes, the last of them zero.
  package static let maximumNameLength = 63

  /// Creates the file and writes its header.
  ///
  /// - Throws: `.misfit` for a tensor that GGUF cannot hold, `.setting` for a wrong alignment, `.file` when the file
  ///   cannot be written or the disk lacks the space for all of it.
  package init(path: String, metadata: GGUFMetadata, tensors: [GGUFPlannedTensor]) throws(CheckpointError) {
    let alignment = try GGUFHeader.alignment(metadata)
    let byteCounts = try Self.check(tensors, path: path)
    let (header, patchable) = Self.header(metadata, tensors, byteCounts, alignment: alignment)
    let total = byteCounts.reduce(header.count.padded(to: alignment)) { $0 + $1.padded(to: alignment) }
    var output = try TemporaryFile(path: path, expecting: total)
    output.setPatchable(patchable)
    try output.append(header)
    try output.pad(to: alignment)
    // Patches go straight to the file.
    try output.flush()
    self.tensors = tensors
    self.alignment = alignment
    self.output = output
    sequence = TensorSequence(
      path: path,
      zip(tensors, byteCounts).map { tensor, byteCount in
        TensorSequence.Planned(
          name: tensor.name, byteCount: byteCount, summary: "\(tensor.shape) of \(tensor.type.name)")
      })
  }

  /// Where the file will be.
  package var path: String { output.file.path }

  /// The tensor whose bytes come next, or nil when all are there.
  package var next: GGUFPlannedTensor? { sequence.current < tensors.count ? tensors[sequence.current] : nil }

  /// Appends bytes of a tensor. Tensors come in the planned order, each in as many pieces as suits the caller.
  ///
  /// - Throws: `.misfit` when another tensor's turn it is, or the tensor has fewer bytes.
  package mutating func append(_ bytes: RawSpan, to name: String) throws(CheckpointError) {
    try sequence.check(bytes.byteCount, to: name)
    try output.append(bytes)
    if sequence.advance(bytes.byteCount) { try output.pad(to: alignment) }
  }

  /// Replaces a value of the metadata by another of the same type and length.
  package mutating func patch(_ key: String, _ value: GGUFValue) throws(CheckpointError) {
    try output.patch(key, value)
  }

  /// Ends the file.
  ///
  /// - Throws: `.misfit` when bytes of a tensor are missing; then, as always without a result, nothing is left behind.
  package consuming func finish() throws(CheckpointError) -> UnpublishedFile {
    try sequence.checkComplete()
    return try output.finish()
  }

  /// The bytes of each tensor.
  private static func check(_ tensors: [GGUFPlannedTensor], path: String) throws(CheckpointError) -> [Int] {
    var names: Set<UTF8Key> = []
    var total = 0
    var counts: [Int] = []
    for tensor in tensors {
      func error(_ found: String, _ expected: String) -> CheckpointError {
        .misfit(path: path, tensor: tensor.name, found: found, expected: expected)
      }
      guard names.insert(UTF8Key(tensor.name)).inserted else { throw error("the name a second time", "each name once") }
      guard tensor.name.utf8.count <= maximumNameLength else {
        throw error("a name of \(tensor.name.utf8.count) bytes", "at most \(maximumNameLength)")
      }
      guard 1...GGUFHeader.maximumSides ~= tensor.shape.count else {
        throw error("\(tensor.shape.count) sides", "1 to \(GGUFHeader.maximumSides)")
      }
      guard let count = tensor.type.byteCount(shape: tensor.shape), count <= Int.max / 2 - total else {
        throw error(
          "the shape \(tensor.shape)",
          "rows of whole blocks of \(tensor.type.columnsPerBlock), as \(tensor.type.name) stores them")
      }
      total += count
      counts.append(count)
    }
    return counts
  }

  /// The header's bytes without padding, and where its values lie.
  private static func header(
    _ metadata: GGUFMetadata, _ tensors: [GGUFPlannedTensor], _ byteCounts: [Int], alignment: Int
  ) -> (bytes: [UInt8], patchable: [String: PatchableValue]) {
    var bytes = Array("GGUF".utf8)
    bytes.append(littleEndian: 3 as UInt32)
    bytes.append(littleEndian: UInt64(tensors.count))
    bytes.append(littleEndian: UInt64(metadata.entries.count))
    var patchable: [String: PatchableValue] = [:]
    for (key, value) in metadata.entries {
      bytes.append(gguf: key)
      bytes.append(littleEndian: value.type.rawValue)
      let start = bytes.count
      bytes.append(gguf: value)
      patchable[key] = PatchableValue(offset: start, type: value.type, byteCount: bytes.count - start)
    }
    var offset = 0
    for (tensor, byteCount) in zip(tensors, byteCounts) {
      bytes.append(gguf: tensor.name)
      bytes.append(littleEndian: UInt32(tensor.shape.count))
      for side in tensor.shape.reversed() { bytes.append(littleEndian: Int64(side)) }
      bytes.append(littleEndian: tensor.type.id)
      bytes.append(littleEndian: UInt64(offset))
      offset += byteCount.padded(to: alignment)
    }
    return (bytes, patchable)
  }
}

extension Int {
  /// The next multiple of `alignment`.
  func padded(to alignment: Int) -> Int {
    (self + alignment - 1) / alignment * alignment
  }
}
