import Tensors

/// A matrix of ternary weights under one scale.
///
/// `weight` u8 `[rows / 4, columns]`: two bits a weight, −1, 0 and 1 as 0, 1 and 2. The lowest two bits are of the first quarter of
/// the rows, the next of the second. `weight_scale` `[1]` multiplies them, or divides them, by who multiplies with them. Source:
/// transformers, `integrations/bitnet.py`.
struct BitNetWeights: QuantizedWeights {
  /// What the stored scale does to the ternary number.
  enum Scale: Sendable, Equatable {
    /// `BitLinear`: the scale made the weights ternary.
    case divides
    /// `AutoBitLinear`.
    case multiplies
  }

  let rows: Int
  let columns: Int
  let parts: [StoredTensor]
  /// The value of each two bits.
  private let values: [Float]

  /// - Throws: what is wrong with which tensor.
  init(_ reader: PartReader, _ scale: Scale) throws(CheckpointError) {
    let weight = try reader.required("weight", type: ["U8"])
    guard weight.shape.count == 2, weight.rows <= HeaderLimits.longestSide / 4 else {
      throw PartReader.shape(weight, expected: "[rows / 4, columns]")
    }
    let count = try reader.required("weight_scale")
    guard count.elementCount == 1 else { throw PartReader.shape(count, expected: "[1]: a scale for all weights") }
    let stored = try StoredInputs.scale(reader, "weight_scale")
    let magnitude = scale == .divides ? 1 / stored.value : stored.value
    guard magnitude.isFinite, magnitude > 0 else {
      throw .malformed(
        path: stored.tensor.path, part: .tensor(stored.tensor.name, "values"), found: "\(stored.value)",
        expected: "a scale of weights in the range of single precision")
    }
    (rows, columns) = (4 * weight.rows, weight.columns)
    parts = [weight, stored.tensor]
    values = [-magnitude, 0, magnitude]
  }

  var typeName: String { "ternary" }

  /// A largest input of a token that is less counts as this.
  private static let leastInput: Float = 1e-5

  var inputs: InputQuantization? { .perToken(largestCode: 127, least: Self.leastInput) }

  func rows(_ range: Range<Int>, on workers: Workers) throws(CheckpointError) -> Matrix {
    let (columns, quarter, values) = (columns, rows / 4, values)
    var matrix = Matrix(rows: range.count, columns: columns)
    let isKnown = parts[0].withBytes { bytes in
      var isKnown = [Bool](repeating: true, count: range.count)
      for row in 0..<range.count {
        let (bits, place) = (range.lowerBound + row).quotientAndRemainder(dividingBy: quarter)
        var target = matrix.mutableRow(row)
        for column in 0..<columns {
          let code = Int(bytes.littleEndian(UInt8.self, at: place * columns + column) >> UInt8(2 * bits) & 3)
          guard code < values.count else {
            isKnown[row] = false
            break
          }
          target[column] = values[code]
        }
      }
      return isKnown
    }
    if let row = isKnown.firstIndex(of: false) {
      throw .malformed(
        path: parts[0].path, part: .tensor(parts[0].name, "values"),
        found: "the code 3 in row \(range.lowerBound + row) of the matrix", expected: "0, 1 or 2: ternary weights")
    }
    return matrix
  }
}
