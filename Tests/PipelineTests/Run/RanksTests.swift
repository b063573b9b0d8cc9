import Foundation
import Pipeline
import TestSupport
import Testing

/// Several processes make what one makes, bit for bit; here they are threads that share nothing but messages. `scripts/ranks.py` starts
/// processes, and more shapes of them.
@Suite struct RanksTests {
  private static let names = [
    "four types of GGUF and a folder", "rotate, smoothquant and awq", "awq with original inputs",
    "overrides that differ late", "rounded inputs and smoothquant", "experts",
  ]
  private static let cases = ProductsAloneTests.cases.filter { names.contains($0.name) }

  @Test func everyNameIsThatOfACase() { #expect(Self.cases.count == Self.names.count) }

  @Test(arguments: cases) func theBytesOfOneProcess(_ test: ProductsAloneTests.Case) throws {
    let project = try ProductsAloneTests.project(test)
    let together = try ProductsAloneTests.files(test.products, of: project, test, workers: 1, ranks: 4)
    #expect(try together == ProductsAloneTests.together(test))
  }

  /// A run goes on with another number of ranks, and leaves a journal that one process takes.
  @Test func journals() throws {
    let project = try TinyProject(TinyModel { $0.layers = 4 })
    let alone = try project.run()
    let bytes = try project.bytes("out/tiny.gguf")
    let together = try project.run(workers: 1, ranks: 2, journals: .goOn)
    #expect(try project.bytes("out/tiny.gguf") == bytes)
    #expect(together.products[0].measurements?[.meanKLD] == alone.products[0].measurements?[.meanKLD])
    #expect(together.ledger.entries.map(\.error) == alone.ledger.entries.map(\.error))
    _ = try project.run(journals: .goOn) { event in
      if case .working("text") = event { Issue.record("nothing is left to calibrate") }
    }
    #expect(try project.bytes("out/tiny.gguf") == bytes)
  }
}
