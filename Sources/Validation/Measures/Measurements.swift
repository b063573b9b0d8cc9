/// What a comparison of a product with its original says.
package struct Measurements: Sendable, Equatable, Codable {
  /// All corpora together; nil where no text was given.
  package let text: TextMeasurements?
  /// Each corpus by itself, in the order of the pipeline file.
  package let corpora: [TextMeasurements]
  /// All questions of all tasks together; nil where there are none.
  package let questions: TaskMeasurements?
  /// Each task by itself.
  package let tasks: [TaskMeasurements]
  /// Of models that make embeddings; nil for all others.
  package let embeddings: EmbeddingComparison?

  package init(
    text: TextMeasurements? = nil, corpora: [TextMeasurements] = [], questions: TaskMeasurements? = nil,
    tasks: [TaskMeasurements] = [], embeddings: EmbeddingComparison? = nil
  ) {
    self.embeddings = embeddings
    self.text = text
    self.corpora = corpora
    self.questions = questions
    self.tasks = tasks
  }

  /// A figure; nil where it was not measured.
  package subscript(measure: Measure, in scope: Scope = .all) -> Estimate? {
    switch scope {
    case .all: text?.figures[measure] ?? questions?.figures[measure] ?? embeddings?.all.figures[measure]
    case .corpus(let name):
      corpora.first { $0.name == name }?.figures[measure] ?? embeddings?.corpus(name)?.figures[measure]
    case .task(let name): tasks.first { $0.name == name }?.figures[measure]
    }
  }
}

extension Measurements {
  /// The digest of what a measure was measured on; nil where it was not, or needs neither text nor tasks.
  package func digest(of measure: Measure, in scope: Scope) -> String? {
    switch (measure.source, scope) {
    case (.text, .all): text?.tokensSHA256
    case (.text, .corpus(let name)): corpora.first { $0.name == name }?.tokensSHA256
    case (.embeddings, .all): embeddings?.all.tokensSHA256
    case (.embeddings, .corpus(let name)): embeddings?.corpus(name)?.tokensSHA256
    case (.tasks, .all): questions?.itemsSHA256
    case (.tasks, .task(let name)): tasks.first { $0.name == name }?.itemsSHA256
    default: nil
    }
  }
}

/// How far two models' predictions of a text lie apart.
package struct TextMeasurements: Sendable, Equatable, Codable {
  /// The corpus, or `all`.
  package let name: String
  /// Sequences that the models were run on.
  package let sequences: Int
  /// Tokens in each.
  package let context: Int
  /// Tokens that were predicted and scored: those of the second half of each sequence.
  package let scoredTokens: Int
  /// SHA-256 of all tokens, for whoever compares two records; see `TokenSequences.digest()`.
  package let tokensSHA256: String
  package let originalPerplexity: Estimate
  /// Every measure whose source is text.
  package let figures: [Measure: Estimate]
  /// Mean divergence of the original with its matrices rounded to F16: no file with F16 weights can do better. Nil where
  /// it was not asked for.
  package let floor: Estimate?
  /// Mean divergence by the number of tokens that were seen before, in eight parts of equal width.
  package let divergenceByPosition: [PositionBin]
  package let divergenceHistogram: Histogram

  package init(
    name: String, sequences: Int, context: Int, scoredTokens: Int, tokensSHA256: String, originalPerplexity: Estimate,
    figures: [Measure: Estimate], floor: Estimate?, divergenceByPosition: [PositionBin], divergenceHistogram: Histogram
  ) {
    self.name = name
    self.sequences = sequences
    self.context = context
    self.scoredTokens = scoredTokens
    self.tokensSHA256 = tokensSHA256
    self.originalPerplexity = originalPerplexity
    self.figures = figures
    self.floor = floor
    self.divergenceByPosition = divergenceByPosition
    self.divergenceHistogram = divergenceHistogram
  }
}

/// The mean divergence of the predictions made from a range of positions.
package struct PositionBin: Sendable, Equatable, Codable {
  /// The first position, counted from 0: so many tokens came before the token that was predicted from, and the token
  /// that was predicted stands one further.
  package let from: Int
  /// The position after the last.
  package let to: Int
  package let meanDivergence: Estimate

  package init(from: Int, to: Int, meanDivergence: Estimate) {
    self.from = from
    self.to = to
    self.meanDivergence = meanDivergence
  }
}

/// How well both models answer multiple-choice questions.
package struct TaskMeasurements: Sendable, Equatable, Codable {
  /// The suite, or `all`.
  package let name: String
  /// Questions asked.
  package let items: Int
  /// SHA-256 of the questions, choices and answers.
  package let itemsSHA256: String
  /// The accuracy of guessing: the mean of one over the number of choices.
  package let chance: Double
  package let originalAccuracy: Estimate
  package let originalAccuracyNorm: Estimate
  /// Every measure whose source is tasks.
  package let figures: [Measure: Estimate]
  /// Answers by log-likelihood.
  package let answers: AnswerChanges
  /// Answers by log-likelihood over characters.
  package let answersNorm: AnswerChanges

  package init(
    name: String, items: Int, itemsSHA256: String, chance: Double, originalAccuracy: Estimate,
    originalAccuracyNorm: Estimate, figures: [Measure: Estimate], answers: AnswerChanges, answersNorm: AnswerChanges
  ) {
    self.name = name
    self.items = items
    self.itemsSHA256 = itemsSHA256
    self.chance = chance
    self.originalAccuracy = originalAccuracy
    self.originalAccuracyNorm = originalAccuracyNorm
    self.figures = figures
    self.answers = answers
    self.answersNorm = answersNorm
  }
}

/// How answers differ between the original and the product, in numbers of questions.
package struct AnswerChanges: Sendable, Equatable, Codable {
  /// Right in the original and wrong in the product.
  package let lost: Int
  /// Wrong in the original and right in the product.
  package let gained: Int
  /// Another choice, right or wrong.
  package let changed: Int

  package init(lost: Int, gained: Int, changed: Int) {
    self.lost = lost
    self.gained = gained
    self.changed = changed
  }
}
