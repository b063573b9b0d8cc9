import Models

/// Some whole sequences of a text, at equal distances from each other.
package struct TextSample: Sendable {
  package let sequences: TokenSequences
  /// The place in the text of each sequence.
  package let indices: [Int]
  /// For each token of the text its place in the sample, or −1.
  private let places: [Int32]

  /// - Parameter tokens: about how many; whole sequences until there are as many, and never more than the text has.
  package init(_ text: TokenSequences, tokens: Int) {
    let wanted = min(text.count, max(1, (tokens + text.length - 1) / max(1, text.length)))
    let chosen = (0..<text.count).filter { ($0 + 1) * wanted / text.count > $0 * wanted / text.count }
    var places = [Int32](repeating: -1, count: text.tokens.count)
    var first = 0
    for index in chosen {
      let range = text.rows.ranges[index]
      for token in range { places[token] = Int32(first + token - range.lowerBound) }
      first += range.count
    }
    self.places = places
    indices = chosen
    sequences =
      chosen.count == text.count ? text : TokenSequences(texts: chosen.map { Array(text[$0]) })
  }

  /// The sequence of the text that each token of the sample belongs to, and its place in that.
  package var origins: [(sequence: Int, position: Int)] {
    zip(indices, sequences.rows.ranges).flatMap { index, range in range.indices.map { (index, $0 - range.lowerBound) } }
  }

  /// Where a token of the text stands in the sample; nil where it does not.
  package func place(ofToken token: Int) -> Int? {
    let place = places[token]
    return place < 0 ? nil : Int(place)
  }
}
