import Calibration
import Checkpoints
import Models
import Spec
import Tokenizers
import Validation

/// Resolves `validate`: texts and tasks into tokens, gates against their baseline.
struct ValidationPlanner {
  private let spec: Spec
  private let model: ModelSource

  init(_ spec: Spec, _ model: ModelSource) {
    self.spec = spec
    self.model = model
  }

  /// What models will be measured on; nil where nothing asks for it.
  func material(_ tokenizer: Tokenizer, _ sampler: TokenSampler) throws(RunError) -> ValidationMaterial? {
    guard let validation = spec.validation else { return nil }
    let corpora = try corpora(validation.text, sampler)
    var tasks: [TokenizedTask] = []
    for (index, task) in validation.tasks.enumerated() {
      do {
        let suite = try TaskSuite(name: task.name, contentsOf: task.path.absolute)
        tasks.append(
          try TokenizedTask(
            suite, tokenizer, vocabularySize: model.shape.vocabularySize, contextLength: model.shape.contextLength))
      } catch {
        throw .input(spec.diagnostic(at: "validate.tasks[\(index)]", "\(error)"))
      }
    }
    guard !corpora.isEmpty || !tasks.isEmpty else { return nil }
    return makesEmbeddings
      ? ValidationMaterial(corpora: [], tasks: [], embedded: corpora)
      : ValidationMaterial(corpora: corpora, tasks: tasks)
  }

  private var makesEmbeddings: Bool { model.shape.choices.pooling != nil }

  private func corpora(_ text: ValidationSpec.Text?, _ sampler: TokenSampler) throws(RunError) -> [ValidationCorpus] {
    guard let text else { return [] }
    do {
      let corpora = text.corpora.map(\.corpus)
      let cut =
        makesEmbeddings
        ? try sampler.leadingTexts(corpora, tokens: text.budget.tokens, context: text.budget.context)
        : try sampler.leading(corpora, tokens: text.budget.tokens, context: text.budget.context)
      return zip(text.corpora, cut).map { ValidationCorpus(name: $0.name, $1) }
    } catch {
      throw .input(spec.diagnostic(at: "validate", "\(error)"))
    }
  }

  /// The record that gates compare with.
  func baseline() throws(RunError) -> PublishedRecord? {
    guard let location = spec.validation?.baseline else { return nil }
    do { return try PublishedRecord(contentsOf: location.absolute) } catch {
      throw .input(spec.diagnostic(at: "validate.baseline", "\(error)"))
    }
  }

  /// Gates that ask a baseline for what it cannot tell, and what is worth a warning about it.
  func check(_ baseline: PublishedRecord, _ material: ValidationMaterial?) -> [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    for gate in spec.validation?.gates ?? [] where gate.gate.worseBy != nil {
      let reasons = spec.products.compactMap { reason(gate.gate, baseline, material, $0.path.absolute) }
      guard let reason = reasons.first else { continue }
      diagnostics.append(spec.diagnostic(at: "\(gate.path).worse_by", reason))
    }
    return diagnostics
  }

  /// Why a gate cannot compare a product with the baseline, or nil when it can.
  private func reason(
    _ gate: Gate, _ baseline: PublishedRecord, _ material: ValidationMaterial?, _ path: String
  ) -> String? {
    guard let product = baseline.product(like: path) else {
      return "found a baseline of \(baseline.products.count) products, none of which has the file name of \(path); "
        + "expected one, or one of that name"
    }
    guard baseline.figures(of: product)[gate.measure, in: gate.scope] != nil else {
      return
        "found no \(gate.measure.rawValue)\(gate.scope.words) in \(baseline.path), expected the figure to compare with"
    }
    guard let then = product.measurements?.digest(of: gate.measure, in: gate.scope),
      let now = material?.digest(of: gate.measure, in: gate.scope), then != now
    else { return nil }
    return "found \(gate.measure.rawValue)\(gate.scope.words) in \(baseline.path) measured on other "
      + "\(gate.measure.source == .tasks ? "questions" : "tokens"), expected the same ones"
  }
}

extension Scope {
  /// How a figure of it is called in a sentence.
  package var words: String {
    switch self {
    case .all: ""
    case .corpus(let name): " of corpus \(name)"
    case .task(let name): " of task \(name)"
    }
  }
}
