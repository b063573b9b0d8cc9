import Checkpoints
import Foundation
import Models
import Pipeline
import TestSupport
import Tensors
import Tokenizers

extension FuzzTarget {
  /// The words of safetensors headers.
  private static let headerWords = [
    "F32", "F16", "BF16", "I32", "U8", "F8_E4M3", "F4", "I64", "BOOL", "shape", "dtype", "data_offsets", "__metadata__",
    "[0,0]",
    "[1099511627776,0]", "[4611686018427387904,0]", "[]", "[2,2,2]",
  ]

  static let safetensors = FuzzTarget(
    "safetensors", .safetensors(after: 0), words: headerWords,
    seeds: {
      [
        try FuzzFiles.safetensors([("a", [2, 3], "F32"), ("b", [4], "F16"), ("c", [2, 2], "BF16"), ("d", [], "I64")]),
        try FuzzFiles.safetensors([("w", [0, 8], "F32"), ("x", [1, 1], "U8")]), try FuzzFiles.safetensors([]),
      ]
    }
  ) { input, folder in
    let file = try SafetensorsFile(path: folder.write("m.safetensors", input))
    for tensor in file.tensors.all { _ = try? tensor.matrix(workers: Workers(count: 1)) }
  }

  static let index = FuzzTarget(
    "index", .json(after: 0),
    words: [
      "a.safetensors", "../a.safetensors", "/etc/passwd", "\\u0000", "weight_map", "a.weight", ".", "..", "b/../a",
    ],
    seeds: {
      [
        Array(
          #"{"metadata": {"total_size": 32}, "weight_map": {"a.weight": "a.safetensors", "b.weight": "b.safetensors"}}"#
            .utf8)
      ]
    },
    prepare: { folder in
      try folder.write("config.json", #"{"architectures": ["LlamaForCausalLM"]}"#)
      try folder.write("a.safetensors", FuzzFiles.safetensors([("a.weight", [2, 2], "F32")]))
      try folder.write("b.safetensors", FuzzFiles.safetensors([("b.weight", [2, 2], "F32")]))
    }
  ) { input, folder in
    try folder.write("model.safetensors.index.json", input)
    let read = try HuggingFaceFolder(path: folder.path)
    for tensor in read.tensors.all { _ = try? tensor.matrix(workers: Workers(count: 1)) }
  }

  /// config.json of the families.
  static let modelConfiguration = FuzzTarget(
    "model-configuration", .json(after: 0),
    words: [
      "MistralForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM", "Gemma2ForCausalLM", "MixtralForCausalLM",
      "BertModel",
      "GPT2LMHeadModel", "Phi3ForCausalLM", "rope_scaling", "rope_type", "yarn", "llama3", "sliding_window",
      "layer_types",
      "num_hidden_layers", "head_dim", "quantization_config", "quantization", "quant_method",
    ],
    seeds: {
      let folder = try TemporaryFolder()
      try TinyModel { $0.layers = 1 }.write(to: folder)
      // That of the model which lies beside it is the one that is read to the end.
      let own = Array(try Data(contentsOf: URL(filePath: folder.path("model/config.json"))))
      return [[UInt8]](repeating: own, count: 20) + FuzzFiles.families.map { Array($0.config.utf8) }
    },
    prepare: { folder in
      let model = try TemporaryFolder()
      try TinyModel { $0.layers = 1 }.write(to: model)
      for name in ["model.safetensors", "tokenizer.json"] {
        try folder.write(name, Array(try Data(contentsOf: URL(filePath: model.path("model/\(name)")))))
      }
    }
  ) { input, folder in
    try folder.write("config.json", input)
    _ = try ModelSource(path: folder.path, on: Workers(count: 1)).block(0)
  }

  // MARK: - Quantized folders

  private static let dialectWords = [
    "gptq", "awq", "compressed-tensors", "bitsandbytes", "exl2", "bits", "group_size", "dynamic", "+:m", "-:m", "re:.*",
    "Linear",
    "config_groups", "num_bits", "strategy", "channel", "group", "tensor", "token", "symmetric", "actorder",
    "checkpoint_format",
    "gptq_v2", "desc_act", "zero_point", "version", "gemm", "mode", "affine", "(.|.)*Z", "(a+)+", "((((", "{1}{1}",
    "a{99999}",
  ]

  /// config.json of every dialect; the first byte chooses whose tensors lie beside it.
  static let quantization = FuzzTarget(
    "quantization", .json(after: 1), words: dialectWords, seeds: { try FuzzFiles.quantized { $0.config } },
    prepare: { folder in
      for (index, fixture) in try FuzzFiles.quantizedFolders().enumerated() {
        try folder.write("\(index)/model.safetensors", fixture.tensors)
      }
    }
  ) { input, folder in
    try readQuantized(input, "config.json", folder)
  }

  /// Tensors of every dialect; the first byte chooses the configuration.
  static let quantizedTensors = FuzzTarget(
    "quantized-tensors", .safetensors(after: 1),
    words: headerWords + [
      "m.qweight", "m.weight", "m.scales", "m.qzeros", "m.g_idx", "m.weight_shape", "m.weight.absmax", "m.q_groups",
    ],
    seeds: { try FuzzFiles.quantized { $0.tensors } },
    prepare: { folder in
      for (index, fixture) in try FuzzFiles.quantizedFolders().enumerated() {
        try folder.write("\(index)/config.json", fixture.config)
      }
    }
  ) { input, folder in
    try readQuantized(input, "model.safetensors", folder)
  }

  private static func readQuantized(_ input: [UInt8], _ name: String, _ folder: FuzzFolder) throws {
    let index = Int(input.first ?? 0) % QuantizedFixtures.count
    try folder.write("\(index)/\(name)", Array(input.dropFirst()))
    let read = try HuggingFaceFolder(path: "\(folder.path)/\(index)")
    for tensor in read.tensors.all { _ = try? tensor.matrix(workers: Workers(count: 1)) }
  }

  private enum QuantizedFixtures {
    static let count = max(1, (try? FuzzFiles.quantizedFolders().count) ?? 1)
  }

  // MARK: - ONNX

  /// Graphs whose constants lie beside them.
  static let onnx = FuzzTarget(
    "onnx", .binary,
    words: [
      "planish", "MatMulNBits", "MatMul", "GatherBlockQuantized", "Reshape", "RotaryEmbedding", "com.microsoft",
      "w.weight_Q4", "w.weight_scales", "model.onnx.data", "../model.onnx.data", "location", "offset", "length", "bits",
      "block_size", "K", "N",
    ],
    seeds: { [try FuzzFiles.onnx().bytes] },
    prepare: { folder in try folder.write("model.onnx.data", [UInt8](repeating: 0x37, count: 4096 * 3)) }
  ) { input, folder in
    let file = try ONNXFile(path: folder.write("model.onnx", input))
    for tensor in file.tensors.all { _ = try? tensor.matrix(workers: Workers(count: 1)) }
  }

  // MARK: - GGUF

  static let gguf = FuzzTarget(
    "gguf", .binary,
    words: [
      "general.architecture", "llama.block_count", "tokenizer.ggml.model", "tokenizer.ggml.tokens", "gpt2", "bert",
      "t5",
      "general.alignment", "token_embd.weight", "qwen2", "gemma2",
    ],
    seeds: { try FuzzFiles.ggufs() }
  ) { input, folder in
    let file = try GGUFFile(path: folder.write("m.gguf", input))
    for tensor in file.tensors.all { _ = try? tensor.matrix(workers: Workers(count: 1)) }
    for key in file.metadata.keys {
      _ = file.metadata[key]?.summary
      _ = file.metadata[key]?.asArray(of: \.asInteger)
    }
    if let vocabulary = try? GGUFVocabulary(file.metadata), let tokenizer = try? Tokenizer(vocabulary, file: "m.gguf") {
      _ = try? tokenizer.encode("ab cab\n  12 é", special: .addAndParse)
    }
    _ = try? ModelSource(path: "\(folder.path)/m.gguf", on: Workers(count: 1))
  }

  /// Both forms of importance matrices.
  static let importance = FuzzTarget(
    "importance", .binary, words: ["general.type", "imatrix", ".in_sum2", ".counts", "imatrix.chunk_count"],
    seeds: {
      let folder = try TemporaryFolder()
      let matrix = ImportanceMatrix(
        entries: [
          .init(name: "blk.0.attn_q.weight", sums: [1, 2, 3, 4], counts: [2]),
          .init(name: "blk.0.ffn_up_exps.weight", sums: [1, 2, 3, 4], counts: [1, 4]),
        ], datasets: ["text.txt"], chunkCount: 3, chunkSize: 512)
      try matrix.write(to: folder.path("i.gguf"))
      func integer(_ value: Int32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
      let entry = integer(1) + [0x77] + integer(4) + integer(2) + [0, 0, 0, 0x41, 0, 0, 0x80, 0x40]
      return [
        Array(try Data(contentsOf: URL(filePath: folder.path("i.gguf")))),
        integer(2) + entry + entry.map { $0 == 0x77 ? 0x78 : $0 } + integer(9) + integer(1) + [0x74],
        integer(1) + entry,
      ]
    }
  ) { input, folder in
    let matrix = try ImportanceMatrix(contentsOf: folder.write("imatrix", input))
    for entry in matrix.entries { _ = entry.meanSquares }
  }
}
