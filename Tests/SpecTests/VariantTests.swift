import Spec
import TestSupport
import Testing
import Validation

@Suite("Variants")
struct VariantTests {
  @Test("merge mappings key by key, replace everything else, and keep name and report apart")
  func merging() throws {
    let file = try load(
      examplePipeline + """

          tiny:
            name: little
            quantize: {solver: rtn, overrides: []}
            emit: [{gguf: ../build/tiny.gguf}]
            validate: {gates: {mean_kld: {max: 0.5}}}
            report: ../build/tiny-report
        """)
    let q5 = file.variants[0]
    #expect(q5.variant == "q5")
    #expect(q5.name == "wikicode-q4-q5")
    #expect(q5.quantize.type.name == "q5_k_m")
    #expect(q5.quantize.solver == file.base.quantize.solver)
    #expect(q5.quantize.overrides == file.base.quantize.overrides)
    #expect(q5.products.map(\.path.written) == ["../build/wikicode-q5.gguf"])
    #expect(q5.report?.written == "../build/report/q5")
    #expect(q5.calibration == file.base.calibration)
    #expect(q5.diagnostic(at: "quantize.type", "").line == 44)

    let tiny = file.variants[1]
    #expect(tiny.name == "little")
    #expect(tiny.quantize.type.name == "q4_k_m")
    #expect(tiny.quantize.solver.variant == .rtn)
    #expect(tiny.quantize.overrides.isEmpty)
    #expect(tiny.validation?.gates.map(\.gate).first { $0.measure == .meanKLD }?.maximum == 0.5)
    #expect(tiny.validation?.gates.count == 5)
    #expect(tiny.report?.written == "../build/tiny-report")
    #expect(file.all.count == 3)
  }

  @Test("of a file without a name are named after the file")
  func names() throws {
    let file = try load(smallPipeline + "variants: {a: {emit: [{gguf: b}]}}")
    #expect(file.all.map(\.name) == ["p", "p-a"])
    #expect(file.variants.first?.report == nil)
  }

  @Test("may be none", arguments: ["variants:\n", "variants: {}\n"])
  func none(_ text: String) throws {
    #expect(try load(smallPipeline + text).variants.isEmpty)
  }

  @Test(
    "have their mistakes told where they stand",
    arguments: [
      ("[a]", ["p.yaml:5:11: error: found a list, expected a mapping from names to changes"]),
      ("{a: b}", ["p.yaml:5:15: error: found 'b', expected a mapping of changes"]),
      (
        "{a: {name: b}}",
        ["p.yaml:5:12: error: found the variant 'a' without emit, expected its own: two products cannot share a path"]
      ),
      (
        "{a: {emit: [{gguf: b}], variants: {}}}",
        ["p.yaml:5:35: error: found variants inside the variant 'a', expected them at the top level only"]
      ),
      (
        "{a: {emit: [{gguf: b}], model: {path: c}}}",
        ["p.yaml:5:35: error: found 'model' in the variant 'a', expected it at the top level only: variants share it"]
      ),
      (
        "{a/b: {emit: [{gguf: b}]}}",
        [
          "p.yaml:5:12: error: found the variant name 'a/b', expected letters, digits, '-', '_' and '.': it names a folder"
        ]
      ),
      (
        "{a: {emit: [{gguf: b}]}, c: {emit: [{gguf: out.gguf}, {gguf: b}]}}",
        [
          "p.yaml:5:54: error: found the path 'out.gguf', expected one of its own: p.yaml:4:15 writes it too",
          "p.yaml:5:72: error: found the path 'b', expected one of its own: p.yaml:5:30 writes it too",
        ]
      ),
      (
        "{a: {emit: [{gguf: b}], quantize: {tpye: c}}}",
        [
          "p.yaml:5:46: error: found the unknown key 'tpye' in quantize, expected one of solver, type, overrides, fallback_types; "
            + "did you mean 'type'?"
        ]
      ),
    ])
  func mistakesOfVariants(_ text: String, _ expected: [String]) throws {
    #expect(try mistakes(smallPipeline + "variants: \(text)\n") == expected.sorted())
  }

  @Test("do not repeat the mistakes of what they share")
  func sharedMistakes() throws {
    let text =
      smallPipeline.replacing("q4_k_m", with: "[]") + "variants: {a: {emit: [{gguf: b}]}, c: {emit: [{gguf: d}]}}"
    #expect(
      try mistakes(text) == ["p.yaml:3:18: error: found an empty list, expected a GGUF type or mix, such as q4_k_m"])
  }
}
