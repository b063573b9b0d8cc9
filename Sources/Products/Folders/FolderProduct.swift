import Checkpoints
import JSON
import Models
import Schemes
import Tensors

/// A Hugging Face folder in the making.
final class FolderProduct: Product {
  let path: String
  private(set) var byteCount = 0
  private let container: any FolderContainer
  private let card: ModelCard
  private let model: ModelSource
  private let tensors: FolderTensors
  /// What of shared tensors has come, by their names.
  private var waiting: [String: [PackedTensor]] = [:]
  private var figures: [QualityFigure] = []
  /// Of joined modules, by their names.
  private var globalScales: [String: [UInt8]] = [:]
  /// Until it is handed over.
  private var folder: UnpublishedFolder?
  /// Until `finish`.
  private var files: (any WeightFiles)?

  init(
    _ path: String, _ container: any FolderContainer, shardBytes: Int, _ plan: ProductPlan
  ) throws(CheckpointError) {
    guard case .huggingFace(let original) = plan.model.container else {
      preconditionFailure("the plan makes \(path) of a model that is no folder")
    }
    // Without a last slash, so that what is to stand beside the folder does not come to stand in it.
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
    self.container = container
    card = try ModelCard(
      plan, .init(storedAs: container.storedAs, isPacked: !container.types.isEmpty, runtime: container.runtime),
      original)
    let folder = try UnpublishedFolder.create(path: path)
    model = plan.model
    tensors = FolderTensors(plan, container)
    let files = try container.weightFiles(in: folder.temporaryPath, tensors.planned, shardBytes: shardBytes, plan)
    try folder.checkSpace(for: files.tensorBytes)
    let changes = Self.changes(plan)
    var additions = changes
    for (key, value) in container.settings(plan).elements { additions.set(key, value) }
    try original.copyCompanions(
      to: folder.temporaryPath, elementType: container.floats.configurationName, additions: additions,
      textAdditions: changes)
    try OriginalCard.copyLicenses(original, to: folder)
    for file in try container.files(plan) { try AtomicFile.write(file.text, to: folder.file(file.name)) }
    self.folder = consume folder
    self.files = files
  }

  /// Why no folder can be made of a model, or nil.
  static func objection(to model: ModelSource, of container: String) -> String? {
    switch model.container {
    case .huggingFace where model.shape.choices.pooling != nil:
      "found a \(container) product of a model that makes embeddings, expected a gguf product: the files that say how "
        + "are not written into folders yet"
    case .huggingFace:
      model.carried.first { name in
        if case .quantized = model.source.tensors[name]?.storage { true } else { false }
      }.map {
        "found a \(container) product and \($0), which is quantized and no part of the model of text; expected the other "
          + "parts in floating point: folders carry them as they are"
      }
    case .gguf:
      "found a \(container) product of a GGUF model, expected the model as a Hugging Face folder: "
        + "its configuration and tokenizer files go into the product"
    }
  }

  /// What the product's tensors change in the configuration: a rotation parts a table from the output matrix, or the
  /// original has two tables where its configuration says that they are one.
  private static func changes(_ plan: ProductPlan) -> JSONMembers {
    var changes = JSONMembers()
    let wasTied = plan.model.shape.tiedOutput || plan.model.hasPartedTables
    if wasTied, !plan.source.shape.tiedOutput { changes.set("tie_word_embeddings", .bool(false)) }
    return changes
  }

  func append(_ tensor: PackedTensor, on workers: Workers) throws(CheckpointError) {
    guard let layout = container.layout(of: tensor.plan), let module = tensor.plan.moduleName else {
      return try appendNumbers(tensor, on: workers)
    }
    if !tensor.plan.isQuantized { try check(tensor.decoded(on: workers), firstRow: 0, tensor.plan.spec) }
    let bytes = encoded(tensor, layout, on: workers)
    for (part, bytes) in zip(layout.parts, bytes) {
      if part.suffix == (layout as? NVFP4Layout)?.dialect.global { try check(global: bytes, of: tensor.plan, module) }
      try files?.append(unsafe bytes.span.bytes, to: "\(module).\(part.suffix)")
    }
    guard container.holdsInputScales else { return }
    guard let scale = tensor.inputScale else {
      preconditionFailure("the plan gives \(tensor.plan.name) to a container of input scales without a site")
    }
    let stored = InputScaleLayout.bytes(scale)
    try files?.append(unsafe stored.span.bytes, to: "\(module).\(InputScaleLayout.part.suffix)")
  }

  private func encoded(_ tensor: PackedTensor, _ layout: any MatrixLayout, on workers: Workers) -> [[UInt8]] {
    guard tensor.plan.spec.folder.storage != .plain else {
      return layout.encode(tensor.packed, tensor.plan.format, order: tensor.columnOrder, on: workers)
    }
    let ordered = FolderOrder(tensor.plan).ordered(tensor.packed)
    return layout.encode(ordered, tensor.plan.format, order: tensor.columnOrder, on: workers)
  }

  /// Checks that what runtimes join has one global scale.
  private func check(global: [UInt8], of tensor: TensorPlan, _ module: String) throws(CheckpointError) {
    guard let joined = RuntimeModule.all([tensor]).first?.name else { return }
    let known = globalScales[joined, default: global]
    globalScales[joined] = known
    guard known != global else { return }
    throw .misfit(
      path: path, tensor: "\(module).weight",
      found: "weights beyond 42, and so another global scale than other parts of \(joined)",
      expected: "one global scale for all that servers join: another type for its parts, such as mxfp4")
  }

  /// Decodes and appends a few rows at a time: a table of a large model is many times larger than what they need.
  private func appendNumbers(_ tensor: PackedTensor, on workers: Workers) throws(CheckpointError) {
    if let place = tensors.shared(tensor.plan) { return try appendShared(tensor, place, on: workers) }
    let spec = tensor.plan.spec
    guard spec.folder.storage == .plain else {
      let values = spec.folder.stored(SharedMatrix(tensor.decoded(on: workers)))
      try check(values, firstRow: 0, spec)
      try files?.append(container.floats.format.pack(values, on: workers).bytes, to: spec.huggingFaceName)
      return
    }
    let step = max(1, Self.elementsAtOnce / spec.columns)
    for start in stride(from: 0, to: spec.rows, by: step) {
      let rows = start..<min(spec.rows, start + step)
      let values = tensor.decoded(rows: rows, on: workers)
      try check(values, firstRow: start, spec)
      try files?.append(container.floats.format.pack(values, on: workers).bytes, to: spec.huggingFaceName)
    }
  }

  /// Keeps what belongs to a tensor of several matrices until the last has come; then appends them, one of the stacked matrices at
  /// a time.
  private func appendShared(
    _ tensor: PackedTensor, _ place: StoredPlace, on workers: Workers
  ) throws(CheckpointError) {
    waiting[place.tensor, default: []].append(tensor)
    guard let all = waiting[place.tensor], all.count == tensors.sharers(of: place) else { return }
    waiting[place.tensor] = nil
    let placed = all.map { (tensor: $0, place: model.place(of: $0.plan.spec)) }
    for slab in Set(placed.map(\.place.slab)).sorted(by: { $0 ?? 0 < $1 ?? 0 }) {
      var parts: [(place: StoredPlace, matrix: SharedMatrix)] = []
      for part in placed where part.place.slab == slab {
        let values = part.tensor.decoded(on: workers)
        try check(values, firstRow: 0, part.tensor.plan.spec)
        parts.append((part.place, SharedMatrix(values)))
      }
      let stored = StoredPlace.stored(parts)
      try files?.append(container.floats.format.pack(stored, on: workers).bytes, to: place.tensor)
    }
  }

  /// Copies the other parts of a folder, of which the model of text is one, and what its configuration leaves to tensors.
  private func appendCarried() throws(CheckpointError) {
    for name in model.carried + model.numbers {
      guard let tensor = model.source.tensors[name] else { continue }
      try tensor.withBytes { bytes throws(CheckpointError) in try files?.append(bytes, to: name) }
      tensor.release()
    }
  }

  /// Checks that half precision does not make a weight infinite.
  private func check(_ values: borrowing Matrix, firstRow: Int, _ spec: WeightSpec) throws(CheckpointError) {
    guard container.floats == .f16, let weight = Overflow(in: values, firstRow: firstRow) else { return }
    throw .misfit(
      path: path, tensor: spec.huggingFaceName, found: weight.description,
      expected: "weights that half precision can hold, after transforms too"
        + (container.widerFloats.map { "; use dtype: \($0.rawValue)" } ?? ""))
  }

  private static let elementsAtOnce = 1 << 22

  func finish() throws(CheckpointError) {
    try appendCarried()
    guard let files = files.take() else { preconditionFailure("a product is finished once") }
    try files.finish()
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

  func pending() throws(CheckpointError) -> PendingName {
    guard let folder = folder.take() else { preconditionFailure("a product is published once, after it is finished") }
    try describe(folder)
    return try folder.pending(card.details(figures))
  }

  func kept(at path: String) throws(CheckpointError) -> PendingName {
    guard let folder = folder.take() else { preconditionFailure("a product is kept instead of published, once") }
    try describe(folder)
    return try folder.kept(at: path)
  }

  /// Writes what people and the Hub read of the product, and a hash of each file.
  private func describe(_ folder: borrowing UnpublishedFolder) throws(CheckpointError) {
    let text = card.text(figures, byteCount: try folder.byteCount())
    try AtomicFile.write(text, to: folder.file(OriginalCard.cardName))
    try AtomicFile.write(try Checksums.text(of: folder.temporaryPath), to: folder.file(Checksums.fileName))
  }
}
