/// What a header may say about a tensor. No real one comes near; products of a few such numbers fit an `Int`, so that
/// readers may multiply before they look.
enum HeaderLimits {
  /// Elements along one side.
  static let longestSide = 1 << 40
  /// Bytes of a tensor's name.
  static let longestName = 4096
}
