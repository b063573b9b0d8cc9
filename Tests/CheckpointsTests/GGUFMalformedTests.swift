import Checkpoints
import TestSupport
import Testing

/// The bytes of a small GGUF file, right unless told otherwise: independent of the writer.
struct GGUFBytes {
  struct Tensor {
    var name: String
    /// Contiguous side first, as in the file.
    var sides: [Int64]
    var type: UInt32 = 0
    var offset: UInt64 = 0
  }

  var magic: UInt32 = 0x4655_4747
  var version: UInt32 = 3
  var tensorCount: UInt64?
  var keyCount: UInt64?
  /// Keys with the bytes of their type and value.
  var keys: [(name: String, typed: [UInt8])] = []
  var tensors: [Tensor] = []
  var padded = true
  /// Zero bytes after the header.
  var data = 0

  var bytes: [UInt8] {
    var bytes = [UInt8](littleEndian: magic) + [UInt8](littleEndian: version)
    bytes += [UInt8](littleEndian: tensorCount ?? UInt64(tensors.count))
    bytes += [UInt8](littleEndian: keyCount ?? UInt64(keys.count))
    for key in keys { bytes += Self.text(key.name) + key.typed }
    for tensor in tensors {
      bytes += Self.text(tensor.name) + [UInt8](littleEndian: UInt32(tensor.sides.count))
      for side in tensor.sides { bytes += [UInt8](littleEndian: side) }
      bytes += [UInt8](littleEndian: tensor.type) + [UInt8](littleEndian: tensor.offset)
    }
    if padded { bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32) }
    return bytes + [UInt8](repeating: 0, count: data)
  }

  static func text(_ text: String) -> [UInt8] {
    [UInt8](littleEndian: UInt64(text.utf8.count)) + Array(text.utf8)
  }

  /// The bytes of a value type and a value.
  static func typed(_ type: UInt32, _ value: [UInt8]) -> [UInt8] {
    [UInt8](littleEndian: type) + value
  }

  /// The bytes of an array's type, element type, count and elements.
  static func array(_ type: UInt32, count: UInt64, _ elements: [UInt8] = []) -> [UInt8] {
    typed(9, [UInt8](littleEndian: type) + [UInt8](littleEndian: count) + elements)
  }
}

@Suite struct GGUFMalformedTests {
  static let headers: [Malformed] = [
    header("empty file", [], ["magic", "0 bytes", "at byte 0"]),
    header("wrong magic", GGUFBytes(magic: 0x4655_4748).bytes, ["magic", "0x46554748", "GGUF"]),
    header("version 1", GGUFBytes(version: 1).bytes, ["version", "found 1", "2 or 3"]),
    header("version 4", GGUFBytes(version: 4).bytes, ["version", "found 4"]),
    header("big-endian", GGUFBytes(version: 0x0300_0000).bytes, ["version", "3 in big-endian order"]),
    header(
      "tensor count of 2^60", GGUFBytes(tensorCount: 1 << 60).bytes, ["tensor count", "1152921504606846976 tensors"]),
    header("negative tensor count", GGUFBytes(tensorCount: .max).bytes, ["tensor count", "18446744073709551615"]),
    header("key count of 2^60", GGUFBytes(keyCount: 1 << 60).bytes, ["key count", "1152921504606846976 keys"]),
    header("one tensor too many", GGUFBytes(tensorCount: 1, padded: false).bytes, ["tensor count", "found 1 tensors"]),
    header(
      "key length of 2^62",
      GGUFBytes(keyCount: 1, padded: false).bytes + [UInt8](littleEndian: UInt64(1) << 62)
        + [UInt8](repeating: 0, count: 8), ["key 0", "4611686018427387904 bytes of text", "at most the 8"]
    ),
  ]

  static let keys: [Malformed] = [
    key("unknown value type", GGUFBytes.typed(13, [0]), ["metadata k", "value type 13"]),
    key("Boolean of 2", GGUFBytes.typed(7, [2]), ["metadata k", "the byte 2", "0 or 1"]),
    key("number cut short", GGUFBytes.typed(12, [1, 2]), ["metadata k", "2 bytes before the end", "8"]),
    key(
      "string beyond the file", GGUFBytes.typed(8, [UInt8](littleEndian: 100 as UInt64)),
      ["metadata k", "100 bytes of text", "at most the 0"]
    ),
    key(
      "string that is not UTF-8", GGUFBytes.typed(8, [UInt8](littleEndian: 2 as UInt64) + [0xC3, 0x28]),
      ["metadata k", "2 bytes that are not UTF-8"]
    ),
    key("array of an unknown type", GGUFBytes.array(99, count: 0), ["metadata k", "value type 99"]),
    key("array count of 2^60", GGUFBytes.array(0, count: 1 << 60), ["metadata k", "1152921504606846976 elements"]),
    key(
      "array count of 2^61 in eight-byte steps", GGUFBytes.array(10, count: 1 << 61), ["2305843009213693952 elements"]),
    key("array count of 2^63", GGUFBytes.array(8, count: 1 << 63), ["metadata k", "9223372036854775808 elements"]),
    key("array one element short", GGUFBytes.array(0, count: 3, [1, 2]), ["metadata k", "found 3 elements", "the 2"]),
    key(
      "strings cut short", GGUFBytes.array(8, count: 1, [UInt8](littleEndian: 9 as UInt64)),
      ["metadata k", "9 bytes of text"]
    ),
    key(
      "arrays nested without end",
      GGUFBytes.typed(
        9, (0..<1000).flatMap { _ in [UInt8](littleEndian: 9 as UInt32) + [UInt8](littleEndian: 1 as UInt64) }),
      ["metadata k", "deeper nesting", "at most 4"]
    ),
  ]

  static let alignments: [Malformed] = [
    alignment(
      "alignment 0", [UInt8](littleEndian: 4 as UInt32) + [0, 0, 0, 0],
      ["general.alignment", "found 0", "power of two"]
    ),
    alignment("alignment 48", [UInt8](littleEndian: 4 as UInt32) + [48, 0, 0, 0], ["general.alignment", "found 48"]),
    alignment(
      "alignment of another type", [UInt8](littleEndian: 8 as UInt32) + GGUFBytes.text("32"),
      ["general.alignment", "\"32\""]
    ),
  ]

  static let described: [Malformed] = [
    tensors(
      "five sides", [.init(name: "w", sides: [1, 1, 1, 1, 1])], ["tensor w: number of sides", "found 5", "at most 4"]),
    tensors("negative side", [.init(name: "w", sides: [4, -2])], ["tensor w: shape", "the side -2"]),
    tensors(
      "product that overflows", [.init(name: "w", sides: [1 << 32, 1 << 32])],
      ["tensor w: shape", "[4294967296, 4294967296]", "63 bits"]
    ),
    tensors("bytes that overflow", [.init(name: "w", sides: [1 << 40, 1 << 21])], ["tensor w: shape", "63 bits"]),
    tensors(
      "a side beyond reason", [.init(name: "w", sides: [1 << 61, 0])], ["tensor w: shape", "at most 1099511627776"]),
    tensors("unknown type", [.init(name: "w", sides: [4], type: 4)], ["tensor w: type", "type number 4"]),
    tensors("type out of range", [.init(name: "w", sides: [4], type: .max)], ["tensor w: type", "4294967295"]),
    tensors(
      "part of a block", [.init(name: "w", sides: [48], type: 8)], ["tensor w: shape", "[48] of q8_0", "blocks of 32"]),
    tensors(
      "unaligned offset", [.init(name: "w", sides: [4], offset: 8)],
      ["tensor w: offset", "found 8", "a multiple of the alignment 32"]
    ),
    tensors(
      "beyond the file", [.init(name: "w", sides: [17])],
      ["tensor w: offset", "0 with 68 bytes", "within the 64 bytes", "cut short"]
    ),
    tensors(
      "offset beyond the file", [.init(name: "w", sides: [4], offset: 96)], ["tensor w: offset", "96 with 16 bytes"]),
    tensors(
      "offset of 2^64 - 32", [.init(name: "w", sides: [4], offset: .max - 31)],
      ["tensor w: offset", "18446744073709551584"]
    ),
    tensors(
      "overlap", [.init(name: "a", sides: [16]), .init(name: "b", sides: [4], offset: 32)],
      ["tensor b: offset", "32, inside tensor a", "at least 64"]
    ),
    tensors(
      "overlap in the other order", [.init(name: "b", sides: [4], offset: 32), .init(name: "a", sides: [16])],
      ["tensor b: offset", "inside tensor a"]
    ),
    tensors(
      "the same name twice", [.init(name: "a", sides: [4]), .init(name: "a", sides: [4], offset: 32)],
      ["tensor a: name", "a second time"]
    ),
  ]

  @Test(arguments: headers + keys + alignments + described) func refuses(_ input: Malformed) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("m.gguf", input.bytes)
    expectCheckpointError(saying: [path] + input.says) { _ = try GGUFFile(path: path) }
  }

  @Test func refusesAKeyThatAppearsTwice() throws {
    let folder = try TemporaryFolder()
    let one = GGUFBytes.typed(0, [1])
    let path = try folder.write("m.gguf", GGUFBytes(keys: [("k", one), ("k", one)]).bytes)
    expectCheckpointError(saying: ["metadata k", "a second time"]) { _ = try GGUFFile(path: path) }
  }
}

// Functions rather than literals of tuples: the compiler checks each line by itself.

/// A file of the given bytes.
private func header(_ name: String, _ bytes: [UInt8], _ says: [String]) -> Malformed {
  Malformed(name: name, bytes: bytes, says: says)
}

/// A file with one key, whose type and value are given, and nothing after it.
private func key(_ name: String, _ typed: [UInt8], _ says: [String]) -> Malformed {
  Malformed(name: name, bytes: GGUFBytes(keys: [("k", typed)], padded: false).bytes, says: says)
}

/// A file with that alignment.
private func alignment(_ name: String, _ typed: [UInt8], _ says: [String]) -> Malformed {
  Malformed(name: name, bytes: GGUFBytes(keys: [("general.alignment", typed)]).bytes, says: says)
}

/// A file with those tensors and 64 bytes of data.
private func tensors(_ name: String, _ tensors: [GGUFBytes.Tensor], _ says: [String]) -> Malformed {
  Malformed(name: name, bytes: GGUFBytes(tensors: tensors, data: 64).bytes, says: says)
}
