import Checkpoints

/// The files of a folder in the making that hold its tensors.
package protocol WeightFiles: AnyObject {
  /// Bytes of all tensors.
  var tensorBytes: Int { get }
  /// Appends bytes of a tensor. Tensors come in the planned order, each in as many pieces as suits the caller.
  func append(_ bytes: RawSpan, to name: String) throws(CheckpointError)
  /// Ends the last file.
  func finish() throws(CheckpointError)
}

/// Files of safetensors.
final class SafetensorsWeightFiles: WeightFiles {
  /// Until `finish`.
  private var shards: SafetensorsShards?
  let tensorBytes: Int

  init(_ folder: String, _ tensors: [SafetensorsPlannedTensor], shardBytes: Int) throws(CheckpointError) {
    let shards = try SafetensorsShards(folder: folder, tensors: tensors, shardBytes: shardBytes)
    tensorBytes = shards.tensorBytes
    self.shards = consume shards
  }

  func append(_ bytes: RawSpan, to name: String) throws(CheckpointError) { try shards?.append(bytes, to: name) }

  func finish() throws(CheckpointError) {
    guard let shards = shards.take() else { preconditionFailure("a product is finished once") }
    try shards.finish()
  }
}
