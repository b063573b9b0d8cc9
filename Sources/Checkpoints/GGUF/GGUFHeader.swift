import Tensors

/// The header of one GGUF file, versions 2 and 3, checked against the file's length (`ggml/include/gguf.h`).
struct GGUFHeader {
  /// What the header says about one tensor; `range` counts from the file's first byte.
  struct Entry {
    let name: String
    /// Outermost side first; the file stores the contiguous one first.
    let shape: [Int]
    let type: GGUFTensorType
    let range: Range<Int>
  }

  let version: UInt32
  let metadata: GGUFMetadata
  let alignment: Int
  /// In the order of the header.
  let entries: [Entry]

  static let defaultAlignment = 32
  /// ggml's tensors have no more sides.
  static let maximumSides = 4

  init(_ file: MappedFile) throws(CheckpointError) {
    var cursor = GGUFCursor(file)
    version = try Self.version(&cursor)
    // A tensor takes at least its name's length, its number of sides, its type and its offset; an entry a key and a value.
    let tensorCount = try cursor.count(of: "tensors", size: 8 + 4 + 4 + 8, .header("tensor count"))
    let keyCount = try cursor.count(of: "keys", size: 8 + 4 + 1, .header("key count"))
    metadata = try Self.metadata(&cursor, count: keyCount)
    alignment = try Self.alignment(metadata)
    var described: [Described] = []
    for index in 0..<tensorCount { described.append(try Self.tensor(&cursor, index: index)) }
    entries = try Self.place(described, after: cursor.offset, alignment: alignment, file: file)
  }

  private static func version(_ cursor: inout GGUFCursor) throws(CheckpointError) -> UInt32 {
    let magic = try cursor.integer(UInt32.self, .header("magic"))
    guard magic == 0x4655_4747 else {
      if let foreign = ForeignFile.words(cursor.file) {
        throw cursor.error(.header("magic"), found: foreign.found, expected: foreign.expected)
      }
      throw cursor.error(.header("magic"), found: "0x\(String(magic, radix: 16))", expected: "the letters GGUF")
    }
    let version = try cursor.integer(UInt32.self, .header("version"))
    guard version == 2 || version == 3 else {
      let swapped = version.byteSwapped == 3 ? ", which is 3 in big-endian order" : ""
      throw cursor.error(.header("version"), found: "\(version)\(swapped)", expected: "2 or 3, little-endian")
    }
    return version
  }

  private static func metadata(_ cursor: inout GGUFCursor, count: Int) throws(CheckpointError) -> GGUFMetadata {
    var metadata = GGUFMetadata(path: cursor.file.path)
    for index in 0..<count {
      let key = try cursor.string(.header("key \(index)"))
      guard metadata[key] == nil else {
        throw cursor.error(.metadata(key), found: "the key a second time", expected: "each key once")
      }
      let type = try cursor.valueType(.metadata(key))
      metadata[key] = try cursor.value(type, .metadata(key))
    }
    return metadata
  }

  static func alignment(_ metadata: GGUFMetadata) throws(CheckpointError) -> Int {
    let key = "general.alignment"
    guard let value = metadata[key] else { return defaultAlignment }
    guard case .uint32(let alignment) = value, alignment.nonzeroBitCount == 1 else {
      throw metadata.error(key, expected: "a power of two as uint32")
    }
    return Int(alignment)
  }

  /// A tensor as the header describes it, before its place is checked.
  private struct Described {
    let name: String
    let shape: [Int]
    let type: GGUFTensorType
    let byteCount: Int
    let offset: UInt64
  }

  private static func tensor(_ cursor: inout GGUFCursor, index: Int) throws(CheckpointError) -> Described {
    let name = try cursor.string(.header("name of tensor \(index)"))
    guard name.utf8.count <= HeaderLimits.longestName else {
      throw cursor.error(
        .header("name of tensor \(index)"), found: "\(name.utf8.count) bytes",
        expected: "at most \(HeaderLimits.longestName)")
    }
    let sides = try cursor.integer(UInt32.self, .tensor(name, "number of sides"))
    guard sides <= maximumSides else {
      throw cursor.error(.tensor(name, "number of sides"), found: "\(sides)", expected: "at most \(maximumSides)")
    }
    var shape: [Int] = []
    for _ in 0..<sides {
      let side = try cursor.integer(Int64.self, .tensor(name, "shape"))
      guard side >= 0 else {
        throw cursor.error(.tensor(name, "shape"), found: "the side \(side)", expected: "no negative side")
      }
      guard side <= HeaderLimits.longestSide else {
        throw cursor.error(
          .tensor(name, "shape"), found: "the side \(side)", expected: "at most \(HeaderLimits.longestSide)")
      }
      shape.insert(Int(side), at: 0)
    }
    let id = try cursor.integer(UInt32.self, .tensor(name, "type"))
    guard let type = GGUFTensorType.with(id: id) else {
      throw cursor.error(
        .tensor(name, "type"), found: "the type number \(id)",
        expected: "one that this version knows, such as 1 for f16")
    }
    guard let byteCount = type.byteCount(shape: shape) else {
      throw cursor.error(
        .tensor(name, "shape"), found: "\(shape) of \(type.name)",
        expected: "rows of whole blocks of \(type.columnsPerBlock) and a size that fits 63 bits")
    }
    let offset = try cursor.integer(UInt64.self, .tensor(name, "offset"))
    return Described(name: name, shape: shape, type: type, byteCount: byteCount, offset: offset)
  }

  /// Checks that every tensor is aligned, inside the file, and shares no byte with another.
  private static func place(
    _ described: [Described], after headerEnd: Int, alignment: Int, file: MappedFile
  ) throws(CheckpointError) -> [Entry] {
    let dataStart = (headerEnd + alignment - 1) / alignment * alignment
    let available = max(0, file.count - dataStart)
    func error(_ tensor: Described, _ found: String, _ expected: String) -> CheckpointError {
      .malformed(path: file.path, part: .tensor(tensor.name, "offset"), found: found, expected: expected)
    }
    for tensor in described {
      guard tensor.offset % UInt64(alignment) == 0 else {
        throw error(tensor, "\(tensor.offset)", "a multiple of the alignment \(alignment)")
      }
      guard tensor.offset <= available, tensor.byteCount <= available - Int(tensor.offset) else {
        throw error(
          tensor, "\(tensor.offset) with \(tensor.byteCount) bytes",
          "an end within the \(available) bytes of tensor data (is the file cut short?)")
      }
    }
    let sorted = described.filter { $0.byteCount > 0 }.sorted { $0.offset < $1.offset }
    for (tensor, next) in zip(sorted, sorted.dropFirst()) {
      let end = Int(tensor.offset) + tensor.byteCount
      guard end <= next.offset else {
        throw error(next, "\(next.offset), inside tensor \(tensor.name)", "at least \(end)")
      }
    }
    return described.map { tensor in
      let start = dataStart + Int(tensor.offset)
      return Entry(
        name: tensor.name, shape: tensor.shape, type: tensor.type, range: start..<start + tensor.byteCount)
    }
  }
}
