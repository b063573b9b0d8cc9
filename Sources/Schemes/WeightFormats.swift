/// Every format that this version knows, in the order in which help and errors list them.
package enum WeightFormats {
  package static let all: [any WeightFormat] = [
    F32(), F16(), BF16(), Q8_0(), Q6_K(), Q5_K(), Q5_1(), Q5_0(), Q4_K(), Q4_1(), Q4_0(), IQ4_NL(), IQ4_XS(), Q3_K(),
    Q2_K(), TQ2_0(), TQ1_0(), MXFP4(), NVFP4(),
  ]

  /// The format of that name, or nil.
  package static func named(_ name: String) -> (any WeightFormat)? {
    all.first { $0.name == name }
  }
}
