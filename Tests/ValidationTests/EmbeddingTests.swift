import Calibration
import Foundation
import Models
import TestSupport
import Tensors
import Testing
import Validation

/// Embeddings and their figures.
struct EmbeddingTests {
  private let workers = Workers(count: 2)

  private static func corpus(_ name: String, texts: Int) -> ValidationCorpus {
    ValidationCorpus(name: name, TokenSequences(texts: (0..<texts).map { [Int32](repeating: 1, count: 1 + $0 % 3) }))
  }

  /// Pairs of unit vectors with these cosines.
  private static func pairs(_ cosines: [Float]) -> (SharedMatrix, SharedMatrix) {
    let original = Matrix(rows: cosines.count, columns: 2) { $1 == 0 ? 1 : 0 }
    let product = Matrix(rows: cosines.count, columns: 2) { row, column in
      column == 0 ? cosines[row] : (1 - cosines[row] * cosines[row]).squareRoot()
    }
    return (SharedMatrix(original), SharedMatrix(product))
  }

  @Test func figuresAreThoseOfTheirDefinitions() throws {
    var random = SeededRandom(seed: 4)
    let cosines = (0..<250).map { _ in Float(1 - abs(random.gaussian()) / 50) }
    let corpora = [Self.corpus("a", texts: 150), Self.corpus("b", texts: 100)]
    let (original, product) = Self.pairs(cosines)
    let comparison = EmbeddingComparison(corpora, original, product, on: workers)
    for (part, range) in zip([comparison.all] + comparison.corpora, [0..<250, 0..<150, 150..<250]) {
      let own = cosines[range].map(Double.init).sorted()
      let place = 0.01 * Double(own.count - 1)
      let (low, high) = (own[Int(place)], own[Int(place) + 1])
      let quantile = low + (place - place.rounded(.down)) * (high - low)
      let mean = own.reduce(0, +) / Double(own.count)
      #expect(part.texts == own.count)
      #expect(abs((part.figures[.meanCosine]?.value ?? 0) - mean) < 1e-9)
      #expect(abs((part.figures[.p1Cosine]?.value ?? 0) - quantile) < 1e-9)
      #expect(part.figures[.minCosine]?.value == own[0])
      #expect(part.figures[.minCosine]?.low == nil)
      let estimate = try #require(part.figures[.meanCosine])
      #expect(try #require(estimate.low) < mean && mean < #require(estimate.high))
    }
    #expect(comparison.corpora.map(\.name) == ["a", "b"])
    let measured = Measurements(embeddings: comparison)
    #expect(measured[.meanCosine, in: .corpus("b")] == comparison.corpora[1].figures[.meanCosine])
    #expect(measured.digest(of: .minCosine, in: .all) == comparison.all.tokensSHA256)
    #expect(try JSONDecoder().decode(Measurements.self, from: JSONEncoder().encode(measured)) == measured)
  }

  @Test func whatIsNoNumberHasNoFigure() {
    let (original, product) = Self.pairs([1, .nan, 0.5])
    let figures = EmbeddingComparison([Self.corpus("a", texts: 3)], original, product, on: workers).all.figures
    for measure in [Measure.meanCosine, .p1Cosine, .minCosine] { #expect(figures[measure]?.value.isNaN == true) }
    let gate = Gate(.minCosine, minimum: 0)
    #expect(!gate.judge(figures[.minCosine]).holds)
  }

  @Test func aModelAgainstItselfIsTheSame() throws {
    let folder = try TemporaryFolder()
    try EncoderFixture.write("bert-mean", to: folder)
    let model = try ModelSource(path: folder.path("model"), on: workers)
    let texts = TokenSequences(texts: (1..<20).map { length in (0..<length).map { Int32(($0 * 7 + length) % 384) } })
    let material = ValidationMaterial(corpora: [], tasks: [], embedded: [ValidationCorpus(name: "a", texts)])
    let measured = try Comparison(material, on: workers).measure(
      [EvaluatedModel(model), EvaluatedModel(model, .float16)], against: model, withFloor: false)
    let own = try #require(measured[0][.minCosine]?.value)
    let rounded = try #require(measured[1][.minCosine]?.value)
    #expect(abs(own - 1) < 1e-6)
    #expect(rounded < 1 && rounded > 0.9999)
    #expect(measured[0][.perplexity] == nil && measured[0].text == nil)
  }

  /// Many texts are run in several passes, and each is what it is alone.
  @Test func embeddingsAreInTheOrderOfTheTexts() throws {
    let folder = try TemporaryFolder()
    try EncoderFixture.write("bert-cls", to: folder)
    let model = EvaluatedModel(try ModelSource(path: folder.path("model"), on: workers))
    let texts = (0..<300).map { text in (0..<1 + text % 20).map { Int32((text + $0 * 13) % 384) } }
    let all = try EmbeddingEvaluation([TokenSequences(texts: texts)], on: workers).embeddings(of: [model])[0]
    for text in [0, 17, 150, 299] {
      let alone = try EmbeddingEvaluation([TokenSequences(texts: [texts[text]])], on: workers).embeddings(of: [model])[
        0]
      let row = all.matrix.copy(rows: text..<text + 1).array()
      #expect(relativeDistance(row, alone.matrix.array()) < 2e-5)
    }
  }
}
