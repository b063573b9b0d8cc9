import Calibration

/// What models are asked: the next tokens at some places of some texts.
struct Questions: Sendable {
  /// One prediction to score.
  struct Question: Sendable, Equatable {
    let sequence: Int
    /// The place of the last token that the model sees.
    let position: Int
    /// The token whose likelihood is asked for.
    let token: Int32
  }

  /// Texts that models are run on, each by itself.
  private(set) var sequences: [ArraySlice<Int32>] = []
  /// In the order in which their scores are reported.
  private(set) var questions: [Question] = []

  init() {}

  /// Asks for every token of the second half of each sequence.
  mutating func add(_ texts: TokenSequences) {
    let positions = ValidationCorpus.scoredPositions(texts.length)
    for index in 0..<texts.count {
      let tokens = texts[index]
      for position in positions {
        let token = tokens[tokens.startIndex + position + 1]
        questions.append(Question(sequence: sequences.count, position: position, token: token))
      }
      sequences.append(tokens)
    }
  }

  /// Asks how likely each choice is to follow its context. Choices of one item whose tokens begin alike share a text.
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
        questions.append(Question(sequence: places[index], position: start + offset, token: token))
      }
    }
  }
}

/// Questions that models are run on at one time: their texts by length, so that little is padded.
struct Pass: Sendable {
  /// Texts of one length, filled up at the end with a token that no earlier position sees.
  struct Group: Sendable {
    let sequences: TokenSequences
    /// For each question the row of the group's activations that it is answered from.
    var rows: [Int] = []
  }

  private(set) var groups: [Group] = []
  /// The questions' places in `Questions.questions`, group after group.
  private(set) var questions: [Int] = []

  /// Texts are filled up to a multiple of this.
  private static let granularity = 8

  /// Cuts all questions into passes of at most so many tokens, or one text where that is longer.
  static func all(of all: Questions, tokens limit: Int) -> [Pass] {
    var asked = [[Int]](repeating: [], count: all.sequences.count)
    for (index, question) in all.questions.enumerated() { asked[question.sequence].append(index) }
    let lengths = all.sequences.map { ($0.count + granularity - 1) / granularity * granularity }
    let order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    var passes: [Pass] = []
    var pass: [Int] = []
    var tokens = 0
    for sequence in order {
      if tokens + lengths[sequence] > limit, !pass.isEmpty {
        passes.append(Pass(pass, lengths, all, asked))
        pass = []
        tokens = 0
      }
      pass.append(sequence)
      tokens += lengths[sequence]
    }
    if !pass.isEmpty { passes.append(Pass(pass, lengths, all, asked)) }
    return passes
  }

  /// - Parameter sequences: in the order of their lengths.
  private init(_ sequences: [Int], _ lengths: [Int], _ all: Questions, _ asked: [[Int]]) {
    var start = 0
    while start < sequences.count {
      let length = lengths[sequences[start]]
      let end = sequences[start...].firstIndex { lengths[$0] != length } ?? sequences.count
      var tokens: [Int32] = []
      var rows: [Int] = []
      for (place, sequence) in sequences[start..<end].enumerated() {
        let text = all.sequences[sequence]
        tokens += text
        tokens += [Int32](repeating: 0, count: length - text.count)
        for question in asked[sequence] {
          questions.append(question)
          rows.append(place * length + all.questions[question].position)
        }
      }
      groups.append(Group(sequences: TokenSequences(tokens: tokens, length: length), rows: rows))
      start = end
    }
  }
}
