import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// The same model from a folder and from a GGUF file, and files that describe none.
struct GGUFModelTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Writes a tiny model as GGUF: keys may be replaced or (nil) removed, and tensors added.
  private func write(
    _ model: TinyLlama = TinyLlama(), _ changes: [String: GGUFValue?] = [:],
    adding extra: [(name: String, shape: [Int], values: [Float])] = [], dropping dropped: String? = nil
  ) throws -> String {
    let source = try ModelSource(path: try model.write(to: folder), on: workers)
    var metadata = GGUFMetadata(path: folder.path("model.gguf"))
    metadata["general.architecture"] = .string("llama")
    for (key, value) in source.architecture.metadata(source.shape) { metadata[key] = value }
    for (key, value) in changes {
      metadata.remove(key)
      metadata[key] = value
    }
    var tensors = source.weights.filter { $0.ggufName != dropped }.map { spec in
      (name: spec.ggufName, shape: spec.shape, values: Self.rows(spec, model[spec.huggingFaceName]?.values ?? []))
    }
    tensors += source.architecture.derivedTensors(source.shape).map { ($0.name, $0.shape, $0.values) }
    tensors += extra
    let type = try #require(GGUFTensorType.named("f32"))
    var writer = try GGUFWriter(
      path: folder.path("model.gguf"), metadata: metadata,
      tensors: tensors.map { GGUFPlannedTensor(name: $0.name, shape: $0.shape, type: type) })
    for tensor in tensors { try writer.append(tensor.values.span.bytes, to: tensor.name) }
    try writer.finish().publish()
    return folder.path("model.gguf")
  }

  /// Rows in the order that the file wants.
  private static func rows(_ spec: WeightSpec, _ values: [Float]) -> [Float] {
    spec.forGGUF(Matrix(rows: spec.rows, columns: spec.columns, values)).array()
  }

  @Test(arguments: [true, false])
  func theWeightsAreThoseOfTheFolder(tied: Bool) throws {
    let model = TinyLlama(tied: tied)
    let file = try ModelSource(path: try write(model), on: workers)
    let other = try ModelSource(path: folder.path("model"), on: workers)
    #expect(file.shape == other.shape)
    #expect(file.weights == other.weights)
    for spec in file.weights {
      #expect(try file.matrix(spec).array() == model[spec.huggingFaceName]?.values, "\(spec.ggufName)")
    }
    // The file itself holds rotated rows elsewhere.
    let query = try file.source.matrix("blk.0.attn_q.weight").array()
    #expect(query != model["model.layers.0.self_attn.q_proj.weight"]?.values)
  }

  @Test func scaledFrequenciesComeBackAsDivisors() throws {
    var model = TinyLlama()
    model.config["rope_scaling"] =
      #"{"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 32}"#
    let file = try ModelSource(path: try write(model), on: workers)
    let other = try ModelSource(path: folder.path("model"), on: workers)
    #expect(other.shape.rotary.frequencyDivisors == file.shape.rotary.frequencyDivisors.map { Double(Float($0)) })
    #expect(file.shape.rotary.frequencyDivisors.contains { $0 != 1 })
  }

  @Test func linearScalingComesBack() throws {
    var model = TinyLlama()
    model.config["rope_scaling"] = #"{"rope_type": "linear", "factor": 2.5}"#
    let file = try ModelSource(path: try write(model), on: workers)
    #expect(file.shape.rotary == RotaryEmbedding(base: 10_000, dimensions: 4, scaling: .linear(factor: 2.5)))
  }

  @Test func keysThatMayBeMissingHaveDefaults() throws {
    let file = try ModelSource(
      path: try write(
        TinyLlama(),
        ["llama.attention.key_length": nil, "llama.rope.freq_base": nil, "llama.rope.dimension_count": nil]),
      on: workers)
    #expect(file.shape == (try ModelSource(path: folder.path("model"), on: workers).shape))
  }

  @Test(
    arguments: [
      ("general.architecture", nil), ("general.architecture", .string("gpt1")), ("general.architecture", .uint32(1)),
      ("llama.embedding_length", nil), ("llama.embedding_length", .uint32(0)),
      ("llama.embedding_length", .uint64(.max)), ("llama.attention.head_count", .uint32(0)),
      ("llama.attention.head_count", .int32(-4)), ("llama.attention.head_count", .string("4")),
      ("llama.attention.head_count", .uint64(1 << 62)), ("llama.attention.head_count_kv", .uint32(0)),
      ("llama.attention.head_count_kv", .uint32(3)), ("llama.attention.key_length", .int64(-4)),
      ("llama.attention.key_length", .uint32(0)), ("llama.block_count", nil), ("llama.block_count", .int32(-1)),
      ("llama.feed_forward_length", nil), ("llama.context_length", .uint32(0)),
      ("llama.attention.layer_norm_rms_epsilon", nil), ("llama.attention.layer_norm_rms_epsilon", .float32(.nan)),
      ("llama.attention.layer_norm_rms_epsilon", .float32(-1)), ("llama.rope.freq_base", .float32(0)),
      ("llama.rope.freq_base", .float32(.infinity)), ("llama.rope.dimension_count", .uint32(2)),
      ("llama.rope.scaling.type", .string("ntk")), ("llama.rope.scaling.type", .bool(true)),
    ] as [(String, GGUFValue?)])
  func keysThatDescribeNoModelAreNamed(key: String, value: GGUFValue?) throws {
    let path = try write(TinyLlama(), [key: value])
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    guard case .setting(path: path, key: key, _, _) = error else {
      Issue.record("expected an error about \(key), not \(String(describing: error))")
      return
    }
  }

  @Test func linearScalingNeedsAFactor() throws {
    let path = try write(TinyLlama(), ["llama.rope.scaling.type": .string("linear")])
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    guard case .setting(_, "llama.rope.scaling.factor", _, _) = error else {
      Issue.record("expected an error about the factor, not \(String(describing: error))")
      return
    }
  }

  @Test func headsOfAnOddSizeAreRefused() throws {
    let path = try write(TinyLlama(), ["llama.attention.key_length": .uint32(5)])
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    #expect(error?.description.contains("heads of an even size, not of 5") == true)
  }

  @Test(arguments: [[1], [1, 1, 1], [1, 0], [1, -2]] as [[Float]])
  func divisorsThatDoNotFitAreRefused(divisors: [Float]) throws {
    let path = try write(adding: [("rope_freqs.weight", [divisors.count], divisors)])
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    guard case .malformed(path: path, .tensor("rope_freqs.weight", _), _, expected: "2 positive numbers") = error else {
      Issue.record("expected an error about rope_freqs.weight, not \(String(describing: error))")
      return
    }
  }

  @Test(arguments: [[16 * 48], [48, 4, 4]])
  func anEmbeddingTableHasTwoSides(shape: [Int]) throws {
    let values = [Float](repeating: 1, count: shape.reduce(1, *))
    let path = try write(adding: [("token_embd.weight", shape, values)], dropping: "token_embd.weight")
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    guard case .malformed(path: path, .tensor("token_embd.weight", "shape"), _, _) = error else {
      Issue.record("expected an error about token_embd.weight, not \(String(describing: error))")
      return
    }
  }
}
