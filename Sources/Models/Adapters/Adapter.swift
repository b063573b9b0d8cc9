import Checkpoints
import LinearAlgebra
import Tensors

/// A folder of low-rank updates, and how much of them to add.
package struct AdapterChoice: Sendable, Equatable {
  package let path: String
  package let weight: Float

  package init(path: String, weight: Float = 1) {
    self.path = path
    self.weight = weight
  }
}

/// A LoRA that is merged into the weights it was trained for.
package struct Adapter: Sendable {
  private let file: SafetensorsFile
  private let configuration: AdapterConfiguration
  package let weight: Float
  /// What each module of the base gets.
  private var updates: [String: Update]

  /// The names of a module's tensors.
  private struct Update: Sendable {
    /// What the adapter calls the module.
    let module: String
    var a: String?
    var b: String?
    /// The lengths of rows.
    var magnitude: String?
    /// Takes the place of the base's own.
    var whole: String?
    var bias: String?
    /// Whether A and B are those of an embedding table, whose rows are inputs.
    var isEmbedding = false
  }

  /// The files that decide what is merged.
  package var files: [String] { [configuration.path, file.path] }

  /// Opens a folder and pairs its tensors.
  ///
  /// - Throws: `CheckpointError`, which names the tensor without its other half or the key that asks for what cannot be
  ///   merged.
  package init(_ choice: AdapterChoice) throws(CheckpointError) {
    weight = choice.weight
    configuration = try AdapterConfiguration(contentsOf: choice.path + "/adapter_config.json")
    file = try SafetensorsFile(path: choice.path + "/adapter_model.safetensors")
    var updates: [String: Update] = [:]
    for tensor in file.tensors.all { try Self.add(tensor.name, to: &updates, path: file.path) }
    self.updates = updates
    for (module, update) in updates.sorted(by: { $0.key < $1.key }) { try check(update, of: module) }
  }

  private typealias Part = any WritableKeyPath<Update, String?> & Sendable

  private static let endings: [(ending: String, part: Part, isEmbedding: Bool)] =
    [
      (".lora_A.weight", \.a, false), (".lora_B.weight", \.b, false), (".lora_embedding_A", \.a, true),
      (".lora_embedding_B", \.b, true), (".lora_magnitude_vector.weight", \.magnitude, false),
      (".lora_magnitude_vector", \.magnitude, false), (".modules_to_save.weight", \.whole, false),
      (".modules_to_save.bias", \.bias, false), (".base_layer.weight", \.whole, false),
      (".base_layer.bias", \.bias, false), (".weight", \.whole, false), (".bias", \.bias, false),
    ]

  private static func add(
    _ name: String, to updates: inout [String: Update], path: String
  ) throws(CheckpointError) {
    let prefix = "base_model.model."
    guard name.hasPrefix(prefix), let known = endings.first(where: { name.hasSuffix($0.ending) }) else {
      throw .malformed(
        path: path, part: .tensor(name, "name"), found: "this name",
        expected: "base_model.model.MODULE.lora_A.weight and the like")
    }
    let module = String(name.dropFirst(prefix.count).dropLast(known.ending.count))
    if let other = updates[module]?[keyPath: known.part] {
      throw .malformed(
        path: path, part: .tensor(name, "target"), found: "a second tensor for the same part of \(module) as \(other)",
        expected: "one of the two")
    }
    updates[module, default: Update(module: module)][keyPath: known.part] = name
    if known.isEmbedding { updates[module]?.isEmbedding = true }
  }

  /// Checks that a module has all parts of its update, and none that a weight cannot scale.
  private func check(_ update: Update, of module: String) throws(CheckpointError) {
    func missing(_ part: String, beside name: String) -> CheckpointError {
      .noSuchTensor(path: file.path, tensor: "base_model.model.\(module).\(part)", similar: [name])
    }
    if update.a != nil || update.b != nil { try configuration.targets.check(module) }
    if let a = update.a, update.b == nil {
      throw missing(update.isEmbedding ? "lora_embedding_B" : "lora_B.weight", beside: a)
    }
    if let b = update.b, update.a == nil {
      throw missing(update.isEmbedding ? "lora_embedding_A" : "lora_A.weight", beside: b)
    }
    if let a = update.a, configuration.isDoRA, update.magnitude == nil {
      throw missing("lora_magnitude_vector", beside: a)
    }
    if let magnitude = update.magnitude, !configuration.isDoRA {
      throw .setting(
        path: configuration.path, key: "use_dora", found: "false, and the lengths of rows in \(magnitude)",
        expected: "true where an adapter has them: peft leaves them out otherwise")
    }
    if let magnitude = update.magnitude, update.a == nil { throw missing("lora_A.weight", beside: magnitude) }
    let exact = [update.magnitude, update.whole, update.bias].compactMap { $0 }
    if let name = exact.first, weight != 1 {
      throw .malformed(
        path: file.path, part: .tensor(name, "weight"), found: "a weight of \(weight)",
        expected: "1: this tensor takes the place of another, and is no sum")
    }
  }

  /// What the configuration says that nothing is known of.
  package var note: String? {
    guard !configuration.unreadKeys.isEmpty else { return nil }
    return "\(configuration.path): not read, and not known to peft's LoraConfig: "
      + configuration.unreadKeys.sorted().joined(separator: ", ")
  }

  /// The modules that it changes.
  var modules: [String] { updates.keys.sorted() }

  /// The same with modules named as a folder names them that holds more than the model of text: adapters were trained under
  /// several versions of such names, or beside the model of text alone.
  func renamed(for wrapped: WrappedModel?) throws(CheckpointError) -> Adapter {
    guard let wrapped else { return self }
    var result = self
    result.updates = [:]
    for (module, update) in updates.sorted(by: { $0.key < $1.key }) {
      let names = wrapped.allNames.lazy.compactMap { wrapped.names.renamed(module, from: $0) }
      if let other = result.updates.updateValue(update, forKey: names.first ?? module) {
        throw .malformed(
          path: file.path, part: .tensor(module, "target"), found: "the same module as \(other.module)",
          expected: "one of the two")
      }
    }
    return result
  }

  /// Checks that every module is one of the base's, and that shapes fit.
  ///
  /// - Throws: `.malformed` with the tensor, its shape and the one that the base needs.
  func check(against weights: [WeightSpec], tied: Bool) throws(CheckpointError) {
    var specs: [String: WeightSpec] = [:]
    for spec in weights { specs[spec.huggingFaceName] = spec }
    for module in modules {
      guard let update = updates[module] else { continue }
      if let bias = update.bias {
        guard let spec = specs["\(module).bias"] else { throw unknown(bias) }
        try expect(bias, spec.folder.shape)
      }
      guard let any = update.a ?? update.whole else { continue }
      guard let spec = specs["\(module).weight"] else { throw unknown(any) }
      if tied, spec.role == .tokenEmbedding {
        throw .malformed(
          path: file.path, part: .tensor(any, "target"), found: "an update of the embedding table",
          expected: "none: this model ties it to the output matrix, which the update does not mean")
      }
      if let whole = update.whole { try expect(whole, spec.folder.shape) }
      guard let a = update.a, let b = update.b else { continue }
      let rank = configuration.rank(of: update.module)
      // A table's rows are its inputs, so that its update is transposed.
      let (outputs, inputs) = update.isEmbedding ? (spec.columns, spec.rows) : (spec.rows, spec.columns)
      guard !spec.isVector, update.isEmbedding == (spec.role == .tokenEmbedding) else { throw unknown(a) }
      try expect(a, [rank, inputs])
      try expect(b, [outputs, rank])
      if let magnitude = update.magnitude { try expect(magnitude, [outputs]) }
    }
  }

  private func unknown(_ tensor: String) -> CheckpointError {
    .malformed(
      path: file.path, part: .tensor(tensor, "target"), found: "a module that the base does not have as a matrix",
      expected: "an adapter of this base")
  }

  private func expect(_ name: String, _ shape: [Int]) throws(CheckpointError) {
    let stored = try file.tensor(name)
    // Some versions write lengths as a column or a row.
    guard stored.shape.filter({ $0 != 1 }) == shape.filter({ $0 != 1 }) else {
      throw .malformed(
        path: file.path, part: .tensor(name, "shape"), found: "\(stored.shape)", expected: "\(shape)")
    }
  }

  /// Merges what the folder says of one tensor.
  ///
  /// - Parameter base: as the decoder reads it.
  func merged(_ base: consuming Matrix, _ spec: WeightSpec, on workers: Workers) throws(CheckpointError) -> Matrix {
    let isBias = spec.huggingFaceName.hasSuffix(".bias")
    let module = String(spec.huggingFaceName.dropLast(isBias ? ".bias".count : ".weight".count))
    guard let update = updates[module] else { return base }
    var base = consume base
    if let name = isBias ? update.bias : update.whole {
      base = spec.folder.storage.decoded(try file.matrix(name, workers: workers), isVector: spec.isVector)
    }
    guard !isBias, let a = update.a, let b = update.b else { return base }
    let delta = product(
      try file.matrix(b, workers: workers), try file.matrix(a, workers: workers), on: workers)
    let scale = configuration.scale(of: update.module) * weight
    if update.isEmbedding {
      base.add(spec.folder.storage.ordered(delta.transposed()), times: scale)
      return base
    }
    base.add(spec.folder.storage.ordered(delta), times: scale)
    guard let name = update.magnitude else { return base }
    let magnitudes = try file.matrix(name, workers: workers).array()
    let ordered = spec.folder.storage.orderedRows(Matrix(rows: spec.rows, columns: 1, magnitudes)).array()
    Self.scale(&base, toLengths: ordered)
    return base
  }

  /// Each row with a length of its own: m · W / ‖W‖.
  private static func scale(_ matrix: inout Matrix, toLengths lengths: [Float]) {
    for row in 0..<matrix.rows {
      var values = matrix.mutableRow(row)
      var squares = 0.0
      for column in 0..<values.count { squares += Double(values[column]) * Double(values[column]) }
      let factor = squares > 0 ? lengths[row] / Float(squares.squareRoot()) : 0
      for column in 0..<values.count { values[unchecked: column] *= factor }
    }
  }
}
