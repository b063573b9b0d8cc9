/// What there is to say of one key of a pipeline file, for people: the schema's description and the reference in docs/pipeline.md.
package struct KeyGuide: Sendable {
  /// The key with those around it: `calibrate.tokens`. What several places hold goes by a name of its own: `corpora.share`,
  /// `overrides.type`, `gate.max`, `solver.gptq.damping`, `transform.awq.grid`. `emit.*.type` is of every product.
  package let name: String
  /// One sentence or two.
  package let summary: String
  /// A part of a pipeline file that uses it.
  package let example: String

  init(_ name: String, _ summary: String, _ example: String) {
    self.name = name
    self.summary = summary
    self.example = example
  }

  /// Every key, in the order of the reference.
  package static let all = topLevel + model + calibrate + solvers + transforms + products + validate + measures

  private static let index = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The guide of a key; one key of a product may stand for that key of all products.
  static func named(_ name: String) -> KeyGuide? {
    if let guide = index[name] { return guide }
    let parts = name.split(separator: ".")
    guard parts.count == 3, parts[0] == "emit" else { return nil }
    return index["emit.*.\(parts[2])"]
  }
}
