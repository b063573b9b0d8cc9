import Checkpoints
import Foundation

/// Where the journal of a recipe is: in the hidden folder `.planish` beside the product, under the beginning of its key.
struct JournalPlace {
  /// Digest of all that decides the tensors of a product.
  let key: String
  let path: String

  static let folderName = ".planish"
  static let ending = ".journal"

  init(key: String, path: String) {
    self.key = key
    self.path = path
  }

  /// The place beside the first of some products; that beside another one where a journal of the key is there already.
  ///
  /// - Parameter products: paths, those that the journal is for first.
  init(key: String, ending: String = Self.ending, beside products: [String]) {
    let all = products.map { product in
      let folder = URL(filePath: product).deletingLastPathComponent().appending(path: Self.folderName)
      return folder.appending(path: key.prefix(16) + ending).path
    }
    self.key = key
    path = all.first { FileManager.default.fileExists(atPath: $0) } ?? all[0]
  }

  /// The files of activations beside a journal.
  static func textPaths(of journal: String) -> [String] {
    let stem = journal.dropLast(ending.count)
    return ["\(stem).0.text", "\(stem).1.text"]
  }

  /// Removes the files of activations, which are of no use without a journal that tells their hashes.
  static func removeTexts(of journal: String) {
    for path in textPaths(of: journal) { RecordLog.remove(path) }
  }
}
