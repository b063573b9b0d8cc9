import Mustache

/// The templates, which stand in the folder of the same name and travel inside the program.
///
/// Every template escapes what it shows in the way of its file's format; none uses an unescaped tag.
struct Templates: Sendable {
  /// What a file is made of.
  enum Format: String {
    case xml
    case markdown
  }

  static let all = Templates()

  private let library: MustacheLibrary

  private init() {
    MustacheContentTypes.register(XMLContent(), named: Format.xml.rawValue)
    MustacheContentTypes.register(MarkdownContent(), named: Format.markdown.rawValue)
    var library = MustacheLibrary()
    for template in Self.sources {
      let text = "{{% CONTENT_TYPE:\(template.format.rawValue)}}" + String(decoding: template.bytes, as: UTF8.self)
      do { try library.register(text, named: template.name) } catch {
        preconditionFailure("the template \(template.name) is malformed: \(error)")
      }
    }
    self.library = library
  }

  /// Fills a template.
  ///
  /// - Parameter view: its stored properties are what the template can name.
  func render(_ view: some Sendable, with name: String) -> String {
    guard let text = library.render(view, withTemplate: name) else { preconditionFailure("no template \(name)") }
    return text
  }

  private struct Source {
    let name: String
    let format: Format
    let bytes: [UInt8]
  }

  private static let sources = [
    Source(name: "report", format: .xml, bytes: PackageResources.report_mustache),
    Source(name: "overview", format: .xml, bytes: PackageResources.overview_mustache),
    Source(name: "history", format: .xml, bytes: PackageResources.history_mustache),
    Source(name: "table", format: .xml, bytes: PackageResources.table_mustache),
    Source(name: "picture", format: .xml, bytes: PackageResources.picture_mustache),
    Source(name: "phrase", format: .xml, bytes: PackageResources.phrase_mustache),
    Source(name: "style", format: .xml, bytes: PackageResources.style_css),
    Source(name: "junit", format: .xml, bytes: PackageResources.junit_mustache),
    Source(name: "summary", format: .markdown, bytes: PackageResources.summary_mustache),
    Source(name: "summary-overview", format: .markdown, bytes: PackageResources.summary_overview_mustache),
    Source(name: "summary-gates", format: .markdown, bytes: PackageResources.summary_gates_mustache),
    Source(name: "words", format: .markdown, bytes: PackageResources.words_mustache),
  ]
}
