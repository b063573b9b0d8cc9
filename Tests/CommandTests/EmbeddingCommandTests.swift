import Checkpoints
import Foundation
import TestSupport
import Testing

/// The commands on a model that makes embeddings.
@Suite struct EmbeddingCommandTests {
  private let folder: TemporaryFolder
  private let model: String
  private let texts: String

  init() throws {
    folder = try TemporaryFolder()
    try EncoderFixture.write("bert-mean", to: folder)
    model = folder.path("model")
    texts = try folder.write("texts.txt", EncoderFixture.texts(count: 30, seed: 3))
  }

  @Test func measuresAgainstAnotherModel() throws {
    let result = try Command("eval", model, "--text", texts, "--context", "64", "--against", model, "--json").run()
    #expect(result.status == 0, "\(result.errors)")
    let found = try answer(result.output)
    #expect(found["texts"] as? Int == 30)
    let embeddings = try #require((found["comparison"] as? [String: Any])?["embeddings"] as? [String: Any])
    let figures = try #require((embeddings["all"] as? [String: Any])?["figures"] as? [String: Any])
    for measure in ["mean_cosine", "p1_cosine", "min_cosine"] {
      let value = try #require((figures[measure] as? [String: Any])?["value"] as? Double)
      #expect(abs(value - 1) < 1e-6)
    }
    let summary = try Command("eval", model, "--text", texts, "--context", "64", "--against", model).run()
    #expect(summary.output.contains("mean cosine similarity") && summary.output.contains("30 texts"))
  }

  @Test func writesEmbeddings() throws {
    let path = folder.path("e.safetensors")
    let result = try Command("eval", model, "--text", texts, "--context", "64", "--embeddings", path).run()
    #expect(result.status == 0, "\(result.errors)")
    let file = try SafetensorsFile(path: path)
    #expect(file.tensors["embeddings"]?.shape == [30, 64] && file.tensors["tokens"]?.shape == [30])
  }

  @Test(arguments: [
    (["--text", "texts.txt", "--context", "64"], "makes embeddings, which are measured against another model's"),
    (["--text", "texts.txt"], "found --context 512, expected at most the 256 positions"),
    (["--text", "texts.txt", "--context", "64", "--logits", "l.safetensors"], "--logits:"),
    (["--task", "texts.txt"], "--task:"),
    (["--text", "texts.txt", "--context", "64", "--floor", "--against", "model"], "--floor:"),
  ])
  func refusesWhatEncodersDoNotDo(arguments: [String], words: String) throws {
    var command = Command("eval", "model", in: folder.url.path)
    command.arguments += arguments
    let result = try command.run()
    #expect(result.status == 1 && result.errors.contains(words), "\(result.errors)")
  }

  @Test func inspectsAndCutsIntoTokens() throws {
    #expect(try Command("inspect", model).run().output.contains("embeddings.word_embeddings.weight"))
    let tokens = try Command("tokenize", model, "--text", texts, "--special").run()
    #expect(tokens.status == 0 && tokens.output.hasPrefix("2 "), "\(tokens.errors)\(tokens.output.prefix(40))")
  }

  @Test func decodersWriteNoEmbeddings() throws {
    let project = try TinyProject()
    let result = try Command(
      "eval", project.path("model"), "--text", project.path("heldout.txt"), "--embeddings", folder.path("e")
    ).run()
    #expect(result.status == 1 && result.errors.contains("predicts tokens and makes no embeddings"))
  }
}
