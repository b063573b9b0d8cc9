import Checkpoints
import Foundation
import TestSupport
import Testing

/// Where folders say how their weights are quantized.
@Suite struct QuantizationPlaceTests {
  private static let quantized = [("gptq-4-32-sym", "quantize_config.json"), ("awq-32", "quant_config.json")]

  /// AutoGPTQ and AutoAWQ wrote files of their own, before config.json said it.
  @Test(arguments: quantized)
  func aFileOfItsOwnMaySayIt(_ name: String, _ file: String) throws {
    var fixture = try QuantizedFixture(name)
    var settings = fixture.config["quantization_config"] as? [String: Any] ?? [:]
    fixture.config = [:]
    for method in [settings["quant_method"], nil] {
      settings["quant_method"] = method
      fixture.files = [file: settings]
      #expect(try fixture.open().matrix("m.weight").array() == QuantizedFixture.expected(name))
    }
  }

  /// The names that AutoAWQ's and GPTQ's older programs had for the same settings.
  @Test func olderNamesAreRead() throws {
    var awq = try QuantizedFixture("awq-32")
    awq.config = [:]
    awq.files = ["quant_config.json": ["zero_point": true, "q_group_size": 32, "w_bit": 4, "version": "GEMM"]]
    #expect(try awq.open().matrix("m.weight").array() == QuantizedFixture.expected("awq-32"))
    var gptq = try QuantizedFixture("gptq-2-32-asym-v2")
    gptq.config = [
      "quantization_config": ["method": "gptq", "wbits": 2, "q_group_size": 32, "format": "gptq_v2"] as [String: Any]
    ]
    #expect(try gptq.open().matrix("m.weight").array() == QuantizedFixture.expected("gptq-2-32-asym-v2"))
  }

  @Test(arguments: quantized)
  func severalPlacesMustSayTheSame(_ name: String, _ file: String) throws {
    var fixture = try QuantizedFixture(name)
    var settings = fixture.config["quantization_config"] as? [String: Any] ?? [:]
    settings["damp_percent"] = 0.1
    fixture.files = [file: settings]
    #expect(try fixture.open().matrix("m.weight").array() == QuantizedFixture.expected(name))
    settings["group_size"] = 64
    fixture.files = [file: settings]
    let error = #expect(throws: CheckpointError.self) { _ = try fixture.open() }
    #expect(error?.description.contains(file) == true && error?.description.contains("config.json") == true)
  }

  @Test func theOlderKeyOfCompressedTensorsIsRead() throws {
    let name = "compressed-tensors-4-64-sym"
    let settings = try QuantizedFixture(name).config["quantization_config"] as? [String: Any] ?? [:]
    var nameless = settings
    nameless["quant_method"] = nil
    let nested: [String: Any] = ["quantization_config": settings, "sparsity_config": ["format": "dense"]]
    for content in [settings, nameless, nested] {
      var fixture = try QuantizedFixture(name)
      fixture.config = ["compression_config": content]
      #expect(try fixture.open().matrix("m.weight").array() == QuantizedFixture.expected(name))
    }
    var sparse = try QuantizedFixture(name)
    sparse.config = [
      "compression_config": ["quantization_config": settings, "sparsity_config": ["format": "sparse-24-bitmask"]]
        as [String: Any]
    ]
    let error = #expect(throws: CheckpointError.self) { _ = try sparse.open() }
    #expect(error?.description.contains("sparsity_config.format: found \"sparse-24-bitmask\"") == true)
  }

  /// MLX says the same under two keys; what is not the same is refused.
  @Test func bothKeysOfMLXMustAgree() throws {
    var fixture = try QuantizedFixture("mlx-4-64")
    fixture.config["quantization_config"] = fixture.config["quantization"]
    #expect(
      try fixture.open().matrix("m.weight").array() == QuantizedFixture("mlx-4-64").open().matrix("m.weight").array())
    fixture.config["quantization_config"] = ["quant_method": "exl2", "bits": 4] as [String: Any]
    let error = #expect(throws: CheckpointError.self) { _ = try fixture.open() }
    #expect(error?.description.contains("mlx with other settings than") == true, "\(error?.description ?? "")")
  }

  @Test func modulesOfMLXMayHaveHalfADescription() throws {
    var fixture = try QuantizedFixture("mlx-4-64")
    fixture.config = ["quantization": ["group_size": 32, "bits": 8, "m": ["bits": 4]] as [String: Any]]
    #expect(
      try fixture.open().matrix("m.weight").array() == QuantizedFixture("mlx-4-64").open().matrix("m.weight").array())
  }

  @Test(arguments: [
    "gptq-4-32-sym", "awq-32", "compressed-tensors-4-64-sym", "bitsandbytes-nf4", "bitsandbytes-int8", "mlx-4-64",
    "exl2-4",
  ])
  func codesWithoutSettingsAreToldWhereThoseBelong(_ name: String) throws {
    var fixture = try QuantizedFixture(name)
    fixture.config = [:]
    let error = #expect(throws: CheckpointError.self) { _ = try fixture.open() }
    let text = error?.description ?? ""
    #expect(text.contains("quantization_config: found nothing") && text.contains("quantize_config.json"), "\(text)")
  }
}
