import Foundation

/// The model that a command line names: a folder, a GGUF file, or a model of the Hub that lies in the local cache.
struct ModelArgument: Equatable {
  /// A folder or file.
  let path: String
  /// What products are called by.
  let name: String
  /// The name on the Hub, if it was given so.
  let hubName: String?

  /// - Throws: what is there instead, and how to get the model.
  init(_ text: String, cache: HubCache = .ofUser()) throws(Failure) {
    if FileManager.default.fileExists(atPath: text) {
      path = text
      name = Self.name(ofFile: text)
      hubName = nil
      return
    }
    guard HubCache.mayName(text) else {
      throw Self.failure("\(text): not there; expected a folder, a GGUF file or a name on the Hub")
    }
    guard let snapshot = cache.snapshot(of: text) else {
      throw Self.failure(
        "\(text): neither a folder nor a file here, nor in the Hub's cache (\(cache.folder)); if it is a model of the Hub, "
          + "fetch it first:\n  hf download \(text)")
    }
    path = try Self.model(in: snapshot, of: text)
    name = text.split(separator: "/").last.map(String.init) ?? text
    hubName = text
  }

  /// The folder itself, or the only GGUF file of one that holds no other model.
  private static func model(in snapshot: String, of id: String) throws(Failure) -> String {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: snapshot)) ?? []).sorted()
    let weights = names.contains { $0.hasSuffix(".safetensors") }
    if names.contains("config.json"), weights { return snapshot }
    let files = names.filter { $0.hasSuffix(".gguf") }
    if files.count == 1 { return "\(snapshot)/\(files[0])" }
    guard files.isEmpty else {
      throw failure(
        "\(id): found \(files.count) GGUF files in the Hub's cache, expected one; name it:\n"
          + files.map { "  \(snapshot)/\($0)" }.joined(separator: "\n"))
    }
    throw failure(
      "\(id): found only a part of the model in the Hub's cache (\(names.joined(separator: ", "))); fetch all of it:\n"
        + "  hf download \(id)")
  }

  /// The last part of a path, without the ending of a GGUF file, its number of parts, and `.` or `..`.
  private static func name(ofFile path: String) -> String {
    let last = URL(filePath: path).standardizedFileURL.lastPathComponent
    guard last.lowercased().hasSuffix(".gguf") else { return last.isEmpty || last == "/" ? "model" : last }
    let stem = String(last.dropLast(5))
    return stem.replacing(/-\d{5}-of-\d{5}$/, with: "").replacing(/[-.](F16|BF16|F32|f16|bf16|f32)$/, with: "")
  }

  private static func failure(_ message: String) -> Failure {
    Failure(.failed, "\(message)")
  }
}
