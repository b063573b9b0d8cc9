import Models
import Schemes

/// A named assignment of formats to the tensors of a model.
package struct Mix: Sendable {
  /// The lower-case name by which pipeline files know it, such as `q4_k_m`.
  package let name: String
  /// The format of tensors that no rule changes.
  package let base: String
  /// The format of a layer's matrix, or nil for the base. `index` is the layer's position among those of the role.
  let rule: @Sendable (_ place: TensorPlace, _ model: MixModel) -> String?

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

  /// The matrix that makes logits: six bits or more, in a block size that fits.
  private func outputFormat(columns: Int, _ model: MixModel) -> String {
    let block = WeightFormats.named(base)?.columnsPerBlock ?? 256
    if model.architecture == "falcon" || columns % block != 0 { return "q8_0" }
    return base == "q8_0" ? base : "q6_k"
  }
}
