import Tensors

/// A part of a block: from what some of its matrices read to what the next of them read.
package enum BlockPart: Int, Sendable, Comparable, CaseIterable {
  /// Queries, keys and values, and attention itself.
  case attention
  case attentionOutput
  /// Gate and up; or all experts, and what they add to the stream.
  case feedForward
  /// Nothing where there are experts.
  case feedForwardOutput

  /// The part after it; nil for the last.
  package var next: BlockPart? { BlockPart(rawValue: rawValue + 1) }

  package static func < (left: BlockPart, right: BlockPart) -> Bool { left.rawValue < right.rawValue }
}

/// Consecutive parts of a block.
package typealias BlockParts = ClosedRange<BlockPart>

extension BlockParts {
  package static var whole: BlockParts { .attention ... .feedForwardOutput }
}

extension DecoderShape {
  /// A block cut so finely that all matrices of a piece read what can be told before any of them is run; but for experts, whose
  /// last matrices belong to the piece of the first.
  package var pieces: [BlockParts] {
    let attention: [BlockParts] = [.attention ... .attention, .attentionOutput ... .attentionOutput]
    guard choices.experts == nil else { return attention + [.feedForward ... .feedForwardOutput] }
    return attention + [.feedForward ... .feedForward, .feedForwardOutput ... .feedForwardOutput]
  }
}

/// Whole sequences between two parts of a block.
@frozen
package struct BlockState: ~Copyable {
  /// The residual stream, `[tokens, hidden]`.
  package var hidden: Matrix
  /// What the next part reads beside the stream, `[tokens, n]`: what attention saw, or the product of gate and up. No columns
  /// between blocks.
  package var carried: Matrix

  package init(hidden: consuming Matrix, carried: consuming Matrix) {
    self.hidden = hidden
    self.carried = carried
  }

  /// Before the first part.
  package init(hidden: consuming Matrix) {
    carried = Matrix(rows: hidden.rows, columns: 0)
    self.hidden = hidden
  }

  /// What is carried beside the stream, which carries nothing then.
  mutating func takeCarried() -> Matrix {
    var taken = Matrix(rows: hidden.rows, columns: 0)
    swap(&taken, &carried)
    return taken
  }
}
