extension KeyGuide {
  static let solvers = [
    KeyGuide(
      "solver.rtn", "Rounds each weight to its nearest level. It has no options.", "quantize: {type: q8_0, solver: rtn}"
    ),
    KeyGuide("solver.gptq", "Solves the codes under the full Hessian of each layer's inputs.", gptq("damping: 0.01")),
    KeyGuide(
      "solver.gptq.groups",
      "Which columns share a scale: `neighbours`, or those with inputs of like size (`activation`).",
      "quantize: {type: int4_g128, solver: {gptq: {groups: activation}}}\nemit: [{gptq: out/gptq}]"),
    KeyGuide(
      "solver.gptq.damping", "Added to the diagonal of H, as a share of its mean; raised tenfold as often as needed.",
      gptq("damping: 0.005")),
    KeyGuide(
      "solver.gptq.order", "The order of the columns: by the size of their inputs (`activation`) or as they stand.",
      gptq("order: natural")),
    KeyGuide("solver.gptq.sweeps", "Rounds of coordinate descent after the first solution.", gptq("sweeps: 4")),
    KeyGuide(
      "solver.gptq.refits", "How often scales are fitted again to the codes, which then descend again.",
      gptq("refits: 4")),
    KeyGuide(
      "solver.gptq.asymmetry", "How far layers make up for what those before them lost: 0 not at all, 1 wholly.",
      gptq("asymmetry: 0")),
    KeyGuide(
      "solver.gptq.grids",
      "When scales are fitted: `beforehand`, or as the sweep reaches their group (`reached`), in natural order.",
      gptq("grids: reached")),
    KeyGuide(
      "solver.gptq.loss",
      "What codes are chosen for: the outputs of each layer (`layer`), or what the model predicts (`fisher`), which needs "
        + "`calibrate.gradients` and is the default with it.",
      "calibrate: {corpora: [text.txt], gradients: {tokens: 16384}}\n"
        + "quantize: {type: q4_k_m, solver: {gptq: {loss: layer}}}"),
    KeyGuide(
      "solver.gptq.coupling",
      "With `loss: fisher`, how far rows make up for what others lost: 0 not at all, 1, the default, as gradients say.",
      "calibrate: {corpora: [text.txt], gradients: {tokens: 16384}}\n"
        + "quantize: {type: q4_k_m, solver: {gptq: {coupling: 0.5}}}"),
    KeyGuide(
      "solver.gptq.output_damping",
      "With `loss: fisher`, what is added to what errors in outputs cost, as a share of the mean: by default 0.01.",
      "calibrate: {corpora: [text.txt], gradients: {tokens: 16384}}\n"
        + "quantize: {type: q4_k_m, solver: {gptq: {output_damping: 0.1}}}"),
    KeyGuide(
      "solver.gptq.fallback", "`rtn` rounds a layer that cannot be solved. Without it such a layer ends the run.",
      gptq("fallback: rtn")),
    KeyGuide(
      "solver.hqq", "Half-quadratic quantization, which needs no data. For types with offsets.", hqq("iterations: 20")),
    KeyGuide("solver.hqq.norm", "The exponent of errors whose sum is made small.", hqq("norm: 0.5")),
    KeyGuide("solver.hqq.iterations", "Rounds of the soft threshold, at most.", hqq("iterations: 40")),
    KeyGuide("solver.hqq.beta", "The weight of the soft threshold in the first round.", hqq("beta: 5")),
    KeyGuide("solver.hqq.kappa", "What that weight grows by in each round.", hqq("kappa: 1.02")),
  ]

  static let transforms = [
    KeyGuide(
      "transform.awq", "Scales channels by a power of their activations that is searched for each site.",
      "transform: [awq]"),
    KeyGuide("transform.awq.grid", "How many exponents are tried.", "transform: [{awq: {grid: 40}}]"),
    KeyGuide("transform.smoothquant", "Scales channels by one power of their activations.", "transform: [smoothquant]"),
    KeyGuide(
      "transform.smoothquant.strength",
      "That power: 0 leaves outliers in activations, 1 moves all of them into weights.",
      "transform: [{smoothquant: {strength: 0.75}}]"),
    KeyGuide(
      "transform.rotate", "Turns the residual stream by a random orthogonal matrix. It must come before the others.",
      "transform: [rotate, awq]"),
    KeyGuide("transform.rotate.kind", "The kind of matrix: `hadamard`.", "transform: [{rotate: {kind: hadamard}}]"),
    KeyGuide("transform.rotate.seed", "Picks the matrix.", "transform: [{rotate: {seed: 3}}]"),
    KeyGuide(
      "transform.rotate.heads", "Whether the values of each head are turned too.",
      "transform: [{rotate: {heads: false}}]"),
  ]

  static let products = [
    KeyGuide("emit.gguf", "A file for llama.cpp and its users.", "emit: [{gguf: out/model.gguf}]"),
    KeyGuide(
      "emit.gguf_folder", "A folder with a GGUF file, its card and a Modelfile, ready for the Hub.",
      "emit: [{gguf_folder: out/model-gguf}]"),
    KeyGuide(
      "emit.safetensors", "A Hugging Face folder of the quantized model, decoded.", "emit: [{safetensors: out/decoded}]"
    ),
    KeyGuide(
      "emit.gptq", "A folder for vLLM, SGLang, transformers and GPTQModel.",
      "emit: [{gptq: {path: out/gptq, type: int4_g128}}]"),
    KeyGuide(
      "emit.awq", "A folder for vLLM, SGLang and transformers.", "emit: [{awq: {path: out/awq, type: int4_g128_asym}}]"),
    KeyGuide(
      "emit.compressed_tensors", "A folder for vLLM and transformers.",
      "emit: [{compressed_tensors: {path: out/ct, type: int4_g128}}]"),
    KeyGuide(
      "emit.bitsandbytes", "A folder for transformers, and the base of QLoRA.",
      "emit: [{bitsandbytes: {path: out/nf4, type: nf4_dq}}]"),
    KeyGuide("emit.mlx", "A folder for MLX.", "emit: [{mlx: {path: out/mlx, type: int4_g64_bias}}]"),
    KeyGuide(
      "emit.exl2", "A folder for ExLlamaV2 whose matrices get the bits that each is worth.",
      "emit: [{exl2: {path: out/exl2, bits: 4.25}}]"),
    KeyGuide(
      "emit.fp8", "A folder of FP8 in blocks for vLLM, SGLang and transformers, as DeepSeek publishes them.",
      "emit: [{fp8: {path: out/fp8, type: fp8_b128}}]"),
    KeyGuide(
      "emit.modelopt", "A folder in ModelOpt's dialect for TensorRT-LLM and vLLM.",
      "emit: [{modelopt: {path: out/modelopt, type: nvfp4_global}}]"),
    KeyGuide(
      "emit.onnx", "A folder for ONNX Runtime and its generate API.",
      "emit: [{onnx: {path: out/onnx, type: int4_g32_asym}}]"),
    KeyGuide("emit.*.path", "The file or folder that is written.", "emit: [{gguf: {path: out/model.gguf}}]"),
    KeyGuide(
      "emit.*.type", "What this product holds, instead of `quantize.type`.",
      "emit: [{gguf: {path: out/q6.gguf, type: q6_k}}]"),
    KeyGuide(
      "emit.*.solver", "Who solves it, instead of `quantize.solver`.",
      "emit: [{gguf: {path: out/rounded.gguf, solver: rtn}}]"),
    KeyGuide(
      "emit.*.overrides", "Instead of `quantize.overrides`, which a product with a type of its own ignores.",
      "emit:\n  - gguf:\n      path: out/q3.gguf\n      type: q3_k_m\n      overrides: [{tensors: token_embd.weight, type: q6_k}]"
    ),
    KeyGuide(
      "emit.*.shard_bytes", "The most bytes of tensors in one file of the folder.",
      "emit: [{mlx: {path: out/mlx, type: int4_g64_bias, shard_bytes: 2000000000}}]"),
    KeyGuide(
      "emit.safetensors.dtype", "The type of decoded weights.",
      "emit: [{safetensors: {path: out/decoded, dtype: bf16}}]"),
    KeyGuide(
      "emit.onnx.dtype", "What the graph computes in, and what is not quantized.",
      "emit: [{onnx: {path: out/onnx, type: int4_g32_asym, dtype: f16}}]"),
    KeyGuide(
      "emit.gptq.format",
      "The version of the format; by default `gptq`, and `gptq_v2` where there are integer zero points.",
      "emit: [{gptq: {path: out/gptq, type: int4_g128_asym, format: gptq}}]"),
    KeyGuide(
      "emit.compressed_tensors.activations",
      "Scales by which the runtime rounds what matrices read (W8A8, with `int8_row`).",
      "emit: [{compressed_tensors: {path: out/w8a8, type: int8_row, activations: int8}}]"),
    KeyGuide(
      "emit.*.dtype", "The type of what is not quantized.",
      "emit: [{bitsandbytes: {path: out/nf4, type: nf4, dtype: bf16}}]"),
    KeyGuide(
      "emit.exl2.bits", "The average of a weight, scales included.", "emit: [{exl2: {path: out/exl2, bits: 3.5}}]"),
  ]

  private static func gptq(_ option: String) -> String { "quantize: {type: q4_k_m, solver: {gptq: {\(option)}}}" }
  private static func hqq(_ option: String) -> String { "quantize: {type: q4_1, solver: {hqq: {\(option)}}}" }
}
