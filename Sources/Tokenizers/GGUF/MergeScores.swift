/// Scores that make merging by score do what a list of merges does.
enum MergeScores {
  /// Minus the place of each token among those that merges make; single characters and the like come last.
  ///
  /// Merging by score joins any two neighbours whose texts together are a token. That equals the list if every such
  /// pair is in it, and if the merges that make one token stand together in it.
  ///
  /// - Throws: `TokenizerError.notRepresentable` naming the first pair for which this does not hold, or a token that is
  ///   longer than any that is read from such a file: every place to part it is looked at.
  static func scores(
    merges: [MergePair], tokens: [[UInt8]], types: [TokenType]
  ) throws(TokenizerError) -> [Float] {
    var ids = ByteStringTable(capacity: tokens.count)
    for (id, text) in tokens.enumerated() where types[id] != .unused { ids.insert(text, Int32(id)) }
    var places: [Int32: Int] = [:]
    var listed = Set<UInt64>()
    var last: Int32?
    for merge in merges {
      guard let result = ids.find(tokens[Int(merge.left)] + tokens[Int(merge.right)]) else { continue }
      listed.insert(key(merge))
      if result == last { continue }
      guard places[result] == nil else {
        throw .notRepresentable(
          reason: "merges that make \"\(show(tokens, result))\" stand apart, with other merges between them")
      }
      places[result] = places.count
      last = result
    }
    for (id, text) in tokens.enumerated() where types[id] == .normal {
      guard text.count <= ScoredPairs.longestToken else {
        throw .notRepresentable(
          reason: "token \(id) has \(text.count) bytes; expected at most \(ScoredPairs.longestToken)")
      }
      for end in BytePairBuilder.characterEnds(text).dropLast() {
        guard let left = ids.find(Array(text[..<end])), let right = ids.find(Array(text[end...])) else { continue }
        guard listed.contains(key(MergePair(left: left, right: right))) else {
          throw .notRepresentable(
            reason: """
              no merge joins "\(show(tokens, left))" and "\(show(tokens, right))", but together they are a token, and \
              merging by score joins them
              """)
        }
      }
    }
    return tokens.indices.map { id in
      switch types[id] {
      case .normal: -Float(places[Int32(id)] ?? places.count + id)
      case .userDefined: -1000
      default: 0
      }
    }
  }

  private static func key(_ merge: MergePair) -> UInt64 {
    UInt64(UInt32(bitPattern: merge.left)) << 32 | UInt64(UInt32(bitPattern: merge.right))
  }

  private static func show(_ tokens: [[UInt8]], _ id: Int32) -> String {
    String(decoding: tokens[Int(id)], as: UTF8.self)
  }
}
