import Foundation

/// Amounts of bytes as people write them.
package enum ByteAmount {
  private static let units: [(suffix: String, bytes: Double)] = [
    ("TiB", 0x1p40), ("GiB", 0x1p30), ("MiB", 0x1p20), ("KiB", 0x1p10), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6),
    ("kB", 1e3), ("KB", 1e3), ("B", 1),
  ]

  /// Reads an amount such as `8GiB`, `512 MiB`, `6.5GB` or `90107136B`; nil for anything else. A number without a unit is refused, since
  /// nobody knows what was meant.
  package static func bytes(_ text: String) -> Int? {
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
      let number = Double(text.dropLast(unit.suffix.count).trimmingCharacters(in: .whitespaces)),
      number * unit.bytes >= 1, number * unit.bytes < 0x1p60
    else { return nil }
    // The product of 1.001 and 1000 is not the amount that was written.
    return Int((number * unit.bytes).rounded())
  }
}

extension ValueKind where Value == Int {
  /// An amount of bytes with its unit.
  static var bytes: ValueKind {
    let expected = "an amount with its unit, such as 4.6GB, 500MiB or 90107136B"
    return ValueKind(
      expected: expected,
      read: { reader in reader.node.text.flatMap(ByteAmount.bytes) ?? reader.mismatch(expected) },
      echo: { .integer($0) }, schema: { _ in .anyText })
  }
}
