import Foundation

/// The folder in which refused products are kept for study.
package struct RejectedFolder: Sendable {
  private let path: String

  /// - Parameter path: a folder; made when the first product is kept.
  package init(_ path: String) {
    self.path = path
  }

  /// The place of a product: `q4.gguf` becomes `q4.rejected.gguf`, so that nobody takes it for one that was published.
  package func path(for product: String) -> String {
    let url = URL(filePath: product)
    let name = url.deletingPathExtension().lastPathComponent
    let end = url.pathExtension.isEmpty ? "" : ".\(url.pathExtension)"
    return URL(filePath: path).appending(path: "\(name).rejected\(end)").path
  }
}
