import Tensors

/// Tells from the operations of a graph what its constants are.
struct ONNXWeightReader {
  private let path: String
  private let graph: ONNXGraph
  private let stored: TensorTable
  /// Who makes a value.
  private let makers: [String: ONNXNode]

  init(path: String, _ graph: ONNXGraph, _ stored: TensorTable) throws(CheckpointError) {
    (self.path, self.graph, self.stored) = (path, graph, stored)
    var makers: [String: ONNXNode] = [:]
    for node in graph.nodes {
      for output in node.outputs where !output.isEmpty && makers.updateValue(node, forKey: output) != nil {
        throw .malformed(
          path: path, part: .header("node \(node.name)"), found: "the value \(output), which another makes too",
          expected: "each value once")
      }
    }
    self.makers = makers
  }

  /// The weights, in the order in which the first constant of each is stored.
  ///
  /// - Throws: what is wrong with which constant.
  func assembled() throws(CheckpointError) -> TensorTable {
    var matrices: [String: StoredTensor] = [:]
    var hidden: Set<String> = []
    var transposed: [String: ONNXNode] = [:]
    for node in graph.nodes {
      switch node.operation {
      case "MatMulNBits", "GatherBlockQuantized":
        let layout = try quantized(node)
        let weights = try ONNXBlocksWeights(layout)
        let matrix = StoredTensor(name: layout.name, shape: [weights.rows, weights.columns], weights)
        let known = matrices[layout.codes.name]
        guard known == nil || known?.shape == matrix.shape && known?.storage.name == weights.typeName else {
          throw error(layout.codes, "two operations that read it otherwise", "one way to read it")
        }
        matrices[layout.codes.name] = matrix
        hidden.formUnion(weights.parts.map(\.name))
      case "MatMul":
        guard node.inputs.count == 2, stored[node.inputs[1]] != nil else { continue }
        transposed[node.inputs[1]] = node
      case "RotaryEmbedding": hidden.formUnion(node.inputs.dropFirst(2))
      default: continue
      }
    }
    for name in transposed.keys {
      guard let tensor = stored[name] else { continue }
      let weights = try ONNXTransposedWeights(tensor)
      matrices[name] = StoredTensor(name: name, shape: [weights.rows, weights.columns], weights)
    }
    var table = TensorTable()
    for tensor in stored.all {
      guard let weights = matrices[tensor.name] ?? (hidden.contains(tensor.name) ? nil : tensor) else { continue }
      guard table.add(weights) else { throw error(tensor, "it as numbers and quantized", "one of them") }
    }
    return table
  }

  /// What an operation that reads blocks says of them.
  private func quantized(_ node: ONNXNode) throws(CheckpointError) -> ONNXBlocks {
    let isProduct = node.operation == "MatMulNBits"
    func fault(_ found: String, _ expected: String) -> CheckpointError {
      .malformed(path: path, part: .header("node \(node.name)"), found: found, expected: expected)
    }
    func integer(_ name: String, _ usual: Int? = nil) throws(CheckpointError) -> Int {
      switch node.attribute(name) {
      case .integer(let value)?: return value
      case nil where usual != nil: return usual ?? 0
      default: throw fault("no integer \(name)", "one")
      }
    }
    let known =
      isProduct
      ? ["K", "N", "bits", "block_size", "accuracy_level", "weight_prepacked"]
      : ["bits", "block_size", "gather_axis", "quantize_axis"]
    if let other = node.attributes.first(where: { !known.contains($0.name) }) {
      throw fault("the attribute \(other.name)", "only \(known.joined(separator: ", "))")
    }
    let expected =
      isProduct
      ? [("weight_prepacked", 0, 0...0), ("accuracy_level", 0, 0...1)]
      : [("gather_axis", 0, 0...0), ("quantize_axis", 1, 1...1)]
    for (name, usual, allowed) in expected {
      let value = try integer(name, usual)
      guard allowed ~= value else { throw fault("\(name) \(value)", "\(allowed.upperBound)") }
    }
    // Without what is multiplied, or gathered.
    let operand = isProduct ? 0 : 1
    let inputs = node.inputs.indices.filter { $0 != operand }.map { node.inputs[$0] }
    guard inputs.count >= 2, inputs.dropFirst(3).allSatisfy(\.isEmpty) else {
      throw fault(
        "\(node.inputs.count) inputs", "codes, scales and perhaps zero points, and no bias or index of groups")
    }
    var sources: [StoredTensor] = []
    for input in inputs.prefix(3) where !input.isEmpty {
      guard let tensor = stored[source(of: input)] else { throw fault("the input \(input)", "a constant") }
      sources.append(tensor)
    }
    guard sources.count >= 2, !inputs[0].isEmpty, !inputs[1].isEmpty else {
      throw fault("no codes or no scales", "both")
    }
    let bits = try integer("bits", 4)
    let suffix = ONNXBlocksLayout.codesSuffix(bits: bits)
    guard sources[0].name.hasSuffix(suffix) else {
      throw error(sources[0], "codes of \(bits) bits under this name", "a name that ends in \(suffix)")
    }
    return ONNXBlocks(
      path: path, name: String(sources[0].name.dropLast(suffix.count)), bits: bits,
      blockSize: try integer("block_size"),
      sides: isProduct ? (try integer("N"), try integer("K")) : nil, codes: sources[0], scales: sources[1],
      zeros: sources.count > 2 ? sources[2] : nil)
  }

  /// The constant behind a value: itself, or what it is another shape of.
  private func source(of value: String) -> String {
    guard stored[value] == nil, let maker = makers[value], maker.operation == "Reshape", let input = maker.inputs.first
    else { return value }
    return input
  }

  private func error(_ tensor: StoredTensor, _ found: String, _ expected: String) -> CheckpointError {
    .malformed(path: path, part: .tensor(tensor.name, "use"), found: found, expected: expected)
  }
}
