import Checkpoints

/// The largest side, count or position that a configuration may ask for: it fits the 32-bit integers of GGUF metadata,
/// and the product of any two fits an `Int`.
private let largestSize = Int(Int32.max)
private let sizeExpected = "an integer from 1 to \(largestSize)"
private let positiveExpected = "a positive number"

extension Settings {
  /// An integer from 1 to what a model may have.
  func size(_ key: String) throws(CheckpointError) -> Int {
    guard let size = try optionalSize(key) else { throw error(key, expected: sizeExpected) }
    return size
  }

  /// An integer from 0.
  func count(_ key: String) throws(CheckpointError) -> Int {
    guard let count = try optionalInteger(key), 0...largestSize ~= count else {
      throw error(key, expected: "an integer from 0 to \(largestSize)")
    }
    return count
  }

  func optionalSize(_ key: String) throws(CheckpointError) -> Int? {
    guard let size = try optionalInteger(key) else { return nil }
    guard 1...largestSize ~= size else { throw error(key, expected: sizeExpected) }
    return size
  }

  /// A finite number above 0.
  func positiveNumber(_ key: String) throws(CheckpointError) -> Double {
    guard let number = try optionalPositiveNumber(key) else { throw error(key, expected: positiveExpected) }
    return number
  }

  func optionalPositiveNumber(_ key: String) throws(CheckpointError) -> Double? {
    guard let number = try optionalNumber(key) else { return nil }
    guard number > 0, Float(number).isFinite else { throw error(key, expected: positiveExpected) }
    return number
  }
}

extension JSONObject {
  /// A size of every layer, said once or for each of them.
  ///
  /// - Parameters:
  ///   - layersKey: what says how many layers there are.
  ///   - mayBeLonger: whether a list may go on behind the last layer.
  /// - Throws: `CheckpointError.setting` also where layers differ, or some are left out.
  func uniformSize(
    _ key: String, layersKey: String = "num_hidden_layers", mayBeLonger: Bool = true
  ) throws(CheckpointError) -> Int {
    guard let list = value(key)?.asArray else { return try size(key) }
    let (sizes, layers) = (list.map(\.asInteger), try size(layersKey))
    guard sizes.count == layers || mayBeLonger && sizes.count > layers, Set(sizes).count == 1, let size = sizes[0],
      1...largestSize ~= size
    else {
      throw error(
        key, expected: "one number from 1, or a list of it for each of the \(layers) layers: all must have the same")
    }
    return size
  }
}
