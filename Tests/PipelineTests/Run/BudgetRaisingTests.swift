import Foundation
import Pipeline
import Spec
import TestSupport
import Testing
import Validation

/// Budgets that gates raise.
struct BudgetRaisingTests {
  private static let types = "from: [q4_0, q5_0, q8_0]"

  private func project(
    _ type: String, _ gates: String, untilBits: Double? = 9, _ change: (inout TinyPipeline) -> Void = { _ in }
  ) throws -> TinyProject {
    try TinyProject(
      .wide,
      TinyPipeline {
        $0.calibrate = "{corpus: calibration.txt, tokens: 1024, context: 32, gradients: {tokens: 512}}"
        $0.quantize = "{type: \(type)}"
        let raise = untilBits.map { ", on_gate_failure: {raise: {until_bits: \($0)}}" } ?? ""
        $0.validate = "{corpus: heldout.txt, tokens: 256, context: 32, gates: {\(gates)}\(raise)}"
        change(&$0)
      })
  }

  /// What budgets of few and of all bits come to.
  private struct Ends {
    let few: Double
    let most: Double

    /// A limit that the first of these does not keep.
    var between: Double { (few * most).squareRoot() }
  }

  private static let ends = Result {
    func divergence(_ bits: String) throws -> Double {
      let project = try BudgetRaisingTests().project(
        "{bits: \(bits), \(types)}", "mean_kld: {max: 100}", untilBits: nil)
      return value(try #require(try project.run().products[0].measurements), .meanKLD)
    }
    return Ends(few: try divergence("5"), most: try divergence("100"))
  }

  @Test func aBudgetIsRaisedUntilItsGatesHold() throws {
    let limit = try Self.ends.get().between
    let project = try project("{bits: 5, \(Self.types)}", "mean_kld: {max: \(limit)}") { $0.report = "out/report" }
    let notes = Notes()
    let outcome = try project.run { if case .note(let text) = $0 { notes.add(text) } }
    let product = outcome.products[0]
    let rounds = try #require(product.rounds)
    #expect(outcome.isPublished && rounds.ending == .held && rounds.raised && rounds.needed == nil)
    #expect(rounds.rounds[0].budget == "5.0 bits" && rounds.rounds[0].failed.map(\.gate.measure) == [.meanKLD])
    #expect(rounds.rounds.last?.failed == [] && rounds.rounds.dropLast().allSatisfy { !$0.failed.isEmpty })
    for (earlier, later) in zip(rounds.rounds, rounds.rounds.dropFirst()) {
      #expect(earlier.bytes < later.bytes && later.foretold <= 0.9 * earlier.foretold)
      #expect(later.budget == "\(later.bytes) bytes" && later.bitsPerWeight <= 9)
    }
    // The first raise is what the measured figure asks of what was foretold, and no step of the frontier more.
    let (first, second) = (rounds.rounds[0], rounds.rounds[1])
    let share = min(0.9, limit / (try #require(first.measured)))
    let frontier = try #require(product.spending).frontier
    #expect(second.bytes == frontier.first { $0.bytes > first.bytes && $0.foretold <= share * first.foretold }?.bytes)
    #expect(rounds.rounds.last?.bytes == product.spending?.chosen.bytes)
    #expect(notes.all.count { $0.contains("the budget is raised to") } == rounds.rounds.count - 1)
    #expect(
      "\(rounds)".hasPrefix("the budget of 5.0 bits was raised to \(second.bytes) bytes") || rounds.rounds.count > 2)

    let record = try PublishedRecord(contentsOf: project.path("out/report"))
    #expect(record.products[0].rounds == rounds)
    for file in ["summary.md", "report.html"]
    where FileManager.default.fileExists(atPath: project.path("out/report/\(file)")) {
      #expect(String(decoding: try project.bytes("out/report/\(file)"), as: UTF8.self).contains("was raised to"))
    }
  }

  /// How a budget was found decides nothing: the product is that of a file that gives it so many bytes.
  @Test func theProductIsThatOfTheBudgetThatWasReached() throws {
    let limit = try Self.ends.get().between
    let project = try project("{bits: 5, \(Self.types)}", "mean_kld: {max: \(limit)}")
    let outcome = try project.run()
    let last = try #require(outcome.products[0].rounds?.rounds.last)
    let bytes = try project.bytes("out/tiny.gguf")
    let direct = try project.run([
      "quantize.type={bytes: \(last.bytes)B, \(Self.types)}", "validate.on_gate_failure={raise: {until_bits: 9.5}}",
    ])
    #expect(direct.products[0].rounds?.raised == false)
    #expect(direct.recipeDigest == outcome.recipeDigest)
    #expect(try project.bytes("out/tiny.gguf") == bytes)
  }

  /// A run that was ended in any round comes to the same bytes, and a whole one has nothing left to calibrate.
  @Test func aResumedRunEndsInTheSameBytes() throws {
    let limit = try Self.ends.get().between
    let project = try project("{bits: 5, \(Self.types)}", "mean_kld: {max: \(limit)}")
    let plain = try project.run()
    let bytes = try project.bytes("out/tiny.gguf")
    func again(_ observer: @escaping RunObserver = { _ in }) throws {
      let outcome = try project.run(journals: .goOn, observer: observer)
      #expect(outcome.products[0].rounds == plain.products[0].rounds)
      #expect(try project.bytes("out/tiny.gguf") == bytes)
    }
    try again()
    let journals = try JournalSummary.all(in: project.path("out")).filter { $0.path.hasSuffix(".journal") }
    #expect(journals.count == plain.products[0].rounds?.rounds.count && journals.allSatisfy(\.isFinished))
    try again { event in
      if case .began(let stage, _) = event, [.gradients, .allot].contains(stage) { Issue.record("\(stage) began") }
      if case .working("text") = event { Issue.record("nothing is left to calibrate") }
    }
    for journal in journals {
      #expect(try journal.remove())
      try again()
    }
  }

  @Test func bytesDoNotDependOnWorkersAndRanks() throws {
    let limit = try Self.ends.get().between
    let project = try project("{bits: 5, \(Self.types)}", "mean_kld: {max: \(limit)}")
    let one = try project.run(workers: 1)
    let bytes = try project.bytes("out/tiny.gguf")
    #expect(try project.run(workers: 3).products[0].rounds == one.products[0].rounds)
    #expect(try project.bytes("out/tiny.gguf") == bytes)
    #expect(try project.run(workers: 1, ranks: 2).products[0].rounds == one.products[0].rounds)
    #expect(try project.bytes("out/tiny.gguf") == bytes)
  }

  @Test func aLimitThatNoBudgetReachesIsRefused() throws {
    let ends = try Self.ends.get()
    let project = try project("{bits: 5, \(Self.types)}", "mean_kld: {max: \(ends.most / 10)}", untilBits: 100)
    let outcome = try project.run()
    let rounds = try #require(outcome.products[0].rounds)
    #expect(!outcome.isPublished && rounds.ending == .types && rounds.raised && rounds.needed == nil)
    #expect(rounds.rounds.last?.bytes == outcome.products[0].spending?.frontier.last?.bytes)
    #expect("\(rounds)".contains("a type of more bits in `from`"))
    #expect(!FileManager.default.fileExists(atPath: project.path("out/tiny.gguf")))
  }

  /// What should do is told, and the most that may be spent is tried before.
  @Test func untilBitsIsNotPassed() throws {
    let limit = try Self.ends.get().between
    let project = try project("{bits: 5, \(Self.types)}", "mean_kld: {max: \(limit)}", untilBits: 5.2)
    let outcome = try project.run()
    let rounds = try #require(outcome.products[0].rounds)
    #expect(!outcome.isPublished && rounds.ending == .limit && rounds.raised)
    #expect(rounds.rounds.allSatisfy { $0.bitsPerWeight <= 5.2 })
    let needed = try #require(rounds.needed)
    #expect(needed.bitsPerWeight > 5.2)
    #expect("\(rounds)".contains("a budget of \(needed.bytes) bytes"))
    // Types up to that budget do.
    let enough = try project.run([
      "quantize.type={bytes: \(needed.bytes)B, \(Self.types)}", "validate.on_gate_failure={raise: {until_bits: 100}}",
    ])
    #expect(enough.isPublished)
  }

  /// Gates on size are not mended, nor those of products that have a type.
  @Test func onlyWhatBitsMendIsRaised() throws {
    let limit = try Self.ends.get().between
    let gates = "mean_kld: {max: \(limit)}, bits_per_weight: {max: 5}"
    let size = try project("{bits: 5.1, \(Self.types)}", gates).run()
    let rounds = try #require(size.products[0].rounds)
    #expect(!size.isPublished && rounds.ending == .gate && !rounds.raised)
    let two = try project("{bits: 5, \(Self.types)}", "mean_kld: {max: \(limit)}") {
      $0.emit = "[{gguf: out/tiny.gguf}, {gguf: {path: out/other.gguf, type: q4_0}}]"
    }.run()
    #expect(!two.isPublished && two.products[0].rounds?.ending == .otherProduct && two.products[1].rounds == nil)
  }

  /// Products have budgets of their own; two that are raised to the same bytes do not disturb each other.
  @Test func eachProductIsRaisedByItself() throws {
    let limit = try Self.ends.get().between
    let project = try project("{bits: 5, \(Self.types)}", "mean_kld: {max: \(limit)}") {
      $0.emit = "[{gguf: out/tiny.gguf}, {gguf: {path: out/other.gguf, type: {bits: 4.8, \(Self.types)}}}]"
    }
    let outcome = try project.run(journals: .goOn)
    #expect(outcome.isPublished && outcome.products.allSatisfy { $0.rounds?.raised == true })
    let alone = try self.project("{bits: 5, \(Self.types)}", "mean_kld: {max: \(limit)}")
    #expect(try alone.run().products[0].rounds == outcome.products[0].rounds)
    #expect(try alone.bytes("out/tiny.gguf") == project.bytes("out/tiny.gguf"))
  }

  /// Two lists of types are two recipes.
  @Test func theRecipeNamesTheTypesOfABudget() throws {
    let project = try project("{bits: 5, \(Self.types)}", "mean_kld: {max: 100}", untilBits: nil)
    let first = try project.run(journals: .goOn)
    let second = try project.run(["quantize.type={bits: 5, from: [q4_0, q4_1, q8_0]}"], journals: .goOn)
    #expect(first.recipeDigest != second.recipeDigest)
    #expect(first.products[0].spending != second.products[0].spending)
  }

  @Test func whatCannotBeIsRefused() throws {
    let gate = "mean_kld: {max: 1}"
    try project("q4_0", gate).expectRefusal(saying: ["raise without a budget", "from: [q3_k, q4_k, q6_k]"])
    try project("{bits: 6, \(Self.types)}", gate, untilBits: 5.5)
      .expectRefusal(saying: ["found until_bits 5.5 and a budget of 6.0 bits"])
    try project("{bits: 6, \(Self.types)}", "fallbacks: {max: 0}").expectRefusal(saying: ["a gate on text or tasks"])
    try project("{bits: 6, \(Self.types)}", gate) {
      $0.validate = "{corpus: heldout.txt, tokens: 256, context: 32, on_gate_failure: {raise: {until_bits: 7}}}"
    }.expectRefusal(saying: ["on_gate_failure without gates"])
    try project("{bits: 6, \(Self.types)}", gate) {
      $0.validate = "{corpus: heldout.txt, tokens: 256, context: 32, gates: {\(gate)}, on_gate_failure: {raise: {}}}"
    }.expectRefusal(saying: ["until_bits"])
  }
}

/// Notes of a run, whatever thread tells them.
private final class Notes: Sendable {
  private let lock = NSLock()
  nonisolated(unsafe) private var notes: [String] = []

  var all: [String] { lock.withLock { notes } }
  func add(_ note: String) { lock.withLock { notes.append(note) } }
}
