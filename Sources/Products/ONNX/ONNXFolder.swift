import Checkpoints
import JSON
import Models
import Schemes
import Tensors

/// Folders for ONNX Runtime and its generate API: a graph whose matrices are blocks of four or eight bits.
struct ONNXFolder: FolderContainer {
  /// What all is computed in, and what is not quantized is stored in.
  enum Numbers: String, CaseIterable, Sendable {
    /// For processors.
    case f32
    /// For graphics cards and browsers.
    case f16
  }

  let floats: FolderFloats
  private let type: ONNXType

  init(_ numbers: Numbers = .f32) {
    (floats, type) = numbers == .f32 ? (.f32, .float32) : (.f16, .float16)
  }

  var name: String { "onnx" }
  var widerFloats: FolderFloats? { .f32 }
  let keepsTables = true
  var types: [String] {
    IntegerType.names(
      bits: [4, 8], groups: [.columns(32), .columns(64), .columns(128)], zeros: [.symmetric, .point])
  }
  var runtime: RuntimeUse { .onnxRuntime }
  var storedAs: String { "constants of a graph of ONNX (MatMulNBits), which computes in \(floats.rawValue)" }

  func objection(to model: ModelSource) -> String? {
    if let carried = model.carried.first {
      return "found \(carried), which is no part of the model of text; expected it alone: name what is left out under "
        + "model.drop"
    }
    if let objection = ONNXDecoderGraph.objection(to: model.shape, model.architecture) {
      return "\(objection); expected a gguf or safetensors product"
    }
    if case .huggingFace(let folder) = model.container, let objection = GenAIConfig.objection(to: folder) {
      return objection
    }
    let matrices = model.weights.filter { !$0.isVector }
    return matrices.first { $0.folder.storage != .plain || !$0.huggingFaceName.hasSuffix(".weight") }.map {
      "found \($0.huggingFaceName), whose rows this family stores in another order; expected a gguf or safetensors product"
    }
  }

  func objection(to tensor: TensorPlan) -> String? {
    guard tensor.spec.role == .positionEmbedding else { return nil }
    return "graphs have positions as plain numbers; expected the override \(tensor.plainOverride)"
  }

  func layout(of tensor: TensorPlan) -> (any MatrixLayout)? {
    let (rows, columns) = (tensor.spec.rows, tensor.spec.columns)
    if let (integers, columnsPerGroup) = tensor.integers {
      return ONNXBlocksLayout(
        rows: rows, columns: columns, blocks: columns / columnsPerGroup, bits: integers.bits,
        isSymmetric: integers.zero == .symmetric, floats: type)
    }
    guard tensor.isLinear || tensor.spec.role == .output else { return nil }
    return ONNXTransposedLayout(rows: rows, columns: columns, floats: type)
  }

  func files(_ plan: ProductPlan) throws(CheckpointError) -> [(name: String, text: String)] {
    [(GenAIConfig.name, try GenAIConfig(plan).text)]
  }

  func weightFiles(
    in folder: String, _ tensors: [SafetensorsPlannedTensor], shardBytes: Int, _ plan: ProductPlan
  ) throws(CheckpointError) -> any WeightFiles {
    try ONNXWeightFiles(self, type, folder, tensors, shardBytes: shardBytes, plan)
  }
}

/// The graph of a folder in the making, and its constants.
final class ONNXWeightFiles: WeightFiles {
  private let model: ONNXModel
  /// Until `finish`.
  private var writer: ONNXWriter?
  let tensorBytes: Int

  init(
    _ container: ONNXFolder, _ floats: ONNXType, _ folder: String, _ tensors: [SafetensorsPlannedTensor],
    shardBytes: Int, _ plan: ProductPlan
  ) throws(CheckpointError) {
    let (shape, architecture) = (plan.source.shape, plan.source.architecture)
    let blocks = (0..<shape.layers).map { architecture.steps(shape, layer: $0) }
    let rotary = ONNXRotaryTables(blocks, contextLength: shape.contextLength)
    var model = ONNXModel()
    model.producer = ONNXFile.producer
    model.producerVersion = Planish.version
    model.operators = [.init("", 21), .init(ONNXGraphBuilder.runtime, 1)]
    model.metadata = [.init("planish.recipe.sha256", plan.recipeDigest)]
    model.graph = ONNXDecoderGraph(shape, blocks, floats: floats)
      .graph(ONNXGraphBuilder(plan.tensors, rotary, floats: floats) { container.layout(of: $0) })
    var writer = try ONNXWriter(folder: folder, tensors: rotary.planned(floats) + tensors, shardBytes: shardBytes)
    try rotary.write { table, name throws(CheckpointError) in
      let numbers = container.floats.format.pack(table)
      try writer.append(numbers.bytes, to: name)
    }
    self.model = model
    tensorBytes = writer.tensorBytes
    self.writer = consume writer
  }

  func append(_ bytes: RawSpan, to name: String) throws(CheckpointError) { try writer?.append(bytes, to: name) }

  func finish() throws(CheckpointError) {
    guard let writer = writer.take() else { preconditionFailure("a product is finished once") }
    try writer.finish(model)
  }
}
