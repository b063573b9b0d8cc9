import Checkpoints
import Models
import Tensors

/// A graph in the making: what each step of a model becomes, one operation after the other.
struct ONNXGraphBuilder {
  /// What stands in the domain of ONNX Runtime's own operations.
  static let runtime = "com.microsoft"

  private(set) var nodes: [ONNXNode] = []
  /// What all is computed in.
  let floats: ONNXType
  /// Of the block whose steps are added; nil outside of all.
  private(set) var layer: Int?
  /// What the first block reads.
  var firstStream = ""
  /// The columns of the block's edges.
  private(set) var columns: [Edge: Int] = [:]
  private let layout: (TensorPlan) -> (any MatrixLayout)?
  private let tensors: [Key: TensorPlan]
  private var constants: Set<String> = []
  private let rotary: ONNXRotaryTables

  private struct Key: Hashable {
    let role: Role
    let layer: Int?
  }

  /// - Parameters:
  ///   - tensors: every one of the model.
  ///   - rotary: the tables of all angles.
  ///   - layout: how a matrix is laid out; nil for what is stored as a folder has it.
  init(
    _ tensors: [TensorPlan], _ rotary: ONNXRotaryTables, floats: ONNXType,
    layout: @escaping (TensorPlan) -> (any MatrixLayout)?
  ) {
    self.floats = floats
    self.layout = layout
    self.rotary = rotary
    self.tensors = Dictionary(uniqueKeysWithValues: tensors.map { (Key(role: $0.spec.role, layer: $0.spec.layer), $0) })
  }

  /// Turns to a block, or to what stands outside of all.
  mutating func turn(to layer: Int?, columns: [Edge: Int] = [:]) { (self.layer, self.columns) = (layer, columns) }

  /// The name of what stands on an edge.
  func value(_ edge: Edge) -> String {
    switch (edge, layer) {
    case (.blockInput, let layer?): return stream(layer)
    case (.blockOutput, let layer?): return stream(layer + 1)
    default: return "layers.\(edge.layer ?? layer ?? 0).\(edge.name)"
    }
  }

  /// The residual stream before a block, or behind the last.
  func stream(_ layer: Int) -> String { layer == 0 ? firstStream : "stream.\(layer)" }

  /// Adds an operation that makes one value.
  mutating func add(
    _ operation: String, domain: String = "", _ inputs: [String], to output: String,
    _ attributes: [ONNXModel.Entry<ONNXAttribute>] = []
  ) {
    add(operation, domain: domain, inputs, to: [output], attributes)
  }

  /// Adds an operation. Its name is that of what it makes.
  mutating func add(
    _ operation: String, domain: String = "", _ inputs: [String], to outputs: [String],
    _ attributes: [ONNXModel.Entry<ONNXAttribute>] = []
  ) {
    nodes.append(
      ONNXNode(
        operation, name: "\(outputs[0]).\(operation)", domain: domain, inputs: inputs, outputs: outputs,
        attributes: attributes))
  }

  // MARK: - Constants

  /// Integers, as one side or alone.
  mutating func integers(_ values: [Int], isScalar: Bool = false) -> String {
    let name = "integer\(isScalar ? "" : "s").\(values.map { "\($0)" }.joined(separator: "_"))"
    var bytes: [UInt8] = []
    for value in values { bytes += Self.littleEndian(UInt64(bitPattern: Int64(value)), bytes: 8) }
    return constant(name, .int64, isScalar ? [] : [values.count], bytes)
  }

  /// A number of the type that all is computed in.
  mutating func number(_ value: Float) -> String {
    let bytes =
      floats == .float16
      ? Self.littleEndian(UInt64(Float16(value).bitPattern), bytes: 2)
      : Self.littleEndian(UInt64(value.bitPattern), bytes: 4)
    return constant("number.\(value)", floats, [], bytes)
  }

  private mutating func constant(_ name: String, _ type: ONNXType, _ shape: [Int], _ bytes: [UInt8]) -> String {
    if constants.insert(name).inserted {
      add("Constant", [], to: name, [.init("value", .tensor(type: type, shape: shape, bytes: bytes))])
    }
    return name
  }

  private static func littleEndian(_ value: UInt64, bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  // MARK: - Weights

  /// Whether the model has a tensor.
  func has(_ role: Role) -> Bool { tensors[Key(role: role, layer: layer)] != nil }

  private func tensor(_ role: Role) -> TensorPlan {
    guard let tensor = tensors[Key(role: role, layer: layer)] else {
      preconditionFailure("a step takes \(role), which the plan does not have")
    }
    return tensor
  }

  /// A vector, or a table of plain numbers, as the decoder reads it.
  mutating func plain(_ role: Role) -> String {
    let place = tensor(role).spec.folder
    guard place.storage.offset != 0 else { return place.tensor }
    // Runtimes compute it once.
    let shifted = "\(place.tensor).shifted"
    if constants.insert(shifted).inserted { add("Add", [place.tensor, number(place.storage.offset)], to: shifted) }
    return shifted
  }

  /// The parts of a matrix, as its layout names them; nil where it has none.
  private func parts(_ role: Role) -> (layout: any MatrixLayout, names: [String])? {
    let tensor = tensor(role)
    guard let layout = layout(tensor), let module = tensor.moduleName else { return nil }
    return (layout, layout.parts.map { "\(module).\($0.suffix)" })
  }

  /// x Wᵀ
  mutating func product(_ role: Role, _ input: String, to output: String) {
    guard let (layout, names) = parts(role) else {
      let transposed = "\(tensor(role).spec.huggingFaceName).transposed"
      add("Transpose", [tensor(role).spec.huggingFaceName], to: transposed)
      return add("MatMul", [input, transposed], to: output)
    }
    guard let blocks = layout as? ONNXBlocksLayout else { return add("MatMul", [input, names[0]], to: output) }
    add(
      "MatMulNBits", domain: Self.runtime, [input] + names, to: output,
      [
        .init("K", .integer(blocks.columns)), .init("N", .integer(blocks.rows)), .init("bits", .integer(blocks.bits)),
        .init("block_size", .integer(blocks.columns / blocks.blocks)),
      ])
  }

  /// Rows of a table.
  mutating func gather(_ role: Role, _ indices: String, to output: String) {
    guard let (layout, names) = parts(role), let blocks = layout as? ONNXBlocksLayout else {
      return add("Gather", [plain(role), indices], to: output, [.init("axis", .integer(0))])
    }
    // The operation has codes of a row side by side.
    let rows = "\(names[0]).rows"
    let shape = integers([blocks.rows, blocks.columns * blocks.bits / 8])
    add("Reshape", [names[0], shape], to: rows)
    add(
      "GatherBlockQuantized", domain: Self.runtime, [rows, indices] + names.dropFirst(), to: output,
      [
        .init("bits", .integer(blocks.bits)), .init("block_size", .integer(blocks.columns / blocks.blocks)),
        .init("gather_axis", .integer(0)), .init("quantize_axis", .integer(1)),
      ])
  }

  /// The names of cosines, sines and positions of a rotary embedding.
  mutating func angles(_ embedding: RotaryEmbedding) -> [String] {
    let table = rotary.table(embedding)
    return [rotary.positions(table, &self), table.cosines, table.sines]
  }
}
