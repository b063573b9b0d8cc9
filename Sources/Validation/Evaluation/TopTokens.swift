/// The five most likely tokens under a row of logits, most likely first; of equals the one with the lower id.
struct TopTokens {
  static let count = 5

  private var logits = InlineArray<5, Float>(repeating: -.infinity)
  /// −1 where there are fewer tokens whose logit is a number.
  private var ids = InlineArray<5, Int32>(repeating: -1)

  /// O(vocabulary): most stretches of sixteen hold nothing above the fifth and are passed over.
  init(_ row: Span<Float>) {
    var index = 0
    while index < row.count {
      let end = min(index + 16, row.count)
      if end - index == 16 {
        let lowest = logits[Self.count - 1]
        var above: Int32 = 0
        for lane in 0..<16 { unsafe above |= row[unchecked: index + lane] > lowest ? 1 : 0 }
        if above == 0 {
          index = end
          continue
        }
      }
      for token in index..<end where unsafe row[unchecked: token] > logits[Self.count - 1] {
        unsafe insert(Int32(token), row[unchecked: token])
      }
      index = end
    }
  }

  private mutating func insert(_ id: Int32, _ logit: Float) {
    var place = Self.count - 1
    while place > 0, logit > logits[place - 1] {
      logits[place] = logits[place - 1]
      ids[place] = ids[place - 1]
      place -= 1
    }
    logits[place] = logit
    ids[place] = id
  }

  /// The most likely token; nil when no logit is a number.
  var first: Int? { ids[0] < 0 ? nil : Int(ids[0]) }

  /// How many tokens are in both.
  func shared(with other: TopTokens) -> Int {
    var shared = 0
    for i in 0..<Self.count where ids[i] >= 0 {
      for j in 0..<Self.count where ids[i] == other.ids[j] { shared += 1 }
    }
    return shared
  }
}
