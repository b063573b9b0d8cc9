import Checkpoints
import JSON
import Foundation

extension PipelineDraft {
  /// The pipeline file.
  ///
  /// - Parameter folder: where the file is to be; paths below it are written relative to it.
  func yaml(in folder: String) -> String {
    func place(_ path: String) -> String { Self.quoted(Self.relative(path, to: folder)) }
    var sections = [
      """
      # Made by `\(command.onOneLine)`.
      # `planish plan FILE` shows what it will do, `planish run FILE` does it. docs/pipeline.md explains every key.
      planish: 1
      name: \(Self.quoted(name))
      """,
      """
      # A Hugging Face folder or a GGUF file.
      model:
        path: \(place(model))
      """,
      """
      # Text that shows which weights matter. Text like that which the model will see is best; more tokens take longer.
      calibrate:
        corpora:
      \(calibration.map { "    - {path: \(place($0))}" }.joined(separator: "\n"))
        tokens: \(tokens)
        context: \(context)
      """,
    ]
    if !transforms.isEmpty {
      sections.append(
        """
        # Edits that keep what the model computes and make it easier to round.
        transform: [\(transforms.joined(separator: ", "))]
        """)
    }
    sections += [
      quantize, emit(place), validate(place),
      "# report.html, report.json, summary.md and junit.xml.\nreport: \(place(report))",
    ]
    return sections.joined(separator: "\n\n") + "\n"
  }

  private var quantize: String {
    """
    # gptq chooses every code under the Hessian of the layer's inputs; rtn rounds to nearest, in seconds.
    quantize:
      solver: gptq
      type: \(products[0].target.type(for: facts))
    """
  }

  private func emit(_ place: (String) -> String) -> String {
    let first = products[0].target.type(for: facts)
    let items = products.map { product in
      let type = product.target.type(for: facts)
      let options = (type == first ? [] : ["type: \(type)"]) + product.target.options
      let value =
        options.isEmpty
        ? place(product.path) : "{\((["path: \(place(product.path))"] + options).joined(separator: ", "))}"
      return "  - \(product.target.writer): \(value)"
    }
    return (["# What is written, once every gate holds.", "emit:"] + items).joined(separator: "\n")
  }

  private func validate(_ place: (String) -> String) -> String {
    """
    # What is written is read back and compared with the original on this text. These limits only stop what went wrong:
    # lower them to what you need.
    validate:
      corpus: \(place(heldOut))
      tokens: \(Self.heldOutTokens)
      context: \(context)
      gates:
    \(DefaultGates.lines(for: products, facts).map { "    \($0)" }.joined(separator: "\n"))
    """
  }

  /// A path below the folder without it; any other in full.
  static func relative(_ path: String, to folder: String) -> String {
    let (path, folder) = (absolute(path), absolute(folder))
    return path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.count + 1)) : path
  }

  /// A path from the root, without `.` and leading `..`. Links stay.
  static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/") else { return path }
    var parts = FileManager.default.currentDirectoryPath.split(separator: "/")
    for part in path.split(separator: "/") where part != "." {
      if part == "..", !parts.isEmpty { parts.removeLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The folder that a file is or will be in.
  static func folder(of path: String) -> String {
    URL(filePath: absolute(path)).deletingLastPathComponent().path
  }

  /// A text as YAML takes it.
  static func quoted(_ text: String) -> String {
    let isPlain = text.wholeMatch(of: /[A-Za-z_\/][A-Za-z0-9_.\/-]*/) != nil
    let words: Set<String> = ["true", "false", "null", "yes", "no", "on", "off"]
    return isPlain && !words.contains(text.lowercased()) ? text : JSONText.quoted(text)
  }
}
