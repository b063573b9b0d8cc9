import Checkpoints
import Foundation
import Models
import TestSupport
import Tensors
import Testing

/// Every key that llama.cpp reads of a GGUF file, in every family: obeyed, without effect, or refused by its name.
struct GGUFKeysTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  /// What `Tests/Fixtures/gguf-keys.py` found in llama.cpp.
  private struct Keys: Decodable {
    let common: [String]
    let all: [String]
    let architectures: [String: [String]]

    static let read: Keys? = {
      let path = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/gguf-keys.json")
      return (try? Data(contentsOf: path)).flatMap { try? JSONDecoder().decode(Keys.self, from: $0) }
    }()
  }

  /// One variant of each family that GGUF files know.
  private static let variants = [
    "llama", "qwen2", "qwen3", "smollm3", "granite", "olmo3", "phi3", "gemma2", "gemma3", "gpt2", "gptneox",
    "starcoder2",
    "mixtral", "qwen2-moe", "qwen3-moe", "olmoe", "bert-mean", "gemma", "glm", "glm4", "seed-oss", "stablelm", "cohere",
    "cohere2", "exaone4", "hunyuan", "ernie", "arcee", "nemotron", "jais2", "starcoder", "bloom", "mpt",
    "granite-moe-shared", "glm4-moe", "dots1", "minimax-m2", "ernie-moe", "gpt-oss", "qwen3.5", "qwen3.5-moe",
    "qwen3-next", "deepseek3", "lfm2", "lfm2-moe", "phi", "olmo-clipped", "falcon-grouped", "apertus", "ministral3",
    "exaone-moe", "hunyuan-moe", "llama4",
    "granite-hybrid", "granite-hybrid-moe", "falcon-h1", "nemotron-h", "nemotron-h-moe",
    "qwen2.5-vl-window", "qwen3-vl", "qwen3-vl-moe", "gemma4", "gemma4-layer-inputs", "gemma4-moe", "gemma3n",
    "modernbert",
  ]

  private func model(_ name: String) throws -> ModelSource {
    try ModelSource(path: try FamilyFixture.named(name).write(to: folder), on: workers)
  }

  private func changed(_ model: ModelSource, _ changes: [String: GGUFValue?]) throws -> ModelSource {
    let named = Dictionary(uniqueKeysWithValues: changes.map { ("\(model.architecture.ggufName).\($0.key)", $0.value) })
    return try ModelSource(path: try FamilyGGUF.write(model, to: folder, changing: named), on: workers)
  }

  @Test(arguments: variants)
  func whatLlamaCppReadsIsKnown(name: String) throws {
    let keys = try #require(Keys.read)
    let model = try model(name)
    let architecture = model.architecture
    let read = try #require(keys.architectures[architecture.ggufName])
    let known = architecture.readGGUFKeys.union(GGUFOtherKeys.withoutEffect.keys)
      .union(GGUFOtherKeys.expected(model.shape, architecture).map(\.key))
    // Positions that turn are of no use to a model that has learned ones.
    let needless = model.shape.choices.position != .rotary ? "rope." : " "
    #expect((keys.common + read).filter { !known.contains($0) && !$0.hasPrefix(needless) } == [])
    // Whatever a product says of its shape is read again, or known.
    let written = architecture.metadata(model.shape).map(\.key).filter { $0.hasPrefix("\(architecture.ggufName).") }
    let keysWritten = written.map { String($0.dropFirst(architecture.ggufName.count + 1)) }
    #expect(keysWritten.filter { !known.contains($0) && GGUFOtherKeys.assumed[$0] == nil } == [])
  }

  @Test(arguments: variants)
  func whatIsNotObeyedIsRefusedByName(name: String) throws {
    let model = try model(name)
    let plain = try changed(model, [:])
    #expect(plain.notes == [])
    for (key, expected) in GGUFOtherKeys.expected(model.shape, model.architecture) {
      // Those that the family reads have tests of their own.
      guard !model.architecture.readGGUFKeys.contains(key) || key == "rope.scaling.attn_factor" else { continue }
      let (right, wrong): (GGUFValue, GGUFValue) =
        switch expected {
        case .number(let number): (.uint32(UInt32(number)), .uint32(UInt32(number + 1)))
        case .decimal(let number): (.float32(Float(number)), .float32(Float(number) + 1))
        case .bool(let value): (.bool(value), .bool(!value))
        case .string(let value): (.string(value), .string("not \(value)"))
        case .numbers(let numbers):
          (
            .array(.float32, numbers.map { .float32(Float($0)) }),
            .array(.float32, numbers.map { .float32(Float($0) + 1) })
          )
        case .nothing: (.array(.int32, []), .array(.int32, [.int32(1)]))
        }
      #expect(try changed(model, [key: right]).shape == plain.shape, "\(name): \(key)")
      let error = #expect(throws: CheckpointError.self, "\(name): \(key)") { try changed(model, [key: wrong]) }
      guard let error else { continue }
      // A file with experts is one of another family, which asks for the other keys of experts.
      let named = key == "expert_count" ? "expert_" : "\(key): found"
      #expect("\(error)".contains("\(model.architecture.ggufName).\(named)"), "\(name): \(error)")
    }
  }

  @Test(arguments: variants)
  func otherKeysAreNoted(name: String) throws {
    let keys = try #require(Keys.read)
    let model = try model(name)
    let read = Set(keys.common + (keys.architectures[model.architecture.ggufName] ?? []))
    let known = model.architecture.readGGUFKeys
    let expected = Set(GGUFOtherKeys.expected(model.shape, model.architecture).map(\.key))
    let others =
      keys.all.filter { !read.contains($0) && !known.contains($0) && !expected.contains($0) } + ["unheard.of"]
    #expect(others.count > 80)
    let file = try changed(model, Dictionary(uniqueKeysWithValues: others.map { ($0, .uint32(7)) }))
    #expect(file.notes.count == 1)
    for key in others {
      #expect(file.notes.first?.contains("\(model.architecture.ggufName).\(key)") == true, "\(key)")
    }
    #expect(file.shape == (try changed(model, [:]).shape))
  }

  /// llama.cpp scales linearly where a file gives a factor alone, also under the key's older name.
  @Test func aFactorAloneScalesPositions() throws {
    let model = try model("llama")
    for key in ["rope.scaling.factor", "rope.scale_linear"] {
      let file = try changed(model, [key: .float32(4)])
      #expect(file.shape.rotary.scaling == .linear(factor: 4), "\(key)")
    }
    #expect(
      try changed(model, ["rope.scaling.type": .string("none"), "rope.scaling.factor": .float32(4)]).shape.rotary
        .scaling == .none)
  }

  /// What llama.cpp assumes where a file says nothing, which is not what transformers assumes of the family.
  @Test func missingKeysMeanWhatLlamaCppTakesThemFor() throws {
    for name in ["smollm3", "mixtral", "gemma3", "olmo3"] {
      #expect(try changed(try model(name), ["rope.freq_base": nil]).shape.rotary.base == 10_000, "\(name)")
    }
    let gemma = try changed(
      try model("gemma2"), ["attn_logit_softcapping": nil, "final_logit_softcapping": nil])
    #expect(gemma.shape.choices.attentionSoftCap == 50 && gemma.shape.choices.logitSoftCap == 30)
  }

  /// A pattern is one truth value for each layer, or after how many layers with a window one has none.
  @Test(arguments: ["gemma2", "gemma3", "olmo3"], [0, 1, 2, 3])
  func patternsMayBeIntervals(name: String, interval: Int) throws {
    let model = try model(name)
    let file = try changed(model, ["attention.sliding_window_pattern": .uint32(UInt32(interval))])
    let windows = (0..<file.shape.layers).map { file.shape.choices.attention(layer: $0).window != nil }
    // llama.cpp: set_swa_pattern
    #expect(windows == (0..<file.shape.layers).map { interval == 0 || $0 % interval < interval - 1 })
    let list = try changed(model, ["attention.sliding_window_pattern": .array(.bool, windows.map { .bool($0) })])
    #expect(list.shape.choices.attention.map(\.window) == windows.map { $0 ? 12 : nil })
    #expect(throws: CheckpointError.self) {
      try changed(model, ["attention.sliding_window_pattern": .array(.bool, [.bool(true)])])
    }
  }

  /// llama.cpp has no key for how fast YaRN's frequencies turn in these families: products that need other ones are refused.
  @Test func turnsOfYaRNOtherThanUsualAreAnObstacle() throws {
    let path = try FamilyFixture.named("llama-yarn").write(
      to: folder, changing: ["rope_parameters": #"{"rope_type": "yarn", "factor": 4, "beta_fast": 16}"#])
    let model = try ModelSource(path: path, on: workers)
    #expect(model.architecture.objectionToGGUF(model.shape)?.contains("found beta_fast 16") == true)
    let file = try changed(try self.model("llama-yarn"), ["rope.scaling.yarn_beta_fast": .float32(16)])
    guard case .yarn(let yarn) = file.shape.rotary.scaling else {
      Issue.record("expected YaRN")
      return
    }
    #expect(yarn.fastTurns == 32)
    #expect(file.notes.contains { $0.contains("yarn_beta_fast") })
  }

  /// llama.cpp reads no output matrix, or needs one.
  @Test(arguments: [
    ("gemma2", "false", "found an output matrix of its own"), ("qwen2-moe", "true", "found a tied output"),
  ])
  func tiesThatLlamaCppDoesNotKnowAreObstacles(name: String, tied: String, words: String) throws {
    let fixture = FamilyFixture.named(name)
    let table = "model.embed_tokens.weight"
    let path = try fixture.write(
      to: folder, changing: ["tie_word_embeddings": tied], rename: { $0 == "lm_head.weight" ? nil : $0 },
      copying: tied == "false" ? ["lm_head.weight": table] : [:])
    let model = try ModelSource(path: path, on: workers)
    #expect(model.architecture.objectionToGGUF(model.shape)?.contains(words) == true)
  }

  /// llama.cpp takes the number of heads for that of keys too.
  @Test func headsThatLlamaCppDoesNotKnowAreAnObstacle() throws {
    let model = try ModelSource(path: try FamilyFixture.named("dots1").write(to: folder), on: workers)
    #expect(model.architecture.objectionToGGUF(model.shape) == nil)
    var shape = model.shape
    shape.keyValueHeads = 2
    #expect(model.architecture.objectionToGGUF(shape)?.contains("found 2 heads of keys for 4") == true)
  }
}
