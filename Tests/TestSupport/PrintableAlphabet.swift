/// The characters in which byte-level vocabularies write bytes, from their definition (GPT-2, `bytes_to_unicode`).
package enum PrintableAlphabet {
  /// One for each byte: printable bytes stand for themselves, the others for the characters from U+0100 on.
  package static let characters: [String] = {
    var spare: UInt32 = 256
    return (UInt32(0)...255).map { byte in
      let isPrintable = (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte)
      if !isPrintable { spare += 1 }
      return Unicode.Scalar(isPrintable ? byte : spare - 1).map { String(Character($0)) } ?? ""
    }
  }()
}
