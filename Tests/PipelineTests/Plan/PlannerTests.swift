import Pipeline
import TestSupport
import Testing

@Suite struct PlannerTests {
  private func types(_ plan: Plan) -> [String: String] {
    Dictionary(uniqueKeysWithValues: plan.tensors.map { ($0.name, $0.format.name) })
  }

  @Test func aMixGivesEachTensorItsType() throws {
    let project = try TinyProject(.wide, TinyPipeline { $0.quantize = "{type: q4_k_m}" })
    let plan = try project.plan()
    let types = types(plan)
    // Two layers: the first is among those that llama.cpp's mix gives no more bits, the last gets them.
    #expect(types["blk.0.attn_q.weight"] == "q4_k")
    #expect(types["blk.1.attn_v.weight"] == "q6_k")
    #expect(types["blk.1.ffn_down.weight"] == "q6_k")
    #expect(types["output.weight"] == "q6_k")
    #expect(types["token_embd.weight"] == "q4_k")
    #expect(types["blk.0.attn_norm.weight"] == "f32")
    #expect(types["output_norm.weight"] == "f32")
    #expect(plan.fallbacks.isEmpty)
    #expect(plan.tensors.count == 2 * 9 + 3)
    #expect(plan.tensors.filter { $0.solver == nil }.allSatisfy { $0.format.name == "f32" })
  }

  @Test func everyTensorOfTheModelIsPlannedOnce() throws {
    for ties in [false, true] {
      let project = try TinyProject(TinyModel { $0.tiesOutput = ties })
      let plan = try project.plan()
      #expect(plan.tensors.map(\.name).sorted() == plan.model.weights.map(\.ggufName).sorted())
      #expect(plan.tensors.contains { $0.name == "output.weight" } == !ties)
    }
  }

  /// Types of about two bits are refused where nothing is known about inputs, as llama-quantize does; those of tables are not.
  @Test func soFewBitsWantCalibration() throws {
    for (type, isRefused) in [
      ("iq2_xs", true), ("iq3_xxs", true), ("iq1_m", true), ("q2_k_s", true), ("iq3_s", false), ("q2_k", false),
      ("tq2_0", false),
    ] {
      let project = try TinyProject(
        .wide,
        TinyPipeline {
          $0.calibrate = nil
          $0.quantize = "{type: \(type)}"
        })
      let error = try project.planningError()
      #expect(isRefused == (error != nil), "\(type): \(error ?? "none")")
      if let error {
        #expect(error.contains("without calibrate; expected calibrate.corpora or calibrate.imatrix"), "\(error)")
      }
    }
  }

  @Test func rowsThatNoBlockFitsFallBackWithAReason() throws {
    let project = try TinyProject(
      TinyModel {
        $0.hidden = 64
        $0.intermediate = 172
      }, TinyPipeline { $0.quantize = "{type: q4_k_m}" })
    let plan = try project.plan()
    let query = try #require(plan.tensors.first { $0.name == "blk.0.attn_q.weight" })
    #expect(query.typeAsked == "q4_k" && query.format.name == "q5_0")
    #expect(
      query.fallback
        == "64 columns are no multiple of q4_k's block of 256; stored as q5_0, 5.5 bits per weight instead of 4.5")
    let down = try #require(plan.tensors.first { $0.name == "blk.0.ffn_down.weight" })
    #expect(down.format.name == "f16" && down.solver == nil)
    #expect(try #require(down.fallback).hasPrefix("172 columns"))
  }

  /// What fallbacks add to a type's bits is said, and what takes less.
  @Test func bitsAboveTheNameAreWarnedOf() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.quantize = "{type: q2_k}" })
    let warning = try #require(project.plan().warnings.first)
    #expect("\(warning.position)".contains("/p.yaml:4:"))
    for words in [
      "found q2_k, which takes 4.50 bits per weight of blocks here and would take ",
      "14 of 14 matrices have rows of 64, 96",
      "such as iq4_nl, or quantize.fallback_types: smallest, which takes 4.25",
    ] {
      #expect(warning.message.contains(words), "\(warning.message)")
    }
    let smallest = try project.plan(["quantize.fallback_types=smallest"])
    let blocks = smallest.tensors.filter { $0.spec.layer != nil && !$0.spec.isVector }
    #expect(blocks.allSatisfy { $0.format.name == "mxfp4" })
    #expect(smallest.warnings.count == 1 && !smallest.warnings[0].message.contains("smallest"))
    #expect(try project.plan(["quantize.type=q4_0"]).warnings.isEmpty)
    #expect(try project.run(["quantize.fallback_types=smallest"]).isPublished)
  }

  /// A way of cutting texts that has no name in GGUF files is refused with its expression, unless the file names another.
  @Test func anUnknownPreTokenizerIsNamedAndCanBeReplaced() throws {
    let unknown = TinyModel { $0.pattern = "[a-c]+|[^a-c]+" }
    let refused = try #require(try TinyProject(unknown).planningError())
    #expect(refused.contains("p.yaml:2:15") && refused.contains("splits by \"[a-c]+|[^a-c]+\""), "\(refused)")
    #expect(refused.contains("model.pre_tokenizer"))
    let project = try TinyProject(unknown, TinyPipeline { $0.model = "{path: model, pre_tokenizer: gpt-2}" })
    #expect(try project.plan().vocabulary?.preTokenizer == "gpt-2")
    let wrong = try TinyProject(unknown, TinyPipeline { $0.model = "{path: model, pre_tokenizer: gpt-9}" })
    let error = try #require(try wrong.planningError())
    #expect(error.contains("p.yaml:2:") && error.contains("\"gpt-9\" is not known; known: "), "\(error)")
  }

  /// What is said of experts is a mistake where there are none: it would be kept by saying nothing.
  @Test func expertsOfADenseModelAreRefused() throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.calibrate = "{corpus: calibration.txt, tokens: 1024, context: 32, experts: {min_tokens: 8}}"
        $0.validate = "{corpus: heldout.txt, tokens: 256, context: 32, gates: {min_expert_tokens: {min: 1}}}"
      })
    let error = try #require(try project.planningError())
    #expect(error.contains("p.yaml:3:") && error.contains("found experts, expected none"), "\(error)")
    #expect(error.contains("p.yaml:6:") && error.contains("found the gate 'min_expert_tokens'"), "\(error)")
  }

  @Test func theLastOverrideThatMatchesWins() throws {
    let overrides = """
      overrides: [{tensors: 'blk.*.ffn_*.weight', type: q8_0}, {tensors: 'blk.1.ffn_down.weight', type: f16},
        {tensors: 'blk.0.*', solver: rtn}, {tensors: 'blk.0.attn_k.weight', solver: gptq, type: q5_1}]
      """
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.quantize = "{type: q4_0, \(overrides)}" })
    let plan = try project.plan()
    let types = types(plan)
    let solvers = Dictionary(uniqueKeysWithValues: plan.tensors.map { ($0.name, $0.solver?.name) })
    #expect(types["blk.0.ffn_up.weight"] == "q8_0" && types["blk.0.ffn_down.weight"] == "q8_0")
    #expect(types["blk.1.ffn_down.weight"] == "f16" && solvers["blk.1.ffn_down.weight"] == .some(nil))
    #expect(types["blk.0.attn_k.weight"] == "q5_1" && types["blk.0.attn_q.weight"] == "q4_0")
    #expect(solvers["blk.0.attn_q.weight"] == "rtn" && solvers["blk.0.ffn_up.weight"] == "rtn")
    #expect(solvers["blk.0.attn_k.weight"] == "gptq" && solvers["blk.1.attn_q.weight"] == "gptq")
    #expect(types["blk.0.ffn_norm.weight"] == "f32", "norms are never quantized")
  }

  @Test func unknownTypesAreToldWithSuggestions() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.quantize = "{type: q4_k_x}" })
    let message = try #require(try project.planningError())
    #expect(message.hasPrefix("p.yaml:4:18: error: found the unknown type 'q4_k_x'; did you mean 'q4_k_"), "\(message)")
    #expect(message.contains("q6_k"))
  }

  @Test func allMistakesAreToldAtOnce() throws {
    let overrides = """
      [{tensors: 'blk.7.*', type: q8_0}, {tensors: '*.ffn_up.weight', type: q4_k_m}, {tensors: 'none', type: q6_k}]
      """
    let project = try TinyProject(
      TinyModel(), TinyPipeline { $0.quantize = "{type: q4_0, overrides: \(overrides)}" })
    let lines = try #require(try project.planningError()).split(separator: "\n").filter { $0.hasPrefix("p.yaml:4:") }
    #expect(lines.count == 3, "\(lines)")
    #expect(lines.contains { $0.contains("'blk.7.*', which matches no tensor") })
    #expect(lines.contains { $0.contains("unknown type 'q4_k_m'") }, "a mix is no type of one tensor")
    #expect(lines.contains { $0.contains("'none', which matches no tensor") })
  }

  @Test func tensorsThatNothingReadsAreRefusedUnlessTheyRepeatWhatIsKnown() throws {
    let known = "model.layers.0.self_attn.rotary_emb.inv_freq"
    let plan = try TinyProject(TinyModel { $0.damages = [.extraTensor(known)] }).plan()
    #expect(!plan.tensors.contains { $0.name.contains("inv_freq") })
    let project = try TinyProject(TinyModel { $0.damages = [.extraTensor("model.layers.0.mlp.up_proj.bias")] })
    let message = try #require(try project.planningError())
    #expect(message.contains("model.layers.0.mlp.up_proj.bias") && message.contains("llama"), "\(message)")
  }

  @Test func aTokenizerWithMoreTokensThanRowsIsRefused() throws {
    let project = try TinyProject()
    let config = try String(decoding: project.bytes("model/config.json"), as: UTF8.self)
    // 265 tokens, 272 rows: the last rows are padding, and a table of 264 rows lacks one.
    #expect(config.contains("\"vocab_size\":272"))
    #expect(try project.plan().vocabulary?.tokens.count == 272)
    try project.folder.write("model/config.json", config.replacing("\"vocab_size\":272", with: "\"vocab_size\":264"))
    let message = try #require(try project.planningError())
    #expect(message.contains("264"), "\(message)")
  }

  /// Only GGUF describes a tokenizer by names that llama.cpp knows.
  @Test func aTokenizerThatGGUFHasNoNameForIsNoMatterForFolders() throws {
    let project = try TinyProject(TinyModel { $0.pattern = #"\p{L}{1,7}|\p{N}|[^\p{L}\p{N}]+"# })
    let message = try #require(try project.planningError())
    #expect(message.contains("p.yaml:2:") && message.contains("splits by"), "\(message)")
    let settings = [
      "emit=[{gptq: {path: \(project.path("out/a")), type: int4_g32}}, {safetensors: \(project.path("out/b"))}]"
    ]
    #expect(try project.plan(settings).vocabulary == nil)
    #expect(try project.run(settings).isPublished)
    #expect(try project.bytes("out/a/tokenizer.json") == project.bytes("model/tokenizer.json"))
  }

  @Test func contextsBeyondTheModelAreWarnedOf() throws {
    let project = try TinyProject()
    #expect(try project.plan().warnings.isEmpty)
    let plan = try project.plan(["calibrate.context=256", "validate.context=256"])
    #expect(plan.warnings.map(\.message).allSatisfy { $0.contains("256") && $0.contains("128") })
    #expect(plan.warnings.map { "\($0.position)" } == ["--set calibrate.context", "--set validate.context"])
  }

  @Test func tokensAreThoseOfTheFile() throws {
    let project = try TinyProject()
    let plan = try project.plan()
    #expect(plan.calibration?.tokens.count == 1024 && plan.calibration?.length == 32)
    #expect(plan.validation?.textTokens == 256 && plan.validation?.sequences == 8)
    #expect(try project.plan(["calibrate.seed=1"]).calibration != plan.calibration)
    #expect(try project.plan(["calibrate.seed=0"]).calibration == plan.calibration)
  }
}
