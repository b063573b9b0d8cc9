import Checkpoints
import JSON
import Models

/// `genai_config.json`: what ONNX Runtime's generate API is told of a graph.
///
/// Source: microsoft/onnxruntime-genai, `src/config.h`, and the files that its model builder writes.
struct GenAIConfig {
  static let name = "genai_config.json"
  /// Keys and values are kept for so many tokens unless a program asks for more: for all that some models were trained for, no memory
  /// is large enough.
  static let usualLength = 4096

  private let members: JSONMembers

  /// - Precondition: there is no objection to the original.
  init(_ plan: ProductPlan) throws(CheckpointError) {
    let shape = plan.source.shape
    guard case .huggingFace(let folder) = plan.model.container else {
      preconditionFailure("a graph is made of a folder's model")
    }
    var model = JSONMembers()
    let (bos, eos) = (try Self.token("bos_token_id", folder), try Self.token("eos_token_id", folder))
    if let bos { model.set("bos_token_id", bos) }
    model.set("context_length", .integer(shape.contextLength))
    model.set("decoder", .object(Self.decoder(shape)))
    guard let eos else { preconditionFailure("a model that was objected to") }
    model.set("eos_token_id", eos)
    let pad = try Self.token("pad_token_id", folder) ?? eos
    model.set("pad_token_id", pad.asArray?.first ?? pad)
    // A graph of text, of whatever family: all that differs is in the graph.
    model.set("type", .string("decoder"))
    model.set("vocab_size", .integer(shape.vocabularySize))
    var members = JSONMembers()
    members.set("model", .object(model))
    members.set("search", .object(Self.search(folder, shape)))
    self.members = members
  }

  /// What is missing in a model's files, or nil.
  static func objection(to folder: HuggingFaceFolder) -> String? {
    do throws(CheckpointError) {
      if try token("eos_token_id", folder) != nil { return nil }
    } catch { return "\(error)" }
    return "found no eos_token_id in config.json or generation_config.json, expected the token that ends a text, which "
      + "the generate API must know"
  }

  var text: String { JSONText.document(.object(members)) }

  private static func decoder(_ shape: DecoderShape) -> JSONMembers {
    var options = JSONMembers()
    options.set("log_id", .string("onnxruntime-genai"))
    options.set("provider_options", .array([]))
    var inputs = JSONMembers()
    for name in ["input_ids", "attention_mask", ONNXGraphBuilder.positions] { inputs.set(name, .string(name)) }
    inputs.set("past_key_names", .string("past_key_values.%d.key"))
    inputs.set("past_value_names", .string("past_key_values.%d.value"))
    var outputs = JSONMembers()
    outputs.set("logits", .string("logits"))
    outputs.set("present_key_names", .string("present.%d.key"))
    outputs.set("present_value_names", .string("present.%d.value"))
    var decoder = JSONMembers()
    decoder.set("session_options", .object(options))
    decoder.set("filename", .string(ONNXFile.name))
    decoder.set("head_size", .integer(shape.headSize))
    decoder.set("hidden_size", .integer(shape.hiddenSize))
    decoder.set("inputs", .object(inputs))
    decoder.set("outputs", .object(outputs))
    decoder.set("num_attention_heads", .integer(shape.heads))
    decoder.set("num_hidden_layers", .integer(shape.layers))
    decoder.set("num_key_value_heads", .integer(shape.keyValueHeads))
    return decoder
  }

  /// How the original's makers sample.
  private static func search(_ folder: HuggingFaceFolder, _ shape: DecoderShape) -> JSONMembers {
    var search = JSONMembers()
    search.set("do_sample", .bool(folder.generationConfig?.members["do_sample"]?.asBool ?? false))
    search.set("max_length", .integer(min(shape.contextLength, usualLength)))
    search.set("past_present_share_buffer", .bool(true))
    for key in ["temperature", "top_k", "top_p", "repetition_penalty"] {
      guard let value = folder.generationConfig?.members[key], let number = value.asNumber, number.isFinite else {
        continue
      }
      search.set(key, value)
    }
    return search
  }

  /// A token, or several; nil where nothing names one.
  private static func token(_ key: String, _ folder: HuggingFaceFolder) throws(CheckpointError) -> JSONValue? {
    let text = try folder.config.optionalObject("text_config")
    for object in [folder.generationConfig, folder.config, text].compactMap(\.self) {
      switch object.members[key] {
      case nil, .null: continue
      case .integer(let token)?: return .integer(token)
      case .array(let tokens)? where !tokens.isEmpty && tokens.allSatisfy({ $0.asInteger != nil }):
        return .array(tokens)
      default: throw object.error(key, expected: "a token, or several")
      }
    }
    return nil
  }
}
