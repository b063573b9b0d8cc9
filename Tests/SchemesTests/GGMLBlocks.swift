import Foundation
import Schemes
import Tensors
import Testing

/// Two rows of 512 weights as ggml packed them, and as another reader decodes them.
struct GGMLBlocks {
  let format: String
  /// Base64.
  let packed: String
  /// Base64 of single-precision numbers.
  let values: String

  /// Our decoder gives the same bits.
  func expectSameValues() throws {
    let format = try #require(WeightFormats.named(format))
    let packed = try matrix(bytes: packed)
    let decoded = format.unpack(packed.bytes, rows: 2, columns: 512)
    let expected = try floats(values)
    for row in 0..<2 {
      for column in 0..<512 {
        #expect(
          decoded[row, column].bitPattern == expected[row * 512 + column].bitPattern, "row \(row), column \(column)")
      }
    }
  }

  /// Our fit with nearest codes leaves no larger Σ importance · (weight − value)² than what ggml packed.
  func expectNoMoreError() throws {
    let scheme = try #require(WeightFormats.named(format) as? any Scheme)
    let rows = try halves(GGMLInput.rows)
    let importance = try halves(GGMLInput.importance)
    let weights = Matrix(rows: 2, columns: 512, rows)
    let grid = scheme.fit(weights, importance: importance, on: Workers(count: 1))
    let ours = grid.values(grid.nearestCodes(weights, importance: importance)).array()
    let theirs = try floats(values)
    func error(_ values: [Float]) -> Double {
      var sum = 0.0
      for index in 0..<1024 {
        let difference = Double(rows[index]) - Double(values[index])
        sum += Double(importance[index % 512]) * difference * difference
      }
      return sum
    }
    #expect(error(ours) <= error(theirs))
  }

  private func data(_ text: String) throws -> Data {
    try #require(Data(base64Encoded: text, options: .ignoreUnknownCharacters))
  }

  private func matrix(bytes: String) throws -> PackedRows {
    let bytes = [UInt8](try data(bytes))
    return PackedRows(rows: 2, columns: bytes.count / 2, bytes)
  }

  private func floats(_ text: String) throws -> [Float] {
    let bytes = try data(text)
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / 4).map { Float(bitPattern: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
    }
  }

  private func halves(_ text: String) throws -> [Float] {
    let bytes = try data(text)
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / 2).map {
        Float(Float16(bitPattern: raw.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)))
      }
    }
  }
}
