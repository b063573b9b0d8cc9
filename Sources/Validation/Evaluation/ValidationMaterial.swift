import Calibration
import Foundation
import Tensors

/// What models are measured on: texts and tasks, in the tokens of one vocabulary.
package struct ValidationMaterial: Sendable {
  package let corpora: [ValidationCorpus]
  package let tasks: [TokenizedTask]
  /// Texts that models make embeddings of.
  package let embedded: [ValidationCorpus]
  /// First those of the corpora, then those of the tasks.
  let positions: ScoredPositions

  /// - Precondition: at least one of both; the sequences of all corpora have one length.
  package init(corpora: [ValidationCorpus], tasks: [TokenizedTask], embedded: [ValidationCorpus] = []) {
    precondition(!corpora.isEmpty || !tasks.isEmpty || !embedded.isEmpty, "nothing to measure on")
    self.embedded = embedded
    precondition(Set(corpora.map(\.sequences.length)).count <= 1, "corpora with sequences of several lengths")
    self.corpora = corpora
    self.tasks = tasks
    var positions = ScoredPositions()
    for corpus in corpora { positions.add(corpus.sequences) }
    for task in tasks { for item in task.items { positions.add(item) } }
    self.positions = positions
  }

  /// Tokens that a model is run on: of texts and of questions, contexts that several share once.
  package var tokens: Int {
    positions.sequences.reduce(embedded.reduce(0) { $0 + $1.sequences.tokens.count }) { $0 + $1.count }
  }
  /// Tokens of the texts.
  package var textTokens: Int { (corpora + embedded).reduce(0) { $0 + $1.sequences.tokens.count } }
  /// Sequences of the texts.
  package var sequences: Int { (corpora + embedded).reduce(0) { $0 + $1.sequences.count } }
  /// Questions of the tasks.
  package var items: Int { tasks.reduce(0) { $0 + $1.items.count } }

  /// SHA-256 of every token that models are run on and of every one that is scored.
  package var digestOfPositions: String {
    var digest = SHA256()
    for sequence in positions.sequences {
      digest.update([Int32(sequence.count)].span.bytes)
      digest.update(Array(sequence).span.bytes)
    }
    for place in positions.all {
      digest.update([Int32(place.sequence), Int32(place.position), place.token].span.bytes)
    }
    return digest.hexadecimal()
  }

  /// The parts of all scores: one for each corpus, then one for each task.
  private var parts: (corpora: [Range<Int>], tasks: [Range<Int>]) {
    var next = 0
    func take(_ count: Int) -> Range<Int> {
      defer { next += count }
      return next..<next + count
    }
    let corpora = corpora.map { corpus in
      take(corpus.sequences.count * ValidationCorpus.scoredPositions(corpus.sequences.length).count)
    }
    let tasks = tasks.map { task in take(task.items.reduce(0) { $0 + $1.choices.reduce(0) { $0 + $1.count } }) }
    return (corpora, tasks)
  }

  /// Every figure of a comparison.
  ///
  /// - Parameters:
  ///   - scores: of everything that is asked, as `Evaluation` gives them.
  ///   - floor: those of the original rounded to F16, where they are known.
  package func measurements(
    _ scores: [TokenScore], floor: [TokenScore]? = nil, on workers: Workers
  ) -> Measurements {
    let parts = parts
    let texts = zip(corpora, parts.corpora).map { corpus, part in
      TextMeasurements(name: corpus.name, [corpus], scores[part], floor: floor?[part], on: workers)
    }
    let asked = zip(tasks, parts.tasks).map { task, part in
      TaskAnswers(task, ArraySlice(scores[part].map { ($0.referenceLoss, $0.loss) }))
    }
    var all: TextMeasurements?
    if let last = parts.corpora.last {
      let range = 0..<last.upperBound
      all = TextMeasurements(name: "all", corpora, scores[range], floor: floor?[range], on: workers)
    }
    return Measurements(
      text: all, corpora: texts, questions: questions(asked),
      tasks: zip(tasks, asked).map { TaskMeasurements(name: $0.name, $1, sha256: $0.sha256) })
  }

  /// Sequences and questions whose tokens are not the same in both.
  package func differences(from other: ValidationMaterial) -> Int {
    let sequences = zip(corpora + embedded, other.corpora + other.embedded).reduce(0) { count, pair in
      let (a, b) = (pair.0.sequences, pair.1.sequences)
      return count + (0..<a.count).count { index in index >= b.count || a[index] != b[index] }
    }
    return zip(tasks, other.tasks).reduce(sequences) { count, pair in
      count + zip(pair.0.items, pair.1.items).count { $0 != $1 }
    }
  }

  /// What a measure would be measured on, as records of it say; nil for what needs neither text nor tasks.
  package func digest(of measure: Measure, in scope: Scope) -> String? {
    switch (measure.source, scope) {
    case (.text, .all) where !corpora.isEmpty: TokenSequences.digest(corpora.map(\.sequences))
    case (.text, .corpus(let name)): corpora.first { $0.name == name }?.sequences.digest()
    case (.embeddings, .all) where !embedded.isEmpty: TokenSequences.digest(embedded.map(\.sequences))
    case (.embeddings, .corpus(let name)): embedded.first { $0.name == name }?.sequences.digest()
    case (.tasks, .all) where !tasks.isEmpty: TokenizedTask.digest(tasks)
    case (.tasks, .task(let name)): tasks.first { $0.name == name }?.sha256
    default: nil
    }
  }

  private func questions(_ asked: [TaskAnswers]) -> TaskMeasurements? {
    guard let first = asked.first else { return nil }
    return TaskMeasurements(
      name: "all", asked.dropFirst().reduce(first, +), sha256: TokenizedTask.digest(tasks))
  }

  /// What one model by itself comes to.
  ///
  /// - Parameter losses: of everything that is asked, as `Evaluation` gives them.
  package func measurements(ofOne losses: [Float], on workers: Workers) -> SoloMeasurements {
    let parts = parts
    let perplexities = zip(corpora, parts.corpora).map { corpus, part in
      SoloMeasurements.Figure(name: corpus.name, Self.perplexity(losses[part], [corpus], on: workers))
    }
    let answers = zip(tasks, parts.tasks).map { task, part in
      TaskAnswers(task, ArraySlice(losses[part].map { ($0, $0) }))
    }
    let accuracies = zip(tasks, answers).map { TaskMeasurements(name: $0.name, $1, sha256: $0.sha256) }
    return SoloMeasurements(
      perplexity: parts.corpora.last.map { Self.perplexity(losses[0..<$0.upperBound], corpora, on: workers) },
      perplexities: perplexities,
      accuracies: accuracies.map { .init(name: $0.name, $0.originalAccuracy) },
      accuraciesNorm: accuracies.map { .init(name: $0.name, $0.originalAccuracyNorm) },
      answers: zip(tasks, answers).map { task, answers in
        .init(name: task.name, plain: answers.plain.map(\.product), normalized: answers.normalized.map(\.product))
      })
  }

  private static func perplexity(
    _ losses: ArraySlice<Float>, _ corpora: [ValidationCorpus], on workers: Workers
  ) -> Estimate {
    let strata = corpora.map(\.sequences.count)
    let count = losses.count / strata.reduce(0, +)
    let sums = (0..<strata.reduce(0, +)).map { sequence in
      losses.dropFirst(sequence * count).prefix(count).reduce(0) { $0 + Double($1) }
    }
    return Bootstrap(strata: strata).estimates(on: workers) { weights in
      [exp(zip(sums, weights).reduce(0) { $0 + $1.0 * Double($1.1) } / Double(losses.count))]
    }[0]
  }
}

/// What one model by itself comes to.
package struct SoloMeasurements: Sendable, Encodable {
  /// A figure of one corpus or task.
  package struct Figure: Sendable, Encodable {
    package let name: String
    package let figure: Estimate

    init(name: String, _ figure: Estimate) {
      self.name = name
      self.figure = figure
    }
  }

  /// The choice that it takes in each question of a task, counted from 0; −1 where a likelihood is no number.
  package struct Answers: Sendable, Encodable {
    package let name: String
    /// By log-likelihood.
    package let plain: [Int]
    /// By log-likelihood over characters.
    package let normalized: [Int]
  }

  /// Over all corpora; nil without text.
  package let perplexity: Estimate?
  package let perplexities: [Figure]
  package let accuracies: [Figure]
  package let accuraciesNorm: [Figure]
  package let answers: [Answers]
}
