import Foundation

/// A folder for one test, removed when the test lets go of it.
package final class TemporaryFolder: Sendable {
  package let url: URL

  package init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "planish-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  /// The path of a file inside.
  package func path(_ name: String) -> String { url.appending(path: name).path }

  /// Writes a file and returns its path.
  @discardableResult
  package func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }

  /// Writes a text file and returns its path.
  @discardableResult
  package func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  package func remove(_ name: String) throws {
    try FileManager.default.removeItem(at: url.appending(path: name))
  }

  /// The names of everything inside, sorted.
  ///
  /// - Parameter journals: whether journals of runs count, and folders that hold nothing else.
  package func contents(journals: Bool = true) throws -> [String] {
    let all = try FileManager.default.subpathsOfDirectory(atPath: url.path).sorted()
    guard !journals else { return all }
    let others = all.filter { !$0.split(separator: "/").contains(".planish") }
    let homes = Set(all.filter { $0.hasSuffix("/.planish") }.map { $0.dropLast("/.planish".count) })
    return others.filter { name in !homes.contains(name[...]) || others.contains { $0.hasPrefix("\(name)/") } }
  }
}
