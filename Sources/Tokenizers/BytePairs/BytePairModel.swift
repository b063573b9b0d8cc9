/// Byte-pair encoding: from the characters or bytes of a word to ids, by merges.
struct BytePairModel: Sendable {
  /// What a word consists of before any merge.
  enum Alphabet: Sendable {
    /// Bytes; the symbol of each, or -1. `[256]`.
    case bytes([Int32])
    case characters(CharacterAlphabet)
  }

  let alphabet: Alphabet
  let merges: PairTable
  /// Words that are tokens as they stand, whatever the merges say (`ignore_merges`). Keys are the bytes of the text.
  let wholeWords: ByteStringTable?
  let unknown: Int32?
  /// Whether neighbouring unknown characters share one unknown token.
  let fusesUnknown: Bool

  init(
    alphabet: Alphabet, merges: PairTable, wholeWords: ByteStringTable? = nil, unknown: Int32? = nil,
    fusesUnknown: Bool = false
  ) {
    self.alphabet = alphabet
    self.merges = merges
    self.wholeWords = wholeWords
    self.unknown = unknown
    self.fusesUnknown = fusesUnknown
  }
}

/// The symbols of single characters, and what to do with others.
struct CharacterAlphabet: Sendable {
  /// Character, as UTF-8, to symbol.
  var symbols: ByteStringTable
  /// The token of each byte (`<0x00>` to `<0xFF>`), for characters without a symbol, or nil. `[256]`.
  var byteTokens: [Int32]?
  /// Symbols from here on are no tokens: characters that occur in tokens without being tokens.
  var firstNonToken: Int32
  /// The texts of those symbols.
  var nonTokenTexts: [[UInt8]] = []
  /// Pairs of symbols between which a merge can reach across. A text may be cut anywhere else without changing its
  /// ids: the first merge across a place has a left side that ends, and a right side that begins, with the symbols
  /// there.
  var joints: PairTable
  /// The symbols of ASCII characters, or -1. `[128]`.
  let ascii: [Int32]

  init(
    symbols: ByteStringTable, byteTokens: [Int32]?, firstNonToken: Int32, nonTokenTexts: [[UInt8]] = [],
    joints: PairTable
  ) {
    self.symbols = symbols
    self.byteTokens = byteTokens
    self.firstNonToken = firstNonToken
    self.nonTokenTexts = nonTokenTexts
    self.joints = joints
    ascii = (UInt8(0)..<128).map { symbols.find([$0]) ?? -1 }
  }
}

extension BytePairModel {
  /// Appends the ids of one word.
  ///
  /// - Throws: `TokenizerError.uncovered` when a part has no token.
  func encode(
    _ word: borrowing Span<UInt8>, into ids: inout [Int32], scratch: inout ModelScratch
  ) throws(TokenizerError) {
    if let wholeWords, let id = wholeWords.find(word) {
      ids.append(id)
      return
    }
    switch alphabet {
    case .bytes(let symbols): try encode(word, bytes: symbols, into: &ids, scratch: &scratch)
    case .characters(let alphabet): try encode(word, characters: alphabet, into: &ids, scratch: &scratch)
    }
  }

  // MARK: - Bytes

  private func encode(
    _ word: borrowing Span<UInt8>, bytes symbols: [Int32], into ids: inout [Int32], scratch: inout ModelScratch
  ) throws(TokenizerError) {
    let isCached = word.count > 1 && word.count <= WordCache.longestWord
    if isCached, scratch.cache.append(word, to: &ids) { return }
    let start = ids.count
    for index in 0..<word.count {
      let symbol = symbols[Int(word[index])]
      if symbol >= 0 { ids.append(symbol) } else { try appendUnknown(word, index..<index + 1, to: &ids, from: start) }
    }
    scratch.merger.merge(&ids, from: start, with: merges)
    if isCached { scratch.cache.insert(word, idsFrom: start, of: ids) }
  }

  /// Appends the unknown token, unless it stands there already and neighbours fuse.
  private func appendUnknown(
    _ text: borrowing Span<UInt8>, _ range: Range<Int>, to ids: inout [Int32], from start: Int
  ) throws(TokenizerError) {
    guard let unknown else { throw .uncovered(text: TextParts.string(text, range)) }
    if fusesUnknown, ids.count > start, ids.last == unknown { return }
    ids.append(unknown)
  }

  // MARK: - Characters

  private func encode(
    _ word: borrowing Span<UInt8>, characters alphabet: CharacterAlphabet, into ids: inout [Int32],
    scratch: inout ModelScratch
  ) throws(TokenizerError) {
    scratch.symbols.removeAll(keepingCapacity: true)
    var start = 0
    var position = 0
    while position < word.count {
      let end = TextParts.scalarEnd(word, from: position, end: word.count)
      let known = symbol(of: word, position..<end, in: alphabet)
      if let last = scratch.symbols.last {
        let first = known ?? alphabet.byteTokens?[Int(word[position])] ?? unknown ?? -1
        if alphabet.joints.find(last, first) == nil, !(known == nil && last == unknown) {
          finish(word, start..<position, alphabet, into: &ids, scratch: &scratch)
          start = position
        }
      }
      if let known {
        scratch.symbols.append(known)
      } else if let byteTokens = alphabet.byteTokens {
        for index in position..<end { scratch.symbols.append(byteTokens[Int(word[index])]) }
      } else {
        try appendUnknown(word, position..<end, to: &scratch.symbols, from: 0)
      }
      position = end
    }
    finish(word, start..<word.count, alphabet, into: &ids, scratch: &scratch)
  }

  private func symbol(
    of word: borrowing Span<UInt8>, _ range: Range<Int>, in alphabet: CharacterAlphabet
  ) -> Int32? {
    if range.count == 1, word[range.lowerBound] < 0x80 {
      let symbol = alphabet.ascii[Int(word[range.lowerBound])]
      return symbol < 0 ? nil : symbol
    }
    return alphabet.symbols.find(word.extracting(range))
  }

  /// Merges the symbols at hand, which belong to a range of the word, and appends the ids.
  private func finish(
    _ word: borrowing Span<UInt8>, _ range: Range<Int>, _ alphabet: CharacterAlphabet, into ids: inout [Int32],
    scratch: inout ModelScratch
  ) {
    defer { scratch.symbols.removeAll(keepingCapacity: true) }
    let isCached = range.count > 1 && range.count <= WordCache.longestWord
    if isCached, scratch.cache.append(word.extracting(range), to: &ids) { return }
    scratch.merger.merge(&scratch.symbols, from: 0, with: merges)
    let start = ids.count
    for symbol in scratch.symbols {
      if symbol < alphabet.firstNonToken {
        ids.append(symbol)
      } else if let byteTokens = alphabet.byteTokens {
        for byte in alphabet.nonTokenTexts[Int(symbol - alphabet.firstNonToken)] { ids.append(byteTokens[Int(byte)]) }
      } else if let unknown {
        ids.append(unknown)
      }
    }
    if isCached { scratch.cache.insert(word.extracting(range), idsFrom: start, of: ids) }
  }
}
