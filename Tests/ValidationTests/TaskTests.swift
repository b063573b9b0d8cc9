import Foundation
import TestSupport
import Tensors
import Testing
import Tokenizers
import Validation

struct TaskSuiteTests {
  @Test func readsWhatSuitesHold() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "s.jsonl",
      """
      {"context": "a b", "choices": [" c", "\\u00e9"], "answer": 1, "subject": "letters"}\r

      {"answer": 0, "choices": ["x", "y", "z"], "context": ""}
      """)
    let suite = try TaskSuite(name: "s", contentsOf: path)
    #expect(
      suite.items == [
        TaskItem(line: 1, context: "a b", choices: [" c", "é"], answer: 1),
        TaskItem(line: 3, context: "", choices: ["x", "y", "z"], answer: 0),
      ])
  }

  @Test(
    arguments: [
      ("[]", "found an array of 0, expected a JSON object"),
      ("{", "column 2"), ("{\"context\": \"a\"} x", "column"),
      ("{\"context\": \"a\", \"context\": \"b\"}", "a second time"),
      ("{}", "found no \"context\", only {}, expected a text under \"context\""),
      ("{\"context\": 1, \"choices\": [\"a\", \"b\"], \"answer\": 0}", "found 1 under \"context\", expected a text"),
      ("{\"context\": \"\", \"answer\": 0}", "found no \"choices\", only context, answer"),
      ("{\"context\": \"\", \"choices\": \"a\", \"answer\": 0}", "expected an array of two or more texts"),
      ("{\"context\": \"\", \"choices\": [\"a\"], \"answer\": 0}", "expected an array of two or more texts"),
      ("{\"context\": \"\", \"choices\": [\"a\", 2], \"answer\": 0}", "expected an array of two or more texts"),
      ("{\"context\": \"\", \"choices\": [\"a\", \"\"], \"answer\": 0}", "found an empty text in choices[1]"),
      ("{\"context\": \"\", \"choices\": [\"a\", \"b\"]}", "found no \"answer\""),
      (
        "{\"context\": \"\", \"choices\": [\"a\", \"b\"], \"answer\": 2}",
        "found 2 under \"answer\", expected a number from 0 to 1"
      ),
      ("{\"context\": \"\", \"choices\": [\"a\", \"b\"], \"answer\": -1}", "expected a number from 0 to 1"),
      ("{\"context\": \"\", \"choices\": [\"a\", \"b\"], \"answer\": 0.5}", "expected a number from 0 to 1"),
      ("{\"context\": \"\", \"choices\": [\"a\", \"b\"], \"answer\": \"a\"}", "expected a number from 0 to 1"),
    ])
  func malformedLinesAreNamed(line: String, says: String) throws {
    let folder = try TemporaryFolder()
    let good = #"{"context": "a", "choices": ["b", "c"], "answer": 0}"#
    let path = try folder.write("s.jsonl", "\(good)\n\n\(line)\n")
    let error = #expect(throws: ValidationError.self) { try TaskSuite(name: "s", contentsOf: path) }
    let text = try #require(error).description
    #expect(text.hasPrefix("\(path):3: ") && text.contains(says), "\(text)")
  }

  @Test(arguments: ["", "\n \r\n\t\n"])
  func aSuiteWithoutQuestionsIsAnError(text: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("s.jsonl", text)
    #expect(throws: ValidationError.empty(path: path)) { try TaskSuite(name: "s", contentsOf: path) }
    #expect(throws: ValidationError.self) { try TaskSuite(name: "s", contentsOf: folder.path("none")) }
  }

  @Test func bytesThatAreNoTextAreNamed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("s.jsonl", [0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x7D])
    let error = #expect(throws: ValidationError.self) { try TaskSuite(name: "s", contentsOf: path) }
    #expect(try #require(error).description.hasPrefix("\(path):1: "))
  }
}

struct TokenizedTaskTests {
  private func tokenize(
    _ item: TaskItem, addsBOS: Bool = true, hasEOS: Bool = true, vocabulary: Int = TinyTokenizer.vocabularySize,
    context: Int = 64
  ) throws -> TokenizedItem {
    let folder = try TemporaryFolder()
    let tokenizer = try Tokenizer.load(folder: TinyTokenizer.write(to: folder, addsBOS: addsBOS, hasEOS: hasEOS))
    let suite = TaskSuite(name: "s", path: "s.jsonl", items: [item])
    return try TokenizedTask(suite, tokenizer, vocabularySize: vocabulary, contextLength: context).items[0]
  }

  @Test(arguments: [true, false])
  func choicesAreWhatFollowsTheContext(addsBOS: Bool) throws {
    let item = try tokenize(TaskItem(line: 1, context: "ab", choices: [" c", "de"], answer: 0), addsBOS: addsBOS)
    let start = addsBOS ? [TinyTokenizer.bos] : []
    #expect(item.contexts == [start + TinyTokenizer.ids("ab"), start + TinyTokenizer.ids("ab")])
    #expect(item.choices == [TinyTokenizer.ids(" c"), TinyTokenizer.ids("de")])
    #expect(item.lengths == [2, 2])
  }

  @Test func spaceAtTheEndOfTheContextBelongsToTheChoice() throws {
    let item = try tokenize(TaskItem(line: 1, context: "ab \n", choices: ["c", "de"], answer: 0))
    #expect(item.contexts[0] == [TinyTokenizer.bos] + TinyTokenizer.ids("ab"))
    #expect(item.choices == [TinyTokenizer.ids(" \nc"), TinyTokenizer.ids(" \nde")])
    #expect(item.lengths == [1, 2], "lengths are of choices as they are written")
  }

  @Test func anEmptyContextIsASpecialToken() throws {
    let item = TaskItem(line: 1, context: "", choices: ["a", "b"], answer: 0)
    #expect(try tokenize(item).contexts[0] == [TinyTokenizer.bos])
    let other = try tokenize(item, addsBOS: false)
    #expect(other.contexts[0] == [TinyTokenizer.bos] && other.choices[0] == TinyTokenizer.ids("a"))
  }

  @Test func whatCannotBeAskedIsNamed() throws {
    let item = TaskItem(line: 7, context: "abcdef", choices: ["g", "hijk"], answer: 0)
    #expect(throws: ValidationError.tooLong(path: "s.jsonl", line: 7, tokens: 11, context: 10)) {
      try tokenize(item, context: 10)
    }
    #expect(
      throws: ValidationError.tokenOutsideVocabulary(path: "s.jsonl", line: 7, token: 6, vocabularySize: 6)
    ) { try tokenize(item, vocabulary: 6) }
  }
}

struct TaskMeasurementsTests {
  /// Items of two choices of one token each, whose losses are given for both models.
  private func measure(_ losses: [(original: (Float, Float), product: (Float, Float))], lengths: [Int] = [1, 1]) throws
    -> TaskMeasurements
  {
    let items = losses.map { _ in
      TokenizedItem(contexts: [[1], [1]], choices: [[2], [3]], lengths: lengths, answer: 0)
    }
    let material = ValidationMaterial(corpora: [], tasks: [TokenizedTask(name: "t", items: items, sha256: "x")])
    let scores = losses.flatMap { item in
      [(item.original.0, item.product.0), (item.original.1, item.product.1)].map {
        TokenScore(referenceLoss: $0.0, loss: $0.1, divergence: 0, sameTop: true, top5Overlap: 1)
      }
    }
    return try #require(material.measurements(scores, on: Workers(count: 1)).tasks.first)
  }

  @Test func answersAreCountedBothWays() throws {
    let measured = try measure([
      (original: (1, 2), product: (1, 2)), (original: (1, 2), product: (2, 1)), (original: (2, 1), product: (1, 2)),
      (original: (1, 2), product: (3, 1)), (original: (1, 1), product: (2, 2)),
    ])
    #expect(measured.originalAccuracy.value == 0.8 && measured.figures[.accuracy]?.value == 0.6)
    #expect(abs(try #require(measured.figures[.accuracyDrop]).value - 0.2) < 1e-12)
    #expect(measured.figures[.flips]?.value == 0.6)
    #expect(measured.answers == AnswerChanges(lost: 2, gained: 1, changed: 3))
    #expect(measured.chance == 0.5)
  }

  @Test func lengthsDecideTheNormalizedAnswer() throws {
    // 2 nats over 1 character against 3 over 3.
    let measured = try measure([(original: (2, 3), product: (2, 3))], lengths: [1, 3])
    #expect(measured.figures[.accuracy]?.value == 1 && measured.figures[.accuracyNorm]?.value == 0)
  }

  @Test func aLikelihoodThatIsNoNumberIsNeverRight() throws {
    let measured = try measure([(original: (1, 2), product: (1, .nan)), (original: (1, 2), product: (.nan, 2))])
    #expect(measured.figures[.accuracy]?.value == 0 && measured.figures[.accuracyDrop]?.value == 1)
  }

  /// Newcombe (1998), table 1: Wilson's interval of 15 of 148. With no loss in 400 answers, a drop is not ruled out.
  @Test func intervalsStayHonestAtTheEnds() throws {
    let some = try measure(
      (0..<148).map { $0 < 15 ? (original: (1, 2), product: (1, 2)) : (original: (2, 1), product: (2, 1)) })
    let accuracy = try #require(some.figures[.accuracy])
    #expect(abs((accuracy.low ?? .nan) - 0.0624) < 1e-4 && abs((accuracy.high ?? .nan) - 0.1605) < 1e-4)
    let same = try measure((0..<400).map { _ in (original: (1, 2), product: (1, 2)) })
    let drop = try #require(same.figures[.accuracyDrop])
    #expect(drop.value == 0 && (drop.low ?? 0) < 0 && (drop.high ?? 0) > 0.003 && (drop.high ?? 1) < 0.01)
    #expect(same.figures[.accuracy]?.high == 1 && (same.figures[.accuracy]?.low ?? 1) < 0.995)
  }
}
