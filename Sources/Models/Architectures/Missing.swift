/// What llama.cpp assumes of some families.
enum Missing {
  /// Where attention's output matrix is taken for a square one.
  static func otherHeads(_ shape: DecoderShape, _ type: String) -> String? {
    guard shape.heads * shape.headSize != shape.hiddenSize else { return nil }
    return "found \(shape.heads) heads of \(shape.headSize) components, expected them to share the hidden size, "
      + "\(shape.hiddenSize), which is what llama.cpp assumes of \(type)"
  }
}
