import Checkpoints
import Foundation

/// Finds what would be written over an input or over another output, or cannot be written at all, before anything is done.
///
/// Files are compared and not their names: by what stands there, and where nothing does, by the real path of the folder and the
/// name in it. Folders that are read or written as a whole are closed: nothing else is written inside of them.
struct PathCheck {
  /// Who was there first.
  private struct Owner {
    let pipeline: Int
    let claim: Claim
    /// Whether it is one of several files that the claim names together.
    let isPart: Bool
  }

  private enum Key: Hashable {
    case path(String)
    case file(Place.Identity)
  }

  private var owners: [Key: Owner] = [:]
  /// Whatever lies below a folder, by the folder.
  private var below: [Key: Owner] = [:]
  /// Positions about which something is said.
  private var refused: Set<SourcePosition> = []
  private var identities: [String: Place.Identity?] = [:]
  private(set) var diagnostics: [Diagnostic] = []

  /// Checks the claims of each pipeline. Inputs come first, since who reads a file has the better right to it.
  ///
  /// What a variant inherits has the same position again, and is told about where the variant is checked.
  mutating func check(_ claims: [[Claim]]) {
    for (pipeline, claims) in claims.enumerated() {
      for claim in claims where claim.role.isRead { note(claim, pipeline) }
    }
    for roles in [[Claim.Role.product], [.report, .record, .manifest]] {
      for (pipeline, claims) in claims.enumerated() {
        for claim in claims where roles.contains(claim.role) { check(claim, pipeline) }
      }
    }
  }

  private mutating func check(_ claim: Claim, _ pipeline: Int) {
    // Where the folder of a report cannot be, nothing more is to say of the files in it.
    guard !claim.role.isRecord || !refused.contains(claim.position) else { return }
    let place = Place(claim.location.absolute)
    if let found = conflict(claim, place, pipeline) {
      diagnostics.append(Diagnostic(claim.position, found))
      refused.insert(claim.position)
      return
    }
    if let objection = objection(to: claim, place) {
      diagnostics.append(Diagnostic(claim.position, objection))
      refused.insert(claim.position)
    }
    register(claim, place, pipeline)
  }

  // MARK: - Who is there

  /// Notes an input, and whatever else is read with it: the files of a folder, the parts of a split file.
  private mutating func note(_ claim: Claim, _ pipeline: Int) {
    let place = Place(claim.location.absolute)
    register(claim, place, pipeline)
    var others = Self.parts(of: place.path)
    if let names = try? FileManager.default.contentsOfDirectory(atPath: place.path) {
      others = names.map { "\(place.path)/\($0)" }
      // Modules of sentence-transformers have folders of their own.
      others += others.flatMap { folder in
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).map { "\(folder)/\($0)" }
      }
    }
    for other in others {
      let location = FileLocation(written: claim.location.written, absolute: other)
      register(Claim(claim.role, location, at: claim.position), Place(other), pipeline, isPart: true)
    }
  }

  /// All parts of a GGUF file that is split, by the name of one.
  private static func parts(of path: String) -> [String] {
    guard let match = path.wholeMatch(of: /(.*)-\d{5}-of-(\d{5})\.gguf/) else { return [] }
    let folder = Place.folders(above: path)[0]
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let stem = match.1.dropFirst(folder.count + 1)
    return names.filter {
      $0.hasPrefix("\(stem)-") && $0.hasSuffix("-of-\(match.2).gguf") && $0.count == path.count - folder.count - 1
    }.map { "\(folder)/\($0)" }
  }

  private mutating func register(_ claim: Claim, _ place: Place, _ pipeline: Int, isPart: Bool = false) {
    let owner = Owner(pipeline: pipeline, claim: claim, isPart: isPart)
    for key in keys(of: place) where owners[key] == nil { owners[key] = owner }
    // Links are read; what is written goes where they lead.
    for name in claim.role.isRead ? place.links + [place.path] : [place.path] {
      if owners[.path(name)] == nil { owners[.path(name)] = owner }
      for folder in Place.folders(above: name) {
        for key in keys(ofFolder: folder) where below[key] == nil { below[key] = owner }
      }
    }
  }

  private func keys(of place: Place) -> [Key] {
    [.path(place.path)] + (place.identity.map { [.file($0)] } ?? [])
  }

  private mutating func keys(ofFolder path: String) -> [Key] {
    if identities[path] == nil { identities[path] = .some(Place.Identity(of: path)) }
    return [.path(path)] + ((identities[path] ?? nil).map { [.file($0)] } ?? [])
  }

  // MARK: - What is wrong

  private mutating func conflict(_ claim: Claim, _ place: Place, _ pipeline: Int) -> String? {
    let path = Wording.quote(claim.location.written)
    if let owner = keys(of: place).compactMap({ owners[$0] }).first,
      !isInherited(claim, pipeline, owner), !isReplaced(owner, by: claim)
    {
      return "found the path \(path)\(real(claim, place)), \(Self.words(claim, owner))"
    }
    for folder in Place.folders(above: place.path) {
      for key in keys(ofFolder: folder) {
        guard let owner = owners[key], isClosed(owner.claim), !isInherited(claim, pipeline, owner) else { continue }
        return
          "found the path \(path)\(real(claim, place)), which is inside of \(Wording.quote(owner.claim.location.written)), "
          + "expected one outside of it: \(owner.claim.position) "
          + (owner.claim.role.isRead ? "reads it" : "writes it as a whole")
      }
    }
    guard claim.role == .product else { return nil }
    for key in keys(of: place) {
      guard let owner = below[key], !isInherited(claim, pipeline, owner) else { continue }
      return
        "found the path \(path)\(real(claim, place)), expected one of its own: \(owner.claim.position) "
        + "\(owner.claim.role.isRead ? "reads" : "writes") \(Wording.quote(owner.claim.location.written)) inside of it, "
        + "and a product takes the place of a whole folder"
    }
    return nil
  }

  /// What is expected where something else is read or written already.
  private static func words(_ claim: Claim, _ owner: Owner) -> String {
    let position = owner.claim.position
    guard owner.claim.role.isRead, claim.role != .report else {
      return "expected one of its own: \(position) \(owner.claim.role.isRead ? "reads" : "writes") it too"
    }
    return "which would be written over, expected another one: \(position) reads it"
      + (owner.isPart ? " as a part of \(Wording.quote(owner.claim.location.written))" : "")
  }

  /// Whether a run may replace what it compared with: the manifest that the pipeline names, and nothing else of a folder.
  private func isReplaced(_ owner: Owner, by claim: Claim) -> Bool {
    owner.claim.role == .baseline && !owner.isPart && claim.role == .manifest
  }

  private func isInherited(_ claim: Claim, _ pipeline: Int, _ owner: Owner) -> Bool {
    claim.role == .product && owner.pipeline != pipeline && owner.claim.position == claim.position
  }

  /// Whether nothing else may be written inside.
  private func isClosed(_ claim: Claim) -> Bool { claim.role.isRead || claim.role == .product }

  /// The real path, where links make it another than the one that was written.
  private func real(_ claim: Claim, _ place: Place) -> String {
    place.links.isEmpty ? "" : " (\(place.path))"
  }

  /// Why nothing can be made in a place, or nil.
  private func objection(to claim: Claim, _ place: Place) -> String? {
    guard let made = claim.made else { return nil }
    let path = Wording.quote(claim.location.written)
    let reason: String?
    switch (made, claim.role) {
    case (.file, _) where claim.location.written.hasSuffix("/"):
      return "found the path \(path), which ends as one of a folder does, expected the name of a file"
    case (.file, _): reason = UnpublishedFile.objection(to: place.path)
    case (.folder, .report):
      var isFolder: ObjCBool = false
      let isThere = unsafe FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder)
      reason = isThere && !isFolder.boolValue ? "found a file, expected a folder or nothing" : nil
      // What is written stands in it.
      if reason == nil, isThere {
        return Place("\(place.path)/report.json").objection.map { "found the path \(path); \($0)" }
      }
    case (.folder, _): reason = UnpublishedFolder.objection(to: place.path)
    }
    if let reason { return "found the path \(path): \(place.path): \(reason)" }
    return place.objection.map { "found the path \(path); \($0)" }
  }
}
