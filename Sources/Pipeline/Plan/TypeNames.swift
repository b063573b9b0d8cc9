import Mixes
import Schemes
import Spec

/// What is said of names under `type` that are none.
enum TypeNames {
  /// Names that other programs have for what goes by another one here.
  private static let relatives = [
    "int4": "int4_g128", "w4a16": "int4_g128", "uint4": "int4_g128_asym", "int8": "int8_row", "w8a8": "int8_row",
    "w8a16": "int8_g128", "gptq": "int4_g128", "awq": "int4_g128_asym", "q4": "q4_k_m", "q5": "q5_k_m", "q6": "q6_k",
    "q8": "q8_0", "q4_k_l": "q4_k_m", "fp16": "f16", "float16": "f16", "bfloat16": "bf16", "fp32": "f32",
  ]

  /// - Parameter isWhole: whether a mix may be meant, which is for all tensors of a product.
  /// - Returns: nil for a known name.
  @Sendable static func objection(_ name: String, isWhole: Bool) -> String? {
    if isWhole ? QuantizationTypes.named(name) != nil : QuantizationTypes.formats.contains(name) { return nil }
    let known = isWhole ? QuantizationTypes.names : QuantizationTypes.formats
    let found = "the unknown type \(Wording.quote(name))"
    if let relative = relatives[name], known.contains(relative) {
      return "found \(found), expected \(relative) or another of docs/formats.md"
    }
    let integers = IntegerType.all.map(\.name)
    return Wording.unknown(
      found, named: name, known: known, listed: known.filter { !integers.contains($0) } + [IntegerType.pattern])
  }
}
