import Checkpoints
import Schemes
import Tensors
import TestSupport
import Testing

/// Matrices of small floats as this program lays them out, in the place of those that compressed-tensors wrote.
@Suite struct FloatLayoutTests {
  private struct Case: Sendable, CustomTestStringConvertible {
    let fixture: String
    let type: String
    let layout: any MatrixLayout
    var testDescription: String { type }
  }

  private static let (rows, columns) = (256, 384)

  private static let cases = [
    Case(
      fixture: "compressed-tensors-fp8-channel", type: "fp8_row",
      layout: FP8Layout(rows: rows, columns: columns, scales: .row)),
    Case(
      fixture: "compressed-tensors-fp8-tensor", type: "fp8_tensor",
      layout: FP8Layout(rows: rows, columns: columns, scales: .tensor)),
    Case(
      fixture: "compressed-tensors-fp8-block", type: "fp8_b128",
      layout: FP8Layout(rows: rows, columns: columns, scales: .block(rows: 128, columns: 128))),
    Case(
      fixture: "compressed-tensors-nvfp4a16", type: "nvfp4_global", layout: NVFP4Layout(rows: rows, columns: columns)),
    Case(fixture: "compressed-tensors-mxfp4", type: "mxfp4", layout: MXFP4Layout(rows: rows, columns: columns)),
  ]

  @Test(arguments: cases) private func whatIsLaidOutIsReadBack(_ item: Case) throws {
    let scheme = try #require(WeightFormats.named(item.type, columns: Self.columns) as? any Scheme)
    let workers = Workers(count: 2)
    var random = SeededRandom(seed: 7)
    var weights = random.gaussianMatrix(rows: Self.rows, columns: Self.columns)
    for column in 0..<Self.columns { weights[130, column] *= 30 }
    let grid = scheme.fit(weights, importance: [Float](repeating: 1, count: Self.columns), on: workers)
    let packed = scheme.pack(grid.nearestCodes(weights), grid)
    var fixture = try QuantizedFixture(item.fixture)
    fixture.change(["quantization_config", "config_groups", "group_0", "weights"]) {
      if $0["block_structure"] != nil { $0["block_structure"] = [128, 128] }
    }
    let bytes = item.layout.encode(packed, scheme, order: nil, on: workers)
    for (part, bytes) in zip(item.layout.parts, bytes) {
      fixture.tensors["m.\(part.suffix)"] = .init(shape: part.shape, type: part.type, bytes: bytes)
    }
    let total = bytes.reduce(0) { $0 + $1.count }
    #expect(total == scheme.byteCount(rows: Self.rows, columns: Self.columns))
    let expected = scheme.unpack(packed.bytes, rows: Self.rows, columns: Self.columns).array()
    #expect(try fixture.open().matrix("m.weight").array() == expected)
    let error = zip(expected, weights.array()).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    let energy = weights.array().reduce(0.0) { $0 + Double($1 * $1) }
    #expect(error > 0 && error < 0.02 * energy)
  }
}
