/// A file that is no text, known by its first bytes.
struct OtherKindOfFile {
  let found: String
  let advice: String

  private static let unpack = "unpack it first"
  private static let export = "export its text as JSON Lines"
  private static let known: [(start: [UInt8], found: String, advice: String)] = [
    ([0x1F, 0x8B], "a gzip archive", unpack), ([0x28, 0xB5, 0x2F, 0xFD], "a Zstandard archive", unpack),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "an xz archive", unpack), (Array("BZh".utf8), "a bzip2 archive", unpack),
    ([0x50, 0x4B, 0x03, 0x04], "a zip archive", unpack), ([0x04, 0x22, 0x4D, 0x18], "an LZ4 archive", unpack),
    (Array("PAR1".utf8), "a Parquet file", export), (Array("ARROW1".utf8), "an Arrow file", export),
    ([0xFF, 0xFF, 0xFF, 0xFF], "a stream of Arrow", export), (Array("SQLite format 3".utf8), "a database", export),
    (Array("%PDF-".utf8), "a PDF document", export), ([0xFF, 0xFE], "UTF-16 text", "store it as UTF-8"),
    ([0xFE, 0xFF], "UTF-16 text", "store it as UTF-8"),
  ]

  init?(startingWith bytes: some Collection<UInt8>) {
    guard let kind = Self.known.first(where: { bytes.starts(with: $0.start) }) else { return nil }
    found = kind.found
    advice = kind.advice
  }
}
