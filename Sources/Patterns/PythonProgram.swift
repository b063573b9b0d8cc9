/// A compiled expression, or that of one lookaround.
///
/// Whether a text matches from a place on, state by state, follows from the same at the next place, so one pass over the
/// text from its far end answers it for all places: Thompson's construction, run backward. Nothing is ever tried twice.
struct PythonProgram: Sendable {
  enum Instruction: Sendable {
    case accept
    /// Goes on with the next instruction past one scalar of a set.
    case scalar(set: Int)
    case fork(Int, Int)
    case jump(Int)
    case assertion(PythonNode.Assertion)
    /// Goes on where the program of a lookaround succeeds, or does not.
    case look(program: Int, negative: Bool)
  }

  var instructions: [Instruction] = []
  var sets: [ScalarSet] = []
  /// For each set, one bit for each ASCII character.
  var asciiSets: [(low: UInt64, high: UInt64)] = []
  /// Whether it reads text backward: what a lookbehind looks for.
  let isBackward: Bool
  /// For each instruction, those that lead to it without reading a scalar.
  private var origins: [[Int32]] = []

  init(isBackward: Bool) {
    self.isBackward = isBackward
  }

  mutating func index(of set: ScalarSet) -> Int {
    if let index = sets.firstIndex(of: set) { return index }
    sets.append(set)
    var bits: (low: UInt64, high: UInt64) = (0, 0)
    for value in UInt32(0)..<64 where set.contains(value) { bits.low |= 1 << UInt64(value) }
    for value in UInt32(64)..<128 where set.contains(value) { bits.high |= 1 << UInt64(value - 64) }
    asciiSets.append(bits)
    return sets.count - 1
  }

  mutating func finish() {
    instructions.append(.accept)
    origins = [[Int32]](repeating: [], count: instructions.count)
    for (index, instruction) in instructions.enumerated() {
      switch instruction {
      case .accept, .scalar: break
      case .fork(let a, let b):
        origins[a].append(Int32(index))
        if a != b { origins[b].append(Int32(index)) }
      case .jump(let target): origins[target].append(Int32(index))
      case .assertion, .look: origins[index + 1].append(Int32(index))
      }
    }
  }

  /// For each place of a text, whether a match starts there (ends there, where this reads backward).
  ///
  /// - Parameter endsAnywhere: whether a match may end before the text does.
  func successes(in text: [UInt32], lookarounds: [[Bool]], endsAnywhere: Bool) -> [Bool] {
    var result = [Bool](repeating: false, count: text.count + 1)
    var next = [Bool](repeating: false, count: instructions.count)
    var current = next
    var contains = [Bool](repeating: false, count: sets.count)
    var pending: [Int32] = []
    for step in 0...text.count {
      let place = isBackward ? step : text.count - step
      if step > 0 {
        let scalar = isBackward ? text[place - 1] : text[place]
        for set in sets.indices { contains[set] = self.contains(scalar, set: set) }
      }
      for (index, instruction) in instructions.enumerated() {
        switch instruction {
        case .accept: current[index] = endsAnywhere || step == 0
        case .scalar(let set): current[index] = step > 0 && contains[set] && next[index + 1]
        case .fork, .jump, .assertion, .look: current[index] = false
        }
        if current[index] { pending.append(Int32(index)) }
      }
      while let index = pending.popLast() {
        for origin in origins[Int(index)] where !current[Int(origin)] {
          guard passes(instructions[Int(origin)], at: place, in: text, lookarounds) else { continue }
          current[Int(origin)] = true
          pending.append(origin)
        }
      }
      result[place] = current[0]
      swap(&current, &next)
    }
    return result
  }

  private func passes(_ instruction: Instruction, at place: Int, in text: [UInt32], _ lookarounds: [[Bool]]) -> Bool {
    switch instruction {
    case .accept, .scalar, .fork, .jump: true
    case .look(let program, let negative): lookarounds[program][place] != negative
    case .assertion(let assertion): assertion.holds(at: place, in: text)
    }
  }

  private func contains(_ scalar: UInt32, set: Int) -> Bool {
    switch scalar {
    case ..<64: asciiSets[set].low >> UInt64(scalar) & 1 == 1
    case ..<128: asciiSets[set].high >> UInt64(scalar - 64) & 1 == 1
    default: sets[set].contains(scalar)
    }
  }
}

extension PythonNode.Assertion {
  func holds(at place: Int, in text: [UInt32]) -> Bool {
    switch self {
    case .textStart: place == 0
    case .textEnd: place == text.count
    case .end: place == text.count || (place == text.count - 1 && text[place] == 0x0A)
    case .lineStart: place == 0 || text[place - 1] == 0x0A
    case .lineEnd: place == text.count || text[place] == 0x0A
    case .wordBoundary(let isASCII): Self.isBoundary(place, in: text, isASCII)
    // Python before 3.14 finds neither in an empty text.
    case .noWordBoundary(let isASCII): !text.isEmpty && !Self.isBoundary(place, in: text, isASCII)
    }
  }

  private static func isBoundary(_ place: Int, in text: [UInt32], _ isASCII: Bool) -> Bool {
    let word = isASCII ? PythonSets.asciiWord : PythonSets.word
    let before = place > 0 && word.contains(text[place - 1])
    let after = place < text.count && word.contains(text[place])
    return before != after
  }
}
