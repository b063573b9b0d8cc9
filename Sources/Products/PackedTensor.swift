import Models
import Schemes
import Tensors

/// A tensor as products hold it.
package final class PackedTensor: Sendable {
  package let plan: TensorPlan
  /// `[rows, bytesPerRow]`, rows in the order of Hugging Face checkpoints.
  package let packed: PackedRows
  /// The column of the matrix at each place of a packed row; nil where they are in order.
  package let columnOrder: [Int]?
  /// The scale of what the matrix reads as eight-bit integers, exact in half precision; nil where no product asks.
  package let inputScale: Float?

  package init(
    plan: TensorPlan, packed: consuming PackedRows, columnOrder: [Int]? = nil, inputScale: Float? = nil
  ) {
    self.columnOrder = columnOrder
    self.inputScale = inputScale
    self.plan = plan
    self.packed = packed
  }

  /// The weights as any reader of the product sees them, `[rows, columns]`.
  package func decoded(on workers: Workers) -> Matrix {
    decoded(rows: 0..<packed.rows, on: workers)
  }

  /// Some rows of them, `[range.count, columns]`.
  package func decoded(rows range: Range<Int>, on workers: Workers) -> Matrix {
    let decoded = Self.decode(packed, rows: range, plan.format, columns: plan.spec.columns, on: workers)
    guard let columnOrder else { return decoded }
    var restored = Matrix(rows: decoded.rows, columns: decoded.columns)
    for row in 0..<decoded.rows {
      for (place, column) in columnOrder.enumerated() { restored[row, column] = decoded[row, place] }
    }
    return restored
  }

  private static func decode(
    _ packed: borrowing PackedRows, rows range: Range<Int>, _ format: any WeightFormat, columns: Int,
    on workers: Workers
  ) -> Matrix {
    var matrix = Matrix(uninitializedRows: range.count, columns: columns)
    matrix.withDisjointRows { matrix in
      workers.forEach(matrix.rows) { row in
        var values = matrix.row(row)
        unsafe format.unpack(packed.row(range.lowerBound + row).bytes, into: &values)
      }
    }
    return matrix
  }
}
