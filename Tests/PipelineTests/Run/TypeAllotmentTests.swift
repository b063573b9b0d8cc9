import Foundation
import Pipeline
import Spec
import TestSupport
import Tensors
import Testing

/// Types that a budget buys.
struct TypeAllotmentTests {
  private func project(
    _ type: String, overrides: String = "", _ change: (inout TinyPipeline) -> Void = { _ in }
  ) throws -> TinyProject {
    try TinyProject(
      .wide,
      TinyPipeline {
        $0.calibrate = "{corpus: calibration.txt, tokens: 1024, context: 32, gradients: {tokens: 512}}"
        $0.quantize = "{type: \(type)\(overrides)}"
        change(&$0)
      })
  }

  private static let types = "from: [Q4_0, q5_0, q8_0]"

  private func weights(_ project: TinyProject) throws -> [[Float]] {
    let model = try project.model("out/tiny.gguf")
    return try model.weights.map { try model.matrix($0).array() }
  }

  private func types(_ outcome: Outcome) -> [String: String] {
    Dictionary(uniqueKeysWithValues: outcome.ledger.entries.map { ($0.tensor, $0.typeUsed) })
  }

  /// What a budget bought is kept: neither gradients nor trials are needed once every tensor is there.
  @Test func aFinishedBudgetIsNotSpentAgain() throws {
    let project = try project("{bits: 6.5, \(Self.types)}")
    let first = try project.run(journals: .goOn)
    let bytes = try project.bytes("out/tiny.gguf")
    let second = try project.run(journals: .goOn) { event in
      if case .began(let stage, _) = event, [.gradients, .allot].contains(stage) { Issue.record("\(stage) began") }
    }
    #expect(try project.bytes("out/tiny.gguf") == bytes)
    #expect(second.products[0].spending == first.products[0].spending && first.products[0].spending != nil)
  }

  @Test func bitsGoWhereTheyAreWorthMost() throws {
    let project = try project("{bits: 6.5, \(Self.types)}") { $0.report = "out/report" }
    let outcome = try project.run()
    let product = outcome.products[0]
    let spending = try #require(product.spending)
    #expect(outcome.isPublished && spending.asked == "6.5 bits")
    #expect(product.bitsPerWeight <= 6.5 && product.bitsPerWeight > 6.2)
    let used = Set(types(outcome).values).intersection(["q4_0", "q5_0", "q8_0"])
    #expect(used.count > 1)
    for (cheaper, dearer) in zip(spending.frontier, spending.frontier.dropFirst()) {
      #expect(cheaper.bytes < dearer.bytes && cheaper.foretold > dearer.foretold)
    }
    let first = try #require(spending.frontier.first)
    let last = try #require(spending.frontier.last)
    #expect(spending.chosen.bytes >= first.bytes && spending.chosen.bytes <= last.bytes)
    #expect(spending.chosen.foretold <= first.foretold && spending.chosen.foretold >= last.foretold)
    // What is foretold before anything is solved is of the size of what the solutions are foretold to cost.
    let solved = try #require(outcome.ledger.foretold)
    #expect(solved < 1.5 * spending.chosen.foretold && solved > spending.chosen.foretold / 4)

    let written = try String(contentsOfFile: project.path("out/report/types.yaml"), encoding: .utf8)
    #expect(written == spending.overrides)
    let bytes = try weights(project)
    let lines = written.split(separator: "\n").dropFirst().map { "  \($0)" }.joined(separator: "\n")
    let named = try self.project("", overrides: "") { $0.quantize = "\n\(lines)" }
    let again = try named.run()
    #expect(types(again) == types(outcome) && again.products[0].spending == nil)
    #expect(try weights(named) == bytes)
  }

  @Test func bytesAreNeverMore() throws {
    let cheap = try project("{bytes: 1TB, \(Self.types)}").run()
    let most = try #require(cheap.products[0].spending).frontier
    let (first, last) = (try #require(most.first).bytes, try #require(most.last).bytes)
    #expect(try #require(cheap.products[0].spending).chosen.bytes == last)
    let limit = (first + last) / 2
    let outcome = try project("{bytes: \(Double(limit) / 1000)kB, \(Self.types)}").run()
    let spending = try #require(outcome.products[0].spending)
    #expect(spending.chosen.bytes <= limit && spending.chosen.bytes > first)
    #expect(outcome.ledger.entries.reduce(0) { $0 + $1.bytes } == spending.chosen.bytes)
  }

  @Test func noMoreBytesThanADivergenceAsksFor() throws {
    let all = try #require(try project("{bits: 100, \(Self.types)}").run().products[0].spending)
    let (worst, best) = (try #require(all.frontier.first).foretold, try #require(all.frontier.last).foretold)
    let limit = (worst * best).squareRoot()
    let spending = try #require(try project("{mean_kld: \(limit), \(Self.types)}").run().products[0].spending)
    #expect(spending.chosen.foretold <= limit)
    #expect(spending.chosen.bytes == all.frontier.first { $0.foretold <= limit }?.bytes)
    let impossible = try project("{mean_kld: \(best / 2), \(Self.types)}")
    #expect {
      try impossible.run()
    } throws: { error in
      "\(error)".contains("expected a larger mean_kld")
    }
    #expect(!FileManager.default.fileExists(atPath: impossible.path("out/tiny.gguf")))
  }

  @Test func overridesStandFixed() throws {
    let outcome = try project(
      "{bits: 6.5, \(Self.types)}",
      overrides: ", overrides: [{tensors: output.weight, type: q8_0}, {tensors: blk.0.attn_q.weight, type: f16}]"
    ).run()
    #expect(types(outcome)["output.weight"] == "q8_0" && types(outcome)["blk.0.attn_q.weight"] == "f16")
    #expect(outcome.products[0].bitsPerWeight <= 6.5)
  }

  @Test func bytesDoNotDependOnWorkers() throws {
    let project = try project("{bits: 5.5, \(Self.types)}")
    let one = try project.run(workers: 1)
    let bytes = try weights(project)
    let three = try project.run(workers: 3)
    #expect(types(one) == types(three) && one.products[0].spending == three.products[0].spending)
    #expect(try weights(project) == bytes)
  }

  /// vLLM joins queries, keys and values, and gate and up.
  @Test func joinedModulesShareOneType() throws {
    let outcome = try project("{bits: 9, from: [int4_g32, int8_g32]}") {
      $0.emit = "[{compressed_tensors: out/tiny}]"
    }.run()
    let types = types(outcome)
    #expect(Set(types.values).isSuperset(of: ["int4_g32", "int8_g32"]))
    for layer in 0..<2 {
      for parts in [["attn_q", "attn_k", "attn_v"], ["ffn_gate", "ffn_up"]] {
        #expect(Set(parts.map { types["blk.\(layer).\($0).weight"] }).count == 1)
      }
    }
  }

  @Test func productsHaveBudgetsOfTheirOwn() throws {
    let outcome = try project("q4_0") {
      $0.emit =
        "[{gguf: out/tiny.gguf}, {gguf: {path: out/other.gguf, type: {bits: 7, \(Self.types)}}}]"
    }.run()
    #expect(outcome.products[0].spending == nil)
    #expect(try #require(outcome.products[1].spending).asked == "7.0 bits")
    #expect(outcome.products[1].bitsPerWeight > outcome.products[0].bitsPerWeight)
  }

  /// With gradients EXL2's average is spent by what they foretell.
  @Test func averagesOfEXL2AreBudgetsToo() throws {
    let outcome = try project("q4_0") { $0.emit = "[{exl2: {path: out/tiny, bits: 4.25}}]" }.run()
    let spending = try #require(outcome.products[0].spending)
    let matrices = outcome.ledger.entries.filter { $0.typeUsed.hasPrefix("exl2_") }
    let weights = matrices.reduce(0) { $0 + $1.rows * $1.columns }
    let bits = Double(8 * matrices.reduce(0) { $0 + $1.bytes }) / Double(weights)
    #expect(bits <= 4.25 && bits > 4)
    #expect(Set(matrices.map(\.typeUsed)).count > 1)
    #expect(spending.asked == "exl2_4.25" && spending.overrides == nil)
  }

  @Test func whatCannotBeIsRefused() throws {
    try project("{bits: 6, \(Self.types)}") { $0.calibrate = "{corpus: calibration.txt, tokens: 1024, context: 32}" }
      .expectRefusal(saying: ["a budget without calibrate.gradients", "gradients: {tokens: 16384}"])
    try project("{bits: 2, \(Self.types)}").expectRefusal(saying: ["expected at least", "bits per weight"])
    try project("{bits: 6, from: [q4_0, q4_k_m]}").expectRefusal(saying: ["q4_k_m"])
    try project("{bits: 6, bytes: 5MB, \(Self.types)}").expectRefusal(saying: ["found bytes and bits"])
    try project("{\(Self.types)}").expectRefusal(saying: ["one of bits, bytes and mean_kld"])
    try project("{bits: 6}").expectRefusal(saying: ["'from'"])
    try project("{bytes: 5, \(Self.types)}").expectRefusal(saying: ["an amount with its unit"])
    try project("{bits: 6, from: [q4_0, nf4]}").expectRefusal(saying: ["cannot hold nf4"])
  }
}
