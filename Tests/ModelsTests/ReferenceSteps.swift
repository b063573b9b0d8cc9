import Foundation
import Models
import Tensors

/// The steps of a block in double precision, one token after the other, with loops.
struct ReferenceSteps {
  typealias Vector = [Double]

  let weights: BlockWeights
  let sequences: SequenceRows
  /// One weight that is another one than the block's.
  var change: (role: Role, expert: Int?, row: Int, column: Int, by: Double)?

  /// What stands on the edges when all steps are done.
  func run(_ steps: [any Step], _ values: [Edge: [Vector]], expert: Int? = nil) -> [Edge: [Vector]] {
    var values = values
    for step in steps {
      switch step {
      case let step as Linear:
        let bias = step.bias.map { matrix($0, expert)[0] } ?? Vector(repeating: 0, count: step.rows)
        values[step.to] = at(step.from, values).map { zip(times(matrix(step.role, expert), $0), bias).map(+) }
      case let step as Norm: values[step.to] = at(step.from, values).map { norm($0, step) }
      case let step as Split:
        let width = step.parts.reduce(0) { $0 + $1.columns } / step.heads
        var first = 0
        for (edge, columns) in step.parts {
          let own = columns / step.heads
          values[edge] = at(step.from, values).map { row in
            (0..<step.heads).flatMap { row[$0 * width + first..<$0 * width + first + own] }
          }
          first += own
        }
      case let step as LatentKeys:
        let turned = at(step.turned, values)
        values[step.to] = zip(at(step.latent, values), turned).map { latent, turned in
          (0..<step.heads).flatMap { head in
            let up = matrix(.attentionKeyUp, head)
            let plain = (0..<step.plainSize).map { column in
              latent.indices.reduce(0) { $0 + latent[$1] * up[$1][column] }
            }
            return plain + turned
          }
        }
      case let step as Rope: values[step.to] = inSequences { turn(at(step.from, values)[$0], $1, step) }
      case let step as Attention: values[step.to] = inSequences { row, _ in attend(row, values, step) }
      case let step as Activate:
        let up = step.up.map { at($0, values) }
        values[step.to] = at(step.gate, values).enumerated().map { row, gate in
          gate.indices.map { activation(step.activation, gate[$0]) * (up?[row][$0] ?? 1) }
        }
      case let step as ClampedGate:
        let (slope, limit) = (Double(step.numbers.slope), Double(step.numbers.limit))
        values[step.to] = zip(at(step.gate, values), at(step.up, values)).map { gates, ups in
          zip(gates, ups).map { gate, up in
            let gate = min(gate, limit)
            return gate / (1 + exp(-slope * gate)) * (min(max(up, -limit), limit) + 1)
          }
        }
      case let step as Clamp:
        let limit = Double(step.limit)
        values[step.to] = at(step.from, values).map { $0.map { min(max($0, -limit), limit) } }
      case let step as XIELU:
        values[step.to] = at(step.from, values).map { $0.map { xIELU($0, step.numbers) } }
      case let step as LayerScale:
        let factors = matrix(step.role, nil)[0]
        values[step.to] = at(step.from, values).map { row in
          row.indices.map { row[$0] * factors[step.isOfColumns ? $0 : 0] }
        }
      case let step as StackedLinear:
        for (index, (input, output)) in zip(step.from, step.to).enumerated() {
          values[output] = at(input, values).map { times(matrix(step.role, index), $0) }
        }
      case let step as MatchMagnitude:
        values[step.to] = zip(at(step.from, values), at(step.model, values)).map { row, other in
          let own = max(row.reduce(0) { $0 + $1 * $1 } / Double(row.count), Double(step.epsilon))
          let wanted = other.reduce(0) { $0 + $1 * $1 } / Double(other.count)
          return row.map { $0 * (wanted / own).squareRoot() }
        }
      case let step as GaussianTopK:
        values[step.to] = at(step.from, values).map { row in
          let mean = row.reduce(0, +) / Double(row.count)
          let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
          return row.map { max($0 - mean - Double(step.deviations) * variance.squareRoot(), 0) }
        }
      case let step as MixStreams:
        for (index, (stream, output)) in zip(step.streams, step.to).enumerated() {
          values[output] = at(stream, values).enumerated().map { token, row in
            step.branches.enumerated().reduce(row) { sum, part in
              let place = index * step.branches.count + part.offset
              let factor = at(step.factors, values)[token][place] + Double(step.offset)
              return zip(sum, at(part.element, values)[token]).map { $0 + factor * $1 }
            }
          }
        }
      case let step as PositionGrowth:
        values[step.to] = inSequences { row, position in
          let steps = Double((position + step.numbers.first) / step.numbers.length)
          return at(step.from, values)[row].map { $0 * (1 + Double(step.numbers.slope) * log(1 + steps)) }
        }
      case let step as L2Norm: values[step.to] = at(step.from, values).map { unit($0, step) }
      case let step as CausalConvolution:
        values[step.to] = inSequences { mixed(at(step.from, values), $0, $1, step) }
      case let step as SelectiveScan: values[step.to] = sequences.ranges.flatMap { scan($0, values, step) }
      case let step as GatedDelta: values[step.to] = sequences.ranges.flatMap { delta($0, values, step) }
      case let step as Add:
        values[step.to] = zip(at(step.stream, values), at(step.branch, values)).map { zip($0, $1).map(+) }
      case let step as Multiply:
        values[step.to] = zip(at(step.values, values), at(step.factors, values)).map { zip($0, $1).map(*) }
      case let step as Scale: values[step.to] = at(step.from, values).map { $0.map { $0 * Double(step.factor) } }
      case let step as Route:
        values[step.to] = zip(at(step.from, values), at(step.scored, values)).map { routed($0, scored: $1, step) }
      default: preconditionFailure("a step without a reference: \(step)")
      }
    }
    return values
  }

  func at(_ edge: Edge, _ values: [Edge: [Vector]]) -> [Vector] { values[edge] ?? [] }

  private func inSequences(_ body: (_ row: Int, _ position: Int) -> Vector) -> [Vector] {
    sequences.ranges.flatMap { range in range.map { body($0, $0 - range.lowerBound) } }
  }

  func matrix(_ role: Role, _ expert: Int?) -> [Vector] {
    let weights = weights[role, expert: expert]
    let (count, columns) = (weights.matrix.rows, weights.matrix.columns)
    var rows = (0..<count).map { row in (0..<columns).map { Double(weights.matrix[row, $0]) } }
    if let change, change.role == role, change.expert == expert { rows[change.row][change.column] += change.by }
    return rows
  }

  private func times(_ matrix: [Vector], _ x: Vector) -> Vector {
    matrix.map { zip($0, x).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  private func norm(_ x: Vector, _ step: Norm) -> Vector {
    let weights =
      step.kind.hasWeights ? matrix(step.role, nil)[0] : Vector(repeating: 1, count: step.headSize ?? x.count)
    let bias = step.bias.map { matrix($0, nil)[0] } ?? Vector(repeating: 0, count: weights.count)
    let size = weights.count / step.groups
    return stride(from: 0, to: x.count, by: size).flatMap { start in
      let part = Array(x[start..<start + size])
      let weight = Array(weights[(start % weights.count)...])
      let mean = step.kind != .rootMeanSquare ? part.reduce(0, +) / Double(part.count) : 0
      let variance = part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(part.count)
      let size = (variance + Double(step.epsilon)).squareRoot()
      return part.indices.map { (part[$0] - mean) / size * weight[$0] + bias[$0] }
    }
  }

  private func xIELU(_ x: Double, _ numbers: XIELU.Numbers) -> Double {
    let (square, slope) = (log(1 + exp(Double(numbers.positive))), Double(numbers.slope))
    let below = slope + log(1 + exp(Double(numbers.negative)))
    return x > 0 ? square * x * x + slope * x : (exp(min(x, Double(numbers.limit))) - 1 - x) * below + slope * x
  }

  private func turn(_ x: Vector, _ position: Int, _ step: Rope) -> Vector {
    let divisors = step.rotary.frequencyDivisors(length: sequences.longest)
    var result = x
    for start in stride(from: 0, to: x.count, by: step.headSize) {
      for (pair, divisor) in divisors.enumerated() {
        let frequency = pow(step.rotary.base, -2 * Double(pair) / Double(step.rotary.dimensions)) / divisor
        let angle = Double(position) * frequency
        let first = start + step.pairs.first + pair * (step.pairs.areNeighbours ? 2 : 1)
        let second = first + (step.pairs.areNeighbours ? 1 : divisors.count)
        let (a, b) = (x[first], x[second])
        result[first] = (a * cos(angle) - b * sin(angle)) * step.rotary.magnitude
        result[second] = (a * sin(angle) + b * cos(angle)) * step.rotary.magnitude
      }
    }
    return result
  }

  private func attend(_ row: Int, _ values: [Edge: [Vector]], _ step: Attention) -> Vector {
    let size = step.headSize
    let (q, k, v) = (at(step.queries, values), at(step.keys, values), at(step.values, values))
    let range = sequences.ranges.first { $0.contains(row) } ?? 0..<0
    var seen = step.mask == .causal ? range.lowerBound..<row + 1 : range
    if let window = step.window, step.mask == .causal { seen = max(seen.lowerBound, row + 1 - window)..<row + 1 }
    if let window = step.window, step.mask == .bidirectional {
      seen = max(range.lowerBound, row - window / 2)..<min(range.upperBound, row + window / 2 + 1)
    }
    if let chunk = step.chunk {
      // The last chunk that begins with this token or before it.
      let begin = stride(from: range.lowerBound, through: row, by: chunk).map { $0 }.last ?? row
      seen = max(seen.lowerBound, begin)..<row + 1
    }
    let group = q[0].count / k[0].count
    return (0..<q[0].count / size).flatMap { head in
      let own = head / group
      let scores = seen.map { other in
        let product = (0..<size).reduce(0) { $0 + q[row][head * size + $1] * k[other][own * size + $1] }
        let score = product * (step.scale.map { Double($0) } ?? 1 / Double(size).squareRoot())
        let bent = step.softCap.map { Double($0) * tanh(score / Double($0)) } ?? score
        return bent - Double(step.slopes?[head] ?? 0) * Double(abs(row - other))
      }
      let powers = scores.map(exp)
      let sum = powers.reduce(0, +) + (step.sinks.map { exp(matrix($0, nil)[0][head]) } ?? 0)
      return (0..<step.valueSize).map { place in
        zip(powers, seen).reduce(0) { $0 + $1.0 / sum * v[$1.1][own * step.valueSize + place] }
      }
    }
  }

  private func activation(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .silu: x / (1 + exp(-x))
    case .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .gelu: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
    case .relu: max(x, 0)
    case .reluSquared: max(x, 0) * max(x, 0)
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: Foundation.tanh(x)
    }
  }

  private func routed(_ x: Vector, scored: Vector, _ step: Route) -> Vector {
    let experts = step.experts
    let bias = experts.hasRouterBias ? matrix(.routerBias, nil)[0] : Vector(repeating: 0, count: experts.count)
    let scores = zip(times(matrix(.router, nil), scored), bias).map(+)
    let total = scores.reduce(0) { $0 + exp($1) }
    let shares = scores.map { experts.scores == .softmax ? exp($0) / total : 1 / (1 + exp(-$0)) }
    let correction =
      experts.hasCorrection ? matrix(.routerCorrection, nil)[0] : Vector(repeating: 0, count: experts.count)
    let merits = zip(shares, correction).map(+)
    let groups = experts.groups ?? Experts.Groups(count: 1, used: 1, judgedBy: 1)
    let size = experts.count / groups.count
    let judged = (0..<groups.count).map { group in
      merits[group * size..<(group + 1) * size].sorted(by: >).prefix(groups.judgedBy).reduce(0, +)
    }
    let best = judged.indices.sorted { judged[$0] > judged[$1] }.prefix(groups.used)
    let chosen = scores.indices.filter { best.contains($0 / size) }.sorted { merits[$0] > merits[$1] }
      .prefix(experts.used)
    let sum = experts.normalizesWeights ? chosen.reduce(0) { $0 + shares[$1] } : 1
    var result = Vector(repeating: 0, count: x.count)
    func add(_ steps: BlockSteps, _ expert: Int?, by weight: Double, times: Double = 1) {
      let inputs = Dictionary(uniqueKeysWithValues: steps.inputs.keys.map { ($0, [x.map { $0 * times }]) })
      let output = run(steps.steps, inputs, expert: expert)[.blockOutput]?[0] ?? []
      for column in output.indices { result[column] += weight * output[column] }
    }
    let scales = experts.hasScales ? matrix(.expertScale, nil)[0] : Vector(repeating: 1, count: experts.count)
    for expert in chosen {
      let weight = Double(experts.scale) * scales[expert] * shares[expert] / sum
      add(step.expert, expert, by: experts.weighsInputs ? 1 : weight, times: experts.weighsInputs ? weight : 1)
    }
    if let shared = step.shared {
      add(shared, nil, by: experts.gatesShared ? 1 / (1 + exp(-times(matrix(.sharedRouter, nil), x)[0])) : 1)
    }
    return result
  }
}
