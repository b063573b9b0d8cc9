import Foundation
import Tensors

/// A file that a pipeline file is made of.
package struct SourceFile: Sendable, Codable, Equatable {
  /// As diagnostics print it.
  package let path: String
  package let sha256: String
}

/// Reads a pipeline file and what it extends.
///
/// `extends`, a path or a list of paths, may stand in any mapping. That mapping is then what stands in those files, laid over each
/// other in their order, with its own keys laid over all of them as a variant's are: mappings merge key by key, everything else is
/// replaced. Paths are relative to the file that names them, those of `extends` too, and every value keeps its position.
struct SpecFiles {
  /// The key that names files.
  static let key = "extends"

  private(set) var diagnostics: [Diagnostic] = []
  /// Each file once, the pipeline file first.
  private(set) var sources: [SourceFile] = []
  private(set) var folders: BaseFolders
  /// The text of the pipeline file itself.
  private(set) var text = ""
  private var byteCount = 0
  private var valueCount = 0
  private var readings = 0

  /// A file that is being read, and where it was asked for.
  private struct Step {
    let path: String
    /// Free of links, to know it again.
    let absolute: String
  }

  init(pipeline path: String) {
    folders = BaseFolders(pipeline: path)
  }

  /// Reads the pipeline file.
  ///
  /// - Parameter text: what stands in it, where it is not on the disk.
  /// - Returns: nil when nothing could be read, which the diagnostics tell.
  mutating func read(_ path: String, text: String?) -> SpecNode? {
    let step = Step(path: path, absolute: BaseFolders.canonical(path) ?? path)
    return read(step, text, after: []) { Diagnostic(.file(path), $0) }
  }

  private mutating func read(
    _ step: Step, _ given: String? = nil, after chain: [Step], unreadable: (String) -> Diagnostic
  ) -> SpecNode? {
    let written: String
    switch given.map({ .success($0) }) ?? content(of: step.path) {
    case .success(let found): written = found
    case .failure(let problem):
      diagnostics.append(problem.position.map { Diagnostic($0, problem.message) } ?? unreadable(problem.message))
      return nil
    }
    if chain.isEmpty { text = written }
    folders.add(step.path)
    if !sources.contains(where: { $0.path == step.path }) {
      var digest = SHA256()
      digest.update(written)
      sources.append(SourceFile(path: step.path, sha256: digest.hexadecimal()))
    }
    var yaml = YAMLText { .text(file: step.path, line: $0, column: $1) }
    let (root, mistakes) = yaml.parse(written)
    diagnostics += mistakes
    guard let root else { return nil }
    valueCount += yaml.valueCount
    guard valueCount <= Limits.values else {
      diagnostics.append(unreadable("found more than \(Limits.values) values in all files together, expected fewer"))
      return nil
    }
    return expand(root, chain + [step])
  }

  /// Puts in place of each mapping with `extends` what it comes to.
  private mutating func expand(_ node: SpecNode, _ chain: [Step]) -> SpecNode {
    switch node.content {
    case .plain, .quoted: return node
    case .list(let items): return SpecNode(.list(items.map { expand($0, chain) }), at: node.position)
    case .mapping(let entries):
      let own = entries.filter { $0.key != Self.key }.map {
        SpecNode.Entry(key: $0.key, keyPosition: $0.keyPosition, value: expand($0.value, chain))
      }
      let changes = SpecNode(.mapping(own), at: node.position)
      guard let extends = node[Self.key] else { return changes }
      var result = SpecNode(.mapping([]), at: node.position)
      for name in names(extends.value) {
        guard let base = extended(name, chain) else { continue }
        result = result.merged(with: base)
      }
      return result.merged(with: changes)
    }
  }

  private mutating func names(_ node: SpecNode) -> [SpecNode] {
    switch node.content {
    case .list(let items) where !items.isEmpty: return items
    case .plain, .quoted: return [node]
    default:
      report(node, "found \(node.words), expected a path or a list of paths")
      return []
    }
  }

  /// The mapping of a file that another extends.
  private mutating func extended(_ name: SpecNode, _ chain: [Step]) -> SpecNode? {
    guard let written = name.text, !written.isEmpty, !written.contains("\0") else {
      report(name, "found \(name.words), expected the path of a file to extend")
      return nil
    }
    let absolute = folders.locate(written, from: name.position).absolute
    let step = Step(
      path: Self.shown(written, from: chain.last?.path ?? ""), absolute: BaseFolders.canonical(absolute) ?? absolute)
    if let start = chain.firstIndex(where: { $0.absolute == step.absolute }) {
      let circle = (chain[start...].map(\.path) + [step.path]).joined(separator: " → ")
      report(name, "found a file that extends itself (\(circle)), expected an end; take one of these `extends` out")
      return nil
    }
    readings += 1
    guard chain.count <= Limits.extending, readings <= Limits.extended else {
      let what = chain.count > Limits.extending ? "files that extend each other" : "files to extend"
      let limit = chain.count > Limits.extending ? Limits.extending : Limits.extended
      report(name, "found more than \(limit) \(what), expected fewer")
      return nil
    }
    let base = read(step, after: chain) {
      Diagnostic(name.position, "found the file \(Wording.quote(written)), which cannot be read: \($0)")
    }
    guard let base else { return nil }
    guard case .mapping = base.content else {
      report(base, "found \(base.words), expected a mapping: \(chain.last?.path ?? "a file") extends this file")
      return nil
    }
    return base
  }

  private mutating func report(_ node: SpecNode, _ message: String) {
    diagnostics.append(Diagnostic(node.position, message))
  }

  /// A path that can be opened from the current folder, for a path relative to a file that can be.
  private static func shown(_ written: String, from file: String) -> String {
    guard !written.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return written }
    return String(file[...slash]) + written
  }
}

extension SpecFiles {
  private struct Problem: Error {
    /// nil where the file as a whole is meant.
    var position: SourcePosition?
    let message: String
  }

  private mutating func content(of path: String) -> Result<String, Problem> {
    let (count, bytes): (Int, [UInt8])
    do throws(FileError) { (count, bytes) = try Self.bytes(of: path) } catch {
      return .failure(Problem(message: error.reason))
    }
    byteCount += count
    guard byteCount <= Limits.fileBytes else {
      let found = byteCount == count ? "\(count) bytes" : "\(byteCount) bytes in all files together"
      return .failure(Problem(message: "found \(found), expected a pipeline of at most \(Limits.fileBytes)"))
    }
    if let text = String(validating: bytes, as: UTF8.self) { return .success(text) }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
    return .failure(
      Problem(
        position: .text(file: path, line: line + 1, column: 1),
        message: "found bytes that are not UTF-8, expected a text"))
  }

  /// The length of a file, and what stands in it unless that is too much for a pipeline.
  private static func bytes(of path: String) throws(FileError) -> (count: Int, bytes: [UInt8]) {
    let file = try MappedFile(path: path)
    guard file.count <= Limits.fileBytes else { return (file.count, []) }
    let bytes = file.bytes.array()
    return (file.count, bytes)
  }
}
