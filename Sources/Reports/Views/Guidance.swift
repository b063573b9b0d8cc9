import Foundation
import Pipeline
import Validation

/// What figures mean, and what to do about gates that fail.
enum Guidance {
  /// What each of the main figures means and what is usual, for those that a run measured.
  ///
  /// The scale of the divergence is llama.cpp's own table for Llama 3 8B on Wikitext-2 (its tool `perplexity`).
  static func meanings(_ outcome: Outcome) -> [Table] {
    let measurements = outcome.products.compactMap(\.measurements)
    func has(_ measure: Measure) -> Bool { measurements.contains { $0[measure] != nil } }
    let rows = explanations.filter { has($0.measure) }.map { entry in
      [
        Table.Cell(Phrase(stringLiteral: entry.name)), Table.Cell(Phrase(stringLiteral: entry.meaning), .wrap),
        Table.Cell(Phrase(stringLiteral: entry.scale), .wrap),
      ]
    }
    guard !rows.isEmpty else { return [] }
    return [
      Table(
        "What the figures mean", summary: "What the figures mean", columns: ["figure", "meaning", "for scale"],
        numbers: [], narrow: .stacked, rows: rows)
    ]
  }

  private static let explanations: [(measure: Measure, name: String, meaning: String, scale: String)] = [
    (
      .meanKLD, "Mean KL divergence",
      "How far the product’s predictions are from the original’s, token by token. 0 is the same model.",
      """
      llama.cpp on Llama 3 8B: q8_0 0.0014, q6_K 0.0055, q5_K_M 0.011, q4_K_M 0.031, q3_K_M 0.10, q2_K 0.45 nats. Other \
      models and texts have other scales: compare products of one model on one text.
      """
    ),
    (
      .perplexityRatio, "Perplexity ratio",
      "The product’s perplexity over the original’s. It can be below 1 by chance, since errors of both signs cancel.",
      "1.01 is one per cent. Judge by the divergence first."
    ),
    (
      .top1Agreement, "Same top token",
      "How often both models find the same token most likely: what greedy decoding would write.",
      "From 95 % on, most short answers are the same; at 90 % one token in ten differs."
    ),
    (
      .meanCosine, "Mean cosine", "How alike the embeddings of the same text are. 1 is the same direction.",
      "Below 0.99 the order of search results can change."
    ),
    (
      .accuracy, "Task accuracy", "The share of questions that the product answers rightly.",
      "Look at lost and gained answers too: an equal accuracy can hide both."
    ),
  ]

  /// What to try where gates fail; nothing where all hold.
  static func advice(_ outcome: Outcome) -> [Phrase] {
    var advice: [Phrase] = []
    for (index, product) in outcome.products.enumerated() {
      let failed = Set(product.gates.filter { !$0.holds }.map(\.gate.measure))
      guard !failed.isEmpty else { continue }
      let name = ProductView.fileName(product.path)
      if !failed.isDisjoint(with: quality) { advice.append(Self.quality(outcome, index, name)) }
      if !failed.isDisjoint(with: [.fileBytes, .bitsPerWeight]) {
        advice.append(
          "\(name) is too large: ask for a type of fewer bits, or give the largest matrices one (overrides).")
      }
      if failed.contains(.fallbacks) {
        advice.append(
          "\(name) has fallbacks: take a type whose blocks divide the rows of the tensors below, or allow them.")
      }
      if failed.contains(.minExpertTokens) {
        advice.append(
          "\(name) has experts that saw few tokens: calibrate on more, or on text that more experts are for.")
      }
    }
    return advice
  }

  private static let quality: Set<Measure> = [
    .perplexity, .perplexityRatio, .meanKLD, .medianKLD, .p90KLD, .p99KLD, .p999KLD, .maxKLD, .top1Agreement,
    .top5Agreement, .rmsDeltaP, .accuracy, .accuracyNorm, .accuracyDrop, .accuracyNormDrop, .flips, .flipsNorm,
    .meanCosine, .p1Cosine, .minCosine, .maxLayerError,
  ]

  private static func quality(_ outcome: Outcome, _ index: Int, _ name: String) -> Phrase {
    let ledger = outcome.ledger(ofProduct: index)
    let worst = ledger.entries.filter { $0.error?.isFinite ?? false }.sorted { ($0.error ?? 0) > ($1.error ?? 0) }
    let start: Phrase = """
      \(name) is too far from the original: ask for a type of more bits\
      \(outcome.calibrationTokens == 0 ? ", calibrate on text" : ", calibrate on more text of the kind that is measured")\
      \(worst.isEmpty ? "" : ", or give the worst matrices a larger type (overrides): ")
      """
    guard !worst.isEmpty else { return start + "." }
    return start + Phrase(stringLiteral: worst.prefix(3).map(\.tensor).joined(separator: ", ") + ".")
  }
}
