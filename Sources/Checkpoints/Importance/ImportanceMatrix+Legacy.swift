import Tensors

extension ImportanceMatrix {
  /// Reads the older form: i32 entries; for each i32 length, name, i32 calls, i32 values, f32 values that are means
  /// times calls; then, where they are there, i32 chunks, i32 length, the name of the text.
  static func legacy(_ file: MappedFile) throws(CheckpointError) -> ImportanceMatrix {
    var cursor = LegacyCursor(file: file)
    let count = try cursor.integer("number of entries", in: 1...1 << 24)
    var entries: [Entry] = []
    var names: Set<String> = []
    for number in 1...count {
      let name = try cursor.text("name of entry \(number)")
      guard names.insert(name).inserted else {
        throw cursor.malformed("name of entry \(number)", found: "\(name) a second time", expected: "each name once")
      }
      let calls = try cursor.integer("calls of \(name)", in: 0...Int(Int32.max))
      let values = try cursor.integer("values of \(name)", in: 1...Int(Int32.max))
      entries.append(Entry(name: name, sums: try cursor.floats(values, "values of \(name)"), counts: [Float(calls)]))
    }
    var chunks = 0
    var datasets: [String] = []
    if !cursor.isAtEnd {
      chunks = try cursor.integer("number of chunks", in: 0...Int(Int32.max))
      if !cursor.isAtEnd { datasets = [try cursor.text("name of the text")] }
    }
    return ImportanceMatrix(entries: entries, datasets: datasets, chunkCount: chunks, chunkSize: 0)
  }
}

/// Reads the fields of a legacy file, each checked against the file's end.
private struct LegacyCursor {
  let file: MappedFile
  private var offset = 0

  init(file: MappedFile) {
    self.file = file
  }

  var isAtEnd: Bool { offset == file.count }

  func malformed(_ field: String, found: String, expected: String) -> CheckpointError {
    .malformed(path: file.path, part: .header("\(field) at byte \(offset)"), found: found, expected: expected)
  }

  mutating func integer(_ field: String, in bounds: ClosedRange<Int>) throws(CheckpointError) -> Int {
    guard file.count - offset >= 4 else {
      throw malformed(field, found: "the end of the file", expected: "four bytes of an importance matrix")
    }
    let value = Int(file.bytes.littleEndian(Int32.self, at: offset))
    guard bounds.contains(value) else {
      throw malformed(field, found: "\(value)", expected: "a number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    offset += 4
    return value
  }

  mutating func text(_ field: String) throws(CheckpointError) -> String {
    let length = try integer("length of the \(field)", in: 0...file.count)
    guard file.count - offset >= length else {
      throw malformed(field, found: "\(file.count - offset) bytes to the end of the file", expected: "\(length)")
    }
    let text = file.bytes.extracting(offset..<offset + length).withUnsafeBytes {
      String(validating: $0, as: UTF8.self)
    }
    guard let text else { throw malformed(field, found: "bytes that are not UTF-8", expected: "a text") }
    offset += length
    return text
  }

  mutating func floats(_ count: Int, _ field: String) throws(CheckpointError) -> [Float] {
    guard (file.count - offset) / 4 >= count else {
      throw malformed(
        field, found: "\(file.count - offset) bytes to the end of the file", expected: "\(count) numbers of 4 bytes")
    }
    let values = (0..<count).map {
      Float(bitPattern: file.bytes.littleEndian(UInt32.self, at: offset + 4 * $0))
    }
    offset += 4 * count
    return values
  }
}
