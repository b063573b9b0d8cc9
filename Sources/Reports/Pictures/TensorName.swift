/// A tensor's name in GGUF files, taken apart.
struct TensorName {
  /// Its block; nil outside of all blocks.
  let layer: Int?
  /// What it is in its block, such as `attn_q`, or its name without `.weight`.
  let part: String
  /// Whether it is a weight, not a bias.
  let isWeight: Bool

  init(_ name: String) {
    var pieces = name.split(separator: ".", omittingEmptySubsequences: false)
    isWeight = pieces.last == "weight"
    if isWeight { pieces.removeLast() }
    if pieces.count > 2, pieces[0] == "blk", let layer = Int(pieces[1]) {
      self.layer = layer
      pieces.removeFirst(2)
    } else {
      layer = nil
    }
    part = pieces.joined(separator: ".")
  }
}
