import Models
import TestSupport
import Tensors
import Testing

/// Lists of steps: what is wrong with one, and what is derived from one, against lists written by hand.
struct BlockStepsTests {
  private static func shape(_ change: (inout DecoderShape) -> Void = { _ in }) -> DecoderShape {
    var shape = DecoderShape(
      layers: 2, hiddenSize: 24, intermediateSize: 40, heads: 4, keyValueHeads: 2, headSize: 6, vocabularySize: 11,
      contextLength: 64, normEpsilon: 1e-5, rotary: RotaryEmbedding(base: 100, dimensions: 6), tiedOutput: false)
    change(&shape)
    return shape
  }

  private static let add = Add(.blockInput, "b", to: .blockOutput)
  private static func linear(_ role: Role, _ from: Edge, _ to: Edge) -> Linear {
    Linear(role, from: from, to: to, rows: 24)
  }

  @Test func aListThatIsWrongSaysWhy() {
    let a = Self.linear(.attentionQuery, .blockInput, "b")
    #expect(BlockSteps.problem([a, Self.add], inputs: [.blockInput]) == nil)
    #expect(BlockSteps.problem([Self.add, a], inputs: [.blockInput]) == "b is read before it is written")
    #expect(BlockSteps.problem([a, a, Self.add], inputs: [.blockInput]) == "b is written twice")
    #expect(
      BlockSteps.problem([a, Self.linear(.attentionKey, "b", .blockInput)], inputs: [.blockInput])
        == "blockInput is written twice")
    #expect(BlockSteps.problem([a], inputs: [.blockInput]) == "blockOutput is never written")
    let unheard = Self.linear(.attentionKey, .blockInput, "c")
    #expect(BlockSteps.problem([a, unheard, Self.add], inputs: [.blockInput]) == "c is written and never read")
    let again = Self.linear(.attentionQuery, "b", "c")
    let end = Add(.blockInput, "c", to: .blockOutput)
    #expect(BlockSteps.problem([a, again, end], inputs: [.blockInput]) == "attentionQuery is the role of two tensors")
  }

  @Test func listsOfAllFamiliesAreSound() {
    for architecture in Architectures.all {
      let shape = Self.shape {
        $0.choices = architecture.choices
        if architecture.expertKeys != nil {
          $0.choices.experts = Experts(count: 3, used: 2, size: 8, normalizesWeights: true, sharedSize: 10)
        }
        if architecture.latentKeys != nil {
          $0.choices.latent = LatentAttention(queryRank: 10, rank: 12, plainSize: 4, turningSize: 2, valueSize: 8)
        }
        if ["falcon-h1", "granitehybrid", "nemotron_h", "nemotron_h_moe"].contains(architecture.ggufName) {
          // Beside attention in every layer, or in its place.
          $0.choices.stateSpace = StateSpace(
            heads: 4, headSize: 6, groups: 2, stateSize: 8, taps: 4, hasConvolutionBias: true,
            layers: architecture.ggufName == "falcon-h1" ? [] : [false, true])
        }
        if ["gptneox", "gpt2", "bert"].contains(architecture.ggufName) { $0.keyValueHeads = 4 }
      }
      let steps = architecture.block(shape, layer: 1)
      let inputs = Set(architecture.inputs(shape, layer: 1).keys)
      #expect(BlockSteps.problem(steps, inputs: inputs) == nil, "\(architecture.ggufName)")
      // Every tensor that a step takes has a name in a folder.
      let taken = architecture.steps(shape, layer: 1).allTensors.map(\.role)
      let named = Set(architecture.weights(shape).filter { $0.layer == 1 }.map(\.role))
      let unnamed = taken.filter { !named.contains($0) && !"\($0)".hasPrefix("shared") }
      #expect(unnamed.isEmpty, "\(architecture.ggufName): \(unnamed)")
    }
  }

  private struct Cut: Equatable, CustomStringConvertible {
    let matrices: [Role]
    let live: Set<Edge>
    var description: String { "\(matrices) \(live.map(\.label).sorted())" }
  }

  private func cuts(_ architecture: any Architecture, _ shape: DecoderShape) -> [Cut] {
    let block = architecture.steps(shape, layer: 0)
    return block.subLayers.map { subLayer in
      Cut(
        matrices: subLayer.steps.flatMap { block.tensors[$0] }.filter { $0.rows != nil }.map(\.role),
        live: subLayer.live)
    }
  }

  @Test func cutsOfLlama() {
    #expect(
      cuts(family("llama"), Self.shape()) == [
        Cut(matrices: [.attentionQuery, .attentionKey, .attentionValue], live: [.blockInput]),
        Cut(matrices: [.attentionOutput], live: [.blockInput, .attentionContext]),
        Cut(matrices: [.feedForwardGate, .feedForwardUp], live: [.afterAttention]),
        Cut(matrices: [.feedForwardDown], live: [.afterAttention, .feedForwardProduct]),
      ])
  }

  /// What the feed-forward layer reads is known before attention's output matrix is run: the two are calibrated together.
  @Test func cutsOfAParallelBlock() {
    let shape = Self.shape {
      $0.choices = family("gpt_neox").choices
      $0.keyValueHeads = 4
    }
    #expect(
      cuts(family("gpt_neox"), shape) == [
        Cut(matrices: [.attentionQueryKeyValue], live: [.blockInput]),
        Cut(matrices: [.attentionOutput, .feedForwardUp], live: [.blockInput, .attentionContext]),
        Cut(matrices: [.feedForwardDown], live: [.afterAttention, .feedForwardProduct]),
      ])
  }

  @Test func cutsOfExperts() {
    let shape = Self.shape {
      $0.choices.experts = Experts(count: 3, used: 2, size: 8, normalizesWeights: true, sharedSize: 10)
    }
    #expect(
      cuts(family("qwen2_moe"), shape) == [
        Cut(matrices: [.attentionQuery, .attentionKey, .attentionValue], live: [.blockInput]),
        Cut(matrices: [.attentionOutput], live: [.blockInput, .attentionContext]),
        Cut(
          matrices: [
            .router, .expertGate, .expertUp, .expertDown, .sharedRouter, .sharedGate, .sharedUp, .sharedDown,
          ], live: [.afterAttention]),
      ])
    #expect(family("qwen2_moe").steps(shape, layer: 0).subLayers.map(\.hasInnerSites) == [false, false, true])
  }

  @Test func cutsOfAnEncoder() {
    let shape = Self.shape {
      $0.choices = family("bert").choices
      $0.keyValueHeads = 4
    }
    #expect(
      cuts(family("bert"), shape) == [
        Cut(matrices: [.attentionQuery, .attentionKey, .attentionValue], live: [.blockInput]),
        Cut(matrices: [.attentionOutput], live: [.blockInput, .attentionContext]),
        Cut(matrices: [.feedForwardUp], live: [.afterAttention]),
        Cut(matrices: [.feedForwardDown], live: [.afterAttention, .feedForwardProduct]),
      ])
  }

  /// Latent attention's products are ordinary matrices: two edges that matrices write are read by two matrices of one sub-layer.
  @Test func cutsOfTwoLatents() {
    let steps: [any Step] = [
      Linear(.attentionQuery, from: .blockInput, to: "q", rows: 4),
      Linear(.attentionKey, from: .blockInput, to: "kv", rows: 3),
      Linear(.feedForwardGate, from: "q", to: "q2", rows: 24), Linear(.feedForwardUp, from: "kv", to: "kv2", rows: 24),
      Activate(.silu, "q2", times: "kv2", to: "product"),
      Linear(.attentionOutput, from: "product", to: "branch", rows: 24),
      Add(.blockInput, "branch", to: .blockOutput),
    ]
    let block = BlockSteps(steps, inputs: [.blockInput: 24])
    #expect(block.subLayers.map(\.steps) == [0..<2, 2..<5, 5..<7])
    #expect(block.subLayers.map(\.live) == [[.blockInput], [.blockInput, "q", "kv"], [.blockInput, "product"]])
  }

  // MARK: - Blocks that differ

  /// Llama whose second block has no keys and values of its own and takes those of the first, and a narrower feed-forward layer.
  private struct Sharing: Architecture {
    static let (keys, values) = (Edge("keys", layer: 0), Edge("values", layer: 0))
    var ggufName: String { "sharing" }
    var huggingFaceNames: [String] { [] }
    var modelTypes: [String] { [] }

    func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
      var steps: [any Step] = [
        Norm(.attentionNorm, .rootMeanSquare, epsilon: 1e-5, from: .blockInput, to: .attentionInput),
        Linear(.attentionQuery, from: .attentionInput, to: "queries", rows: 24),
      ]
      if layer == 0 {
        steps += [
          Linear(.attentionKey, from: .attentionInput, to: Self.keys, rows: 12),
          Linear(.attentionValue, from: .attentionInput, to: Self.values, rows: 12),
        ]
      }
      let size = layer == 0 ? 40 : 16
      return steps + [
        Attention(queries: "queries", keys: Self.keys, values: Self.values, to: .attentionContext, headSize: 6),
        Linear(.attentionOutput, from: .attentionContext, to: "branch", rows: 24),
        Add(.blockInput, "branch", to: .afterAttention),
        Linear(.feedForwardUp, from: .afterAttention, to: "up", rows: size),
        Activate(.silu, "up", to: .feedForwardProduct),
        Linear(.feedForwardDown, from: .feedForwardProduct, to: "down", rows: 24),
        Add(.afterAttention, "down", to: .blockOutput),
      ]
    }
  }

  /// Keys and values of an earlier block stand beside the stream until the last block that reads them; tensors follow the lists.
  @Test func blocksOfAModelMayDiffer() {
    let shape = Self.shape { $0.layers = 3 }
    let model = Sharing()
    #expect(model.steps(shape, layer: 0).outputs == [.blockOutput, Sharing.keys, Sharing.values])
    #expect(model.steps(shape, layer: 1).outputs == [.blockOutput, Sharing.keys, Sharing.values])
    #expect(model.steps(shape, layer: 2).outputs == [.blockOutput])
    #expect(model.steps(shape, layer: 1).inputs == [.blockInput: 24, Sharing.keys: 12, Sharing.values: 12])
    let weights = model.weights(shape)
    #expect(weights.filter { $0.layer == 1 }.map(\.role).contains(.attentionKey) == false)
    #expect(weights.filter { $0.role == .feedForwardUp }.map(\.rows) == [40, 16, 16])

    var random = SeededRandom(seed: 3)
    let blocks = (0..<3).map { layer in
      var block = BlockWeights(layer: layer, [:])
      for spec in weights where spec.layer == layer {
        block[spec] = SharedMatrix(random.gaussianMatrix(rows: spec.rows, columns: spec.columns, scale: 0.3))
      }
      return block
    }
    let decoder = Decoder(model, shape, sequenceLength: 10, on: Workers(count: 2))
    let stream = random.gaussianMatrix(rows: 20, columns: 24)
    let sequences = SequenceRows(rows: 20, length: 10)
    let (whole, cut) = (Edges(stream: stream.copy()), Edges(stream: stream.copy()))
    for (layer, block) in blocks.enumerated() {
      decoder.run(nil, block, whole, sequences)
      for subLayer in decoder.blocks[layer].subLayers {
        decoder.run(subLayer, block, cut, sequences, .allSites)
        decoder.run(subLayer, block, cut, sequences)
      }
      #expect(whole.all == cut.all && whole.all.count == (layer < 2 ? 3 : 1))
      #expect(whole[.blockInput].matrix.array() == cut[.blockInput].matrix.array())
    }
  }

  // MARK: - Wiring

  @Test func wiringOfFusedMatrices() throws {
    let wiring = family("phi3").wiring(Self.shape(), layer: 0)
    #expect(wiring.normedInputs.map(\.norm) == [.attentionNorm, .feedForwardNorm])
    #expect(wiring.normedInputs.map(\.readers) == [[.attentionQueryKeyValue], [.feedForwardGateUp]])
    #expect(
      wiring.channels.map(\.writer) == [.attentionNorm, .attentionQueryKeyValue, .feedForwardNorm, .feedForwardGateUp])
    // Values stand below 24 rows of queries and 12 of keys; two heads of queries share each of theirs.
    let values = (0..<24).map { 36 + $0 / 12 * 6 + $0 % 6 }
    #expect(wiring.channels.map(\.writerRows) == [Array(0..<24), values, Array(0..<24), Array(40..<80)])
    #expect(wiring.channels.map(\.areHeads) == [false, true, false, false])
    #expect(wiring.residualWriters == [.attentionOutput, .feedForwardDown])
    #expect(wiring.streamObstacle == nil)
    #expect(try #require(wiring.headObstacle).contains("in one matrix"))
    #expect(family("llama").wiring(Self.shape(), layer: 0).headObstacle == nil)
  }

  @Test func whatKeepsAStreamFromBeingTurned() throws {
    func obstacle(_ architecture: any Architecture, _ change: (inout DecoderShape) -> Void = { _ in }) -> String {
      let shape = Self.shape {
        $0.choices = architecture.choices
        change(&$0)
      }
      return architecture.wiring(shape, layer: 0).streamObstacle ?? ""
    }
    #expect(
      obstacle(family("llama")).isEmpty && obstacle(family("qwen3")).isEmpty && obstacle(family("granite")).isEmpty)
    #expect(obstacle(family("starcoder2")).contains("layer norms"))
    #expect(obstacle(family("gemma2")).contains("between a matrix and the residual stream"))
    #expect(obstacle(family("olmo2")).contains("between a matrix and the residual stream"))
    let experts = Experts(count: 3, used: 2, size: 8, normalizesWeights: true, sharedSize: nil)
    #expect(obstacle(family("mixtral")) { $0.choices.experts = experts }.contains("experts"))
    // A stream that matrices read without a norm.
    #expect(Sharing().wiring(Self.shape(), layer: 0).streamObstacle?.contains("no norm before matrices") == true)
  }
}
