import Patterns

/// Turns the tree of a pattern into instructions and tables.
struct PatternCompiler {
  let source: String
  let encoding: TextEncoding
  private(set) var program: [Pattern.Instruction] = []
  private(set) var byteTable: [UInt8] = []
  private(set) var bitmaps: [[UInt64]] = []
  private(set) var sets: [ScalarSet] = []
  private(set) var firstBytes: [UInt8] = []

  /// Bitmaps of categories that sets are made of.
  private var bitmapsOfCategories: [UInt32: [UInt64]] = [:]

  /// More instructions than any real pattern needs; it bounds what `{m,n}` on groups can unfold to.
  private static let longest = 50_000
  /// More sets than any real pattern has; each takes tables of some kilobytes.
  private static let mostSets = 500

  init(source: String, encoding: TextEncoding) {
    self.source = source
    self.encoding = encoding
  }

  mutating func compile(_ tree: PatternNode) throws(TokenizerError) {
    _ = try branch(starting: tree)
    try emit(tree)
    program.append(.accept)
  }

  private mutating func emit(_ node: PatternNode) throws(TokenizerError) {
    guard program.count < Self.longest else {
      throw .pattern(source, position: 0, reason: "it unfolds to more than \(Self.longest) instructions")
    }
    switch node {
    case .empty: break
    case .scalar(let set): program.append(.scalar(set: try index(of: set)))
    case .sequence(let parts):
      for part in parts { try emit(part) }
    case .alternatives(let parts): try emitAlternatives(parts)
    case .repeated(let part, let minimum, let maximum, let greed):
      try emitRepeated(part, minimum: minimum, maximum: maximum, greed: greed)
    case .lookahead(let part, let negative):
      try emitSub(part) { .lookahead(negative: negative, next: $0) }
    case .atomic(let part):
      try emitSub(part) { .atomic(next: $0) }
    case .assertion(let assertion): program.append(.assertion(assertion))
    }
  }

  private mutating func emitAlternatives(_ parts: [PatternNode]) throws(TokenizerError) {
    var jumps: [Int] = []
    for (index, part) in parts.enumerated() {
      guard index + 1 < parts.count else {
        try emit(part)
        break
      }
      let fork = reserve()
      try emit(part)
      jumps.append(reserve())
      program[fork] = .fork(branch: try branch(starting: part), preferred: fork + 1, other: program.count)
    }
    for jump in jumps { program[jump] = .jump(program.count) }
  }

  private mutating func emitRepeated(
    _ part: PatternNode, minimum: Int, maximum: Int?, greed: PatternNode.Greed
  ) throws(TokenizerError) {
    if case .scalar(let set) = part, greed != .lazy {
      let index = try index(of: set)
      let maximum = maximum ?? .max
      program.append(
        greed == .possessive
          ? .possessiveRun(set: index, minimum: minimum, maximum: maximum)
          : .run(set: index, minimum: minimum, maximum: maximum))
      return
    }
    if greed == .possessive {
      try emitSub(.repeated(part, minimum: minimum, maximum: maximum, .greedy)) { .atomic(next: $0) }
      return
    }
    for _ in 0..<minimum { try emit(part) }
    let branch = greed == .lazy ? nil : try branch(starting: part)
    if let maximum {
      var forks: [Int] = []
      for _ in minimum..<max(minimum, maximum) {
        forks.append(reserve())
        try emit(part)
      }
      for fork in forks { setFork(fork, branch: branch, after: program.count) }
    } else {
      let fork = reserve()
      try emit(part)
      program.append(.jump(fork))
      setFork(fork, branch: branch, after: program.count)
    }
  }

  /// - Parameter branch: nil for a lazy loop.
  private mutating func setFork(_ fork: Int, branch: Int?, after: Int) {
    program[fork] =
      branch.map { .fork(branch: $0, preferred: fork + 1, other: after) }
      ?? .lazyFork(preferred: after, other: fork + 1)
  }

  private mutating func emitSub(
    _ part: PatternNode, _ instruction: (Int) -> Pattern.Instruction
  ) throws(TokenizerError) {
    let place = reserve()
    try emit(part)
    program.append(.accept)
    program[place] = instruction(program.count)
  }

  private mutating func reserve() -> Int {
    program.append(.accept)
    return program.count - 1
  }

  // MARK: - Tables

  private mutating func index(of set: ScalarSet) throws(TokenizerError) -> Int {
    if let index = sets.firstIndex(of: set) { return index }
    guard sets.count < Self.mostSets else {
      throw .pattern(source, position: 0, reason: "it has more than \(Self.mostSets) different sets of characters")
    }
    sets.append(set)
    let reachesBeyond = encoding == .utf8 && Self.reachesBeyondASCII(set)
    bitmaps.append(reachesBeyond ? set.bitmap(&bitmapsOfCategories) : [])
    byteTable += (0..<256).map { byte -> UInt8 in
      switch encoding {
      case .printableBytes: set.contains(PrintableBytes.scalars[byte]) ? 1 : 0
      case .utf8: byte < 0x80 ? (set.contains(UInt32(byte)) ? 1 : 0) : (reachesBeyond && byte >= 0xC2 ? 2 : 0)
      }
    }
    return sets.count - 1
  }

  private static func reachesBeyondASCII(_ set: ScalarSet) -> Bool {
    guard case .ranges(let ranges) = set else { return true }
    return ranges.contains { $0.upperBound >= 0x80 }
  }

  /// Adds a row to `firstBytes` and returns its number.
  private mutating func branch(starting node: PatternNode) throws(TokenizerError) -> Int {
    let (bytes, isNullable) = try starts(of: node)
    firstBytes += isNullable ? [UInt8](repeating: 1, count: 257) : bytes.table + [0]
    return firstBytes.count / 257 - 1
  }

  /// The bytes with which a match can start, and whether it can be empty. It may name too many bytes, never too few.
  private mutating func starts(of node: PatternNode) throws(TokenizerError) -> (bytes: ByteSet, isNullable: Bool) {
    var bytes = ByteSet()
    switch node {
    case .empty, .lookahead, .assertion:
      return (bytes, true)
    case .scalar(let set):
      let index = try index(of: set)
      for byte in 0..<256 where byteTable[index * 256 + byte] != 0 { bytes.insert(byte) }
      return (bytes, false)
    case .sequence(let parts):
      for part in parts {
        let (other, isNullable) = try starts(of: part)
        bytes.merge(other)
        if !isNullable { return (bytes, false) }
      }
      return (bytes, true)
    case .alternatives(let parts):
      var isNullable = false
      for part in parts {
        let (other, nullable) = try starts(of: part)
        bytes.merge(other)
        isNullable = isNullable || nullable
      }
      return (bytes, isNullable)
    case .repeated(let part, let minimum, _, _):
      let (other, isNullable) = try starts(of: part)
      return (other, isNullable || minimum == 0)
    case .atomic(let part):
      return try starts(of: part)
    }
  }
}

/// A set of bytes.
private struct ByteSet {
  private var bits = SIMD4<UInt64>()

  mutating func insert(_ byte: Int) { bits[byte >> 6] |= 1 << UInt64(byte & 63) }
  mutating func merge(_ other: ByteSet) { bits |= other.bits }

  /// One entry for each byte.
  var table: [UInt8] { (0..<256).map { UInt8(bits[$0 >> 6] >> UInt64($0 & 63) & 1) } }
}
