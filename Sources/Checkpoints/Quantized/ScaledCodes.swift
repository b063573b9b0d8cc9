import Schemes
import Tensors

/// The numbers that codes of one matrix stand for before their scales.
enum CodeTable {
  case float(SmallFloat)
  /// Signed, one to a byte.
  case int8

  /// Codes in a byte.
  var perByte: Int { if case .float(.e2m1) = self { 2 } else { 1 } }

  /// The value of each code.
  var values: [Float] {
    switch self {
    case .float(let number): number.values
    case .int8: (0..<256).map { Float(Int8(truncatingIfNeeded: $0)) }
    }
  }
}

/// A matrix, or several one behind the other, of codes that are one number each, under a grid of scales:
/// `value = scale · number`, computed in this order in single precision.
struct ScaledCodes: QuantizedWeights {
  let typeName: String
  let parts: [StoredTensor]
  let inputs: InputQuantization?
  /// Of the weights: rows and columns, with a side before them where there are several matrices.
  let shape: [Int]
  private let table: CodeTable
  private let scales: ScaleGrid

  /// - Parameters:
  ///   - codes: of one byte each, or two in a byte with the first in the low nibble; all along rows.
  ///   - others: more tensors that belong to the matrix.
  /// - Precondition: `scales` is the grid of a matrix of `shape`, and `codes` has as many codes.
  init(
    _ typeName: String, _ codes: StoredTensor, _ table: CodeTable, shape: [Int], _ scales: ScaleGrid,
    inputs: StoredInputs? = nil, others: [StoredTensor] = []
  ) {
    self.typeName = typeName
    self.shape = shape
    self.table = table
    self.scales = scales
    self.inputs = inputs?.quantization
    parts = [codes, scales.tensor] + others + (inputs?.parts ?? [])
  }

  func rows(_ range: Range<Int>, on workers: Workers) throws(CheckpointError) -> Matrix {
    let (columns, grid, scales) = (shape[shape.count - 1], scales, try scales.scales(of: range))
    let (numbers, perByte) = (table.values, table.perByte)
    let firstScale = range.isEmpty ? 0 : grid.row(of: range.lowerBound)
    var matrix = Matrix(rows: range.count, columns: columns)
    parts[0].withBytes { bytes in
      matrix.withDisjointRows { matrix in
        workers.forEachTile(of: 16, in: range.count) { tile in
          for row in tile {
            var values = matrix.row(row)
            let start = (range.lowerBound + row) * columns
            let ownScales = (grid.row(of: range.lowerBound + row) - firstScale) * grid.grid.columns
            for block in 0..<grid.grid.columns {
              let scale = scales[ownScales + block]
              let end = min(columns, (block + 1) * grid.columnsPerBlock)
              for column in block * grid.columnsPerBlock..<end {
                let place = start + column
                let byte = Int(bytes.littleEndian(UInt8.self, at: place / perByte))
                let code = perByte == 1 ? byte : place % 2 == 0 ? byte & 15 : byte >> 4
                values[column] = scale * numbers[code]
              }
            }
          }
        }
      }
    }
    return matrix
  }
}
