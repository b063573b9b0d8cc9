import Foundation
import Pipeline
import Validation

extension Summary {
  /// The figures of a comparison, one a line; then those of each corpus and task, where there are several.
  static func quality(_ measurements: Measurements) -> [String] {
    var lines: [String] = []
    if let text = measurements.text { lines += quality(text) }
    if let embeddings = measurements.embeddings { lines += quality(embeddings) }
    if measurements.corpora.count > 1 { lines.append(corpora(measurements.corpora)) }
    if !measurements.tasks.isEmpty { lines.append(tasks(measurements)) }
    return lines
  }

  private static func quality(_ text: TextMeasurements) -> [String] {
    func figure(_ measure: Measure) -> String { text.figures[measure].map { Summary.text($0) } ?? "" }
    func value(_ measure: Measure) -> String { number(text.figures[measure]?.value ?? .nan, digits: 4) }
    var table = TextTable(columns: [.left, .left])
    table.add("  perplexity", figure(.perplexity))
    table.add("  of the original", Summary.text(text.originalPerplexity))
    table.add("  ratio", figure(.perplexityRatio))
    table.add("  mean KL divergence", figure(.meanKLD))
    table.add("  median, 90 %, 99 %", [.medianKLD, .p90KLD, .p99KLD].map(value).joined(separator: ", "))
    table.add("  99.9 %, most", [.p999KLD, .maxKLD].map(value).joined(separator: ", "))
    if let floor = text.floor { table.add("  floor: original in F16", Summary.text(floor)) }
    table.add("  same top token", figure(.top1Agreement))
    table.add("  top five in common", figure(.top5Agreement))
    table.add("  RMS Δp", figure(.rmsDeltaP))
    let tokens = "\(text.scoredTokens.grouped) of \((text.sequences * text.context).grouped) tokens"
    return ["  measured on \(tokens), ± one standard error:", table.text]
  }

  private static func quality(_ embeddings: EmbeddingComparison) -> [String] {
    func figure(_ measure: Measure) -> String { embeddings.all.figures[measure].map { Summary.text($0) } ?? "" }
    var table = TextTable(columns: [.left, .left])
    table.add("  mean cosine similarity", figure(.meanCosine))
    table.add("  1 %, least", [.p1Cosine, .minCosine].map(figure).joined(separator: ", "))
    let texts = "\(embeddings.all.texts.grouped) texts of \(embeddings.all.tokens.grouped) tokens"
    let lines = ["  embeddings of \(texts), ± one standard error:", table.text]
    guard embeddings.corpora.count > 1 else { return lines }
    var parts = TextTable(columns: [.left, .right, .right, .right])
    parts.add("  corpus", "texts", "mean cosine", "least")
    for corpus in embeddings.corpora {
      let figures = [Measure.meanCosine, .minCosine].map { number(corpus.figures[$0]?.value ?? .nan) }
      parts.add("  " + shortened(corpus.name, to: 28), corpus.texts.grouped, figures[0], figures[1])
    }
    return lines + [parts.text]
  }

  private static func corpora(_ corpora: [TextMeasurements]) -> String {
    var table = TextTable(columns: [.left, .right, .right, .right, .right])
    table.add("  corpus", "perplexity", "ratio", "mean KLD", "same top")
    for corpus in corpora {
      let figures = [Measure.perplexity, .perplexityRatio, .meanKLD, .top1Agreement].map {
        number(corpus.figures[$0]?.value ?? .nan)
      }
      table.add("  " + shortened(corpus.name, to: 28), figures[0], figures[1], figures[2], figures[3])
    }
    return table.text
  }

  /// Accuracies in percent, by log-likelihood and by log-likelihood over characters.
  private static func tasks(_ measurements: Measurements) -> String {
    var table = TextTable(columns: [.left, .right, .right, .right, .right, .right, .right])
    table.add("  task", "items", "acc", "drop", "lost", "gained", "acc_norm")
    let all = measurements.tasks.count > 1 ? [measurements.questions].compactMap { $0 } : []
    for task in measurements.tasks + all {
      func percent(_ measure: Measure) -> String {
        String(format: "%.1f", 100 * (task.figures[measure]?.value ?? .nan))
      }
      let drop = task.figures[.accuracyDrop].map { "\(percent(.accuracyDrop)) ± \(error($0))" } ?? ""
      table.add(
        "  " + shortened(task.name, to: 24), task.items.grouped, percent(.accuracy), drop, task.answers.lost.grouped,
        task.answers.gained.grouped, percent(.accuracyNorm))
    }
    return table.text
  }

  private static func error(_ estimate: Estimate) -> String {
    String(format: "%.1f", 100 * (estimate.standardError ?? .nan))
  }

  /// What one model by itself comes to.
  static func quality(_ measurements: SoloMeasurements) -> [String] {
    var table = TextTable(columns: [.left, .left])
    if let perplexity = measurements.perplexity { table.add("  perplexity", text(perplexity)) }
    if measurements.perplexities.count > 1 {
      for corpus in measurements.perplexities { table.add("    \(corpus.name)", text(corpus.figure)) }
    }
    for (plain, norm) in zip(measurements.accuracies, measurements.accuraciesNorm) {
      table.add("  accuracy, \(plain.name)", text(plain.figure))
      table.add("    over characters", text(norm.figure))
    }
    return [table.text]
  }

  /// Measured, wanted and margin for each gate, within 80 columns.
  static func gates(_ results: [GateResult]) -> String {
    var table = TextTable(columns: [.left, .right, .left, .right, .left])
    table.add("  gate", "measured", "wanted", "margin")
    for result in results {
      table.add(
        "  " + shortened(name(of: result.gate), to: 28), measured(result), wanted(result),
        result.margin.map { number($0, digits: 4) } ?? "none", result.holds ? "holds" : "FAILS")
    }
    return table.text
  }

  /// Such as `mean_kld of code, 95 %`.
  static func name(of gate: Gate) -> String {
    let scope = (gate.corpus ?? gate.task).map { " \($0)" } ?? ""
    return gate.measure.rawValue + scope
  }

  /// The figure that was judged: the estimate, or the worse end of its interval.
  private static func measured(_ result: GateResult) -> String {
    guard let confidence = result.gate.confidence else { return number(result.measured ?? .nan, digits: 5) }
    let isUpper = result.maximum != nil
    let end = (isUpper ? result.interval?.high : result.interval?.low) ?? .nan
    return "\(isUpper ? "<" : ">") \(number(end, digits: 4)) (\(number(100 * confidence, digits: 3)) %)"
  }

  private static func wanted(_ result: GateResult) -> String {
    [result.minimum.map { "≥ \(number($0))" }, result.maximum.map { "≤ \(number($0))" }].compactMap { $0 }
      .joined(separator: ", ")
  }

  /// A name cut in its middle, so that tables keep within 80 columns.
  static func shortened(_ name: String, to width: Int) -> String {
    guard name.count > width else { return name }
    let half = (width - 1) / 2
    return "\(name.prefix(width - 1 - half))…\(name.suffix(half))"
  }
}
