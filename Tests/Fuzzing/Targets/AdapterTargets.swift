import Foundation
import Models
import Tensors
import TestSupport

extension FuzzTarget {
  private static func fixture(_ file: String) throws -> [[UInt8]] {
    try AdapterFixture.all.map { fixture in
      let folder = try TemporaryFolder()
      try fixture.write(to: folder)
      return Array(try Data(contentsOf: URL(filePath: folder.path("adapter/\(file)"))))
    }
  }

  static let adapterConfiguration = FuzzTarget(
    "adapter_config.json", .json(after: 0),
    words: [
      "LORA", "r", "lora_alpha", "rank_pattern", "alpha_pattern", "target_modules", "use_rslora", "use_dora",
      "modules_to_save",
      "init_lora_weights", "(a+)+$", "q_proj", ".*", "[", "a**", "layers.0.(q|k)_proj",
    ],
    seeds: { try fixture("adapter_config.json") },
    prepare: { try $0.write("adapter_model.safetensors", fixture("adapter_model.safetensors")[0]) }
  ) { input, folder in
    try folder.write("adapter_config.json", input)
    _ = try Adapter(AdapterChoice(path: folder.path))
  }

  static let adapterTensors = FuzzTarget(
    "adapter_model.safetensors", .safetensors(after: 0),
    words: [
      "lora_A", "lora_B", ".weight", "base_model.model.", "lora_magnitude_vector", "modules_to_save", "F32", "[0,0]",
    ],
    seeds: { try fixture("adapter_model.safetensors") },
    prepare: { try $0.write("adapter_config.json", fixture("adapter_config.json")[0]) }
  ) { input, folder in
    try folder.write("adapter_model.safetensors", input)
    _ = try Adapter(AdapterChoice(path: folder.path))
  }
}
