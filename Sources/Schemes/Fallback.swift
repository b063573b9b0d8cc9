/// Another format for rows whose length the planned one cannot store.
package struct Fallback: Sendable, Equatable {
  /// The planned format.
  package let from: String
  /// The format instead.
  package let to: String
  package let columns: Int

  /// Why, as a sentence.
  package var reason: String {
    "\(columns) columns are no multiple of \(from)'s block of \(Self.block(of: from)); stored as \(to)"
  }

  /// The fallback for rows of `columns` weights, or nil where the format can store them.
  ///
  /// As in llama.cpp, a format of blocks of 256 gives way to one of blocks of 32 with no fewer bits, and everything that
  /// still does not fit to f16.
  package static func needed(for format: String, columns: Int) -> Fallback? {
    guard !fits(format, columns) else { return nil }
    let smaller = smallerBlocks[format] ?? format
    return Fallback(from: format, to: fits(smaller, columns) ? smaller : "f16", columns: columns)
  }

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
