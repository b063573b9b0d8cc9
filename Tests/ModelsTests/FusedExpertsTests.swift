import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// Folders that keep the experts of a layer in one tensor.
struct FusedExpertsTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  private func parted(_ variant: String) throws -> ModelSource {
    let isMixtral = variant.hasPrefix("mixtral")
    let path = try FusedFixture.writeParted(
      variant, to: folder, modules: isMixtral ? ["w1", "w3", "w2"] : ["gate_proj", "up_proj", "down_proj"],
      rename: { isMixtral ? $0.replacing(".mlp.", with: ".block_sparse_moe.") : $0 })
    return try ModelSource(path: path, on: workers)
  }

  @Test(arguments: ["qwen3-moe-fused", "mixtral-fused"])
  func bothWaysToStoreExpertsAreOneModel(variant: String) throws {
    let fixture = FamilyFixture.named(variant)
    let fused = try ModelSource(path: try fixture.write(to: folder), on: workers)
    let parted = try parted(variant)
    #expect(fused.weights == parted.weights)
    var shared = 0
    for spec in fused.weights {
      #expect(try fused.matrix(spec).array() == parted.matrix(spec).array(), "\(spec.label)")
      #expect(!parted.place(of: spec).isShared)
      if fused.place(of: spec).isShared { shared += 1 }
    }
    #expect(shared == fused.weights.count { $0.expert != nil } && shared > 0)
    #expect(try FamilyRun.logits(fused, fixture) == FamilyRun.logits(parted, fixture))
  }

  /// An adapter that was trained beside experts of their own fits a folder that fuses them.
  @Test func adaptersOfSingleExpertsAreMerged() throws {
    let adapter = AdapterFixture.named("patterns")
    let module = "base_model.model.model.layers.0.mlp.experts.2.up_proj"
    let path = try adapter.write(
      to: folder, changing: ["target_modules": #"["up_proj"]"#, "rank_pattern": "{}", "alpha_pattern": "{}"],
      rename: { _ in nil }, adding: ["\(module).lora_A.weight": [4, 64], "\(module).lora_B.weight": [32, 4]])
    let base = try FamilyFixture.named("qwen3-moe-fused").write(to: folder)
    let adapters = [try Adapter(AdapterChoice(path: path))]
    let fused = try ModelSource(path: base, adapters: adapters, on: workers)
    let apart = try ModelSource(
      path: try FusedFixture.writeParted("qwen3-moe-fused", to: folder), adapters: adapters, on: workers)
    let plain = try ModelSource(path: base, on: workers)
    var changed = 0
    for spec in fused.weights where spec.expert != nil {
      let merged = try fused.matrix(spec).array()
      #expect(try merged == apart.matrix(spec).array(), "\(spec.label)")
      if try merged != plain.matrix(spec).array() { changed += 1 }
    }
    #expect(changed == 1)
  }

  private func error(
    rename: (String) -> String? = { $0 }, copying copies: [String: String] = [:], reshape: [String: [Int]] = [:]
  ) throws -> String {
    let fixture = FamilyFixture.named("qwen3-moe-fused")
    let tensors = fixture.tensors.compactMap { tensor in
      rename(tensor.name).map { name in
        let shape = reshape[tensor.name] ?? tensor.shape
        return (name: name, shape: shape, values: FamilyFixture.values(of: tensor.name, shape, shift: 0))
      }
    }
    let more = copies.map { name, original in
      (name: name, shape: [32, 64], values: FamilyFixture.values(of: original, [32, 64], shift: 0))
    }
    let path = try fixture.write(to: folder, as: "model", tensors: tensors + more)
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    return error.map { "\($0)" } ?? "no error"
  }

  private let module = "model.layers.1.mlp.experts"

  @Test func oneOfTwoWaysMustBeThere() throws {
    let neither = try error(rename: { $0 == "\(module).gate_up_proj" ? nil : $0 })
    #expect(
      neither.contains(
        "\(module).0.gate_proj.weight: presence: found neither it nor \(module).gate_up_proj, expected one of the two"),
      "\(neither)")
    let both = try error(copying: ["\(module).0.gate_proj.weight": "x"])
    #expect(
      both.contains(
        "\(module).0.gate_proj.weight: presence: found it and \(module).gate_up_proj, which holds the same, expected one"
      ),
      "\(both)")
  }

  @Test func anotherOrientationIsRefused() throws {
    let text = try error(reshape: ["\(module).down_proj": [6, 32, 64]])
    #expect(text.contains("\(module).down_proj: shape: found [6, 32, 64], expected [6, 64, 32]"), "\(text)")
  }
}
