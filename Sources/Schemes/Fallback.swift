/// Another format for rows whose length the planned one cannot store.
package struct Fallback: Sendable, Equatable {
  /// The planned format.
  package let from: String
  /// The format instead.
  package let to: String
  package let columns: Int

  /// Why, as a sentence.
  package var reason: String {
    "\(columns) columns are no multiple of \(from)'s block of \(Self.block(of: from)); stored as \(to)\(bits)"
  }

  /// What that means for the size, where both have a fixed number of bits.
  private var bits: String {
    guard let from = WeightFormats.named(from)?.bitsPerWeight, let to = WeightFormats.named(to)?.bitsPerWeight else {
      return ""
    }
    return ", \(Self.text(to)) bits per weight instead of \(Self.text(from))"
  }

  private static func text(_ bits: Double) -> String { "\((bits * 100).rounded() / 100)" }

  /// The fallback for rows of `columns` weights, or nil where the format can store them.
  ///
  /// As in llama.cpp, a format of blocks of 256 gives way to one of blocks of 32 with no fewer bits, and everything that
  /// still does not fit to f16.
  package static func needed(for format: String, columns: Int) -> Fallback? {
    guard !fits(format, columns) else { return nil }
    let smaller = smallerBlocks[format] ?? format
    return Fallback(from: format, to: fits(smaller, columns) ? smaller : "f16", columns: columns)
  }

  /// The fallback for rows of `columns` weights that takes the fewest bits and is sound: it leaves no more of weights than the format
  /// itself. Nil where the format can store them; what llama.cpp gives where nothing smaller does, and to types that are none of GGUF's.
  package static func smallest(for format: String, columns: Int) -> Fallback? {
    guard let stock = needed(for: format, columns: columns) else { return nil }
    guard let least = leastSound[format], let first = sound.firstIndex(of: least),
      let found = sound[first...].first(where: { fits($0, columns) }),
      let bits = WeightFormats.named(found)?.bitsPerWeight, let own = WeightFormats.named(stock.to)?.bitsPerWeight,
      bits < own
    else { return stock }
    return Fallback(from: format, to: found, columns: columns)
  }

  /// Types of blocks of 64 and 32, from the fewest bits up.
  private static let sound = ["q2_0", "mxfp4", "iq4_nl", "q5_0", "q8_0"]

  /// The first of these that should leave no more than a type of larger blocks, by how many levels a weight has and how many weights
  /// share a scale; that was not measured. Four even levels under one scale leave as much as ternary vectors and more than types of two bits; four-bit floats under powers of two less than all types of three.
  private static let leastSound = [
    "iq1_s": "q2_0", "iq1_m": "q2_0", "tq1_0": "q2_0", "tq2_0": "q2_0", "q2_0": "mxfp4", "iq2_xxs": "mxfp4",
    "iq2_xs": "mxfp4", "iq2_s": "mxfp4", "q2_k": "mxfp4", "iq3_xxs": "mxfp4", "iq3_s": "mxfp4", "q3_k": "mxfp4",
    "iq4_xs": "iq4_nl", "q4_k": "iq4_nl", "q5_k": "q5_0",
  ]

  private static func fits(_ format: String, _ columns: Int) -> Bool {
    WeightFormats.named(format, columns: columns) != nil
  }

  private static func block(of format: String) -> Int {
    if case .columns(let count)? = IntegerType.named(format)?.group { return count }
    if FP8Type(rawValue: format) != nil { return FP8Type.blockSide }
    if EXL2Strategy.named(format) != nil { return EXL2Strategy.smallestGroup }
    return WeightFormats.named(format)?.columnsPerBlock ?? 1
  }

  private static let smallerBlocks = [
    "iq1_s": "iq4_nl", "iq1_m": "iq4_nl", "iq2_xxs": "iq4_nl", "iq2_xs": "iq4_nl", "iq2_s": "iq4_nl",
    "iq3_xxs": "iq4_nl", "iq3_s": "iq4_nl", "iq4_xs": "iq4_nl", "q2_k": "q4_0", "q3_k": "q4_0", "q2_0": "q4_0",
    "tq1_0": "q4_0", "tq2_0": "q4_0", "fp8_b128": "fp8_row", "q4_k": "q5_0", "q5_k": "q5_1", "q6_k": "q8_0",
  ]
}
