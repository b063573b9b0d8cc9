import Calibration
import Checkpoints
import Models
import Tensors

/// Runs whole models that make embeddings over texts, one block of weights in memory at a time.
package struct EmbeddingEvaluation: Sendable {
  private let texts: TokenSequences
  private let workers: Workers
  /// Called after each block with the work done so far and in all.
  private let progress: @Sendable (_ done: Int, _ total: Int) -> Void

  /// - Parameter texts: of all corpora, one after the other.
  package init(
    _ texts: [TokenSequences], on workers: Workers,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) {
    self.texts = TokenSequences(texts: texts.flatMap { texts in (0..<texts.count).map { Array(texts[$0]) } })
    self.workers = workers
    self.progress = progress
  }

  /// The embedding of every text under each model, `[texts, hidden]`, of length 1.
  ///
  /// - Precondition: every model makes embeddings.
  package func embeddings(of models: [EvaluatedModel]) throws(CheckpointError) -> [SharedMatrix] {
    let passes = passes(hiddenSize: models.map(\.source.shape.hiddenSize).max() ?? 1)
    let steps = Steps(passes.count * models.reduce(0) { $0 + $1.source.shape.layers }, progress)
    var all: [SharedMatrix] = []
    for model in models {
      var result = Matrix(rows: texts.count, columns: model.source.shape.hiddenSize)
      for pass in passes { result.replaceRows(from: pass.lowerBound, with: try embeddings(of: model, pass, steps)) }
      all.append(SharedMatrix(result))
    }
    return all
  }

  /// Texts that are run at one time.
  private func passes(hiddenSize: Int) -> [Range<Int>] {
    let rows = max(Activations.tokensPerBatch(hiddenSize: hiddenSize), Evaluation.bytesPerPass / (4 * hiddenSize))
    return texts.rows.cut(shards: 1, rowsPerUnit: rows).units.map(\.sequences)
  }

  private func embeddings(
    of model: EvaluatedModel, _ pass: Range<Int>, _ steps: Steps
  ) throws(CheckpointError) -> Matrix {
    let shape = model.source.shape
    guard let pooling = shape.choices.pooling else { preconditionFailure("a model that makes no embeddings") }
    let sequences = TokenSequences(texts: pass.map { Array(texts[$0]) })
    let decoder = Decoder(model.source, sequenceLength: sequences.length, on: workers)
    var activations = Activations(sequences, decoder, try model.input())
    for layer in 0..<shape.layers {
      let block = try model.block(layer)
      activations.update { edges, sequences in decoder.run(nil, block, edges, sequences) }
      steps.advance()
    }
    let norm = (weight: try model.optional(.outputNorm), bias: try model.optional(.outputNormBias))
    var result = Matrix(rows: pass.count, columns: shape.hiddenSize)
    var first = 0
    for batch in activations.batches {
      var states = activations.stream(batch)
      // Encoders that norm the stream itself have none behind it.
      if let weight = norm.weight { states = decoder.normalize(states, weight.matrix, bias: norm.bias) }
      result.replaceRows(from: first, with: pooling.embeddings(states, batch.sequences))
      first += batch.sequences.count
    }
    return result
  }
}

extension EmbeddingEvaluation {
  /// Writes embeddings as a safetensors file: `embeddings` f32 `[texts, hidden]`, and `tokens` i32 `[texts]`, the length of
  /// each text.
  ///
  /// - Returns: warnings, as `UnpublishedFile.publish` does.
  @discardableResult
  package func write(_ embeddings: borrowing Matrix, to path: String) throws(CheckpointError) -> [String] {
    var writer = try SafetensorsWriter(
      path: path,
      tensors: [
        SafetensorsPlannedTensor(name: "embeddings", shape: [embeddings.rows, embeddings.columns], type: "F32"),
        SafetensorsPlannedTensor(name: "tokens", shape: [texts.count], type: "I32"),
      ])
    for row in 0..<embeddings.rows { try writer.append(unsafe embeddings.row(row).bytes, to: "embeddings") }
    let lengths = texts.rows.ranges.map { Int32($0.count) }
    try writer.append(unsafe lengths.span.bytes, to: "tokens")
    return try writer.finish().publish()
  }
}
