import Foundation
import Models
import Tensors

/// A Llama decoder as its papers describe it: one token after the other, in double precision, with loops.
struct ReferenceDecoder {
  typealias Vector = [Double]

  let shape: DecoderShape
  /// How each pair's frequency is divided.
  let divisors: [Double]

  init(_ shape: DecoderShape) {
    self.shape = shape
    divisors = shape.rotary.frequencyDivisors
  }

  /// Runs a block over one sequence, and answers the inputs of its matrices by site.
  func run(_ block: BlockWeights, _ hidden: inout [Vector]) -> [Site: [Vector]] {
    var seen: [Site: [Vector]] = [:]
    let input = hidden.map { norm($0, block[.attentionNorm]) }
    seen[.attentionInput] = input
    let q = input.enumerated().map { rotate(times(block[.attentionQuery], $1), position: $0) }
    let k = input.enumerated().map { rotate(times(block[.attentionKey], $1), position: $0) }
    let v = input.map { times(block[.attentionValue], $0) }
    let context = hidden.indices.map { attend(q[$0], k[...$0], v[...$0]) }
    seen[.attentionContext] = context
    for token in hidden.indices { add(times(block[.attentionOutput], context[token]), to: &hidden[token]) }

    let wide = hidden.map { norm($0, block[.feedForwardNorm]) }
    seen[.feedForwardInput] = wide
    let product = wide.map { x in
      zip(times(block[.feedForwardGate], x), times(block[.feedForwardUp], x)).map { $0 / (1 + exp(-$0)) * $1 }
    }
    seen[.feedForwardProduct] = product
    for token in hidden.indices { add(times(block[.feedForwardDown], product[token]), to: &hidden[token]) }
    return seen
  }

  func norm(_ x: Vector, _ weight: SharedMatrix) -> Vector {
    let mean = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
    let factor = 1 / (mean + Double(shape.normEpsilon)).squareRoot()
    return x.indices.map { x[$0] * factor * Double(weight.matrix[0, $0]) }
  }

  func times(_ weights: SharedMatrix, _ x: Vector) -> Vector {
    (0..<weights.matrix.rows).map { row in
      x.indices.reduce(0) { $0 + Double(weights.matrix[row, $1]) * x[$1] }
    }
  }

  private func add(_ y: Vector, to x: inout Vector) {
    for index in x.indices { x[index] += y[index] }
  }

  /// Turns the components (i, i + d/2) of each head by the position times base^(−2i/d).
  private func rotate(_ x: Vector, position: Int) -> Vector {
    let size = shape.headSize
    var result = x
    for head in 0..<x.count / size {
      for pair in 0..<size / 2 {
        let frequency = pow(shape.rotary.base, -2 * Double(pair) / Double(size)) / divisors[pair]
        let angle = Double(position) * frequency
        let (a, b) = (x[head * size + pair], x[head * size + pair + size / 2])
        result[head * size + pair] = a * cos(angle) - b * sin(angle)
        result[head * size + pair + size / 2] = a * sin(angle) + b * cos(angle)
      }
    }
    return result
  }

  private func attend(_ q: Vector, _ keys: ArraySlice<Vector>, _ values: ArraySlice<Vector>) -> Vector {
    let size = shape.headSize
    var result = Vector(repeating: 0, count: q.count)
    for head in 0..<shape.heads {
      let shared = head / (shape.heads / shape.keyValueHeads)
      let scores = keys.map { key in
        exp((0..<size).reduce(0) { $0 + q[head * size + $1] * key[shared * size + $1] } / Double(size).squareRoot())
      }
      let sum = scores.reduce(0, +)
      for (score, value) in zip(scores, values) {
        for place in 0..<size { result[head * size + place] += score / sum * value[shared * size + place] }
      }
    }
    return result
  }
}
