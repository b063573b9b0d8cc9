import Checkpoints
import Foundation
import TestSupport
import Testing

/// One malformed input: its name is the test's argument, its error must say all of `says`.
struct Malformed: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  let says: [String]

  var testDescription: String { name }
}

extension [UInt8] {
  /// The bytes of a fixture in base64, line breaks and all.
  init(base64 text: String) throws {
    self = Array(try #require(Data(base64Encoded: text, options: .ignoreUnknownCharacters)))
  }

  /// The bytes of an integer, low byte first.
  init<T: FixedWidthInteger>(littleEndian value: T) {
    self = (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// Runs `body` and checks that it throws a `CheckpointError` whose text holds every one of `says`.
func expectCheckpointError(
  saying says: [String], sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
  let error = #expect(throws: CheckpointError.self, sourceLocation: sourceLocation) { try body() }
  let text = error?.description ?? ""
  for fragment in says {
    #expect(text.contains(fragment), "\"\(text)\" lacks \"\(fragment)\"", sourceLocation: sourceLocation)
  }
}

extension TemporaryFolder {
  /// Writes a file without waiting for the disk, as `Data` does: for tests that write thousands.
  func writeQuickly(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = try #require(fopen(path(name), "w"))
    defer { fclose(file) }
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    return path(name)
  }
}
