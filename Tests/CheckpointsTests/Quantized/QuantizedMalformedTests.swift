import Checkpoints
import Foundation
import TestSupport
import Testing

/// One thing that is wrong with a checkpoint, and what its error must say.
struct Fault: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let fixture: String
  let says: [String]
  let harm: @Sendable (inout QuantizedFixture) -> Void

  init(
    _ description: String, in fixture: String, says: String...,
    harm: @escaping @Sendable (inout QuantizedFixture) -> Void
  ) {
    testDescription = description
    self.fixture = fixture
    self.says = says
    self.harm = harm
  }

  static let integers: [Fault] = [
    Fault("no zero points", in: "gptq-4-32-sym", says: "no tensor m.qzeros", "m.scales") {
      $0.tensors["m.qzeros"] = nil
    },
    Fault("zero points of another width", in: "gptq-4-32-sym", says: "m.qzeros", "[2, 8]", "zero points of 4 bits") {
      $0.tensors["m.qzeros"]?.shape = [2, 8]
    },
    Fault("a scale too few", in: "gptq-4-32-sym", says: "m.scales", "[2, 64]", "[4, 32]") {
      $0.tensors["m.scales"]?.shape = [2, 64]
    },
    Fault("a group that is not there", in: "gptq-4-32-sym", says: "m.g_idx", "the group 4 for input 0", "0 to 3") {
      $0.tensors["m.g_idx"]?.bytes[0] = 4
    },
    Fault("a negative group", in: "gptq-4-32-sym", says: "m.g_idx", "the group -1 for input 1") { fixture in
      for byte in 4..<8 { fixture.tensors["m.g_idx"]?.bytes[byte] = 255 }
    },
    Fault("codes as numbers", in: "gptq-4-32-sym", says: "m.qweight", "type", "f32", "I32") {
      $0.tensors["m.qweight"]?.type = "F32"
    },
    Fault("a format of the future", in: "gptq-4-32-sym", says: "checkpoint_format", "marlin", "gptq or gptq_v2") {
      $0.set("checkpoint_format", "marlin")
    },
    Fault("bits that nobody packs", in: "gptq-4-32-sym", says: "bits", "5", "2, 3, 4, 8") { $0.set("bits", 5) },
    Fault("other words", in: "gptq-4-32-sym", says: "pack_dtype", "int8", "int32") { $0.set("pack_dtype", "int8") },
    Fault("a group of nothing", in: "gptq-4-32-sym", says: "group_size", "0", "-1") { $0.set("group_size", 0) },
    Fault("a group of everything", in: "gptq-4-32-sym", says: "group_size", "9223372036854775800", "-1") {
      $0.set("group_size", 9_223_372_036_854_775_800)
    },
    Fault("a group of everything in AWQ", in: "awq-32", says: "group_size", "9223372036854775800", "-1") {
      $0.set("group_size", 9_223_372_036_854_775_800)
    },
    Fault(
      "a pattern that is none", in: "gptq-4-32-sym", says: "dynamic.+:m(", "the pattern \"m(\"", "closing parenthesis",
      "regular expression"
    ) {
      $0.set("dynamic", ["+:m(": ["bits": 8]])
    },
    Fault("a pattern that takes out and is none", in: "gptq-4-32-sym", says: "dynamic.-:[", "no closing bracket") {
      $0.set("dynamic", ["-:[": [String: Any]()])
    },
    Fault("a pattern beyond what is read", in: "gptq-4-32-sym", says: "dynamic", "back-reference is not supported") {
      $0.set("dynamic", [#"(m)\1"#: ["bits": 8]])
    },
    Fault("a target that is no pattern", in: "compressed-tensors-4-64-sym", says: "targets", "m**", "repetition") {
      var inner = $0.config["quantization_config"] as? [String: Any] ?? [:]
      var groups = inner["config_groups"] as? [String: Any] ?? [:]
      var group = groups["group_0"] as? [String: Any] ?? [:]
      group["targets"] = ["re:m**"]
      groups["group_0"] = group
      inner["config_groups"] = groups
      $0.config["quantization_config"] = inner
    },
    Fault("an unknown method", in: "gptq-4-32-sym", says: "quant_method", "aqlm") { $0.set("quant_method", "aqlm") },
    Fault("no method", in: "gptq-4-32-sym", says: "quant_method", "nothing") { $0.set("quant_method", nil) },
    Fault("symmetry that zero points deny", in: "gptq-4-64-asym-act", says: "m.qzeros", "sym: true", "8 everywhere") {
      $0.set("sym", true)
    },
    Fault("zero points of another version", in: "gptq-4-32-sym", says: "the zero point 7", "checkpoint_format") {
      $0.set("checkpoint_format", "gptq_v2")
    },
    Fault("two symmetries", in: "gptq-4-32-sym", says: "zero_point: found true", "sym is true") {
      $0.set("zero_point", true)
    },
    Fault("two versions", in: "gptq-4-32-sym", says: "format: found \"gptq_v2\"", "checkpoint_format says, \"gptq\"") {
      $0.set("format", "gptq_v2")
    },
    Fault("two methods", in: "gptq-4-32-sym", says: "method: found \"awq\"", "quant_method says, \"gptq\"") {
      $0.set("method", "awq")
    },
    Fault("an order that nobody tells", in: "gptq-4-64-asym-act", says: "m.g_idx", "desc_act") {
      $0.tensors["m.g_idx"] = nil
    },
    Fault("codes of a module without", in: "gptq-4-32-sym", says: "m.weight", "codes", "not quantized") {
      $0.set("dynamic", ["+:m": ["bits": 4], "-:m": [:]] as [String: [String: Int]])
    },
    Fault("an adapter in a rule", in: "gptq-4-32-sym", says: "dynamic.m.adapter: found {\"path\": \"x\"}") {
      $0.set("dynamic", ["m": ["adapter": ["path": "x"]]])
    },
    Fault("AWQ without zero points", in: "awq-32", says: "zero_point: found false", "expected true") {
      $0.set("zero_point", false)
    },
    Fault("AWQ in another program's order", in: "awq-32", says: "backend", "llm-awq") { $0.set("backend", "llm-awq") },
    Fault("four and eight bits", in: "bitsandbytes-nf4", says: "load_in_8bit: found true", "load_in_4bit") {
      $0.set("load_in_8bit", true)
    },
    Fault(
      "bytes for packed words", in: "compressed-tensors-w8a8-tensor", says: "weight of one byte each", "pack-quantized"
    ) {
      $0.change(["quantization_config", "config_groups", "group_0"]) { $0["format"] = "pack-quantized" }
    },
    Fault("a module of MLX without codes", in: "mlx-4-64", says: "m.weight", "not quantized") {
      $0.change(["quantization"]) { $0["m"] = false }
    },
    Fault("inputs that MLX rounds", in: "mlx-4-64", says: "quantize_activations: found true", "expected false") {
      $0.config["quantize_activations"] = true
    },
    Fault("a mode of the future", in: "mlx-4-64", says: "quantization.m.mode", "mxfp2", "affine") {
      $0.change(["quantization"]) { $0["m"] = ["bits": 4, "mode": "mxfp2"] as [String: Any] }
    },
    Fault("numbers beside codes", in: "gptq-4-32-sym", says: "m.weight") {
      $0.tensors["m.weight"] = .init(shape: [1], type: "F32", bytes: [0, 0, 0, 0])
    },
    Fault("another kernel's layout", in: "awq-32", says: "version", "gemv", "gemm") { $0.set("version", "gemv") },
    Fault("AWQ of eight bits", in: "awq-32", says: "bits", "8", "expected 4") { $0.set("bits", 8) },
    Fault("AWQ zero points of another width", in: "awq-32", says: "m.qzeros", "[8, 2]", "[4, 4]") {
      $0.tensors["m.qzeros"]?.shape = [8, 2]
    },
    Fault("groups that do not divide", in: "awq-32", says: "m.qweight", "a multiple of 48 inputs") {
      $0.set("group_size", 48)
    },
    Fault(
      "a shape that codes do not fill", in: "compressed-tensors-4-64-sym", says: "m.weight_packed", "[32, 16]",
      "[33, 16]"
    ) { $0.tensors["m.weight_shape"]?.bytes[0] = 33 },
    Fault("a shape of nothing", in: "compressed-tensors-4-64-sym", says: "m.weight_shape", "[0, 128]") {
      $0.tensors["m.weight_shape"]?.bytes[0] = 0
    },
    Fault("zero points that are missing", in: "compressed-tensors-4-32-asym", says: "no tensor m.weight_zero_point") {
      $0.tensors["m.weight_zero_point"] = nil
    },
    Fault("another compression", in: "compressed-tensors-4-64-sym", says: "format", "marlin-24", "pack-quantized") {
      $0.set("format", "marlin-24")
    },
    Fault("no scale of inputs", in: "compressed-tensors-w8a8-tensor", says: "no tensor m.input_scale") {
      $0.tensors["m.input_scale"] = nil
    },
    Fault("a scale of nothing", in: "compressed-tensors-w8a8-tensor", says: "m.input_scale", "a scale above 0") {
      $0.tensors["m.input_scale"]?.bytes = [0, 0, 0, 0]
    },
    Fault("a scale of inputs too many", in: "compressed-tensors-w8a8-tensor", says: "m.input_scale", "[2]", "[1]") {
      $0.tensors["m.input_scale"] = .init(shape: [2], type: "F16", bytes: [0, 60, 0, 60])
    },
    Fault(
      "no zero point of inputs", in: "compressed-tensors-w8a8-tensor-asym", says: "no tensor m.input_zero_point"
    ) { $0.tensors["m.input_zero_point"] = nil },
    Fault("inputs of four bits", in: "compressed-tensors-w8a8-token", says: "input_activations.num_bits", "expected 8")
    {
      $0.setInputs("num_bits", 4)
    },
    Fault(
      "inputs as complex numbers", in: "compressed-tensors-w8a8-token", says: "input_activations.type", "int or float"
    ) {
      $0.setInputs("type", "complex")
    },
    Fault("a scale for each batch", in: "compressed-tensors-w8a8-tensor", says: "input_activations.strategy", "token") {
      $0.setInputs("dynamic", true)
    },
    Fault("a scale stored for each token", in: "compressed-tensors-w8a8-token", says: "strategy", "expected tensor") {
      $0.setInputs("dynamic", false)
    },
    Fault("no description", in: "bitsandbytes-nf4", says: "no tensor m.weight.quant_state.bitsandbytes__nf4") {
      $0.tensors["m.weight.quant_state.bitsandbytes__nf4"] = nil
    },
    Fault(
      "a description that is no JSON", in: "bitsandbytes-nf4", says: "m.weight.quant_state.bitsandbytes__nf4", ":1:1"
    ) {
      $0.tensors["m.weight.quant_state.bitsandbytes__nf4"]?.bytes[0] = 0
    },
    Fault("a code book of eight", in: "bitsandbytes-nf4", says: "m.weight.quant_map", "[8, 2]", "[16]") {
      $0.tensors["m.weight.quant_map"]?.shape = [8, 2]
    },
    Fault("scales of another matrix", in: "bitsandbytes-nf4", says: "m.weight.absmax", "[2, 32]", "[64]") {
      $0.tensors["m.weight.absmax"]?.shape = [2, 32]
    },
    Fault("no factors", in: "bitsandbytes-nf4-double", says: "no tensor m.weight.nested_absmax") {
      $0.tensors["m.weight.nested_absmax"] = nil
    },
    Fault("a tiled matrix", in: "bitsandbytes-int8", says: "m.weight_format", "the format 2") {
      $0.tensors["m.weight_format"]?.bytes = [2]
    },
    Fault("no groups", in: "exl2-4", says: "no tensor m.q_groups", "m.q_weight") { $0.tensors["m.q_groups"] = nil },
    Fault("half a group of EXL2", in: "exl2-4", says: "m.q_groups", "[3]", "bits and first word") {
      $0.tensors["m.q_groups"] = .init(shape: [3], type: "I16", bytes: [4, 0, 0, 0, 4, 0])
    },
    Fault("seven bits", in: "exl2-4", says: "m.q_groups", "7 bits in group 1", "2, 3, 4, 5, 6 or 8") {
      $0.tensors["m.q_groups"]?.bytes[4] = 7
    },
    Fault("groups that begin elsewhere", in: "exl2-4", says: "m.q_groups", "word 1 as the first of group 0", "0") {
      $0.tensors["m.q_groups"]?.bytes[2] = 1
    },
    Fault("a group between columns", in: "exl2-4", says: "m.q_groups", "9 words of group 0 for 72 columns") {
      $0.tensors["m.q_groups"]?.bytes[6] = 9
    },
    Fault("a group of no words", in: "exl2-6-3", says: "m.q_groups", "0 words of group 0 for 0 columns") {
      $0.tensors["m.q_groups"]?.bytes[6] = 0
    },
    Fault("codes that columns do not fill", in: "exl2-6-3", says: "m.q_groups", "2 words of group 3") { fixture in
      fixture.tensors["m.q_weight"]?.shape[0] = 14
      fixture.tensors["m.q_weight"]?.bytes.removeLast(32 * 4)
    },
    Fault("scales of other groups", in: "exl2-4", says: "m.q_scale", "[4, 2]", "[2, 4]") {
      $0.tensors["m.q_scale"]?.shape = [4, 2]
    },
    Fault("a largest scale too many", in: "exl2-4", says: "m.q_scale_max", "[1, 2]", "[2]") {
      $0.tensors["m.q_scale_max"]?.shape = [1, 2]
    },
    Fault("outputs that are not filled up", in: "exl2-4", says: "m.q_weight", "[32, 16]", "a multiple of 32") {
      $0.tensors["m.q_weight"]?.shape = [32, 16]
    },
    Fault("a place twice", in: "exl2-4", says: "m.q_invperm", "the place 200 for column 0", "0 to 127 once") {
      $0.tensors["m.q_invperm"]?.bytes.replaceSubrange(0..<2, with: [200, 0])
    },
    Fault("no biases", in: "mlx-4-64", says: "no tensor m.biases") { $0.tensors["m.biases"] = nil },
    Fault("half a group", in: "mlx-4-64", says: "m.scales", "[32, 2]", "[64, 1]") {
      $0.tensors["m.weight"]?.shape = [64, 8]
    },
    Fault("another mode", in: "mlx-4-64", says: "group_size", "64", "32, as mxfp4 has it") {
      $0.config["quantization"] = ["group_size": 64, "bits": 4, "mode": "mxfp4"] as [String: Any]
    },
  ]
}

@Suite struct QuantizedMalformedTests {
  @Test(arguments: Fault.integers + Fault.floats)
  func errorsNameTheTensor(_ fault: Fault) throws {
    var fixture = try QuantizedFixture(fault.fixture)
    fault.harm(&fixture)
    let damaged = fixture
    let error = #expect(throws: CheckpointError.self) {
      let folder = try damaged.open()
      for tensor in folder.tensors.all { _ = try tensor.matrix() }
    }
    let text = error?.description ?? ""
    for fragment in fault.says {
      #expect(text.contains(fragment), "\"\(text)\" lacks \"\(fragment)\"")
    }
  }

  /// Sides that are nothing, or too much, in every tensor of every layout: an answer or an error, and never a trap.
  @Test(arguments: QuantizedFixture.names)
  func sidesOfNothingAreRefused(_ name: String) throws {
    let original = try QuantizedFixture(name)
    var refused = 0
    for (tensor, stored) in original.tensors {
      for side in stored.shape.indices {
        for (own, other) in [(0, nil), (1 << 40, 0), (1 << 30, 0), (0, 1 << 40)] as [(Int, Int?)] {
          var shape = stored.shape
          shape[side] = own
          if let other { for place in shape.indices where place != side { shape[place] = other } }
          guard shape.contains(0) else { continue }
          var fixture = original
          fixture.tensors[tensor] = .init(shape: shape, type: stored.type, bytes: [])
          do {
            let folder = try fixture.open()
            for tensor in folder.tensors.all { _ = try? tensor.matrix(workers: .init(count: 1)) }
          } catch let error as CheckpointError {
            #expect(error.description.contains(" \(tensor.prefix(2))"), "\(error)")
            refused += 1
          }
        }
      }
    }
    #expect(refused > 0)
  }

  /// The whole of a matrix at once: everything that a layout reads has a side of 2⁴⁰ and no element.
  @Test func matricesOfNothingButSidesAreRefused() throws {
    let shapes: [(fixture: String, tensors: [String: [Int]])] = [
      ("gptq-4-32-sym", ["m.qweight": [1 << 40, 0], "m.scales": [1 << 38, 0], "m.qzeros": [1 << 38, 0]]),
      ("mlx-4-64", ["m.weight": [0, 1 << 40], "m.scales": [0, 1 << 37], "m.biases": [0, 1 << 37]]),
      ("mlx-4-64", ["m.weight": [4, 0], "m.scales": [4, 0], "m.biases": [4, 0]]),
      ("awq-32", ["m.qweight": [1 << 40, 0], "m.scales": [1 << 35, 0], "m.qzeros": [1 << 35, 0]]),
    ]
    for (name, changed) in shapes {
      var fixture = try QuantizedFixture(name)
      fixture.tensors["m.g_idx"] = nil
      for (tensor, shape) in changed {
        fixture.tensors[tensor]?.shape = shape
        fixture.tensors[tensor]?.bytes = []
      }
      let damaged = fixture
      let error = #expect(throws: CheckpointError.self) { _ = try damaged.open() }
      #expect(error?.description.contains("no side of 0") == true, "\(name): \(error?.description ?? "")")
    }
  }

  /// Rules choose what they choose in Python: lookarounds, classes and all, compiled once.
  @Test func rulesMatchTheBeginningOfAName() throws {
    let rules: [(pattern: String, isMatch: Bool)] = [
      ("+:^(?!.*lm_head)m", true), ("m$", true), ("m|x", true), ("x?m", true), (".*n", false), ("+:(.|.)*Z", false),
      ("M", false),
      ("(?i)M", true),
    ]
    let expected = try QuantizedFixture("gptq-4-32-sym").open().matrix("m.weight").array()
    for (pattern, isMatch) in rules {
      var fixture = try QuantizedFixture("gptq-4-32-sym")
      fixture.set("bits", 8)
      fixture.set("dynamic", [pattern: ["bits": 4]])
      let changed = fixture
      if isMatch {
        #expect(
          try changed.open().matrix("m.weight").array() == expected, "\(pattern)")
      } else {
        #expect(throws: CheckpointError.self, "\(pattern)") { _ = try changed.open().matrix("m.weight") }
      }
    }
  }

  /// A scale that is no number is a weight that is none.
  @Test func scalesThatAreNoNumbersAreRefused() throws {
    var fixture = try QuantizedFixture("gptq-4-32-sym")
    fixture.tensors["m.scales"]?.bytes.replaceSubrange(0..<2, with: [0, 0x7E])
    let damaged = fixture
    let error = #expect(throws: CheckpointError.self) { _ = try damaged.open().matrix("m.weight") }
    #expect(error?.description.contains("m.scales") == true)
  }
}
