import Checkpoints
import Foundation
import JSON

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// A document that was read as XML: every element in the order of the file.
final class Page: NSObject, XMLParserDelegate {
  final class Element {
    let name: String
    let attributes: [String: String]
    /// The elements around it, outermost first.
    let ancestors: [Element]
    /// Its own characters, without those of elements inside of it.
    fileprivate(set) var text = ""
    /// All characters inside of it but those of `data` elements.
    fileprivate(set) var textOutsideOfFigures = ""

    fileprivate init(_ name: String, _ attributes: [String: String], inside ancestors: [Element]) {
      self.name = name
      self.attributes = attributes
      self.ancestors = ancestors
    }

    var classes: [Substring] { (attributes["class"] ?? "").split(separator: " ") }
  }

  private(set) var elements: [Element] = []
  private(set) var mistake: String?
  private var open: [Element] = []

  init(_ text: String) {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    if !parser.parse(), mistake == nil { mistake = "the parser gave up" }
  }

  convenience init(contentsOf path: String) throws {
    self.init(try String(contentsOfFile: path, encoding: .utf8))
  }

  /// Those of one name.
  subscript(name: String) -> [Element] { elements.filter { $0.name == name } }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    let element = Element(name, attributes, inside: open)
    elements.append(element)
    open.append(element)
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    open.last?.text += text
    for element in open.reversed() {
      if element.name == "data" { break }
      element.textOutsideOfFigures += text
    }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    open.removeLast()
  }

  func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
    mistake = "line \(parser.lineNumber), column \(parser.columnNumber): \(error)"
  }
}

/// A JSON document whose values are named by the way to them, such as `products.0.bytes`.
struct Document: CustomStringConvertible {
  private let root: JSONValue
  let description: String

  init(contentsOf path: String) throws {
    root = try JSONValue(contentsOf: path)
    description = path
  }

  subscript(place: String) -> JSONValue? {
    place.split(separator: ".").reduce(root as JSONValue?) { value, key in
      switch value {
      case .array(let list)?: Int(key).flatMap { list.indices.contains($0) ? list[$0] : nil }
      case .object(let members)?: members[String(key)]
      default: nil
      }
    }
  }

  /// The number of elements of the list at a place.
  func count(at place: String) -> Int {
    guard case .array(let list)? = self[place] else { return 0 }
    return list.count
  }

  /// Whether the value at a place is exactly what is written.
  func holds(_ exact: String, at place: String) -> Bool {
    switch self[place] {
    case .string(let words)?: words == exact
    case .integer(let number)?: Double(exact) == Double(number)
    case .number(let number)?: Double(exact) == number
    default: false
    }
  }
}
