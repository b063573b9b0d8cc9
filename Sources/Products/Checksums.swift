import Checkpoints
import Foundation
import Tensors

/// `SHA256SUMS`: a hash of each file of a folder, as `sha256sum -c` reads them.
enum Checksums {
  static let fileName = "SHA256SUMS"
  /// Hashes every file that stands in a folder.
  static func text(of folder: String) throws(CheckpointError) -> String {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
      throw .file(FileError(path: folder, reason: "cannot list this folder: \(error.localizedDescription)"))
    }
    var lines = ""
    for name in names where name != fileName {
      let file: MappedFile
      do { file = try MappedFile(path: "\(folder)/\(name)") } catch { throw .file(error) }
      var digest = SHA256()
      digest.update(file)
      lines += "\(digest.hexadecimal())  \(name)\n"
    }
    return lines
  }
}
