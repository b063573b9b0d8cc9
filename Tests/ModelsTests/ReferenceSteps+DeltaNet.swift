import Foundation
import Models

/// Delta nets, as the recurrence says it.
extension ReferenceSteps {
  func unit(_ x: Vector, _ step: L2Norm) -> Vector {
    stride(from: 0, to: x.count, by: step.headSize).flatMap { start in
      let head = x[start..<start + step.headSize]
      let length = (head.reduce(0) { $0 + $1 * $1 } + Double(step.epsilon)).squareRoot()
      return head.map { Double(step.factor) * $0 / length }
    }
  }

  func mixed(_ x: [Vector], _ row: Int, _ position: Int, _ step: CausalConvolution) -> Vector {
    let start = step.bias.map { matrix($0, nil)[0] }
    return matrix(step.role, nil).enumerated().map { channel, taps in
      taps.enumerated().reduce(start?[channel] ?? 0) { sum, tap in
        let back = step.taps - 1 - tap.offset
        return back <= position ? sum + tap.element * x[row - back][channel] : sum
      }
    }
  }

  /// The same of a state space.
  func scan(_ rows: Range<Int>, _ values: [Edge: [Vector]], _ step: SelectiveScan) -> [Vector] {
    let (x, b, c) = (at(step.values, values), at(step.keys, values), at(step.queries, values))
    let (d, rates) = (at(step.steps, values), matrix(.stateRate, nil)[0])
    let (skips, offsets) = (matrix(.stateSkip, nil)[0], matrix(.stateStep, nil)[0])
    let (size, keySize) = (x[rows.lowerBound].count / step.heads, b[rows.lowerBound].count / step.groups)
    let (least, most) = (Double(step.limits.lowerBound), Double(step.limits.upperBound))
    var states = [[Vector]](
      repeating: [Vector](repeating: Vector(repeating: 0, count: size), count: keySize), count: step.heads)
    return rows.map { row in
      (0..<step.heads).flatMap { head in
        let first = head / (step.heads / step.groups) * keySize
        let (keys, queries) = (b[row][first..<first + keySize], c[row][first..<first + keySize])
        let width = min(max(log(1 + exp(d[row][head] + offsets[head])), least), most)
        let left = exp(-exp(rates[head]) * width)
        let new = Array(x[row][head * size..<(head + 1) * size])
        for (place, key) in keys.enumerated() {
          for column in 0..<size {
            states[head][place][column] = left * states[head][place][column] + width * key * new[column]
          }
        }
        return (0..<size).map { column in
          queries.enumerated().reduce(skips[head] * new[column]) { $0 + $1.element * states[head][$1.offset][column] }
        }
      }
    }
  }

  /// One sequence, a token after the other, with the whole state of each head.
  func delta(_ rows: Range<Int>, _ values: [Edge: [Vector]], _ step: GatedDelta) -> [Vector] {
    let heads = step.heads
    let (q, k, v) = (at(step.queries, values), at(step.keys, values), at(step.values, values))
    let (b, a) = (at(step.beta, values), at(step.alpha, values))
    let (rates, steps) = (matrix(.deltaRate, nil)[0], matrix(.deltaStep, nil)[0])
    var states = [[Vector]](
      repeating: [Vector](repeating: Vector(repeating: 0, count: heads.valueSize), count: heads.keySize),
      count: heads.valueHeads)
    return rows.map { row in
      (0..<heads.valueHeads).flatMap { head in
        let key = heads.order == .grouped ? head / (heads.valueHeads / heads.keyHeads) : head % heads.keyHeads
        let keyColumns = key * heads.keySize..<(key + 1) * heads.keySize
        let (own, query) = (Array(k[row][keyColumns]), Array(q[row][keyColumns]))
        let new = v[row][head * heads.valueSize..<(head + 1) * heads.valueSize]
        let left = exp(-exp(rates[head]) * log(1 + exp(a[row][head] + steps[head])))
        let strength = 1 / (1 + exp(-b[row][head]))
        var state = states[head].map { $0.map { left * $0 } }
        for (column, value) in new.enumerated() {
          let said = own.indices.reduce(0) { $0 + state[$1][column] * own[$1] }
          for place in own.indices { state[place][column] += own[place] * strength * (value - said) }
        }
        states[head] = state
        return (0..<heads.valueSize).map { column in query.indices.reduce(0) { $0 + state[$1][column] * query[$1] } }
      }
    }
  }
}
