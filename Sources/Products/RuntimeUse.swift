/// What runs a product, for its card.
package struct RuntimeUse: Sendable, Equatable {
  /// As people call it.
  package let name: String
  /// The Hub's name of the library that loads it.
  package let library: String
  /// What the Hub finds it by.
  package let tags: [String]
  /// The language of `code`.
  package let language: String
  /// How to use it, from inside of its folder.
  package let code: String

  package static func vllm(tags: [String]) -> RuntimeUse {
    RuntimeUse(name: "vLLM", library: "transformers", tags: tags, language: "sh", code: "vllm serve .")
  }

  package static func transformers(tags: [String]) -> RuntimeUse {
    RuntimeUse(
      name: "transformers", library: "transformers", tags: tags, language: "python",
      code: """
        from transformers import pipeline

        generate = pipeline("text-generation", model=".")
        print(generate("Once upon a time")[0]["generated_text"])
        """)
  }

  package static let mlx = RuntimeUse(
    name: "MLX", library: "mlx", tags: ["mlx"], language: "sh",
    code: "mlx_lm.generate --model . --prompt \"Once upon a time\"")

  package static let onnxRuntime = RuntimeUse(
    name: "ONNX Runtime", library: "onnxruntime-genai", tags: ["onnx", "onnxruntime-genai"], language: "python",
    code: """
      import onnxruntime_genai as og

      model = og.Model(".")
      tokenizer = og.Tokenizer(model)
      generator = og.Generator(model, og.GeneratorParams(model))
      generator.append_tokens(tokenizer.encode("Once upon a time"))
      while not generator.is_done():
          generator.generate_next_token()
      print(tokenizer.decode(generator.get_sequence(0)))
      """)

  /// - Parameter file: the GGUF file in the folder.
  package static func llamaCpp(file: String) -> RuntimeUse {
    RuntimeUse(
      name: "llama.cpp, Ollama, LM Studio", library: "gguf", tags: ["gguf"], language: "sh",
      code: """
        llama-cli -m \(file) -p "Once upon a time"
        ollama create my-model -f Modelfile
        """)
  }

  package static let exllamav2 = RuntimeUse(
    name: "ExLlamaV2", library: "exllamav2", tags: ["exl2"], language: "sh",
    code: "# in a checkout of ExLlamaV2\npython test_inference.py -m FOLDER -p \"Once upon a time\"")
}
