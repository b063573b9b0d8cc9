import LinearAlgebra
import Tensors
import Testing

struct ElementwiseTests {
  private static let left: [Float] = [0, 1, 2, 3, 4, 5]
  private static let right: [Float] = [0.5, -2, 4, 0, -1, 8]

  @Test func sumsAreThoseOfElements() {
    let other = Matrix(rows: 2, columns: 3, Self.right)
    var sum = Matrix(rows: 2, columns: 3, Self.left)
    sum.add(other)
    #expect(sum.array() == [0.5, -1, 6, 3, 3, 13])
    sum.add(other, times: -1)
    #expect(sum.array() == Self.left)
  }

  @Test func productsAreThoseOfElements() {
    var product = Matrix(rows: 2, columns: 3, Self.left)
    product.multiply(by: -0.5)
    #expect(product.array() == [0, -0.5, -1, -1.5, -2, -2.5])
  }
}
