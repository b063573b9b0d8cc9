import Calibration
import Checkpoints
import Models
import Tensors

/// The calibration text in a file, between two blocks. The first rank has the file; others give it their shards, and get them back.
extension Calibrator {
  /// Writes the text, and that of the original network where it is followed.
  ///
  /// - Precondition: this is the first rank; all others call `handOver` meanwhile.
  func store(in path: String) throws(CheckpointError) -> Journal.StoredText {
    var file = try RewrittenFile(path: path)
    for edge in activations.storedEdges {
      try activations.forEachPart(of: edge) { bytes throws(CheckpointError) in try file.append(bytes) }
      try receiveOthers(into: &file)
    }
    for edge in original?.storedEdges ?? [] {
      try original?.forEachPart(of: edge) { bytes throws(CheckpointError) in try file.append(bytes) }
      try receiveOthers(into: &file)
    }
    return Journal.StoredText(
      own: activations.storedEdges, original: original?.storedEdges, hasDrifted: hasDrifted,
      sha256: try file.finish())
  }

  /// What the other ranks have of an edge.
  private func receiveOthers(into file: inout RewrittenFile) throws(CheckpointError) {
    for rank in 1..<max(1, workers.ranks.count) {
      while true {
        let bytes = workers.ranks.receive(from: rank)
        guard !bytes.isEmpty else { break }
        try file.append(bytes.span.bytes)
      }
    }
  }

  /// Gives the first rank what it stores.
  func handOver() {
    let ranks = workers.ranks
    func send(_ bytes: RawSpan) { ranks.send(bytes.withUnsafeBytes { Array($0) }, to: 0) }
    for edge in activations.storedEdges {
      activations.forEachPart(of: edge) { send($0) }
      ranks.send([], to: 0)
    }
    for edge in original?.storedEdges ?? [] {
      original?.forEachPart(of: edge) { send($0) }
      ranks.send([], to: 0)
    }
  }

  /// Reads the text.
  ///
  /// - Parameters:
  ///   - stored: what the journal tells of the file, which is whole. The first rank alone looks at it.
  ///   - original: the original's text, where another one has read it already.
  convenience init(
    _ stored: Journal.StoredText, from path: String, original known: OriginalText?, _ plan: Plan, _ editions: [Int],
    on workers: Workers
  ) throws(RunError) {
    guard let sequences = plan.calibration, let spec = plan.spec.calibration else {
      preconditionFailure("a text is stored where there is one")
    }
    let source = try Source(stored, path, plan, sequences, workers.ranks)
    let own = try source.read(stored.own)
    var original = known
    if !plan.observesDrift(editions) {
      original = nil
    } else if original == nil, let edges = stored.original {
      original = OriginalText(try source.read(edges))
    }
    self.init(
      own, original, hasDrifted: stored.hasDrifted, plan.source, sequences, inputs: spec.inputs,
      ranges: plan.observesInputRanges(editions), experts: spec.experts ?? .usual, on: workers)
  }
}

/// Where a rank gets a stored text from: the first from the file, others from the first.
private final class Source {
  private let file: MappedFile?
  private var offset = 0
  private let plan: Plan
  private let sequences: TokenSequences
  private let ranks: any Ranks

  init(
    _ stored: Journal.StoredText, _ path: String, _ plan: Plan, _ sequences: TokenSequences, _ ranks: any Ranks
  ) throws(RunError) {
    (self.plan, self.sequences, self.ranks) = (plan, sequences, ranks)
    guard ranks.isFirst else {
      file = nil
      return
    }
    let file = try Calibrator.attempt { () throws(FileError) in try MappedFile(path: path) }
    let all = Activations.byteCount(stored.own + (stored.original ?? []), rows: sequences.tokens.count)
    guard all == file.count else {
      throw .file(
        FileError(
          path: path,
          reason: "found \(file.count) bytes, expected \(all) of this calibration text; begin anew with --fresh"))
    }
    self.file = file
  }

  /// The next edges of the file.
  func read(_ edges: [Activations.StoredEdge]) throws(RunError) -> Activations {
    let batches = (0..<ranks.count).map {
      Activations.batches(
        of: sequences, columns: plan.source.shape.hiddenSize, tokensPerBatch: plan.resources.tokensPerBatch, rank: $0,
        of: ranks)
    }
    return try Calibrator.attempt { () throws(FileError) in
      try Activations.restored(
        sequences, edges, hiddenSize: plan.source.shape.hiddenSize, in: plan.resources.activations,
        tokensPerBatch: plan.resources.tokensPerBatch, over: ranks
      ) { edge, batch in
        guard let file else {
          let bytes = ranks.receive(from: 0)
          return Matrix(rows: batch.rows.count, columns: edge.columns, copying: bytes.span.bytes)
        }
        let range = range(batch.rows, edge)
        defer { file.release(range) }
        let own = Matrix(rows: batch.rows.count, columns: edge.columns, copying: file.bytes.extracting(range))
        if batch.index == batches[0].count - 1 {
          // The edge is read: others get theirs.
          for rank in 1..<max(1, ranks.count) {
            for other in batches[rank] {
              let range = self.range(other.rows, edge)
              ranks.send(file.bytes.extracting(range).withUnsafeBytes { Array($0) }, to: rank)
              file.release(range)
            }
          }
          offset += sequences.tokens.count * edge.columns * MemoryLayout<Float>.stride
        }
        return own
      }
    }
  }

  /// Where some rows of the edge that is being read lie in the file.
  private func range(_ rows: Range<Int>, _ edge: Activations.StoredEdge) -> Range<Int> {
    let size = edge.columns * MemoryLayout<Float>.stride
    return offset + rows.lowerBound * size..<offset + rows.upperBound * size
  }
}
