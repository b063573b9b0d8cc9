import Tensors

extension Matrix {
  /// `X ← X + factor · Y`
  package mutating func add(_ y: borrowing Matrix, times factor: Float = 1) {
    precondition(rows == y.rows && columns == y.columns, "sums need equal shapes")
    let source = y.elements
    var elements = mutableElements
    for index in 0..<elements.count { elements[unchecked: index] += factor * source[unchecked: index] }
  }

  /// `X ← factor · X`
  package mutating func multiply(by factor: Float) {
    var elements = mutableElements
    for index in 0..<elements.count { elements[unchecked: index] *= factor }
  }
}
