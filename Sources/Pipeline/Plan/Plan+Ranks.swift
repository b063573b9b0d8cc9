import Foundation
import Products
import Tensors

extension Plan {
  /// What has to be the same for all processes that make a run together, by name. Sizes of files stand for their content: what
  /// hashes say, the first process alone looks at.
  package var facts: [String: String] {
    let files = (files.model.sorted() + files.adapters.flatMap { $0.sorted() }).map { path in
      let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber
      return "\(URL(filePath: path).lastPathComponent) of \(size?.intValue ?? 0) bytes"
    }
    let options = spec.products.indices.map { RecipeOptions(self, product: $0, importance: nil).text }
    return [
      "program": Planish.version, "arithmetic": "\(Arithmetic.current)", "files": files.joined(separator: ", "),
      "options": options.joined(separator: "\n"), "types": editions.map(\.type).joined(separator: ", "),
      "tokens": "\(calibration?.digest() ?? "none") \(calibration?.lengthsDigest() ?? "")",
    ]
  }
}
