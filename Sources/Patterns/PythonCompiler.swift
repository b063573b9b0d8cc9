/// Turns the tree of an expression into programs: one for each lookaround, inner ones first, and one for the whole.
struct PythonCompiler {
  let source: String
  private(set) var programs: [PythonProgram] = []
  private var emitted = 0

  /// More instructions than any rule needs; it bounds what repetitions of groups unfold to.
  private static let most = 5000

  init(source: String) {
    self.source = source
  }

  mutating func compile(_ tree: PythonNode) throws(PatternError) {
    _ = try program(tree, isBackward: false)
  }

  private mutating func program(_ tree: PythonNode, isBackward: Bool) throws(PatternError) -> Int {
    var program = PythonProgram(isBackward: isBackward)
    try emit(tree, into: &program)
    program.finish()
    programs.append(program)
    return programs.count - 1
  }

  private mutating func count() throws(PatternError) {
    emitted += 1
    guard emitted <= Self.most else {
      throw PatternError(source: source, position: 0, reason: "it unfolds to more than \(Self.most) instructions")
    }
  }

  private mutating func emit(_ node: PythonNode, into program: inout PythonProgram) throws(PatternError) {
    try count()
    switch node {
    case .empty: break
    case .scalar(let set):
      let index = program.index(of: set)
      program.instructions.append(.scalar(set: index))
    case .sequence(let parts):
      if program.isBackward {
        for part in parts.reversed() { try emit(part, into: &program) }
      } else {
        for part in parts { try emit(part, into: &program) }
      }
    case .alternatives(let parts): try emitAlternatives(parts, into: &program)
    case .repeated(let part, let minimum, let maximum):
      try emitRepeated(part, minimum: minimum, maximum: maximum, into: &program)
    case .look(let part, let behind, let negative):
      let number = try self.program(part, isBackward: behind)
      program.instructions.append(.look(program: number, negative: negative))
    case .assertion(let assertion): program.instructions.append(.assertion(assertion))
    }
  }

  private mutating func emitAlternatives(
    _ parts: [PythonNode], into program: inout PythonProgram
  ) throws(PatternError) {
    var jumps: [Int] = []
    for (index, part) in parts.enumerated() {
      guard index + 1 < parts.count else {
        try emit(part, into: &program)
        break
      }
      let fork = program.instructions.count
      program.instructions.append(.jump(0))
      try emit(part, into: &program)
      jumps.append(program.instructions.count)
      program.instructions.append(.jump(0))
      program.instructions[fork] = .fork(fork + 1, program.instructions.count)
    }
    for jump in jumps { program.instructions[jump] = .jump(program.instructions.count) }
  }

  private mutating func emitRepeated(
    _ part: PythonNode, minimum: Int, maximum: Int?, into program: inout PythonProgram
  ) throws(PatternError) {
    for _ in 0..<minimum { try emit(part, into: &program) }
    guard let maximum else {
      let fork = program.instructions.count
      program.instructions.append(.jump(0))
      try emit(part, into: &program)
      program.instructions.append(.jump(fork))
      program.instructions[fork] = .fork(fork + 1, program.instructions.count)
      return
    }
    var forks: [Int] = []
    for _ in minimum..<max(minimum, maximum) {
      forks.append(program.instructions.count)
      program.instructions.append(.jump(0))
      try emit(part, into: &program)
    }
    for fork in forks { program.instructions[fork] = .fork(fork + 1, program.instructions.count) }
  }
}
