import Foundation
import Tensors

/// Gives names to files and folders that belong together: all of them get theirs, or none.
///
/// First the records of earlier runs are taken away, so that at no time a record stands beside a product that it does not
/// tell of; then products get their names, then the new records. Every earlier version is kept until the last name is
/// given, and comes back when one cannot be. A process that is killed in between leaves each product whole, the earlier
/// one or the new one, and records only where they are true.
package final class Publication {
  /// What a name stands for.
  package enum Kind {
    /// What a run is for.
    case product
    /// Any other file.
    case file
    /// Tells of products: gets its name after all of them.
    case record
  }

  private var files: [PendingName] = []
  private var records: [PendingName] = []
  private var products: [String] = []
  private var outdated: [String] = []

  package init() {}

  /// Adds a file or folder.
  package func add(_ name: PendingName, as kind: Kind) {
    switch kind {
    case .product:
      files.append(name)
      products.append(name.path)
    case .file: files.append(name)
    case .record:
      records.append(name)
      outdated.append(name.path)
    }
  }

  /// Adds a record of an earlier run that must be gone, whatever stands there or nothing.
  package func remove(_ path: String) { outdated.append(path) }

  /// Gives all names.
  ///
  /// - Returns: warnings: what is done, but may not survive a power failure or could not be cleaned up.
  /// - Throws: when a name cannot be given. Everything is as it was then; what cannot be undone is said in the error.
  package func publish() throws(CheckpointError) -> [String] {
    for name in files + records { try name.prepare() }
    // Before all names are given and what they replaced is gone, this process does not end by itself.
    return try TemporaryFiles.process.uninterrupted { names throws(CheckpointError) in
      var step = Undoable()
      do throws(CheckpointError) {
        for path in outdated { try step.setAside(path) }
        step.sync(step.aside.map { TemporaryFiles.parent(of: $0) })
        for name in files { try step.take(name) }
        // A folder that is not published yet is synced as a whole when it is complete.
        step.sync(files.map(\.folder).filter { !names.isTemporary($0) })
        for name in records { try step.take(name) }
        step.sync(records.map(\.folder))
      } catch {
        throw step.undone(because: error)
      }
      for name in files + records { names.published(name.temporaryPath) }
      names.products += products
      return step.settled()
    }
  }
}

/// What a publication has done so far.
private struct Undoable {
  /// Records of an earlier run that were taken away.
  private(set) var aside: [String] = []
  private var leftovers: [String] = []
  private var taken: [PendingName] = []
  private var warnings: [String] = []

  /// Takes a record of an earlier run away, if there is one.
  mutating func setAside(_ path: String) throws(CheckpointError) {
    let place = try FileTree.end(of: path)
    var status = stat()
    guard lstat(place, &status) == 0 else {
      // A process that was killed may have taken it away before.
      if lstat(TemporaryName.aside(place), &status) == 0 { leftovers.append(place) }
      return
    }
    guard FileStep.rename(place, to: TemporaryName.aside(place)) == 0 else {
      throw .file(FileError(path: path, doing: "take the record of an earlier run away"))
    }
    aside.append(place)
  }

  mutating func take(_ name: PendingName) throws(CheckpointError) {
    try name.take()
    taken.append(name)
  }

  /// Waits until the disk knows the names in these folders. The names are there in any case; without this they may not be after a
  /// power failure.
  mutating func sync(_ folders: [String]) {
    for folder in Set(folders).sorted() {
      do throws(CheckpointError) {
        try Descriptor.sync(folder: folder)
      } catch {
        warnings.append("what was published in \(folder) may be lost in a power failure: \(error)")
      }
    }
  }

  /// Undoes everything, last things first.
  ///
  /// - Returns: the error to throw: the reason, and what could not be undone.
  consuming func undone(because reason: CheckpointError) -> CheckpointError {
    var remains: [String] = []
    for name in taken.reversed() { if let remaining = name.giveBack() { remains.append(remaining) } }
    // A record comes back only where all that it tells of did.
    if remains.isEmpty {
      for place in aside.reversed() where FileStep.rename(TemporaryName.aside(place), to: place) != 0 {
        remains.append("\(place) is at \(TemporaryName.aside(place)) now")
      }
    }
    guard !remains.isEmpty, case .file(let error) = reason else { return reason }
    return .file(
      FileError(
        path: error.path,
        reason: "\(error.reason); what was done before could not be undone: "
          + remains.joined(separator: "; ")))
  }

  /// Removes what was kept for undoing.
  consuming func settled() -> [String] {
    for place in aside + leftovers where !FileTree.remove(TemporaryName.aside(place)) {
      warnings.append("\(TemporaryName.aside(place)), the record of an earlier run, cannot be removed")
    }
    for name in taken { if let warning = name.settle() { warnings.append(warning) } }
    return warnings
  }
}
