import TestSupport
import Tensors
import Testing

/// The vectors of FIPS 180-4 and its examples.
struct SHA256Tests {
  private func digest(_ text: String) -> String {
    var digest = SHA256()
    digest.update(text)
    return digest.hexadecimal()
  }

  @Test func nothing() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    #expect(SHA256().hexadecimal() == empty)
    #expect(digest("") == empty)
  }

  @Test(arguments: [
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func publishedVectors(text: String, expected: String) {
    #expect(digest(text) == expected)
  }

  @Test func aMillionLettersInPieces() {
    let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    var whole = SHA256()
    whole.update(letters.span.bytes)
    #expect(whole.hexadecimal() == expected)
    var pieces = SHA256()
    var start = 0
    var length = 1
    while start < letters.count {
      let end = min(letters.count, start + length)
      pieces.update(letters.span.bytes.extracting(start..<end))
      start = end
      length = length * 3 % 4096 + 1
    }
    #expect(pieces.hexadecimal() == expected)
  }

  /// A file, or a part of it, hashes to what its bytes do.
  @Test func mappedFiles() throws {
    let folder = try TemporaryFolder()
    try folder.write("file", "one abc two")
    let file = try MappedFile(path: folder.path("file"))
    var whole = SHA256()
    whole.update(file)
    #expect(whole.hexadecimal() == digest("one abc two"))
    var part = SHA256()
    part.update(file, 4..<7)
    #expect(part.hexadecimal() == digest("abc"))
    var nothing = SHA256()
    nothing.update(file, 3..<3)
    #expect(nothing.hexadecimal() == digest(""))
  }
}
