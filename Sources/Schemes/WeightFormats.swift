/// Every format that this version knows but those of `IntegerType` and `FP8Type`, in the order in which help and errors list them.
package enum WeightFormats {
  package static let all: [any WeightFormat] = [
    F32(), F16(), BF16(), Q8_0(), Q6_K(), Q5_K(), Q5_1(), Q5_0(), Q4_K(), Q4_1(), Q4_0(), IQ4_NL(), IQ4_XS(), Q3_K(),
    Q2_K(), Q2_0(), TQ2_0(), TQ1_0(), Q1_0(), MXFP4(), NVFP4(), NVFP4Global(), NF4(), FP4(), DoubleQuantized.nf4,
    DoubleQuantized.fp4,
    IQ3_S(),
    IQ3_XXS(), IQ2_S(), IQ2_XS(), IQ2_XXS(), IQ1_M(), IQ1_S(),
  ]

  /// The format of that name, or nil.
  package static func named(_ name: String) -> (any WeightFormat)? {
    all.first { $0.name == name }
  }

  /// The format of that name for rows of `columns` weights, integer types included; nil where there is none, or none that
  /// can store them.
  package static func named(_ name: String, columns: Int) -> (any WeightFormat)? {
    if let type = IntegerType.named(name) { return type.scheme(columns: columns) }
    if let type = FP8Type(rawValue: name) { return type.scheme(columns: columns) }
    if let strategy = EXL2Strategy.named(name) { return strategy.scheme(columns: columns) }
    return named(name).flatMap { columns % $0.columnsPerBlock == 0 ? $0 : nil }
  }

  /// Those that weights can be stored in: the others are only read.
  package static let writable: [any WeightFormat] = all.filter { $0 is any Scheme || $0 is any FloatFormat }
}
