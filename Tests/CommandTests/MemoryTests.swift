import Foundation
import Schemes
import TestSupport
import Testing

/// What a plan foretells of memory holds for whatever may be asked for: a run never takes more, and it is never foretold more than
/// half as much again as it takes. Each case is a process of its own, since only a process has a peak, and takes
/// nothing from another's journal.
///
/// In the model, one matrix reads so many inputs that what is made of their Hessian is most of all memory.
@Suite(.serialized) struct MemoryTests {
  private struct Case: CustomTestStringConvertible {
    let type: String
    var solver = "gptq"
    var emit = "{safetensors: OUT}"

    var testDescription: String { "\(type) by \(solver) for \(emit)" }
  }

  /// The first type of each kind; all types where the environment asks for them, as `.ci/nightly` does.
  private static let types: [String] = {
    let schemes = WeightFormats.all.filter { $0 is any Scheme }
    guard ProcessInfo.processInfo.environment["PLANISH_EVERY_TYPE"] == nil else {
      return schemes.map(\.name) + IntegerType.all.map(\.name)
    }
    var kinds: Set<ObjectIdentifier> = []
    let first = schemes.filter { kinds.insert(ObjectIdentifier(type(of: $0))).inserted }
    return first.map(\.name) + ["int3_g32", "int8_row"]
  }()

  private static let cases: [Case] =
    types.map { Case(type: $0) }
    + ["rtn", "hqq"].flatMap { solver in
      ["int4_g128_asym", "int8_row_asym"].map { Case(type: $0, solver: solver) }
    }
    + ["q4_k", "int8_row"].flatMap { type in
      [
        "{gptq: {refits: 0, sweeps: 0}}", "{gptq: {asymmetry: 0}}", "{gptq: {order: natural, grids: reached}}",
      ].map { Case(type: type, solver: $0) }
    }
    + [
      Case(type: "q4_k", solver: "rtn"), Case(type: "int4_g128", emit: "{gptq: OUT}"),
      Case(type: "exl2_4.25", emit: "{exl2: OUT}"),
    ]

  private static let project = Result {
    try TinyProject(
      TinyModel {
        $0.hidden = 128
        $0.layers = 1
        $0.headSize = 32
        $0.intermediate = 2048
      }, TinyPipeline { $0.validate = nil })
  }

  @Test(arguments: cases.indices)
  func whatIsForetoldHolds(index: Int) throws {
    let item = Self.cases[index]
    let project = try Self.project.get()
    let emit = item.emit.replacing("OUT", with: project.path("out/\(index)"))
    let result = try Command(
      "run", project.file, "--fresh", "--jobs", "2", "--json", "--set", "quantize.type=\(item.type)", "--set",
      "quantize.solver=\(item.solver)", "--set", "emit=[\(emit)]"
    ).run()
    #expect(result.status == 0, "\(item.testDescription): \(result.errors)")
    let resources = try #require(try firstRun(result.output)["resources"] as? [String: Any])
    let foretold = try #require(resources["predictedPeakBytes"] as? Int)
    let taken = try #require(resources["peakBytes"] as? Int)
    #expect(
      taken <= foretold && foretold <= taken / 2 * 3, "\(item.testDescription): \(foretold >> 20), \(taken >> 20) MiB")
  }
}
