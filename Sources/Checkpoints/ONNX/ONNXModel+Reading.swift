import Tensors

extension ONNXModel {
  /// Reads a file.
  ///
  /// - Throws: as for a mapped one, and `.file` when it cannot be opened.
  package init(path: String) throws(CheckpointError) { try self.init(MappedFile.open(path)) }

  /// Reads a mapped file. What stands in it beside the graph's operations and constants is passed over.
  ///
  /// - Throws: `.malformed` where it is no model of ONNX, or holds what no graph may.
  init(_ file: MappedFile) throws(CheckpointError) {
    let reader = ProtobufReader(file: file, subject: "the model")
    var graphs = 0
    for field in try reader.fields(0..<file.count) {
      switch field.number {
      case 2: producer = try reader.text(field)
      case 3: producerVersion = try reader.text(field)
      case 7:
        graph = try ONNXGraph(reader.of("the graph"), reader.message(field))
        graphs += 1
      case 8:
        var (domain, version) = ("", 0)
        for own in try reader.fields(reader.message(field)) {
          if own.number == 1 { domain = try reader.text(own) }
          if own.number == 2 { version = try reader.integer(own) }
        }
        operators.append(Entry(domain, version))
      case 14: metadata.append(try Entry(reader, reader.message(field)))
      case 25: throw reader.error(field.start, found: "functions of its own", expected: "operations alone")
      default: continue
      }
    }
    guard graphs == 1 else {
      throw .malformed(path: file.path, part: .header("the model"), found: "\(graphs) graphs", expected: "one")
    }
  }
}

extension ONNXModel.Entry<String> {
  fileprivate init(_ reader: ProtobufReader, _ range: Range<Int>) throws(CheckpointError) {
    var (name, value) = ("", "")
    for field in try reader.fields(range) {
      if field.number == 1 { name = try reader.text(field) }
      if field.number == 2 { value = try reader.text(field) }
    }
    self.init(name, value)
  }
}

extension ONNXGraph {
  fileprivate init(_ reader: ProtobufReader, _ range: Range<Int>) throws(CheckpointError) {
    for field in try reader.fields(range) {
      switch field.number {
      case 1: nodes.append(try ONNXNode(reader.of("node \(nodes.count)"), reader.message(field)))
      case 2: name = try reader.text(field)
      case 5:
        initializers.append(
          try ONNXInitializer(reader.of("constant \(initializers.count)"), reader.message(field)))
      case 11: inputs.append(try ONNXValue(reader.of("an input"), reader.message(field)))
      case 12: outputs.append(try ONNXValue(reader.of("an output"), reader.message(field)))
      case 15: throw reader.error(field.start, found: "sparse constants", expected: "dense ones")
      default: continue
      }
    }
  }
}

extension ONNXNode {
  fileprivate init(_ reader: ProtobufReader, _ range: Range<Int>) throws(CheckpointError) {
    self.init("", name: "", inputs: [], outputs: [])
    for field in try reader.fields(range) {
      switch field.number {
      case 1: inputs.append(try reader.text(field))
      case 2: outputs.append(try reader.text(field))
      case 3: name = try reader.text(field)
      case 4: operation = try reader.text(field)
      case 5: attributes.append(try ONNXAttribute.entry(reader, reader.message(field)))
      case 7: domain = try reader.text(field)
      default: continue
      }
    }
  }

  /// The attribute of that name.
  func attribute(_ name: String) -> ONNXAttribute? { attributes.first { $0.name == name }?.value }
}

extension ONNXAttribute {
  fileprivate static func entry(
    _ reader: ProtobufReader, _ range: Range<Int>
  ) throws(CheckpointError) -> ONNXModel.Entry<ONNXAttribute> {
    var (name, kind) = ("", 0)
    var (integer, float, text) = (0, Float(0), "")
    for field in try reader.fields(range) {
      switch field.number {
      case 1: name = try reader.text(field)
      case 2: float = try reader.float(field)
      case 3: integer = try reader.integer(field)
      // Bytes of any kind: what no one here reads need not be text.
      case 4: text = (try? reader.text(field)) ?? ""
      case 20: kind = try reader.integer(field)
      default: continue
      }
    }
    switch kind {
    case 1: return ONNXModel.Entry(name, .float(float))
    case 2: return ONNXModel.Entry(name, .integer(integer))
    case 3: return ONNXModel.Entry(name, .text(text))
    default: return ONNXModel.Entry(name, .other)
    }
  }
}

extension ONNXValue {
  /// The name alone: the rest is for those who run the graph.
  fileprivate init(_ reader: ProtobufReader, _ range: Range<Int>) throws(CheckpointError) {
    var name = ""
    for field in try reader.fields(range) where field.number == 1 { name = try reader.text(field) }
    self.init(name, .float32, [])
  }
}

extension ONNXInitializer {
  fileprivate init(_ reader: ProtobufReader, _ range: Range<Int>) throws(CheckpointError) {
    var (name, number, shape) = ("", 0, [Int]())
    var (raw, isOutside) = (Range<Int>?.none, false)
    var entries: [ONNXModel.Entry<String>] = []
    for field in try reader.fields(range) {
      switch field.number {
      case 1: shape += try reader.integers(field)
      case 2: number = try reader.integer(field)
      case 8: name = try reader.text(field)
      case 9: raw = try reader.message(field)
      case 13: entries.append(try ONNXModel.Entry(reader, reader.message(field)))
      case 14: isOutside = try reader.integer(field) == 1
      case 4, 5, 6, 7, 10, 11:
        throw reader.error(field.start, found: "\(name) as numbers of the message", expected: "raw bytes")
      default: continue
      }
    }
    let subject = reader.of("constant \(name.isEmpty ? "without a name" : name)")
    guard !name.isEmpty, name.utf8.count <= HeaderLimits.longestName else {
      throw subject.error(range.lowerBound, found: "a name of \(name.utf8.count) bytes", expected: "1 to 4096")
    }
    guard let type = ONNXType(rawValue: number) else {
      throw subject.error(
        range.lowerBound, found: "the type \(number)",
        expected: "one of \(ONNXType.allCases.map { "\($0.rawValue) (\($0.safetensorsName))" }.joined(separator: ", "))"
      )
    }
    guard shape.allSatisfy({ 0...HeaderLimits.longestSide ~= $0 }),
      let bytes = (shape + [type.byteCount]).checkedProduct
    else {
      throw subject.error(range.lowerBound, found: "the sides \(shape)", expected: "sides whose product fits")
    }
    let place: Place
    if isOutside {
      place = try Self.outside(subject, range.lowerBound, entries, bytes)
    } else if let raw {
      place = .inside(raw)
    } else {
      place = .inside(range.upperBound..<range.upperBound)
    }
    let count = if case .inside(let raw) = place { raw.count } else { bytes }
    guard count == bytes else {
      throw subject.error(
        range.lowerBound, found: "\(count) bytes", expected: "\(bytes) for \(shape) of \(type.safetensorsName)")
    }
    self.init(name: name, type: type, shape: shape, place: place)
  }

  private static func outside(
    _ reader: ProtobufReader, _ start: Int, _ entries: [ONNXModel.Entry<String>], _ bytes: Int
  ) throws(CheckpointError) -> Place {
    func value(_ key: String) -> String? { entries.last { $0.name == key }?.value }
    guard let file = value("location"), !file.isEmpty, file != ".", file != "..",
      !file.contains("/"), !file.contains("\\"), !file.contains("\0")
    else {
      throw reader.error(
        start, found: "the location \(value("location") ?? "of nothing")", expected: "a file beside this one")
    }
    guard let offset = Int(value("offset") ?? "0"), offset >= 0, let length = Int(value("length") ?? "\(bytes)"),
      length == bytes
    else {
      throw reader.error(
        start, found: "\(value("length") ?? "all") bytes from \(value("offset") ?? "0") on",
        expected: "\(bytes) bytes, as many as its sides and its type say")
    }
    return .file(file, offset: offset, length: length)
  }
}
