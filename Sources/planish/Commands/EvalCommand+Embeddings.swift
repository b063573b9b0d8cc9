import Calibration
import Models
import Pipeline
import Tensors
import Tokenizers
import Validation

/// Models that make embeddings.
extension EvalCommand {
  func measureEmbeddings(_ candidate: ModelSource, on workers: Workers) throws -> EvalAnswer {
    let material = try texts(candidate)
    if let embeddings {
      let evaluation = EmbeddingEvaluation(material.embedded.map(\.sequences), on: workers)
      let made = try evaluation.embeddings(of: [EvaluatedModel(candidate)])
      try evaluation.write(made[0].matrix, to: embeddings).forEach { Terminal.complain("warning: \($0)") }
    }
    guard let against else {
      guard embeddings != nil else {
        throw Self.failure(
          "\(model) makes embeddings, which are measured against another model's; expected --against, or --embeddings "
            + "to write them")
      }
      return EvalAnswer(model: model, material, context)
    }
    let reference = try Self.opened(against, on: workers)
    guard reference.shape.choices.pooling != nil, reference.shape.hiddenSize == candidate.shape.hiddenSize else {
      let found = reference.shape.choices.pooling == nil ? "no embeddings" : "\(reference.shape.hiddenSize) columns"
      throw Self.failure("\(against): found \(found), expected embeddings of \(candidate.shape.hiddenSize) columns")
    }
    try checkVocabularies(candidate, reference, named: against)
    let progress = ProgressLine(RunForecast(only: .validate))
    defer { progress.finish() }
    let comparison = Comparison(material, on: workers) { done, total in
      progress.show(.advanced(.validate, done: done, of: total, detail: ""))
    }
    let measured = try comparison.measure([EvaluatedModel(candidate)], against: reference, withFloor: false)
    return EvalAnswer(model: model, material, context, against: against, comparison: measured[0])
  }

  private func texts(_ model: ModelSource) throws -> ValidationMaterial {
    for (option, isGiven) in [("--task", !task.isEmpty), ("--floor", floor), ("--logits", logits != nil)] where isGiven
    {
      throw Self.failure("\(option): \(self.model) makes embeddings and predicts no tokens; expected --text alone")
    }
    let longest = model.shape.contextLength
    guard context <= longest else {
      throw Self.failure("found --context \(context), expected at most the \(longest) positions of \(self.model)")
    }
    let sampler = TokenSampler(try Tokenizer(of: model), vocabularySize: model.shape.vocabularySize)
    let sequences = try sampler.leadingTexts(corpora, tokens: tokens, context: context)
    warn(of: sequences)
    return ValidationMaterial(
      corpora: [], tasks: [],
      embedded: zip(text, sequences).map { ValidationCorpus(name: Self.name($0), $1) })
  }
}
