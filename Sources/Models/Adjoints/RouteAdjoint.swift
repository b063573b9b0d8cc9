import LinearAlgebra
import Tensors

extension Route {
  /// Which experts a token goes to does not change; how much each counts does.
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    let (input, scored) = (back.run.read(from), back.run.read(scored))
    let gradient = back.take(to)
    var result = Matrix(uninitializedRows: input.matrix.rows, columns: input.matrix.columns)
    var ofScored = Matrix(uninitializedRows: scored.matrix.rows, columns: scored.matrix.columns)
    for unit in back.run.units {
      let first = unit.rows.lowerBound
      let part = adjoint(
        HeldMatrix(input.matrix.copy(rows: unit.rows)), scored.matrix.copy(rows: unit.rows),
        gradient.copy(rows: unit.rows), unit, back.run, observe)
      result.replaceRows(from: first, with: part.input.matrix)
      ofScored.replaceRows(from: first, with: part.scored.matrix)
    }
    back.add(result, to: from)
    back.add(ofScored, to: self.scored)
  }

  /// The gradients with respect to what experts read, and to what the router reads.
  private func adjoint(
    _ input: HeldMatrix, _ scored: borrowing Matrix, _ gradient: borrowing Matrix, _ unit: RowUnit, _ run: StepRun,
    _ observe: Backward.Observer
  ) -> (input: HeldMatrix, scored: HeldMatrix) {
    let scores = scores(scored, run)
    let routing = routing(scores, run)
    var result = Matrix(rows: input.matrix.rows, columns: input.matrix.columns)
    // The gradient with respect to the weight of each expert.
    var ofWeights = Matrix(rows: scores.rows, columns: experts.count)
    for index in 0..<experts.count where !routing.tokens[index].isEmpty {
      let (tokens, factors) = (routing.tokens[index], factors(routing.weights[index]))
      let rows = input.matrix.copy(rows: tokens)
      var own = rows.copy()
      if experts.weighsInputs { multiplyRows(of: &own, by: factors.ofInputs) }
      let part = adjoint(
        expert, HeldMatrix(own), gradient.copy(rows: tokens), factors.ofOutputs, index, unit.routed(tokens), run,
        observe)
      let ofOwn = experts.weighsInputs ? Self.weigh(&part.input.matrix, by: factors.ofInputs, rows) : part.weights
      for (place, token) in tokens.enumerated() { ofWeights[token, index] = ofOwn[place] }
      scatter(part.input.matrix, [Float](repeating: 1, count: tokens.count), to: tokens, of: &result)
    }
    let ofScores = backThroughRouter(scores, routing, ofWeights, scales: scales(run))
    let all = unit.routed(Array(0..<input.matrix.rows))
    observe(.router, nil, scored, ofScores, [all])
    let ofScored = HeldMatrix(product(ofScores, run.weights[.router].matrix, on: run.workers))
    guard let shared else { return (HeldMatrix(result), ofScored) }
    let shares = shares(input.matrix, run)
    let part = adjoint(shared, input, gradient.copy(), shares, nil, all, run, observe)
    add(part.input.matrix, to: &result, on: run.workers)
    guard experts.gatesShared else { return (HeldMatrix(result), ofScored) }
    let ofShares = Matrix(rows: shares.count, columns: 1) { row, _ in
      part.weights[row] * shares[row] * (1 - shares[row])
    }
    observe(.sharedRouter, nil, input.matrix, ofShares, [all])
    add(product(ofShares, run.weights[.sharedRouter].matrix, on: run.workers), to: &result, on: run.workers)
    return (HeldMatrix(result), ofScored)
  }

  /// Back through one expert: the gradient with respect to its input, and with respect to how much it counts for each token.
  private func adjoint(
    _ steps: BlockSteps, _ input: HeldMatrix, _ gradient: consuming Matrix, _ weights: [Float], _ index: Int?,
    _ unit: RowUnit, _ run: StepRun, _ observe: Backward.Observer
  ) -> (input: HeldMatrix, weights: [Float]) {
    let inner = run.inner(steps, input, expert: index, [unit])
    inner.keepsEdges = true
    inner.run(nil, .whole) { _, _, _ in }
    let ofWeights = Self.weigh(&gradient, by: weights, inner.read(.blockOutput).matrix)
    let back = Backward(inner).all(gradient, observe)
    return (HeldMatrix(back.take(steps.inputs.keys.first ?? from)), ofWeights)
  }

  /// Multiplies the gradient of each weighed row by the row's weight.
  ///
  /// - Parameter rows: as they were before they were weighed.
  /// - Returns: the gradient with respect to each weight.
  private static func weigh(_ gradient: inout Matrix, by weights: [Float], _ rows: borrowing Matrix) -> [Float] {
    var ofWeights: [Float] = []
    for row in 0..<gradient.rows {
      let values = rows.row(row)
      let slopes = gradient.row(row)
      var sum: Float = 0
      for column in 0..<slopes.count { sum += slopes[unchecked: column] * values[unchecked: column] }
      ofWeights.append(sum)
    }
    multiplyRows(of: &gradient, by: weights)
    return ofWeights
  }

  /// Back through the softmax over all experts, or over those that were chosen, or through the sigmoids of those.
  private func backThroughRouter(
    _ scores: borrowing Matrix, _ routing: Routing, _ ofWeights: borrowing Matrix, scales: [Float]
  ) -> Matrix {
    var chosen = [[Int]](repeating: [], count: scores.rows)
    for (index, tokens) in routing.tokens.enumerated() { for token in tokens { chosen[token].append(index) } }
    let ofShares = Matrix(rows: scores.rows, columns: scores.columns) { ofWeights[$0, $1] * scales[$1] }
    var result = Matrix(rows: scores.rows, columns: scores.columns)
    for token in 0..<scores.rows {
      if experts.scores == .sigmoid {
        backThroughSigmoids(scores, token, chosen[token], ofShares, &result)
        continue
      }
      let competing = experts.normalizesWeights ? chosen[token] : Array(0..<experts.count)
      let largest = competing.reduce(-Float.infinity) { max($0, scores[token, $1]) }
      let powers = competing.map { exponential(scores[token, $0] - largest) }
      let sum = powers.reduce(0, +)
      let mean = zip(competing, powers).reduce(Float(0)) { $0 + $1.1 / sum * ofShares[token, $1.0] }
      for (index, power) in zip(competing, powers) {
        result[token, index] = power / sum * (ofShares[token, index] - mean)
      }
    }
    return result
  }

  /// A weight is the share of a score's sigmoid, of the sum of all that were chosen or as it is.
  private func backThroughSigmoids(
    _ scores: borrowing Matrix, _ token: Int, _ chosen: [Int], _ ofShares: borrowing Matrix, _ result: inout Matrix
  ) {
    let shares = chosen.map { 1 / (1 + exponential(-scores[token, $0])) }
    let sum = experts.normalizesWeights ? shares.reduce(0, +) : 1
    let mean =
      experts.normalizesWeights
      ? zip(chosen, shares).reduce(Float(0)) { $0 + $1.1 / sum * ofShares[token, $1.0] } : 0
    for (index, share) in zip(chosen, shares) {
      result[token, index] = (ofShares[token, index] - mean) / sum * share * (1 - share)
    }
  }
}
