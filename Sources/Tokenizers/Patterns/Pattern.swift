import Patterns

/// How a pattern reads the bytes of a text.
package enum TextEncoding: Sendable {
  /// Well-formed UTF-8; a scalar may take several bytes.
  case utf8
  /// Each byte is one scalar, the one that byte-level vocabularies write for it (see `PrintableBytes`).
  case printableBytes
}

/// A regular expression, compiled for a backtracking matcher.
///
/// The matcher walks UTF-8 directly. One table look-up for each ASCII byte decides whether a class takes it, runs of one
/// class are one instruction, and a branch that cannot start with the next byte is never entered.
package struct Pattern: Sendable {
  /// The expression as it was written.
  package let source: String
  let encoding: TextEncoding
  let program: [Instruction]
  /// For each set, what a byte means: 0 is outside, 1 is inside, 2 starts a scalar that must be decoded. `[sets, 256]`.
  let byteTable: [UInt8]
  /// For each set, one bit for each scalar below U+10000; empty for sets without any beyond ASCII. `[sets][1024]`.
  let bitmaps: [[UInt64]]
  let sets: [ScalarSet]
  /// For each branch, whether it can match where this byte comes next; entry 256 is the end of the text.
  /// `[branches, 257]`; the first belongs to the whole pattern.
  let firstBytes: [UInt8]

  enum Instruction: Sendable {
    case accept
    case scalar(set: Int)
    /// As many scalars of a set as there are, then fewer.
    case run(set: Int, minimum: Int, maximum: Int)
    /// As many scalars of a set as there are, and never fewer.
    case possessiveRun(set: Int, minimum: Int, maximum: Int)
    /// First one way, where the next byte allows it; then the other.
    case fork(branch: Int, preferred: Int, other: Int)
    /// Both ways, in this order; used by lazy loops.
    case lazyFork(preferred: Int, other: Int)
    case jump(Int)
    /// The instructions up to the next `accept` at this level look ahead; matching goes on at `next`.
    case lookahead(negative: Bool, next: Int)
    case atomic(next: Int)
    case assertion(PatternNode.Assertion)
  }

  /// Compiles an expression.
  ///
  /// - Throws: `TokenizerError.pattern` for what lies outside the subset.
  package init(_ source: String, encoding: TextEncoding = .utf8) throws(TokenizerError) {
    try self.init(source: source, tree: PatternParser.parse(source), encoding: encoding)
  }

  /// Compiles an expression that matches exactly this text.
  package init(literal: String, encoding: TextEncoding = .utf8) throws(TokenizerError) {
    let parts = literal.unicodeScalars.map { PatternNode.scalar(.scalar($0.value)) }
    try self.init(source: literal, tree: .sequence(parts), encoding: encoding)
  }

  private init(source: String, tree: PatternNode, encoding: TextEncoding) throws(TokenizerError) {
    var compiler = PatternCompiler(source: source, encoding: encoding)
    try compiler.compile(tree)
    self.source = source
    self.encoding = encoding
    program = compiler.program
    byteTable = compiler.byteTable
    bitmaps = compiler.bitmaps
    sets = compiler.sets
    firstBytes = compiler.firstBytes
  }
}
