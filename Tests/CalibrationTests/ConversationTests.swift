import Calibration
import Checkpoints
import TestSupport
import Testing
import Tokenizers

/// Conversations as corpora. The tiny tokenizer has letters only, so that templates are of letters too.
@Suite struct ConversationTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func tokenizer(template: String?, addsBOS: Bool = true) throws -> Tokenizer {
    let path = try TinyTokenizer.write(to: folder, addsBOS: addsBOS)
    if let template { try folder.write("model/chat_template.jinja", template) }
    return try .load(folder: path)
  }

  private static let template =
    "{{ bos_token }}{% for m in messages %}{{ m.role[0] }} {{ m.content }}{{ eos_token }}{% endfor %}"
  private static let lines = """
    {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "you"}]}
    {"messages": [{"role": "user", "content": "bye"}]}
    """

  private func corpus(_ text: String, field: String = "messages") throws -> Corpus {
    Corpus(path: try folder.write("c.jsonl", text), field: field)
  }

  @Test func theTemplateWritesThemAndSpecialTokensAreParsed() throws {
    let documents = try tokenizer(template: Self.template).encode(corpus(Self.lines))
    let (bos, eos) = (TinyTokenizer.bos, TinyTokenizer.eos)
    let first = [bos] + TinyTokenizer.ids("u hi") + [eos] + TinyTokenizer.ids("a you") + [eos]
    #expect(documents.map(\.ids) == [first, [bos] + TinyTokenizer.ids("u bye") + [eos]])
    #expect(documents.allSatisfy { $0.isConversation })
  }

  /// The stream has one `bos` at its start, and no token between conversations that templates did not write.
  @Test func theyFollowOneAnotherAsTheyAreWritten() throws {
    let tokenizer = try tokenizer(template: Self.template)
    let sampler = TokenSampler(tokenizer, vocabularySize: TinyTokenizer.vocabularySize)
    let stream = try tokenizer.encode(corpus(Self.lines)).flatMap(\.ids)
    let sequences = try sampler.leading([corpus(Self.lines)], tokens: stream.count, context: stream.count)
    #expect(sequences.first?.tokens == stream)
  }

  @Test func textsAndConversationsMayStandTogether() throws {
    let text = #"{"messages": "plain"}"# + "\n" + Self.lines
    let documents = try tokenizer(template: Self.template).encode(corpus(text))
    #expect(documents.map(\.isConversation) == [false, true, true])
    #expect(documents[0].ids == TinyTokenizer.ids("plain"))
  }

  @Test func toolsReachTheTemplate() throws {
    let template = "{% for t in tools or [] %}{{ t.name }}{% endfor %}{{ messages[0].content }}"
    let text = #"{"messages": [{"role": "user", "content": "x"}], "tools": [{"name": "f"}]}"#
    let documents = try tokenizer(template: template).encode(corpus(text))
    #expect(documents.map(\.ids) == [TinyTokenizer.ids("fx")])
  }

  @Test func aModelWithoutATemplateIsRefused() throws {
    let corpus = try corpus(Self.lines)
    let tokenizer = try tokenizer(template: nil)
    #expect(throws: CalibrationError.noChatTemplate(path: corpus.path)) { try tokenizer.encode(corpus) }
  }

  @Test(arguments: [
    ("a\n{% frob %}", nil, "line 2 of the chat template is not understood"),
    ("{{ raise_exception('only one turn') if messages | length > 1 }}", 1, "refuses the conversation: only one turn"),
    ("\n{{ messages[0].content.nothing.more }}", 1, "line 2 of the chat template fails"),
  ])
  func templatesThatFailAreNamed(_ template: String, _ line: Int?, _ reason: String) throws {
    let corpus = try corpus(Self.lines)
    let tokenizer = try tokenizer(template: template)
    let error = try #require(throws: CalibrationError.self) { try tokenizer.encode(corpus) }
    guard case .chatTemplate(corpus.path, line.map { .line($0) }, let found) = error else {
      Issue.record("expected the template to fail, not \(error)")
      return
    }
    #expect(found.contains(reason), "\(found)")
  }

  @Test(arguments: [
    (#"{"messages": []}"#, "no messages"), (#"{"messages": ["hi"]}"#, "messages[0]"),
    (#"{"messages": [{"content": "x"}]}"#, "a role and a content"),
    (#"{"messages": [{"role": "user", "content": "x"}, {"role": "user"}]}"#, "messages[1] has no content"),
    (#"{"messages": 7}"#, "no list of messages; the object has: messages"),
  ])
  func linesThatAreNoConversationsAreNamed(_ text: String, _ reason: String) throws {
    let corpus = try corpus("\n" + text)
    let error = try #require(throws: CalibrationError.self) { try corpus.documents() }
    guard case .malformed(corpus.path, 2, let found) = error else {
      Issue.record("expected line 2 to be malformed, not \(error)")
      return
    }
    #expect(found.contains(reason), "\(found)")
  }

  /// A mark of the byte order is no text: not at the start of a plain text, and not before a line of JSON.
  @Test func aByteOrderMarkAtTheStartIsNoText() throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let plain = Corpus(path: try folder.write("a.txt", mark + Array("a\u{FEFF}b".utf8)))
    #expect(try plain.documents() == [.text("a\u{FEFF}b")])
    let lines = Corpus(path: try folder.write("a.jsonl", mark + Array(#"{"text": "a"}"#.utf8)), field: "text")
    #expect(try lines.documents() == [.text("a")])
    let empty = Corpus(path: try folder.write("b.txt", mark))
    #expect(throws: CalibrationError.empty(path: empty.path)) { try empty.documents() }
  }
}
