import Schemes

/// How a runtime rounds inputs to small floating-point numbers before it multiplies: `value = scale · number`.
package struct FloatInputs: Sendable, Equatable {
  /// What inputs share a scale, and where it comes from.
  package enum Scale: Sendable, Equatable {
    /// All inputs; known beforehand.
    case fixed(Float)
    /// Those of a token: the largest of them, or the bound if that is less, is the largest number.
    case perToken(atMost: Float? = nil)
    /// Consecutive inputs of a token: the largest of them is the largest number.
    case perGroup(Int)
    /// The same, and the scale times `global` is a number of E4M3.
    case nested(Int, global: Float)
    /// The same, and the scale is a power of two, from the largest rounded to two binary digits.
    case powers(Int)
  }

  /// E4M3 or E2M1.
  package let number: SmallFloat
  package let scale: Scale

  package init(_ number: SmallFloat, _ scale: Scale) {
    self.number = number
    self.scale = scale
  }

  /// Consecutive inputs that share a scale; nil where all of a token do.
  package var inputsPerGroup: Int? {
    switch scale {
    case .fixed, .perToken: nil
    case .perGroup(let count), .nested(let count, _), .powers(let count): count
    }
  }
}

/// What a configuration says of inputs that are rounded to small floats; a number that it leaves to the checkpoint stands there.
struct FloatInputSettings: Sendable, Equatable {
  enum Scale: Sendable, Equatable {
    /// `input_scale` of the checkpoint.
    case stored
    /// `input_global_scale` of the checkpoint, over scales of groups.
    case nested(Int)
    /// `input_scale` of the checkpoint, times scales of groups.
    case under(Int)
    case known(FloatInputs.Scale)
  }
  let number: SmallFloat
  let scale: Scale
}

extension StoredInputs {
  /// - Parameter suffixes: of the scale of all inputs; the first that is there counts.
  /// - Throws: what is wrong with which tensor.
  init(
    _ reader: PartReader, _ settings: FloatInputSettings, suffixes: [String] = ["input_scale"]
  ) throws(CheckpointError) {
    let scale: FloatInputs.Scale
    switch settings.scale {
    case .known(let known):
      (scale, parts) = (known, [])
    case .stored:
      let suffix = suffixes.first { reader.optional($0) != nil } ?? suffixes[0]
      let stored = try Self.scale(reader, suffix)
      (scale, parts) = (.fixed(stored.value), [stored.tensor])
    case .nested(let count):
      let stored = try Self.scale(reader, "input_global_scale")
      (scale, parts) = (.nested(count, global: stored.value), [stored.tensor])
    case .under(let count):
      let stored = try Self.scale(reader, "input_scale")
      guard (1 / stored.value).isFinite else {
        throw .malformed(
          path: stored.tensor.path, part: .tensor(stored.tensor.name, "values"), found: "\(stored.value)",
          expected: "a scale that has a reciprocal")
      }
      (scale, parts) = (.nested(count, global: 1 / stored.value), [stored.tensor])
    }
    quantization = .floats(FloatInputs(settings.number, scale))
  }

  /// A number above 0 that stands in a tensor of its own.
  static func scale(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (value: Float, tensor: StoredTensor) {
    let stored = try reader.required(suffix, type: ["F16", "BF16", "F32"])
    guard stored.elementCount == 1 else { throw PartReader.shape(stored, expected: "[1]: a scale for all inputs") }
    let scale = try stored.matrix()[0, 0]
    guard scale > 0 else {
      throw .malformed(
        path: stored.path, part: .tensor(stored.name, "values"), found: "\(scale)", expected: "a scale above 0")
    }
    return (scale, stored)
  }
}
