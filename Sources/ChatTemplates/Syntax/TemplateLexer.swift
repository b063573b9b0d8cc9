/// Cuts a template into tokens, as Jinja does with `trim_blocks` and `lstrip_blocks` on: the line end behind a block tag
/// and the white space before one that starts a line are no text.
///
/// Written after the documentation of Jinja 3 ("Template Designer Documentation", White Space Control) and checked
/// against it.
struct TemplateLexer {
  let source: [Unicode.Scalar]
  var position = 0
  var line = 1
  var tokens: [TemplateToken] = []
  /// Whether a tag that comes next starts its line.
  private var isLineStart = true

  private static let mostTokens = 10_000

  private enum Tag { case variable, block, comment }

  /// The tokens of a template; the last is `end`.
  static func tokens(of template: String) throws(ChatTemplateError) -> [TemplateToken] {
    var lexer = TemplateLexer(source: normalized(template))
    try lexer.run()
    return lexer.tokens
  }

  private init(source: [Unicode.Scalar]) {
    self.source = source
  }

  /// Line ends become "\n", and one at the very end is dropped.
  private static func normalized(_ template: String) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var afterReturn = false
    for scalar in template.unicodeScalars {
      if scalar == "\r" {
        result.append("\n")
      } else if scalar != "\n" || !afterReturn {
        result.append(scalar)
      }
      afterReturn = scalar == "\r"
    }
    if result.last == "\n" { result.removeLast() }
    return result
  }

  mutating func add(_ kind: TemplateToken.Kind, line: Int? = nil) {
    tokens.append(TemplateToken(line: line ?? self.line, kind: kind))
  }

  func isAt(_ text: String, offset: Int = 0) -> Bool {
    var index = position + offset
    for scalar in text.unicodeScalars {
      guard index < source.count, source[index] == scalar else { return false }
      index += 1
    }
    return true
  }

  mutating func advance(_ count: Int = 1) {
    for _ in 0..<count {
      if source[position] == "\n" { line += 1 }
      position += 1
    }
  }

  // MARK: - Text and tags

  private mutating func run() throws(ChatTemplateError) {
    while position < source.count {
      let start = position
      let startLine = line
      while position < source.count, tag == nil { advance() }
      let text = source[start..<position]
      guard let tag else {
        addText(text, line: startLine)
        break
      }
      let sign = position + 2 < source.count ? source[position + 2] : " "
      addText(stripped(text, sign: sign, tag: tag), line: startLine)
      advance(sign == "-" || sign == "+" ? 3 : 2)
      switch tag {
      case .comment: try skipComment()
      case .variable:
        add(.variableStart)
        try readExpression(until: "}}", adding: .variableEnd)
      case .block:
        if try readRaw() { continue }
        add(.blockStart)
        try readExpression(until: "%}", adding: .blockEnd)
      }
    }
    add(.end)
  }

  private mutating func addText(_ text: ArraySlice<Unicode.Scalar>, line: Int) {
    guard !text.isEmpty else { return }
    add(.text(String(String.UnicodeScalarView(text))), line: line)
  }

  private var tag: Tag? {
    guard position + 1 < source.count, source[position] == "{" else { return nil }
    switch source[position + 1] {
    case "{": return .variable
    case "%": return .block
    case "#": return .comment
    default: return nil
    }
  }

  /// The text before a tag without the white space that the tag takes.
  private func stripped(
    _ text: ArraySlice<Unicode.Scalar>, sign: Unicode.Scalar, tag: Tag
  ) -> ArraySlice<Unicode.Scalar> {
    if sign == "-" { return PythonText.trimmedEnd(text) }
    guard sign != "+", tag != .variable else { return text }
    let lineStart = text.lastIndex(of: "\n").map { $0 + 1 }
    guard lineStart != nil || isLineStart else { return text }
    let start = lineStart ?? text.startIndex
    return text[start...].allSatisfy(PythonText.isSpace) ? text[..<start] : text
  }

  /// Takes what the end of a tag takes behind it. The position is behind the tag.
  private mutating func finishTag(sign: Unicode.Scalar, trimsLine: Bool) {
    let start = position
    if sign == "-" {
      while position < source.count, PythonText.isSpace(source[position]) { advance() }
    } else if trimsLine, sign != "+", position < source.count, source[position] == "\n" {
      advance()
    }
    isLineStart = position > start && source[position - 1] == "\n"
  }

  private mutating func skipComment() throws(ChatTemplateError) {
    let start = line
    while !isAt("#}") {
      guard position < source.count else { throw .syntax(line: start, reason: "a comment has no end") }
      advance()
    }
    let sign = source[position - 1]
    advance(2)
    finishTag(sign: sign, trimsLine: true)
  }

  /// Reads `{% raw %}…{% endraw %}`. The position is behind the opening of the tag.
  private mutating func readRaw() throws(ChatTemplateError) -> Bool {
    guard let end = blockEnd(named: "raw") else { return false }
    advance(end.count)
    finishTag(sign: end.sign, trimsLine: false)
    let (start, startLine) = (position, line)
    while position < source.count {
      if isAt("{%") {
        let sign = position + 2 < source.count ? source[position + 2] : " "
        let length = sign == "-" || sign == "+" ? 3 : 2
        position += length
        let end = blockEnd(named: "endraw")
        position -= length
        if let end {
          addText(stripped(source[start..<position], sign: sign, tag: .block), line: startLine)
          advance(length + end.count)
          finishTag(sign: end.sign, trimsLine: true)
          return true
        }
      }
      advance()
    }
    throw .syntax(line: startLine, reason: "\"raw\" has no \"endraw\"")
  }

  /// The length and the sign of what completes a block tag of one word, or nil for another tag.
  private func blockEnd(named name: String) -> (count: Int, sign: Unicode.Scalar)? {
    var offset = 0
    func skipSpaces() {
      while position + offset < source.count, PythonText.isSpace(source[position + offset]) { offset += 1 }
    }
    skipSpaces()
    guard isAt(name, offset: offset) else { return nil }
    offset += name.unicodeScalars.count
    skipSpaces()
    for (text, sign) in [("%}", " "), ("-%}", "-"), ("+%}", "+")] as [(String, Unicode.Scalar)]
    where isAt(text, offset: offset) {
      return (offset + text.unicodeScalars.count, sign)
    }
    return nil
  }

  // MARK: - Expressions

  private mutating func readExpression(until end: String, adding kind: TemplateToken.Kind) throws(ChatTemplateError) {
    let start = line
    let firstToken = tokens.count
    var brackets: [Unicode.Scalar] = []
    while true {
      // It bounds how deep a tree of one tag can be.
      guard tokens.count - firstToken <= Self.mostTokens else {
        throw .syntax(line: start, reason: "a tag has more than \(Self.mostTokens) parts")
      }
      while position < source.count, PythonText.isSpace(source[position]) { advance() }
      guard position < source.count else { throw .syntax(line: start, reason: "a tag has no \"\(end)\"") }
      if brackets.isEmpty {
        if isAt(end) {
          add(kind)
          advance(2)
          return finishTag(sign: " ", trimsLine: kind == .blockEnd)
        }
        if isAt(end, offset: 1), source[position] == "-" || source[position] == "+" {
          let sign = source[position]
          add(kind)
          advance(3)
          return finishTag(sign: sign, trimsLine: kind == .blockEnd)
        }
      }
      try readToken(brackets: &brackets)
    }
  }
}
