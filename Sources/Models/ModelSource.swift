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
  /// Merged into the weights as they are read.
  package let adapters: [Adapter]
  private let workers: Workers
  /// What stands before names in the folder only in checkpoints with a head.
  private let missingPrefix: String?
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
    let names = try folder.config.strings("architectures")
    let known = Architectures.all.first { names.contains(where: $0.huggingFaceNames.contains) }
    guard let known else {
      let all = Architectures.all.flatMap(\.huggingFaceNames).joined(separator: ", ")
      throw folder.config.error("architectures", expected: "one of: \(all)")
    }
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
    self.shape = shape
    self.workers = workers
    self.adapters = adapters
    // A file may claim any number of blocks; one more than it has tensors is enough to name one that is missing.
    var expected = shape
    expected.layers = min(shape.layers, source.tensors.all.count + 1)
    weights = architecture.weights(expected)
    missingPrefix = Self.missingPrefix(architecture, weights, source)
    var places: [Place: Int] = [:]
    var unread = Set(source.tensors.all.map(\.name))
    for derived in architecture.derivedTensors(shape) { unread.remove(derived.name) }
    for (index, spec) in weights.enumerated() {
      places[Place(role: spec.role, layer: spec.layer, expert: spec.expert?.index)] = index
      let name = Self.name(of: spec, in: container, without: missingPrefix)
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
    if let first = refused.first {
      throw .malformed(
        path: source.path, part: .tensor(first, "use"),
        found: refused.count == 1 ? "this tensor" : "this tensor and \(refused.count - 1) more",
        expected: "only what \(architecture.ggufName) reads: a model computed without them would be another model, "
          + "unless model.drop names them")
    }
    for adapter in adapters { try adapter.check(against: weights, tied: shape.tiedOutput) }
  }

  /// The prefix that names lack in a folder that was saved without a head.
  private static func missingPrefix(
    _ architecture: any Architecture, _ weights: [WeightSpec], _ source: any TensorSource
  ) -> String? {
    guard let prefix = architecture.basePrefix,
      let table = weights.first(where: { $0.role == .tokenEmbedding })?.huggingFaceName,
      !source.has(table), table.hasPrefix(prefix), source.has(String(table.dropFirst(prefix.count)))
    else { return nil }
    return prefix
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
    Self.name(of: spec, in: container, without: missingPrefix)
  }

  private static func name(of spec: WeightSpec, in container: Container, without prefix: String?) -> String {
    switch container {
    case .huggingFace:
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
