import JSON
import Tensors

/// Writes tensors into `model.safetensors` of a folder, or into several such files with an index where they are too large
/// for one, as Hugging Face checkpoints are cut.
package struct SafetensorsShards: ~Copyable {
  private let folder: String
  private let shards: [Shard]
  private let names: [String]
  private var current = 0
  /// Of the current shard; nil when all shards are written.
  private var writer: SafetensorsWriter?

  private struct Shard {
    var tensors: [SafetensorsPlannedTensor] = []
    var byteCount = 0
  }

  /// The name under which readers look for the index.
  static let indexName = "model.safetensors.index.json"
  /// What readers expect to be told about who wrote a file.
  private static let metadata = [(key: "format", value: "pt")]

  /// Opens the first file.
  ///
  /// - Parameters:
  ///   - folder: is there, and is one that is not published yet: each file gets its name as soon as it is complete.
  ///   - tensors: what all files will hold, in order.
  ///   - shardBytes: no file holds more tensors than fit into these, but for a single larger one.
  /// - Throws: as `SafetensorsWriter`.
  package init(
    folder: String, tensors: [SafetensorsPlannedTensor], shardBytes: Int
  ) throws(CheckpointError) {
    var shards = [Shard()]
    for tensor in tensors {
      let byteCount = try Self.byteCount(tensor, folder)
      if let last = shards.last, !last.tensors.isEmpty, byteCount > shardBytes - last.byteCount {
        shards.append(Shard())
      }
      shards[shards.count - 1].tensors.append(tensor)
      shards[shards.count - 1].byteCount += byteCount
    }
    let names = (1...shards.count).map { Self.name($0, of: shards.count) }
    let first = try Self.writer(folder, names[0], shards[0])
    self.folder = folder
    self.shards = shards
    self.names = names
    writer = consume first
  }

  /// Bytes of all tensors.
  package var tensorBytes: Int { shards.reduce(0) { $0 + $1.byteCount } }

  /// Appends bytes of a tensor. Tensors come in the planned order, each in as many pieces as suits the caller.
  ///
  /// - Throws: as `SafetensorsWriter.append`.
  package mutating func append(_ bytes: RawSpan, to name: String) throws(CheckpointError) {
    if writer?.next == nil, current + 1 < shards.count {
      try close()
      current += 1
      let next = try Self.writer(folder, names[current], shards[current])
      writer = consume next
    }
    try writer?.append(bytes, to: name)
  }

  /// Ends the last file and writes the index, if there is more than one.
  ///
  /// - Throws: `.misfit` when bytes of a tensor are missing.
  package consuming func finish() throws(CheckpointError) {
    try close()
    if current + 1 < shards.count, let missing = shards[current + 1].tensors.first {
      throw .misfit(path: folder, tensor: missing.name, found: "0 bytes", expected: "the tensor before the end")
    }
    if shards.count > 1 { try AtomicFile.write(index, to: "\(folder)/\(Self.indexName)") }
  }

  private static func writer(
    _ folder: String, _ name: String, _ shard: Shard
  ) throws(CheckpointError) -> SafetensorsWriter {
    try SafetensorsWriter(path: "\(folder)/\(name)", metadata: metadata, tensors: shard.tensors)
  }

  private mutating func close() throws(CheckpointError) {
    guard let complete = writer.take() else { return }
    try complete.finish().publish()
  }

  private var index: String {
    var map = JSONMembers()
    for (shard, name) in zip(shards, names) {
      for tensor in shard.tensors { map.set(tensor.name, .string(name)) }
    }
    var metadata = JSONMembers()
    metadata.set("total_size", .integer(tensorBytes))
    var index = JSONMembers()
    index.set("metadata", .object(metadata))
    index.set("weight_map", .object(map))
    return JSONText.document(.object(index))
  }

  private static func name(_ shard: Int, of count: Int) -> String {
    guard count > 1 else { return "model.safetensors" }
    func digits(_ number: Int) -> String { String(repeating: "0", count: max(0, 5 - "\(number)".count)) + "\(number)" }
    return "model-\(digits(shard))-of-\(digits(count)).safetensors"
  }

  private static func byteCount(_ tensor: SafetensorsPlannedTensor, _ folder: String) throws(CheckpointError) -> Int {
    guard let type = SafetensorsType(rawValue: tensor.type), let bits = (tensor.shape + [type.bits]).checkedProduct
    else {
      throw .misfit(
        path: folder, tensor: tensor.name, found: "\(tensor.shape) of \(tensor.type)",
        expected: "a type of the format, such as F16, and a size that fits")
    }
    return bits / 8
  }
}
