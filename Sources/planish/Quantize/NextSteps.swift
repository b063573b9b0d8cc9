import Foundation
import Models
import Pipeline

/// What to type next with a product.
enum NextSteps {
  /// For the products of a plan, each kind of them once.
  static func lines(for plan: Plan) -> [String] {
    var kinds: Set<String> = []
    let current = FileManager.default.currentDirectoryPath
    return plan.spec.products.filter { kinds.insert($0.writer.name).inserted }.flatMap { product in
      lines(
        writer: product.writer.name, path: PipelineDraft.relative(product.path.absolute, to: current),
        makesEmbeddings: plan.model.shape.choices.pooling != nil)
    }
  }

  /// - Parameters:
  ///   - writer: the product's container.
  ///   - path: where it stands.
  static func lines(writer: String, path: String, makesEmbeddings: Bool) -> [String] {
    let place = shellQuoted(path.contains("/") ? path : "./\(path)")
    switch writer {
    case "gguf" where makesEmbeddings: return ["llama-embedding -m \(place) -p \"Hello\""]
    case "gguf":
      let name = ollamaName(path)
      return [
        "llama-cli -m \(place) -p \"Once upon a time\"",
        "echo FROM \(place) > Modelfile && ollama create \(name) -f Modelfile && ollama run \(name)",
      ]
    case "gguf_folder":
      let name = ollamaName(path)
      return [
        "llama-cli -m \(place)/*.gguf -p \"Once upon a time\"",
        "ollama create \(name) -f \(place)/Modelfile && ollama run \(name)",
      ]
    case "gptq", "awq", "compressed_tensors": return ["vllm serve \(place)"]
    case "mlx": return ["mlx_lm.generate --model \(place) --prompt \"Once upon a time\""]
    case "onnx":
      return [
        "python -c 'import sys, onnxruntime_genai as og; m = og.Model(sys.argv[1]); t = og.Tokenizer(m); "
          + "g = og.Generator(m, og.GeneratorParams(m)); g.append_tokens(t.encode(\"Once upon a time\")); "
          + "[g.generate_next_token() for _ in range(64)]; print(t.decode(g.get_sequence(0)))' \(place)"
      ]
    case "exl2": return ["python exllamav2/test_inference.py -m \(place) -p \"Once upon a time\""]
    default:
      return [
        "python -c 'import sys, transformers as t; "
          + "print(t.pipeline(\"text-generation\", sys.argv[1])(\"Once upon a time\"))' \(place)"
      ]
    }
  }

  /// A name that Ollama takes: lower-case letters, digits, `-`, `_` and `.`.
  private static func ollamaName(_ path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    let stem = last.hasSuffix(".gguf") ? String(last.dropLast(5)) : last
    return String(stem.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" })
  }

  /// A path as a shell takes it for one word.
  static func shellQuoted(_ text: String) -> String {
    text.wholeMatch(of: /[A-Za-z0-9_.\/+:@%-]+/) != nil ? text : "'\(text.replacing("'", with: "'\\''"))'"
  }
}
