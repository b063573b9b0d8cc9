import Foundation

/// Numbers as people read them: few digits, a unit where one helps, no digit that the measurement does not support.
package enum NumberText {
  /// With commas between groups of three digits.
  package static func grouped(_ value: Int) -> String {
    var text = ""
    for (index, digit) in String(value.magnitude).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "−" : "") + String(text.reversed())
  }

  /// To a number of significant digits; below a ten-thousandth and from a million on with a power of ten.
  package static func significant(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite else { return notFinite(value) }
    guard value != 0 else { return "0" }
    var magnitude = Int(floor(log10(abs(value))))
    // 0.9996 to three digits is 1.00.
    if abs(value) >= (10 - 0.5 * pow(10, Double(1 - digits))) * pow(10, Double(magnitude)) { magnitude += 1 }
    guard -5 < magnitude, magnitude < 6 else { return scientific(value, digits: digits) }
    return fixed(value, decimals: max(0, digits - 1 - magnitude))
  }

  /// With a fixed number of decimals.
  package static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return notFinite(value) }
    let text = String(format: "%.\(decimals)f", abs(value))
    let whole = text.prefix { $0 != "." }
    let isZero = !text.contains { "123456789".contains($0) }
    let grouped = Int(whole).map { Self.grouped($0) } ?? String(whole)
    return (value < 0 && !isZero ? "−" : "") + grouped + text.dropFirst(whole.count)
  }

  /// An estimate to the second digit of its standard error, and that error.
  package static func estimate(_ value: Double, error: Double) -> EstimateText {
    guard error.isFinite, error > 0, value.isFinite else {
      return EstimateText(value: significant(value, digits: 4), error: significant(error, digits: 2))
    }
    let decimals = 1 - Int(floor(log10(error)))
    guard decimals <= 8, abs(value) >= 1e-4 || value == 0 else {
      return EstimateText(value: significant(value, digits: 3), error: significant(error, digits: 2))
    }
    return EstimateText(
      value: fixed(value, decimals: max(0, decimals)), error: fixed(error, decimals: max(0, decimals)))
  }

  /// Such as `3.78 MB`.
  package static func bytes(_ count: Int) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB"]
    var value = Double(count)
    var unit = 0
    while abs(value) >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return (unit == 0 ? grouped(count) : significant(value)) + "\u{A0}" + units[unit]
  }

  /// A share of one as a percentage.
  package static func percent(_ share: Double, decimals: Int = 1) -> String {
    fixed(share * 100, decimals: decimals) + "\u{A0}%"
  }

  /// A share of one as a percentage, with the digits that it has.
  package static func percentOfShare(_ share: Double) -> String {
    significant(share * 100, digits: 4).replacing(#/\.?0+$/#, with: "") + "\u{A0}%"
  }

  /// Such as `0.4 s`, `12 s`, `3 min 20 s` or `2 h 5 min`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e12 else { return notFinite(seconds) }
    if seconds < 0.9995 { return "\(Int((seconds * 1000).rounded()))\u{A0}ms" }
    if seconds < 9.95 { return fixed(seconds, decimals: 1) + "\u{A0}s" }
    let whole = Int(seconds.rounded())
    if whole < 120 { return "\(whole)\u{A0}s" }
    if whole < 7200 { return "\(whole / 60)\u{A0}min \(whole % 60)\u{A0}s" }
    return "\(whole / 3600)\u{A0}h \(whole % 3600 / 60)\u{A0}min"
  }

  private static func scientific(_ value: Double, digits: Int) -> String {
    let parts = String(format: "%.\(digits - 1)e", abs(value)).split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return "\(value)" }
    return (value < 0 ? "−" : "") + parts[0] + "\u{A0}×\u{A0}10" + superscript(exponent)
  }

  /// A whole number in raised digits.
  package static func superscript(_ number: Int) -> String {
    let raised: [Character: Character] = [
      "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
    ]
    return String(String(number).compactMap { raised[$0] })
  }

  private static func notFinite(_ value: Double) -> String {
    value.isNaN ? "not a number" : value < 0 ? "−∞" : "∞"
  }
}

/// An estimate in two numbers with the same number of decimals.
package struct EstimateText: Sendable, Equatable {
  package let value: String
  package let error: String
}
