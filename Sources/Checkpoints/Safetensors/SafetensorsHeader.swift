import JSON
import Tensors

/// The header of a safetensors file, checked against the file's length before any tensor is handed out.
///
/// A file is a u64 header length, the header (one JSON object from names to types, shapes and byte ranges), and the
/// tensors, which fill the rest without gaps and overlaps (https://github.com/huggingface/safetensors).
struct SafetensorsHeader {
  /// What the header says about one tensor; `range` counts from the file's first byte.
  struct Entry {
    let name: String
    let shape: [Int]
    let type: SafetensorsType
    let range: Range<Int>
  }

  /// In the order in which the tensors lie in the file.
  let entries: [Entry]
  /// The texts under `__metadata__`.
  let metadata: [(key: String, value: String)]

  /// The reference implementation reads no longer header either.
  static let maximumLength = 100_000_000

  init(_ file: borrowing RawSpan, path: String) throws(CheckpointError) {
    let length = try Self.headerLength(file, path: path)
    guard file.littleEndian(UInt8.self, at: 8) == UInt8(ascii: "{") else {
      throw .malformed(
        path: path, part: .header("first byte"), found: "\(file.littleEndian(UInt8.self, at: 8))",
        expected: "the opening brace of a JSON object")
    }
    let value = try JSONValue(file.extracting(8..<8 + length), path: path)
    guard case .object(let members) = value else {
      throw .malformed(path: path, part: .header("JSON"), found: value.summary, expected: "an object")
    }
    let dataStart = 8 + length
    var metadata: [(key: String, value: String)] = []
    var entries: [Entry] = []
    for (name, value) in members.elements {
      if name == "__metadata__" {
        metadata = try Self.texts(value, path: path)
      } else {
        entries.append(try Self.entry(name, value, dataStart: dataStart, path: path))
      }
    }
    // Tensors without elements may share a position; the order of the header then decides, since `sort` is stable.
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    try Self.checkLayout(entries, dataStart: dataStart, fileLength: file.byteCount, path: path)
    self.entries = entries
    self.metadata = metadata
  }

  private static func headerLength(_ file: borrowing RawSpan, path: String) throws(CheckpointError) -> Int {
    func error(_ found: String, _ expected: String) -> CheckpointError {
      .malformed(path: path, part: .header("length"), found: found, expected: expected)
    }
    guard file.byteCount >= 8 else { throw error("a file of \(file.byteCount) bytes", "at least 8") }
    let length = file.littleEndian(UInt64.self, at: 0)
    guard length <= maximumLength else { throw error("\(length) bytes", "at most \(maximumLength)") }
    guard length >= 2 else { throw error("\(length) bytes", "at least 2, for an empty JSON object") }
    guard length <= file.byteCount - 8 else {
      throw error("\(length) bytes", "at most the \(file.byteCount - 8) that follow in the file")
    }
    return Int(length)
  }

  private static func texts(_ value: JSONValue, path: String) throws(CheckpointError) -> [(key: String, value: String)]
  {
    let part = CheckpointError.Part.header("__metadata__")
    guard case .object(let members) = value else {
      throw .malformed(path: path, part: part, found: value.summary, expected: "an object of strings")
    }
    var texts: [(key: String, value: String)] = []
    for (key, value) in members.elements {
      guard case .string(let text) = value else {
        throw .malformed(path: path, part: part, found: "\(value.summary) for \(key)", expected: "a string")
      }
      texts.append((key, text))
    }
    return texts
  }

  private static func entry(
    _ name: String, _ value: JSONValue, dataStart: Int, path: String
  ) throws(CheckpointError) -> Entry {
    func error(_ aspect: String, _ found: String, _ expected: String) -> CheckpointError {
      .malformed(path: path, part: .tensor(name, aspect), found: found, expected: expected)
    }
    guard case .object(let members) = value else {
      throw error("entry", value.summary, "an object with dtype, shape and data_offsets")
    }
    func naturals(_ key: String, _ expected: String) throws(CheckpointError) -> [Int] {
      guard let values = members[key]?.asArray(of: \.asInteger) else {
        throw error(key, members[key]?.summary ?? "nothing", expected)
      }
      if let negative = values.first(where: { $0 < 0 }) { throw error(key, "\(negative)", "no negative number") }
      return values
    }
    guard let typeName = members["dtype"]?.asString else {
      throw error("dtype", members["dtype"]?.summary ?? "nothing", "a string")
    }
    guard let type = SafetensorsType(rawValue: typeName) else {
      throw error("dtype", typeName, "one of " + SafetensorsType.allCases.map(\.rawValue).joined(separator: ", "))
    }
    guard name.utf8.count <= HeaderLimits.longestName else {
      throw error("name", "\(name.utf8.count) bytes", "at most \(HeaderLimits.longestName)")
    }
    let shape = try naturals("shape", "an array of integers")
    if let side = shape.first(where: { $0 > HeaderLimits.longestSide }) {
      throw error("shape", "the side \(side)", "at most \(HeaderLimits.longestSide)")
    }
    guard let bits = (shape + [type.bits]).checkedProduct else {
      throw error("shape", "\(shape)", "a size that fits 63 bits")
    }
    guard bits % 8 == 0 else { throw error("shape", "\(shape) of \(typeName)", "a whole number of bytes") }
    let offsets = try naturals("data_offsets", "two integers")
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw error("data_offsets", "\(offsets)", "a start and an end that is not below it")
    }
    guard offsets[1] - offsets[0] == bits / 8 else {
      throw error(
        "data_offsets", "\(offsets), which is \(offsets[1] - offsets[0]) bytes",
        "\(bits / 8) bytes for the shape \(shape) of \(typeName)")
    }
    let (end, overflow) = offsets[1].addingReportingOverflow(dataStart)
    guard !overflow else { throw error("data_offsets", "\(offsets)", "an end inside the file") }
    return Entry(name: name, shape: shape, type: type, range: offsets[0] + dataStart..<end)
  }

  /// Checks that the tensors, sorted by position, cover the rest of the file exactly once.
  private static func checkLayout(
    _ entries: [Entry], dataStart: Int, fileLength: Int, path: String
  ) throws(CheckpointError) {
    var end = dataStart
    var previous = "the header"
    for entry in entries {
      guard entry.range.lowerBound == end else {
        let relation = entry.range.lowerBound < end ? "overlaps" : "leaves a hole after"
        throw .malformed(
          path: path, part: .tensor(entry.name, "data_offsets"),
          found: "the start \(entry.range.lowerBound - dataStart), which \(relation) \(previous)",
          expected: "the start \(end - dataStart)")
      }
      end = entry.range.upperBound
      previous = "tensor \(entry.name)"
      guard end <= fileLength else {
        throw .malformed(
          path: path, part: .tensor(entry.name, "data_offsets"), found: "the end \(end - dataStart)",
          expected: "at most \(fileLength - dataStart), where the file ends (is it cut short?)")
      }
    }
    guard end == fileLength else {
      throw .malformed(
        path: path, part: .header("tensors"), found: "\(fileLength - end) bytes after \(previous)",
        expected: "the end of the file")
    }
  }
}

extension [Int] {
  /// The product, or nil when it does not fit an `Int`. A zero anywhere makes it zero only if the rest fits.
  var checkedProduct: Int? {
    var product = 1
    for value in self {
      let (next, overflow) = product.multipliedReportingOverflow(by: value)
      if overflow { return nil }
      product = next
    }
    return product
  }
}
