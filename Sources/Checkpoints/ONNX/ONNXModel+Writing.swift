extension ONNXModel {
  /// The bytes of a file.
  package var bytes: [UInt8] {
    var message = ProtobufMessage()
    message.append(1, integer: Self.version)
    message.append(2, text: producer)
    message.append(3, text: producerVersion)
    message.append(7, graph.message)
    for entry in operators {
      var own = ProtobufMessage()
      own.append(1, text: entry.name)
      own.append(2, integer: entry.value)
      message.append(8, own)
    }
    for entry in metadata { message.append(14, ProtobufMessage(entry)) }
    return message.bytes
  }
}

extension ProtobufMessage {
  fileprivate init(_ entry: ONNXModel.Entry<String>) {
    append(1, text: entry.name)
    append(2, text: entry.value)
  }
}

extension ONNXGraph {
  fileprivate var message: ProtobufMessage {
    var message = ProtobufMessage()
    for node in nodes { message.append(1, node.message) }
    message.append(2, text: name)
    for initializer in initializers { message.append(5, initializer.message) }
    for input in inputs { message.append(11, input.message) }
    for output in outputs { message.append(12, output.message) }
    return message
  }
}

extension ONNXNode {
  fileprivate var message: ProtobufMessage {
    var message = ProtobufMessage()
    for input in inputs { message.append(1, text: input) }
    for output in outputs { message.append(2, text: output) }
    message.append(3, text: name)
    message.append(4, text: operation)
    for attribute in attributes { message.append(5, attribute.value.message(attribute.name)) }
    message.append(7, text: domain)
    return message
  }
}

extension ONNXAttribute {
  fileprivate func message(_ name: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.append(1, text: name)
    switch self {
    case .float(let value):
      message.append(2, float: value)
      message.append(20, integer: 1)
    case .integer(let value):
      message.append(3, integer: value)
      message.append(20, integer: 2)
    case .text(let value):
      message.append(4, text: value)
      message.append(20, integer: 3)
    case .tensor(let type, let shape, let bytes):
      var tensor = ProtobufMessage()
      for side in shape { tensor.append(1, integer: side) }
      tensor.append(2, integer: type.rawValue)
      tensor.append(9, bytes: bytes)
      message.append(5, tensor)
      message.append(20, integer: 4)
    case .other: preconditionFailure("an attribute that was read is not written")
    }
    return message
  }
}

extension ONNXValue {
  fileprivate var message: ProtobufMessage {
    var sides = ProtobufMessage()
    for side in shape {
      var own = ProtobufMessage()
      switch side {
      case .fixed(let count): own.append(1, integer: count)
      case .named(let name): own.append(2, text: name)
      }
      sides.append(1, own)
    }
    var tensor = ProtobufMessage()
    tensor.append(1, integer: type.rawValue)
    tensor.append(2, sides)
    var type = ProtobufMessage()
    type.append(1, tensor)
    var message = ProtobufMessage()
    message.append(1, text: name)
    message.append(2, type)
    return message
  }
}

extension ONNXInitializer {
  fileprivate var message: ProtobufMessage {
    guard case .file(let file, let offset, let length) = place else {
      preconditionFailure("constants are written into files of their own")
    }
    var message = ProtobufMessage()
    for side in shape { message.append(1, integer: side) }
    message.append(2, integer: type.rawValue)
    message.append(8, text: name)
    for entry in [("location", file), ("offset", "\(offset)"), ("length", "\(length)")] {
      message.append(13, ProtobufMessage(ONNXModel.Entry(entry.0, entry.1)))
    }
    message.append(14, integer: 1)
    return message
  }
}
