import Foundation
import Tensors

/// A file or folder that is complete and on disk under a temporary name, and waits for its own. It gets it by a `Publication`;
/// when it is let go of before, it is removed.
package final class PendingName {
  /// What became of it.
  private enum State {
    case waiting
    /// It has its name. What stood there, if anything did, is where it says.
    case named(earlier: Earlier)
    /// Nothing is left to do.
    case settled
  }

  /// Where an earlier version is.
  private enum Earlier {
    case none
    /// Under the temporary name: the two changed places.
    case exchanged
    case aside
    /// Gone: this file system neither exchanges names nor gives a file two of them.
    case lost
  }

  /// As its user names it.
  package let path: String
  /// Where it is until it has its name; it may be read there.
  package let temporaryPath: String
  /// Where the name leads.
  private let place: String
  private let isFolder: Bool
  /// The file or folder, locked.
  let descriptor: Descriptor
  private var state = State.waiting

  init(
    path: String, place: String, temporaryPath: String, isFolder: Bool, _ descriptor: consuming Descriptor
  ) {
    self.path = path
    self.place = place
    self.temporaryPath = temporaryPath
    self.isFolder = isFolder
    self.descriptor = descriptor
  }

  deinit {
    guard case .waiting = state else { return }
    if isFolder {
      TemporaryFiles.process.remove(tree: temporaryPath)
    } else {
      TemporaryFiles.process.remove(temporaryPath)
    }
  }

  /// The folder whose list of names changes.
  var folder: String { TemporaryFiles.parent(of: place) }

  /// Waits until the disk has everything, and looks once more whether the name may be taken.
  func prepare() throws(CheckpointError) {
    try descriptor.sync()
    if isFolder { _ = try UnpublishedFolder.checkPlace(place) } else { try UnpublishedFile.checkPlace(place) }
  }

  /// Takes the name. An earlier version is kept until `settle`, so that `giveBack` can undo it.
  func take() throws(CheckpointError) {
    if FileStep.exchange(temporaryPath, with: place) == 0 {
      state = .named(earlier: .exchanged)
      return
    }
    let cannotExchange = [ENOSYS, EINVAL, ENOTSUP, EOPNOTSUPP, EPERM].contains(errno)
    guard cannotExchange || errno == ENOENT else { throw failure("give it its name") }
    let earlier = cannotExchange ? try setEarlierAside() : .none
    guard FileStep.rename(temporaryPath, to: place) == 0 else {
      let failure = failure("give it its name")
      if case .aside = earlier { bringBack(isFolder: isFolder) }
      throw failure
    }
    state = .named(earlier: earlier)
  }

  /// Keeps what stands under the name, where the system cannot let two names change places. A file gets a second name, so that its
  /// own is never without it; a folder cannot have two, and for an instant its name stands for nothing.
  private func setEarlierAside() throws(CheckpointError) -> Earlier {
    var status = stat()
    guard lstat(place, &status) == 0 else { return .none }
    let aside = TemporaryName.aside(place)
    try TemporaryName.clear(aside, as: path)
    if isFolder {
      guard FileStep.rename(place, to: aside) == 0 else { throw failure("move the earlier version aside") }
      return .aside
    }
    return FileStep.link(place, as: aside) == 0 ? .aside : .lost
  }

  private func bringBack(isFolder: Bool) {
    let aside = TemporaryName.aside(place)
    _ = isFolder ? FileStep.rename(aside, to: place) : FileStep.remove(aside)
  }

  /// Undoes `take`: the earlier version has the name again.
  ///
  /// - Returns: nil, or what could not be undone.
  func giveBack() -> String? {
    guard case .named(let earlier) = state else { return nil }
    let isUndone =
      switch earlier {
      case .exchanged: FileStep.exchange(temporaryPath, with: place) == 0
      case .none: FileStep.rename(place, to: temporaryPath) == 0
      case .aside where isFolder:
        FileStep.rename(place, to: temporaryPath) == 0 && FileStep.rename(TemporaryName.aside(place), to: place) == 0
      case .aside:
        FileStep.link(place, as: temporaryPath) == 0 && FileStep.rename(TemporaryName.aside(place), to: place) == 0
      case .lost: false
      }
    guard !isUndone else {
      state = .waiting
      return nil
    }
    state = .settled
    switch earlier {
    case .none, .lost: return "\(path) stays there"
    case .exchanged: return "\(path) is the new one; the earlier one is at \(temporaryPath)"
    case .aside: return "\(path) may be the new one; the earlier one is at \(TemporaryName.aside(place))"
    }
  }

  /// Removes what it replaced, and what earlier processes left of that.
  ///
  /// - Returns: a warning where it is still there.
  func settle() -> String? {
    guard case .named(let earlier) = state else { return nil }
    state = .settled
    if case .exchanged = earlier, !FileTree.remove(temporaryPath) { return leftover(temporaryPath) }
    let aside = TemporaryName.aside(place)
    var status = stat()
    guard lstat(aside, &status) == 0 else { return nil }
    do { try TemporaryName.clear(aside, as: path) } catch { return leftover(aside) }
    return nil
  }

  private func leftover(_ what: String) -> String {
    "\(path) is published; \(what), which it replaced, cannot be removed: \(String(cString: strerror(errno)))"
  }

  private func failure(_ action: String) -> CheckpointError { .file(FileError(path: path, doing: action)) }
}
