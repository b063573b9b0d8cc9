import Schemes
import Solvers
import Tensors

/// Optimal Brain Quantization with a fixed order of columns, as its paper derives it (Frantar and Alistarh, 2022): the
/// inverse Hessian is kept whole in double precision, and after each column its row and column are eliminated by one
/// step of Gauss. No factor, no blocks, no tiles.
struct OptimalBrainQuantizer {
  let order: [Int]
  /// The inverse of the Hessian of columns i and later in the order of the sweep, when column i is next; elements of
  /// earlier columns are zero.
  private let inverses: [[Double]]
  private let size: Int

  init(_ conditioned: ConditionedHessian) {
    order = conditioned.order
    size = order.count
    let size = size
    var inverse = gaussJordanInverse(conditioned.hessian.array().map(Double.init), size: size)
    var inverses: [[Double]] = []
    for column in 0..<size {
      inverses.append(inverse)
      let pivot = inverse[column * size + column]
      let old = inverse
      for i in 0..<size {
        for j in 0..<size {
          inverse[i * size + j] = old[i * size + j] - old[i * size + column] * old[column * size + j] / pivot
        }
      }
    }
    self.inverses = inverses
  }

  /// How far, in steps of the grid, the codes of one row are from what this method chooses, at worst.
  ///
  /// At each column the method goes on from the code it is given: where two levels are equally near, either is right,
  /// and everything after it follows from the one that was taken.
  func excess(of codes: [UInt8], weights: [Float], grid: GridRow, levels: [Float], columnsPerGroup: Int) -> Double {
    var rest = order.map { Double(weights[$0]) }
    var worst = 0.0
    for place in 0..<size {
      let column = order[place]
      let scale = Double(grid.scales[column / columnsPerGroup])
      let offset = Double(grid.offsets[column / columnsPerGroup])
      let distances = levels.map { abs(rest[place] - (scale * Double($0) - offset)) }
      let code = Int(codes[column])
      let step = max(scale, 1e-9)
      worst = max(worst, (distances[code] - (distances.min() ?? 0)) / step)
      let inverse = inverses[place]
      let error = (rest[place] - (scale * Double(levels[code]) - offset)) / inverse[place * size + place]
      for later in place + 1..<max(place + 1, size) { rest[later] -= error * inverse[place * size + later] }
    }
    return worst
  }
}
