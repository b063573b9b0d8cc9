/// A pattern over tensor names: `*` is any text (dots included), `?` any one character, `{a,b}` one of several patterns.
///
/// The pattern is compiled to a small program that is run over all its states at once, so a match costs
/// O(length of the pattern · length of the name) whatever the pattern; see R. Cox, "Regular Expression Matching: the
/// Virtual Machine Approach", 2009.
package struct TensorGlob: Sendable, Hashable, CustomStringConvertible {
  /// What is wrong with a pattern, as the second half of a sentence that begins with "found".
  package struct Malformed: Error, Equatable {
    package let reason: String

    package init(reason: String) {
      self.reason = reason
    }
  }

  private enum Instruction: Sendable, Hashable {
    case literal(Unicode.Scalar)
    case any
    /// Goes on at both places.
    case split(Int, Int)
    case jump(Int)
  }

  static let longest = 512

  package let pattern: String
  private let program: [Instruction]

  package var description: String { pattern }

  /// Compiles a pattern.
  ///
  /// - Throws: `Malformed` for an empty or overlong pattern, an unpaired brace, or a `[`, which shells would read as a
  ///   class of characters.
  package init(_ pattern: String) throws(Malformed) {
    let scalars = Array(pattern.unicodeScalars)
    guard !scalars.isEmpty else { throw Malformed(reason: "an empty pattern, expected a tensor name or a pattern") }
    guard scalars.count <= Self.longest else {
      throw Malformed(reason: "a pattern of \(scalars.count) characters, expected at most \(Self.longest)")
    }
    var compiler = Compiler(scalars: scalars)
    try compiler.compile(until: .end)
    self.pattern = pattern
    program = compiler.program
  }

  /// Whether the whole name fits the pattern.
  package func matches(_ name: String) -> Bool {
    var states = Set<Int>()
    follow(0, into: &states)
    for scalar in name.unicodeScalars {
      var next = Set<Int>()
      for state in states where state < program.count {
        switch program[state] {
        case .literal(scalar), .any: follow(state + 1, into: &next)
        case .literal, .split, .jump: break
        }
      }
      if next.isEmpty { return false }
      states = next
    }
    return states.contains(program.count)
  }

  /// Adds every state that is reached from `start` without reading a character. The end of the program is a state too.
  private func follow(_ start: Int, into states: inout Set<Int>) {
    var pending = [start]
    while let state = pending.popLast() {
      guard states.insert(state).inserted, state < program.count else { continue }
      switch program[state] {
      case .split(let one, let other): pending += [one, other]
      case .jump(let target): pending.append(target)
      case .literal, .any: break
      }
    }
  }

  private struct Compiler {
    enum Stop {
      case end
      case brace
    }

    let scalars: [Unicode.Scalar]
    var position = 0
    var program: [Instruction] = []

    /// Compiles up to the end of the pattern, or up to the `,` or `}` that ends an alternative.
    mutating func compile(until stop: Stop) throws(Malformed) {
      while position < scalars.count {
        let scalar = scalars[position]
        switch scalar {
        case ",", "}":
          if stop == .brace { return }
          guard scalar == "," else { throw Malformed(reason: "'}' without a '{' before it in the pattern") }
          program.append(.literal(scalar))
        case "*":
          let start = program.count
          program += [.split(start + 1, start + 3), .any, .jump(start)]
        case "?":
          program.append(.any)
        case "{":
          try compileAlternatives()
          continue
        case "[", "]":
          throw Malformed(reason: "'\(scalar)' in the pattern, expected *, ? or {a,b}: there are no character classes")
        default:
          program.append(.literal(scalar))
        }
        position += 1
      }
      if stop == .brace { throw Malformed(reason: "'{' without a '}' after it in the pattern") }
    }

    /// Compiles `{a,b}`: each alternative is entered through a split and left by a jump to the common end.
    private mutating func compileAlternatives() throws(Malformed) {
      var exits: [Int] = []
      var isLast = false
      while !isLast {
        position += 1
        let entry = program.count
        program.append(.jump(entry + 1))
        try compile(until: .brace)
        isLast = scalars[position] == "}"
        guard !isLast else { break }
        exits.append(program.count)
        program.append(.jump(0))
        program[entry] = .split(entry + 1, program.count)
      }
      position += 1
      for exit in exits { program[exit] = .jump(program.count) }
    }
  }
}
