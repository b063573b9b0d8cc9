import ArgumentParser
import Calibration
import Foundation
import Models
import Pipeline
import Spec
import Tensors
import Tokenizers
import Validation

struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measures a model on texts and tasks; with a reference how far it is from it.",
    discussion: """
      As llama-perplexity does, each sequence of a text is scored from its middle on. Figures come with a standard \
      error over sequences or questions; between two models they are paired. docs/gates.md defines them all. \
      Models that make embeddings are measured on whole texts, the lines of a text or of a .jsonl file, and against \
      another model.
      """)

  @Argument(help: "A Hugging Face folder or a GGUF file.", completion: .file())
  var model: String
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "A text to measure on; a .jsonl, .ndjson or .json file holds documents. May be given several times.",
      valueName: "file"),
    completion: .file())
  var text: [String] = []
  @Option(
    help: ArgumentHelp(
      "Reads texts as JSON Lines, or lists of objects, and takes this field of each. (default: \(Defaults.field) for .jsonl, .ndjson and .json files)",
      valueName: "name"))
  var field: String?
  @Flag(help: "Reads the special tokens that texts spell.")
  var special = false
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Multiple-choice questions, one JSON object a line. May be given several times.", valueName: "file"),
    completion: .file())
  var task: [String] = []
  @Option(help: ArgumentHelp("The model to compare with.", valueName: "model"), completion: .file())
  var against: String?
  @Option(
    help: ArgumentHelp(
      "Tokens of the texts to use, from their start; all whole sequences by default.", valueName: "count"))
  var tokens: Int?
  @Option(help: ArgumentHelp("Tokens in one sequence.", valueName: "count"))
  var context = Defaults.context
  @Flag(help: "Also measures what rounding the reference's matrices to F16 alone costs.")
  var floor = false
  @Option(
    help: ArgumentHelp(
      "Also writes the logits of the first sequence of the first text, with its tokens, as a safetensors file.",
      valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var logits: String?
  @Option(
    help: ArgumentHelp(
      "Also writes the embedding of every text as a safetensors file, of a model that makes such.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var embeddings: String?
  @OptionGroup var workers: WorkerOptions
  @OptionGroup var format: FormatOptions

  func validate() throws {
    if embeddings != nil, text.isEmpty { throw ValidationError("--embeddings: expected --text with it") }
    guard !text.isEmpty || !task.isEmpty else { throw ValidationError("expected --text, --task or both") }
    guard context >= 4 else { throw ValidationError("--context \(context): expected at least 4") }
    if let tokens, tokens < context || tokens % context != 0 {
      throw ValidationError("--tokens \(tokens): expected a positive multiple of the context, \(context)")
    }
    if logits != nil, text.isEmpty { throw ValidationError("--logits: expected --text with it") }
    if floor, against == nil || text.isEmpty { throw ValidationError("--floor: expected --against and --text with it") }
  }

  func run() throws {
    try checkPaths()
    let answer: EvalAnswer
    do { answer = try measure() } catch let failure as Failure { throw failure } catch { throw Failure(because: error) }
    guard !format.json else { return Answer.give(answer, "eval") }
    Terminal.answer(answer.text)
  }

  /// Checks that nothing is written over what is read.
  private func checkPaths() throws {
    let inputs =
      [("the model", model)] + (against.map { [("--against", $0)] } ?? [])
      + text.map { ("--text", $0) } + task.map { ("--task", $0) }
    let outputs = [("--logits", logits), ("--embeddings", embeddings)].compactMap { option, path in
      path.map { (option, $0) }
    }
    let mistakes = CommandPaths.mistakes(inputs: inputs, outputs: outputs)
    guard mistakes.isEmpty else {
      throw Failure(.wrongRequest, mistakes)
    }
  }

  private func measure() throws -> EvalAnswer {
    let workers = workers.workers
    let candidate = try Self.opened(model, on: workers)
    if candidate.shape.choices.pooling != nil { return try measureEmbeddings(candidate, on: workers) }
    if embeddings != nil { throw Self.failure("--embeddings: \(model) predicts tokens and makes no embeddings") }
    let material = try material(candidate)
    if let logits { try write(to: logits, candidate, material, on: workers) }
    let progress = ProgressLine(RunForecast(only: .validate))
    defer { progress.finish() }
    let show: @Sendable (Int, Int) -> Void = { done, total in
      progress.show(.advanced(.validate, done: done, of: total, detail: ""))
    }
    guard let against else {
      let losses = try Evaluation(material, on: workers, progress: show).losses(of: EvaluatedModel(candidate))
      return EvalAnswer(model: model, material, context, solo: material.measurements(ofOne: losses, on: workers))
    }
    let reference = try Self.opened(against, on: workers)
    try checkVocabularies(candidate, reference, named: against)
    let comparison = Comparison(material, on: workers, progress: show)
    let measured = try comparison.measure([EvaluatedModel(candidate)], against: reference, withFloor: floor)
    return EvalAnswer(model: model, material, context, against: against, comparison: measured[0])
  }

  /// A model, after a word on what its files say that is not followed.
  static func opened(_ path: String, on workers: Workers) throws -> ModelSource {
    let model = try ModelSource(path: path, on: workers)
    for note in model.notes { Terminal.complain("planish: warning: \(note)") }
    return model
  }

  /// Texts and tasks in the tokens of the model.
  private func material(_ model: ModelSource) throws -> ValidationMaterial {
    let longest = model.shape.contextLength
    if model.shape.choices.position == .learned, context > longest, !text.isEmpty {
      throw Self.failure("found --context \(context), expected at most the \(longest) positions of \(self.model)")
    }
    let tokenizer = try Tokenizer(of: model)
    let sampler = TokenSampler(tokenizer, vocabularySize: model.shape.vocabularySize)
    let sequences = try text.isEmpty ? [] : sampler.leading(corpora, tokens: tokens, context: context)
    warn(of: sequences)
    let tasks = try task.map { path in
      try TokenizedTask(
        TaskSuite(name: Self.name(path), contentsOf: path), tokenizer, vocabularySize: model.shape.vocabularySize,
        contextLength: model.shape.contextLength)
    }
    return ValidationMaterial(
      corpora: zip(text, sequences).map { ValidationCorpus(name: Self.name($0), $1) }, tasks: tasks)
  }

  /// What other programs can compare their own logits with.
  private func write(
    to path: String, _ model: ModelSource, _ material: ValidationMaterial, on workers: Workers
  ) throws {
    guard let first = material.corpora.first?.sequences else { return }
    let tokens = Array(first.tokens.prefix(first.length))
    try Logits.write(Logits.of(model, tokens, on: workers), of: tokens, to: path)
      .forEach { Terminal.complain("warning: \($0)") }
  }

  /// The texts as corpora.
  var corpora: [Corpus] {
    text.map {
      Corpus(
        path: $0, field: field ?? (Corpus.holdsObjects($0) ? Defaults.field : nil), special: special ? .parse : .none)
    }
  }

  /// Tells of special tokens that are plain text.
  func warn(of sequences: [TokenSequences]) {
    for spelled in sequences.flatMap(\.spelled) {
      Terminal.complain("planish: warning: \(spelled.warning("--special"))")
    }
  }

  static func failure(_ message: String) -> Failure { Failure(.failed, "\(message)") }

  static func name(_ path: String) -> String { URL(filePath: path).deletingPathExtension().lastPathComponent }

  /// Models whose tokens mean different things cannot be compared token by token.
  func checkVocabularies(_ model: ModelSource, _ reference: ModelSource, named against: String) throws {
    let (found, expected) = (reference.shape.vocabularySize, model.shape.vocabularySize)
    guard found == expected else {
      throw Self.failure(
        "\(against): found \(found) tokens in the vocabulary, expected \(expected), as in \(self.model)")
    }
  }
}
