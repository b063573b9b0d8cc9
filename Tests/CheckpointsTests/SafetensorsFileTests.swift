import Checkpoints
import TestSupport
import Tensors
import Testing

@Suite struct SafetensorsFileTests {
  /// Written by safetensors 0.8.0 for Python:
  ///
  ///     save({"b.weight": np.array([[1,2,3],[-0.5,0.25,65504]], dtype=np.float16),
  ///           "a.norm": np.array([1.5,-2,3e-3], dtype=np.float32), "ids": np.array([1,2,3], dtype=np.int64),
  ///           "scalar": np.array(7.0, dtype=np.float32)}, {"format": "np", "made by": "safetensors"})
  static let fixture = """
    KAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJucCIsIm1hZGUgYnkiOiJzYWZldGVuc29ycyJ9LCJpZHMiOnsiZHR5
    cGUiOiJJNjQiLCJzaGFwZSI6WzNdLCJkYXRhX29mZnNldHMiOlswLDI0XX0sImEubm9ybSI6eyJkdHlwZSI6IkYzMiIsInNoYXBl
    IjpbM10sImRhdGFfb2Zmc2V0cyI6WzI0LDM2XX0sInNjYWxhciI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbXSwiZGF0YV9vZmZz
    ZXRzIjpbMzYsNDBdfSwiYi53ZWlnaHQiOnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6WzIsM10sImRhdGFfb2Zmc2V0cyI6WzQwLDUy
    XX19IAEAAAAAAAAAAgAAAAAAAAADAAAAAAAAAAAAwD8AAADApptEOwAA4EAAPABAAEIAuAA0/3s=
    """

  @Test func readsWhatTheReferenceImplementationWrote() throws {
    let folder = try TemporaryFolder()
    let file = try SafetensorsFile(path: folder.write("m.safetensors", [UInt8](base64: Self.fixture)))
    #expect(file.tensors.all.map(\.name) == ["ids", "a.norm", "scalar", "b.weight"])
    #expect(file.metadata.map(\.key) == ["format", "made by"])
    let weight = try file.matrix("b.weight")
    #expect(weight.rows == 2 && weight.array() == [1, 2, 3, -0.5, 0.25, 65504])
    let norm = try file.matrix("a.norm")
    #expect(norm.rows == 1 && norm.array() == [1.5, -2, 3e-3])
    #expect(try file.matrix("scalar").array() == [7])
    #expect(try file.rows(1..<2, of: "b.weight").array() == [-0.5, 0.25, 65504])
    #expect(try file.tensor("b.weight").withBytes { $0.byteCount } == 12)
    #expect(try file.tensor("b.weight").storage.name == "f16")
    file.release("b.weight")
    #expect(try file.matrix("b.weight").array() == [1, 2, 3, -0.5, 0.25, 65504])
  }

  @Test func integersAreKeptByNameAndNotReadAsWeights() throws {
    let folder = try TemporaryFolder()
    let file = try SafetensorsFile(path: folder.write("m.safetensors", [UInt8](base64: Self.fixture)))
    #expect(try file.tensor("ids").storage.name == "I64")
    expectCheckpointError(saying: ["tensor ids", "I64", "cannot be read as weights"]) { _ = try file.matrix("ids") }
  }

  /// All finite numbers of eight bits and of four, as torch stores and converts them (`Tests/Fixtures/quantized-floats.py`).
  @Test(arguments: ["f8_e4m3", "f8_e5m2", "f8_e8m0", "f4"])
  func smallFloatsAreThoseOfTorch(_ name: String) throws {
    let path = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/small-floats.safetensors").path
    let file = try SafetensorsFile(path: path)
    #expect(try file.tensor(name).storage.name == name)
    let expected = try file.matrix("\(name).expected").array()
    #expect(expected.count > 200)
    #expect(try file.matrix(name).array().map(\.bitPattern) == expected.map(\.bitPattern))
  }

  @Test func smallFloatsThatAreNoNumbersAreNamed() throws {
    let folder = try TemporaryFolder()
    for (type, code, value) in [
      ("F8_E4M3", 0x7F, "nan"), ("F8_E4M3", 0xFF, "nan"), ("F8_E5M2", 0x7C, "inf"), ("F8_E5M2", 0xFC, "-inf"),
      ("F8_E5M2", 0x7E, "nan"), ("F8_E8M0", 0xFF, "nan"),
    ] as [(String, UInt8, String)] {
      let header = #"{"w":{"dtype":"\#(type)","shape":[2,2],"data_offsets":[0,4]}}"#
      let path = try folder.write("\(type)-\(code).safetensors", container(header, data: [1, 2, code, 3]))
      let file = try SafetensorsFile(path: path)
      expectCheckpointError(saying: ["tensor w", value, "[1, 0]"]) { _ = try file.matrix("w") }
    }
  }

  /// Rows that begin inside of a byte belong to no program.
  @Test func halfBytesAreNotReadAsWeights() throws {
    let folder = try TemporaryFolder()
    let header = #"{"w":{"dtype":"F4","shape":[2,3],"data_offsets":[0,3]}}"#
    let file = try SafetensorsFile(path: folder.write("m.safetensors", container(header, data: [1, 2, 3])))
    expectCheckpointError(saying: ["tensor w", "F4", "cannot be read as weights"]) { _ = try file.matrix("w") }
  }

  @Test func anUnknownNameListsNamesThatEndAlike() throws {
    let folder = try TemporaryFolder()
    let file = try SafetensorsFile(path: folder.write("m.safetensors", [UInt8](base64: Self.fixture)))
    expectCheckpointError(saying: ["no tensor c.norm"]) { _ = try file.matrix("c.norm") }
    expectCheckpointError(saying: ["no tensor x.b.weight", "it has b.weight"]) { _ = try file.matrix("x.b.weight") }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity]) func nonFiniteWeightsAreNamed(_ value: Float) throws {
    let folder = try TemporaryFolder()
    var values = [Float](repeating: 1, count: 40)
    values[27] = value
    let data = values.flatMap { [UInt8](littleEndian: $0.bitPattern) }
    let path = try folder.write(
      "m.safetensors", container(#"{"w":{"dtype":"F32","shape":[2,20],"data_offsets":[0,160]}}"#, data: data))
    let file = try SafetensorsFile(path: path)
    expectCheckpointError(saying: [path, "tensor w", "\(value)", "[1, 7]"]) { _ = try file.matrix("w") }
    expectCheckpointError(saying: ["[1, 7]"]) { _ = try file.rows(1..<2, of: "w") }
    #expect(try file.rows(0..<1, of: "w").array() == [Float](repeating: 1, count: 20))
  }

  @Test func emptyTensorsAndPaddedHeadersAreAllowed() throws {
    let folder = try TemporaryFolder()
    let header = """
      {"e":{"dtype":"F32","shape":[1099511627776,0],"data_offsets":[0,0]},\
      "w":{"dtype":"BF16","shape":[1,1],"data_offsets":[0,2]}}\u{20}\u{20}
      """
    let file = try SafetensorsFile(path: folder.write("m.safetensors", container(header, data: [0x80, 0x3F])))
    #expect(try file.matrix("e").count == 0)
    #expect(try file.matrix("w").array() == [1])
  }

  /// Readers multiply sides before they look at them.
  @Test(arguments: ["[4611686018427387904,0]", "[0,1099511627777]", "[0,0,9223372036854775807]"])
  func sidesBeyondReasonAreRefused(_ shape: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "m.safetensors", container(#"{"e":{"dtype":"F32","shape":\#(shape),"data_offsets":[0,0]}}"#, data: []))
    expectCheckpointError(saying: [path, "tensor e", "shape", "at most 1099511627776"]) {
      _ = try SafetensorsFile(path: path)
    }
  }

  @Test func overlongNamesAreRefused() throws {
    let folder = try TemporaryFolder()
    let name = String(repeating: "n", count: 4097)
    let path = try folder.write(
      "m.safetensors", container(#"{"\#(name)":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#, data: []))
    expectCheckpointError(saying: [path, "name", "4097 bytes", "at most 4096"]) { _ = try SafetensorsFile(path: path) }
  }

  @Test func workersDoNotChangeTheResult() throws {
    let folder = try TemporaryFolder()
    var random = SeededRandom(seed: 5)
    let rows = 700
    let values = (0..<rows * 1000).map { _ in Float16(random.gaussian()) }
    let header = #"{"w":{"dtype":"F16","shape":[\#(rows),1000],"data_offsets":[0,\#(rows * 2000)]}}"#
    let data = values.flatMap { [UInt8](littleEndian: $0.bitPattern) }
    let file = try SafetensorsFile(path: folder.write("m.safetensors", container(header, data: data)))
    #expect(try file.matrix("w", workers: Workers(count: 3)).array() == values.map(Float.init))
    #expect(try file.matrix("w", workers: Workers(count: 1)).array() == values.map(Float.init))
  }

  /// Headers that contradict themselves or the eight bytes of data that follow them.
  static let malformedHeaders: [Malformed] = [
    ("no JSON", #"{"w":}"#, ["m.safetensors:1:6", "a JSON value"]),
    ("array", #"[]"#, ["first byte", "91", "brace"]),
    ("two values", #"{}{}"#, ["1:3", "the end of the text"]),
    ("metadata that is no object", #"{"__metadata__":1}"#, ["__metadata__", "found 1", "an object of strings"]),
    ("metadata that is no text", #"{"__metadata__":{"a":1}}"#, ["__metadata__", "1 for a", "a string"]),
    ("entry that is no object", #"{"w":3}"#, ["tensor w", "found 3", "an object"]),
    ("no dtype", #"{"w":{"shape":[2],"data_offsets":[0,8]}}"#, ["tensor w: dtype", "nothing", "a string"]),
    ("unknown dtype", entry(dtype: "F31"), ["tensor w: dtype", "F31", "F32, F16, BF16"]),
    ("no shape", #"{"w":{"dtype":"F32","data_offsets":[0,8]}}"#, ["tensor w: shape", "nothing"]),
    ("shape of text", entry(shape: #"["2"]"#), ["tensor w: shape", "an array of integers"]),
    ("fractional side", entry(shape: "[2.0]"), ["tensor w: shape", "an array of integers"]),
    ("negative side", entry(shape: "[-2]"), ["tensor w: shape", "found -2", "no negative number"]),
    ("two negative sides", entry(shape: "[-1,-2]"), ["tensor w: shape", "found -1"]),
    ("product that overflows", entry(shape: "[4294967296,4294967296]"), ["tensor w: shape", "4294967296", "63 bits"]),
    ("side beyond 63 bits", entry(shape: "[9223372036854775808]"), ["tensor w: shape", "an array of integers"]),
    ("size that overflows", entry(shape: "[1099511627776,4194304]"), ["tensor w: shape", "63 bits"]),
    ("part of a byte", entry(dtype: "F4", shape: "[3]"), ["tensor w: shape", "F4", "a whole number of bytes"]),
    ("one offset", entry(offsets: "[0]"), ["tensor w: data_offsets", "a start and an end"]),
    ("three offsets", entry(offsets: "[0,8,8]"), ["tensor w: data_offsets", "a start and an end"]),
    ("offsets backwards", entry(offsets: "[8,0]"), ["tensor w: data_offsets", "[8, 0]", "not below"]),
    ("negative offset", entry(offsets: "[-8,0]"), ["tensor w: data_offsets", "-8"]),
    ("range too short", entry(offsets: "[0,4]"), ["tensor w: data_offsets", "4 bytes", "8 bytes for the shape [2]"]),
    ("range too long", entry(shape: "[1]"), ["tensor w: data_offsets", "8 bytes", "4 bytes"]),
    ("beyond the file", entry(shape: "[4]", offsets: "[0,16]"), ["tensor w", "the end 16", "at most 8", "cut short"]),
    (
      "offset near the limit", entry(offsets: "[9223372036854775799,9223372036854775807]"),
      ["tensor w: data_offsets", "an end inside the file"]
    ),
    (
      "hole at the start", entry(shape: "[1]", offsets: "[4,8]"), ["tensor w", "start 4", "hole after the header", "0"]
    ),
    ("trailing bytes", entry(shape: "[1]", offsets: "[0,4]"), ["4 bytes after tensor w", "the end of the file"]),
    ("no tensors but data", "{}", ["8 bytes after the header"]),
    (
      "overlap",
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[3],"data_offsets":[2,8]}}"#,
      ["tensor b", "start 2", "overlaps tensor a", "start 4"]
    ),
    (
      "hole in the middle",
      #"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      ["tensor b", "start 4", "hole after tensor a", "start 2"]
    ),
    (
      "the same name twice",
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      ["the key \"a\" a second time"]
    ),
  ].map { Malformed(name: $0.0, bytes: container($0.1, data: [UInt8](repeating: 0, count: 8)), says: $0.2) }

  static let malformedLengths: [Malformed] = [
    Malformed(name: "empty file", bytes: [], says: ["header: length", "0 bytes", "at least 8"]),
    Malformed(name: "seven bytes", bytes: [2, 0, 0, 0, 0, 0, 0], says: ["7 bytes", "at least 8"]),
    Malformed(name: "length 0", bytes: [UInt8](littleEndian: 0 as UInt64), says: ["0 bytes", "at least 2"]),
    Malformed(
      name: "length beyond the file", bytes: [UInt8](littleEndian: 10 as UInt64) + Array("{}".utf8),
      says: ["10 bytes", "at most the 2 that follow"]),
    Malformed(
      name: "length beyond the cap", bytes: [UInt8](littleEndian: 100_000_001 as UInt64) + Array("{}".utf8),
      says: ["100000001", "at most 100000000"]),
    Malformed(
      name: "length with the top bit", bytes: [UInt8](littleEndian: UInt64.max) + Array("{}".utf8),
      says: ["18446744073709551615", "at most 100000000"]),
  ]

  @Test(arguments: malformedHeaders + malformedLengths) func refuses(_ input: Malformed) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("m.safetensors", input.bytes)
    expectCheckpointError(saying: [path] + input.says) { _ = try SafetensorsFile(path: path) }
  }

  /// Whatever byte is changed, the reader answers or throws; it never reads outside the file.
  @Test func survivesEveryChangedByte() throws {
    let folder = try TemporaryFolder()
    let good = try [UInt8](base64: Self.fixture)
    var refused = 0
    for index in 0..<good.count {
      for change: UInt8 in [1, 0x80] {
        var bytes = good
        bytes[index] ^= change
        let path = try folder.writeQuickly("\(index)-\(change).safetensors", bytes)
        do throws(CheckpointError) {
          let file = try SafetensorsFile(path: path)
          for tensor in file.tensors.all { _ = try tensor.matrix(workers: Workers(count: 1)) }
        } catch {
          refused += 1
        }
      }
    }
    // At least every damaged brace, quote and bracket of the header must have been noticed.
    #expect(refused > 200)
  }

  @Test func survivesEveryTruncation() throws {
    let folder = try TemporaryFolder()
    let good = try [UInt8](base64: Self.fixture)
    for count in 0..<good.count {
      let path = try folder.writeQuickly("\(count).safetensors", Array(good[..<count]))
      #expect(throws: CheckpointError.self) { _ = try SafetensorsFile(path: path) }
    }
  }

  @Test func aMissingFileIsNamed() {
    expectCheckpointError(saying: ["/nowhere/m.safetensors", "No such file"]) {
      _ = try SafetensorsFile(path: "/nowhere/m.safetensors")
    }
  }
}

/// A file of a header and data.
func container(_ header: String, data: [UInt8]) -> [UInt8] {
  [UInt8](littleEndian: UInt64(header.utf8.count)) + Array(header.utf8) + data
}

/// A header with one entry, right unless told otherwise: two F32 in eight bytes.
private func entry(dtype: String = "F32", shape: String = "[2]", offsets: String = "[0,8]") -> String {
  #"{"w":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
}
