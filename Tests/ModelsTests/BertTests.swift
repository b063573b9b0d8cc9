import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// Encoders against transformers, beside what `FamilyTests` holds them to.
struct BertTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  private static let poolings: [String: Pooling] = [
    "bert-mean": .mean, "bert-cls": .cls, "qwen3-embedding": .last, "xlm-roberta": .cls, "roberta": .mean,
    "modernbert": .cls,
  ]
  private static let variants = poolings.keys.sorted()

  private func hidden(_ model: ModelSource, _ texts: [[Int32]]) throws -> Matrix {
    let sequences = SequenceRows(lengths: texts.map(\.count))
    let decoder = Decoder(model, sequenceLength: sequences.longest, on: workers)
    var hidden = decoder.embed(texts.flatMap { $0 }, try model.input(), sequences)
    for layer in 0..<model.shape.layers { decoder.run(try model.block(layer), &hidden, sequences) }
    guard let norm = try model.optional(.outputNorm) else { return hidden }
    return decoder.normalize(hidden, norm.matrix, bias: try model.optional(.outputNormBias))
  }

  @Test(arguments: Self.variants)
  func embeddingsAreThoseOfSentenceTransformers(name: String) throws {
    let fixture = FamilyFixture.named(name)
    let model = try ModelSource(path: try fixture.write(to: folder), on: workers)
    let pooling = try #require(model.shape.choices.pooling)
    #expect(pooling == Self.poolings[name])
    let hidden = try hidden(model, [fixture.tokens])
    let embedding = pooling.embeddings(hidden, SequenceRows(lengths: [fixture.tokens.count])).array()
    let expected = try #require(fixture.embedding)
    #expect(relativeDistance(embedding, expected) < 2e-5)
  }

  /// Texts of several lengths in one batch are each what they are alone.
  @Test(arguments: Self.variants)
  func textsDoNotSeeEachOther(name: String) throws {
    let fixture = FamilyFixture.named(name)
    let model = try ModelSource(path: try fixture.write(to: folder), on: workers)
    let texts = [Array(fixture.tokens[..<7]), Array(fixture.tokens), [3], Array(fixture.tokens[5..<30])]
    let together = try hidden(model, texts)
    var first = 0
    for text in texts {
      let alone = try hidden(model, [text]).array()
      let rows = together.copy(rows: first..<first + text.count).array()
      #expect(relativeDistance(rows, alone) < 1e-5)
      first += text.count
    }
  }

  /// A token that comes later changes what comes before.
  @Test(arguments: ["bert-mean", "xlm-roberta", "modernbert"])
  func tokensSeeWhatComesLater(name: String) throws {
    let fixture = FamilyFixture.named(name)
    let model = try ModelSource(path: try fixture.write(to: folder), on: workers)
    var changed = fixture.tokens
    changed[changed.count - 1] = (changed[changed.count - 1] + 1) % 384
    let a = try hidden(model, [fixture.tokens])
    let b = try hidden(model, [changed])
    #expect(a.copy(rows: 0..<1).array() != b.copy(rows: 0..<1).array())
  }

  @Test func pooledStates() {
    let hidden = Matrix(rows: 5, columns: 2, [3, 0, 1, 0, 0, 0, 0, 2, 0, -5])
    let texts = SequenceRows(lengths: [2, 1, 2])
    #expect(Pooling.mean.embeddings(hidden, texts).array() == [1, 0, 0, 0, 0, -1])
    #expect(Pooling.cls.embeddings(hidden, texts).array() == [1, 0, 0, 0, 0, 1])
    #expect(Pooling.last.embeddings(hidden, texts).array() == [1, 0, 0, 0, 0, -1])
  }

  @Test func whatIsNotAnEncoderIsRefused() throws {
    for (key, value) in [
      ("is_decoder", "true"), ("add_cross_attention", "true"), ("position_embedding_type", "\"relative_key\""),
      ("hidden_act", "\"relu\""), ("type_vocab_size", "0"),
    ] {
      let path = try FamilyFixture.named("bert-mean").write(to: folder, changing: [key: value])
      let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
      #expect(error?.description.contains("config.json: \(key): found") == true, "\(String(describing: error))")
    }
  }

  /// Files of sentence-transformers that are not understood: which file, what was found, what was expected.
  @Test(
    arguments: [
      ("modules.json", "{}", "found an object of 0 keys, expected an array of objects"),
      ("modules.json", "[]", "modules.json: type: found no module Pooling, expected one"),
      ("modules.json", #"[{"type": "Pooling"}]"#, "modules.json: path: found nothing, expected a string"),
      (
        "modules.json", #"[{"type": "sentence_transformers.Pooling", "path": "../x"}]"#,
        "expected a folder inside of the model's"
      ),
      ("modules.json", #"[{"type": "Pooling", "path": "2_Pooling"}]"#, "2_Pooling/config.json: not there"),
      ("modules.json", #"[{"type": "Dense", "path": "2_Dense"}]"#, "found the module Dense, expected Transformer"),
      (
        "modules.json", #"[{"type": "a.Pooling", "path": "1_Pooling"}]"#,
        "found the module Pooling of another library, expected"
      ),
      (
        "modules.json", #"[{"type": "Pooling", "path": "1_Pooling"}, {"type": "Pooling", "path": "1_Pooling"}]"#,
        "found the module Pooling, expected"
      ),
      (
        "modules.json", #"[{"type": "Normalize", "path": "2"}, {"type": "Pooling", "path": "1_Pooling"}]"#,
        "found the module Pooling, expected Transformer, Pooling and Normalize"
      ),
      (
        "modules.json",
        #"[{"type": "Transformer", "path": "0_Transformer"}, {"type": "Pooling", "path": "1_Pooling"}]"#,
        "path: found the encoder in 0_Transformer"
      ),
      (
        "1_Pooling/config.json", #"{"pooling_mode": "mean", "pooling_mode_cls_token": true}"#,
        "pooling_mode_cls_token: found true, expected false, as pooling_mode says"
      ),
      (
        "1_Pooling/config.json", #"{"pooling_mode": "mean", "word_embedding_dimension": 32}"#,
        "word_embedding_dimension: found 32, expected 64"
      ),
      ("sentence_bert_config.json", #"{"do_lower_case": true}"#, "do_lower_case: found true, expected false"),
      (
        "config_sentence_transformers.json", #"{"prompts": {"query": "query: "}, "default_prompt_name": "query"}"#,
        #"default_prompt_name: found "query", expected nothing"#
      ),
      ("config_sentence_transformers.json", #"{"truncate_dim": 32}"#, "truncate_dim: found 32"),
      (
        "1_Pooling/config.json", #"{"pooling_mode_max_tokens": true}"#,
        "pooling_mode_max_tokens: found pooling_mode_max_tokens, expected mean, cls or lasttoken"
      ),
      (
        "1_Pooling/config.json", #"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}"#,
        "found pooling_mode_cls_token and pooling_mode_mean_tokens"
      ),
      ("1_Pooling/config.json", "{}", "1_Pooling/config.json: pooling_mode: found nothing"),
      ("1_Pooling/config.json", #"{"pooling_mode": "max"}"#, #"pooling_mode: found "max", expected mean"#),
      ("1_Pooling/config.json", #"{"pooling_mode_cls_token": 1}"#, "expected true or false"),
    ])
  func malformedPooling(file: String, content: String, words: String) throws {
    let path = try FamilyFixture.named("bert-mean").write(to: folder)
    try folder.write("model/\(file)", content)
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test(arguments: [("mean", Pooling.mean), ("cls", .cls), ("lasttoken", .last)])
  func newerConfigurationsNameOneMode(mode: String, pooling: Pooling) throws {
    let path = try FamilyFixture.named("bert-mean").write(to: folder)
    try folder.write("model/1_Pooling/config.json", #"{"pooling_mode": "\#(mode)"}"#)
    #expect(try ModelSource(path: path, on: workers).shape.choices.pooling == pooling)
  }

  /// What changes no embedding is taken, and where texts would be cut is told.
  @Test func otherFilesOfTheLibraryAreRead() throws {
    let path = try FamilyFixture.named("bert-mean").write(to: folder)
    try folder.write("model/sentence_bert_config.json", #"{"max_seq_length": 128, "do_lower_case": false}"#)
    try folder.write(
      "model/config_sentence_transformers.json",
      #"{"prompts": {"query": "", "document": "passage: "}, "default_prompt_name": null, "similarity_fn_name": "cosine"}"#
    )
    let model = try ModelSource(path: path, on: workers)
    #expect(model.notes.count == 1 && model.notes[0].contains("max_seq_length"), "\(model.notes)")
  }

  @Test func aFolderWithoutModulesIsRefused() throws {
    let path = try FamilyFixture.named("bert-mean").write(to: folder)
    try folder.remove("model/modules.json")
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    #expect(error?.description.contains("model/modules.json: not there; looked for the list of modules") == true)
  }
}
