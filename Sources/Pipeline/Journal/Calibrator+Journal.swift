import Calibration
import Checkpoints
import Models
import Tensors

/// The calibration text in a file, between two blocks.
extension Calibrator {
  /// Writes the text, and that of the original network where it is followed.
  func store(in path: String) throws(CheckpointError) -> Journal.StoredText {
    var file = try RewrittenFile(path: path)
    try activations.forEachPart { bytes throws(CheckpointError) in try file.append(bytes) }
    try original?.forEachPart { bytes throws(CheckpointError) in try file.append(bytes) }
    return Journal.StoredText(
      own: activations.storedEdges, original: original?.storedEdges, hasDrifted: hasDrifted,
      sha256: try file.finish())
  }

  /// Reads the text.
  ///
  /// - Parameters:
  ///   - stored: what the journal tells of the file, which is whole.
  ///   - original: the original's text, where another one has read it already.
  convenience init(
    _ stored: Journal.StoredText, from path: String, original known: OriginalText?, _ plan: Plan, _ editions: [Int],
    on workers: Workers
  ) throws(RunError) {
    guard let sequences = plan.calibration, let spec = plan.spec.calibration else {
      preconditionFailure("a text is stored where there is one")
    }
    let file = try Self.attempt { () throws(FileError) in try MappedFile(path: path) }
    let own = Activations.byteCount(stored.own, rows: sequences.tokens.count)
    let all = own + Activations.byteCount(stored.original ?? [], rows: sequences.tokens.count)
    guard all == file.count else {
      throw .file(
        FileError(
          path: path,
          reason: "found \(file.count) bytes, expected \(all) of this calibration text; begin anew with --fresh"))
    }
    func read(_ edges: [Activations.StoredEdge], at start: Int) throws(RunError) -> Activations {
      try Self.attempt { () throws(FileError) in
        try Activations.restored(
          sequences, edges, from: file, at: start, hiddenSize: plan.source.shape.hiddenSize,
          in: plan.resources.activations, tokensPerBatch: plan.resources.tokensPerBatch)
      }
    }
    var original = known
    if !plan.observesDrift(editions) {
      original = nil
    } else if original == nil, let edges = stored.original {
      original = OriginalText(try read(edges, at: own))
    }
    self.init(
      try read(stored.own, at: 0), original, hasDrifted: stored.hasDrifted, plan.source, sequences, inputs: spec.inputs,
      ranges: plan.observesInputRanges(editions), experts: spec.experts ?? .usual, on: workers)
  }
}
