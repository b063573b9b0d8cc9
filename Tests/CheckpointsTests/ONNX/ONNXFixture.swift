import Checkpoints
import Foundation
import Tensors
import TestSupport

/// A graph of one product of blocks, one plain product and a table, and the bytes of its constants.
struct ONNXFixture {
  var model = ONNXModel()
  var tensors: [(planned: SafetensorsPlannedTensor, bytes: [UInt8])]
  /// What stands in the place of the constants that the tensors make; nil for these.
  var initializers: [ONNXInitializer]?
  var shardBytes = 1 << 30

  /// Matrices of two rows and 32 columns, in blocks of 16.
  static let (rows, columns, block) = (2, 32, 16)

  init(bits: Int = 4, hasZeros: Bool = true, scales: ONNXType = .float32) {
    let (rows, columns, blocks) = (Self.rows, Self.columns, Self.columns / Self.block)
    model.producer = "planish"
    model.operators = [.init("", 21), .init("com.microsoft", 1)]
    let names = ["m.weight_Q\(bits)", "m.weight_scales"] + (hasZeros ? ["m.weight_zero_points"] : [])
    model.graph.nodes = [
      ONNXNode(
        "MatMulNBits", name: "m.product", domain: "com.microsoft", inputs: ["x"] + names, outputs: ["y"],
        attributes: [
          .init("K", .integer(columns)), .init("N", .integer(rows)), .init("bits", .integer(bits)),
          .init("block_size", .integer(Self.block)),
        ]), ONNXNode("MatMul", name: "p.product", inputs: ["x", "p.weight"], outputs: ["z"]),
      ONNXNode("Gather", name: "t.rows", inputs: ["t.weight", "ids"], outputs: ["x"]),
    ]
    let bytesPerBlock = Self.block * bits / 8
    tensors = [
      (
        SafetensorsPlannedTensor(name: names[0], shape: [rows, blocks, bytesPerBlock], type: "U8"),
        (0..<rows * blocks * bytesPerBlock).map { UInt8(truncatingIfNeeded: 37 * $0 + 11) }
      ),
      (
        SafetensorsPlannedTensor(name: names[1], shape: [rows, blocks], type: scales.safetensorsName),
        (scales == .float16 ? ElementType.float16 : .float32).encode([0.5, -0.25, 2, 0.125])
      ),
    ]
    if hasZeros {
      let bytes = (blocks * bits + 7) / 8
      tensors.append(
        (
          SafetensorsPlannedTensor(name: names[2], shape: [rows, bytes], type: "U8"),
          (0..<rows * bytes).map { UInt8(truncatingIfNeeded: 0x71 + 0x12 * $0) }
        ))
    }
    tensors += [
      (
        SafetensorsPlannedTensor(name: "p.weight", shape: [3, 2], type: "F32"),
        ElementType.float32.encode([1, 2, 3, 4, 5, 6])
      ),
      (
        SafetensorsPlannedTensor(name: "t.weight", shape: [2, 2], type: "F16"),
        ElementType.float16.encode([1, -1, 0.5, 8])
      ),
    ]
  }

  /// The value of a weight of the first matrix, by the description of the format.
  func value(_ row: Int, _ column: Int, bits: Int) -> Float {
    func field(_ bytes: [UInt8], _ index: Int) -> Int {
      bits == 8 ? Int(bytes[index]) : Int(bytes[index / 2] >> (index % 2 == 0 ? 0 : 4)) & 15
    }
    let blocks = Self.columns / Self.block
    let code = field(tensors[0].bytes, row * Self.columns + column)
    let block = column / Self.block
    let zeros = tensors.first { $0.planned.name == "m.weight_zero_points" }
    let zero =
      zeros.map { field(Array($0.bytes[row * $0.planned.shape[1]..<(row + 1) * $0.planned.shape[1]]), block) }
      ?? (bits == 8 ? 128 : 8)
    return [0.5, -0.25, 2, 0.125][row * blocks + block] * Float(code - zero)
  }

  /// Writes the model and its constants into a folder, and answers with the path of the graph.
  func write(to folder: TemporaryFolder) throws -> String {
    var writer = try ONNXWriter(folder: folder.path(""), tensors: tensors.map(\.planned), shardBytes: shardBytes)
    for tensor in tensors {
      let bytes = tensor.bytes
      try writer.append(bytes.span.bytes, to: tensor.planned.name)
    }
    try writer.finish(model)
    let path = folder.path("model.onnx")
    guard let initializers else { return path }
    var other = model
    other.graph.initializers = initializers
    try Data(other.bytes).write(to: URL(filePath: path))
    return path
  }

  /// Changes an attribute of the first product.
  mutating func set(_ name: String, _ value: ONNXAttribute?) {
    model.graph.nodes[0].attributes.removeAll { $0.name == name }
    if let value { model.graph.nodes[0].attributes.append(.init(name, value)) }
  }

  /// Changes what is said of one constant, which then stands where it stood.
  mutating func say(of name: String, _ change: (inout SafetensorsPlannedTensor) -> Void) {
    for index in tensors.indices where tensors[index].planned.name == name { change(&tensors[index].planned) }
  }
}
