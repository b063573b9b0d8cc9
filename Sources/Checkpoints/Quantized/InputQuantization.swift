import Tensors

/// How a runtime rounds what a matrix reads before it multiplies: to eight-bit integers, `value = scale · (code − zero)`, or to
/// small floating-point numbers.
package enum InputQuantization: Sendable, Equatable {
  /// Integers under one scale for all inputs, known beforehand.
  case fixed(scale: Float, zero: Int)
  /// Integers under a scale for each token: its own largest input, or `least` if that is more, is the code `largestCode`. In
  /// compressed-tensors that is half the distance of the outermost codes.
  case perToken(largestCode: Float = 127.5, least: Float = 0)
  /// Floating-point numbers.
  case floats(FloatInputs)

  /// The integers that an input may become.
  package static let codes = -128...127
}

extension InputQuantization {
  /// A scale as checkpoints of this program hold it: half precision, like those of weights.
  package static func stored(scale: Float) -> Float {
    let largest = Float(Float16.greatestFiniteMagnitude)
    // What rounds to nothing is held by the smallest scale there is.
    return max(Float(Float16(min(scale, largest))), Float(Float16.leastNonzeroMagnitude))
  }
}

/// The scale of a matrix's inputs as compressed-tensors lays it out: `input_scale` f16 `[1]` beside the weights.
package enum InputScaleLayout {
  package static let part = LayoutPart("input_scale", [1], "F16")

  /// - Parameter scale: exact in half precision.
  package static func bytes(_ scale: Float) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: Float16(scale).bitPattern)
    return bytes
  }
}

/// What a checkpoint of compressed-tensors says of the inputs of one matrix.
struct StoredInputs {
  let quantization: InputQuantization
  /// The tensors that say it.
  let parts: [StoredTensor]

  /// - Throws: what is wrong with which tensor.
  init(_ reader: PartReader, _ wish: CompressedTensorsInputs) throws(CheckpointError) {
    let isSymmetric: Bool
    switch wish {
    case .fixed(let answer): isSymmetric = answer
    case .perToken:
      (quantization, parts) = (.perToken(), [])
      return
    case .floats(let settings):
      let floats = try StoredInputs(reader, settings)
      (quantization, parts) = (floats.quantization, floats.parts)
      return
    }
    let (scale, stored) = try Self.scale(reader, "input_scale")
    guard !isSymmetric else {
      (quantization, parts) = (.fixed(scale: scale, zero: 0), [stored])
      return
    }
    let zeros = try reader.required("input_zero_point", type: ["I8"])
    guard zeros.elementCount == 1 else { throw PartReader.shape(zeros, expected: "[1]: a zero point for all inputs") }
    let zero = zeros.withBytes { Int($0.littleEndian(Int8.self, at: 0)) }
    (quantization, parts) = (.fixed(scale: scale, zero: zero), [stored, zeros])
  }
}
