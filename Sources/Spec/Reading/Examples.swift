/// How values look that are lists or mappings, and where keys belong, for messages.
enum Examples {
  private static let shapes = [
    "model": "{path: ../model}", "calibrate": "{corpus: text.txt}", "quantize": "{type: q4_k_m}",
    "emit": "[{gguf: model.gguf}]", "validate": "{corpus: heldout.txt}", "transform": "[awq]",
    "validate.gates": "{mean_kld: {max: 0.02}}", "calibrate.corpora": "[a.txt, {path: b.jsonl, field: text}]",
    "validate.corpora": "[a.txt, {path: b.txt, name: b}]", "validate.tasks": "[questions.jsonl]",
    "quantize.overrides": "[{tensors: \"blk.*.ffn_down.weight\", type: q6_k}]",
    "calibrate.experts": "{min_tokens: 256}", "model.adapters": "[lora]",
  ]

  /// Ends a message that expected a list or a mapping: `, such as {path: ../model}`.
  static func ending(_ expected: String, at path: SpecPath) -> String {
    guard ["a mapping", "a list", "a mapping or a list"].contains(expected) else { return "" }
    let place = path.description
    let isGate = place.hasPrefix("validate.gates.") && !place.dropFirst(15).contains { ".".contains($0) }
    let shape = isGate ? "{max: 0.02}" : shapes[place]
    return shape.map { ", such as \($0)" } ?? ""
  }

  /// Sections of the keys that are often written at the top level.
  private static let homes = [
    "type": "quantize", "solver": "quantize", "overrides": "quantize", "gates": "validate", "tasks": "validate",
    "baseline": "validate", "imatrix": "calibrate", "path": "model", "adapters": "model",
    "corpora": "calibrate or validate", "corpus": "calibrate or validate", "tokens": "calibrate or validate",
    "context": "calibrate or validate", "seed": "calibrate", "gguf": "emit",
  ]

  /// The section that a key of the top level belongs in.
  static func home(of key: String, at path: SpecPath) -> String? {
    path.components.isEmpty ? homes[key] : nil
  }
}
