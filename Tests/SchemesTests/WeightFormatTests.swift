import Schemes
import Tensors
import TestSupport
import Testing

/// What holds for every registered format.
@Suite struct WeightFormatTests {
  static let names = WeightFormats.all.map { $0.name }

  @Test func `names are unique`() {
    #expect(Set(Self.names).count == Self.names.count)
  }

  /// Bytes come from files: none may trap, whatever they are.
  @Test(arguments: names)
  func `any bytes unpack`(name: String) throws {
    let format = try #require(WeightFormats.named(name))
    let columns = 256
    var random = SeededRandom(seed: 5)
    let bytes = PackedRows(rows: 64, columns: format.bytesPerRow(columns: columns)) { row, _ in
      row == 0 ? 0 : row == 1 ? 255 : UInt8(truncatingIfNeeded: random.next())
    }
    let values = format.unpack(bytes.bytes, rows: 64, columns: columns)
    let zerosAreFinite = values.row(0)[0].isFinite
    #expect(zerosAreFinite)
  }

  @Test(arguments: [("q4_k", 4.5), ("q6_k", 6.5625), ("q8_0", 8.5), ("tq1_0", 1.6875), ("iq1_s", 1.5625), ("f16", 16)])
  func `bits per weight`(name: String, bits: Double) throws {
    #expect(try #require(WeightFormats.named(name)).bitsPerWeight == bits)
  }

  @Test(arguments: ["f32", "f16", "bf16"])
  func `float formats round to nearest`(name: String) throws {
    let format = try #require(WeightFormats.named(name) as? any FloatFormat)
    let source: [Float] = [0, -0.0, 1, -1.5, 65504, 1e-8, 3.140625, 1.00048828125, 0.333251953125]
    let packed = format.pack(Matrix(rows: 1, columns: source.count, source))
    let values = format.unpack(packed.bytes, rows: 1, columns: source.count).array()
    for (value, original) in zip(values, source) {
      let step: Float = name == "f32" ? 0 : name == "f16" ? 0x1p-11 : 0x1p-8
      #expect(abs(value - original) <= max(abs(original) * step, name == "f16" ? 0x1p-25 : 0))
    }
  }
}
