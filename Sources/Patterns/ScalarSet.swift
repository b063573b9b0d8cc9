/// A set of Unicode scalars as a pattern writes it.
package indirect enum ScalarSet: Sendable, Equatable {
  case ranges([ClosedRange<UInt32>])
  /// One bit for each general category, see `GeneralCategories.index`.
  case categories(UInt32)
  case alphabetic
  case union([ScalarSet])
  case intersection(ScalarSet, ScalarSet)
  case complement(ScalarSet)

  package static func scalar(_ value: UInt32) -> ScalarSet { .ranges([value...value]) }
  package static let whiteSpace = ScalarSet.ranges(GeneralCategories.whiteSpace)
  /// Nd: what `\d` matches.
  package static let digits = ScalarSet.categories(1 << 8)
  /// Word characters (UTS #18, Annex C): Alphabetic, marks, decimal digits and connectors.
  package static let word = ScalarSet.union([.alphabetic, .categories(0b1001_1110_0000)])
  /// What `\w` matches: Oniguruma's table for Latin-1 adds the superscript digits and the fractions.
  package static let patternWord = ScalarSet.union([word, .ranges([0xB2...0xB3, 0xB9...0xB9, 0xBC...0xBE])])
  package static let everything = ScalarSet.ranges([0...0x10FFFF])

  /// O(size of the set's description).
  package func contains(_ scalar: UInt32) -> Bool {
    switch self {
    case .ranges(let ranges): ranges.contains { $0.contains(scalar) }
    case .categories(let mask): mask >> UInt32(GeneralCategories.index(of: scalar)) & 1 == 1
    case .alphabetic: GeneralCategories.isAlphabetic(scalar)
    case .union(let sets): sets.contains { $0.contains(scalar) }
    case .intersection(let a, let b): a.contains(scalar) && b.contains(scalar)
    case .complement(let set): !set.contains(scalar)
    }
  }

  /// One bit for each scalar below U+10000, 1024 words.
  ///
  /// - Parameter known: bitmaps of categories that were made before, which take most of the time.
  package func bitmap(_ known: inout [UInt32: [UInt64]]) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: 1024)
    switch self {
    case .ranges(let ranges):
      for range in ranges where range.lowerBound <= 0xFFFF {
        let last = min(range.upperBound, 0xFFFF)
        for word in range.lowerBound >> 6...last >> 6 {
          let low = word == range.lowerBound >> 6 ? UInt64.max << UInt64(range.lowerBound & 63) : .max
          let high = word == last >> 6 ? UInt64.max >> UInt64(63 - last & 63) : .max
          words[Int(word)] |= low & high
        }
      }
    case .categories, .alphabetic:
      // No mask of categories has this bit.
      var key: UInt32 = 1 << 31
      if case .categories(let mask) = self { key = mask }
      if let found = known[key] { return found }
      for scalar in UInt32(0)...0xFFFF where contains(scalar) { words[Int(scalar >> 6)] |= 1 << UInt64(scalar & 63) }
      known[key] = words
    case .union(let sets):
      for set in sets {
        let other = set.bitmap(&known)
        for index in words.indices { words[index] |= other[index] }
      }
    case .intersection(let a, let b):
      words = a.bitmap(&known)
      let other = b.bitmap(&known)
      for index in words.indices { words[index] &= other[index] }
    case .complement(let set):
      words = set.bitmap(&known).map { ~$0 }
    }
    return words
  }

  /// The same set without regard to case, or nil where that is not supported (ranges beyond ASCII, properties stay as
  /// they are). Folding is simple and per scalar, so `s` also takes U+017F and `k` the Kelvin sign.
  package func caseInsensitive() -> ScalarSet? {
    switch self {
    case .ranges(let ranges):
      var result = ranges
      for range in ranges {
        guard range.count <= 128 else { return nil }
        for value in range {
          guard let scalar = Unicode.Scalar(value) else { return nil }
          result += Self.caseVariants(of: scalar).map { $0...$0 }
        }
      }
      return .ranges(result)
    case .categories, .alphabetic:
      return self
    case .union(let sets):
      var result: [ScalarSet] = []
      for set in sets {
        guard let folded = set.caseInsensitive() else { return nil }
        result.append(folded)
      }
      return .union(result)
    case .intersection(let a, let b):
      guard let a = a.caseInsensitive(), let b = b.caseInsensitive() else { return nil }
      return .intersection(a, b)
    case .complement(let set):
      return set.caseInsensitive().map { .complement($0) }
    }
  }

  private static func caseVariants(of scalar: Unicode.Scalar) -> [UInt32] {
    let lower = scalar.properties.lowercaseMapping
    let upper = scalar.properties.uppercaseMapping
    var variants = [lower, upper].filter { $0.unicodeScalars.count == 1 }.compactMap { $0.unicodeScalars.first?.value }
    if lower == "s" { variants.append(0x17F) }
    if lower == "k" { variants.append(0x212A) }
    return variants
  }
}
