import Schemes
import Tensors

/// Matrices of experts as gpt-oss stores them: blocks of 32 four-bit floating-point numbers under a power of two.
///
/// `NAME_blocks` u8 `[experts, outputs, groups, 16]`, the first number of each byte in the low nibble, and `NAME_scales` u8
/// `[experts, outputs, groups]`, the exponent plus 127. The model without quantization, and this view of it, hold
/// `NAME` `[experts, inputs, outputs]`. Source: transformers, `integrations/mxfp4.py`, `convert_moe_packed_tensors`.
struct MXFP4BlocksWeights: QuantizedWeights {
  let parts: [StoredTensor]
  let shape: [Int]
  private let outputs: Int
  private let groups: Int

  var typeName: String { "mxfp4" }
  private static let inputsPerGroup = 32
  private static let bytesPerGroup = 16

  /// - Parameter name: of the matrices, after the module's.
  /// - Throws: what is wrong with which tensor.
  init(_ reader: PartReader, _ name: String) throws(CheckpointError) {
    let blocks = try reader.required("\(name)_blocks", type: ["U8"])
    guard blocks.shape.count == 4, blocks.columns == Self.bytesPerGroup else {
      throw PartReader.shape(blocks, expected: "[experts, outputs, groups, \(Self.bytesPerGroup)]")
    }
    let scales = try reader.required("\(name)_scales", type: ["U8", "F8_E8M0"])
    try PartReader.check(scales, shape: blocks.shape.dropLast(), "an exponent for each group")
    (outputs, groups) = (blocks.shape[1], blocks.shape[2])
    shape = [blocks.shape[0], groups * Self.inputsPerGroup, outputs]
    parts = [blocks, scales]
  }

  func rows(_ range: Range<Int>, on workers: Workers) throws(CheckpointError) -> Matrix {
    let (inputs, outputs, groups) = (shape[1], outputs, groups)
    let (numbers, powers) = (SmallFloat.e2m1.values, SmallFloat.e8m0.values)
    var matrix = Matrix(rows: range.count, columns: outputs)
    guard !range.isEmpty else { return matrix }
    // Inputs come in groups, so the rows of one group are read together.
    let first = range.lowerBound / Self.inputsPerGroup
    let count = (range.upperBound - 1) / Self.inputsPerGroup - first + 1
    parts[0].withBytes { blocks in
      parts[1].withBytes { scales in
        matrix.withDisjointRows { matrix in
          workers.forEach(count) { index in
            let start = (first + index) * Self.inputsPerGroup
            let wanted = max(start, range.lowerBound)..<min(start + Self.inputsPerGroup, range.upperBound)
            let (expert, input) = start.quotientAndRemainder(dividingBy: inputs)
            var target = matrix.elements(
              rows: wanted.lowerBound - range.lowerBound..<wanted.upperBound - range.lowerBound)
            for output in 0..<outputs {
              let block = (expert * outputs + output) * groups + input / Self.inputsPerGroup
              let scale = powers[Int(scales.littleEndian(UInt8.self, at: block))]
              for row in wanted {
                let pair = blocks.littleEndian(UInt8.self, at: block * Self.bytesPerGroup + (row - start) / 2)
                let code = (row - start) % 2 == 0 ? pair & 15 : pair >> 4
                target[(row - wanted.lowerBound) * outputs + output] = scale * numbers[Int(code)]
              }
            }
          }
        }
      }
    }
    return matrix
  }
}
