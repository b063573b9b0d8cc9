import Foundation
import Tensors

/// The names beside a file or folder that only this program uses: `.NAME.planish-tmp` while it is written, and `.NAME.planish-old`
/// for what it replaces where two names cannot change places.
///
/// Under the first there may be what a killed process left: a part of a product, or the earlier product that had just been
/// replaced. A lock tells it from what another process is writing now.
enum TemporaryName {
  /// Where something is until it gets its name.
  static func unpublished(_ path: String) -> String { beside(path, "planish-tmp") }

  /// Where an earlier version is until the new one stands.
  static func aside(_ path: String) -> String { beside(path, "planish-old") }

  private static func beside(_ path: String, _ end: String) -> String {
    let url = URL(filePath: path)
    return url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).\(end)").path
  }

  /// Creates an empty file and locks it. Errors call it `name`.
  static func file(_ path: String, as name: String) throws(CheckpointError) -> Descriptor {
    while true {
      if let file = try Descriptor.create(path, as: name) {
        // Between the two, another process may have taken it for a leftover.
        if try file.lock(), file.isFile(at: path) { return file }
      } else {
        try clear(path, as: name)
      }
    }
  }

  /// Creates an empty folder and locks it. Errors call it `name`.
  static func folder(_ path: String, as name: String) throws(CheckpointError) -> Descriptor {
    while true {
      if FileStep.makeFolder(path) == 0 {
        if let folder = try Descriptor.look(at: path, as: name), try folder.lock(), folder.isFile(at: path) {
          return folder
        }
      } else {
        guard errno == EEXIST else { throw .file(FileError(path: name, doing: "create this folder")) }
        try clear(path, as: name)
      }
    }
  }

  /// Removes what a killed process left under a name. Of a link only the link goes.
  ///
  /// - Throws: `.file` when another process is writing there, when it is a folder of another user, or when the system refuses.
  static func clear(_ path: String, as name: String) throws(CheckpointError) {
    guard let leftover = try Descriptor.look(at: path, as: name) else {
      guard FileTree.remove(path) else { throw cannotRemove(path) }
      return
    }
    guard try leftover.lock() else {
      throw .file(FileError(path: name, reason: "another run is writing it now (\(path) is locked)"))
    }
    // Between opening and locking, the previous owner may have renamed or removed it.
    guard leftover.isFile(at: path) else { return }
    if let kind = leftover.kind, kind.isFolder, !kind.isOurs {
      throw .file(
        FileError(path: path, reason: "found a folder of another user, expected nothing; remove it, or write elsewhere")
      )
    }
    guard FileTree.remove(path) else { throw cannotRemove(path) }
  }

  private static func cannotRemove(_ path: String) -> CheckpointError {
    .file(FileError(path: path, doing: "remove what an earlier run left"))
  }
}
