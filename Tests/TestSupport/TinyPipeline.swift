import Foundation

/// A pipeline file and all that it names, in a folder of its own.
package final class TinyProject: Sendable {
  package let folder: TemporaryFolder
  /// The pipeline file.
  package let file: String

  /// Writes a model, a calibration text, a held-out text and the pipeline file.
  package init(_ model: TinyModel = TinyModel(), _ pipeline: TinyPipeline = TinyPipeline()) throws {
    folder = try TemporaryFolder()
    try model.write(to: folder)
    try folder.write("calibration.txt", TinyText.words(count: 4000, seed: 11))
    try folder.write("heldout.txt", TinyText.words(count: 1000, seed: 12))
    file = try folder.write("p.yaml", pipeline.yaml)
  }

  package func path(_ name: String) -> String { folder.path(name) }

  /// The path and content of everything in the folder.
  /// - Parameter journals: whether journals of runs count, and folders that hold nothing else.
  package func snapshot(journals: Bool = true) throws -> [String: Data?] {
    var files: [String: Data?] = [:]
    for name in try folder.contents(journals: journals) {
      files[name] = .some(try? Data(contentsOf: URL(filePath: folder.path(name))))
    }
    return files
  }
}

/// The text of a pipeline file, section by section.
package struct TinyPipeline: Sendable {
  package var model = "{path: model}"
  package var calibrate: String? = "{corpus: calibration.txt, tokens: 1024, context: 32}"
  package var quantize = "{solver: gptq, type: q4_0}"
  package var emit = "[{gguf: out/tiny.gguf}]"
  package var validate: String? = "{corpus: heldout.txt, tokens: 256, context: 32}"
  package var report: String?

  package init(_ change: (inout TinyPipeline) -> Void = { _ in }) {
    change(&self)
  }

  package var yaml: String {
    var lines = ["planish: 1", "model: \(model)"]
    if let calibrate { lines.append("calibrate: \(calibrate)") }
    lines += ["quantize: \(quantize)", "emit: \(emit)"]
    if let validate { lines.append("validate: \(validate)") }
    if let report { lines.append("report: \(report)") }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// Text for models that know no language.
package enum TinyText {
  private static let vocabulary = [
    "the", "a", "hammer", "rings", "on", "metal", "thin", "and", "smooth", "blow", "after", "sheet", "of", "copper",
    "bending", "without", "losing", "its", "form", "until", "light", "falls", "evenly", "over", "bowl",
  ]

  /// Words drawn by seed, about two tokens or more each.
  package static func words(count: Int, seed: UInt64) -> String {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { index in
      let word = vocabulary[Int.random(in: 0..<vocabulary.count, using: &random)]
      return index % 12 == 11 ? word + ".\n" : word + " "
    }.joined()
  }
}
