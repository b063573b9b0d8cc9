import LinearAlgebra
import Models
import Schemes
import Solvers
import TestSupport
import Tensors
import Testing
import Transforms

/// Every transform keeps the function of every architecture.
struct FunctionTests {
  static let models: [TinyModel] = [
    TinyModel(),
    TinyModel { $0.tiesOutput = true },
    // Sizes with a factor that is no power of two, and heads that share keys and values.
    TinyModel {
      $0.hidden = 80
      $0.headSize = 20
      $0.heads = 6
      $0.keyValueHeads = 2
      $0.intermediate = 56
    },
  ]
  static let transforms: [any Transform] = [
    Rotate(seed: 5), Rotate(seed: 5, heads: false), AWQ(steps: 4), SmoothQuant(strength: 0.5), SmoothQuant(strength: 1),
  ]

  @Test(arguments: models.indices, transforms.indices)
  func logitsStayWhatTheyAre(model: Int, transform: Int) throws {
    let folder = try TemporaryFolder()
    try Self.models[model].write(to: folder)
    let source = try ModelSource(path: folder.path("model"), on: Workers(count: 2))
    #expect(Self.transforms[transform].obstacle(source) == nil)
    let expected = try Forward(source).logits
    let found = try Forward(source, Self.transforms[transform])
    #expect(relativeDistance(found.logits, expected) <= 1e-4)
    #expect(found.changedWeights > 0)
  }

  /// Families in which a transform cannot be applied, and what it says.
  private static func obstacle(_ transform: any Transform, _ source: ModelSource) -> String? {
    guard let rotate = transform as? Rotate else { return nil }
    if !source.carried.isEmpty { return "beside the model of text" }
    let roles = Set(source.specs(layer: 0).map(\.role))
    if source.shape.choices.experts != nil { return "experts" }
    if source.shape.choices.norm != .rootMeanSquare { return "layer norms" }
    if source.shape.choices.altUp != nil { return "no norm before matrices" }
    if roles.contains(.attentionPostNorm) { return "norms between a matrix and the residual stream" }
    if roles.contains(.attentionQueryKeyValue) { return rotate.rotatesHeads ? "expected heads: false" : nil }
    return source.shape.choices.pooling == nil ? nil : "embeddings"
  }

  /// To a transform, experts that a folder stores together are what they are apart (`expertsAreEditedAsTheyAreApart`).
  /// Inputs that a model rounds to eight bits are rounded otherwise where a transform scales or turns them.
  private static let families = FamilyFixture.all.indices.filter { index in
    !["-fused", "-fp8"].contains { FamilyFixture.all[index].name.hasSuffix($0) }
  }

  @Test(arguments: families, transforms.indices)
  func logitsOfEveryFamilyStayWhatTheyAre(family: Int, transform: Int) throws {
    let fixture = FamilyFixture.all[family]
    let transform = Self.transforms[transform]
    let folder = try TemporaryFolder()
    let source = try ModelSource(path: try fixture.write(to: folder), on: Workers(count: 2))
    if let words = Self.obstacle(transform, source) {
      let obstacle = try #require(transform.obstacle(source))
      #expect(obstacle.contains(words))
      return
    }
    #expect(transform.obstacle(source) == nil)
    let expected = try Forward(source).logits
    let found = try Forward(source, transform)
    #expect(relativeDistance(found.logits, expected) <= 1e-4, "\(fixture.name)")
    // Of random weights no channel need matter more than others: AWQ may find no scale that costs less than none.
    let findsNothing =
      transform is AWQ && !found.records.isEmpty && found.records.allSatisfy { $0.errorAfter == $0.errorBefore }
    #expect(found.changedWeights > 0 || findsNothing, "\(fixture.name)")
  }

  @Test(arguments: ["mixtral-fused", "qwen3-moe-fused"], transforms.indices)
  func expertsAreEditedAsTheyAreApart(variant: String, transform: Int) throws {
    let transform = Self.transforms[transform]
    let folder = try TemporaryFolder()
    let isMixtral = variant.hasPrefix("mixtral")
    let parted = try FusedFixture.writeParted(
      variant, to: folder, modules: isMixtral ? ["w1", "w3", "w2"] : ["gate_proj", "up_proj", "down_proj"],
      rename: { isMixtral ? $0.replacing(".mlp.", with: ".block_sparse_moe.") : $0 })
    let apart = try ModelSource(path: parted, on: Workers(count: 2))
    let fused = try ModelSource(path: try FamilyFixture.named(variant).write(to: folder), on: Workers(count: 2))
    guard transform.obstacle(fused) == nil else {
      #expect(transform.obstacle(fused) == transform.obstacle(apart))
      return
    }
    let (found, expected) = (try Forward(fused, transform), try Forward(apart, transform))
    for (block, other) in zip(found.edited, expected.edited) {
      for spec in fused.specs(layer: block.layer) {
        #expect(block.weights[spec].matrix.array() == other.weights[spec].matrix.array(), "\(spec.label)")
      }
    }
    #expect(found.records == expected.records && !found.records.isEmpty)
    // Of random weights no channel need matter more than others: in mixtral-fused every scale that is tried costs more than none
    // (those of SmoothQuant too), and AWQ leaves all at 1.
    #expect((found.changedWeights > 0) == found.records.contains { $0.errorAfter != $0.errorBefore })
  }

  /// What a transform says of the statistics is what the edited block would show.
  @Test(arguments: [AWQ(steps: 4) as any Transform, SmoothQuant(strength: 0.7)].indices)
  func statisticsAreThoseOfTheEditedBlock(index: Int) throws {
    let transform = [AWQ(steps: 4) as any Transform, SmoothQuant(strength: 0.7)][index]
    let folder = try TemporaryFolder()
    try TinyModel().write(to: folder)
    let source = try ModelSource(path: folder.path("model"), on: Workers(count: 2))
    let forward = try Forward(source, transform)
    for block in forward.edited {
      let seen = forward.observe(block.weights, layer: block.layer)
      for (site, statistics) in block.statistics {
        let actual = try #require(seen[site])
        #expect(relativeDistance(statistics.hessian.array(), actual.hessian.array()) <= 1e-4)
      }
    }
  }

  @Test func aSizeWithoutAHadamardMatrixIsAnObstacle() throws {
    let folder = try TemporaryFolder()
    try TinyModel { $0.hidden = 46 }.write(to: folder)
    let source = try ModelSource(path: folder.path("model"), on: Workers(count: 1))
    let obstacle = try #require(Rotate().obstacle(source))
    #expect(obstacle.contains("hidden size of 46"))
    try TinyModel { $0.headSize = 6 }.write(to: folder, as: "heads")
    let heads = try ModelSource(path: folder.path("heads"), on: Workers(count: 1))
    #expect(try #require(Rotate().obstacle(heads)).contains("head size of 6"))
    #expect(Rotate(heads: false).obstacle(heads) == nil)
  }
}

/// One short text through a whole model, every block edited after it was observed.
final class Forward {
  private(set) var logits: [Float] = []
  /// The blocks as the transform left them.
  private(set) var edited: [ObservedBlock] = []
  /// What it says that it did.
  private(set) var records: [TransformRecord] = []
  /// Matrices of all blocks that are not what they were.
  private(set) var changedWeights = 0
  private var inputs: [[Edge: SharedMatrix]] = []
  private let decoder: Decoder

  private static let tokens: [Int32] = (0..<48).map { Int32($0 * 37 % 250) }
  private static let sequences = SequenceRows(rows: 48, length: 16)

  init(_ source: ModelSource, _ transform: (any Transform)? = nil) throws {
    let workers = Workers(count: 2)
    let model = transform?.applied(to: source, on: workers) ?? source
    decoder = Decoder(model, sequenceLength: 16, on: workers)
    let edges = decoder.enter(Self.tokens, try model.input())
    for layer in 0..<model.shape.layers {
      let matrices = source.specs(layer: layer).filter { $0.site != nil && $0.expert == nil }.map(\.role)
      inputs.append(
        Dictionary(uniqueKeysWithValues: edges.all.map { ($0, SharedMatrix(edges[$0].matrix.copy())) }))
      let before = try source.block(layer)
      var block = ObservedBlock(
        layer: layer, wiring: model.architecture.wiring(model.shape, layer: layer), weights: try model.block(layer),
        statistics: [:])
      block.statistics = observe(block.weights, layer: layer)
      let schemes: [Role: any Scheme] = Dictionary(
        uniqueKeysWithValues: matrices.map { ($0, FourColumns()) })
      records += transform?.edit(&block, schemes, on: workers) ?? []
      for role in matrices where before[role].matrix.array() != block.weights[role].matrix.array() {
        changedWeights += 1
      }
      edited.append(block)
      decoder.run(nil, block.weights, edges, Self.sequences)
    }
    let hidden = edges.takeStream()
    guard model.shape.choices.head == .nextToken else {
      logits = hidden.array()
      return
    }
    let normalized = decoder.normalize(
      hidden, try model.matrix(.outputNorm), bias: try model.optional(.outputNormBias))
    let output = try model.matrix(model.shape.tiedOutput ? .tokenEmbedding : .output)
    logits = decoder.logits(normalized, output, bias: try model.optional(.outputBias)).array()
  }

  /// What the sites of a block see of the text.
  func observe(_ block: BlockWeights, layer: Int) -> [Site: ActivationStatistics] {
    let edges = Edges()
    for (edge, matrix) in inputs[layer] { edges[edge] = HeldMatrix(matrix.matrix.copy()) }
    var statistics: [Site: ActivationStatistics] = [:]
    decoder.run(nil, block, edges, Self.sequences) { site, activations, _ in
      var gram = GramMatrix(size: activations.columns)
      gram.add(activations, on: Workers(count: 1))
      statistics[site] = ActivationStatistics(gram, on: Workers(count: 2))
    }
    return statistics
  }

  /// Of a Llama.
  static let matrices: [Role] = [
    .attentionQuery, .attentionKey, .attentionValue, .attentionOutput, .feedForwardGate, .feedForwardUp,
    .feedForwardDown,
  ]
}

/// Three bits in groups of four columns, so that every size of a tiny model fits.
struct FourColumns: Scheme {
  var name: String { "test" }
  var levels: Levels { .uniform(lowest: -4, count: 8) }
  var columnsPerGroup: Int { 4 }
  var columnsPerBlock: Int { 4 }
  var bytesPerBlock: Int { 8 }

  func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    GridRow(
      scales: stride(from: 0, to: weights.count, by: 4).map { start in
        (start..<start + 4).map { abs(weights[$0]) }.max().map { $0 / 4 } ?? 0
      })
  }

  func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for index in 0..<codes.count {
      if index % 4 == 0 { bytes.append(grid.scales[index / 4].bitPattern) }
      bytes.append(codes[index])
    }
  }

  func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for index in 0..<values.count {
      let scale = Float(bitPattern: bytes.littleEndian(UInt32.self, at: index / 4 * 8))
      let code = bytes.littleEndian(UInt8.self, at: index / 4 * 8 + 4 + index % 4)
      values[index] = scale * (Float(code) - 4)
    }
  }
}
