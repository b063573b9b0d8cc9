import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// ModernBERT, beside what `FamilyTests` and `BertTests` hold encoders to.
struct ModernBERTTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  private func open(_ changes: [String: String?] = [:]) throws -> ModelSource {
    try ModelSource(path: try FamilyFixture.named("modernbert").write(to: folder, changing: changes), on: workers)
  }

  /// Every third layer sees everything, the first among them, and turns by another base.
  @Test func layersDiffer() throws {
    let shape = try open().shape
    let rules = (0..<shape.layers).map { shape.choices.attention(layer: $0) }
    #expect(rules.map(\.window) == [nil, 12, 12, nil])
    #expect(rules.map(\.positions) == [.main, .local, .local, .main])
    #expect(shape.rotary.base == 160_000 && shape.choices.localRotary?.base == 10_000)
  }

  @Test func theFirstBlockHasNoNormBeforeAttention() throws {
    let model = try open()
    let withNorm = (0..<model.shape.layers).filter { model.spec(.attentionNorm, layer: $0) != nil }
    #expect(withNorm == [1, 2, 3])
  }

  /// A token reaches half a window to either side, and no further.
  @Test func windowsReachHalfTheirSizeToEitherSide() throws {
    let sequences = SequenceRows(lengths: [9])
    let queries = Matrix(rows: 9, columns: 2)
    // Each token's value is its own place: with equal scores the sum of what is seen tells which those are.
    let values = Matrix(rows: 9, columns: 2) { row, column in column == 0 ? Float(row) : 1 }
    let seen = attend(
      q: queries, k: queries, v: values, headSize: 2, sequences: sequences, mask: .bidirectional, window: 5, on: workers
    )
    let means = (0..<9).map { row -> Float in
      let places = max(0, row - 2)...min(8, row + 2)
      return Float(places.reduce(0, +)) / Float(places.count)
    }
    for row in 0..<9 { #expect(abs(seen[row, 0] - means[row]) < 1e-5 && abs(seen[row, 1] - 1) < 1e-5) }
  }

  /// Older configurations say by one number which layers see everything.
  @Test func intervalsAreRead() throws {
    let shape = try open(["layer_types": nil, "global_attn_every_n_layers": "2"]).shape
    #expect((0..<4).map { shape.choices.attention(layer: $0).window } == [nil, 12, nil, 12])
  }

  @Test(arguments: [
    ("global_attn_every_n_layers", "2"), ("local_attention", "null"), ("sliding_window", "6"), ("norm_bias", "true"),
    ("attention_bias", "true"), ("mlp_bias", "true"), ("hidden_activation", "\"relu\""), ("local_rope_theta", "70"),
    ("global_rope_theta", "70"),
  ])
  func whatIsNotUnderstoodIsRefused(key: String, value: String) throws {
    let error = #expect(throws: CheckpointError.self) { try open([key: value]) }
    #expect(error?.description.contains(key) == true, "\(String(describing: error))")
  }

  /// A layer of gates through another activation goes into a GGUF file by name.
  @Test func activationsAreNamedInGGUFFiles() throws {
    let model = try open(["hidden_activation": "\"silu\""])
    let file = try ModelSource(path: try FamilyGGUF.write(model, to: folder), on: workers)
    #expect(model.shape.choices.activation == .silu && file.shape.choices.activation == .silu)
    let path = try FamilyGGUF.write(model, to: folder, changing: ["modern-bert.hidden_activation": .string("relu")])
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    #expect(error?.description.contains("modern-bert.hidden_activation: found") == true)
  }
}
