import COpenSSL
import Foundation

/// A SHA-256 digest that grows as bytes arrive.
package struct SHA256: ~Copyable {
  private let context: OpaquePointer

  /// Starts an empty digest.
  package init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("libcrypto has no SHA-256")
    }
    self.context = context
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  /// Appends bytes.
  package mutating func update(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { buffer in
      precondition(EVP_DigestUpdate(context, buffer.baseAddress, buffer.count) == 1, "libcrypto refused bytes")
    }
  }

  /// Appends a part of a mapped file, and releases its pages on the way: they count as memory of this process until then.
  ///
  /// - Parameter range: bytes of the file; nil for all of them.
  package mutating func update(_ file: MappedFile, _ range: Range<Int>? = nil) {
    let range = range ?? 0..<file.count
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.bytesAtOnce) {
      let part = start..<min(range.upperBound, start + Self.bytesAtOnce)
      update(file.bytes.extracting(part))
      file.release(part)
    }
  }

  private static let bytesAtOnce = 16 << 20

  /// Appends the UTF-8 of a text.
  package mutating func update(_ text: String) {
    Array(text.utf8).withUnsafeBytes { buffer in
      precondition(EVP_DigestUpdate(context, buffer.baseAddress, buffer.count) == 1, "libcrypto refused bytes")
    }
  }

  /// The digest as 32 bytes.
  package consuming func bytes() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    precondition(EVP_DigestFinal_ex(context, &digest, nil) == 1, "libcrypto could not finish")
    return digest
  }

  /// The digest as 64 hexadecimal digits.
  package consuming func hexadecimal() -> String {
    bytes().map { byte in
      let text = String(byte, radix: 16)
      return byte < 16 ? "0" + text : text
    }.joined()
  }
}
