import ArgumentParser
import Calibration
import Foundation
import Models
import Pipeline
import Tensors
import Tokenizers
import Validation

struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measures a model on a text: perplexity, and with a reference its divergence and agreement.",
    discussion: "As llama-perplexity does, each sequence is scored from its middle on.")

  @Argument(help: "A Hugging Face folder or a GGUF file.", completion: .file())
  var model: String
  @Option(help: "The text to measure on; a .jsonl file holds documents in the field `text`.", completion: .file())
  var text: String
  @Option(help: "The model to compare with.", completion: .file())
  var against: String?
  @Option(help: "Tokens of the text to use, from its start; all whole sequences by default.")
  var tokens: Int?
  @Option(help: "Tokens in one sequence.")
  var context = Defaults.context
  @OptionGroup var workers: WorkerOptions
  @Flag(help: "Prints one JSON document instead of a summary.")
  var json = false

  func validate() throws {
    guard context >= 4 else { throw ValidationError("--context \(context): expected at least 4") }
    if let tokens, tokens < context || tokens % context != 0 {
      throw ValidationError("--tokens \(tokens): expected a positive multiple of the context, \(context)")
    }
  }

  func run() throws {
    let workers = workers.workers
    let answer: EvalAnswer
    do {
      let candidate = try ModelSource(path: model, on: workers)
      let sequences = try sequences(candidate)
      let progress = ProgressLine()
      let evaluation = Evaluation(sequences, on: workers) { done, total in
        progress.show(.advanced(.validate, done: done, of: total, detail: ""))
      }
      if let against {
        let reference = try ModelSource(path: against, on: workers)
        guard reference.shape.vocabularySize == candidate.shape.vocabularySize else {
          throw Failure(
            status: .failed,
            message: """
              planish: error: \(against): found \(reference.shape.vocabularySize) tokens in the vocabulary, expected \
              \(candidate.shape.vocabularySize), as in \(model)
              """)
        }
        let scores = try evaluation.compare(candidate, with: reference)
        answer = EvalAnswer(model: model, against: against, sequences, comparison: Measurements(scores))
      } else {
        answer = EvalAnswer(model: model, sequences, perplexity: try evaluation.perplexity(of: candidate))
      }
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(because: error)
    }
    Terminal.answer(json ? RecordEncoding.encode(answer) : answer.text)
  }

  private func sequences(_ model: ModelSource) throws -> TokenSequences {
    let sampler = TokenSampler(try Tokenizer(of: model), vocabularySize: model.shape.vocabularySize)
    let corpus = Corpus(path: text, field: text.hasSuffix(".jsonl") ? Defaults.field : nil)
    return try sampler.leading([corpus], tokens: tokens, context: context)
  }
}

/// What `eval` found.
struct EvalAnswer: Encodable {
  let model: String
  let against: String?
  let tokens: Int
  let context: Int
  let perplexity: Estimate
  let comparison: Measurements?

  init(model: String, _ sequences: TokenSequences, perplexity: Estimate) {
    self.model = model
    against = nil
    tokens = sequences.tokens.count
    context = sequences.length
    self.perplexity = perplexity
    comparison = nil
  }

  init(model: String, against: String, _ sequences: TokenSequences, comparison: Measurements) {
    self.model = model
    self.against = against
    tokens = sequences.tokens.count
    context = sequences.length
    perplexity = comparison.perplexity
    self.comparison = comparison
  }

  var text: String {
    let head = "\(model): \(tokens.grouped) tokens in sequences of \(context)"
    if let comparison { return ([head] + Summary.quality(comparison)).joined(separator: "\n") }
    return "\(head)\n  perplexity  \(Summary.text(perplexity))"
  }
}
