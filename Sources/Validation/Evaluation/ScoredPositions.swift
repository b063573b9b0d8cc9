import Calibration

/// The positions of texts at which models predict a token that is scored.
struct ScoredPositions: Sendable {
  /// One prediction to score.
  struct Position: Sendable, Equatable {
    let sequence: Int
    /// Of the last token that the model sees.
    let position: Int
    /// The token whose likelihood is scored.
    let token: Int32
  }

  /// Texts that models are run on, each by itself.
  private(set) var sequences: [ArraySlice<Int32>] = []
  /// In the order in which their scores are reported.
  private(set) var all: [Position] = []

  init() {}

  /// Adds every token of the second half of each sequence.
  mutating func add(_ texts: TokenSequences) {
    let positions = ValidationCorpus.scoredPositions(texts.length)
    for index in 0..<texts.count {
      let tokens = texts[index]
      for position in positions {
        let token = tokens[tokens.startIndex + position + 1]
        all.append(Position(sequence: sequences.count, position: position, token: token))
      }
      sequences.append(tokens)
    }
  }

  /// Adds the tokens of each choice after its context. Choices of one item whose tokens begin alike share a text.
  mutating func add(_ item: TokenizedItem) {
    let first = sequences.count
    // The longest come first, so that each later one may be the beginning of one that is there already.
    let order = item.choices.indices.sorted { item.choices[$0].count > item.choices[$1].count }
    var places = [Int](repeating: 0, count: item.choices.count)
    for index in order {
      // No prediction reads the last token.
      let text = (item.contexts[index] + item.choices[index]).dropLast()
      if let place = sequences[first...].firstIndex(where: { $0.starts(with: text) }) {
        places[index] = place
      } else {
        places[index] = sequences.count
        sequences.append(text)
      }
    }
    for (index, choice) in item.choices.enumerated() {
      let start = item.contexts[index].count - 1
      for (offset, token) in choice.enumerated() {
        all.append(Position(sequence: places[index], position: start + offset, token: token))
      }
    }
  }
}

/// Scored positions that models are run on at one time: their texts by length, so that little is padded.
struct Pass: Sendable {
  /// Texts of one length, filled up at the end with a token that no earlier position sees.
  struct Group: Sendable {
    let sequences: TokenSequences
    /// For each scored position its row of the group's activations.
    var rows: [Int] = []
  }

  private(set) var groups: [Group] = []
  /// Places in `ScoredPositions.all`, group after group.
  private(set) var scored: [Int] = []

  /// Texts are filled up to a multiple of this.
  private static let granularity = 8

  /// Cuts all positions into passes of at most so many tokens, or one text where that is longer.
  static func all(of positions: ScoredPositions, tokens limit: Int) -> [Pass] {
    var scored = [[Int]](repeating: [], count: positions.sequences.count)
    for (index, position) in positions.all.enumerated() { scored[position.sequence].append(index) }
    let lengths = positions.sequences.map { ($0.count + granularity - 1) / granularity * granularity }
    let order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    var passes: [Pass] = []
    var pass: [Int] = []
    var tokens = 0
    for sequence in order {
      if tokens + lengths[sequence] > limit, !pass.isEmpty {
        passes.append(Pass(pass, lengths, positions, scored))
        pass = []
        tokens = 0
      }
      pass.append(sequence)
      tokens += lengths[sequence]
    }
    if !pass.isEmpty { passes.append(Pass(pass, lengths, positions, scored)) }
    return passes
  }

  /// - Parameter sequences: in the order of their lengths.
  private init(_ sequences: [Int], _ lengths: [Int], _ positions: ScoredPositions, _ scored: [[Int]]) {
    var start = 0
    while start < sequences.count {
      let length = lengths[sequences[start]]
      let end = sequences[start...].firstIndex { lengths[$0] != length } ?? sequences.count
      var tokens: [Int32] = []
      var rows: [Int] = []
      for (place, sequence) in sequences[start..<end].enumerated() {
        let text = positions.sequences[sequence]
        tokens += text
        tokens += [Int32](repeating: 0, count: length - text.count)
        for index in scored[sequence] {
          self.scored.append(index)
          rows.append(place * length + positions.all[index].position)
        }
      }
      groups.append(Group(sequences: TokenSequences(tokens: tokens, length: length), rows: rows))
      start = end
    }
  }
}
