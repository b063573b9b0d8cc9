/// Every format that this version knows, in the order in which help and errors list them.
package enum WeightFormats {
  package static let all: [any WeightFormat] = [
    F32(), F16(), BF16(), Q8_0(), Q4_0(), Q4_K(), Q5_K(), Q6_K(),
  ]

  /// The format of that name, or nil.
  package static func named(_ name: String) -> (any WeightFormat)? {
    all.first { $0.name == name }
  }
}
