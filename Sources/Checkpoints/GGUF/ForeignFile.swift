import Tensors

/// What a file is that was given as a GGUF file and is none, as far as its first bytes tell.
enum ForeignFile {
  /// - Returns: what was found and what is expected instead; nil for a file that nothing is known of.
  static func words(_ file: MappedFile) -> (found: String, expected: String)? {
    let bytes = file.bytes
    let slash = file.path.lastIndex(of: "/")
    let folder = slash.map { String(file.path[..<$0]) } ?? "."
    let whole =
      "a GGUF file, or the folder of the Hugging Face model that this file belongs to: \(folder.isEmpty ? "/" : folder)"
    guard bytes.byteCount > 9 else { return nil }
    let length = bytes.littleEndian(UInt64.self, at: 0)
    if bytes.littleEndian(UInt8.self, at: 8) == UInt8(ascii: "{"), length <= UInt64(bytes.byteCount - 8) {
      return ("a safetensors file", whole)
    }
    switch bytes.littleEndian(UInt32.self, at: 0) {
    case 0x0403_4B50:
      return ("a zip archive, such as a pickle of PyTorch", "a GGUF file, or a Hugging Face folder with safetensors")
    case 0x4747_4D4C, 0x6767_6D6C, 0x6767_6A74, 0x6767_6D66:
      return (
        "a file of ggml before GGUF", "a GGUF file: convert the original model with llama.cpp's converter of today"
      )
    default: break
    }
    return bytes.littleEndian(UInt8.self, at: 0) == UInt8(ascii: "{") ? ("a JSON file", whole) : nil
  }
}
