import Schemes
import Tensors

extension ImportanceMatrix {
  private static let sumsEnding = ".in_sum2"
  private static let countsEnding = ".counts"

  /// Reads the newer form: for each weight matrix the tensors `NAME.in_sum2` and `NAME.counts`.
  static func gguf(_ path: String) throws(CheckpointError) -> ImportanceMatrix {
    let file = try GGUFFile(path: path)
    let kind = try file.metadata.string("general.type")
    guard kind == "imatrix" else { throw file.metadata.error("general.type", expected: "\"imatrix\"") }
    var entries: [Entry] = []
    for tensor in file.tensors.all {
      if tensor.name.hasSuffix(countsEnding) {
        _ = try file.tensor(String(tensor.name.dropLast(countsEnding.count)) + sumsEnding)
        continue
      }
      guard tensor.name.hasSuffix(sumsEnding) else {
        throw .malformed(
          path: path, part: .tensor(tensor.name, "name"), found: tensor.name,
          expected: "a name that ends in \(sumsEnding) or \(countsEnding)")
      }
      let name = String(tensor.name.dropLast(sumsEnding.count))
      let counts = try file.tensor(name + countsEnding)
      guard counts.elementCount == tensor.rows, counts.elementCount > 0 else {
        throw .malformed(
          path: path, part: .tensor(counts.name, "shape"), found: "\(counts.shape)",
          expected: "one count for each of \(tensor.rows) matrices")
      }
      entries.append(Entry(name: name, sums: try tensor.matrix().array(), counts: try counts.matrix().array()))
    }
    return ImportanceMatrix(
      entries: entries, datasets: try file.metadata.optionalStrings("imatrix.datasets") ?? [],
      chunkCount: try file.metadata.optionalInteger("imatrix.chunk_count") ?? 0,
      chunkSize: try file.metadata.optionalInteger("imatrix.chunk_size") ?? 0)
  }

  /// Writes the newer form and publishes it.
  ///
  /// - Returns: warnings, as `UnpublishedFile.publish` does.
  @discardableResult
  package func write(to path: String) throws(CheckpointError) -> [String] {
    var metadata = GGUFMetadata(path: path)
    metadata["general.type"] = .string("imatrix")
    metadata["imatrix.datasets"] = .strings(datasets)
    metadata["imatrix.chunk_count"] = .uint32(UInt32(clamping: chunkCount))
    metadata["imatrix.chunk_size"] = .uint32(UInt32(clamping: chunkSize))
    guard let type = GGUFTensorType.named(F32().name) else { preconditionFailure("GGUF has Float32") }
    var tensors: [GGUFPlannedTensor] = []
    for entry in entries {
      let matrices = entry.counts.count
      tensors.append(
        GGUFPlannedTensor(name: entry.name + Self.sumsEnding, shape: [matrices, entry.columns], type: type))
      tensors.append(GGUFPlannedTensor(name: entry.name + Self.countsEnding, shape: [matrices, 1], type: type))
    }
    var writer = try GGUFWriter(path: path, metadata: metadata, tensors: tensors)
    for entry in entries {
      try writer.append(entry.sums.span.bytes, to: entry.name + Self.sumsEnding)
      try writer.append(entry.counts.span.bytes, to: entry.name + Self.countsEnding)
    }
    return try writer.finish().publish()
  }
}
