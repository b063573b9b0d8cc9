import Checkpoints
import Models
import Tensors

/// The scores of every token of the vocabulary after each token of one text: what programs can be compared by.
package enum Logits {
  /// Runs a model over one sequence.
  ///
  /// - Returns: `[tokens, vocabulary]`.
  package static func of(
    _ model: ModelSource, _ tokens: [Int32], on workers: Workers
  ) throws(CheckpointError) -> Matrix {
    let decoder = Decoder(model, sequenceLength: tokens.count, on: workers)
    let input = try model.input()
    let edges = decoder.enter(tokens, input)
    let sequences = SequenceRows(lengths: [tokens.count])
    for layer in 0..<model.shape.layers { decoder.run(nil, try model.block(layer), edges, sequences) }
    let normalized = decoder.normalize(
      edges.takeStream(), try model.matrix(.outputNorm), bias: try model.optional(.outputNormBias))
    let output = model.shape.tiedOutput ? input.table : SharedMatrix(try model.matrix(.output))
    let bias = try model.optional(.outputBias)
    guard let inputs = model.outputInputs else { return decoder.logits(normalized, output.matrix, bias: bias) }
    return decoder.logits(inputs.rounded(normalized, on: workers), output.matrix, bias: bias)
  }

  /// Writes tokens and logits as a safetensors file: `tokens` i32 `[tokens]` and `logits` f32 `[tokens, vocabulary]`.
  ///
  /// - Returns: warnings, as `UnpublishedFile.publish` does.
  @discardableResult
  package static func write(
    _ logits: borrowing Matrix, of tokens: [Int32], to path: String
  ) throws(CheckpointError) -> [String] {
    var writer = try SafetensorsWriter(
      path: path,
      tensors: [
        SafetensorsPlannedTensor(name: "tokens", shape: [tokens.count], type: "I32"),
        SafetensorsPlannedTensor(name: "logits", shape: [logits.rows, logits.columns], type: "F32"),
      ])
    try writer.append(unsafe tokens.span.bytes, to: "tokens")
    for row in 0..<logits.rows { try writer.append(unsafe logits.row(row).bytes, to: "logits") }
    return try writer.finish().publish()
  }
}
