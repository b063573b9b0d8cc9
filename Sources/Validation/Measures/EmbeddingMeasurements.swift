import Calibration
import Tensors

/// How far two models' embeddings of the same texts lie apart.
package struct EmbeddingComparison: Sendable, Equatable, Codable {
  /// All corpora together.
  package let all: EmbeddingMeasurements
  /// Each corpus by itself, in the order of the pipeline file.
  package let corpora: [EmbeddingMeasurements]

  package init(all: EmbeddingMeasurements, corpora: [EmbeddingMeasurements]) {
    self.all = all
    self.corpora = corpora
  }

  package func corpus(_ name: String) -> EmbeddingMeasurements? { corpora.first { $0.name == name } }
}

/// How far two models' embeddings of the texts of one corpus lie apart.
package struct EmbeddingMeasurements: Sendable, Equatable, Codable {
  /// The corpus, or `all`.
  package let name: String
  package let texts: Int
  package let tokens: Int
  /// SHA-256 of all tokens, for whoever compares two records; see `TokenSequences.digest()`.
  package let tokensSHA256: String
  /// Every measure whose source is embeddings.
  package let figures: [Measure: Estimate]

  package init(name: String, texts: Int, tokens: Int, tokensSHA256: String, figures: [Measure: Estimate]) {
    self.name = name
    self.texts = texts
    self.tokens = tokens
    self.tokensSHA256 = tokensSHA256
    self.figures = figures
  }
}

extension EmbeddingComparison {
  /// - Parameters:
  ///   - original: `[texts, hidden]`, of length 1; the texts of all corpora, one after the other.
  ///   - product: the same of the product.
  package init(
    _ corpora: [ValidationCorpus], _ original: SharedMatrix, _ product: SharedMatrix, on workers: Workers
  ) {
    let cosines = (0..<original.matrix.rows).map { row in
      (0..<original.matrix.columns).reduce(0.0) { sum, column in
        sum + Double(original.matrix[row, column]) * Double(product.matrix[row, column])
      }
    }
    var first = 0
    self.corpora = corpora.map { corpus in
      defer { first += corpus.sequences.count }
      return EmbeddingMeasurements(
        name: corpus.name, [corpus], Array(cosines[first..<first + corpus.sequences.count]), on: workers)
    }
    all = EmbeddingMeasurements(name: "all", corpora, cosines, on: workers)
  }
}

extension EmbeddingMeasurements {
  /// - Parameter cosines: of every text, corpus after corpus.
  init(name: String, _ corpora: [ValidationCorpus], _ cosines: [Double], on workers: Workers) {
    let statistics = CosineStatistics(cosines)
    let estimates = Bootstrap(strata: corpora.map(\.sequences.count)).estimates(on: workers) {
      statistics.figures($0)
    }
    self.init(
      name: name, texts: cosines.count, tokens: corpora.reduce(0) { $0 + $1.sequences.tokens.count },
      tokensSHA256: TokenSequences.digest(corpora.map(\.sequences)),
      figures: [
        .meanCosine: estimates[0], .p1Cosine: estimates[1], .minCosine: Estimate(exactly: statistics.minimum),
      ])
  }
}
