import Models
import Schemes

/// A named assignment of formats to the tensors of a model.
package struct Mix: Sendable {
  /// The lower-case name by which pipeline files know it, such as `q4_k_m`.
  package let name: String
  /// The format of tensors that no rule changes.
  package let base: String
  /// The format of the matrix that makes logits.
  let output: String
  /// The format of a layer's matrix, or nil for the base. `index` is the layer's position among those of the role.
  let rule: @Sendable (_ place: TensorPlace, _ model: MixModel) -> String?

  init(
    name: String, base: String, output: String = "q6_k",
    rule: @escaping @Sendable (_ place: TensorPlace, _ model: MixModel) -> String?
  ) {
    self.name = name
    self.base = base
    self.output = output
    self.rule = rule
  }

  /// The name of the format of a tensor that is quantized (see `QuantizedTensors`), before any fallback for row lengths
  /// that it cannot store (see `Fallback`).
  ///
  /// These are llama-quantize's choices (`llama_tensor_get_type` of llama.cpp).
  package func format(at place: TensorPlace, in model: MixModel) -> String {
    let isOutput = place.role == .output || (place.role == .tokenEmbedding && model.output == .tokenEmbedding)
    if isOutput { return outputFormat(columns: place.columns, model) }
    if let format = rule(place, model) { return format }
    return base
  }

  /// Whether the type of a matrix at some place needs the importance of columns: at about two bits, rounding without it leaves
  /// nothing of most models (`tensor_requires_imatrix` of llama.cpp).
  package func needsImportance(_ format: String, for role: Role) -> Bool {
    Mixes.needsImportance(format, for: role) || (format == "q2_k" && name == "q2_k_s" && !Mixes.isTable(role))
  }

  /// The matrix that makes logits: five bits or more, in a block size that fits.
  private func outputFormat(columns: Int, _ model: MixModel) -> String {
    let block = WeightFormats.named(base)?.columnsPerBlock ?? 256
    if model.architecture == "falcon" || columns % block != 0 { return "q8_0" }
    return base == "q8_0" ? base : output
  }
}
