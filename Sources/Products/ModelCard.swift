import Checkpoints
import Foundation
import JSON
import Models

/// The `README.md` of a product that is a folder: what it is, how it is used, what it was made of and how well it does.
///
/// Everything above the heading "Measured" follows from the recipe. The names of texts stand below it, since where a text
/// stands decides no other byte.
struct ModelCard {
  /// What a card is of.
  struct Subject {
    /// How the product holds its weights: "packed as GPTQ".
    let storedAs: String
    /// Whether codes stand for weights, as against numbers that were decoded from them.
    let isPacked: Bool
    let runtime: RuntimeUse
  }

  private let name: String
  private let original: String
  private let type: String
  private let storedAs: String
  private let isPacked: Bool
  private let runtime: RuntimeUse
  private let frontMatter: FrontMatter
  private let recipeDigest: String
  private let options: String
  private let bitsPerWeight: Double
  /// How many tensors have each type, and how many weights.
  private let types: [(type: String, tensors: Int, weights: Int)]
  private let calibration: String
  private let validation: String

  /// - Parameter folder: the original's, where it is one.
  init(
    _ plan: ProductPlan, _ subject: Subject, _ folder: HuggingFaceFolder?
  ) throws(CheckpointError) {
    name = plan.name
    original = OriginalCard.name(plan.model.path)
    type = plan.type
    storedAs = subject.storedAs
    isPacked = subject.isPacked
    runtime = subject.runtime
    var taken = FrontMatter()
    if let folder { taken = try OriginalCard(folder).frontMatter }
    frontMatter = Self.frontMatter(
      taken, plan, subject.runtime, hubName: OriginalCard.hubName(plan.model.path))
    recipeDigest = plan.recipeDigest
    options = plan.provenance.options
    bitsPerWeight = plan.tensors.bitsPerWeight
    var types: [(type: String, tensors: Int, weights: Int)] = []
    for tensor in plan.tensors {
      let weights = tensor.spec.rows * tensor.spec.columns
      if let place = types.firstIndex(where: { $0.type == tensor.format.name }) {
        types[place].tensors += 1
        types[place].weights += weights
      } else {
        types.append((tensor.format.name, 1, weights))
      }
    }
    self.types = types
    calibration = plan.provenance.calibration
    validation = plan.provenance.validation
  }

  /// What the Hub reads: what the original's card says of license, languages and use, and what is new.
  static func frontMatter(
    _ original: FrontMatter, _ plan: ProductPlan, _ runtime: RuntimeUse, hubName: String?
  ) -> FrontMatter {
    var matter = FrontMatter()
    if let hubName { matter.set("base_model", hubName) }
    matter.set("base_model_relation", "quantized")
    matter.set("quantized_by", "Planish")
    matter.take(
      ["license", "license_name", "license_link", "language", "pipeline_tag", "datasets", "inference"], from: original)
    if plan.model.wrapped == nil { matter.set("pipeline_tag", "text-generation") }
    matter.set("library_name", runtime.library)
    let bits = plan.type.prefixMatch(of: #/(?:int|nf|fp|mxfp|nvfp)([0-9]+)/#).map { "\($0.output.1)-bit" }
    let taken = original.items("tags")
    let own = (["planish"] + runtime.tags + [bits].compactMap { $0 }).filter { !taken.contains($0) }
    matter.set("tags", taken + own)
    return matter
  }

  /// The text, with the measured figures if there are any.
  ///
  /// - Parameter byteCount: of all files but this one.
  func text(_ figures: [QualityFigure], byteCount: Int) -> String {
    let bits = String(format: "%.2f", bitsPerWeight)
    var lines = [frontMatter.text, "", "# \(Self.escaped(name))", ""]
    lines += [
      "\(Self.escaped(original)), quantized to \(type) by Planish \(Planish.version); the weights here are \(storedAs).",
      "", "| | |", "|---|---|", "| size | \(Self.size(byteCount)) |",
      isPacked
        ? "| bits per weight | \(bits), scales and tables included |"
        : "| bits per weight | \(bits) in these types, before decoding |",
      "| runtime | \(runtime.name) |", "", "## Use", "", "In this folder:", "", "```\(runtime.language)", runtime.code,
      "```",
      "", "## Types", "", "| type | tensors | weights |", "|---|--:|--:|",
    ]
    lines += types.map { "| \($0.type) | \($0.tensors) | \($0.weights) |" }
    lines += [
      "", "Made with these options, as understood, defaults filled in:", "", "```json", options.onOneLine, "```", "",
      "Recipe (SHA-256 of weights, tokenizer, calibration tokens and options): `\(recipeDigest)`. "
        + "`sha256sum -c \(Checksums.fileName)` checks the files.",
      "", "## Measured", "",
    ]
    lines += measured(figures)
    lines += ["", calibration]
    return lines.joined(separator: "\n") + "\n"
  }

  private func measured(_ figures: [QualityFigure]) -> [String] {
    guard !figures.isEmpty else { return ["How close these weights are to the original was not measured."] }
    let text = validation.isEmpty ? "the validation text of the recipe" : validation
    let rows = figures.map { figure in
      let interval =
        figure.low.flatMap { low in figure.high.map { "\(Self.number(low)) to \(Self.number($0))" } } ?? "–"
      return "| \(figure.label) | \(Self.number(figure.value)) | \(interval) |"
    }
    return [
      "Read back from disk and compared with the original on \(text):", "", "| measure | value | 95 % interval |",
      "|---|--:|--:|",
    ] + rows
  }

  /// Four significant digits.
  private static func number(_ value: Double) -> String { String(format: "%.4g", value) }

  private static func size(_ bytes: Int) -> String {
    let (value, unit) = bytes < 1_000_000_000 ? (Double(bytes) / 1e6, "MB") : (Double(bytes) / 1e9, "GB")
    return String(format: "%.2f %@", value, unit)
  }

  /// A name that cannot be taken for anything else in Markdown.
  private static func escaped(_ name: String) -> String {
    name.onOneLine.map { "\\`*_[]<>#|~&".contains($0) ? "\\\($0)" : "\($0)" }.joined()
  }

  /// The same for programs.
  func details(_ figures: [QualityFigure]) -> JSONMembers {
    var details = JSONMembers()
    details.set("planish", .string(Planish.version))
    details.set("recipe_sha256", .string(recipeDigest))
    if !figures.isEmpty {
      var quality = JSONMembers()
      for figure in figures {
        // JSON has no other numbers.
        quality.set(figure.name, figure.value.isFinite ? .number(figure.value) : .string("\(figure.value)"))
      }
      details.set("quality", .object(quality))
    }
    return details
  }
}

extension QualityFigure {
  /// As people call it.
  fileprivate var label: String {
    switch name {
    case "perplexity": "perplexity"
    case "perplexity_ratio": "perplexity over the original's"
    case "mean_kld": "mean KL divergence, nats"
    case "p99_kld": "99th percentile of the KL divergence, nats"
    case "top1_agreement": "same most likely token, share"
    case "mean_cosine": "mean cosine similarity of embeddings"
    case "min_cosine": "lowest cosine similarity of embeddings"
    default: name
    }
  }
}
