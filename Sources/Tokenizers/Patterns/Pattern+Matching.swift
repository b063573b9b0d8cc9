import Patterns

/// What many matches share: memory, and the steps that they may still take.
///
/// The limit is one for the whole text and in proportion to its length. A limit for each match would be none: there may be
/// a match at every place.
package struct PatternScratch: Sendable {
  fileprivate var frames: [Frame] = []
  /// Steps that are left.
  fileprivate var credit = 1_000_000
  /// Steps that were granted in all, for the message when they are used up.
  fileprivate var granted = 1_000_000

  package init() {}

  /// Grants steps for a text that is about to be searched from its beginning to its end: tens of times what patterns of
  /// published tokenizers take for each byte.
  package mutating func grant(bytes: Int) {
    credit += 200 * bytes
    granted += 200 * bytes
  }

  /// A place to go back to. For a run, `position` may still move back, scalar by scalar, down to `minimum`.
  fileprivate struct Frame {
    var instruction: Int
    var position: Int
    var minimum: Int
  }
}

extension Pattern {
  /// Places to go back to that are remembered at once, at most.
  private static let mostFrames = 1 << 20

  /// The first match that starts at `start` or later.
  ///
  /// - Parameters:
  ///   - text: bytes in the pattern's encoding.
  ///   - bounds: what the pattern may see; the text starts and ends there. Whole scalars.
  package func firstMatch(
    in text: borrowing Span<UInt8>, from start: Int, bounds: Range<Int>, scratch: inout PatternScratch
  ) throws(TokenizerError) -> Range<Int>? {
    var position = start
    while true {
      let next = position < bounds.upperBound ? Int(text[position]) : 256
      if firstBytes[next] != 0 {
        if let end = try match(text, at: position, from: 0, bounds: bounds, scratch: &scratch) {
          return position..<end
        }
      }
      guard position < bounds.upperBound else { return nil }
      position += scalarLength(startingWith: text[position])
      try charge(1, &scratch)
    }
  }

  /// Takes steps off what is left of them.
  @inline(__always)
  private func charge(_ steps: Int, _ scratch: inout PatternScratch) throws(TokenizerError) {
    scratch.credit -= steps
    guard scratch.credit >= 0 else { throw .patternGaveUp(source, steps: scratch.granted) }
  }

  /// Runs the program from an instruction on and returns where the match ends.
  private func match(
    _ text: borrowing Span<UInt8>, at start: Int, from first: Int, bounds: Range<Int>, scratch: inout PatternScratch
  ) throws(TokenizerError) -> Int? {
    let base = scratch.frames.count
    var instruction = first
    var position = start
    while true {
      var isMatching = true
      try charge(1, &scratch)
      switch program[instruction] {
      case .accept:
        scratch.frames.removeLast(scratch.frames.count - base)
        return position
      case .scalar(let set):
        let length = length(of: set, in: text, at: position, end: bounds.upperBound)
        isMatching = length > 0
        position += length
        instruction += 1
      case .run(let set, let minimum, let maximum):
        let run = run(of: set, minimum, maximum, in: text, from: position, end: bounds.upperBound)
        try charge(run.length >> 3, &scratch)
        isMatching = run.end >= 0
        position = run.end
        instruction += 1
        if run.end > run.minimum {
          scratch.frames.append(.init(instruction: instruction, position: run.end, minimum: run.minimum))
        }
      case .possessiveRun(let set, let minimum, let maximum):
        let run = run(of: set, minimum, maximum, in: text, from: position, end: bounds.upperBound)
        try charge(run.length >> 3, &scratch)
        position = run.end
        isMatching = position >= 0
        instruction += 1
      case .fork(let branch, let preferred, let other):
        let next = position < bounds.upperBound ? Int(text[position]) : 256
        if firstBytes[branch * 257 + next] == 0 {
          instruction = other
        } else {
          scratch.frames.append(.init(instruction: other, position: position, minimum: -1))
          instruction = preferred
        }
      case .lazyFork(let preferred, let other):
        scratch.frames.append(.init(instruction: other, position: position, minimum: -1))
        instruction = preferred
      case .jump(let target):
        instruction = target
      case .lookahead(let negative, let next):
        let end = try match(text, at: position, from: instruction + 1, bounds: bounds, scratch: &scratch)
        isMatching = (end != nil) != negative
        instruction = next
      case .atomic(let next):
        let end = try match(text, at: position, from: instruction + 1, bounds: bounds, scratch: &scratch)
        isMatching = end != nil
        position = end ?? position
        instruction = next
      case .assertion(let assertion):
        isMatching = holds(assertion, in: text, at: position, bounds: bounds)
        instruction += 1
      }
      if !isMatching {
        guard scratch.frames.count <= Self.mostFrames else { throw .patternGaveUp(source, steps: scratch.granted) }
        guard let frame = goBack(text, base: base, scratch: &scratch) else { return nil }
        instruction = frame.instruction
        position = frame.position
      }
    }
  }

  private func goBack(
    _ text: borrowing Span<UInt8>, base: Int, scratch: inout PatternScratch
  ) -> PatternScratch.Frame? {
    guard scratch.frames.count > base, var frame = scratch.frames.popLast() else { return nil }
    guard frame.minimum >= 0 else { return frame }
    frame.position -= 1
    if encoding == .utf8 {
      while text[frame.position] & 0xC0 == 0x80 { frame.position -= 1 }
    }
    if frame.position > frame.minimum { scratch.frames.append(frame) }
    return frame
  }

  // MARK: - Scalars

  /// The end of the longest run of a set, or -1 when it is shorter than `minimum`; where `minimum` scalars end; and the
  /// bytes that were looked at.
  private func run(
    of set: Int, _ minimum: Int, _ maximum: Int, in text: borrowing Span<UInt8>, from start: Int, end: Int
  ) -> (end: Int, minimum: Int, length: Int) {
    var position = start
    var minimumEnd = start
    var count = 0
    while count < maximum {
      let length = length(of: set, in: text, at: position, end: end)
      if length == 0 { break }
      position += length
      count += 1
      if count == minimum { minimumEnd = position }
    }
    return count < minimum ? (-1, 0, position - start) : (position, minimumEnd, position - start)
  }

  /// The bytes of the scalar at a position, or 0 when it is outside the set or the text ends.
  @inline(__always)
  private func length(of set: Int, in text: borrowing Span<UInt8>, at position: Int, end: Int) -> Int {
    guard position < end else { return 0 }
    let entry = byteTable[set << 8 | Int(text[position])]
    if entry < 2 { return Int(entry) }
    let (scalar, length) = Self.decode(text, at: position)
    return contains(scalar, set: set) ? length : 0
  }

  private func contains(_ scalar: UInt32, set: Int) -> Bool {
    guard scalar <= 0xFFFF else { return sets[set].contains(scalar) }
    return bitmaps[set][Int(scalar >> 6)] >> UInt64(scalar & 63) & 1 == 1
  }

  fileprivate func scalarLength(startingWith byte: UInt8) -> Int {
    guard encoding == .utf8, byte >= 0xC0 else { return 1 }
    return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
  }

  /// Decodes a scalar of at least two bytes out of well-formed UTF-8.
  private static func decode(_ text: borrowing Span<UInt8>, at position: Int) -> (scalar: UInt32, length: Int) {
    let first = UInt32(text[position])
    let second = UInt32(text[position + 1] & 0x3F)
    if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
    let third = UInt32(text[position + 2] & 0x3F)
    if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
    return ((first & 0x07) << 18 | second << 12 | third << 6 | UInt32(text[position + 3] & 0x3F), 4)
  }

  // MARK: - Assertions

  private func holds(
    _ assertion: PatternNode.Assertion, in text: borrowing Span<UInt8>, at position: Int, bounds: Range<Int>
  ) -> Bool {
    switch assertion {
    case .textStart: position == bounds.lowerBound
    case .textEnd: position == bounds.upperBound
    case .lineStart: position == bounds.lowerBound || text[position - 1] == 0x0A
    case .lineEnd: position == bounds.upperBound || text[position] == 0x0A
    case .wordBoundary: isBoundary(in: text, at: position, bounds: bounds)
    case .noWordBoundary: !isBoundary(in: text, at: position, bounds: bounds)
    }
  }

  private func isBoundary(in text: borrowing Span<UInt8>, at position: Int, bounds: Range<Int>) -> Bool {
    var before = position
    if before > bounds.lowerBound {
      before -= 1
      while encoding == .utf8, text[before] & 0xC0 == 0x80 { before -= 1 }
    }
    return isWord(in: text, at: before, end: position) != isWord(in: text, at: position, end: bounds.upperBound)
  }

  private func isWord(in text: borrowing Span<UInt8>, at position: Int, end: Int) -> Bool {
    guard position < end else { return false }
    if encoding == .printableBytes {
      return ScalarSet.patternWord.contains(PrintableBytes.scalars[Int(text[position])])
    }
    let byte = text[position]
    return ScalarSet.patternWord.contains(byte < 0x80 ? UInt32(byte) : Self.decode(text, at: position).scalar)
  }
}

extension Pattern {
  /// Where the next scalar starts.
  func nextPosition(in text: borrowing Span<UInt8>, after position: Int) -> Int {
    position < text.count ? position + scalarLength(startingWith: text[position]) : position + 1
  }
}
