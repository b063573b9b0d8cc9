import Models
import Solvers
import Tensors

extension BlockWiring.Channels {
  /// The mean of some property of the channels that share a row, for each channel.
  func shared(_ values: [Float]) -> [Float] {
    var sums = [Float](repeating: 0, count: (writerRows.max() ?? -1) + 1)
    var counts = [Float](repeating: 0, count: sums.count)
    for (channel, row) in writerRows.enumerated() {
      sums[row] += values[channel]
      counts[row] += 1
    }
    return writerRows.map { sums[$0] / counts[$0] }
  }

  /// Multiplies what readers see of each channel by its scale, and divides what the writer makes of it.
  ///
  /// - Parameter scales: `[channels]`, positive; equal for channels that share a row.
  func scale(_ block: inout ObservedBlock, by scales: [Float]) {
    var inverses = [Float](repeating: 1, count: (writerRows.max() ?? -1) + 1)
    for (channel, row) in writerRows.enumerated() { inverses[row] = 1 / scales[channel] }
    for role in [writer, writerBias] {
      guard let role else { continue }
      block.weights[role] = SharedMatrix(scaledRows(block.weights[role].matrix, by: inverses))
    }
    for reader in readers {
      block.weights[reader] = SharedMatrix(scaledColumns(block.weights[reader].matrix, by: scales))
    }
    block.statistics[site] = block.statistics[site]?.divided(by: scales)
  }
}

/// diag(scales) · W, or a vector times the scales of its elements.
private func scaledRows(_ matrix: borrowing Matrix, by scales: [Float]) -> Matrix {
  var result = matrix.copy()
  let isVector = matrix.rows == 1
  for row in 0..<result.rows {
    for column in 0..<result.columns { result[row, column] *= scales[isVector ? column : row] }
  }
  return result
}

/// W · diag(scales)
func scaledColumns(_ matrix: borrowing Matrix, by scales: [Float]) -> Matrix {
  var result = matrix.copy()
  for row in 0..<result.rows {
    var values = result.mutableRow(row)
    for column in 0..<scales.count { values[column] *= scales[column] }
  }
  return result
}
