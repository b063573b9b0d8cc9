import Foundation
import Spec
import TestSupport
import Testing
import Validation

/// The example of the language's description, without what this version refuses.
let examplePipeline = """
  planish: 1                                # version of this language
  name: wikicode-q4

  model:
    path: ../models/wikicode-6m             # a Hugging Face folder or a GGUF file; relative to this file

  calibrate:
    corpora:                                # plain text or JSON Lines; shares are of tokens
      - {path: ../calibration/general.txt, share: 0.7}
      - {path: ../calibration/code.jsonl, field: text, share: 0.3}
    tokens: 65536
    context: 512
    seed: 7
    inputs: quantized

  transform:
    - rotate: {kind: hadamard, seed: 1}
    - awq: {grid: 20, clip: true}

  quantize:
    solver: {gptq: {damping: 0.01, order: activation}}
    type: q4_k_m
    overrides:
      - {tensors: "blk.*.ffn_down.weight", type: q6_k}
      - {tensors: "output.weight", solver: rtn}

  emit:
    - {gguf: ../build/wikicode-q4.gguf}
    - {gptq: ../build/wikicode-gptq}

  validate:
    corpus: ../calibration/heldout.txt
    tokens: 32768
    gates:
      perplexity_ratio: {max: 1.02}
      mean_kld: {max: 0.02}
      p99_kld: {max: 0.2}
      top1_agreement: {min: 0.95}
      fallbacks: {max: 0}

  report: ../build/report

  variants:
    q5: {quantize: {type: q5_k_m}, emit: [{gguf: ../build/wikicode-q5.gguf}]}
  """

@Suite("A pipeline file")
struct SpecDecodingTests {
  @Test("of the language's description decodes to what it says")
  func example() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("pipelines/p.yaml", examplePipeline)
    let file = try PipelineFile.load(path: path, registries: testRegistries)
    let spec = file.base
    let root = try #require(realpath(folder.url.path, nil).map { String(cString: $0) })
    #expect(spec.version == 1)
    #expect(spec.name == "wikicode-q4")
    #expect(spec.variant == nil)
    #expect(spec.model.path.written == "../models/wikicode-6m")
    #expect(spec.model.path.absolute == "\(root)/models/wikicode-6m")
    let calibration = try #require(spec.calibration)
    #expect(calibration.corpora.map(\.share) == [0.7, 0.3])
    #expect(calibration.corpora.map(\.format) == [.text, .jsonLines(field: "text")])
    #expect(calibration.budget.sequences == 128)
    #expect(calibration.seed == 7)
    #expect(calibration.inputs == .quantized)
    #expect(spec.transforms.map(\.variant) == [.rotate(seed: 1), .awq(grid: 20, clip: true)])
    #expect(spec.quantize.solver.variant == .gptq(damping: 0.01, order: .activation))
    #expect(spec.quantize.type.name == "q4_k_m")
    #expect(spec.quantize.overrides[0].tensors.matches("blk.3.ffn_down.weight"))
    #expect(spec.quantize.overrides[0].type == "q6_k")
    #expect(spec.quantize.overrides[1].solver?.variant == .rtn)
    #expect(spec.products.map(\.writer.name) == ["gguf", "gptq"])
    #expect(spec.products.map(\.path.absolute) == ["\(root)/build/wikicode-q4.gguf", "\(root)/build/wikicode-gptq"])
    let validation = try #require(spec.validation)
    #expect(validation.text?.budget.sequences == 64)
    #expect(validation.gates.first?.gate == Gate(.perplexityRatio, maximum: 1.02))
    #expect(validation.gates.map(\.gate.measure) == [.perplexityRatio, .meanKLD, .p99KLD, .top1Agreement, .fallbacks])
    #expect(spec.report?.absolute == "\(root)/build/report")
    #expect(file.variants.map(\.variant) == ["q5"])
    #expect(file.text == examplePipeline)
  }

  @Test("with only the required keys gets every default, which the echo shows")
  func defaults() throws {
    let spec = try load(smallPipeline).base
    #expect(spec.name == "p")
    #expect(spec.calibration == nil)
    #expect(spec.quantize.solver.variant == .rtn)
    #expect(
      spec.resolved.description == """
        {"planish": 1, "name": "p", "model": {"path": "model", "drop": [], "adapters": []}, "transform": [], \
        "quantize": {"solver": "rtn", "type": "q4_k_m", "overrides": [], "fallback_types": "stock"}, \
        "emit": [{"gguf": {"path": "out.gguf", "alignment": 32}}]}
        """)
  }

  @Test("with short sections gets the defaults of each")
  func sectionDefaults() throws {
    let spec = try load(
      smallPipeline + """
        calibrate: {corpora: [a.txt, b.jsonl], context: 96}
        validate: {corpus: t.txt, gates: {file_bytes: {max: 10}}}
        """
    ).base
    #expect(spec.quantize.solver.variant == .gptq(damping: 0.01, order: .activation))
    #expect(spec.quantize.solver.options.description == #"{"damping": 0.01, "order": "activation"}"#)
    #expect(
      spec.resolved["calibrate"]?.description == """
        {"corpora": [{"path": "a.txt", "share": 1.0, "special": false}, \
        {"path": "b.jsonl", "share": 1.0, "field": "text", "special": false}], \
        "context": 96, "tokens": 12288, "seed": 0, "inputs": "quantized", "share": false}
        """)
    #expect(
      spec.resolved["validate"]?.description == """
        {"corpus": {"path": "t.txt", "share": 1.0, "special": false}, "context": 512, "tokens": 32768, "floor": false, \
        "gates": {"file_bytes": {"max": 10.0}}}
        """)
    #expect(spec.resolved["quantize"]?["solver"]?["gptq"]?["damping"] == .number(0.01))
  }

  @Test("echoes as JSON that another program can read")
  func json() throws {
    let spec = try load(examplePipeline).base
    let data = try JSONEncoder().encode(spec.resolved)
    let fromEncoder = try #require(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
    let text = Data(spec.resolved.description.utf8)
    #expect(try JSONSerialization.jsonObject(with: text) as? NSDictionary == fromEncoder)
    #expect((fromEncoder["calibrate"] as? NSDictionary)?["tokens"] as? Int == 65536)
  }

  @Test("knows where everything stands, for what only the model can show")
  func positions() throws {
    let spec = try load(examplePipeline).base
    func place(_ path: String) -> String {
      let diagnostic = spec.diagnostic(at: path, "no")
      return "\(diagnostic.line ?? 0):\(diagnostic.column ?? 0)"
    }
    #expect(place("quantize.type") == "22:9")
    #expect(place("quantize.overrides[1].tensors") == "25:17")
    #expect(place("quantize.overrides[1].type") == "25:7")
    #expect(place("quantize.overrides[1].solver") == "25:42")
    #expect(place("emit[1].gptq.path") == "29:12")
    #expect(place("emit[1].gptq.alignment") == "29:12")
    #expect(place("validate.gates.p99_kld.max") == "37:20")
    #expect(place("nothing.of[3].that") == "1:1")
    #expect(place("quantize.solver.gptq.damping") == "21:28")
    let choice = spec.quantize.solver
    #expect("\(choice.path)" == "quantize.solver.gptq")
    #expect(
      spec.diagnostic(at: "quantize.type", "unknown type").description.hasSuffix("p.yaml:22:9: error: unknown type"))
  }

  @Test("reads texts that look like numbers as texts where a text is meant")
  func texts() throws {
    #expect(try load("name: 2024\n" + smallPipeline).base.name == "2024")
    #expect(try load("name: yes\n" + smallPipeline).base.name == "yes")
  }

  @Test("means the same however it is written")
  func equality() throws {
    let block = try load(
      "planish: 1\nmodel:\n  path: model\nquantize:\n  type: q4_k_m\n  solver: rtn\nemit:\n- gguf: out.gguf\n")
    let flow = try load(smallPipeline.replacing("{gguf: out.gguf}", with: "{gguf: {path: out.gguf, alignment: 32}}"))
    #expect(block.base == flow.base)
    #expect(try load(smallPipeline, settings: ["quantize.type=q5_0"]).base != flow.base)
  }

  @Test("may use a few aliases")
  func aliases() throws {
    let spec = try load(
      smallPipeline + """
        calibrate: {corpora: [&text {path: a.txt, share: 2}]}
        validate: {corpus: *text}
        """
    ).base
    #expect(spec.validation?.text?.corpora == spec.calibration?.corpora)
  }

  @Test("with gates judges numbers, and never passes what is not one")
  func gates() {
    let gate = Gate(.bitsPerWeight, minimum: 2, maximum: 4)
    let figures = [1.9, 2, 3, 4, 4.1, .nan, .infinity]
    #expect(figures.map { gate.judge(exactly: $0).holds } == [false, true, true, true, false, false, false])
    #expect(!Gate(.meanKLD, maximum: 1).judge(exactly: .nan).holds)
  }

  @Test("takes names of types and variants in any case and with - or _")
  func spelling() throws {
    let text = """
      planish: 1
      model: {path: model}
      quantize:
        type: Q4-K-M
        solver: {GPTQ: {damping: 0.5}}
        overrides: [{tensors: "BLK.*", type: Q6_K}]
      emit: [{GGUF: Out.gguf}, {gptq: {path: B, type: "INT4-G128"}}]
      transform: [AWQ]

      """
    let spec = try load(text).base
    #expect(spec.quantize.type.name == "q4_k_m" && spec.quantize.solver.name == "gptq")
    #expect(spec.quantize.overrides.map(\.type) == ["q6_k"] && spec.quantize.overrides[0].tensors.pattern == "BLK.*")
    #expect(spec.products.map(\.writer.name) == ["gguf", "gptq"] && spec.products[0].path.written == "Out.gguf")
    #expect(spec.products[1].own.type?.name == "int4_g128" && spec.transforms.map(\.name) == ["awq"])
  }

  @Test("skips a byte order mark")
  func byteOrderMark() throws {
    #expect(try load("\u{FEFF}" + smallPipeline).base == load(smallPipeline).base)
  }
}
