/// What a file of ONNX holds: a graph of operations, and the constants that it reads.
///
/// Source: ONNX, `onnx.proto` (IR version 10); numbers of fields are those of that file.
package struct ONNXModel: Sendable, Equatable {
  package var producer = ""
  package var producerVersion = ""
  /// Versions of the sets of operations, by their domains; ONNX's own has none.
  package var operators: [Entry<Int>] = []
  package var metadata: [Entry<String>] = []
  package var graph = ONNXGraph()

  package init() {}

  /// A value by its name.
  package struct Entry<Value: Sendable & Equatable>: Sendable, Equatable {
    package let name: String
    package let value: Value

    package init(_ name: String, _ value: Value) { (self.name, self.value) = (name, value) }
  }

  /// The version of the form that files are written in.
  static let version = 10
}

package struct ONNXGraph: Sendable, Equatable {
  package var name = ""
  package var nodes: [ONNXNode] = []
  package var inputs: [ONNXValue] = []
  package var outputs: [ONNXValue] = []
  /// Constants, which are in files of their own where they are large.
  package var initializers: [ONNXInitializer] = []

  package init() {}
}

/// One operation. Values are known by their names.
package struct ONNXNode: Sendable, Equatable {
  package var name: String
  package var operation: String
  /// Empty for ONNX's own.
  package var domain: String
  /// An empty name stands for an input that is left out.
  package var inputs: [String]
  package var outputs: [String]
  package var attributes: [ONNXModel.Entry<ONNXAttribute>]

  package init(
    _ operation: String, name: String, domain: String = "", inputs: [String], outputs: [String],
    attributes: [ONNXModel.Entry<ONNXAttribute>] = []
  ) {
    (self.operation, self.name, self.domain) = (operation, name, domain)
    (self.inputs, self.outputs, self.attributes) = (inputs, outputs, attributes)
  }
}

package enum ONNXAttribute: Sendable, Equatable {
  case integer(Int)
  case float(Float)
  case text(String)
  /// A small constant inside of the graph.
  case tensor(type: ONNXType, shape: [Int], bytes: [UInt8])
  /// Of a kind that is read by nobody here.
  case other
}

/// What goes into a graph or comes out of it.
package struct ONNXValue: Sendable, Equatable {
  package enum Side: Sendable, Equatable {
    case fixed(Int)
    /// As long as all others of that name.
    case named(String)
  }

  package let name: String
  package let type: ONNXType
  package let shape: [Side]

  package init(_ name: String, _ type: ONNXType, _ shape: [Side]) {
    (self.name, self.type, self.shape) = (name, type, shape)
  }
}

/// A constant of a graph.
package struct ONNXInitializer: Sendable, Equatable {
  package enum Place: Sendable, Equatable {
    /// In a file beside that of the graph.
    case file(String, offset: Int, length: Int)
    /// In the file of the graph.
    case inside(Range<Int>)
  }

  package let name: String
  package let type: ONNXType
  /// Outermost first.
  package let shape: [Int]
  package let place: Place

  package init(name: String, type: ONNXType, shape: [Int], place: Place) {
    (self.name, self.type, self.shape, self.place) = (name, type, shape, place)
  }
}

/// Types of elements (`TensorProto.DataType`).
package enum ONNXType: Int, Sendable, CaseIterable {
  case float32 = 1
  case uint8 = 2
  case int8 = 3
  case int32 = 6
  case int64 = 7
  case float16 = 10
  case bfloat16 = 16

  /// What safetensors files call it.
  package var safetensorsName: String {
    switch self {
    case .float32: "F32"
    case .uint8: "U8"
    case .int8: "I8"
    case .int32: "I32"
    case .int64: "I64"
    case .float16: "F16"
    case .bfloat16: "BF16"
    }
  }

  package init?(safetensorsName name: String) {
    guard let type = Self.allCases.first(where: { $0.safetensorsName == name }) else { return nil }
    self = type
  }

  var byteCount: Int {
    switch self {
    case .uint8, .int8: 1
    case .float16, .bfloat16: 2
    case .float32, .int32: 4
    case .int64: 8
    }
  }
}
