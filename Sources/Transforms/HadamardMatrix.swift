/// Square matrices of ±1 with orthogonal rows.
///
/// Orders 2ᵏ are products of `[[1, 1], [1, −1]]` (Sylvester, 1867); the others here come from quadratic residues (Paley,
/// "On Orthogonal Matrices", 1933): order q + 1 for a prime q ≡ 3 (mod 4), order 2 (q + 1) for a prime q ≡ 1 (mod 4).
package enum HadamardMatrix {
  /// `order` as a factor that has a construction of its own and a power of two, or nil where none is known here. The
  /// factor is as small as can be.
  package static func factors(of order: Int) -> (factor: Int, power: Int)? {
    guard order > 0 else { return nil }
    let power = 1 << order.trailingZeroBitCount
    var factor = order / power
    while factor <= order {
      if factor == 1 || isPaley(factor) { return (factor, order / factor) }
      factor *= 2
    }
    return nil
  }

  /// The matrix of a factor, row after row.
  ///
  /// - Precondition: `factors(of:)` gave it.
  package static func elements(_ factor: Int) -> [Float] {
    if factor == 1 { return [1] }
    return isFirstKind(factor) ? firstKind(prime: factor - 1) : secondKind(prime: factor / 2 - 1)
  }

  private static func isPaley(_ order: Int) -> Bool { isFirstKind(order) || isSecondKind(order) }
  private static func isFirstKind(_ order: Int) -> Bool { (order - 1) % 4 == 3 && isPrime(order - 1) }
  private static func isSecondKind(_ order: Int) -> Bool {
    order % 4 == 0 && (order / 2 - 1) % 4 == 1 && isPrime(order / 2 - 1)
  }

  private static func isPrime(_ number: Int) -> Bool {
    guard number > 1 else { return false }
    var divisor = 2
    while divisor * divisor <= number {
      if number % divisor == 0 { return false }
      divisor += 1
    }
    return true
  }

  /// I + S, where S borders the residue matrix with ones above and minus ones on the left.
  private static func firstKind(prime q: Int) -> [Float] {
    let core = borderedResidues(q, left: -1)
    return core.indices.map { $0 % (q + 1) == $0 / (q + 1) ? core[$0] + 1 : core[$0] }
  }

  /// The symmetric bordered residue matrix with each ±1 replaced by ±`[[1, 1], [1, −1]]` and each 0 by `[[1, −1], [−1, −1]]`.
  private static func secondKind(prime q: Int) -> [Float] {
    let core = borderedResidues(q, left: 1)
    let size = q + 1
    return (0..<4 * size * size).map { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: 2 * size)
      let element = core[row / 2 * size + column / 2]
      let isLast = row % 2 == 1 && column % 2 == 1
      if element == 0 { return row % 2 == 0 && column % 2 == 0 ? 1 : -1 }
      return isLast ? -element : element
    }
  }

  /// `[q + 1, q + 1]`: 0 on the diagonal, 1 in the rest of the first row, `left` in the rest of the first column, and
  /// elsewhere whether the difference of row and column is a square modulo q.
  private static func borderedResidues(_ q: Int, left: Float) -> [Float] {
    var isSquare = [Bool](repeating: false, count: q)
    for number in 1..<q { isSquare[number * number % q] = true }
    return (0..<(q + 1) * (q + 1)).map { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: q + 1)
      if row == column { return 0 }
      if row == 0 { return 1 }
      if column == 0 { return left }
      return isSquare[(row - column + q) % q] ? 1 : -1
    }
  }
}
