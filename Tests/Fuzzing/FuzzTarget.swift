import Foundation

/// One reader that is given files which nobody wrote for it.
///
/// Whatever comes, the reader answers or throws, in a second, with 64 MiB and eight times the input.
package struct FuzzTarget: Sendable {
  package let name: String
  /// What inputs look like, so that changes keep most of them readable.
  let form: FuzzForm
  /// Inputs that are read, from which all others are made.
  let seeds: @Sendable () throws -> [[UInt8]]
  /// What the reader has words for; they are put into inputs.
  let words: [String]
  /// Writes what lies beside the input. Called once for a process.
  let prepare: @Sendable (FuzzFolder) throws -> Void
  /// Reads an input.
  let read: @Sendable (_ input: [UInt8], FuzzFolder) throws -> Void

  init(
    _ name: String, _ form: FuzzForm, words: [String] = [], seeds: @escaping @Sendable () throws -> [[UInt8]],
    prepare: @escaping @Sendable (FuzzFolder) throws -> Void = { _ in },
    read: @escaping @Sendable (_ input: [UInt8], FuzzFolder) throws -> Void
  ) {
    self.name = name
    self.form = form
    self.words = words
    self.seeds = seeds
    self.prepare = prepare
    self.read = read
  }

  /// All of them. What is listed here is run by `make test` and by `scripts/fuzz`.
  package static let all: [FuzzTarget] =
    [.safetensors, .index, .modelConfiguration, .quantization, .quantizedTensors, .onnx, .gguf, .importance]
    + [.tokenizerJSON, .sentencePiece, .wordPieces, .tokenizerConfiguration, .adapterConfiguration, .adapterTensors]
    + [.template, .pythonPattern, .tokenizerPattern, .pipeline, .productList, .corpus, .task]

  package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// What the inputs of a target look like.
enum FuzzForm: Sendable {
  /// Bytes with counts and lengths in them.
  case binary
  /// JSON; the first bytes may choose what lies beside it.
  case json(after: Int)
  /// A safetensors file, with the first bytes as above: its header is JSON of a length that is said before.
  case safetensors(after: Int)
  /// Text that a person or a program wrote.
  case text
}

/// A folder in memory for the inputs of one process.
package final class FuzzFolder: Sendable {
  package let path: String

  package init() throws {
    let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    path = "\(root)/planish-fuzz-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a file, without waiting for any disk, and returns its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = "\(path)/\(name)"
    guard let stream = fopen(file, "w") else {
      try FileManager.default.createDirectory(
        at: URL(filePath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: URL(filePath: file))
      return file
    }
    fwrite(bytes, 1, bytes.count, stream)
    fclose(stream)
    return file
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }
}
