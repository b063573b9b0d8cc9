/// `on_gate_failure`: what a run does before it gives up products that gates refuse.
package struct GateFailureSpec: Sendable, Equatable {
  /// The bits of a weight, over the whole model, that a budget may be raised to.
  package let untilBits: Double

  init?(reading options: inout MappingReader) {
    let bits = options.required("raise", .mapping { $0.required("until_bits", .number(in: .above(0))) })
    guard let bits else { return nil }
    untilBits = bits
  }
}
