import Tensors

extension HuggingFaceFolder {
  /// Writes what stands beside the weights into another folder: the configuration, which then tells another element type,
  /// and the files of generation and tokenizer as they are.
  ///
  /// - Parameters:
  ///   - elementType: of the weights that go with it, as transformers calls it: `float16`.
  ///   - additions: more keys of the configuration.
  package func copyCompanions(
    to folder: String, elementType: String, additions: JSONMembers = JSONMembers()
  ) throws(CheckpointError) {
    var members = config.members
    // How the original is quantized says nothing about a product.
    for key in QuantizationConfiguration.keys { members.remove(key) }
    // The key's old name is what every reader knows; a file that uses the new one keeps it.
    let keys = ["dtype", "torch_dtype"].filter { members[$0] != nil }
    for key in keys.isEmpty ? ["torch_dtype"] : keys { members.set(key, .string(elementType)) }
    for (key, value) in additions.elements { members.set(key, value) }
    try AtomicFile.write(JSONText.document(.object(members)), to: "\(folder)/config.json")
    for name in tokenizerFiles + ["generation_config.json"] {
      guard let source = file(name) else { continue }
      try Self.copy(source, to: "\(folder)/\(name)")
    }
  }

  private static func copy(_ source: String, to path: String) throws(CheckpointError) {
    let file = try MappedFile.open(source)
    try AtomicFile.write(file.bytes, to: path)
  }
}
