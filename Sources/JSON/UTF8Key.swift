/// A name that equals another only when both have the same bytes.
///
/// Swift's strings are equal when they are canonically equivalent: "é" written as one scalar or as two. Files compare
/// bytes, and vocabularies do hold both spellings.
package struct UTF8Key: Hashable, Sendable {
  package let text: String

  package init(_ text: String) {
    self.text = text
  }

  package static func == (left: UTF8Key, right: UTF8Key) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
