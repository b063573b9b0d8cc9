/// An expression of Python's `re` as a tree. Which way a repetition prefers does not matter for whether a text matches.
indirect enum PythonNode {
  case empty
  /// One scalar out of a set.
  case scalar(ScalarSet)
  case sequence([PythonNode])
  case alternatives([PythonNode])
  case repeated(PythonNode, minimum: Int, maximum: Int?)
  /// What follows, or stands before, must or must not match; nothing is consumed.
  case look(PythonNode, behind: Bool, negative: Bool)
  case assertion(Assertion)

  enum Assertion: Equatable {
    case textStart
    case textEnd
    /// The end, or before a line feed that is the last character: `$`.
    case end
    /// With the flag `m`.
    case lineStart
    case lineEnd
    case wordBoundary(isASCII: Bool)
    case noWordBoundary(isASCII: Bool)
  }

  /// The number of scalars that every match has, or nil where it varies.
  var width: Int? {
    switch self {
    case .empty, .look, .assertion: return 0
    case .scalar: return 1
    case .sequence(let parts):
      var total = 0
      for part in parts {
        guard let width = part.width else { return nil }
        total += width
      }
      return total
    case .alternatives(let parts):
      guard let first = parts.first?.width else { return nil }
      return parts.allSatisfy { $0.width == first } ? first : nil
    case .repeated(let part, let minimum, let maximum):
      guard let width = part.width else { return nil }
      if width == 0 { return 0 }
      guard minimum == maximum else { return nil }
      let total = width.multipliedReportingOverflow(by: minimum)
      return total.overflow ? nil : total.partialValue
    }
  }
}

/// The sets that Python's escapes stand for.
enum PythonSets {
  /// `str.isalnum`, or an underscore.
  static let word = ScalarSet.union([.categories(0b111_0001_1111), .scalar(0x5F)])
  static let asciiWord = ScalarSet.ranges([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
  /// `str.isspace`.
  static let space = ScalarSet.ranges(GeneralCategories.whiteSpace + [0x1C...0x1F])
  static let asciiSpace = ScalarSet.ranges([0x09...0x0D, 0x20...0x20])
  static let asciiDigits = ScalarSet.ranges([0x30...0x39])
}
