import Yams

/// Turns YAML text into a `SpecNode`, with every mistake that the text itself shows.
struct YAMLText {
  /// Names positions: of a file by line and column, of a command-line value by its key.
  let position: (_ line: Int, _ column: Int) -> SourcePosition

  private var diagnostics: [Diagnostic] = []
  /// Values that were converted so far.
  private(set) var valueCount = 0
  /// Whether a limit was exceeded, so that what was converted is only a part.
  private var isRefused = false
  /// First characters of keys that were written twice, by position; see `compose`.
  private var disguised: [Place: Unicode.Scalar] = [:]

  private struct Place: Hashable {
    let line: Int
    let column: Int

    init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }

    init(_ mark: Mark?) {
      self.init(line: mark?.line ?? 1, column: mark?.column ?? 1)
    }
  }

  init(position: @escaping (_ line: Int, _ column: Int) -> SourcePosition) {
    self.position = position
  }

  /// Parses a text that holds one YAML document.
  ///
  /// - Returns: the value, without those parts that the diagnostics are about; nil when nothing could be read.
  mutating func parse(_ text: String) -> (node: SpecNode?, diagnostics: [Diagnostic]) {
    // A byte order mark at the start is no part of a text.
    let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    guard Self.countAliases(text) <= Limits.aliases else {
      report(Place(nil), "found more than \(Limits.aliases) aliases (*name), expected few or none")
      return (nil, diagnostics)
    }
    let root = compose(Array(text.unicodeScalars))
    let node = root.flatMap { convert($0, depth: 0) }
    if root == nil, diagnostics.isEmpty { report(Place(nil), "found nothing, expected a pipeline") }
    return (isRefused ? nil : node, diagnostics)
  }

  private mutating func report(_ place: Place, _ message: String) {
    diagnostics.append(Diagnostic(position(place.line, place.column), message))
  }

  // MARK: Composing

  /// Composes the text. Yams gives up at the first mapping that has a key twice; to see the rest of the file all the
  /// same, the first of the two is given a private character in place of its first letter and the text is composed
  /// again. `convert` takes the disguise off and reports the second one where it stands.
  private mutating func compose(_ original: [Unicode.Scalar]) -> Node? {
    var scalars = original
    for attempt in 0...Limits.duplicateKeys {
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars)
      do {
        return try Parser(yaml: String(text), encoding: .utf8).singleRoot()
      } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
        let place = Place(context.mark)
        guard attempt < Limits.duplicateKeys, let index = Self.firstLetter(of: place, in: scalars),
          let mask = Unicode.Scalar(0xE000 + UInt32(attempt)), disguised[place] == nil
        else {
          report(place, "found the key \(Wording.quote(keys.first ?? "")) more than once, expected it once")
          return nil
        }
        disguised[place] = scalars[index]
        scalars[index] = mask
      } catch {
        reportSyntax(error, in: scalars)
        return nil
      }
    }
    return nil
  }

  /// The index of a key's first letter, behind an opening quote if there is one.
  private static func firstLetter(of place: Place, in scalars: [Unicode.Scalar]) -> Int? {
    guard var index = index(of: place, in: scalars) else { return nil }
    if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
    guard index < scalars.count, scalars[index].properties.isAlphabetic || scalars[index] == "_" else { return nil }
    return index
  }

  /// Finds a position; line breaks are those of YAML 1.1, which libyaml counts.
  private static func index(of place: Place, in scalars: [Unicode.Scalar]) -> Int? {
    var line = 1
    var index = 0
    while line < place.line, index < scalars.count {
      let scalar = scalars[index]
      let isPair = scalar == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n"
      index += isPair ? 2 : 1
      if ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar) { line += 1 }
    }
    let found = index + place.column - 1
    return line == place.line && found < scalars.count ? found : nil
  }

  private mutating func reportSyntax(_ error: any Error, in scalars: [Unicode.Scalar]) {
    switch error {
    case YamlError.scanner(let context, let problem, let mark, _),
      YamlError.parser(let context, let problem, let mark, _),
      YamlError.composer(let context, let problem, let mark, _):
      let place = Place(mark)
      if let index = Self.index(of: place, in: scalars), scalars[index] == "\t" {
        report(place, "found a tab, expected spaces: YAML is indented with spaces only")
      } else {
        report(place, "not valid YAML: \(problem)" + (context.map { " (\($0.text))" } ?? ""))
      }
    case YamlError.reader(let problem, let offset, _, let yaml):
      let before = yaml.prefix(offset ?? 0)
      let line = before.count(where: \.isNewline) + 1
      let column = (before.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).last?.count ?? 0) + 1
      report(Place(line: line, column: column), "not valid YAML: \(problem)")
    default:
      report(Place(nil), "not valid YAML: \(error)")
    }
  }

  /// Counts what can only be an alias outside quotes: a `*` at the start of a word, followed by a letter or digit.
  private static func countAliases(_ text: String) -> Int {
    let starts = Set("\n\r\t ,:-?[]{}".utf8)
    var count = 0
    var last = UInt8(ascii: "\n")
    var isStart = false
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        if isStart { count += 1 }
      default: break
      }
      isStart = byte == UInt8(ascii: "*") && starts.contains(last)
      last = byte
    }
    return count
  }

  // MARK: Converting

  private mutating func convert(_ node: Node, depth: Int) -> SpecNode? {
    let place = Place(node.mark)
    valueCount += 1
    guard !isRefused, valueCount <= Limits.values, depth < Limits.depth else {
      refuse(place, depth: depth)
      return nil
    }
    let position = position(place.line, place.column)
    switch node {
    case .scalar(let scalar):
      if let tag = explicitTag(of: scalar) {
        report(place, "found the tag \(tag), expected no tag: types follow from the keys")
      }
      return SpecNode(scalar.style == .plain ? .plain(scalar.string) : .quoted(scalar.string), at: position)
    case .sequence(let sequence):
      return SpecNode(.list(sequence.compactMap { convert($0, depth: depth + 1) }), at: position)
    case .mapping(let mapping):
      return SpecNode(.mapping(convert(entriesOf: mapping, depth: depth)), at: position)
    case .alias(let alias):
      report(place, "found the alias \(Wording.quote(alias.anchor.rawValue)) that nothing defines, expected a value")
      return nil
    }
  }

  private mutating func refuse(_ place: Place, depth: Int) {
    guard !isRefused else { return }
    isRefused = true
    report(
      place,
      depth < Limits.depth
        ? "found more than \(Limits.values) values once aliases are followed, expected fewer"
        : "found more than \(Limits.depth) lists and mappings inside each other, expected fewer")
  }

  private mutating func convert(entriesOf mapping: Node.Mapping, depth: Int) -> [SpecNode.Entry] {
    var entries: [SpecNode.Entry] = []
    var firstPlaces: [String: Place] = [:]
    for (keyNode, valueNode) in mapping {
      let place = Place(keyNode.mark)
      guard case .scalar(let scalar) = keyNode else {
        report(place, "found a list or mapping as a key, expected a word")
        continue
      }
      let value = convert(valueNode, depth: depth + 1)
      let key = unmasked(scalar.string, at: place)
      if let first = firstPlaces[key] {
        report(place, "found the key \(Wording.quote(key)) again, expected it once; the first is on line \(first.line)")
        continue
      }
      firstPlaces[key] = place
      guard let value else { continue }
      entries.append(SpecNode.Entry(key: key, keyPosition: position(place.line, place.column), value: value))
    }
    return entries
  }

  private func unmasked(_ key: String, at place: Place) -> String {
    guard let letter = disguised[place] else { return key }
    var scalars = String.UnicodeScalarView([letter])
    scalars.append(contentsOf: key.unicodeScalars.dropFirst())
    return String(scalars)
  }

  /// The explicit tag of a scalar, such as `!!int`. Yams itself tags what stands in quotes as a string.
  private func explicitTag(of scalar: Node.Scalar) -> String? {
    let tag = scalar.tag.rawValue
    let standard = "tag:yaml.org,2002:"
    guard !tag.isEmpty, tag != "!", scalar.style == .plain || tag != standard + "str" else { return nil }
    return Wording.quote(tag.hasPrefix(standard) ? "!!" + tag.dropFirst(standard.count) : tag)
  }
}
