import Checkpoints
import Models
import Tokenizers
import Transforms

/// What a pipeline file says of its model, against the model.
extension Planner {
  func model(_ recorder: ModelRecorder) throws(RunError) -> ModelSource {
    let adapters = try adapters(recorder)
    let drop = spec.model.drop
    do {
      return try recorder.model.recording { () throws(CheckpointError) in
        try ModelSource(
          path: spec.model.path.absolute, dropping: { name in drop.contains { $0.matches(name) } }, adapters: adapters,
          on: workers)
      }
    } catch {
      throw .input(spec.diagnostic(at: "model.path", "\(error)"))
    }
  }

  private func adapters(_ recorder: ModelRecorder) throws(RunError) -> [Adapter] {
    var adapters: [Adapter] = []
    for (index, choice) in spec.model.adapters.enumerated() {
      do {
        adapters.append(
          try recorder.adapters[index].recording { () throws(CheckpointError) in
            try Adapter(AdapterChoice(path: choice.path.absolute, weight: Float(choice.weight)))
          })
      } catch {
        throw .input(spec.diagnostic(at: "model.adapters[\(index)]", "\(error)"))
      }
    }
    return adapters
  }

  /// Tells what the model's files say that is not followed.
  mutating func checkNotes(_ model: ModelSource) {
    warnings += model.notes.map { spec.diagnostic(at: "model.path", $0, severity: .warning) }
  }

  /// Names the tensors that are left out, and refuses patterns that leave out none.
  mutating func checkDropped(_ model: ModelSource) {
    for (index, pattern) in spec.model.drop.enumerated() where !model.dropped.contains(where: pattern.matches) {
      mistakes.append(
        spec.diagnostic(
          at: "model.drop[\(index)]",
          "found the pattern '\(pattern)', which matches no tensor that the model can do without"))
    }
    guard !model.dropped.isEmpty else { return }
    warnings.append(
      spec.diagnostic(
        at: "model.drop", "leaves out what no product will have: \(model.dropped.joined(separator: ", "))",
        severity: .warning))
  }

  /// Warns of sequences that are longer than any the model was trained on: their activations are not typical. Where
  /// positions are learned, there are no others.
  mutating func checkContexts(_ shape: DecoderShape) {
    let longest = shape.contextLength
    let budgets = [
      ("calibrate.context", spec.calibration?.budget), ("validate.context", spec.validation?.text?.budget),
    ]
    for case (let path, let budget?) in budgets where budget.context > longest {
      let words =
        "found sequences of \(budget.context) tokens, expected at most the \(longest) that the model was trained for"
      if shape.choices.position == .learned {
        mistakes.append(spec.diagnostic(at: path, "\(words): it has no positions beyond"))
      } else {
        warnings.append(spec.diagnostic(at: path, words, severity: .warning))
      }
    }
  }

  /// Checks that every tensor is stored as weights.
  func checkStorage(_ model: ModelSource) throws(RunError) {
    for weight in model.weights {
      let name = model.name(of: weight)
      guard let stored = model.source.tensors[name], case .other(let type) = stored.storage else { continue }
      let error = CheckpointError.unreadableType(path: stored.path, tensor: name, type: type)
      throw .input(spec.diagnostic(at: "model.path", "\(error)"))
    }
  }

  /// Warns of a model whose runtime rounds inputs, which products do by themselves or not at all.
  mutating func checkInputs(_ model: ModelSource) {
    let matrices = model.weights.filter { model.inputs(of: $0) != nil }
    guard let first = matrices.first else { return }
    warnings.append(
      spec.diagnostic(
        at: "model.path",
        "found \(matrices.count) matrices whose inputs are rounded too, such as \(first.huggingFaceName): the original is "
          + "measured so, and products take its weights alone",
        severity: .warning))
  }

  /// Names keys of a quantized model's settings that its program does not have: they may mean something to another version.
  mutating func checkQuantization(_ model: ModelSource) {
    guard case .huggingFace(let folder) = model.container, let quantization = folder.quantization,
      !quantization.unread.isEmpty
    else { return }
    warnings.append(
      spec.diagnostic(
        at: "model.path",
        "found keys that \(quantization.method.name) does not have, and that are not read: "
          + quantization.unread.joined(separator: ", "),
        severity: .warning))
  }

  func tokenizer(of model: ModelSource, _ recorder: ModelRecorder) throws(RunError) -> Tokenizer {
    do {
      return try recorder.model.recording { () throws(TokenizerError) in
        try Tokenizer(of: model, preTokenizer: spec.model.preTokenizer)
      }
    } catch {
      throw .input(spec.diagnostic(at: tokenizerKey, "\(error)"))
    }
  }

  /// The tokenizer as llama.cpp knows tokenizers, where a product is for that.
  func vocabulary(_ tokenizer: Tokenizer, of model: ModelSource) throws(RunError) -> GGUFVocabulary? {
    guard spec.products.contains(where: { $0.writer.variant.describesTokenizer }) else { return nil }
    do {
      return try tokenizer.ggufVocabulary().padded(to: model.shape.vocabularySize)
    } catch {
      throw .input(spec.diagnostic(at: tokenizerKey, "\(error)"))
    }
  }

  private var tokenizerKey: String { spec.model.preTokenizer == nil ? "model.path" : "model.pre_tokenizer" }

  /// Names the keys of the tokenizer's files that nobody knows.
  mutating func noteUnreadKeys(_ tokenizer: Tokenizer) {
    for unread in tokenizer.unreadKeys {
      warnings.append(
        spec.diagnostic(
          at: "model.path",
          "\(unread.file) has keys that are not read, and that transformers does not know: \(unread.keys.joined(separator: ", "))",
          severity: .warning))
    }
  }

  /// Checks every transform and applies those that edit the whole model.
  mutating func planTransforms(_ model: ModelSource) -> any ModelWeights {
    var source: any ModelWeights = model
    var editsBlocks: String?
    for (index, choice) in spec.transforms.enumerated() {
      let path = "transform[\(index)]"
      let transform = choice.variant
      if let obstacle = transform.obstacle(source) {
        mistakes.append(spec.diagnostic(at: path, "\(choice.name): \(obstacle)"))
      } else if let earlier = editsBlocks, transform.editsWholeModel {
        mistakes.append(
          spec.diagnostic(
            at: path, "found '\(choice.name)', which edits the whole model, after '\(earlier)'; expected it before"))
      } else if spec.importanceMatrix != nil {
        mistakes.append(
          spec.diagnostic(
            at: path,
            "found '\(choice.name)' and an importance matrix, which was gathered on other activations; expected "
              + "calibrate.corpora"))
      } else if !transform.editsWholeModel, spec.calibration == nil {
        mistakes.append(
          spec.diagnostic(
            at: path, "found '\(choice.name)' without calibrate, expected calibrate.corpora: it scales by activations"))
      } else if transform.editsWholeModel {
        let tied = source.shape.tiedOutput
        source = transform.applied(to: source, on: workers)
        if tied, !source.shape.tiedOutput {
          warnings.append(
            spec.diagnostic(
              at: path,
              "\(choice.name) parts the embedding table from the output matrix, which this model ties; the product gets "
                + "an output matrix of its own",
              severity: .warning))
        }
      }
      if !transform.editsWholeModel { editsBlocks = choice.name }
    }
    return source
  }

  /// Checks that what is said of experts is said of a model that has some.
  mutating func checkExperts(_ shape: DecoderShape) {
    guard shape.choices.experts == nil else { return }
    if spec.calibration?.experts != nil {
      mistakes.append(
        spec.diagnostic(at: "calibrate.experts", "found experts, expected none: this model has no experts"))
    }
    if spec.validation?.gates.contains(where: { $0.gate.measure == .minExpertTokens }) ?? false {
      mistakes.append(
        spec.diagnostic(
          at: "validate.gates.min_expert_tokens",
          "found the gate 'min_expert_tokens', expected none: this model has no experts"))
    }
  }
}
