import Foundation
import Tensors

/// A model as Hugging Face publishes it: a folder with `config.json` and safetensors, or with a graph of ONNX in their place.
package struct HuggingFaceFolder: TensorSource {
  package let path: String
  package let config: JSONObject
  /// `generation_config.json`, where there is one.
  package let generationConfig: JSONObject?
  /// How the weights are quantized, or nil where they are plain numbers.
  package let quantization: QuantizationConfiguration?
  /// What is quantized stands here as the matrices that it decodes to.
  package let tensors: TensorTable
  /// The files that the weights come from, sorted by name.
  package let weightFiles: [String]

  /// Opens a folder; weights are mapped, not read.
  ///
  /// As in transformers, a `model.safetensors` is preferred to an index of shards, and both to a graph.
  ///
  /// - Throws: `.missing` with what was looked for, or what is wrong with one of its files.
  package init(path: String) throws(CheckpointError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      throw .missing(path: path, lookedFor: "a folder with config.json and model.safetensors")
    }
    self.path = path
    guard let configPath = Self.file("config.json", in: path) else {
      throw .missing(path: Self.join(path, "config.json"), lookedFor: "the description of the model")
    }
    // Some say Infinity where there is no limit.
    config = try JSONObject(contentsOf: configPath, .python)
    if let generationPath = Self.file("generation_config.json", in: path) {
      generationConfig = try JSONObject(contentsOf: generationPath)
    } else {
      generationConfig = nil
    }
    quantization = try QuantizationConfiguration.of(config) { Self.file($0, in: path) }
    let stored: TensorTable
    var graphFiles: [String] = []
    if let single = Self.file("model.safetensors", in: path) {
      stored = try SafetensorsFile(path: single).tensors
    } else if let index = Self.file("model.safetensors.index.json", in: path) {
      stored = try ShardIndex(path: index).open()
    } else if quantization == nil, let graph = Self.file(ONNXFile.name, in: path) {
      let graph = try ONNXFile(path: graph)
      stored = graph.tensors
      graphFiles = [graph.path] + graph.dataFiles
    } else {
      throw Self.noWeights(in: path)
    }
    weightFiles = Set(stored.all.map(\.path) + graphFiles).sorted()
    if let quantization {
      tensors = try QuantizedFolder(path: path, quantization.method, stored).assembled()
    } else {
      if let codes = QuantizationConfiguration.firstCodes(stored) { throw Self.unknownCodes(codes, configPath) }
      tensors = stored
    }
  }

  /// The path of a file of the folder, such as `tokenizer.json`, or nil where there is none.
  package func file(_ name: String) -> String? {
    Self.file(name, in: path)
  }

  /// The files of the tokenizer and its templates that are there, by name, in a fixed order: what this program reads, and
  /// what other programs read in its place.
  package var tokenizerFiles: [String] {
    [
      "tokenizer.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "tokenizer_config.json",
      "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "vocab.txt", "chat_template.jinja",
      "chat_template.json",
    ].filter { file($0) != nil }
  }

  /// The files that say how images, sounds and videos become what a model of several parts reads, by name.
  package var processorFiles: [String] {
    [
      "processor_config.json", "preprocessor_config.json", "video_preprocessor_config.json",
      "audio_tokenizer_config.json",
    ].filter { file($0) != nil }
  }

  private static func join(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  private static func file(_ name: String, in folder: String) -> String? {
    let path = join(folder, name)
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  /// What is said of codes without settings.
  private static func unknownCodes(_ tensor: StoredTensor, _ configPath: String) -> CheckpointError {
    let files = QuantizationConfiguration.files.map { $0.name }.joined(separator: " or ")
    return .setting(
      path: configPath, key: "quantization_config", found: "nothing, and quantized weights such as \(tensor.name)",
      expected: "the settings that they were quantized with, here or in \(files) beside it")
  }

  private static func noWeights(in folder: String) -> CheckpointError {
    let other = ["pytorch_model.bin", "pytorch_model.bin.index.json", "consolidated.safetensors"]
      .first { file($0, in: folder) != nil }
    let weights = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let safetensors = weights.filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }.sorted()
    let hint: String
    if let other {
      hint = "; it has \(other), which is not read: save the model as model.safetensors"
    } else if safetensors.count > 2 {
      hint = "; it has \(safetensors.count) files such as \(safetensors[0]), and no index that says what is in them"
    } else {
      let files = safetensors.joined(separator: " and ")
      hint = files.isEmpty ? "" : "; it has \(files), and no index that says what is in which file"
    }
    return .missing(path: folder, lookedFor: "model.safetensors or model.safetensors.index.json\(hint)")
  }
}
