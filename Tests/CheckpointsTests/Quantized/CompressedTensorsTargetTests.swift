import Checkpoints
import Foundation
import TestSupport
import Testing

/// Which group of a configuration of compressed-tensors means a module. The answers are those of `match_targets` and
/// `apply_quantization_config` of compressed-tensors 0.20.
@Suite struct CompressedTensorsTargetTests {
  /// The number of bits of the group that means `m`, or why there is none.
  private func answer(_ groups: [(targets: [String], bits: Int)], ignore: [String] = []) throws -> String {
    var fixture = try QuantizedFixture("compressed-tensors-4-64-sym")
    let usual = try #require(
      ((fixture.config["quantization_config"] as? [String: Any])?["config_groups"] as? [String: Any])?["group_0"]
        as? [String: Any])
    var all: [String: Any] = [:]
    for (index, group) in groups.enumerated() {
      var scheme = usual
      var weights = scheme["weights"] as? [String: Any] ?? [:]
      weights["num_bits"] = group.bits
      scheme["weights"] = weights
      scheme["targets"] = group.targets
      all["group_\(index)"] = scheme
    }
    fixture.set("config_groups", all)
    fixture.set("ignore", ignore)
    do {
      return try fixture.open().tensor("m.weight").storage.name
    } catch {
      let text = "\(error)"
      // Codes of four bits fit no other.
      if let bits = [2, 8].first(where: { text.contains("codes of \($0) bits") }) { return "int\(bits)" }
      return text
    }
  }

  @Test func namesComeBeforeExpressionsAndThoseBeforeClasses() throws {
    #expect(try answer([(["Linear"], 8), (["m"], 4)]) == "int4_g64")
    #expect(try answer([(["Linear"], 8), (["re:m"], 4)]) == "int4_g64")
    #expect(try answer([(["re:m"], 8), (["m"], 4)]) == "int4_g64")
    #expect(try answer([(["re:n"], 8), (["Linear"], 4)]) == "int4_g64")
    #expect(try answer([(["Module"], 4)]) == "int4_g64")
    #expect(try answer([(["Embedding"], 4)]).contains("none in config_groups"))
  }

  /// Of two expressions the first by the alphabet counts, wherever it stands.
  @Test func expressionsAreAskedByTheAlphabet() throws {
    #expect(try answer([(["re:m$"], 8), (["re:.*"], 4)]) == "int4_g64")
    #expect(try answer([(["re:.*"], 4), (["re:m$"], 8)]) == "int4_g64")
    #expect(try answer([(["re:m$"], 4), (["re:.*"], 8)]) == "int8")
    #expect(try answer([(["re:[m]"], 8), (["re:M|m", "re:^m"], 4)]) == "int4_g64")
  }

  @Test func ofOneTargetInTwoGroupsTheLastCounts() throws {
    #expect(try answer([(["Linear"], 8), (["Linear"], 4)]) == "int4_g64")
    #expect(try answer([(["re:m"], 4), (["re:m"], 8)]) == "int8")
  }

  @Test func expressionsMatchFromTheStart() throws {
    #expect(try answer([(["re:.*m"], 4)]) == "int4_g64")
    #expect(try answer([(["re:[a-l]"], 4)]).contains("none in config_groups"))
    #expect(try answer([(["re:m("], 4)]).contains("a regular expression"))
  }

  @Test(arguments: ["m", "re:m", "re:.*", "Linear"])
  func codesOfWhatIsIgnoredAreRefused(_ entry: String) throws {
    let text = try answer([(["Linear"], 4)], ignore: ["lm_head", entry])
    #expect(text.contains("m.weight") && text.contains("not quantized") && text.contains("ignore with \"\(entry)\""))
    #expect(try answer([(["Linear"], 4)], ignore: ["lm_head", "re:n", "Embedding"]) == "int4_g64")
  }

  /// Where every group has a format of its own, the common word says nothing; where none has, it is the common one, or that of
  /// such weights.
  @Test(
    arguments: ["compressed-tensors-4-64-sym", "compressed-tensors-w8a8-tensor", "compressed-tensors-w8a8-token"],
    ["mixed-precision", "pack-quantized", "int-quantized", "float-quantized"])
  func groupsMayHaveFormatsOfTheirOwn(_ name: String, _ common: String) throws {
    let own = name.contains("w8a8") ? "int-quantized" : "pack-quantized"
    var fixture = try QuantizedFixture(name)
    fixture.set("format", common)
    fixture.change(["quantization_config", "config_groups", "group_0"]) { $0["format"] = own }
    #expect(try fixture.open().matrix("m.weight").array() == QuantizedFixture.expected(name))
    fixture.change(["quantization_config", "config_groups", "group_0"]) { $0["format"] = nil }
    if common == own || common == "mixed-precision" {
      #expect(try fixture.open().matrix("m.weight").array() == QuantizedFixture.expected(name))
    } else {
      let error = #expect(throws: CheckpointError.self) { _ = try fixture.open() }
      #expect(error?.description.contains(common) == true, "\(error?.description ?? "")")
    }
  }

  /// Transforms that are part of the weights are read over; those of a running model are not.
  @Test(arguments: [
    ("weight_input", true), ("weight_output", true), ("input", false), ("output", false), ("k_cache", false),
    ("q_attn", false),
  ])
  func transformsOfARunningModelAreRefused(_ location: String, _ isRead: Bool) throws {
    let name = "compressed-tensors-4-64-sym"
    var fixture = try QuantizedFixture(name)
    let application: [String: Any] = [
      "targets": ["re:.*"], "location": location, "inverse": false, "ignore": [String](),
    ]
    let transform: [String: Any] = [
      "type": "hadamard", "apply": [application], "randomize": false, "head_dim": NSNull(),
    ]
    fixture.set("transform_config", ["config_groups": ["R1": transform]])
    guard !isRead else {
      #expect(try fixture.open().matrix("m.weight").array() == QuantizedFixture.expected(name))
      return
    }
    let error = #expect(throws: CheckpointError.self) { _ = try fixture.open() }
    #expect(
      error?.description.contains("transform_config.config_groups.R1.apply[0].location: found \"\(location)\"") == true)
  }

  /// What the classes of compressed-tensors take where nothing is said.
  @Test func defaultsAreThoseOfTheClasses() throws {
    var fixture = try QuantizedFixture("compressed-tensors-8-channel-sym")
    let group = ["quantization_config", "config_groups", "group_0"]
    fixture.change(group) { $0["weights"] = ["group_size": -1] }
    #expect(
      try fixture.open().matrix("m.weight").array() == QuantizedFixture.expected("compressed-tensors-8-channel-sym"))
    fixture = try QuantizedFixture("compressed-tensors-4-64-sym")
    fixture.change(group) {
      $0["weights"] = ["num_bits": 4, "group_size": 64, "type": "INT", "actorder": "weight"] as [String: Any]
    }
    #expect(try fixture.open().matrix("m.weight").array() == QuantizedFixture.expected("compressed-tensors-4-64-sym"))
    fixture.change(group) { $0["weights"] = ["num_bits": 4, "group_size": 64, "actorder": "group"] as [String: Any] }
    let error = #expect(throws: CheckpointError.self) { _ = try fixture.open() }
    #expect(error?.description.contains("m.weight_g_idx") == true)
    fixture.change(group) { $0["weights"] = ["num_bits": 4] }
    let strategy = #expect(throws: CheckpointError.self) { _ = try fixture.open() }
    #expect(strategy?.description.contains("weights.strategy") == true)
  }

  /// Older programs stored zero points of zero beside symmetric weights.
  @Test func zeroPointsBesideSymmetricWeightsAreZero() throws {
    for name in ["compressed-tensors-4-64-sym", "compressed-tensors-w8a8-tensor"] {
      var fixture = try QuantizedFixture(name)
      fixture.tensors["m.weight_zero_point"] = .init(shape: [32, 1], type: "I8", bytes: Array(repeating: 0, count: 32))
      #expect(try fixture.open().matrix("m.weight").array() == QuantizedFixture.expected(name))
      #expect(try fixture.open().tensors.all.map(\.name) == ["m.weight"])
      fixture.tensors["m.weight_zero_point"]?.bytes[31] = 1
      let error = #expect(throws: CheckpointError.self) { _ = try fixture.open() }
      #expect(error?.description.contains("zero points beside symmetric weights") == true)
    }
  }
}
