import Checkpoints
import Tensors
import TestSupport
import Testing

/// MLX's modes of floating-point numbers, by hand.
@Suite struct MLXFloatTests {
  private func fixture(_ mode: String, _ settings: [String: Any] = [:], words: Int, scales: [Int], _ bytes: [UInt8])
    throws -> QuantizedFixture
  {
    var fixture = try QuantizedFixture("mlx-4-64")
    fixture.config["quantization"] = ["mode": mode].merging(settings) { $1 }
    fixture.tensors = [
      "m.weight": .init(shape: [2, words], type: "U32", bytes: bytes),
      "m.scales": .init(shape: [2, scales.count / 2], type: "U8", bytes: scales.map { UInt8($0) }),
    ]
    return fixture
  }

  /// Every number of E2M1 twice, the first of a word in its low bits.
  private static let nibbles = (0..<16).map { UInt8(truncatingIfNeeded: (2 * $0 % 16) | (((2 * $0 + 1) % 16) << 4)) }
  private static let numbers: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6]

  @Test func groupsOfMXFP4HaveExponents() throws {
    let fixture = try fixture(
      "mxfp4", ["bits": 4, "group_size": 32], words: 4, scales: [127, 129], Self.nibbles + Self.nibbles)
    let tensor = try fixture.open().tensor("m.weight")
    #expect(tensor.shape == [2, 32] && tensor.storage.name == "mxfp4")
    let row = Self.numbers + Self.numbers
    #expect(try tensor.matrix().array() == row + row.map { 4 * $0 })
    #expect(try tensor.rows(1..<2).array() == row.map { 4 * $0 })
  }

  @Test func groupsOfNVFP4HaveSmallFloats() throws {
    // 1, 0.5, 448 and the smallest number of E4M3.
    let fixture = try fixture("nvfp4", words: 4, scales: [0x38, 0x30, 0x7E, 0x01], Self.nibbles + Self.nibbles)
    let tensor = try fixture.open().tensor("m.weight")
    #expect(tensor.shape == [2, 32] && tensor.storage.name == "nvfp4")
    let factors: [Float] = [1, 0.5, 448, 0x1p-9]
    #expect(try tensor.matrix().array() == factors.flatMap { factor in Self.numbers.map { factor * $0 } })
  }

  @Test func groupsOfMXFP8HaveExponents() throws {
    let numbers: [UInt8] = [0x38, 0xB8, 0x40, 0x08]
    let bytes = (0..<64).map { numbers[$0 % 4] }
    let fixture = try fixture("mxfp8", ["group_size": 32], words: 8, scales: [128, 126], bytes)
    let tensor = try fixture.open().tensor("m.weight")
    #expect(tensor.shape == [2, 32] && tensor.storage.name == "mxfp8")
    let values: [Float] = [1, -1, 2, 0x1p-6]
    let expected = [Float(2), 0.5].flatMap { factor in (0..<32).map { factor * values[$0 % 4] } }
    #expect(try tensor.matrix().array() == expected)
  }

  @Test(arguments: [
    ("biases", "m.biases", "biases beside numbers of mxfp4"), ("bits", "bits", "expected 4, as mxfp4 has it"),
    ("group", "group_size", "expected 32, as mxfp4 has it"), ("words", "m.weight", "whole groups of 32 numbers"),
    ("scales", "m.scales", "[2, 1]: a scale for each row and 32 columns"), ("type", "m.weight", "U32"),
    ("infinite", "m.scales", "nan"),
  ]) func whatIsWrongIsNamed(_ harm: String, _ place: String, _ says: String) throws {
    var fixture = try fixture(
      "mxfp4", ["bits": 4, "group_size": 32], words: 4, scales: [127, 129], Self.nibbles + Self.nibbles)
    switch harm {
    case "biases": fixture.tensors["m.biases"] = .init(shape: [2, 1], type: "F16", bytes: [0, 0, 0, 0])
    case "bits": fixture.change(["quantization"]) { $0["bits"] = 8 }
    case "group": fixture.change(["quantization"]) { $0["group_size"] = 16 }
    case "words":
      fixture.tensors["m.weight"] = .init(shape: [2, 3], type: "U32", bytes: Array(repeating: 0, count: 24))
    case "scales": fixture.tensors["m.scales"]?.shape = [1, 2]
    case "type": fixture.tensors["m.weight"]?.type = "I32"
    default: fixture.tensors["m.scales"]?.bytes[1] = 255
    }
    let error = try #require(throws: CheckpointError.self) {
      _ = try fixture.open().tensor("m.weight").matrix()
    }
    #expect("\(error)".contains(place) && "\(error)".contains(says), "\(error)")
  }
}
