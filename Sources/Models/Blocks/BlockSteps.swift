/// The steps of one block, checked: every edge is written once, before it is read, and by someone who is heard.
package struct BlockSteps: Sendable {
  package let steps: [any Step]
  /// The edges that the block is given, with their columns.
  package let inputs: [Edge: Int]
  /// The columns of every edge.
  package let columns: [Edge: Int]
  /// What is left when the block is done: its output, and what later blocks read of it.
  package let outputs: Set<Edge>
  /// Columns of what passes by: what earlier blocks left for later ones.
  package let passing: Int
  /// The tensors of each step.
  package let tensors: [[BlockTensor]]
  /// What calibration looks at before each step is run.
  package let sites: [[Site]]
  /// The last step after which rows go on by themselves; nil where none mixes tokens.
  let lastMix: Int?

  /// - Precondition: `problem` finds nothing.
  package init(
    _ steps: [any Step], inputs: [Edge: Int], outputs: Set<Edge> = [.blockOutput], passing: Int = 0
  ) {
    if let problem = Self.problem(steps, inputs: Set(inputs.keys), outputs) { preconditionFailure(problem) }
    var columns = inputs
    var tensors: [[BlockTensor]] = []
    for step in steps {
      tensors.append(step.tensors(columns))
      for (edge, count) in step.writes(columns) { columns[edge] = count }
    }
    (self.steps, self.inputs, self.outputs, self.columns, self.tensors) = (steps, inputs, outputs, columns, tensors)
    self.passing = passing
    sites = zip(steps, tensors).map { step, tensors in
      let seen = Set(tensors.compactMap(\.site) + step.observed)
      return step.reads.filter(seen.contains)
    }
    lastMix = steps.lastIndex(where: \.mixesTokens)
  }

  package var allTensors: [BlockTensor] { tensors.flatMap(\.self) }

  /// What is wrong with a list of steps, or nil.
  package static func problem(
    _ steps: [any Step], inputs: Set<Edge>, _ outputs: Set<Edge> = [.blockOutput]
  ) -> String? {
    var (known, unread, roles) = (inputs, Set<Edge>(), Set<Role>())
    for step in steps {
      for edge in step.reads {
        guard known.contains(edge) else { return "\(edge.label) is read before it is written" }
        unread.remove(edge)
      }
      let widths = Dictionary(uniqueKeysWithValues: known.map { ($0, 1) })
      for (edge, _) in step.writes(widths) {
        guard known.insert(edge).inserted else { return "\(edge.label) is written twice" }
        unread.insert(edge)
      }
      for tensor in step.tensors(widths) {
        let isNew = roles.insert(tensor.role).inserted
        if isNew && tensor.isRepeated { return "\(tensor.role) is repeated and no earlier step's" }
        if !isNew && !tensor.isRepeated { return "\(tensor.role) is the role of two tensors" }
      }
    }
    if let edge = outputs.first(where: { !known.contains($0) }) { return "\(edge.label) is never written" }
    return unread.subtracting(outputs).first.map { "\($0.label) is written and never read" }
  }

  /// What calibration looks at in some steps although none of their tensors multiplies it.
  package func observedAlone(in range: Range<Int>) -> Set<Edge> {
    Set(steps[range].flatMap(\.observed)).subtracting(tensors[range].joined().compactMap(\.site))
  }

  func isRead(_ edge: Edge, in range: Range<Int>) -> Bool { steps[range].contains { $0.reads.contains(edge) } }

  /// What stands before a step and is read from there on, or left when the block is done.
  package func live(before index: Int) -> Set<Edge> {
    let written = steps[..<index].flatMap { $0.writes(columns).map(\.edge) }
    return Set((Array(inputs.keys) + written).filter { outputs.contains($0) || isRead($0, in: index..<steps.count) })
  }

  /// The steps of a range that have to be run so that all of its sites can be looked at.
  func stepsBeforeSites(of range: Range<Int>) -> Set<Int> {
    var (wanted, result) = (Set<Edge>(), Set<Int>())
    for index in range.reversed() {
      let step = steps[index]
      if hasInnerSites(index) || step.writes(columns).contains(where: { wanted.contains($0.edge) }) {
        wanted.formUnion(step.reads)
        result.insert(index)
      }
      wanted.formUnion(sites[index])
    }
    return result
  }

  /// Whether a step has sites of its own, which are seen only while it runs.
  func hasInnerSites(_ index: Int) -> Bool { Set(tensors[index].compactMap(\.site)) != Set(sites[index]) }
}

extension Architecture {
  /// What a block is given: the residual stream, and what it reads of earlier blocks.
  package func inputs(_ shape: DecoderShape, layer: Int) -> [Edge: Int] {
    var inputs = [Edge.blockInput: shape.hiddenSize]
    for edge in block(shape, layer: layer).flatMap(\.reads) {
      guard let writer = edge.layer, writer < layer else { continue }
      inputs[edge] = columns(of: edge, from: writer, shape)
    }
    return inputs
  }

  /// Columns of an edge that a block leaves to later ones, or that stands before all blocks.
  private func columns(of edge: Edge, from writer: Int, _ shape: DecoderShape) -> Int? {
    if writer < 0 { return shape.choices.layerInputs?.size }
    return edge.isStream ? shape.hiddenSize : steps(shape, layer: writer).columns[edge]
  }

  /// The steps of a block, with what later blocks read of it.
  package func steps(_ shape: DecoderShape, layer: Int) -> BlockSteps {
    let steps = block(shape, layer: layer)
    let shared = Set(steps.flatMap { $0.reads + $0.writes([:]).map(\.edge) }.filter { $0.layer != nil })
    let later =
      shared.isEmpty ? [] : Set((layer + 1..<shape.layers).flatMap { block(shape, layer: $0).flatMap(\.reads) })
    let passing = later.subtracting(shared).reduce(0) { sum, edge in
      guard let writer = edge.layer, writer < layer else { return sum }
      return sum + (columns(of: edge, from: writer, shape) ?? 0)
    }
    return BlockSteps(
      steps, inputs: inputs(shape, layer: layer), outputs: shared.intersection(later).union([.blockOutput]),
      passing: passing)
  }
}
