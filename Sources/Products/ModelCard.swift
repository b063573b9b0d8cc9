import Checkpoints
import Foundation
import JSON
import Models

/// The `README.md` of a product that is a folder: what it is, what it was made of and how well it does.
struct ModelCard {
  private let name: String
  private let original: String
  private let type: String
  private let storedAs: String
  private let recipeDigest: String
  private let bitsPerWeight: Double
  /// How many tensors have each type, and how many weights.
  private let types: [(type: String, tensors: Int, weights: Int)]

  /// - Parameter storedAs: how the product holds its weights: "decoded to f16".
  init(_ plan: ProductPlan, storedAs: String) {
    name = plan.name
    original = URL(filePath: plan.model.path).lastPathComponent
    type = plan.type
    self.storedAs = storedAs
    recipeDigest = plan.recipeDigest
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
  }

  /// The text, with the measured figures if there are any.
  func text(_ figures: [QualityFigure]) -> String {
    var lines = [
      "# \(name)", "",
      "\(original), quantized to \(type) by Planish \(Planish.version); the weights here are \(storedAs).", "",
      "| type | tensors | weights |", "|---|---|---|",
    ]
    lines += types.map { "| \($0.type) | \($0.tensors) | \($0.weights) |" }
    lines += [
      "", "\(String(format: "%.2f", bitsPerWeight)) bits per weight in these types, before decoding.", "",
      "Recipe (SHA-256 of weights, tokenizer, calibration tokens and options): `\(recipeDigest)`",
    ]
    if !figures.isEmpty {
      lines += ["", "Measured against the original on the validation text of the recipe:", "", "| measure | value |"]
      lines += ["|---|---|"] + figures.map { "| \($0.name) | \(String(format: "%.6g", $0.value)) |" }
    }
    return lines.joined(separator: "\n") + "\n"
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
