import Tensors

/// Which choices two models take.
struct TaskAnswers: Sendable {
  /// One question: the right choice, and the one with the highest score under each model.
  struct Answer: Sendable {
    let right: Int
    let original: Int
    let product: Int
  }

  var plain: [Answer] = []
  var normalized: [Answer] = []
  var chances: [Double] = []
}

extension TaskAnswers {
  /// - Parameter losses: −ln p of every token of every choice under both models, item after item.
  init(_ task: TokenizedTask, _ losses: ArraySlice<(original: Float, product: Float)>) {
    var rest = losses
    for item in task.items {
      var (original, product) = ([Double](), [Double]())
      for choice in item.choices {
        let own = rest.prefix(choice.count)
        rest = rest.dropFirst(choice.count)
        original.append(own.reduce(0) { $0 - Double($1.original) })
        product.append(own.reduce(0) { $0 - Double($1.product) })
      }
      func answer(_ score: (Double, Int) -> Double) -> Answer {
        Answer(
          right: item.answer, original: Self.best(zip(original, item.lengths).map(score)),
          product: Self.best(zip(product, item.lengths).map(score)))
      }
      plain.append(answer { likelihood, _ in likelihood })
      normalized.append(answer { likelihood, length in likelihood / Double(length) })
      chances.append(1 / Double(item.choices.count))
    }
  }

  /// The first of the highest; −1, which is never right, where any is no number.
  private static func best(_ scores: [Double]) -> Int {
    guard !scores.contains(where: \.isNaN) else { return -1 }
    return scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
  }

  static func + (left: TaskAnswers, right: TaskAnswers) -> TaskAnswers {
    TaskAnswers(
      plain: left.plain + right.plain, normalized: left.normalized + right.normalized,
      chances: left.chances + right.chances)
  }
}

/// The table of right and wrong answers of two models.
private struct Agreement {
  var originalRight = 0
  var productRight = 0
  var lost = 0
  var gained = 0
  var changed = 0
  let count: Int

  init(_ answers: [TaskAnswers.Answer]) {
    count = answers.count
    for answer in answers {
      let wasRight = answer.original == answer.right
      let isRight = answer.product == answer.right
      originalRight += wasRight ? 1 : 0
      productRight += isRight ? 1 : 0
      lost += wasRight && !isRight ? 1 : 0
      gained += isRight && !wasRight ? 1 : 0
      changed += answer.original != answer.product ? 1 : 0
    }
  }

  var original: Estimate { share(originalRight) }
  var product: Estimate { share(productRight) }
  var flips: Estimate { share(lost + gained) }
  var drop: Estimate {
    Estimate(Double(lost - gained) / Double(count), .change(up: lost, down: gained, of: count))
  }
  var changes: AnswerChanges { AnswerChanges(lost: lost, gained: gained, changed: changed) }

  private func share(_ part: Int) -> Estimate { Estimate(Double(part) / Double(count), .share(part, of: count)) }
}

extension TaskMeasurements {
  /// Every figure with its interval. Questions are independent of each other, and both models answer the same ones.
  init(name: String, _ answers: TaskAnswers, sha256: String) {
    let plain = Agreement(answers.plain)
    let normalized = Agreement(answers.normalized)
    self.init(
      name: name, items: plain.count, itemsSHA256: sha256,
      chance: answers.chances.reduce(0, +) / Double(plain.count), originalAccuracy: plain.original,
      originalAccuracyNorm: normalized.original,
      figures: [
        .accuracy: plain.product, .accuracyDrop: plain.drop, .flips: plain.flips, .accuracyNorm: normalized.product,
        .accuracyNormDrop: normalized.drop, .flipsNorm: normalized.flips,
      ], answers: plain.changes, answersNorm: normalized.changes)
  }
}
