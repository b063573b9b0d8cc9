extension Tokenizer {
  /// The ids of a text.
  ///
  /// - Throws: `TokenizerError.uncovered` when the vocabulary has no token for a part of the text.
  package func encode(_ text: String, special: SpecialTokens) throws(TokenizerError) -> [Int32] {
    var encoding = Encoding(ids: special == .addAndParse ? settings.opening : [])
    let bytes = Array(text.utf8)
    encoding.ids.reserveCapacity(bytes.count / 3)
    let findsSpecial = special != .none
    let span = bytes.span
    for segment in rawTokens.segments(of: span, bounds: 0..<bytes.count, findsSpecial: findsSpecial) {
      if let id = segment.id {
        encoding.ids.append(id)
      } else if normalizers.isEmpty, normalizedTokens.isEmpty, preTokenizer.rewrites.isEmpty {
        try encode(span, bounds: segment.range, into: &encoding)
      } else {
        try rewriteAndEncode(bytes, segment.range, findsSpecial: findsSpecial, into: &encoding)
      }
    }
    if special == .addAndParse { encoding.ids += settings.closing }
    return encoding.ids
  }

  /// What one call builds up and reuses.
  private struct Encoding {
    var ids: [Int32]
    var patterns = PatternScratch()
    var model = ModelScratch()
  }

  private func rewriteAndEncode(
    _ bytes: [UInt8], _ range: Range<Int>, findsSpecial: Bool, into encoding: inout Encoding
  ) throws(TokenizerError) {
    var text = Array(bytes[range])
    let isAtStart = range.lowerBound == 0
    for rewrite in normalizers { try rewrite.apply(to: &text, isAtStart: isAtStart, scratch: &encoding.patterns) }
    let span = text.span
    for segment in normalizedTokens.segments(of: span, bounds: 0..<text.count, findsSpecial: findsSpecial) {
      if let id = segment.id {
        encoding.ids.append(id)
      } else if preTokenizer.rewrites.isEmpty {
        try encode(span, bounds: segment.range, into: &encoding)
      } else {
        var part = Array(text[segment.range])
        for rewrite in preTokenizer.rewrites {
          let isAtStart = isAtStart && segment.range.lowerBound == 0
          try rewrite.apply(to: &part, isAtStart: isAtStart, scratch: &encoding.patterns)
        }
        try encode(part.span, bounds: 0..<part.count, into: &encoding)
      }
    }
  }

  private func encode(
    _ text: borrowing Span<UInt8>, bounds: Range<Int>, into encoding: inout Encoding
  ) throws(TokenizerError) {
    for word in try preTokenizer.words(of: text, bounds: bounds, scratch: &encoding.patterns) {
      try model.encode(text.extracting(word), into: &encoding.ids, scratch: &encoding.model)
    }
  }
}

extension Tokenizer {
  /// How often a text spells each special token, whether or not that is what it means.
  package func specialTokens(spelledIn text: String) -> [Int32: Int] {
    let special = rawTokens.specialIDs
    guard !special.isEmpty else { return [:] }
    let bytes = Array(text.utf8)
    var counts: [Int32: Int] = [:]
    for segment in rawTokens.segments(of: bytes.span, bounds: 0..<bytes.count, findsSpecial: true) {
      if let id = segment.id, special.contains(id) { counts[id, default: 0] += 1 }
    }
    return counts
  }
}
