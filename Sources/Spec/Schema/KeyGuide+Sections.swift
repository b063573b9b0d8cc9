extension KeyGuide {
  static let topLevel = [
    KeyGuide("planish", "The version of the language: 1.", "planish: 1"),
    KeyGuide(
      "name", "The name of the model that is made, also in its metadata. By default the file's own.",
      "name: my-model-q4"),
    KeyGuide(
      "extends",
      "A file, or a list of files, that this mapping starts from. Later files are laid over earlier ones and the mapping's own keys over "
        + "all: mappings merge key by key, everything else is replaced. Paths are relative to the file that names them.",
      "extends: parts/model.yaml"),
    KeyGuide("model", "The weights to start from.", "model: {path: my-model}"),
    KeyGuide(
      "calibrate", "The text whose activations tell which weights matter.",
      "calibrate: {corpora: [text.txt], tokens: 65536}"),
    KeyGuide(
      "transform", "Edits, in this order, that keep the model's function and make it easier to quantize.",
      "transform: [{awq: {grid: 20}}]"),
    KeyGuide("quantize", "What every tensor becomes, and who solves it.", "quantize: {type: q4_k_m, solver: gptq}"),
    KeyGuide(
      "quantize.type",
      "A type or mix of GGUF's, or a type of another runtime; or a budget, which is spent where gradients foretell that it matters.",
      "quantize: {type: int4_g128}"),
    KeyGuide(
      "type.bits", "Bits of a weight over the whole model, tables included, at most. Needs `calibrate.gradients`.",
      budget("bits: 4.25")),
    KeyGuide(
      "type.bytes", "Bytes of all tensors together, at most, with their unit; a container's header comes on top.",
      budget("bytes: 4.6GB")),
    KeyGuide(
      "type.mean_kld", "The divergence from the original that may be foretold: as few bytes as have no more.",
      budget("mean_kld: 0.01")),
    KeyGuide(
      "type.from", "The types that tensors may get, each of a single tensor. Overrides with a type stand fixed.",
      budget("bits: 4.25")),
    KeyGuide(
      "quantize.solver",
      "Who chooses the codes: `gptq`, `hqq` or `rtn`, with options or without. By default `gptq`, and `rtn` without calibration text.",
      "quantize: {type: q4_k_m, solver: {gptq: {sweeps: 4}}}"),
    KeyGuide(
      "quantize.overrides", "Other types or solvers for tensors by name. Later ones win over earlier ones.",
      "quantize:\n  type: q4_k_m\n  overrides:\n    - {tensors: \"blk.0.*\", type: q6_k}"),
    KeyGuide(
      "quantize.fallback_types",
      "What matrices get whose rows are no multiple of the block of the type that was asked for: `stock`, what llama-quantize gives them, "
        + "or `smallest`, the smallest GGUF type that is sound.",
      "quantize: {type: q2_k, fallback_types: smallest}"),
    KeyGuide(
      "overrides.tensors",
      "A pattern over GGUF names of tensors: `*` is any text, `?` one character, `{a,b}` one of several.",
      "quantize:\n  type: q4_k_m\n  overrides:\n    - {tensors: \"blk.*.{attn_v,ffn_down}.weight\", type: q6_k}"),
    KeyGuide(
      "overrides.type", "The type of these tensors.",
      "quantize:\n  type: q4_k_m\n  overrides:\n    - {tensors: token_embd.weight, type: q8_0}"),
    KeyGuide(
      "overrides.solver", "Who solves these tensors.",
      "quantize:\n  type: q4_k_m\n  overrides:\n    - {tensors: output.weight, solver: rtn}"),
    KeyGuide(
      "emit", "The products: each a container with its path.",
      "emit:\n  - {gguf: out/model.gguf}\n  - {mlx: {path: out/mlx, type: int4_g64_bias}}"),
    KeyGuide(
      "validate", "What products are measured on, and the limits that they must keep.",
      "validate: {corpus: heldout.txt}"),
    KeyGuide(
      "report",
      "A folder for `report.html`, `summary.md`, `junit.xml`, `report.json` and, when published, `manifest.json`; with variants also for "
        + "the overview. Without it the manifest stands beside the product.",
      "report: out/report"),
    KeyGuide(
      "variants",
      "Further pipelines by their names, each given as changes to the rest of the file. Each has an `emit` of its own and is a run of its "
        + "own; the file's own pipeline runs too. They share `planish`, `model` and `calibrate`.",
      "variants:\n  rounded:\n    quantize: {solver: rtn}\n    emit: [{gguf: out/rounded.gguf}]"),
  ]

  static let model = [
    KeyGuide("model.path", "A Hugging Face folder or a GGUF file.", "model: {path: models/SmolLM2-135M}"),
    KeyGuide(
      "model.pre_tokenizer",
      "GGUF's name of the pre-tokenizer to cut texts with, where the model's own has no name there. For byte-level vocabularies.",
      "model: {path: my-model, pre_tokenizer: qwen2}"),
    KeyGuide(
      "model.drop", "Patterns over the model's own tensor names: tensors to leave out that the model does not read.",
      "model: {path: my-model, drop: [\"mtp.*\"]}"),
    KeyGuide(
      "model.adapters", "LoRA folders of peft, merged before anything else, in this order.",
      "model: {path: base, adapters: [adapters/finance]}"),
    KeyGuide("adapters.path", "The folder.", "model: {path: base, adapters: [{path: adapters/finance}]}"),
    KeyGuide(
      "adapters.weight", "What the update is multiplied by.",
      "model: {path: base, adapters: [{path: adapters/finance, weight: 0.5}]}"),
  ]

  static let calibrate = [
    KeyGuide(
      "calibrate.corpora", "Texts to take tokens from, by their shares.",
      "calibrate:\n  corpora:\n    - {path: prose.txt, share: 0.7}\n    - {path: code.jsonl, share: 0.3}"),
    KeyGuide("calibrate.corpus", "The only text, instead of `corpora`.", "calibrate: {corpus: text.txt}"),
    KeyGuide(
      "corpora.path", "A text; or a file of JSON with a document in each object: one object a line, or one list.",
      "calibrate: {corpora: [{path: text.txt}]}"),
    KeyGuide(
      "corpora.name", "What gates and reports call it. By default the file's name without its end.",
      "validate: {corpora: [{path: texts/heldout.txt, name: prose}]}"),
    KeyGuide(
      "corpora.share", "Its part of the tokens, relative to the others' shares.",
      "calibrate: {corpora: [{path: a.txt, share: 3}, {path: b.txt, share: 1}]}"),
    KeyGuide(
      "corpora.field",
      "The member of each object that holds its text, or a list of messages, which the chat template writes.",
      "calibrate: {corpora: [{path: chats.jsonl, field: messages}]}"),
    KeyGuide(
      "corpora.special", "Whether special tokens that texts spell are tokens. Otherwise they are plain text.",
      "calibrate: {corpora: [{path: chats.txt, special: true}]}"),
    KeyGuide(
      "calibrate.context", "Tokens in one sequence.", "calibrate: {corpora: [text.txt], context: 2048, tokens: 65536}"),
    KeyGuide(
      "calibrate.tokens",
      "Tokens in all: a multiple of the context, by default 128 contexts. An error where the texts hold fewer.",
      "calibrate: {corpora: [text.txt], tokens: 131072}"),
    KeyGuide("calibrate.seed", "Picks the sequences.", "calibrate: {corpora: [text.txt], seed: 7}"),
    KeyGuide(
      "calibrate.inputs",
      "What matrices see while they are calibrated, of those before them: as they are in the product (`quantized`) or as they were.",
      "calibrate: {corpora: [text.txt], inputs: original}"),
    KeyGuide(
      "calibrate.share",
      "Whether all products are calibrated on what the one of most bits makes of the model. By default each has the bytes that it would "
        + "have alone.",
      "calibrate: {corpora: [text.txt], share: true}"),
    KeyGuide(
      "calibrate.experts", "What becomes of experts that few tokens go to.",
      "calibrate: {corpora: [text.txt], experts: {min_tokens: 128, starved: shared}}"),
    KeyGuide(
      "calibrate.experts.min_tokens", "An expert that fewer tokens go to is starved.",
      "calibrate: {corpora: [text.txt], experts: {min_tokens: 64}}"),
    KeyGuide(
      "calibrate.experts.starved",
      "What a starved expert is calibrated with: all tokens of its layer (`all_tokens`), or what all its experts saw (`shared`).",
      "calibrate: {corpora: [text.txt], experts: {starved: shared}}"),
    KeyGuide(
      "calibrate.gradients",
      "Runs part of the text back through the model too. Matrices are then solved for what the model predicts and not for their own "
        + "outputs, and the report tells what each costs.",
      "calibrate: {corpora: [text.txt], gradients: {tokens: 16384}}"),
    KeyGuide(
      "calibrate.gradients.tokens",
      "Tokens to run back, in whole sequences spread over the text; all where it has fewer. The others count with the mean weight.",
      "calibrate: {corpora: [text.txt], gradients: {tokens: 8192}}"),
    KeyGuide(
      "calibrate.gradients.draw",
      "What is drawn at each token from what the model predicts: a next token (`labels`), or a sign for each token of the vocabulary "
        + "(`signs`). The mean over draws is the same.",
      "calibrate: {corpora: [text.txt], gradients: {draw: signs}}"),
    KeyGuide(
      "calibrate.imatrix", "Instead of text: an importance matrix of llama.cpp, of either form. Enough for `rtn` only.",
      "calibrate: {imatrix: imatrix.gguf}"),
  ]

  static let validate = [
    KeyGuide(
      "validate.corpora",
      "Texts to compare both models on, taken from their start; measured together and each by itself.",
      "validate: {corpora: [prose.txt, {path: code.jsonl, share: 0.5}]}"),
    KeyGuide("validate.corpus", "The only text, instead of `corpora`.", "validate: {corpus: heldout.txt}"),
    KeyGuide(
      "validate.context", "Tokens in one sequence.", "validate: {corpus: heldout.txt, context: 1024, tokens: 32768}"),
    KeyGuide(
      "validate.tokens", "Tokens in all: a multiple of the context, by default 64 contexts.",
      "validate: {corpus: heldout.txt, tokens: 65536}"),
    KeyGuide(
      "validate.floor", "Whether to measure what rounding the original to F16 alone would cost.",
      "validate: {corpus: heldout.txt, floor: true}"),
    KeyGuide(
      "validate.tasks", "Suites of multiple-choice questions.",
      "validate: {tasks: [tasks/law.jsonl, {path: tasks/coding.jsonl, name: code}]}"),
    KeyGuide(
      "tasks.path", "JSON Lines with `context`, `choices` and `answer`.", "validate: {tasks: [{path: tasks/law.jsonl}]}"
    ),
    KeyGuide(
      "tasks.name", "What gates and reports call it. By default the file's name without its end.",
      "validate: {tasks: [{path: tasks/law.jsonl, name: law}]}"),
    KeyGuide(
      "validate.baseline", "The manifest of an earlier run, for gates with `worse_by`.",
      "validate:\n  corpus: heldout.txt\n  baseline: published/manifest.json\n  gates: {mean_kld: {worse_by: 5%}}"),
    KeyGuide(
      "validate.gates",
      "Measures, each with a limit or a list of them. One that does not hold keeps the product from being published.",
      "validate:\n  corpus: heldout.txt\n  gates:\n    mean_kld: {max: 0.02}\n    top1_agreement: {min: 0.95}"),
    KeyGuide(
      "validate.on_gate_failure",
      "What a run does before it gives up a product that a gate refuses. Without it nothing.",
      raising),
    KeyGuide(
      "validate.on_gate_failure.raise",
      "Makes products with a budget again, each with as many bytes as should hold the gates by what was foretold and measured; until they "
        + "hold or no more may be spent. For gates on text and tasks.",
      raising),
    KeyGuide(
      "validate.on_gate_failure.raise.until_bits",
      "The bits of a weight over the whole model, tables included, that a budget may be raised to.", raising),
    KeyGuide(
      "gate.min", "The least that it may be.", "validate: {corpus: heldout.txt, gates: {top1_agreement: {min: 0.95}}}"),
    KeyGuide("gate.max", "The most that it may be.", "validate: {corpus: heldout.txt, gates: {mean_kld: {max: 0.02}}}"),
    KeyGuide(
      "gate.worse_by",
      "How much worse than the baseline's figure it may be: a number in the measure's unit, or a percentage of that figure.",
      "validate:\n  corpus: heldout.txt\n  baseline: published/manifest.json\n  gates: {perplexity: {worse_by: 1%}}"),
    KeyGuide(
      "gate.confidence", "Judge the worse end of the interval with this confidence, not the estimate.",
      "validate: {corpus: heldout.txt, gates: {mean_kld: {max: 0.02, confidence: 0.95}}}"),
    KeyGuide(
      "gate.corpus", "The text that it is about; without it all texts together.",
      "validate:\n  corpora: [prose.txt, code.txt]\n  gates: {mean_kld: {max: 0.03, corpus: code}}"),
    KeyGuide(
      "gate.task", "The suite that it is about; without it all questions together.",
      "validate: {tasks: [law.jsonl], gates: {accuracy_drop: {max: 0.02, task: law}}}"),
  ]
}

/// A pipeline that raises its budget.
private let raising =
  budget("bits: 4.25")
  + "\nvalidate:\n  corpus: heldout.txt\n  gates: {mean_kld: {max: 0.01}}\n  on_gate_failure: {raise: {until_bits: 5.0}}"

/// A pipeline that spends a budget.
private func budget(_ limit: String) -> String {
  "calibrate: {corpora: [text.txt], gradients: {tokens: 16384}}\nquantize: {type: {\(limit), from: [q3_k, q4_k, q6_k]}}"
}
