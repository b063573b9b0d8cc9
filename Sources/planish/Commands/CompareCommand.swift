import ArgumentParser
import Foundation
import Pipeline
import Validation

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compares two runs, two products, or the products of one run: measures, sizes, gates.",
    discussion: """
      Of several products those of the same file name are compared. A difference is marked where the 95 % intervals of \
      both runs have nothing in common. A product is compared by the record of its run, where that lies beside it. \
      With --history a page shows every run whose record lies below a folder.

      EXAMPLES:
        planish compare build/report-a build/report-b
        planish compare model-Q4_K_M.gguf model-Q6_K.gguf
        planish compare build/report-of-several-products
      """)

  @Argument(
    help: "A product (a GGUF file or a folder), a manifest.json or report.json, or the folder of one.",
    completion: .file())
  var first: String?
  @Argument(help: "The other; without it, the products of one run are compared.", completion: .file())
  var second: String?
  @Option(
    help: "Instead of two runs: a folder; writes a page of all runs whose records lie below it.",
    completion: .directory)
  var history: String?
  @Option(
    name: .shortAndLong, help: "Where the page of --history goes.", completion: .file(extensions: ["html"]))
  var output: String?
  @OptionGroup var format: FormatOptions

  func validate() throws {
    if history != nil {
      guard first == nil else { throw ValidationError("--history takes a folder, and no two runs beside it") }
    } else {
      guard first != nil else { throw ValidationError("found no run, expected one or two, or --history FOLDER") }
      guard output == nil else { throw ValidationError("--output is for --history") }
    }
  }

  func run() throws {
    if let history { return try writeHistory(of: history) }
    guard let first else { return }
    let answer: RecordComparison
    do { answer = try ComparisonArguments(first, second).comparison() } catch { throw Failure(because: error) }
    guard !format.json else { return Answer.give(answer, "compare") }
    Terminal.answer(Summary.text(answer))
  }
}

extension Summary {
  /// Both runs side by side, within 80 columns.
  static func text(_ comparison: RecordComparison) -> String {
    var lines = ["A  \(comparison.first.path)", "B  \(comparison.second.path)"]
    lines += comparison.notes.map { "note: \($0)" }
    for product in comparison.products {
      lines.append(product.name)
      var table = TextTable(columns: [.left, .right, .right, .right, .left])
      table.add("  measure", "A", "B", "B − A")
      for row in product.rows {
        table.add(
          "  " + shortened(row.name, to: 34), row.first.map { number($0.value) } ?? "—",
          row.second.map { number($0.value) } ?? "—", row.difference.map { number($0, digits: 3) } ?? "",
          row.verdict.map { $0 == .better ? "better" : "worse" } ?? "")
      }
      lines.append(table.text)
      lines += gates("A", product.firstGates) + gates("B", product.secondGates)
    }
    return lines.joined(separator: "\n")
  }

  private static func gates(_ run: String, _ results: [GateResult]) -> [String] {
    guard !results.isEmpty else { return ["  gates of \(run): none"] }
    let failed = results.filter { !$0.holds }.map { name(of: $0.gate) }
    guard !failed.isEmpty else { return ["  gates of \(run): all \(results.count) hold"] }
    return ["  gates of \(run): \(failed.count) of \(results.count) fail: \(failed.joined(separator: ", "))"]
  }
}
