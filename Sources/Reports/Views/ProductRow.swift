import Foundation
import Pipeline
import Validation

/// One product in one row of a table that compares several.
struct ProductRow {
  static let headings = [
    "size", "of the original", "bits per weight", "mean KLD, nats", "perplexity ratio", "same top token", "gates held",
  ]

  let name: String
  let file: String
  let link: String?
  let bytes: Int
  let outcome: Outcome
  let product: ProductOutcome
  /// Where the product stands in the record.
  let place: String

  /// - Parameters:
  ///   - index: of the product in its run.
  ///   - place: that of the outcome; empty where it is the whole record.
  init(_ outcome: Outcome, product index: Int, named name: String, at place: String, link: String?) {
    self.outcome = outcome
    product = outcome.products[index]
    self.name = name
    self.link = link
    self.place = "\(place)products.\(index)"
    file = ProductView.fileName(product.path)
    bytes = product.bytes
  }

  /// Published, refused, or held back because another product of the run was refused.
  var state: (word: String, style: Table.Style, mark: String) {
    if outcome.isPublished { return ("published", .holds, "✅") }
    return product.holds ? ("held back", .text, "⏸️") : ("refused", .fails, "❌")
  }

  var size: Phrase { "\(Figure(product.bytes, at: "\(place).bytes", NumberText.bytes))" }

  /// Such as `32 %`.
  var share: Phrase {
    let share = Double(product.bytes) / Double(max(1, outcome.original.bytes))
    return Phrase(stringLiteral: NumberText.percent(share, decimals: share < 0.1 ? 1 : 0))
  }

  var bits: Phrase { "\(Figure(product.bitsPerWeight, at: "\(place).bitsPerWeight"))" }

  static let measures: [Measure] = [.meanKLD, .perplexityRatio, .top1Agreement]

  /// What was measured, with its interval.
  func measured(_ measure: Measure) -> EstimatePhrase? {
    product.measurements?.text?.figures[measure].map {
      EstimatePhrase($0, MeasureText(measure), at: "\(place).measurements.text.figures.\(measure.rawValue)")
    }
  }

  var gates: String {
    product.gates.isEmpty ? Table.Cell.nothing : "\(product.gates.count { $0.holds }) of \(product.gates.count)"
  }

  /// All figures without intervals, in the order of `headings`, for a row of Markdown.
  var phrases: [Phrase] {
    [size, share, bits]
      + Self.measures.map { measured($0)?.value ?? Phrase(stringLiteral: Table.Cell.nothing) }
      + [Phrase(stringLiteral: gates)]
  }

  private var cells: [Table.Cell] {
    let named =
      name == file
      ? Table.Cell(Phrase(stringLiteral: file), link: link)
      : Table.Cell(Phrase(stringLiteral: name), below: Phrase(stringLiteral: file), link: link)
    return [
      Table.Cell(Phrase(stringLiteral: state.word), state.style), named, Table.Cell(size, .number),
      Table.Cell(share, .derived), Table.Cell(bits, .number),
    ] + Self.measures.map { measured($0)?.cell ?? Table.Cell(nil) }
      + [Table.Cell(Phrase(stringLiteral: gates), .derived)]
  }

  /// A table of products, smallest first.
  static func table(_ rows: [ProductRow], named heading: String) -> Table {
    Table(
      "Products", columns: ["", heading] + headings, numbers: Set(2...8), narrow: .cards,
      rows: sorted(rows).map(\.cells))
  }

  static func sorted(_ rows: [ProductRow]) -> [ProductRow] {
    rows.enumerated().sorted { ($0.element.bytes, $0.offset) < ($1.element.bytes, $1.offset) }.map(\.element)
  }

  /// Which product to take for what: the smallest whose gates hold, and the one closest to the original.
  static func choices(_ rows: [ProductRow]) -> [Phrase] {
    guard rows.count > 1 else { return [] }
    var choices: [Phrase] = []
    let sorted = sorted(rows)
    if sorted.contains(where: { !$0.product.gates.isEmpty }) {
      if let smallest = sorted.first(where: \.product.holds) {
        choices.append("Smallest whose gates all hold: \(smallest.name), ".asPhrase + smallest.size + ".")
      } else {
        choices.append("No product holds all of its gates.")
      }
    }
    let measured = sorted.filter { $0.product.measurements?.text?.figures[.meanKLD]?.value.isFinite ?? false }
    let closest = measured.min {
      ($0.product.measurements?.text?.figures[.meanKLD]?.value ?? .infinity)
        < ($1.product.measurements?.text?.figures[.meanKLD]?.value ?? .infinity)
    }
    if let closest, let divergence = closest.measured(.meanKLD) {
      choices.append(
        "Closest to the original: \(closest.name), mean KL divergence ".asPhrase + divergence.value + " nats.")
    }
    return choices
  }
}

extension String {
  /// The same without figures.
  var asPhrase: Phrase { Phrase(stringLiteral: self) }
}
