import Checkpoints
import Spec

/// Every container that a pipeline file can name.
package enum Writers {
  /// One line for each.
  package static let entries: [Registry<any Writer>.Entry] = [
    .init("gguf", makes: .file) { _ in GGUFProductWriter() },
    .init("gguf_folder", makes: .folder) { _ in GGUFFolderWriter() },
    .init("safetensors", makes: .folder) { SafetensorsProductWriter(reading: &$0) },
    .init("gptq", makes: .folder) { FolderWriter(gptq: &$0) },
    .init("awq", makes: .folder) { FolderWriter(AWQFolder(), reading: &$0) },
    .init("compressed_tensors", makes: .folder) { FolderWriter(compressedTensors: &$0) },
    .init("bitsandbytes", makes: .folder) { FolderWriter(bitsAndBytes: &$0) },
    .init("mlx", makes: .folder) { FolderWriter(MLXFolder(), reading: &$0) },
    .init("exl2", makes: .folder) { FolderWriter(exl2: &$0) },
    .init("onnx", makes: .folder) { FolderWriter(onnx: &$0) },
    .init("fp8", makes: .folder) { FolderWriter(fp8: &$0) },
    .init("modelopt", makes: .folder) { FolderWriter(modelOpt: &$0) },
  ]

  /// Each with its defaults, to tell what can hold a type.
  package static let all: [any Writer] = entries.compactMap(\.withDefaults)
}

extension SafetensorsProductWriter {
  /// Reads `{dtype, shard_bytes}`.
  init(reading options: inout MappingReader) {
    self.init(
      type: options.value("dtype", .word, default: .f16),
      shardBytes: options.value("shard_bytes", .integer(in: .atLeast(1)), default: Self.defaultShardBytes))
  }
}

extension FolderWriter {
  /// Reads `{format, shard_bytes}`.
  init(gptq options: inout MappingReader) {
    let version: GPTQLayout.Version? = options.optional("format", .word)
    self.init(GPTQFolder(version: version), reading: &options)
  }

  /// Reads `{bits, shard_bytes}`.
  init(exl2 options: inout MappingReader) {
    let bits: Double? = options.optional("bits", .number(in: .from(2, to: 9)))
    options.refuse(
      "bits", beside: "type", "found bits beside a type, expected one of them: both say how many bits there are")
    self.init(EXL2Folder(bits: bits), reading: &options)
  }

  /// Reads `{activations, dtype, shard_bytes}`.
  init(compressedTensors options: inout MappingReader) {
    let activations: CompressedTensorsFolder.Activations? = options.optional("activations", .word)
    self.init(CompressedTensorsFolder(activations: activations, floats: Self.floats(&options)), reading: &options)
  }

  /// Reads `{dtype, shard_bytes}`.
  init(bitsAndBytes options: inout MappingReader) {
    self.init(BitsAndBytesFolder(floats: Self.floats(&options)), reading: &options)
  }

  /// Reads `{dtype, shard_bytes}`.
  init(onnx options: inout MappingReader) {
    self.init(ONNXFolder(options.value("dtype", .word, default: .f32)), reading: &options)
  }

  /// Reads `{dtype, shard_bytes}`.
  init(fp8 options: inout MappingReader) {
    self.init(FP8Folder(floats: Self.floats(&options)), reading: &options)
  }

  /// Reads `{dtype, shard_bytes}`.
  init(modelOpt options: inout MappingReader) {
    self.init(ModelOptFolder(floats: Self.floats(&options)), reading: &options)
  }

  private static func floats(_ options: inout MappingReader) -> FolderFloats {
    options.value("dtype", .word, default: ComputeFloats.f16).floats
  }

  /// Reads `{shard_bytes}`.
  init(_ container: any FolderContainer, reading options: inout MappingReader) {
    let defaultSize = SafetensorsProductWriter.defaultShardBytes
    self.init(container, shardBytes: options.value("shard_bytes", .integer(in: .atLeast(1)), default: defaultSize))
  }
}
