import Checkpoints
import Foundation
import TestSupport
import Testing

/// An object of a configuration, with the table of its keys and where a fixture has it.
private struct Place: Sendable, CustomTestStringConvertible {
  /// In `Tests/Fixtures/quantization-keys.json`.
  let name: String
  let table: KeyTable
  let fixture: String
  /// Where the object stands in config.json.
  let path: [String]

  var testDescription: String { name }

  private static let group = ["quantization_config", "config_groups", "group_0"]

  static let all = [
    Place(name: "gptq", table: GPTQKeys.gptq, fixture: "gptq-4-32-sym", path: ["quantization_config"]),
    Place(name: "awq", table: GPTQKeys.awq, fixture: "awq-32", path: ["quantization_config"]),
    Place(
      name: "bitsandbytes", table: BitsAndBytesKeys.config, fixture: "bitsandbytes-nf4", path: ["quantization_config"]),
    Place(
      name: "compressed-tensors", table: CompressedTensorsKeys.config, fixture: "compressed-tensors-w8a8-tensor",
      path: ["quantization_config"]),
    Place(
      name: "compressed-tensors scheme", table: CompressedTensorsKeys.scheme, fixture: "compressed-tensors-w8a8-tensor",
      path: group),
    Place(
      name: "compressed-tensors numbers", table: CompressedTensorsKeys.numbers,
      fixture: "compressed-tensors-w8a8-tensor", path: group + ["weights"]),
    Place(
      name: "compressed-tensors numbers", table: CompressedTensorsKeys.numbers,
      fixture: "compressed-tensors-w8a8-tensor", path: group + ["input_activations"]),
    Place(name: "mlx", table: MLXSettings.keys, fixture: "mlx-4-64", path: ["quantization"]),
    Place(name: "exl2", table: EXL2Keys.config, fixture: "exl2-4", path: ["quantization_config"]),
    Place(name: "fp8", table: FP8Settings.keys, fixture: "fp8-block", path: ["quantization_config"]),
    Place(name: "fbgemm_fp8", table: FBGEMMSettings.keys, fixture: "fbgemm-row", path: ["quantization_config"]),
    Place(name: "bitnet", table: BitNetSettings.keys, fixture: "bitnet-divides", path: ["quantization_config"]),
    Place(name: "mxfp4", table: MXFP4Settings.keys, fixture: "mxfp4-experts", path: ["quantization_config"]),
    Place(
      name: "compressed-tensors numbers", table: CompressedTensorsKeys.numbers, fixture: "compressed-tensors-nvfp4",
      path: group + ["weights"]),
  ]

  /// The keys that the programs have.
  func keys() throws -> [String] { try Self.listed(name) }

  static func listed(_ name: String) throws -> [String] {
    let path = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/quantization-keys.json").path
    return try JSONObject(contentsOf: path).strings(name)
  }

  /// The fixture with one key set to a value.
  func setting(_ key: String, _ value: Any) throws -> QuantizedFixture {
    var fixture = try QuantizedFixture(fixture)
    fixture.change(path) { $0[key] = value }
    // MLX says the same twice.
    if path == ["quantization"], fixture.config["quantization_config"] != nil {
      fixture.config["quantization_config"] = fixture.config["quantization"]
    }
    return fixture
  }
}

/// Every key that the programs' classes have is read, without effect, or refused.
@Suite struct QuantizationKeyTests {
  @Test(arguments: Place.all)
  private func everyKeyHasAUse(_ place: Place) throws {
    let keys = try place.keys()
    #expect(!keys.isEmpty)
    #expect(keys.filter { place.table.uses[$0] == nil } == [])
  }

  @Test(arguments: [
    ("compressed-tensors transforms", CompressedTensorsKeys.transforms),
    ("compressed-tensors transform", CompressedTensorsKeys.transform),
    ("compressed-tensors application", CompressedTensorsKeys.application),
  ])
  func everyKeyOfTransformsHasAUse(_ name: String, _ table: KeyTable) throws {
    #expect(try Place.listed(name).filter { table.uses[$0] == nil } == [])
  }

  @Test(arguments: Place.all)
  private func whatIsRefusedIsNamedWithItsValue(_ place: Place) throws {
    for key in try place.keys() {
      guard case .refused(let reason) = place.table.uses[key] else { continue }
      let error = #expect(throws: CheckpointError.self, "\(key)") { _ = try place.setting(key, ["odd": 5]).open() }
      let text = error?.description ?? ""
      #expect(text.contains(".\(key): ") && text.contains(#"{"odd": 5}"#) && text.contains(reason), "\(text)")
      for nothing in [NSNull(), [String: Any](), [Any](), false] as [Any] {
        #expect(throws: Never.self, "\(key)") { _ = try place.setting(key, nothing).open() }
      }
    }
  }

  @Test(arguments: Place.all)
  private func whatIsReadIsNotAnyValue(_ place: Place) throws {
    var count = 0
    for key in try place.keys() where place.table.uses[key] == .read {
      // Sparsity is told by its format alone.
      let odd: [String: Any] = key == "sparsity_config" ? ["format": "sparse-bitmask"] : ["odd": 5]
      let error = #expect(throws: CheckpointError.self, "\(place.name) \(key)") {
        _ = try place.setting(key, odd).open()
      }
      #expect(error?.description.contains(".\(key)") == true, "\(key): \(error?.description ?? "")")
      count += 1
    }
    #expect(count > 0)
  }

  @Test(arguments: Place.all)
  private func whatHasNoEffectHasNone(_ place: Place) throws {
    let expected = try QuantizedFixture(place.fixture).open()
    for key in try place.keys() {
      guard case .withoutEffect(let reason) = place.table.uses[key] else { continue }
      #expect(!reason.isEmpty)
      let folder = try place.setting(key, ["odd": 5]).open()
      for tensor in expected.tensors.all {
        #expect(try folder.matrix(tensor.name).array() == expected.matrix(tensor.name).array(), "\(key)")
      }
      #expect(folder.quantization == expected.quantization, "\(key)")
    }
  }

  @Test func keysOfNobodyAreNamed() throws {
    for (fixture, key) in [
      ("gptq-4-32-sym", "zeal"), ("awq-32", "zeal"), ("bitsandbytes-nf4", "zeal"), ("exl2-4", "zeal"),
      ("fp8-block", "zeal"), ("fbgemm-row", "zeal"), ("mxfp4-experts", "zeal"), ("bitnet-divides", "zeal"),
    ] {
      var odd = try QuantizedFixture(fixture)
      odd.set(key, 5)
      #expect(try odd.open().quantization?.unread == ["quantization_config.\(key)"])
      #expect(try QuantizedFixture(fixture).open().quantization?.unread == [])
    }
    var rules = try QuantizedFixture("gptq-4-32-sym")
    rules.set("dynamic", ["+:^n$": ["bits": 8, "zeal": 5]])
    #expect(try rules.open().quantization?.unread == ["quantization_config.dynamic.+:^n$.zeal"])
  }

  /// compressed-tensors refuses to read what its classes do not have; so does this program.
  @Test func groupsHaveNoOtherKeys() throws {
    for path in [[], ["weights"], ["input_activations"]] as [[String]] {
      var fixture = try QuantizedFixture("compressed-tensors-w8a8-tensor")
      fixture.change(["quantization_config", "config_groups", "group_0"] + path) { $0["zeal"] = 5 }
      let error = #expect(throws: CheckpointError.self) { _ = try fixture.open() }
      #expect(error?.description.contains("zeal: found 5") == true, "\(error?.description ?? "")")
    }
  }
}
