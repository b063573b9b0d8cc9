import Foundation
import Pipeline
import Validation

/// A product of a run as the page tells of it.
struct ProductView {
  struct Key {
    let term: String
    let main: Phrase
    let more: Phrase
  }

  /// What was measured in one way: pictures side by side, and the figures below.
  struct Part {
    let pictures: [Picture]
    let tables: [Table]
  }

  let number: Int
  let path: String
  let keys: [Key]
  let gateTables: [Table]
  /// What the reader should know of the gates beside their figures.
  let remarks: [Phrase]
  let parts: [Part]
  /// What was done to its weights.
  let weights: ProductWeights

  init(_ outcome: Outcome, product index: Int) {
    let product = outcome.products[index]
    let place = "products.\(index)"
    number = index
    path = product.path
    weights = ProductWeights(outcome, product: index)
    keys = Self.keys(outcome, product: index)
    gateTables = [GateTable.table(product.gates, at: place)].compactMap { $0 }
    remarks = Self.remarks(outcome, product, at: place)
    guard let measurements = product.measurements else {
      parts = []
      return
    }
    let inside = "\(place).measurements"
    let text: [Picture?] = [
      DivergenceByPosition.picture(measurements, at: inside, id: "position\(index)"),
      measurements.text.flatMap { DivergenceHistogram.picture($0, at: "\(inside).text", id: "histogram\(index)") },
    ]
    let answers = FlippedAnswers.picture(measurements, at: inside, id: "answers\(index)")
    parts = [
      Part(
        pictures: text.compactMap { $0 },
        tables: [
          QualityTable.table(measurements, at: inside), EmbeddingTable.table(measurements, at: inside),
        ].compactMap { $0 }),
      Part(
        pictures: [answers].compactMap { $0 }, tables: [TaskTable.table(measurements, at: inside)].compactMap { $0 }),
    ].filter { !$0.pictures.isEmpty || !$0.tables.isEmpty }
  }

  private static func remarks(_ outcome: Outcome, _ product: ProductOutcome, at place: String) -> [Phrase] {
    var remarks: [Phrase] = []
    if let worst = product.blockError {
      remarks.append(
        """
        Read back: the weights furthest from the original’s are in \(worst.tensor), where a block of them has the \
        relative squared error \(Figure(worst.value, at: "\(place).blockError.value")).
        """)
    }
    switch product.tokenizerMismatches {
    case nil: break
    case 0?: remarks.append("The product’s own tokenizer cuts every text that was measured as the original’s does.")
    case let count?:
      remarks.append(
        """
        The product’s own tokenizer cuts \(Figure(count, at: "\(place).tokenizerMismatches")) of the texts that were \
        measured otherwise than the original’s.
        """)
    }
    if let baseline = outcome.baseline { remarks.append("The baseline is \(baseline).") }
    if let date = product.earlierProduct {
      remarks.append("An older product, of \(date), still stands under this name.")
    }
    if let path = product.keptAt { remarks.append("The product is kept for study at \(path).") }
    return remarks
  }

  /// The last part of a path.
  static func fileName(_ path: String) -> String {
    URL(filePath: path).lastPathComponent
  }

  /// The main figures of a product.
  static func keys(_ outcome: Outcome, product index: Int) -> [Key] {
    let (product, original, place) = (outcome.products[index], outcome.original, "products.\(index)")
    var keys = [
      Key(
        term: "Size", main: "\(Figure(product.bytes, at: "\(place).bytes", NumberText.bytes))",
        more: """
          \(SizeChange.words(product.bytes, of: original.bytes)) than \
          \(Figure(original.bytes, at: "original.bytes", NumberText.bytes))
          """),
      Key(
        term: "Bits per weight",
        main: "\(Figure(product.bitsPerWeight, at: "\(place).bitsPerWeight"))",
        more: "\(Figure(original.bitsPerWeight, at: "original.bitsPerWeight")) in the original"),
    ]
    guard let measurements = product.measurements else { return keys }
    for (measure, term) in [
      (Measure.meanKLD, "Mean KL divergence"), (.perplexityRatio, "Perplexity ratio"),
      (.top1Agreement, "Same top token"),
    ] {
      guard let estimate = measurements.text?.figures[measure] else { continue }
      keys.append(key(term, measure, estimate, at: "\(place).measurements.text.figures.\(measure.rawValue)"))
    }
    if let figures = measurements.embeddings?.all.figures {
      for (measure, term) in [(Measure.meanCosine, "Mean cosine"), (.minCosine, "Lowest cosine")] {
        guard let estimate = figures[measure] else { continue }
        keys.append(
          key(term, measure, estimate, at: "\(place).measurements.embeddings.all.figures.\(measure.rawValue)"))
      }
    }
    if let estimate = measurements.questions?.figures[.accuracy] {
      keys.append(key("Task accuracy", .accuracy, estimate, at: "\(place).measurements.questions.figures.accuracy"))
    }
    return keys
  }

  private static func key(_ term: String, _ measure: Measure, _ estimate: Estimate, at place: String) -> Key {
    let text = EstimatePhrase(estimate, MeasureText(measure), at: place)
    let unit: Phrase = measure == .meanKLD ? " nats" : ""
    return Key(term: term, main: text.value, more: (text.interval ?? "") + unit)
  }
}
