import Models
import Tokenizers

/// What a product is made of: all that a container asks of the plan of a run.
package struct ProductPlan: Sendable {
  /// The tokens that solvers saw.
  package struct CalibrationText: Sendable {
    package let sequences: Int
    /// Tokens of the longest.
    package let length: Int
    /// SHA-256 of the tokens.
    package let digest: String

    package init(sequences: Int, length: Int, digest: String) {
      self.sequences = sequences
      self.length = length
      self.digest = digest
    }
  }

  /// What the card of a product tells of how it was made, in words.
  package struct Provenance: Sendable {
    /// Every option that decides the product's bytes, as one line of JSON.
    package let options: String
    /// A sentence.
    package let calibration: String
    /// The names of the texts that it is measured on, such as `heldout.txt`; empty without any.
    package let validation: String

    package init(options: String, calibration: String, validation: String) {
      self.options = options
      self.calibration = calibration
      self.validation = validation
    }
  }

  /// What the pipeline calls the model.
  package let name: String
  /// The type or mix that was asked for.
  package let type: String
  /// Every tensor, in the order in which they come.
  package let tensors: [TensorPlan]
  /// The original.
  package let model: ModelSource
  /// What is compiled: the original, or what transforms of the whole model make of it.
  package let source: any ModelWeights
  /// The tokenizer as GGUF files describe it; nil where no product asks.
  package let vocabulary: GGUFVocabulary?
  /// Nil where nothing is calibrated.
  package let calibration: CalibrationText?
  /// The names of the figures that are noted in the product once it is measured.
  package let figures: [String]
  /// One hash of all that decides the product's bytes.
  package let recipeDigest: String
  package let provenance: Provenance

  package init(
    name: String, type: String, tensors: [TensorPlan], model: ModelSource, source: any ModelWeights,
    vocabulary: GGUFVocabulary?, calibration: CalibrationText?, figures: [String], recipeDigest: String,
    provenance: Provenance
  ) {
    self.name = name
    self.type = type
    self.tensors = tensors
    self.model = model
    self.source = source
    self.vocabulary = vocabulary
    self.calibration = calibration
    self.figures = figures
    self.recipeDigest = recipeDigest
    self.provenance = provenance
  }
}
