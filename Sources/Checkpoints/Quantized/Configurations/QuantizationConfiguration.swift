/// What a folder says about how its weights are quantized.
package struct QuantizationConfiguration: Sendable, Equatable {
  package let method: any QuantizationMethod
  /// Keys that the program of this method does not have, which are not read: by their full names.
  package let unread: [String]

  /// Reads what stands under `quantization_config`, or in a file of its own.
  ///
  /// - Parameter usual: the method where nothing names one; nil where one must be named.
  /// - Throws: `.setting` for a key that is missing, or asks for what this version cannot read.
  init(_ settings: JSONObject, usual: String? = nil) throws(CheckpointError) {
    let key = try settings.agreed(["quant_method", "method"]) ?? "quant_method"
    guard let method = try settings.optionalString(key) ?? usual else {
      throw settings.error(key, expected: Self.known)
    }
    guard let known = QuantizationMethods.all.first(where: { $0.name == method.lowercased() }) else {
      throw settings.error(key, expected: Self.known)
    }
    let own = try known.init(settings)
    (self.method, unread) = (own, try own.unread(in: settings))
  }

  package static func == (left: QuantizationConfiguration, right: QuantizationConfiguration) -> Bool {
    left.method.isSame(as: right.method) && left.unread == right.unread
  }

  /// Reads MLX's `quantization`, which names no method.
  init(mlx settings: JSONObject) throws(CheckpointError) {
    let own = try MLXSettings(settings)
    (method, unread) = (own, own.unread)
  }

  private static let known = QuantizationMethods.all.map { $0.name }.joined(separator: ", ") + ", or MLX's quantization"
}

extension JSONObject {
  /// One word of an enumeration.
  func word<Word: RawRepresentable & CaseIterable>(
    _ key: String, _ fallback: Word
  ) throws(CheckpointError) -> Word where Word.RawValue == String {
    guard let text = try optionalString(key) else { return fallback }
    guard let word = Word(rawValue: text.lowercased()) else {
      throw error(key, expected: Word.allCases.map { $0.rawValue }.joined(separator: " or "))
    }
    return word
  }
}
