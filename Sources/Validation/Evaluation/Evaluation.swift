import Calibration
import Checkpoints
import Foundation
import LinearAlgebra
import Models
import Synchronization
import Tensors

/// Runs whole models over texts and questions, one block of weights in memory at a time. Of several ranks each runs some of the
/// sequences and scores some of the positions, and all have all scores.
///
/// What is asked is cut into passes, so that the residual stream has a bound; in each pass every model runs once, and
/// the logits of a few positions at a time are scored and forgotten. Memory holds neither vocabulary × tokens nor
/// hidden size × all tokens.
package struct Evaluation: Sendable {
  package let material: ValidationMaterial
  private let workers: Workers
  /// Called after each block and each part that was scored with the work done so far and in all.
  private let progress: @Sendable (_ done: Int, _ total: Int) -> Void

  package init(
    _ material: ValidationMaterial, on workers: Workers,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) {
    self.material = material
    self.workers = workers
    self.progress = progress
  }

  /// −ln p of every token that is asked for, under one model.
  package func losses(of model: EvaluatedModel) throws(CheckpointError) -> [Float] {
    let passes = passes(hiddenSize: model.source.shape.hiddenSize)
    let steps = Steps(passes.count * (model.source.shape.layers + 1), progress)
    var losses = [Float](repeating: 0, count: material.positions.all.count)
    for pass in passes {
      let state = try run(model, pass, steps)
      let tokens = tokens(of: pass)
      let scores = tiles(of: pass, vocabulary: state.output.matrix.rows) { tile in
        let logits = state.logits(tile)
        return tile.map { loss(logits.row($0 - tile.lowerBound), next: tokens[$0]) }
      }
      for (position, score) in zip(pass.scored, scores) { losses[position] = score }
      steps.advance()
    }
    return losses
  }

  /// Scores of every token that is asked for, under each candidate and the reference. All have one vocabulary.
  ///
  /// - Parameter kept: what the reference made of the same material before.
  package func scores(
    of candidates: [EvaluatedModel], against reference: EvaluatedModel, kept: OriginalStates? = nil
  ) throws(CheckpointError) -> [[TokenScore]] {
    let shape = reference.source.shape
    let passes = passes(hiddenSize: max(shape.hiddenSize, candidates.map(\.source.shape.hiddenSize).max() ?? 0))
    let layers = candidates.reduce(shape.layers) { $0 + $1.source.shape.layers + 1 }
    let steps = Steps(passes.count * layers, progress)
    let blank = TokenScore(referenceLoss: 0, loss: 0, divergence: 0, sameTop: false, top5Overlap: 0)
    var all = candidates.map { _ in [TokenScore](repeating: blank, count: material.positions.all.count) }
    for (number, pass) in passes.enumerated() {
      let known = try run(reference, pass, number, kept, steps)
      let tokens = tokens(of: pass)
      for (index, candidate) in candidates.enumerated() {
        let state = try run(candidate, pass, steps)
        let scores = tiles(of: pass, vocabulary: known.output.matrix.rows) { tile in
          let p = known.logits(tile)
          let q = state.logits(tile)
          return tile.map { row in
            let place = row - tile.lowerBound
            return TokenScore(reference: p.row(place), candidate: q.row(place), next: tokens[row])
          }
        }
        for (position, score) in zip(pass.scored, scores) { all[index][position] = score }
        steps.advance()
      }
    }
    return all
  }

  /// Bytes of the residual stream of one pass; what a pass costs beside its tokens, reading the weights, is little
  /// beside what so many tokens cost.
  package static let bytesPerPass = 128 << 20

  private func passes(hiddenSize: Int) -> [Pass] {
    Pass.all(of: material.positions, tokens: max(2048, Self.bytesPerPass / (4 * hiddenSize)))
  }

  private func tokens(of pass: Pass) -> [Int] {
    pass.scored.map { Int(material.positions.all[$0].token) }
  }

  /// Logits that one task holds. Every tile reads the whole output matrix, so a large vocabulary needs as many rows as a
  /// small one.
  private static let logitsPerTile = 1 << 22

  /// Scored positions whose logits one task holds.
  package static func rowsPerTile(vocabulary: Int) -> Int {
    min(128, max(16, logitsPerTile / max(1, vocabulary)))
  }

  /// The results of `body` for tiles of a pass's positions, in order.
  private func tiles<T: Sendable & Shippable>(of pass: Pass, vocabulary: Int, _ body: (Range<Int>) -> [T]) -> [T] {
    let rows = Self.rowsPerTile(vocabulary: vocabulary)
    let count = pass.scored.count
    return workers.sharedMap((count + rows - 1) / rows) { tile in
      body(tile * rows..<min(count, (tile + 1) * rows))
    }.flatMap { $0 }
  }

  /// What the reference makes of a pass, now or before.
  private func run(
    _ reference: EvaluatedModel, _ pass: Pass, _ number: Int, _ kept: OriginalStates?, _ steps: Steps
  ) throws(CheckpointError) -> FinalState {
    let shape = reference.source.shape
    let hidden = try kept?.hidden(ofPass: number, rows: pass.scored.count, columns: shape.hiddenSize)
    // The first rank alone knows what is kept.
    let isKept = hidden != nil
    if workers.ranks.fromFirst({ isKept }) {
      var known = if let hidden { hidden } else { Matrix(rows: pass.scored.count, columns: shape.hiddenSize) }
      workers.ranks.copyFromFirst(&known)
      for _ in 0..<shape.layers { steps.advance() }
      let output = try reference.matrix(shape.tiedOutput ? .tokenEmbedding : .output)
      return FinalState(
        hidden: SharedMatrix(known), output: SharedMatrix(output), bias: try reference.optional(.outputBias),
        choices: shape.choices)
    }
    let state = try run(reference, pass, steps)
    try kept?.keep(state.hidden.matrix, ofPass: number)
    return state
  }

  /// All blocks and the last norm, for the positions that are asked about.
  private func run(_ model: EvaluatedModel, _ pass: Pass, _ steps: Steps) throws(CheckpointError) -> FinalState {
    let shape = model.source.shape
    let input = try model.input()
    var streams: [Stream] = []
    for group in pass.groups { streams.append(Stream(group, model.source, input, on: workers)) }
    let last = shape.layers - 1
    for layer in 0..<shape.layers {
      let block = try model.block(layer)
      for stream in streams { layer < last ? stream.run(block) : stream.finish(block) }
      steps.advance()
    }
    let norm = SharedMatrix(try model.matrix(.outputNorm))
    let bias = try model.optional(.outputNormBias)
    var hidden = Matrix(rows: pass.scored.count, columns: shape.hiddenSize)
    var first = 0
    for stream in streams {
      let answers = stream.answers(norm.matrix, bias)
      hidden.replaceRows(from: first, with: answers)
      first += answers.rows
    }
    let output = shape.tiedOutput ? input.table : SharedMatrix(try model.matrix(.output))
    if let inputs = model.source.outputInputs { hidden = inputs.rounded(hidden, on: workers) }
    return FinalState(
      hidden: SharedMatrix(hidden), output: output, bias: try model.optional(.outputBias), choices: shape.choices)
  }
}

/// The residual stream of one group of texts, and at last what is left of it where anything is asked.
private final class Stream {
  private let decoder: Decoder
  private var activations: Activations
  private let group: Pass.Group
  /// The rows that predictions are made from, each once and in order, and the stream after the last block there.
  private let asked: [Int]
  private var final: Matrix
  private let workers: Workers

  init(_ group: Pass.Group, _ model: any ModelWeights, _ input: InputWeights, on workers: Workers) {
    self.group = group
    decoder = Decoder(model, sequenceLength: group.sequences.length, on: workers)
    activations = Activations(group.sequences, decoder, input, over: workers.ranks)
    self.workers = workers
    asked = Set(group.rows).sorted()
    final = Matrix(uninitializedRows: asked.count, columns: model.shape.hiddenSize)
  }

  func run(_ block: BlockWeights) {
    activations.update { [decoder] edges, sequences in decoder.run(nil, block, edges, sequences) }
  }

  /// Runs the last block, of which only attention looks at rows that nobody asks about.
  func finish(_ block: BlockWeights) {
    let first = asked.firstIndex { $0 >= activations.batches.first?.rows.lowerBound ?? .max } ?? asked.count
    var done = first
    defer { final.shareRows(first..<done, over: workers.ranks) }
    for batch in activations.batches {
      let rows = asked[done...].prefix { $0 < batch.rows.upperBound }.map { $0 - batch.rows.lowerBound }
      if rows.isEmpty { continue }
      let edges = activations.copy(batch)
      decoder.run(nil, block, edges, batch.sequences, .rows(rows))
      final.replaceRows(from: done, with: edges.takeStream())
      done += rows.count
    }
  }

  /// What the output matrix reads for each scored position, `[positions, hidden]`.
  func answers(_ norm: borrowing Matrix, _ bias: SharedMatrix?) -> Matrix {
    let places = Dictionary(uniqueKeysWithValues: asked.enumerated().map { ($1, $0) })
    return decoder.normalize(final.copy(rows: group.rows.map { places[$0] ?? 0 }), norm, bias: bias)
  }
}

/// What the output matrix reads, and the output matrix.
private struct FinalState: Sendable {
  /// `[positions, hidden]`
  let hidden: SharedMatrix
  /// `[vocabulary, hidden]`
  let output: SharedMatrix
  let bias: SharedMatrix?
  let choices: DecoderChoices

  /// Logits of some positions, `[positions, vocabulary]`, on this thread.
  func logits(_ tile: Range<Int>) -> Matrix {
    var logits = Self.logits(hidden.matrix, tile, output.matrix)
    choices.finish(&logits, bias)
    return logits
  }

  private static func logits(_ hidden: borrowing Matrix, _ tile: Range<Int>, _ output: borrowing Matrix) -> Matrix {
    var logits = Matrix(rows: tile.count, columns: output.rows)
    var target = logits.mutableView()
    multiply(hidden.view(rows: tile), .plain, output.view(), .transposed, into: &target)
    return logits
  }
}

/// Counts steps from one thread.
final class Steps {
  private var done = 0
  private let total: Int
  private let progress: (Int, Int) -> Void

  init(_ total: Int, _ progress: @escaping (Int, Int) -> Void) {
    self.total = total
    self.progress = progress
  }

  func advance() {
    done += 1
    progress(done, total)
  }
}
