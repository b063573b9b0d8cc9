import Foundation
import Schemes
import Tensors
import Testing

/// Two rows of 192 weights as bitsandbytes packed them, and as it decodes them again.
struct BitsAndBytesBlocks {
  let format: String
  /// Base64.
  let packed: String
  /// Base64 of single-precision numbers.
  let values: String

  /// Our decoder gives the same values.
  func expectSameValues() throws {
    let format = try #require(WeightFormats.named(format))
    let bytes = try bytes(packed)
    #expect(bytes.count == 6 * format.bytesPerBlock)
    let decoded = format.unpack(bytes.span.bytes, rows: 2, columns: 192).array()
    #expect(decoded == (try floats(values)))
  }

  /// Under the scales that bitsandbytes takes, nearest levels become the same bytes.
  func expectSameBytes() throws {
    let scheme = try #require(WeightFormats.named(format) as? any Scheme)
    let weights = Matrix(rows: 2, columns: 192, try Self.weights())
    let rows = (0..<2).map { row in
      GridRow(scales: (0..<3).map { block in (block * 64..<block * 64 + 64).map { abs(weights[row, $0]) }.max() ?? 0 })
    }
    let grid = Grid(levels: scheme.levels, columnsPerGroup: 64, rows: rows)
    let packed = scheme.pack(grid.nearestCodes(weights), grid)
    var expected = try bytes(self.packed)
    // The zeros that `fp4` tells apart by their sign are one code here.
    if format == "fp4" {
      for index in expected.indices where index % 36 >= 4 {
        if expected[index] >> 4 == 8 { expected[index] &= 15 }
        if expected[index] & 15 == 8 { expected[index] &= 240 }
      }
    }
    #expect(packed.array() == expected)
  }

  /// Our fit with nearest codes leaves no larger Σ importance · (weight − value)².
  func expectNoMoreError() throws {
    let scheme = try #require(WeightFormats.named(format) as? any Scheme)
    let weights = Matrix(rows: 2, columns: 192, try Self.weights())
    let importance = (0..<192).map { 0.2 + Float($0 % 7) }
    let grid = scheme.fit(weights, importance: importance, on: Workers(count: 1))
    let ours = grid.values(grid.nearestCodes(weights)).array()
    func error(_ values: [Float]) -> Double {
      zip(weights.array(), values).enumerated().reduce(0.0) { sum, item in
        let difference = Double(item.element.0) - Double(item.element.1)
        return sum + Double(importance[item.offset % 192]) * difference * difference
      }
    }
    #expect(error(ours) <= error(try floats(values)))
  }

  private func bytes(_ text: String) throws -> [UInt8] {
    [UInt8](try #require(Data(base64Encoded: text, options: .ignoreUnknownCharacters)))
  }

  private func floats(_ text: String) throws -> [Float] {
    let bytes = try bytes(text)
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / 4).map { Float(bitPattern: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
    }
  }

  private static func weights() throws -> [Float] {
    let data = try #require(Data(base64Encoded: source, options: .ignoreUnknownCharacters))
    return data.withUnsafeBytes { raw in
      (0..<raw.count / 2).map {
        Float(Float16(bitPattern: raw.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)))
      }
    }
  }

  /// The weights, `[2, 192]` in half precision.
  private static let source = """
    CASmIwWjs6nSpVmqKRpKLE2m8adFJpEkZh30qf6VcyhNrNylFa4grOWtBaIOrPIiAyDJoAew5ab3mM0d5awepkOqLanKKiupqZapKXinuJ2oHY
    ga16vMG1ks86yAKRweG6hnLuEorauhG2In1aBfKNCaRSiaLFOoMyHupYQematqpwahwSlUKzysFqkAOmCu7qX7nAYsaigwpLikaKLgLHulxqOD
    JC+eDaEhq7iQrqV3Ky4o8pRHKFqkvCpsjHgnIaxwJGetg67Lo8KpMyAvL1Op/adCIVAmhKBGoX8oqCaeqg6cOhfAqqcifqk5Ku8gkxyRpxOeZa
    4+q6Uk0K5rKZat2ChpqfwotB7rrP8rnSy9mgOjGKA+qggr86Y+mRSpAqgXrAYs5J8vKnURcqgupCynhQ7OpK6jaawqqUstTKi/qlEkgSynrFeh
    DKijrbQozZRRG9Go0iXnplGfGKvIq0YsfqZ4I+yWpqWApggouqPBn40UiCtbKOYkN6dsrBQqLyo0n/AmAClSKeYp1aXZLPqrhClTJpcpAy7ALF
    SrZ606KX+qFZFgKUOtwK6jIowYS6LkF4Kp2KxEoDiqQq15JkqaNCVVqjaoZaqtqQEhA6mPJFkkey51rK8plZy/kaSs5KXCKDmcJhxxo2QrZpQL
    r26oTa40scmmRCzTGIGrBao8Kwkg6hh5md0XKCkTJ4YhraqLJmGoACsRrAyfB449rIMtrCzvpfAo2SQvsGkiSJpDHOSq5aKQoJsrSCSNjOUsG6
    f8pNCtBS0sKt4pSCikHYQhdKI2oZAZ1iwdJ/yZa6cQqCEtfCbrGm6kGavZmpcpBqXRoamhnB0ZrQeieKmpKQAAAAAAAAAAAAAAAAAAAAAAAAAA
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
    """
}
