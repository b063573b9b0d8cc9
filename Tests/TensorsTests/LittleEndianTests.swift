import Tensors
import Testing

struct LittleEndianTests {
  @Test func integersStandLowByteFirst() {
    var packed = RowMajor<UInt8>(rows: 1, columns: 19)
    write(into: packed.mutableRow(0))
    let expected: [UInt8] = [1, 0x03, 0x02, 0x07, 0x06, 0x05, 0x04, 0xFE, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0x3C, 0]
    #expect(packed.array() == expected)
  }

  private func write(into row: consuming MutableSpan<UInt8>) {
    var writer = ByteWriter(row.mutableBytes)
    #expect(writer.offset == 0)
    writer.append(UInt8(1))
    writer.append(UInt16(0x0203))
    writer.append(UInt32(0x0405_0607))
    writer.append(Int8(-2))
    writer.append(UInt64(0x0F0E_0D0C_0B0A_0908))
    writer.append(float16: 1)
    #expect(writer.offset == 18)
  }

  @Test func integersNeedNoAlignment() {
    let bytes: [UInt8] = [0xAA, 0x01, 0x02, 0x03, 0x84, 0x00, 0x3C]
    let span = bytes.span.bytes
    #expect(span.littleEndian(UInt16.self, at: 1) == 0x0201)
    #expect(span.littleEndian(UInt32.self, at: 1) == 0x8403_0201)
    #expect(span.littleEndian(Int32.self, at: 1) == Int32(bitPattern: 0x8403_0201))
    #expect(span.littleEndian(Int8.self, at: 0) == -86)
    #expect(span.float16(at: 5) == 1)
  }

  /// Ties go to the even neighbour; what is too large becomes infinite, as IEEE 754 rounds.
  @Test(
    arguments: [
      (1 + 1.0 / 2048, 0x3C00), (1 + 3.0 / 2048, 0x3C02), (65_519.9, 0x7BFF), (65_520, 0x7C00), (-65_520, 0xFC00),
      (5.960_464_5e-8, 0x0001), (2.980_232_2e-8, 0x0000), (-0.0, 0x8000),
    ] as [(Float, UInt16)])
  func numbersAreRoundedToHalfPrecision(value: Float, bits: UInt16) {
    var packed = RowMajor<UInt8>(rows: 1, columns: 2)
    append(value, to: packed.mutableRow(0))
    #expect(packed.bytes.littleEndian(UInt16.self, at: 0) == bits)
  }

  private func append(_ value: Float, to row: consuming MutableSpan<UInt8>) {
    var writer = ByteWriter(row.mutableBytes)
    writer.append(float16: value)
  }
}
