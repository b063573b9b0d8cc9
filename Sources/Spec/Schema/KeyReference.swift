/// The reference of all keys, as Markdown: docs/keys.md.
package enum KeyReference {
  private static let parts: [(title: String, lead: String, keys: [KeyGuide])] = [
    ("The file", "", KeyGuide.topLevel),
    ("model", "", KeyGuide.model),
    ("calibrate", "`corpora.…` are the keys of one text, in `calibrate` and in `validate`.", KeyGuide.calibrate),
    (
      "Solvers",
      "`solver.gptq.…` are options of `gptq`: `solver: {gptq: {…}}` in `quantize`, in an override or in a product.",
      KeyGuide.solvers
    ),
    ("Transforms", "", KeyGuide.transforms),
    ("Products", "`emit.*.…` are keys of every product that has them.", KeyGuide.products),
    ("validate", "`gate.…` are the keys of one gate.", KeyGuide.validate),
    ("Measures", "[gates.md](gates.md) defines them.", KeyGuide.measures),
  ]

  package static func markdown() -> String {
    var lines = [
      "# Every key, with an example", "",
      "Reference. `planish schema --reference` writes this page from the specification; [pipeline.md](pipeline.md) tells how the parts work",
      "together, with the defaults.",
    ]
    for part in parts {
      lines += ["", "## \(part.title)"]
      if !part.lead.isEmpty { lines += ["", part.lead] }
      for key in part.keys {
        lines += ["", "### `\(key.name)`", "", key.summary, "", "```yaml", key.example, "```"]
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
