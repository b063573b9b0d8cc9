import Calibration
import Foundation
import Models
import Synchronization
import TestSupport
import Tensors
import Testing
import Validation

struct EvaluationTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  private func sequences(_ count: Int, length: Int, vocabulary: Int = TinyLlama.vocabulary) -> TokenSequences {
    TokenSequences(
      tokens: (0..<count * length).map { Int32((1 + 37 * $0 * $0 + 11 * $0) % vocabulary) }, length: length)
  }

  private func material(_ sequences: TokenSequences) -> ValidationMaterial {
    ValidationMaterial(corpora: [ValidationCorpus(name: "text", sequences)], tasks: [])
  }

  private func open(_ model: TinyLlama, as name: String) throws -> ModelSource {
    try ModelSource(path: try model.write(to: folder, as: name), on: workers)
  }

  /// Logits of one sequence by itself, from the parts that the decoder's own tests hold to the papers.
  private func logits(_ model: ModelSource, _ tokens: ArraySlice<Int32>) throws -> Matrix {
    let decoder = Decoder(model, sequenceLength: tokens.count, on: workers)
    let input = try model.input()
    var hidden = decoder.embed(Array(tokens), input)
    for layer in 0..<model.shape.layers { decoder.run(try model.block(layer), &hidden) }
    let normalized = decoder.normalize(hidden, try model.matrix(.outputNorm))
    return model.shape.tiedOutput
      ? decoder.logits(normalized, input.table.matrix) : decoder.logits(normalized, try model.matrix(.output))
  }

  /// Scores of the second half of every sequence, one position after the other.
  private func slowScores(
    _ candidate: ModelSource, _ reference: ModelSource, _ sequences: TokenSequences
  ) throws -> [TokenScore] {
    var scores: [TokenScore] = []
    for index in 0..<sequences.count {
      let tokens = Array(sequences[index])
      let p = try logits(reference, sequences[index])
      let q = try logits(candidate, sequences[index])
      for position in tokens.count / 2..<tokens.count - 1 {
        scores.append(
          TokenScore(reference: p.row(position), candidate: q.row(position), next: Int(tokens[position + 1])))
      }
    }
    return scores
  }

  @Test(arguments: [(4, 3), (7, 5), (64, 2), (128, 40)], [true, false])
  func everyTokenOfTheSecondHalvesIsScored(batch: (length: Int, count: Int), tied: Bool) throws {
    let sequences = sequences(batch.count, length: batch.length)
    let reference = try open(TinyLlama(tied: tied, seed: 1), as: "reference")
    let candidate = try open(TinyLlama(tied: tied, seed: 2), as: "candidate")
    let material = material(sequences)
    let evaluation = Evaluation(material, on: workers)
    let scores = try evaluation.scores(of: [EvaluatedModel(candidate)], against: EvaluatedModel(reference))[0]
    let expected = try slowScores(candidate, reference, sequences)
    #expect(scores.count == batch.count * (batch.length - 1 - batch.length / 2))
    #expect(scores.count == expected.count)
    #expect(relativeDistance(scores.map(\.loss), expected.map(\.loss)) < 1e-5)
    #expect(relativeDistance(scores.map(\.referenceLoss), expected.map(\.referenceLoss)) < 1e-5)
    #expect(relativeDistance(scores.map(\.divergence), expected.map(\.divergence)) < 1e-5)
    #expect(scores.map(\.sameTop) == expected.map(\.sameTop))
    #expect(scores.map(\.top5Overlap) == expected.map(\.top5Overlap))
    // Random models have little in common, and a model by itself has the perplexity that the comparison says.
    let measurements = material.measurements(scores, on: workers)
    #expect(try #require(measurements[.meanKLD]).value > 0.01)
    let losses = try evaluation.losses(of: EvaluatedModel(candidate))
    let alone = try #require(material.measurements(ofOne: losses, on: workers).perplexity)
    let paired = try #require(measurements[.perplexity])
    #expect(abs(alone.value / paired.value - 1) < 1e-6)
    #expect(abs(try #require(alone.high) / #require(paired.high) - 1) < 1e-6)
  }

  @Test func aModelDoesNotDivergeFromItself() throws {
    let model = try open(TinyLlama(), as: "model")
    let material = material(sequences(6, length: 32))
    let scores = try Evaluation(material, on: workers).scores(
      of: [EvaluatedModel(model)], against: EvaluatedModel(model))[0]
    #expect(
      scores.allSatisfy { $0.divergence == 0 && $0.sameTop && $0.top5Overlap == 1 && $0.loss == $0.referenceLoss })
    let ratio = try #require(material.measurements(scores, on: workers)[.perplexityRatio])
    #expect(ratio.value == 1 && ratio.standardError == 0 && ratio.low == 1 && ratio.high == 1)
  }

  @Test func bitsDoNotDependOnWorkers() throws {
    let reference = try open(TinyLlama(seed: 1), as: "reference")
    let candidate = try open(TinyLlama(seed: 2), as: "candidate")
    func scores(_ count: Int) throws -> [TokenScore] {
      try Evaluation(material(sequences(70, length: 64)), on: Workers(count: count)).scores(
        of: [EvaluatedModel(candidate)], against: EvaluatedModel(reference))[0]
    }
    let one = try scores(1)
    #expect(try scores(2) == one)
    #expect(try scores(3) == one)
  }

  @Test func progressCountsEveryStepOnce() throws {
    let steps = Mutex<[[Int]]>([])
    let model = try open(TinyLlama(), as: "model")
    let evaluation = Evaluation(material(sequences(3, length: 8)), on: workers) { done, total in
      steps.withLock { $0.append([done, total]) }
    }
    let evaluated = EvaluatedModel(model)
    _ = try evaluation.scores(of: [evaluated], against: evaluated)
    let layers = model.shape.layers
    #expect(steps.withLock { $0 } == (1...2 * layers + 1).map { [$0, 2 * layers + 1] })
    steps.withLock { $0 = [] }
    _ = try evaluation.losses(of: evaluated)
    #expect(steps.withLock { $0 } == (1...layers + 1).map { [$0, layers + 1] })
  }

  /// Texts of many lengths that begin alike, against one text at a time.
  @Test func choicesAreScoredAsIfEachWereATextByItself() throws {
    let model = try open(TinyLlama(seed: 3), as: "model")
    let items = (0..<40).map { item in
      let context = (0...item % 9).map { Int32((3 * item + 5 * $0) % 29 + 1) }
      let choices: [[Int32]] = [[4], [4, 7, 9], [4, 7], [Int32(item % 29), 2]]
      return TokenizedItem(
        contexts: choices.map { _ in context }, choices: choices, lengths: [1, 3, 2, 2], answer: item % 4)
    }
    let material = ValidationMaterial(corpora: [], tasks: [TokenizedTask(name: "t", items: items, sha256: "")])
    let losses = try Evaluation(material, on: workers).losses(of: EvaluatedModel(model))
    var slow: [Float] = []
    for item in items {
      for (context, choice) in zip(item.contexts, item.choices) {
        let text = context + choice
        let logits = try logits(model, text[...])
        for place in context.count..<text.count {
          slow.append(loss(logits.row(place - 1), next: Int(text[place])))
        }
      }
    }
    #expect(relativeDistance(losses, slow) < 1e-5)
  }

  /// A model whose weights half precision can hold loses nothing by it, and another a little.
  @Test(arguments: [true, false])
  func theFloorOfAModelInHalfPrecisionIsNothing(isExact: Bool) throws {
    var original = TinyLlama(seed: 1)
    if isExact { original.storesHalfPrecision = true }
    let model = try open(original, as: "model")
    let other = try open(TinyLlama(seed: 2), as: "other")
    let comparison = Comparison(material(sequences(4, length: 32)), on: workers)
    let measured = try comparison.measure([EvaluatedModel(other)], against: model, withFloor: true)[0]
    let floor = try #require(measured.text?.floor)
    #expect(EvaluatedModel.isFloat16(model) == isExact)
    #expect(isExact ? floor.value == 0 : floor.value > 0)
    #expect(floor.value < 1e-3 * (try #require(measured[.meanKLD]).value))
    #expect(try comparison.measure([EvaluatedModel(other)], against: model, withFloor: false)[0].text?.floor == nil)
  }

  /// transformers 5.23.0 in float32: three sequences of 64 of the tokens above, positions 32 to 62 scored.
  @Test(
    .enabled(if: SharedMaterial.isPresent, "needs ../shared"),
    arguments: [
      ("stories260k", 46_049_343.924), ("wikicode-6m", 140_678.348),
    ])
  func perplexitiesAreThoseOfTransformers(model: String, perplexity: Double) throws {
    let source = try ModelSource(path: SharedMaterial.path("models/\(model)"), on: workers)
    let sequences = sequences(3, length: 64, vocabulary: source.shape.vocabularySize)
    let losses = try Evaluation(material(sequences), on: workers).losses(of: EvaluatedModel(source))
    let mean = losses.reduce(0) { $0 + Double($1) } / Double(losses.count)
    #expect(abs(exp(mean) / perplexity - 1) < 1e-4)
  }
}
