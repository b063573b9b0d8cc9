import Checkpoints
import Models
import Schemes
import Tensors
import Tokenizers

/// Emits a GGUF file that llama.cpp and its users run.
package struct GGUFProductWriter: Writer {
  package init() {}

  package var name: String { "gguf" }

  package func holds(_ format: any WeightFormat) -> Bool {
    GGUFTensorType.named(format.name) != nil || EqualGrid(format) != nil
  }

  package func nearest(to format: any WeightFormat) -> String? {
    NearestType.name(to: format, among: WeightFormats.writable.map(\.name).filter { GGUFTensorType.named($0) != nil })
  }

  package func moduleOfOneType(_ tensor: TensorPlan) -> String? {
    tensor.spec.gguf.isShared ? tensor.spec.ggufName : nil
  }

  package func objection(to tensor: TensorPlan) -> String? {
    tensor.sortsColumns ? FolderWriter.objectionToSorting : nil
  }

  package func remark(on model: ModelSource) -> String? {
    let drafts = model.carried.filter { name in model.architecture.draftModules.contains { name.hasPrefix("\($0).") } }
    let parts = [
      model.architecture.ggufRemark(model.shape), leftOut(model, model.carried.count - drafts.count),
      drafts.isEmpty
        ? nil
        : "\(drafts.count) tensors of \(model.architecture.draftModules.joined(separator: " and ")) are left out, with which a "
          + "runtime could draft further tokens: the text is the same without them",
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  /// What a folder of several parts has beside the model of text.
  private func leftOut(_ model: ModelSource, _ count: Int) -> String? {
    guard let names = model.folderNames, count > 0 else { return nil }
    return
      "holds the model of text alone: \(count) tensors of \(names.carried.joined(separator: " and ")) are "
      + "left out; llama.cpp's convert_hf_to_gguf.py makes a file of them from the original folder with --mmproj"
  }

  package func objection(to model: ModelSource) -> String? { model.architecture.objectionToGGUF(model.shape) }

  package func begin(_ path: String, _ plan: ProductPlan) throws(CheckpointError) -> any Product {
    try GGUFProduct(path, plan)
  }
}

/// A GGUF file in the making.
final class GGUFProduct: Product {
  let path: String
  private(set) var byteCount = 0
  /// Until `finish`.
  private var writer: GGUFWriter?
  /// From `finish` until it is handed over.
  private var file: UnpublishedFile?

  init(_ path: String, _ plan: ProductPlan) throws(CheckpointError) {
    self.path = path
    let derived = plan.source.architecture.derivedTensors(plan.source.shape)
    var tensors: [GGUFPlannedTensor] = []
    func format(_ tensor: DerivedTensor) -> any FloatFormat { tensor.shape.count == 1 ? F32() : F16() }
    for tensor in derived {
      tensors.append(try Self.planned(tensor.name, tensor.shape, format(tensor).name, path))
    }
    // The experts of a layer follow each other in one tensor.
    for tensor in plan.tensors where tensor.spec.gguf.isFirst {
      let type = EqualGrid(tensor.format)?.to.name ?? tensor.format.name
      tensors.append(try Self.planned(tensor.spec.ggufName, tensor.spec.gguf.shape, type, path))
    }
    var writer = try GGUFWriter(path: path, metadata: Self.metadata(path, plan), tensors: tensors)
    for tensor in derived {
      let values = tensor.values
      try writer.append(format(tensor).pack(Matrix(rows: 1, columns: values.count, values)).bytes, to: tensor.name)
    }
    self.writer = consume writer
  }

  func append(_ tensor: PackedTensor, on workers: Workers) throws(CheckpointError) {
    let spec = tensor.plan.spec
    if spec.gguf.storage.changesValues {
      let values = spec.gguf.stored(SharedMatrix(tensor.decoded(on: workers)))
      try append(F32().pack(values, on: workers), to: spec.ggufName)
    } else if let grid = EqualGrid(tensor.plan.format) {
      try append(grid.repack(tensor.packed, columns: spec.columns, on: workers), spec)
    } else {
      try append(tensor.packed, spec)
    }
  }

  private func append(_ rows: borrowing PackedRows, _ spec: WeightSpec) throws(CheckpointError) {
    if spec.gguf.storage == .plain {
      try append(rows, to: spec.ggufName)
    } else {
      try append(spec.forGGUF(rows), to: spec.ggufName)
    }
  }

  private func append(_ rows: borrowing PackedRows, to name: String) throws(CheckpointError) {
    try writer?.append(rows.bytes, to: name)
  }

  func finish() throws(CheckpointError) {
    guard let writer = writer.take() else { preconditionFailure("a product is finished once") }
    let finished = try writer.finish()
    byteCount = try finished.byteCount()
    file = consume finished
  }

  func reopen(on workers: Workers) throws(CheckpointError) -> ModelSource {
    guard let temporaryPath = file?.temporaryPath else { preconditionFailure("a product is read after it is finished") }
    return try ModelSource(GGUFFile(path: temporaryPath), on: workers)
  }

  func note(_ figures: [QualityFigure]) throws(CheckpointError) {
    for figure in figures { try file?.patch(Self.key(figure.name), .float32(Float(figure.value))) }
  }

  func pending() throws(CheckpointError) -> PendingName {
    guard let file = file.take() else { preconditionFailure("a product is published once, after it is finished") }
    return file.pending()
  }

  func kept(at path: String) throws(CheckpointError) -> PendingName {
    guard let file = file.take() else { preconditionFailure("a product is kept instead of published, once") }
    return try file.kept(at: path)
  }

  private static func planned(
    _ name: String, _ shape: [Int], _ format: String, _ path: String
  ) throws(CheckpointError) -> GGUFPlannedTensor {
    guard let type = GGUFTensorType.named(format) else {
      throw .misfit(
        path: path, tensor: name, found: "the type \(format)", expected: "a type that GGUF has a number for")
    }
    return GGUFPlannedTensor(name: name, shape: shape, type: type)
  }

  private static func metadata(_ path: String, _ plan: ProductPlan) throws(CheckpointError) -> GGUFMetadata {
    var metadata = GGUFMetadata(path: path)
    metadata["general.name"] = .string(plan.name)
    if case .gguf(let original) = plan.model.container {
      for (key, value) in original.metadata.entries where !isOutdated(key) { metadata[key] = value }
    }
    metadata["general.architecture"] = .string(plan.model.architecture.ggufName)
    metadata["general.type"] = .string("model")
    metadata["general.quantized_by"] = .string("Planish \(Planish.version)")
    metadata["general.quantization_version"] = .uint32(2)
    if let type = GGUFFileType.named(plan.type) { metadata["general.file_type"] = .uint32(type) }
    for (key, value) in plan.source.architecture.metadata(plan.source.shape) { metadata[key] = value }
    guard let vocabulary = plan.vocabulary else { preconditionFailure("the plan makes \(path) without its tokenizer") }
    for (key, value) in vocabulary.metadata { metadata[key] = value }
    metadata["planish.version"] = .string(Planish.version)
    metadata["planish.recipe.sha256"] = .string(plan.recipeDigest)
    // Patched when they are known.
    for figure in plan.figures { metadata[key(figure)] = .float32(0) }
    return metadata
  }

  /// Whether a key of the original says something that is no longer true of a product.
  private static func isOutdated(_ key: String) -> Bool {
    key == "general.file_type"
      || ["split.", "planish.", "quantize.", "tokenizer.ggml."].contains { key.hasPrefix($0) }
  }

  private static func key(_ figure: String) -> String { "planish.quality.\(figure)" }
}

/// What `general.file_type` says about a file as a whole (`enum llama_ftype`).
enum GGUFFileType {
  private static let numbers: [String: UInt32] = [
    "f32": 0, "f16": 1, "q4_0": 2, "q4_1": 3, "q8_0": 7, "q5_0": 8, "q5_1": 9, "q2_k": 10, "q3_k_s": 11, "q3_k_m": 12,
    "q3_k_l": 13, "q4_k_s": 14, "q4_k_m": 15, "q5_k_s": 16, "q5_k_m": 17, "q6_k": 18, "q2_k_s": 21, "iq4_nl": 25,
    "iq4_xs": 30, "bf16": 32, "tq1_0": 36, "tq2_0": 37,
  ]

  /// The number of a type or mix, or nil where llama.cpp has none.
  static func named(_ name: String) -> UInt32? { numbers[name] }
}
