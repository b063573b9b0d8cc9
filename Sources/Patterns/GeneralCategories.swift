/// The general category of every scalar, as a bit, and the few other properties that patterns ask for.
package enum GeneralCategories {
  /// Scalars below this are looked up; above lie only ideographs, tags and private use, which the standard library
  /// answers slowly and texts seldom hold.
  private static let tabulated: UInt32 = 0x20000

  private static let table: [UInt8] = (0..<tabulated).map { value in
    Unicode.Scalar(value).map { index(of: $0.properties.generalCategory) } ?? index(of: .surrogate)
  }

  /// The category of a scalar as a number below 32.
  package static func index(of scalar: UInt32) -> UInt8 {
    if scalar < tabulated { return table[Int(scalar)] }
    return Unicode.Scalar(scalar).map { index(of: $0.properties.generalCategory) } ?? index(of: .surrogate)
  }

  private static func index(of category: Unicode.GeneralCategory) -> UInt8 {
    switch category {
    case .uppercaseLetter: 0
    case .lowercaseLetter: 1
    case .titlecaseLetter: 2
    case .modifierLetter: 3
    case .otherLetter: 4
    case .nonspacingMark: 5
    case .spacingMark: 6
    case .enclosingMark: 7
    case .decimalNumber: 8
    case .letterNumber: 9
    case .otherNumber: 10
    case .connectorPunctuation: 11
    case .dashPunctuation: 12
    case .openPunctuation: 13
    case .closePunctuation: 14
    case .initialPunctuation: 15
    case .finalPunctuation: 16
    case .otherPunctuation: 17
    case .mathSymbol: 18
    case .currencySymbol: 19
    case .modifierSymbol: 20
    case .otherSymbol: 21
    case .spaceSeparator: 22
    case .lineSeparator: 23
    case .paragraphSeparator: 24
    case .control: 25
    case .format: 26
    case .surrogate: 27
    case .privateUse: 28
    case .unassigned: 29
    @unknown default: 29
    }
  }

  /// The categories that a name in `\p{…}` stands for, one bit for each, or nil for a name that is none.
  package static func mask(named name: String) -> UInt32? {
    let names = [
      "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
      "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
    ]
    let long = [
      "Letter": "L", "Mark": "M", "Number": "N", "Punctuation": "P", "Symbol": "S", "Separator": "Z", "Other": "C",
    ]
    let wanted = long[name] ?? name
    guard !wanted.isEmpty, wanted.count <= 2 else { return nil }
    var mask: UInt32 = 0
    for (index, candidate) in names.enumerated() where candidate.hasPrefix(wanted) { mask |= 1 << UInt32(index) }
    return mask == 0 ? nil : mask
  }

  /// White_Space (PropList.txt): what `\s` matches.
  package static let whiteSpace: [ClosedRange<UInt32>] = [
    0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
    0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
  ]

  /// Script=Han (Scripts.txt).
  package static let han: [ClosedRange<UInt32>] = [
    0x2E80...0x2E99, 0x2E9B...0x2EF3, 0x2F00...0x2FD5, 0x3005...0x3005, 0x3007...0x3007, 0x3021...0x3029,
    0x3038...0x303B, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFA6D, 0xFA70...0xFAD9, 0x16FE2...0x16FE3,
    0x16FF0...0x16FF1, 0x20000...0x2A6DF, 0x2A700...0x2B739, 0x2B740...0x2B81D, 0x2B820...0x2CEA1,
    0x2CEB0...0x2EBE0, 0x2EBF0...0x2EE5D, 0x2F800...0x2FA1D, 0x30000...0x3134A, 0x31350...0x323AF,
  ]

  /// Whether a scalar is a mark (M).
  package static func isMark(_ scalar: UInt32) -> Bool { (5...7).contains(index(of: scalar)) }

  /// Alphabetic, which has no short list.
  package static func isAlphabetic(_ scalar: UInt32) -> Bool {
    Unicode.Scalar(scalar)?.properties.isAlphabetic ?? false
  }
}
