import Pipeline
import TestSupport
import Testing

@Suite struct StageTimeTests {
  @Test func everyStageUpToPublishingIsTimed() throws {
    let outcome = try TinyProject(TinyModel(), TinyPipeline { $0.emit = "[{gguf: a.gguf}, {gguf: b.gguf}]" }).run()
    #expect(outcome.stages.map(\.stage) == [.open, .compile, .tables, .validate])
    #expect(outcome.stages.allSatisfy { $0.seconds > 0 })
    // Stages follow each other without a gap, but for what comes before the first.
    let sum = outcome.stages.reduce(0) { $0 + $1.seconds }
    #expect(sum <= outcome.seconds * 1.001)
  }

  @Test func readingBackIsTimedWithoutValidationToo() throws {
    let outcome = try TinyProject(TinyModel(), TinyPipeline { $0.validate = nil }).run()
    #expect(outcome.stages.map(\.stage) == [.open, .compile, .tables, .validate])
  }

  @Test func typesAddUpToTheLedger() throws {
    let outcome = try TinyProject(.wide, TinyPipeline { $0.quantize = "{type: q4_k_m}" }).run()
    #expect(outcome.types.count > 1)
    #expect(outcome.types.map(\.bitsPerWeight) == outcome.types.map(\.bitsPerWeight).sorted())
    #expect(outcome.types.reduce(0) { $0 + $1.tensors } == outcome.ledger.entries.count)
    #expect(outcome.types.reduce(0) { $0 + $1.bytes } == outcome.ledger.entries.reduce(0) { $0 + $1.bytes })
    #expect(outcome.types.reduce(0) { $0 + $1.weights } == outcome.original.weights)
  }
}
