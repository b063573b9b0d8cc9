import Checkpoints
import Tensors

extension ModelSource {
  /// Where a container keeps each tensor of a model.
  struct Places {
    /// In the order of the model's tensors.
    private(set) var all: [StoredPlace] = []
    private var indices: [Key: Int] = [:]

    private struct Key: Hashable {
      let role: Role
      let layer: Int?
      let expert: Int?
    }

    /// Finds every tensor and checks its sides.
    ///
    /// - Parameters:
    ///   - prefix: what names of a folder lack.
    /// - Throws: `.noSuchTensor`, or `.malformed` for other sides, and for a matrix that a folder holds twice or nowhere.
    init(
      _ weights: [WeightSpec], in container: Container, _ source: any TensorSource, without prefix: String?,
      _ tables: Tables, _ architecture: any Architecture
    ) throws(CheckpointError) {
      for (index, spec) in weights.enumerated() {
        indices[Key(role: spec.role, layer: spec.layer, expert: spec.expert?.index)] = index
        let place: StoredPlace
        switch container {
        case .gguf: place = spec.gguf
        case .huggingFace: place = try Self.place(of: spec, in: source, without: prefix, tables)
        }
        if spec.role == .output, !source.has(place.tensor) {
          throw ModelSource.headless(place.tensor, source, architecture)
        }
        let stored = try source.tensor(place.tensor)
        guard stored.shape == place.shape else {
          throw .malformed(
            path: stored.path, part: .tensor(place.tensor, "shape"), found: "\(stored.shape)",
            expected: "\(place.shape)")
        }
        all.append(place)
      }
    }

    /// The place of a tensor in the model's list; nil where the model has none of that kind.
    func index(_ role: Role, layer: Int?, expert: WeightSpec.Expert?) -> Int? {
      indices[Key(role: role, layer: layer, expert: expert?.index)]
    }

    /// Of the ways in which folders keep a matrix the one that this one has: the tensor that is there tells.
    private static func place(
      of spec: WeightSpec, in source: any TensorSource, without prefix: String?, _ tables: Tables
    ) throws(CheckpointError) -> StoredPlace {
      var own = spec.folder
      if let prefix, own.tensor.hasPrefix(prefix) { own.tensor.removeFirst(prefix.count) }
      if spec.role == .tokenEmbedding, let name = tables.nameOfOnlyOne { own.tensor = name }
      guard let first = spec.fused.first else { return own }
      let fused = spec.fused.filter { source.has($0.tensor) }
      switch (source.has(own.tensor), fused.first) {
      case (true, nil): return own
      case (false, let some?):
        let fitting = fused.filter { source.tensors[$0.tensor]?.shape == $0.shape }
        guard fitting.count > 1 else { return fitting.first ?? some }
        throw .malformed(
          path: source.path, part: .tensor(some.tensor, "shape"),
          found: "\(some.shape), which may be either way round",
          expected: "a tensor of each expert's own, such as \(own.tensor)")
      case (true, let other?):
        throw .malformed(
          path: source.path, part: .tensor(own.tensor, "presence"),
          found: "it and \(other.tensor), which holds the same",
          expected: "one of the two")
      case (false, nil):
        throw .malformed(
          path: source.path, part: .tensor(own.tensor, "presence"), found: "neither it nor \(first.tensor)",
          expected: "one of the two")
      }
    }
  }

  /// Whether a bias adds nothing: AutoGPTQ writes such ones beside the quantized matrices of models without biases.
  static func isZeroBias(_ name: String, _ source: any TensorSource) -> Bool {
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
  static func headless(
    _ tensor: String, _ source: any TensorSource, _ architecture: any Architecture
  ) -> CheckpointError {
    .malformed(
      path: source.path, part: .tensor(tensor, "presence"),
      found: "no output matrix, and a configuration that does not tie it to the embedding table",
      expected: "the model with its head, as \(architecture.huggingFaceNames.joined(separator: " or ")) is saved")
  }

  /// Tensors that the decoder would leave out. Only what stands beside the blocks and tables may be another model of its own,
  /// such as a vision tower: a part of what is read is never to be dropped.
  func leftOver(_ names: [String]) -> CheckpointError {
    let tables = architecture.names(shape).within(folderNames).before.map { Substring($0.name) }
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
}
