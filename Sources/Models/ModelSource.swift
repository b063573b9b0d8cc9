import Checkpoints
import Foundation
import Tensors

/// A model whose weights are read when they are needed, from whichever container holds them.
package struct ModelSource: ModelWeights {
  /// The world whose names and row orders a source follows.
  package enum Container: Sendable {
    case huggingFace(HuggingFaceFolder)
    case gguf(GGUFFile)
  }

  package let container: Container
  package let architecture: any Architecture
  package let shape: DecoderShape
  /// Every tensor that the architecture reads.
  package let weights: [WeightSpec]
  /// Where the model is one part of what a folder holds: what the whole is, and how the folder names it.
  package let wrapped: WrappedModel?
  /// Tensors of the other parts, in the order of the folder.
  package let carried: [String]
  /// Tensors whose numbers the shape has.
  package let numbers: [String]
  /// Tensors that no part of the model reads and that the caller leaves out.
  package let dropped: [String]
  /// What a person should know of what the model's files say: keys that are not read, and tables that differ.
  package let notes: [String]
  /// Merged into the weights as they are read.
  package let adapters: [Adapter]
  private let workers: Workers
  private let tables: Tables
  private let places: Places

  /// Opens a Hugging Face folder or a GGUF file and checks that every tensor is there and has the shape that the
  /// configuration implies.
  ///
  /// - Parameters:
  ///   - isDropped: whether to leave out a tensor that the architecture does not read.
  ///   - adapters: what to merge into the weights, in this order.
  /// - Throws: `CheckpointError`, which names the file and the key or tensor.
  package init(
    path: String, dropping isDropped: (String) -> Bool = { _ in false }, adapters: [Adapter] = [], on workers: Workers
  ) throws(CheckpointError) {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if exists, !isFolder.boolValue {
      try self.init(GGUFFile(path: path), dropping: isDropped, adapters: adapters, on: workers)
    } else {
      try self.init(HuggingFaceFolder(path: path), dropping: isDropped, adapters: adapters, on: workers)
    }
  }

  /// Takes a folder's model.
  package init(
    _ folder: HuggingFaceFolder, dropping isDropped: (String) -> Bool = { _ in false }, adapters: [Adapter] = [],
    on workers: Workers
  ) throws(CheckpointError) {
    guard let wrapper = try Wrappers.named(by: folder.config) else {
      let known = try Architectures.named(by: folder.config)
      var shape = try known.shape(folder.config)
      try known.adjust(&shape, folder)
      try self.init(.huggingFace(folder), known, shape, folder, nil, isDropped, adapters, on: workers)
      return
    }
    let (known, shape) = try wrapper.text(folder.config)
    let wrapped = WrappedModel(wrapper: wrapper, names: try wrapper.names(of: known, shape, in: folder))
    try self.init(.huggingFace(folder), known, shape, folder, wrapped, isDropped, adapters, on: workers)
  }

  /// Takes a GGUF file's model.
  package init(
    _ file: GGUFFile, dropping isDropped: (String) -> Bool = { _ in false }, adapters: [Adapter] = [],
    on workers: Workers
  ) throws(CheckpointError) {
    let name = try file.metadata.string("general.architecture")
    let hasExperts = try file.metadata.optionalInteger("\(name).expert_count") ?? 0 > 0
    let named = Architectures.all.filter { $0.ggufName == name }
    let fitting =
      named.first { ($0.expertKeys != nil) == hasExperts }
      ?? named.first { !hasExperts && $0.expertKeys?.mayMiss == true }
    guard let known = fitting else {
      if named.isEmpty == false {
        throw file.metadata.error(
          "\(name).expert_count", expected: hasExperts ? "0: this family has no experts" : "a number of experts")
      }
      let all = Set(Architectures.all.map(\.ggufName)).sorted().joined(separator: ", ")
      throw file.metadata.error("general.architecture", expected: "one of: \(all)")
    }
    try self.init(.gguf(file), known, try known.shape(file), file, nil, isDropped, adapters, on: workers)
  }

  private init(
    _ container: Container, _ architecture: any Architecture, _ shape: DecoderShape, _ source: any TensorSource,
    _ wrapped: WrappedModel?, _ isDropped: (String) -> Bool, _ adapters: [Adapter], on workers: Workers
  ) throws(CheckpointError) {
    self.container = container
    self.architecture = architecture
    self.wrapped = wrapped
    self.workers = workers
    var renamed: [Adapter] = []
    for adapter in adapters { renamed.append(try adapter.renamed(for: wrapped)) }
    self.adapters = renamed
    let names = wrapped?.names
    // A file may claim any number of blocks; one more than it has tensors is enough to name one that is missing.
    var expected = shape
    expected.layers = min(shape.layers, source.tensors.all.count + 1)
    let missingPrefix = Self.missingPrefix(architecture, architecture.weights(expected, as: names), source)
    var tables = Tables.asConfigured
    if case .huggingFace(let folder) = container {
      tables = try Tables(
        folder, architecture.names(shape).within(names), isTied: shape.tiedOutput, without: missingPrefix, on: workers)
    }
    expected.tiedOutput = shape.tiedOutput && !tables.areParted
    var shape = shape
    shape.tiedOutput = expected.tiedOutput
    self.shape = shape
    var notes = Self.notes(container, architecture, wrapped, shape, tables) + renamed.compactMap(\.note)
    self.tables = tables
    weights = architecture.weights(expected, as: names)
    places = try Places(weights, in: container, source, without: missingPrefix, tables, architecture)
    var unread = Set(source.tensors.all.map(\.name)).subtracting(places.all.map(\.tensor))
    for derived in architecture.derivedTensors(shape) { unread.remove(derived.name) }
    let numbers = unread.filter { name in architecture.numberEndings.contains { name.hasSuffix($0) } }
    unread.subtract(numbers)
    self.numbers = source.tensors.all.map(\.name).filter(numbers.contains)
    let others = unread.filter { name in
      names?.carries(name) ?? false || architecture.draftModules.contains { name.hasPrefix("\($0).") }
    }
    carried = source.tensors.all.map(\.name).filter { others.contains($0) && !isDropped($0) }
    var draftBlocks = 0
    if case .huggingFace(let folder) = container, architecture.mayHaveDraftBlocks {
      draftBlocks = try folder.config.optionalInteger("num_nextn_predict_layers") ?? 0
    }
    let drafts = unread.filter { architecture.isOfDrafts($0, in: shape, draftBlocks, as: names) }
    if !drafts.isEmpty {
      notes.append(
        "\(source.path): not read: \(drafts.count) tensors of blocks behind the \(shape.layers) of the model, which draft further "
          + "tokens; no product has them")
    }
    let unknown = unread.subtracting(others).subtracting(drafts).filter {
      !architecture.isRedundant($0, in: shape, as: names) && !Self.isZeroBias($0, source)
    }
    dropped = unknown.union(others).filter(isDropped).sorted()
    self.notes = notes
    let refused = unknown.filter { !isDropped($0) }.sorted()
    if !refused.isEmpty { throw leftOver(refused) }
    for adapter in renamed { try adapter.check(against: weights, tied: shape.tiedOutput) }
  }

  /// Whether the configuration ties the output matrix to the embedding table, and the checkpoint holds another one.
  package var hasPartedTables: Bool { tables.areParted }

  package var folderNames: WrapperNames? { wrapped?.names }

  /// The file or folder.
  package var path: String { source.path }

  /// The tensors as they are stored.
  package var source: any TensorSource {
    switch container {
    case .huggingFace(let folder): folder
    case .gguf(let file): file
    }
  }

  /// Where this checkpoint keeps a tensor, or would keep it.
  package func place(of spec: WeightSpec) -> StoredPlace {
    if let index = places.index(spec.role, layer: spec.layer, expert: spec.expert) { return places.all[index] }
    if case .gguf = container { return spec.gguf }
    return spec.folder
  }

  /// The name of the tensor in which this checkpoint holds it.
  package func name(of spec: WeightSpec) -> String { place(of: spec).tensor }

  /// Reads a tensor as Float32, as the decoder works with it, `[rows, columns]`.
  ///
  /// - Throws: `.notFinite` at the first NaN or infinity, `.unreadableType`.
  package func matrix(_ spec: WeightSpec) throws(CheckpointError) -> Matrix {
    var matrix = try stored(spec)
    for adapter in adapters { matrix = try adapter.merged(matrix, spec, on: workers) }
    return matrix
  }

  private func stored(_ spec: WeightSpec) throws(CheckpointError) -> Matrix {
    let place = place(of: spec)
    // What was decoded is not read again soon, and its pages need not count against this process.
    defer { source.release(place.tensor) }
    return try place.matrix(source, on: workers)
  }

  /// The tensor of a role in a block, or outside of all blocks.
  package func spec(_ role: Role, layer: Int?) -> WeightSpec? {
    places.index(role, layer: layer, expert: nil).map { weights[$0] }
  }

  /// The tensors of one block.
  package func specs(layer: Int) -> [WeightSpec] {
    weights.filter { $0.layer == layer }
  }

  /// Reads one block.
  package func block(_ layer: Int) throws(CheckpointError) -> BlockWeights {
    var block = BlockWeights(layer: layer, [:])
    for spec in specs(layer: layer) {
      block[spec] = SharedMatrix(try matrix(spec))
      block.setInputs(of: spec, inputs(of: spec))
    }
    return block
  }

  /// How what a matrix reads is rounded where the checkpoint is run; nil where it is not.
  package func inputs(of spec: WeightSpec) -> InputQuantization? { source.tensors[name(of: spec)]?.inputs }

  /// The same for the output matrix.
  package var outputInputs: InputQuantization? { spec(.output, layer: nil).flatMap { inputs(of: $0) } }
}
