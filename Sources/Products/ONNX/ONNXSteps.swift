import Checkpoints
import Models

/// A step that a graph of ONNX has operations for.
protocol ONNXStep: Step {
  /// Why this one cannot be said with them; nil where it can.
  var onnxObstacle: String? { get }
  /// Adds its operations.
  func add(to graph: inout ONNXGraphBuilder)
}

extension ONNXStep {
  var onnxObstacle: String? { nil }
}

extension Linear: ONNXStep {
  func add(to graph: inout ONNXGraphBuilder) {
    let output = graph.value(to)
    guard let bias else { return graph.product(role, graph.value(from), to: output) }
    graph.product(role, graph.value(from), to: "\(output).product")
    graph.add("Add", ["\(output).product", graph.plain(bias)], to: output)
  }
}

extension Norm: ONNXStep {
  var onnxObstacle: String? { kind.hasWeights ? nil : "found a norm without weights" }

  func add(to graph: inout ONNXGraphBuilder) {
    let output = graph.value(to)
    guard let headSize else {
      return graph.norm(kind, epsilon, graph.value(from), role, bias, to: output)
    }
    graph.add("Reshape", [graph.value(from), graph.integers([0, 0, -1, headSize])], to: "\(output).heads")
    graph.norm(kind, epsilon, "\(output).heads", role, bias, to: "\(output).norm")
    graph.add("Reshape", ["\(output).norm", graph.integers([0, 0, -1])], to: output)
  }
}

extension ONNXGraphBuilder {
  /// Brings the last side to one size.
  mutating func norm(
    _ kind: Norm.Kind, _ epsilon: Float, _ input: String, _ role: Role, _ bias: Role?, to output: String
  ) {
    let operation = kind == .rootMeanSquare ? "SimplifiedLayerNormalization" : "LayerNormalization"
    add(
      operation, [input, plain(role)] + (bias.map { [plain($0)] } ?? []), to: output,
      [.init("axis", .integer(-1)), .init("epsilon", .float(epsilon)), .init("stash_type", .integer(1))])
  }
}

extension Rope: ONNXStep {
  var onnxObstacle: String? {
    pairs == RotaryPairs() ? nil : "found positions that turn neighbours, or the last components of a head"
  }

  func add(to graph: inout ONNXGraphBuilder) {
    let isPartial = rotary.dimensions != headSize
    graph.add(
      "RotaryEmbedding", domain: ONNXGraphBuilder.runtime, [graph.value(from)] + graph.angles(rotary),
      to: graph.value(to),
      [
        .init("interleaved", .integer(0)),
        .init("num_heads", .integer(isPartial ? (graph.columns[from] ?? 0) / headSize : 0)),
        .init("rotary_embedding_dim", .integer(isPartial ? rotary.dimensions : 0)),
      ])
  }
}

extension Attention: ONNXStep {
  var onnxObstacle: String? {
    if mask != .causal { return "found attention to later tokens" }
    if valueSize != headSize { return "found heads of values of another size than those of keys" }
    if slopes != nil { return "found scores that fall with the distance (ALiBi)" }
    return nil
  }

  func add(to graph: inout ONNXGraphBuilder) {
    let layer = graph.layer ?? 0
    let inputs = [graph.value(queries), graph.value(keys), graph.value(values)]
    let past = ["key", "value"].map { "past_key_values.\(layer).\($0)" }
    let present = ["key", "value"].map { "present.\(layer).\($0)" }
    var attributes: [ONNXModel.Entry<ONNXAttribute>] = [
      .init("num_heads", .integer((graph.columns[queries] ?? 0) / headSize)),
      .init("kv_num_heads", .integer((graph.columns[keys] ?? 0) / headSize)),
      .init("scale", .float(scale ?? 1 / Float(headSize).squareRoot())),
      .init("do_rotary", .integer(0)),
    ]
    if let window { attributes.append(.init("local_window_size", .integer(window))) }
    if let softCap { attributes.append(.init("softcap", .float(softCap))) }
    graph.add(
      "GroupQueryAttention", domain: ONNXGraphBuilder.runtime,
      inputs + past + [ONNXGraphBuilder.lastPositions, ONNXGraphBuilder.totalLength]
        + (sinks.map { ["", "", "", "", graph.plain($0)] } ?? []),
      to: [graph.value(to)] + present, attributes)
  }
}

extension Activate: ONNXStep {
  func add(to graph: inout ONNXGraphBuilder) {
    let output = graph.value(to)
    let activated = up == nil ? output : "\(output).activated"
    graph.activate(activation, graph.value(gate), to: activated)
    if let up { graph.add("Mul", [activated, graph.value(up)], to: output) }
  }
}

extension ONNXGraphBuilder {
  mutating func activate(_ activation: Activation, _ input: String, to output: String) {
    switch activation {
    case .silu:
      add("Sigmoid", [input], to: "\(output).sigmoid")
      add("Mul", [input, "\(output).sigmoid"], to: output)
    case .geluTanh: add("FastGelu", domain: Self.runtime, [input], to: output)
    case .gelu: add("Gelu", domain: Self.runtime, [input], to: output)
    case .relu: add("Relu", [input], to: output)
    case .sigmoid: add("Sigmoid", [input], to: output)
    case .tanh: add("Tanh", [input], to: output)
    case .reluSquared:
      add("Relu", [input], to: "\(output).relu")
      add("Mul", ["\(output).relu", "\(output).relu"], to: output)
    }
  }
}

extension Add: ONNXStep {
  func add(to graph: inout ONNXGraphBuilder) {
    graph.add("Add", [graph.value(stream), graph.value(branch)], to: graph.value(to))
  }
}

extension Scale: ONNXStep {
  func add(to graph: inout ONNXGraphBuilder) {
    graph.add("Mul", [graph.value(from), graph.number(factor)], to: graph.value(to))
  }
}

extension Split: ONNXStep {
  var onnxObstacle: String? { heads == 1 ? nil : "found heads that each hold several parts" }

  func add(to graph: inout ONNXGraphBuilder) {
    graph.add(
      "Split", [graph.value(from), graph.integers(parts.map(\.columns))], to: parts.map { graph.value($0.to) },
      [.init("axis", .integer(-1))])
  }
}
