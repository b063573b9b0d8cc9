import Checkpoints
import Foundation
import Tensors

/// What the cards of products take over from the original: its name, what its own card says, and its licenses.
package struct OriginalCard {
  static let cardName = "README.md"
  private static let licenseNames = [
    "LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "NOTICE", "NOTICE.txt", "USE_POLICY.md",
  ]

  let frontMatter: FrontMatter

  init(_ folder: HuggingFaceFolder) throws(CheckpointError) {
    guard let path = folder.file(Self.cardName) else {
      frontMatter = FrontMatter()
      return
    }
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .file(error) }
    frontMatter = FrontMatter(of: String(decoding: file.bytes.array().prefix(Self.longestHead), as: UTF8.self))
  }

  /// No head of a card is longer.
  private static let longestHead = 1 << 16

  /// Files that decide bytes of cards or go into products unread, by name.
  package static func files(_ folder: HuggingFaceFolder) -> [String] {
    ([cardName] + licenseNames).filter { folder.file($0) != nil }
  }

  /// Copies the original's licenses.
  static func copyLicenses(_ folder: HuggingFaceFolder, to target: borrowing UnpublishedFolder) throws(CheckpointError)
  {
    for name in licenseNames {
      guard let path = folder.file(name) else { continue }
      let file: MappedFile
      do { file = try MappedFile(path: path) } catch { throw .file(error) }
      try AtomicFile.write(file.bytes, to: target.file(name))
    }
  }

  /// The name of a model on the Hub, where its path is one of the Hub's cache; nil for any other.
  static func hubName(_ path: String) -> String? {
    for part in path.split(separator: "/").reversed() where part.hasPrefix("models--") {
      let names = part.dropFirst("models--".count).components(separatedBy: "--")
      return names.count == 2 ? names.joined(separator: "/") : nil
    }
    return nil
  }

  /// The name of the model that a path leads to: on the Hub, or its folder's.
  package static func name(_ path: String) -> String {
    hubName(path) ?? URL(filePath: path).lastPathComponent
  }
}
