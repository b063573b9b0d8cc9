import Foundation
import Pipeline
import Spec
import Validation

/// What a run started from and ran on, in a few lines for the top of a page.
struct RunFacts {
  struct Fact {
    let term: String
    let words: Phrase
    let subs: [Phrase]
  }

  let list: [Fact]

  /// - Parameter place: that of the outcome; empty where it is the whole record.
  init(_ outcome: Outcome, at place: String = "") {
    let options = Options(outcome.options, place: "\(place)options")
    list = [
      Self.original(outcome, options, at: place), Self.calibration(outcome, options, at: place),
      Self.validation(outcome, options, at: place), Self.machine(outcome, at: place),
    ]
  }

  private static func original(_ outcome: Outcome, _ options: Options, at place: String) -> Fact {
    let original = outcome.original
    let name = options.text("model", "path").map(ProductView.fileName) ?? outcome.name
    return Fact(
      term: "Original", words: Phrase(stringLiteral: name),
      subs: [
        """
        \(Figure(original.weights, at: "\(place)original.weights")) weights, \
        \(Figure(original.bytes, at: "\(place)original.bytes", NumberText.bytes)), \
        \(Figure(original.bitsPerWeight, at: "\(place)original.bitsPerWeight")) bits per weight
        """
      ])
  }

  private static func calibration(_ outcome: Outcome, _ options: Options, at place: String) -> Fact {
    guard outcome.calibrationTokens > 0 else {
      let matrix = options.text("calibrate", "imatrix").map { "importance matrix \(ProductView.fileName($0))" }
      return Fact(term: "Calibrated on", words: Phrase(stringLiteral: matrix ?? "nothing"), subs: [])
    }
    return Fact(
      term: "Calibrated on", words: options.corpora("calibrate"),
      subs: ["\(Figure(outcome.calibrationTokens, at: "\(place)calibrationTokens")) tokens"])
  }

  private static func validation(_ outcome: Outcome, _ options: Options, at place: String) -> Fact {
    var subs: [Phrase] = []
    if outcome.validationTokens > 0 {
      subs.append("\(Figure(outcome.validationTokens, at: "\(place)validationTokens")) tokens")
    }
    for (index, product) in outcome.products.enumerated().prefix(1) {
      if let questions = product.measurements?.questions {
        let inside = "\(place)products.\(index).measurements.questions.items"
        subs.append("\(Figure(questions.items, at: inside)) questions")
      }
    }
    let texts = options.corpora("validate")
    let tasks = options.names("validate", "tasks")
    let words = [texts.plain, tasks].filter { !$0.isEmpty }.joined(separator: "; ")
    return Fact(
      term: "Measured on", words: Phrase(stringLiteral: subs.isEmpty || words.isEmpty ? "nothing" : words),
      subs: subs.isEmpty ? [] : [subs.dropFirst().reduce(subs[0]) { $0 + ", " + $1 }])
  }

  private static func machine(_ outcome: Outcome, at place: String) -> Fact {
    let resources = outcome.resources
    return Fact(
      term: "Machine",
      words: """
        \(Figure(outcome.workers, at: "\(place)workers")) \(outcome.workers == 1 ? "thread" : "threads"), \
        OpenBLAS for \(outcome.blasCore)
        """,
      subs: [
        """
        \(Figure(outcome.seconds, at: "\(place)seconds", NumberText.duration)) \
        (foretold \(Figure(resources.predictedSeconds, at: "\(place)resources.predictedSeconds", NumberText.duration))), \
        \(Figure(resources.peakBytes, at: "\(place)resources.peakBytes", NumberText.bytes)) of memory \
        (foretold \
        \(Figure(resources.predictedPeakBytes, at: "\(place)resources.predictedPeakBytes", NumberText.bytes)))
        """
      ])
  }
}

/// The options of a run as far as pages name them.
struct Options {
  private let root: ResolvedValue
  private let place: String

  init(_ root: ResolvedValue, place: String) {
    self.root = root
    self.place = place
  }

  private func value(_ keys: [String]) -> ResolvedValue? {
    keys.reduce(root as ResolvedValue?) { $0?[$1] }
  }

  /// A text under keys that lead to it.
  func text(_ keys: String...) -> String? {
    guard case .text(let text)? = value(keys) else { return nil }
    return text
  }

  /// The texts of a section, such as `general.txt (70 %), code.jsonl (30 %)`.
  func corpora(_ section: String) -> Phrase {
    let paths: [(path: String, share: Double)] = items(section, "corpora").map { item in
      (Self.path(of: item) ?? "", Self.number(item["share"]) ?? 1)
    }
    guard paths.count > 1 else {
      let only = paths.first?.path ?? text(section, "corpus") ?? value([section, "corpus"]).flatMap(Self.path) ?? ""
      return Phrase(stringLiteral: only.isEmpty ? "" : ProductView.fileName(only))
    }
    let sum = paths.reduce(0) { $0 + $1.share }
    return Phrase(
      stringLiteral: paths.map { path, share in
        let part = sum > 0 && section == "calibrate" ? " (\(NumberText.percent(share / sum, decimals: 0)))" : ""
        return ProductView.fileName(path) + part
      }.joined(separator: ", "))
  }

  /// File names of a list of paths.
  func names(_ section: String, _ key: String) -> String {
    items(section, key).compactMap { item in
      if case .text(let name)? = item["name"] { return name }
      return Self.path(of: item).map(ProductView.fileName)
    }.joined(separator: ", ")
  }

  private func items(_ section: String, _ key: String) -> [ResolvedValue] {
    guard case .list(let items)? = value([section, key]) else { return [] }
    return items
  }

  private static func path(of item: ResolvedValue) -> String? {
    if case .text(let path) = item { return path }
    guard case .text(let path)? = item["path"] else { return nil }
    return path
  }

  private static func number(_ value: ResolvedValue?) -> Double? {
    switch value {
    case .number(let number)?: number
    case .integer(let number)?: Double(number)
    default: nil
    }
  }
}
