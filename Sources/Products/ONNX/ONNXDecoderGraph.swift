import Checkpoints
import Models

/// The graph of a decoder: tokens, and keys and values of those before them, to scores of the next.
///
/// Inputs and outputs have the names that ONNX Runtime's generate API knows.
struct ONNXDecoderGraph {
  private let shape: DecoderShape
  private let blocks: [BlockSteps]
  private let floats: ONNXType

  init(_ shape: DecoderShape, _ blocks: [BlockSteps], floats: ONNXType) {
    (self.shape, self.blocks, self.floats) = (shape, blocks, floats)
  }

  /// Why there is no graph of a model, or nil.
  static func objection(to shape: DecoderShape, _ architecture: any Architecture) -> String? {
    if shape.choices.tokenTypes != nil { return "found types of tokens, expected a model that is given tokens alone" }
    for layer in 0..<shape.layers {
      let steps = architecture.steps(shape, layer: layer).steps
      for step in steps {
        let kind = "\(type(of: step))"
        guard let step = step as? any ONNXStep else {
          return "found a step of the kind \(kind) in block \(layer), for which graphs have no operation"
        }
        if let obstacle = step.onnxObstacle {
          return "\(obstacle) in block \(layer), for which graphs have no operation"
        }
      }
      let mixes = steps.filter { $0 is Attention }.count
      if mixes != 1 { return "found \(mixes) attentions in block \(layer), expected one" }
    }
    return nil
  }

  func graph(_ builder: consuming ONNXGraphBuilder) -> ONNXGraph {
    var builder = builder
    builder.addLengths()
    embed(&builder)
    for (layer, block) in blocks.enumerated() {
      builder.turn(to: layer, columns: block.columns)
      for step in block.steps {
        guard let step = step as? any ONNXStep else { preconditionFailure("a step that was objected to") }
        step.add(to: &builder)
      }
    }
    builder.turn(to: nil)
    score(&builder)
    var graph = ONNXGraph()
    graph.name = "decoder"
    graph.nodes = builder.nodes
    graph.inputs =
      [
        ONNXValue("input_ids", .int64, [.named("batch_size"), .named("sequence_length")]),
        ONNXValue("attention_mask", .int64, [.named("batch_size"), .named("total_sequence_length")]),
        ONNXValue(ONNXGraphBuilder.positions, .int64, [.named("batch_size"), .named("sequence_length")]),
      ] + memory("past_key_values", length: "past_sequence_length")
    graph.outputs =
      [
        ONNXValue(
          "logits", floats, [.named("batch_size"), .named("sequence_length"), .fixed(shape.vocabularySize)])
      ] + memory("present", length: "total_sequence_length")
    return graph
  }

  /// Keys and values of every block.
  private func memory(_ name: String, length: String) -> [ONNXValue] {
    (0..<shape.layers).flatMap { layer in
      ["key", "value"].map {
        ONNXValue(
          "\(name).\(layer).\($0)", floats,
          [.named("batch_size"), .fixed(shape.keyValueHeads), .named(length), .fixed(shape.headSize)])
      }
    }
  }

  private func embed(_ builder: inout ONNXGraphBuilder) {
    var value = "embeddings"
    builder.gather(.tokenEmbedding, "input_ids", to: value)
    if let factor = shape.choices.embeddingMultiplier {
      builder.add("Mul", [value, builder.number(factor)], to: "embeddings.scaled")
      value = "embeddings.scaled"
    }
    if builder.has(.positionEmbedding) {
      builder.gather(.positionEmbedding, ONNXGraphBuilder.positions, to: "embeddings.positions")
      builder.add("Add", [value, "embeddings.positions"], to: "embeddings.placed")
      value = "embeddings.placed"
    }
    if builder.has(.embeddingNorm) {
      let bias: Role? = builder.has(.embeddingNormBias) ? .embeddingNormBias : nil
      builder.norm(shape.choices.norm, shape.normEpsilon, value, .embeddingNorm, bias, to: "embeddings.normed")
      value = "embeddings.normed"
    }
    builder.firstStream = value
  }

  private func score(_ builder: inout ONNXGraphBuilder) {
    var value = builder.stream(shape.layers)
    if builder.has(.outputNorm) {
      let bias: Role? = builder.has(.outputNormBias) ? .outputNormBias : nil
      builder.norm(shape.choices.norm, shape.normEpsilon, value, .outputNorm, bias, to: "final")
      value = "final"
    }
    let scale = 1 / (shape.choices.logitDivisor ?? 1) / (shape.choices.logitSoftCap ?? 1)
    let isFinal = scale == 1 && shape.choices.logitSoftCap == nil
    let (scores, matrix) = (isFinal ? "logits" : "scores", shape.hasOutputMatrix ? Role.output : .tokenEmbedding)
    if builder.has(.outputBias) {
      builder.product(matrix, value, to: "scores.product")
      builder.add("Add", ["scores.product", builder.plain(.outputBias)], to: scores)
    } else {
      builder.product(matrix, value, to: scores)
    }
    if isFinal { return }
    let scaled = shape.choices.logitSoftCap == nil ? "logits" : "scores.scaled"
    builder.add("Mul", ["scores", builder.number(scale)], to: scaled)
    guard let cap = shape.choices.logitSoftCap else { return }
    builder.add("Tanh", [scaled], to: "scores.tanh")
    builder.add("Mul", ["scores.tanh", builder.number(cap)], to: "logits")
  }
}

extension ONNXGraphBuilder {
  static let positions = "position_ids"
  /// The last position of each sequence, i32.
  static let lastPositions = "lengths.last"
  /// Of the longest sequence, keys and values of before included; i32 and i64.
  static let totalLength = "lengths.total"
  private static let longest = "lengths.longest"

  /// What all attentions read of the mask.
  mutating func addLengths() {
    add("ReduceSum", ["attention_mask", integers([1])], to: "lengths.sums", [.init("keepdims", .integer(0))])
    add("Sub", ["lengths.sums", integers([1], isScalar: true)], to: "lengths.last64")
    add("Cast", ["lengths.last64"], to: Self.lastPositions, [.init("to", .integer(ONNXType.int32.rawValue))])
    add("Shape", ["attention_mask"], to: "lengths.shape")
    add(
      "Gather", ["lengths.shape", integers([1], isScalar: true)], to: Self.longest, [.init("axis", .integer(0))])
    add("Cast", [Self.longest], to: Self.totalLength, [.init("to", .integer(ONNXType.int32.rawValue))])
  }

  /// Positions, moved by so much in sequences that are longer than that.
  mutating func movedPositions(beyond length: Int) -> String {
    let moved = "positions.beyond_\(length)"
    guard !nodes.contains(where: { $0.outputs == [moved] }) else { return moved }
    let limit = integers([length], isScalar: true)
    add("Greater", [Self.longest, limit], to: "\(moved).isLong")
    add("Where", ["\(moved).isLong", limit, integers([0], isScalar: true)], to: "\(moved).by")
    add("Add", [Self.positions, "\(moved).by"], to: moved)
    return moved
  }
}
