/// The few lines that Git keeps in place of a large file (Git LFS): https://git-lfs.com/spec/v1.
enum GitPointer {
  /// No pointer is larger.
  private static let largest = 1024
  private static let start = "version https://git-lfs.github.com/spec/"

  /// Why a file cannot be read, where it is a pointer; nil where it is not.
  static func objection(_ bytes: RawSpan) -> String? {
    guard bytes.byteCount < largest else { return nil }
    let text = bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    guard text.hasPrefix(start), text.contains("\noid ") else { return nil }
    let size = text.split(separator: "\n").first { $0.hasPrefix("size ") }.flatMap { Int($0.dropFirst(5)) }
    return
      "found a Git LFS pointer, which stands for the file\(size.map { " of \($0) bytes" } ?? ""), expected the file "
      + "itself: fetch it with `git lfs pull`, or download it"
  }
}
