import Foundation
import Testing

/// Expects a page without scripts and without anything that a browser would have to fetch.
func expectSelfContained(_ page: Page, linksTo files: Set<String> = [], at location: SourceLocation = #_sourceLocation)
{
  let forbidden = ["script", "link", "img", "iframe", "object", "embed", "base", "form", "use", "image"]
  #expect(page.elements.filter { forbidden.contains($0.name) }.map(\.name) == [], sourceLocation: location)
  var addresses: [String] = []
  for element in page.elements {
    for (name, value) in element.attributes {
      #expect(!name.hasPrefix("on") && name != "src" && name != "srcset", "\(name)=\(value)", sourceLocation: location)
      if name.hasSuffix("href") { addresses.append(value) }
      guard !name.hasPrefix("xmlns") else { continue }
      #expect(!value.contains("://"), "\(name)=\(value)", sourceLocation: location)
    }
  }
  let places = Set(page.elements.compactMap { $0.attributes["id"] }.map { "#\($0)" })
  let (inside, outside) = (addresses.filter { $0.hasPrefix("#") }, addresses.filter { !$0.hasPrefix("#") })
  #expect(Set(outside) == files, sourceLocation: location)
  #expect(Set(inside).isSubset(of: places), "\(inside)", sourceLocation: location)
  let style = page["style"].map(\.text).joined()
  #expect(!style.isEmpty, sourceLocation: location)
  for word in ["url(", "@import", "expression("] { #expect(!style.contains(word), sourceLocation: location) }
  let policy = page["meta"].first { $0.attributes["http-equiv"] == "Content-Security-Policy" }
  #expect(policy?.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'", sourceLocation: location)
}

/// Expects pictures that say in words what they show, and names that are used once.
func expectAccessible(_ page: Page, at location: SourceLocation = #_sourceLocation) {
  let names = page.elements.compactMap { $0.attributes["id"] }
  #expect(Set(names).count == names.count, "\(names)", sourceLocation: location)
  #expect(!page["svg"].isEmpty || page["h2"].isEmpty, sourceLocation: location)
  for picture in page["svg"] {
    let labels = (picture.attributes["aria-labelledby"] ?? "").split(separator: " ").map(String.init)
    #expect(labels.count == 2 && labels.allSatisfy(names.contains), sourceLocation: location)
    let words = page.elements.filter { labels.contains($0.attributes["id"] ?? "") }
    #expect(words.map(\.name) == ["title", "desc"], sourceLocation: location)
    #expect(words.allSatisfy { !$0.text.isEmpty }, "\(labels)", sourceLocation: location)
  }
  for header in page["th"] { #expect(header.attributes["scope"] == "col", sourceLocation: location) }
}

/// Expects every figure of a page to be, to the last digit, that of the document which it names, and no number in a
/// table or a picture that names none. Answers the figures.
@discardableResult
func expectFigures(
  _ page: Page, equal document: Document, at location: SourceLocation = #_sourceLocation
) -> [Page.Element] {
  let figures = page.elements.filter { $0.attributes["data-at"] != nil }
  #expect(!figures.isEmpty, sourceLocation: location)
  for figure in figures {
    let place = figure.attributes["data-at"] ?? ""
    let exact = figure.attributes["value"] ?? figure.attributes["data-value"] ?? ""
    let found = document[place]?.summary ?? "nothing"
    #expect(document.holds(exact, at: place), "\(place): \(exact), found \(found)", sourceLocation: location)
    if figure.name == "data" { #expect(!figure.text.isEmpty, sourceLocation: location) }
  }
  for cell in page["td"] where cell.classes.contains("number") && !cell.classes.contains("derived") {
    let rest = cell.textOutsideOfFigures
    #expect(!rest.contains { $0.isNumber }, "\(rest) names no figure of the report", sourceLocation: location)
  }
  let marks = page["circle"] + page["rect"].filter { $0.classes.contains { $0 == "bar" || $0.hasPrefix("heat") } }
  for mark in marks { #expect(mark.attributes["data-at"] != nil, "\(mark.attributes)", sourceLocation: location) }
  return figures
}
