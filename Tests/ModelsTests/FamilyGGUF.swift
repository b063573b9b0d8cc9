import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// A model of any family as a GGUF file of the same weights.
enum FamilyGGUF {
  /// - Parameter changes: other values of metadata, or (nil) keys that are left out.
  static func write(
    _ model: ModelSource, to folder: TemporaryFolder, changing changes: [String: GGUFValue?] = [:]
  ) throws -> String {
    var metadata = GGUFMetadata(path: folder.path("model.gguf"))
    metadata["general.architecture"] = .string(model.architecture.ggufName)
    for (key, value) in model.architecture.metadata(model.shape) { metadata[key] = value }
    for (key, value) in changes {
      metadata.remove(key)
      metadata[key] = value
    }
    let type = try #require(GGUFTensorType.named("f32"))
    let derived = model.architecture.derivedTensors(model.shape)
    var tensors = derived.map { GGUFPlannedTensor(name: $0.name, shape: $0.shape, type: type) }
    // The experts of a layer share a tensor.
    let firsts = model.weights.filter(\.gguf.isFirst)
    tensors += firsts.map { GGUFPlannedTensor(name: $0.ggufName, shape: $0.gguf.shape, type: type) }
    var writer = try GGUFWriter(path: folder.path("model.gguf"), metadata: metadata, tensors: tensors)
    for tensor in derived {
      let values = tensor.values
      try writer.append(values.span.bytes, to: tensor.name)
    }
    for spec in model.weights {
      let matrix = try model.matrix(spec)
      let stored =
        spec.gguf.storage.changesValues ? spec.gguf.stored(SharedMatrix(matrix)) : spec.forGGUF(matrix)
      let values = stored.array()
      try writer.append(values.span.bytes, to: spec.ggufName)
    }
    try writer.finish().publish()
    return folder.path("model.gguf")
  }
}

/// The family of a `model_type`.
func family(_ modelType: String) -> any Architecture {
  guard let known = Architectures.all.first(where: { $0.modelTypes.contains(modelType) }) else {
    preconditionFailure("no family is called \(modelType)")
  }
  return known
}
