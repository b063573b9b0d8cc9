import LinearAlgebra
import Tensors

/// Experts: what each makes of the tokens that its router sends to it, by how much each counts, and what one makes of all tokens.
///
/// Steps of experts are lists of their own, and their sites come to be known only while tokens are routed. So a step of experts is
/// calibrated as one.
package struct Route: Step {
  package let experts: Experts
  /// What experts read.
  package let from: Edge
  /// What the router reads.
  package let scored: Edge
  package let to: Edge
  /// What each expert does, from `expertInput` on.
  package let expert: BlockSteps
  /// What the expert does that every token goes to, from the input of them all on.
  package let shared: BlockSteps?

  /// - Parameter scored: nil for what experts read.
  package init(
    _ experts: Experts, from: Edge, scored: Edge? = nil, to: Edge, expert: BlockSteps, shared: BlockSteps?
  ) {
    (self.experts, self.from, self.to, self.expert, self.shared) = (experts, from, to, expert, shared)
    self.scored = scored ?? from
  }

  package var reads: [Edge] { scored == from ? [from] : [scored, from] }
  /// Experts that too few tokens go to are calibrated by all.
  package var observed: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[from] ?? 0)] }
  package func tensors(_ columns: [Edge: Int]) -> [BlockTensor] {
    let inputs = columns[from] ?? 0
    var routers = [BlockTensor(role: .router, rows: experts.count, columns: columns[scored] ?? 0, site: scored)]
    if experts.hasRouterBias { routers.append(BlockTensor(role: .routerBias, columns: experts.count)) }
    if experts.hasCorrection { routers.append(BlockTensor(role: .routerCorrection, columns: experts.count)) }
    if experts.hasScales { routers.append(BlockTensor(role: .expertScale, columns: experts.count)) }
    let own = expert.allTensors.map { tensor in
      var tensor = tensor
      tensor.experts = experts.count
      return tensor
    }
    guard let shared else { return routers + own }
    let gate = experts.gatesShared ? [BlockTensor(role: .sharedRouter, rows: 1, columns: inputs)] : []
    return routers + own + gate + shared.allTensors
  }

  /// One unit after the other, so that an expert is given the same tokens at a time whatever other units there are.
  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    let (input, scored) = (run.read(from), run.read(scored))
    var result = Matrix(uninitializedRows: input.matrix.rows, columns: input.matrix.columns)
    for unit in run.units {
      let own = HeldMatrix(input.matrix.copy(rows: unit.rows))
      let routing = routing(scores(scored.matrix.copy(rows: unit.rows), run), run)
      result.replaceRows(from: unit.rows.lowerBound, with: sum(own, routing, unit, run, observe))
    }
    run.write(result, to: to)
  }

  private func sum(
    _ input: HeldMatrix, _ routing: Routing, _ unit: RowUnit, _ run: StepRun, _ observe: StepRun.Observer
  ) -> Matrix {
    var sum = Matrix(rows: input.matrix.rows, columns: input.matrix.columns)
    for index in 0..<experts.count where !routing.tokens[index].isEmpty {
      let (tokens, factors) = (routing.tokens[index], factors(routing.weights[index]))
      var own = input.matrix.copy(rows: tokens)
      if experts.weighsInputs { multiplyRows(of: &own, by: factors.ofInputs) }
      let inner = run.inner(expert, HeldMatrix(own), expert: index, [unit.routed(tokens)])
      let output = inner.run(nil, .whole, observe)[.blockOutput]
      scatter(output.matrix, factors.ofOutputs, to: tokens, of: &sum)
    }
    guard let shared else { return sum }
    let shares = shares(input.matrix, run)
    let units = [unit.routed(Array(shares.indices))]
    let output = run.inner(shared, input, units).run(nil, .whole, observed: [from], observe)[.blockOutput]
    scatter(output.matrix, shares, to: Array(shares.indices), of: &sum)
    return sum
  }

  /// What multiplies the rows that an expert reads, and those that it makes.
  func factors(_ weights: [Float]) -> (ofInputs: [Float], ofOutputs: [Float]) {
    let ones = [Float](repeating: 1, count: weights.count)
    return experts.weighsInputs ? (weights, ones) : (ones, weights)
  }

  /// What an expert would read if all tokens went to it.
  func input(ofAll tokens: HeldMatrix, expert: Int, _ run: StepRun) -> HeldMatrix {
    guard experts.weighsInputs else { return tokens }
    var all = experts
    all.used = experts.count
    let routing = Routing(scores(tokens.matrix, run), all, scales: scales(run))
    var rows = tokens.matrix.copy()
    multiplyRows(of: &rows, by: routing.weights[expert])
    return HeldMatrix(rows)
  }

  /// What the router makes of tokens, `[tokens, experts]`.
  func scores(_ input: borrowing Matrix, _ run: StepRun) -> Matrix {
    var scores = linear(input, run.weights[.router].matrix, on: run.workers)
    if experts.hasRouterBias { addBias(run.weights[.routerBias].matrix, to: &scores, on: run.workers) }
    return scores
  }

  func routing(_ scores: borrowing Matrix, _ run: StepRun) -> Routing {
    Routing(
      scores, experts, correction: experts.hasCorrection ? run.weights[.routerCorrection].matrix.array() : nil,
      scales: scales(run))
  }

  /// What multiplies the weight of each expert.
  func scales(_ run: StepRun) -> [Float] {
    let own = experts.hasScales ? run.weights[.expertScale].matrix.array() : [Float](repeating: 1, count: experts.count)
    return own.map { $0 * experts.scale }
  }

  /// How much the expert counts that every token goes to, for each token.
  func shares(_ input: borrowing Matrix, _ run: StepRun) -> [Float] {
    guard experts.gatesShared else { return [Float](repeating: 1, count: input.rows) }
    return linear(input, run.weights[.sharedRouter].matrix, on: run.workers).array().map { 1 / (1 + exponential(-$0)) }
  }
}

extension RowUnit {
  /// Some rows of this unit, by themselves.
  ///
  /// - Parameter places: counted from the first of them.
  func routed(_ places: [Int]) -> RowUnit {
    RowUnit(rows: places.indices, shard: shard, tokens: places.map { rows.lowerBound + $0 })
  }
}
