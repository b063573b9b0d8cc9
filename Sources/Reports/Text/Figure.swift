/// A number of `report.json` as people read it.
///
/// Pages show `text`, and carry the number itself and its place beside it, so that each figure can be traced.
struct Figure {
  let text: String
  /// All digits, as `report.json` has them.
  let exact: String
  /// The way to it in `report.json`, such as `products.0.bytes`.
  let place: String

  init(_ value: Double, at place: String, _ text: (Double) -> String = { NumberText.significant($0) }) {
    self.text = text(value)
    exact = value.isFinite ? "\(value)" : value.isNaN ? "nan" : value < 0 ? "-infinity" : "infinity"
    self.place = place
  }

  /// A number that `report.json` has in single precision, and so with fewer digits.
  init(_ value: Float, at place: String) {
    text = NumberText.significant(Double(value))
    exact = "\(value)"
    self.place = place
  }

  /// A value that `report.json` has as words.
  init(words: String, at place: String) {
    text = words
    exact = words
    self.place = place
  }

  init(_ value: Int, at place: String, _ text: (Int) -> String = { NumberText.grouped($0) }) {
    self.text = text(value)
    exact = "\(value)"
    self.place = place
  }
}
