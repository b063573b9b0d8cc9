import Foundation
import Models
import TestSupport
import Tensors
import Testing

/// The way back through every kind of step, and through whole blocks, against finite differences in double precision.
struct AdjointTests {
  private static func shape(hidden: Int) -> DecoderShape {
    DecoderShape(
      layers: 1, hiddenSize: hidden, intermediateSize: 40, heads: 4, keyValueHeads: 2, headSize: 6, vocabularySize: 11,
      contextLength: 256, normEpsilon: 1e-5, rotary: RotaryEmbedding(base: 100, dimensions: 6), tiedOutput: false)
  }

  private static let steps: [String: (hidden: Int, steps: [any Step])] = {
    func norm(_ kind: Norm.Kind, headSize: Int? = nil) -> [any Step] {
      [Norm(.attentionNorm, kind, epsilon: 1e-5, from: .blockInput, to: .blockOutput, headSize: headSize)]
    }
    func attention(_ change: (inout Attention) -> Void = { _ in }) -> [any Step] {
      var attention = Attention(queries: "q", keys: "k", values: "v", to: .blockOutput, headSize: 6)
      change(&attention)
      return [Split(.blockInput, into: [("q", 24), ("k", 12), ("v", 12)]), attention]
    }
    func gated(_ activation: Activation) -> [any Step] {
      [
        Split(.blockInput, into: [("gate", 9), ("up", 9)]),
        Activate(activation, "gate", times: "up", to: .blockOutput),
      ]
    }
    func experts(
      _ normalizes: Bool, shared: Bool, scored: Edge? = nil, from: Edge = .blockInput,
      _ change: (inout Experts) -> Void = { _ in }
    ) -> [any Step] {
      var experts = Experts(count: 4, used: 2, size: 7, normalizesWeights: normalizes)
      change(&experts)
      func expert(_ roles: [Role], from: Edge, product: Edge) -> BlockSteps {
        BlockSteps(
          [
            Linear(roles[0], from: from, to: "gate", rows: 7), Linear(roles[1], from: from, to: "up", rows: 7),
            Activate(.silu, "gate", times: "up", to: product),
            Linear(roles[2], from: product, to: .blockOutput, rows: 12),
          ], inputs: [from: 12])
      }
      return [
        Route(
          experts, from: from, scored: scored, to: .blockOutput,
          expert: expert([.expertGate, .expertUp, .expertDown], from: .expertInput(nil), product: .expertProduct(nil)),
          shared: shared
            ? expert([.sharedGate, .sharedUp, .sharedDown], from: .blockInput, product: .sharedProduct) : nil)
      ]
    }
    func delta(_ heads: DeltaHeads) -> [any Step] {
      [
        Split(
          .blockInput,
          into: [
            ("q", heads.keyColumns), ("k", heads.keyColumns), ("v", heads.valueColumns), ("b", heads.valueHeads),
            ("a", heads.valueHeads),
          ]),
        L2Norm("k", headSize: heads.keySize, epsilon: 1e-6, to: "k.unit"),
        GatedDelta(heads, queries: "q", keys: "k.unit", values: "v", beta: "b", alpha: "a", to: .blockOutput),
      ]
    }
    func stateSpace(
      heads: Int, groups: Int, limits: ClosedRange<Float> = StateSpace.anyStep
    ) -> [any Step] {
      let keys = groups == 1 ? 4 : 6
      return [
        Split(.blockInput, into: [("values", 12), ("keys", keys), ("queries", keys), ("steps", heads)]),
        SelectiveScan(
          heads: heads, groups: groups, limits: limits, values: "values", keys: "keys", queries: "queries",
          steps: "steps", to: .blockOutput),
      ]
    }
    let yarn = RotaryEmbedding(
      base: 100, dimensions: 4, scaling: .yarn(RotaryEmbedding.Yarn(factor: 4, originalContext: 8)))
    return [
      "linear": (
        12, [Linear(.attentionQuery, bias: .attentionQueryBias, from: .blockInput, to: .blockOutput, rows: 20)]
      ),
      "root mean square": (20, norm(.rootMeanSquare)), "of heads": (20, norm(.rootMeanSquare, headSize: 5)),
      "layer norm": (20, norm(.layer)),
      "sum": (10, [Scale(.blockInput, by: 3, to: "s"), Add(.blockInput, "s", to: .blockOutput)]),
      "rope": (12, [Rope(.blockInput, RotaryEmbedding(base: 100, dimensions: 6), headSize: 6, to: .blockOutput)]),
      "partial rope": (12, [Rope(.blockInput, yarn, headSize: 6, to: .blockOutput)]),
      "layer norm without bias": (20, norm(.layerWithoutBias)), "relu": (18, gated(.relu)),
      "relu squared": (18, gated(.reluSquared)), "silu": (18, gated(.silu)), "gelu": (18, gated(.gelu)),
      "gelu tanh": (18, gated(.geluTanh)),
      "gelu alone": (18, [Activate(.gelu, .blockInput, to: .blockOutput)]),
      "layer norm without weights": (20, norm(.layerWithoutWeights)),
      "limit": (18, [Clamp(.blockInput, limit: 0.7, to: .blockOutput)]),
      "xIELU": (
        18,
        [
          XIELU(
            XIELU.Numbers(positive: 0.3, negative: -0.4, slope: 0.5, limit: -1e-6), .blockInput, to: .blockOutput)
        ]
      ),
      "scale of columns": (18, [LayerScale(.altUpScale, from: .blockInput, to: .blockOutput, eachColumn: true)]),
      "tanh": (18, gated(.tanh)),
      "largest gates": (18, [GaussianTopK(.blockInput, deviations: 0.4, to: .blockOutput)]),
      "magnitude of another": (
        18, [Split(.blockInput, into: [("y", 9), ("z", 9)]), MatchMagnitude("y", like: "z", to: .blockOutput)]
      ),
      "stacked matrices": (
        12,
        [
          Split(.blockInput, into: [("a", 6), ("b", 6)]),
          StackedLinear(.streamOutput, from: ["a", "b"], to: ["c", "d"], rows: 5), Add("c", "d", to: .blockOutput),
        ]
      ),
      "mixed streams": (
        18,
        [
          Split(.blockInput, into: [("a", 7), ("b", 7), ("factors", 4)]),
          MixStreams(["a", "b"], adding: ["a", "b"], times: "factors", to: ["c", "d"]),
          Split("factors", into: [("first", 2), ("second", 2)]),
          MixStreams(["c", "d"], adding: ["a"], times: "second", offset: 1, to: ["e", "f"]),
          Multiply("e", by: "f", to: "product"), Linear(.attentionQuery, from: "first", to: "wide", rows: 7),
          Add("product", "wide", to: .blockOutput),
        ]
      ),
      "a matrix that is read twice": (
        12,
        [
          Linear(.attentionQuery, from: .blockInput, to: "once", rows: 12),
          Linear(.attentionQuery, from: "once", to: .blockOutput, rows: 12, isRepeated: true),
        ]
      ),
      "scale of a layer": (18, [LayerScale(.layerScale, from: .blockInput, to: .blockOutput)]),
      "growth with positions": (
        18, [PositionGrowth(.blockInput, PositionGrowth.Numbers(slope: 0.3, length: 3, first: 1), to: .blockOutput)]
      ),
      "clamped gate": (
        18,
        [
          Split(.blockInput, into: [("gate", 9), ("up", 9)]),
          ClampedGate(
            ClampedGate.Numbers(slope: 1.7, limit: 0.8), "gate", times: "up", to: .blockOutput),
        ]
      ),
      "rope of neighbours": (
        12,
        [
          Rope(
            .blockInput, yarn, headSize: 6, pairs: RotaryPairs(first: 2, areNeighbours: true), to: .blockOutput)
        ]
      ),
      // Queries, the latent vector and the shared part of keys, values; heads of keys of 3 + 2 components, of values 4.
      "latent attention": (
        36,
        [
          Split(.blockInput, into: [("q", 20), ("c", 7), ("r", 2), ("v", 7)]),
          LatentKeys(queries: "q", latent: "c", turned: "r", to: "k", heads: 4, plainSize: 3),
          Linear(.attentionValueUp, from: "v", to: "values", rows: 16),
          Attention(queries: "q", keys: "k", values: "values", to: .blockOutput, headSize: 5, valueSize: 4),
        ]
      ),
      "attention": (48, attention()), "window": (48, attention { $0.window = 3 }),
      "chunks": (48, attention { $0.chunk = 3 }),
      "bidirectional": (48, attention { $0.mask = .bidirectional }),
      "window on both sides": (48, attention { ($0.mask, $0.window) = (.bidirectional, 4) }),
      "soft cap": (
        48,
        attention {
          $0.scale = 0.7
          $0.softCap = 2
        }
      ),
      "slopes": (48, attention { $0.slopes = [0.5, 0.25, 0.125, 0.06] }),
      "sinks": (
        48,
        attention {
          $0.sinks = .attentionSinks
          $0.window = 4
        }
      ),
      "sigmoids": (
        12,
        experts(true, shared: true) {
          ($0.scores, $0.hasCorrection, $0.gatesShared, $0.scale) = (.sigmoid, true, false, 2.5)
          $0.groups = Experts.Groups(count: 2, used: 1, judgedBy: 2)
        }
      ),
      "sigmoids as they are": (
        12,
        experts(false, shared: false) { ($0.scores, $0.hasRouterBias) = (.sigmoid, true) }
      ),
      "weighed inputs": (
        12,
        experts(false, shared: true) { ($0.scores, $0.gatesShared, $0.weighsInputs) = (.sigmoid, false, true) }
      ),
      "corrected softmax": (12, experts(true, shared: false) { ($0.hasCorrection, $0.scale) = (true, 0.5) }),
      "experts with scales, and a router that reads something else": (
        30,
        [Split(.blockInput, into: [("scored", 18), ("inputs", 12)])]
          + experts(true, shared: false, scored: "scored", from: "inputs") {
            ($0.hasScales, $0.scale) = (true, 1.5)
          }
      ),
      "sigmoids with scales": (
        12,
        experts(true, shared: false) { ($0.scores, $0.hasScales) = (.sigmoid, true) }
      ),
      "sigmoid": (18, gated(.sigmoid)),
      "heads apart": (
        18,
        [
          Split(.blockInput, into: [("gate", 12), ("up", 6)], heads: 3), Activate(.gelu, "gate", to: "wide"),
          Split("wide", into: [("first", 6), ("second", 6)], heads: 2),
          Activate(.silu, "first", times: "second", to: "product"), Add("product", "up", to: .blockOutput),
        ]
      ),
      "unit length": (20, [L2Norm(.blockInput, headSize: 5, epsilon: 0.1, times: 3, to: .blockOutput)]),
      "convolution": (9, [CausalConvolution(.deltaConvolution, taps: 4, from: .blockInput, to: .blockOutput)]),
      "short convolution": (
        9,
        [
          Split(.blockInput, into: [("before", 3), ("behind", 3), ("channels", 3)]),
          Multiply("channels", by: "before", to: "gated"),
          CausalConvolution(.convolutionTaps, taps: 3, from: "gated", to: "mixed"),
          Multiply("mixed", by: "behind", to: "context"),
          Linear(.convolutionOutput, from: "context", to: .blockOutput, rows: 9),
        ]
      ),
      "convolution with a bias": (
        9,
        [
          CausalConvolution(
            .stateConvolution, bias: .stateConvolutionBias, taps: 3, from: .blockInput, to: .blockOutput)
        ]
      ),
      "state space": (23, stateSpace(heads: 3, groups: 1)),
      "state space with groups": (28, stateSpace(heads: 4, groups: 2)),
      "state space with limits": (23, stateSpace(heads: 3, groups: 1, limits: 0.5...1.5)),
      "grouped norm": (
        12, [Norm(.stateNorm, .rootMeanSquare, epsilon: 0.1, from: .blockInput, to: .blockOutput, groups: 3)]
      ),
      "delta net": (20, delta(DeltaHeads(keyHeads: 2, valueHeads: 2, keySize: 3, valueSize: 2))),
      "delta net with grouped heads": (36, delta(DeltaHeads(keyHeads: 2, valueHeads: 4, keySize: 3, valueSize: 4))),
      "delta net with tiled heads": (
        36, delta(DeltaHeads(keyHeads: 2, valueHeads: 4, keySize: 3, valueSize: 4, order: .tiled))
      ),
      "experts": (12, experts(true, shared: false)), "experts beside one": (12, experts(false, shared: true)),
    ]
  }()

  @Test(arguments: steps.keys.sorted())
  func everyStepAgreesWithFiniteDifferences(name: String) throws {
    let (hidden, steps) = try #require(Self.steps[name])
    var random = SeededRandom(seed: UInt64(name.utf8.reduce(0) { $0 + Int($1) }))
    var weights = BlockWeights(layer: 0, [:])
    for tensor in BlockSteps(steps, inputs: [.blockInput: hidden]).allTensors {
      for expert in 0..<(tensor.experts ?? 1) {
        var matrix = random.gaussianMatrix(rows: tensor.rows ?? 1, columns: tensor.columns, scale: 0.5)
        if tensor.rows == nil { for column in 0..<tensor.columns { matrix[0, column] += 1 } }
        weights[tensor.role, expert: tensor.experts.map { _ in expert }] = SharedMatrix(matrix)
      }
    }
    let check = GradientCheck(ListedSteps(steps: steps), Self.shape(hidden: hidden), weights, lengths: [3, 8, 1])
    let error = check.errorOfInputs(random.gaussianMatrix(rows: 12, columns: hidden), directions: 40)
    #expect(error < 1e-4, "\(name): \(error)")
  }

  /// More tokens than one task takes at a time.
  @Test(arguments: ["attention", "delta net with tiled heads", "state space with groups"])
  func longSequencesAgreeToo(name: String) throws {
    let (hidden, steps) = try #require(Self.steps[name])
    var random = SeededRandom(seed: 12)
    var weights = BlockWeights(layer: 0, [:])
    for tensor in BlockSteps(steps, inputs: [.blockInput: hidden]).allTensors {
      // What fades little ties chunks together.
      weights[tensor.role] = SharedMatrix(Matrix(rows: 1, columns: tensor.columns, repeating: -2))
    }
    let check = GradientCheck(ListedSteps(steps: steps), Self.shape(hidden: hidden), weights, lengths: [130, 66])
    #expect(check.errorOfInputs(random.gaussianMatrix(rows: 196, columns: hidden), directions: 3) < 1e-4)
  }

  /// Whole blocks of every family, with what every matrix hands back.
  @Test(arguments: FamilyFixture.all.indices)
  func blocksOfEveryFamilyAgree(index: Int) throws {
    let fixture = FamilyFixture.all[index]
    let folder = try TemporaryFolder()
    let model = try ModelSource(path: try fixture.write(to: folder), on: Workers(count: 2))
    var random = SeededRandom(seed: UInt64(index))
    let check = GradientCheck(model.architecture, model.shape, try model.block(0).withPlainInputs(), lengths: [9, 4])
    let stream = random.gaussianMatrix(rows: 13, columns: model.shape.hiddenSize)
    let error = check.errorOfInputs(stream, directions: 4)
    #expect(error < 1e-4, "\(fixture.name): \(error)")
    let ofWeights = check.errorOfWeights(stream, &random)
    #expect(ofWeights < 1e-4, "\(fixture.name): \(ofWeights)")
  }
}

/// Gradients of a sum of outputs, each times a number of its own.
private struct GradientCheck {
  private let decoder: Decoder
  private let weights: BlockWeights
  private let sequences: SequenceRows
  /// What stands beside the stream.
  private let beside: [Edge: SharedMatrix]

  init(_ architecture: any Architecture, _ shape: DecoderShape, _ weights: BlockWeights, lengths: [Int]) {
    sequences = SequenceRows(lengths: lengths)
    decoder = Decoder(architecture, shape, sequenceLength: lengths.max() ?? 1, on: Workers(count: 2))
    self.weights = weights
    var random = SeededRandom(seed: 5)
    let rows = sequences.rows
    beside = decoder.blocks[0].inputs.filter { $0.key != .blockInput }
      .mapValues { SharedMatrix(random.gaussianMatrix(rows: rows, columns: $0)) }
  }

  private var block: BlockSteps { decoder.blocks[0] }

  private func factor(_ row: Int, _ column: Int) -> Double { cos(Double(row * 37 + column * 11) + 0.5) }

  private func loss(_ stream: [[Double]], _ reference: ReferenceSteps) -> Double {
    var given = beside.mapValues { Self.rows($0.matrix) }
    given[.blockInput] = stream
    let output = reference.run(block.steps, given)[.blockOutput] ?? []
    return output.enumerated().reduce(0) { sum, row in
      row.element.enumerated().reduce(sum) { $0 + $1.element * factor(row.offset, $1.offset) }
    }
  }

  private func gradient(_ stream: borrowing Matrix, observe: Backward.Observer = { _, _, _, _, _ in }) -> Matrix {
    let columns = block.columns[.blockOutput] ?? 0
    let outer = Matrix(rows: stream.rows, columns: columns) { Float(factor($0, $1)) }
    return decoder.backward(weights, stream.copy(), beside: beside, sequences, gradient: outer, observe: observe)
  }

  private static func rows(_ matrix: borrowing Matrix) -> [[Double]] {
    (0..<matrix.rows).map { row in (0..<matrix.columns).map { Double(matrix[row, $0]) } }
  }

  private static func relative(_ found: [Double], _ expected: [Double]) -> Double {
    let distance = zip(found, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (distance / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }

  private static let step = 1e-5

  /// The relative distance of derivatives along some directions.
  func errorOfInputs(_ stream: borrowing Matrix, directions: Int) -> Double {
    let gradient = gradient(stream)
    let (values, reference) = (Self.rows(stream), ReferenceSteps(weights: weights, sequences: sequences))
    var (found, expected): ([Double], [Double]) = ([], [])
    for direction in 0..<directions {
      func way(_ row: Int, _ column: Int) -> Double { sin(Double(row * 13 + column * 29 + 1) * Double(direction + 1)) }
      func moved(_ sign: Double) -> Double {
        loss(
          values.enumerated().map { row, values in
            values.enumerated().map { $1 + sign * Self.step * way(row, $0) }
          }, reference)
      }
      expected.append((moved(1) - moved(-1)) / (2 * Self.step))
      found.append(
        (0..<gradient.rows).reduce(0) { sum, row in
          (0..<gradient.columns).reduce(sum) { $0 + Double(gradient[row, $1]) * way(row, $1) }
        })
    }
    return Self.relative(found, expected)
  }

  /// The same for some weights of every matrix: what it read and what it is handed back make up the gradient of a weight.
  func errorOfWeights(_ stream: borrowing Matrix, _ random: inout SeededRandom) -> Double {
    var places: [(role: Role, expert: Int?, row: Int, column: Int)] = []
    for tensor in block.allTensors {
      // Taps of channels multiply no matrix of inputs; what makes keys of latent attention reads queries, whose gradients say nothing of
      // it.
      let others: Set<Role> = [.deltaConvolution, .convolutionTaps, .stateConvolution, .attentionKeyUp]
      guard let rows = tensor.rows, !others.contains(tensor.role) else { continue }
      for _ in 0..<3 {
        places.append(
          (
            tensor.role, tensor.experts.map { Int(random.next() % UInt64($0)) }, Int(random.next() % UInt64(rows)),
            Int(random.next() % UInt64(tensor.columns))
          ))
      }
    }
    var found = [Double](repeating: 0, count: places.count)
    _ = gradient(stream) { role, expert, x, g, _ in
      for (index, place) in places.enumerated() where place.role == role && place.expert == expert {
        for token in 0..<x.rows { found[index] += Double(x[token, place.column]) * Double(g[token, place.row]) }
      }
    }
    let values = Self.rows(stream)
    let expected = places.map { place in
      func moved(_ sign: Double) -> Double {
        var reference = ReferenceSteps(weights: weights, sequences: sequences)
        reference.change = (place.role, place.expert, place.row, place.column, sign * Self.step)
        return loss(values, reference)
      }
      return (moved(1) - moved(-1)) / (2 * Self.step)
    }
    return Self.relative(found, expected)
  }
}
