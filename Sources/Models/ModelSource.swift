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
  /// Tensors that no part of the model reads and that the caller leaves out.
  package let dropped: [String]
  /// What a person should know of what the model's files say: keys that are not read, and tables that differ.
  package let notes: [String]
  /// Merged into the weights as they are read.
  package let adapters: [Adapter]
  private let workers: Workers
  /// What stands before names in the folder only in checkpoints with a head.
  private let missingPrefix: String?
  private let tables: Tables
  /// Where each tensor stands in `weights`.
  private let places: [Place: Int]

  private struct Place: Hashable {
    let role: Role
    let layer: Int?
    let expert: Int?
  }

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
    let known = try Architectures.named(by: folder.config)
    var shape = try known.shape(folder.config)
    try known.adjust(&shape, folder)
    try self.init(.huggingFace(folder), known, shape, folder, isDropped, adapters, on: workers)
  }

  /// Takes a GGUF file's model.
  package init(
    _ file: GGUFFile, dropping isDropped: (String) -> Bool = { _ in false }, adapters: [Adapter] = [],
    on workers: Workers
  ) throws(CheckpointError) {
    let name = try file.metadata.string("general.architecture")
    let hasExperts = try file.metadata.optionalInteger("\(name).expert_count") ?? 0 > 0
    let named = Architectures.all.filter { $0.ggufName == name }
    guard let known = named.first(where: { ($0.expertKeys != nil) == hasExperts }) else {
      if named.isEmpty == false {
        throw file.metadata.error(
          "\(name).expert_count", expected: hasExperts ? "0: this family has no experts" : "a number of experts")
      }
      let all = Set(Architectures.all.map(\.ggufName)).sorted().joined(separator: ", ")
      throw file.metadata.error("general.architecture", expected: "one of: \(all)")
    }
    try self.init(.gguf(file), known, try known.shape(file), file, isDropped, adapters, on: workers)
  }

  private init(
    _ container: Container, _ architecture: any Architecture, _ shape: DecoderShape, _ source: any TensorSource,
    _ isDropped: (String) -> Bool, _ adapters: [Adapter], on workers: Workers
  ) throws(CheckpointError) {
    self.container = container
    self.architecture = architecture
    self.workers = workers
    self.adapters = adapters
    // A file may claim any number of blocks; one more than it has tensors is enough to name one that is missing.
    var expected = shape
    expected.layers = min(shape.layers, source.tensors.all.count + 1)
    let missingPrefix = Self.missingPrefix(architecture, architecture.weights(expected), source)
    var tables = Tables.asConfigured
    if case .huggingFace(let folder) = container {
      tables = try Tables(folder, architecture, shape, without: missingPrefix, on: workers)
    }
    expected.tiedOutput = shape.tiedOutput && !tables.areParted
    var shape = shape
    shape.tiedOutput = expected.tiedOutput
    self.shape = shape
    notes = Self.notes(container, architecture, shape, tables) + adapters.compactMap(\.note)
    self.tables = tables
    self.missingPrefix = missingPrefix
    weights = architecture.weights(expected)
    var places: [Place: Int] = [:]
    var unread = Set(source.tensors.all.map(\.name))
    for derived in architecture.derivedTensors(shape) { unread.remove(derived.name) }
    for (index, spec) in weights.enumerated() {
      places[Place(role: spec.role, layer: spec.layer, expert: spec.expert?.index)] = index
      let name = Self.name(of: spec, in: container, without: missingPrefix, tables)
      if spec.role == .output, !source.has(name) { throw Self.headless(name, source, architecture) }
      let stored = try source.tensor(name)
      let expected = Self.shape(of: spec, in: container)
      guard stored.shape == expected else {
        throw .malformed(
          path: stored.path, part: .tensor(name, "shape"), found: "\(stored.shape)", expected: "\(expected)")
      }
      unread.remove(name)
    }
    self.places = places
    let unknown = unread.filter { !architecture.isRedundant($0, in: shape) && !Self.isZeroBias($0, source) }.sorted()
    dropped = unknown.filter(isDropped)
    let refused = unknown.filter { !isDropped($0) }
    if !refused.isEmpty { throw leftOver(refused) }
    for adapter in adapters { try adapter.check(against: weights, tied: shape.tiedOutput) }
  }

  /// Whether a bias adds nothing: AutoGPTQ writes such ones beside the quantized matrices of models without biases.
  private static func isZeroBias(_ name: String, _ source: any TensorSource) -> Bool {
    guard name.hasSuffix(".bias"), case .quantized? = source.tensors["\(name.dropLast(5)).weight"]?.storage,
      let tensor = source.tensors[name], case .weights = tensor.storage
    else {
      return false
    }
    return tensor.withBytes { bytes in
      (0..<bytes.byteCount).allSatisfy { bytes.littleEndian(UInt8.self, at: $0) == 0 }
    }
  }

  /// A model that was saved without its head, and whose configuration ties it to no other table.
  private static func headless(
    _ tensor: String, _ source: any TensorSource, _ architecture: any Architecture
  ) -> CheckpointError {
    .malformed(
      path: source.path, part: .tensor(tensor, "presence"),
      found: "no output matrix, and a configuration that does not tie it to the embedding table",
      expected: "the model with its head, as \(architecture.huggingFaceNames.joined(separator: " or ")) is saved")
  }

  /// Tensors that the decoder would leave out. Only what stands beside the blocks and tables may be another model of its own,
  /// such as a vision tower: a part of what is read is never to be dropped.
  private func leftOver(_ names: [String]) -> CheckpointError {
    let tables = architecture.names(shape).before.map { Substring($0.name) }
    let modules = Set(weights.map { Self.module(of: name(of: $0)) } + tables)
    let blocks = Set(weights.filter { $0.layer != nil }.map { Self.blocks(name(of: $0)) })
    let ownParts = names.filter { name in
      modules.contains(Self.module(of: name)) || blocks.contains { name.hasPrefix($0) }
    }
    let named = ownParts.first ?? names[0]
    let hint =
      ownParts.isEmpty
      ? ", unless model.drop of a pipeline file names them" : ", and what the model's files say does not ask for them"
    return .malformed(
      path: source.path, part: .tensor(named, "use"),
      found: names.count == 1 ? "this tensor" : "this tensor and \(names.count - 1) more",
      expected: "only what \(architecture.ggufName) reads: a model computed without them would be another model\(hint)")
  }

  /// A tensor's name without its last part, such as `weight`.
  private static func module(of name: String) -> Substring {
    name.lastIndex(of: ".").map { name[..<$0] } ?? Substring(name)
  }

  /// What stands before the number of a block in a tensor's name.
  private static func blocks(_ name: String) -> String {
    name.split(separator: ".").prefix { Int($0) == nil }.map { "\($0)." }.joined()
  }

  /// Whether the configuration ties the output matrix to the embedding table, and the checkpoint holds another one.
  package var hasPartedTables: Bool { tables.areParted }

  /// The file or folder.
  package var path: String { source.path }

  /// The tensors as they are stored.
  package var source: any TensorSource {
    switch container {
    case .huggingFace(let folder): folder
    case .gguf(let file): file
    }
  }

  /// The name under which this checkpoint holds a tensor.
  package func name(of spec: WeightSpec) -> String {
    Self.name(of: spec, in: container, without: missingPrefix, tables)
  }

  private static func name(
    of spec: WeightSpec, in container: Container, without prefix: String?, _ tables: Tables
  ) -> String {
    switch container {
    case .huggingFace:
      if spec.role == .tokenEmbedding, let name = tables.nameOfOnlyOne { return name }
      guard let prefix, spec.huggingFaceName.hasPrefix(prefix) else { return spec.huggingFaceName }
      return String(spec.huggingFaceName.dropFirst(prefix.count))
    case .gguf: return spec.ggufName
    }
  }

  private static func shape(of spec: WeightSpec, in container: Container) -> [Int] {
    switch container {
    case .huggingFace: spec.huggingFaceShape
    case .gguf: spec.ggufShape
    }
  }

  /// Reads a tensor as Float32, as the decoder works with it, `[rows, columns]`.
  ///
  /// - Throws: `.notFinite` at the first NaN or infinity, `.unreadableType`.
  package func matrix(_ spec: WeightSpec) throws(CheckpointError) -> Matrix {
    var matrix = try stored(spec)
    for adapter in adapters { matrix = try adapter.merged(matrix, spec, on: workers) }
    return matrix
  }

  private func stored(_ spec: WeightSpec) throws(CheckpointError) -> Matrix {
    let name = name(of: spec)
    // What was decoded is not read again soon, and its pages need not count against this process.
    defer { source.release(name) }
    switch (container, spec.expert) {
    case (.huggingFace, _):
      return spec.storage.decoded(try source.matrix(name, workers: workers), isVector: spec.isVector)
    case (.gguf, nil): return spec.fromGGUF(try source.matrix(name, workers: workers))
    case (.gguf, let expert?):
      let first = expert.index * spec.rows
      return try source.rows(first..<first + spec.rows, of: name, workers: workers)
    }
  }

  /// The tensor of a role in a block, or outside of all blocks.
  package func spec(_ role: Role, layer: Int?) -> WeightSpec? {
    places[Place(role: role, layer: layer, expert: nil)].map { weights[$0] }
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
