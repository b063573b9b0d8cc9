import Checkpoints
import Foundation
import Schemes
import Tensors
import TestSupport
import Testing

/// ModelOpt's dialect, by hand.
@Suite struct ModelOptTests {
  private static let nibbles = (0..<16).map { UInt8(truncatingIfNeeded: (2 * $0 % 16) | (((2 * $0 + 1) % 16) << 4)) }
  private static let numbers: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6]

  /// A module with one matrix `m.weight`, and a plain one.
  private func fixture(_ settings: [String: Any], _ tensors: [String: QuantizedFixture.Tensor]) throws
    -> QuantizedFixture
  {
    var fixture = try QuantizedFixture("mlx-4-64")
    fixture.config["quantization"] = nil
    fixture.tensors = tensors
    fixture.tensors["lm_head.weight"] = .init(shape: [1, 2], type: "F32", bytes: ElementType.float32.encode([1, 2]))
    fixture.files["hf_quant_config.json"] = ["producer": ["name": "modelopt"], "quantization": settings]
    return fixture
  }

  private static func number(_ value: Float) -> QuantizedFixture.Tensor {
    .init(shape: [], type: "F32", bytes: ElementType.float32.encode([value]))
  }

  private static let nvfp4: [String: QuantizedFixture.Tensor] = [
    "m.weight": .init(shape: [2, 16], type: "U8", bytes: nibbles + nibbles),
    "m.weight_scale": .init(shape: [2, 2], type: "F8_E4M3", bytes: [0x38, 0x30, 0x7E, 0x01]),
    "m.weight_scale_2": number(0.25), "m.input_scale": number(0.5),
  ]
  private static let fp8: [String: QuantizedFixture.Tensor] = [
    "m.weight": .init(shape: [2, 2], type: "F8_E4M3", bytes: [0x38, 0xB8, 0x40, 0x08]),
    "m.weight_scale": number(4), "m.input_scale": number(0.125),
  ]

  @Test func groupsOfNVFP4MultiplyTheirScales() throws {
    let folder = try fixture(
      ["quant_algo": "NVFP4", "group_size": 16, "kv_cache_quant_algo": NSNull(), "exclude_modules": ["lm_head"]],
      Self.nvfp4
    ).open()
    let tensor = try folder.tensor("m.weight")
    #expect(tensor.shape == [2, 32])
    let factors: [Float] = [0.25, 0.125, 112, 0x1p-11]
    #expect(try tensor.matrix().array() == factors.flatMap { factor in Self.numbers.map { factor * $0 } })
    #expect(tensor.inputs == .floats(FloatInputs(.e2m1, .nested(16, global: 2))))
    #expect(folder.tensors.all.map(\.name).sorted() == ["lm_head.weight", "m.weight"])
    #expect(folder.quantization?.unread == [])
  }

  @Test func matricesOfFP8HaveOneScaleAndTheirInputsToo() throws {
    let folder = try fixture(["quant_algo": "FP8"], Self.fp8).open()
    let tensor = try folder.tensor("m.weight")
    #expect(try tensor.matrix().array() == [4, -4, 8, 0x1p-4])
    #expect(tensor.inputs == .floats(FloatInputs(.e4m3, .fixed(0.125))))
  }

  @Test func rowsOfFP8RoundEachTokenByItself() throws {
    var tensors = Self.fp8
    tensors["m.weight_scale"] = .init(shape: [2], type: "F32", bytes: ElementType.float32.encode([4, 2]))
    tensors["m.input_scale"] = nil
    let folder = try fixture(["quant_algo": "FP8_PER_CHANNEL_PER_TOKEN"], tensors).open()
    #expect(try folder.matrix("m.weight").array() == [4, -4, 4, 0x1p-5])
    #expect(try folder.tensor("m.weight").inputs == .floats(FloatInputs(.e4m3, .perToken())))
  }

  /// Newer versions say the same in config.json, and layers may differ.
  @Test func bothPlacesAgreeAndLayersDiffer() throws {
    let layers = ["m": ["quant_algo": "NVFP4", "group_size": 16] as [String: Any]]
    let settings: [String: Any] = ["quant_algo": "MIXED_PRECISION", "quantized_layers": layers]
    var fixture = try fixture(settings.merging(["exclude_modules": ["lm_*"]]) { $1 }, Self.nvfp4)
    fixture.config["quantization_config"] =
      settings.merging(["quant_method": "modelopt", "ignore": ["lm_*"], "config_groups": ["group_0": [:]]]) { $1 }
    #expect(try fixture.open().matrix("m.weight")[0, 2] == 0.25)
    fixture.set("ignore", ["lm_head"])
    let error = try #require(throws: CheckpointError.self) { _ = try fixture.open() }
    #expect("\(error)".contains("other settings"))
  }

  @Test(arguments: [
    ("algorithm", "quant_algo", "W8A16_SQ"), ("no algorithm", "quant_algo", "nothing"), ("group", "group_size", "16"),
    ("keys", "kv_cache_quant_algo", "does not compute"), ("excluded", "m.weight", "exclude_modules with"),
    ("layers", "m.weight", "quantized_layers without it"), ("inputs", "m.input_scale", "no tensor"),
    ("global", "m.weight_scale_2", "no tensor"), ("factors", "m.pre_quant_scale", "factors of inputs"),
    ("negative", "m.input_scale", "a scale above 0"), ("tiny", "m.input_scale", "reciprocal"),
    ("scales", "m.weight_scale", "a scale for each row and 16 columns"),
  ]) func whatIsWrongIsNamed(_ harm: String, _ place: String, _ says: String) throws {
    var settings: [String: Any] = ["quant_algo": "NVFP4", "group_size": 16]
    var tensors = Self.nvfp4
    switch harm {
    case "algorithm": settings["quant_algo"] = "W8A16_SQ"
    case "no algorithm": settings["quant_algo"] = nil
    case "group": settings["group_size"] = 32
    case "keys": settings["kv_cache_quant_algo"] = "FP8"
    case "excluded": settings["exclude_modules"] = ["*m"]
    case "layers": settings = ["quant_algo": "MIXED_PRECISION", "quantized_layers": ["n": ["quant_algo": "FP8"]]]
    case "inputs": tensors["m.input_scale"] = nil
    case "global": tensors["m.weight_scale_2"] = nil
    case "factors": tensors["m.pre_quant_scale"] = Self.number(1)
    case "negative": tensors["m.input_scale"] = Self.number(-1)
    case "tiny": tensors["m.input_scale"] = Self.number(Float(bitPattern: 1))
    default: tensors["m.weight_scale"]?.shape = [4, 1]
    }
    let harmed = try fixture(settings, tensors)
    let error = try #require(throws: CheckpointError.self) { _ = try harmed.open().tensor("m.weight").matrix() }
    #expect("\(error)".contains(place) && "\(error)".contains(says), "\(error)")
  }
}
