import Foundation

/// The folder in which the programs of the Hugging Face Hub keep what they fetched. Nothing is fetched by this program.
struct HubCache {
  let folder: String

  /// The cache of this user: `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else `huggingface/hub` in the user's cache.
  static func ofUser(environment: [String: String] = ProcessInfo.processInfo.environment) -> HubCache {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let folder = value("HF_HUB_CACHE") ?? value("HUGGINGFACE_HUB_CACHE") { return HubCache(folder: folder) }
    if let home = value("HF_HOME") { return HubCache(folder: "\(home)/hub") }
    let home = value("HOME") ?? NSHomeDirectory()
    let caches = value("XDG_CACHE_HOME") ?? "\(home)/.cache"
    return HubCache(folder: "\(caches)/huggingface/hub")
  }

  /// Whether a text may be the name of a model on the Hub: `org/name`, or `name` alone.
  static func mayName(_ text: String) -> Bool {
    text.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)?/) != nil
  }

  /// The snapshot of a model, of the revision `main` or of the only one that is there.
  ///
  /// - Returns: nil where the cache has none.
  func snapshot(of id: String) -> String? {
    let model = "\(folder)/models--\(id.replacing("/", with: "--"))"
    let files = FileManager.default
    if let text = try? String(contentsOfFile: "\(model)/refs/main", encoding: .utf8) {
      let main = "\(model)/snapshots/\(text.trimmingCharacters(in: .whitespacesAndNewlines))"
      if files.fileExists(atPath: main) { return main }
    }
    let snapshots = (try? files.contentsOfDirectory(atPath: "\(model)/snapshots")) ?? []
    return snapshots.count == 1 ? "\(model)/snapshots/\(snapshots[0])" : nil
  }
}
