import Foundation

/// Some blocks of a model that follow each other, counted from 0, for a machine that compiles no others.
package struct BlockRange: Sendable, Codable, Equatable, CustomStringConvertible {
  package let first: Int
  package let last: Int

  /// - Precondition: they are blocks, and in order.
  package init(first: Int, last: Int) {
    precondition(0 <= first && first <= last, "blocks in order")
    self.first = first
    self.last = last
  }

  /// Reads `0..15`, both of which belong to it; nil for anything else.
  package init?(_ text: String) {
    let ends = text.components(separatedBy: "..").map { $0.allSatisfy(\.isASCIIDigit) ? Int($0) : nil }
    guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else { return nil }
    self.init(first: first, last: last)
  }

  package var description: String { "\(first)..\(last)" }

  /// The same as a range.
  var layers: Range<Int> { first..<last + 1 }

  /// Why a plan cannot be compiled in ranges, as a reader of the command line is told; nil where it can.
  package func obstacle(_ plan: Plan) -> String? {
    let layers = plan.source.shape.layers
    if last >= layers {
      return "expected blocks of 0..\(layers - 1), which the model has"
    }
    if !plan.calibrates {
      return
        "nothing is calibrated here, and a run without calibration takes no longer than copying; leave --blocks out"
    }
    if plan.spec.calibration?.inputs != .original {
      return """
        expected a pipeline with calibrate.inputs: original; with `quantized`, the default, each block is calibrated on what all \
        blocks before it have become
        """
    }
    return nil
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
