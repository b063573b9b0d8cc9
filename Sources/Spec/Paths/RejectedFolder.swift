import Foundation

/// The folder in which refused products are kept for study.
package struct RejectedFolder: Sendable {
  private let folder: String
  /// By the path of the product.
  private let names: [String: String]

  /// - Parameters:
  ///   - folder: made when the first product is kept.
  ///   - products: the paths of all that may be kept there in one call of the program; those of one name get names of their own.
  package init(_ folder: String, products: [String] = []) {
    self.folder = folder
    var names: [String: String] = [:]
    var taken: Set<String> = []
    for product in products where names[product] == nil {
      var name = Self.name(product)
      var number = 1
      while !taken.insert(name).inserted {
        number += 1
        name = Self.name(product, number)
      }
      names[product] = name
    }
    self.names = names
  }

  /// The place of a product: `q4.gguf` becomes `q4.rejected.gguf`, so that nobody takes it for one that was published; another
  /// `q4.gguf` becomes `q4-2.rejected.gguf`.
  package func path(for product: String) -> String {
    URL(filePath: folder).appending(path: names[product] ?? Self.name(product)).path
  }

  private static func name(_ product: String, _ number: Int = 1) -> String {
    let url = URL(filePath: product)
    let name = url.deletingPathExtension().lastPathComponent
    let end = url.pathExtension.isEmpty ? "" : ".\(url.pathExtension)"
    return "\(name)\(number > 1 ? "-\(number)" : "").rejected\(end)"
  }
}
