import Checkpoints
import Models
import Schemes
import Tensors

/// Emits a Hugging Face folder whose weights are those of the quantized model, decoded: what any program that reads
/// ordinary checkpoints runs, and what quality can be measured on without a kernel for the type.
package struct SafetensorsProductWriter: Writer {
  /// The type of all tensors.
  package enum FloatType: String, Sendable, CaseIterable {
    case f16
    case bf16
    case f32
  }

  package let type: FloatType
  /// No file holds more bytes of tensors than this, but for a single larger one.
  package let shardBytes: Int

  package static let defaultShardBytes = 5_000_000_000

  package init(type: FloatType = .f16, shardBytes: Int = defaultShardBytes) {
    self.type = type
    self.shardBytes = shardBytes
  }

  package var name: String { "safetensors" }

  package func holds(_ format: any WeightFormat) -> Bool { true }

  package func objection(to model: ModelSource) -> String? {
    switch model.container {
    case .huggingFace: nil
    case .gguf:
      "found a safetensors product of a GGUF model, expected the model as a Hugging Face folder: "
        + "its configuration and tokenizer files go into the product"
    }
  }

  package func begin(_ path: String, _ plan: Plan, _ recipe: Recipe) throws(CheckpointError) -> any Product {
    try SafetensorsProduct(path, self, plan, recipe)
  }
}

/// Such a folder in the making.
final class SafetensorsProduct: Product {
  let path: String
  private(set) var byteCount = 0
  private let type: SafetensorsProductWriter.FloatType
  private let card: ModelCard
  private var figures: [QualityFigure] = []
  /// Until `publish`.
  private var folder: UnpublishedFolder?
  /// Until `finish`.
  private var shards: SafetensorsShards?

  init(_ path: String, _ writer: SafetensorsProductWriter, _ plan: Plan, _ recipe: Recipe) throws(CheckpointError) {
    guard case .huggingFace(let original) = plan.model.container else {
      preconditionFailure("the plan makes \(path) of a model that is no folder")
    }
    // Without a last slash, so that what is to stand beside the folder does not come to stand in it.
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
    type = writer.type
    card = ModelCard(plan, recipe, storedAs: "decoded to \(writer.type.rawValue)")
    let folder = try UnpublishedFolder.create(path: path)
    let tensors = plan.tensors.map { tensor in
      SafetensorsPlannedTensor(
        name: tensor.spec.huggingFaceName, shape: tensor.spec.huggingFaceShape, type: writer.type.safetensorsName)
    }
    let shards = try SafetensorsShards(folder: folder.temporaryPath, tensors: tensors, shardBytes: writer.shardBytes)
    try folder.checkSpace(for: shards.tensorBytes)
    try original.copyCompanions(
      to: folder.temporaryPath, elementType: writer.type.configurationName, additions: Self.changes(plan))
    self.folder = consume folder
    self.shards = consume shards
  }

  /// What transforms change in the configuration: a rotation parts a table from the output matrix.
  private static func changes(_ plan: Plan) -> JSONMembers {
    var changes = JSONMembers()
    if plan.model.shape.tiedOutput, !plan.source.shape.tiedOutput { changes.set("tie_word_embeddings", .bool(false)) }
    return changes
  }

  /// Decodes and appends a few rows at a time: a table of a large model is many times larger than what they need.
  func append(_ tensor: CompiledTensor, on workers: Workers) throws(CheckpointError) {
    let spec = tensor.plan.spec
    guard spec.storage == .plain else {
      let values = spec.storage.stored(tensor.decoded(on: workers), isVector: spec.isVector)
      try check(values, firstRow: 0, spec)
      try shards?.append(type.format.pack(values, on: workers).bytes, to: spec.huggingFaceName)
      return
    }
    let step = max(1, Self.elementsAtOnce / spec.columns)
    for start in stride(from: 0, to: spec.rows, by: step) {
      let rows = start..<min(spec.rows, start + step)
      let values = tensor.decoded(rows: rows, on: workers)
      try check(values, firstRow: start, spec)
      try shards?.append(type.format.pack(values, on: workers).bytes, to: spec.huggingFaceName)
    }
  }

  /// Checks that half precision does not make a weight infinite.
  private func check(_ values: borrowing Matrix, firstRow: Int, _ spec: WeightSpec) throws(CheckpointError) {
    guard type == .f16 else { return }
    for row in 0..<values.rows {
      for column in 0..<values.columns where abs(values[row, column]) >= Self.halfPrecisionLimit {
        throw .misfit(
          path: path, tensor: spec.huggingFaceName,
          found: "\(values[row, column]) at [\(firstRow + row), \(column)]",
          expected: "weights that half precision can hold; use dtype: bf16 or f32")
      }
    }
  }

  private static let elementsAtOnce = 1 << 22
  /// From here on numbers round to infinity.
  private static let halfPrecisionLimit: Float = 65520

  func finish() throws(CheckpointError) {
    guard let shards = shards.take() else { preconditionFailure("a product is finished once") }
    try shards.finish()
    byteCount = try folder?.byteCount() ?? 0
  }

  func reopen(on workers: Workers) throws(CheckpointError) -> ModelSource {
    guard let temporaryPath = folder?.temporaryPath else {
      preconditionFailure("a product is read before it is published")
    }
    return try ModelSource(HuggingFaceFolder(path: temporaryPath), on: workers)
  }

  func note(_ figures: [QualityFigure]) {
    self.figures = figures
  }

  func publish() throws(CheckpointError) {
    guard let folder = folder.take() else { preconditionFailure("a product is published once, after it is finished") }
    try AtomicFile.write(card.text(figures), to: folder.file("README.md"))
    try folder.publish(card.details(figures))
  }

  func keep(at path: String) throws(CheckpointError) {
    guard let folder = folder.take() else { preconditionFailure("a product is kept instead of published, once") }
    try AtomicFile.write(card.text(figures), to: folder.file("README.md"))
    try folder.keep(at: path)
  }
}

extension SafetensorsProductWriter.FloatType {
  var format: any FloatFormat {
    switch self {
    case .f16: F16()
    case .bf16: BF16()
    case .f32: F32()
    }
  }

  /// In the header of safetensors files.
  var safetensorsName: String { rawValue.uppercased() }

  /// In `config.json`.
  var configurationName: String {
    switch self {
    case .f16: "float16"
    case .bf16: "bfloat16"
    case .f32: "float32"
    }
  }
}
