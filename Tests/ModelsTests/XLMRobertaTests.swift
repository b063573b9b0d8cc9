import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// RoBERTa and XLM-RoBERTa, beside what `FamilyTests` and `BertTests` hold encoders to.
struct XLMRobertaTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  /// The table of positions begins behind the row of padding, whatever row that is.
  @Test(arguments: [0, 1, 7])
  func positionsBeginBehindPadding(padding: Int) throws {
    let fixture = FamilyFixture.named("xlm-roberta")
    let model = try ModelSource(
      path: try fixture.write(to: folder, changing: ["pad_token_id": "\(padding)"]), on: workers)
    #expect(model.shape.contextLength == 257 - padding)
    let name = "embeddings.position_embeddings.weight"
    let stored = try model.source.matrix(name, workers: workers)
    let positions = try model.matrix(.positionEmbedding)
    #expect(stored.rows == 258 && positions.rows == model.shape.contextLength)
    #expect(positions.array() == stored.copy(rows: padding + 1..<258).array())
  }

  @Test func aMissingPaddingTokenIsThatOfTheClass() throws {
    let path = try FamilyFixture.named("roberta").write(to: folder, changing: ["pad_token_id": nil as String?])
    #expect(try ModelSource(path: path, on: workers).shape.contextLength == 256)
  }

  @Test(arguments: [
    ("pad_token_id", "null"), ("pad_token_id", "-1"), ("pad_token_id", "257"), ("pad_token_id", "\"<pad>\""),
    ("is_decoder", "true"), ("position_embedding_type", "\"relative_key\""),
  ])
  func whatIsNotUnderstoodIsRefused(key: String, value: String) throws {
    let path = try FamilyFixture.named("xlm-roberta").write(to: folder, changing: [key: value])
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    #expect(error?.description.contains("config.json: \(key): found") == true, "\(String(describing: error))")
  }
}
