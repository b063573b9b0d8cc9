import Checkpoints
import Foundation
import JSON
import TestSupport

/// Files that are right, for targets to start from.
enum FuzzFiles {
  struct Broken: Error {}

  static func fixture(_ name: String) -> URL {
    SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/\(name)")
  }

  static func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: fixture(name))) }

  /// A safetensors file of numbers that count up.
  static func safetensors(_ tensors: [(name: String, shape: [Int], type: String)]) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let planned = tensors.map { SafetensorsPlannedTensor(name: $0.name, shape: $0.shape, type: $0.type) }
    let sizes = ["F32": 4, "F16": 2, "BF16": 2, "I64": 8, "U8": 1]
    var writer = try SafetensorsWriter(path: folder.path("m.safetensors"), tensors: planned)
    for tensor in tensors where !tensor.shape.contains(0) {
      let count = tensor.shape.reduce(1, *) * (sizes[tensor.type] ?? 1)
      let bytes = (0..<count).map { UInt8($0 % 50) }
      try writer.append(bytes.span.bytes, to: tensor.name)
    }
    try writer.finish().publish()
    return Array(try Data(contentsOf: URL(filePath: folder.path("m.safetensors"))))
  }

  /// Families, each with its config.json.
  static let families: [FamilyFixture] = FamilyFixture.all

  // MARK: - Quantized folders

  struct Quantized {
    let config: [UInt8]
    let tensors: [UInt8]
  }

  static func quantizedFolders() throws -> [Quantized] {
    let names = try FileManager.default.contentsOfDirectory(atPath: fixture("quantized").path).sorted()
    return try names.map { name in
      Quantized(
        config: try bytes("quantized/\(name)/config.json"), tensors: try bytes("quantized/\(name)/model.safetensors"))
    }
  }

  /// One file of each, after its number in the list.
  static func quantized(_ part: (Quantized) -> [UInt8]) throws -> [[UInt8]] {
    try quantizedFolders().enumerated().map { [UInt8($0.offset)] + part($0.element) }
  }

  // MARK: - ONNX

  /// A graph with a product of blocks, which a table is gathered from too, and a plain product.
  static func onnx() throws -> ONNXModel {
    var model = ONNXModel()
    model.producer = ONNXFile.producer
    model.operators = [.init("", 21), .init("com.microsoft", 1)]
    let names = ["w.weight_Q4", "w.weight_scales", "w.weight_zero_points"]
    model.graph.nodes = [
      ONNXNode(
        "MatMulNBits", name: "product", domain: "com.microsoft", inputs: ["x"] + names, outputs: ["y"],
        attributes: [
          .init("K", .integer(32)), .init("N", .integer(2)), .init("bits", .integer(4)),
          .init("block_size", .integer(16)),
        ]), ONNXNode("Reshape", name: "flat", inputs: [names[0], "shape"], outputs: ["flat"]),
      ONNXNode(
        "GatherBlockQuantized", name: "rows", domain: "com.microsoft", inputs: ["flat", "ids"] + names.dropFirst(),
        outputs: ["x"], attributes: [.init("block_size", .integer(16)), .init("quantize_axis", .integer(1))]),
      ONNXNode("MatMul", name: "plain", inputs: ["y", "p.weight"], outputs: ["z"]),
    ]
    let sides: [(String, ONNXType, [Int], Int)] = [
      (names[0], .uint8, [2, 2, 8], 32), (names[1], .float32, [2, 2], 16), (names[2], .uint8, [2, 1], 2),
      ("p.weight", .float16, [2, 3], 12),
    ]
    model.graph.initializers = sides.enumerated().map { index, side in
      ONNXInitializer(
        name: side.0, type: side.1, shape: side.2,
        place: .file("model.onnx.data", offset: 2048 * index, length: side.3))
    }
    return model
  }

  // MARK: - GGUF

  static func ggufs() throws -> [[UInt8]] {
    [
      try gguf(tokens: ["<unk>", "<s>", "</s>", "▁", "a", "b", "ab", "▁ab", "<0x0A>"], model: "llama"),
      try gguf(tokens: ["a", "b", "c", "ab", "Ġ", "Ġab", "<|end|>"], model: "gpt2"),
      try gguf(tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "##b", "ab"], model: "bert"),
      try gguf(tokens: ["<pad>", "</s>", "<unk>", "▁a", "b", "▁"], model: "t5"),
    ]
  }

  private static func gguf(tokens: [String], model: String) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let path = folder.path("m.gguf")
    var metadata = GGUFMetadata(path: path)
    metadata["general.architecture"] = .string("llama")
    for (key, value) in [
      ("block_count", 1), ("context_length", 64), ("embedding_length", 32), ("feed_forward_length", 32),
      ("attention.head_count", 2), ("attention.head_count_kv", 1), ("rope.dimension_count", 16),
    ] as [(String, UInt32)] {
      metadata["llama.\(key)"] = .uint32(value)
    }
    metadata["llama.attention.layer_norm_rms_epsilon"] = .float32(1e-5)
    metadata["tokenizer.ggml.model"] = .string(model)
    metadata["tokenizer.ggml.pre"] = .string("gpt-2")
    metadata["tokenizer.ggml.tokens"] = .strings(tokens)
    metadata["tokenizer.ggml.scores"] = .array(.float32, tokens.indices.map { .float32(-Float($0)) })
    metadata["tokenizer.ggml.token_type"] = .array(.int32, tokens.indices.map { .int32($0 < 3 ? 3 : 1) })
    metadata["tokenizer.ggml.merges"] = .strings(["a b", "Ġ ab"])
    metadata["tokenizer.ggml.bos_token_id"] = .uint32(1)
    metadata["a.bool"] = .array(.bool, [.bool(true), .bool(false)])
    metadata["a.list"] = .array(.array, [.array(.uint8, [.uint8(1)]), .array(.uint8, [])])
    var tensors: [(String, [Int], String)] = [
      ("token_embd.weight", [tokens.count, 32], "q8_0"), ("output_norm.weight", [32], "f32"),
      ("output.weight", [tokens.count, 32], "f16"), ("blk.0.attn_norm.weight", [32], "f32"),
      ("blk.0.ffn_norm.weight", [32], "f32"), ("blk.0.attn_q.weight", [32, 32], "q4_0"),
      ("blk.0.attn_k.weight", [16, 32], "q4_1"), ("blk.0.attn_v.weight", [16, 32], "q5_0"),
      ("blk.0.attn_output.weight", [32, 32], "iq4_nl"), ("blk.0.ffn_gate.weight", [32, 32], "q5_1"),
      ("blk.0.ffn_up.weight", [32, 32], "q4_0"), ("blk.0.ffn_down.weight", [32, 32], "q8_0"),
    ]
    for type in ["q2_k", "q3_k", "q4_k", "q5_k", "q6_k", "iq2_xxs", "iq4_xs", "tq1_0"] {
      tensors.append((type, [1, 256], type))
    }
    let planned = try tensors.map { name, shape, type in
      guard let type = GGUFTensorType.named(type) else { throw Broken() }
      return GGUFPlannedTensor(name: name, shape: shape, type: type)
    }
    var writer = try GGUFWriter(path: path, metadata: metadata, tensors: planned)
    for tensor in planned {
      let count = tensor.type.byteCount(shape: tensor.shape) ?? 0
      let bytes = (0..<count).map { UInt8($0 % 60) }
      try writer.append(bytes.span.bytes, to: tensor.name)
    }
    try writer.finish().publish()
    return Array(try Data(contentsOf: URL(filePath: path)))
  }

  // MARK: - Tokenizers

  /// Files of that name among those of tokenizers that libraries trained.
  static func trained(_ name: String) throws -> [[UInt8]] {
    let list = try JSONValue(contentsOf: fixture("tiny-models.json").path).asArray ?? []
    return list.compactMap { entry in
      guard let members = entry.asMembers else { return nil }
      if name == "tokenizer.model" {
        return members["model"]?.asString.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
      }
      return members["files"]?.asMembers?[name]?.asString.map { Array($0.utf8) }
    }
  }
}
