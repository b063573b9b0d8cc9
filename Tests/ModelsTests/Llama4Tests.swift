import Checkpoints
import Foundation
import LinearAlgebra
import Models
import TestSupport
import Tensors
import Testing

/// What is Llama 4's own: experts that are given weighed inputs, in layers by a step or a list.
struct Llama4Tests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  private func open(_ changes: [String: String?] = [:]) throws -> ModelSource {
    try ModelSource(path: try FamilyFixture.named("llama4").write(to: folder, changing: changes), on: workers)
  }

  /// Published files say the step, transformers lists layers, and prefers the list.
  @Test func layersWithExpertsAreSaidInTwoWays() throws {
    for changes in [[:], ["moe_layers": nil], ["interleave_moe_layer_step": "1"]] as [[String: String?]] {
      let model = try open(changes)
      #expect((0..<4).map { model.shape.choices.experts?.areIn(layer: $0) } == [false, true, false, true])
      let metadata = model.architecture.metadata(model.shape)
      #expect(metadata.first { $0.key == "llama4.interleave_moe_layer_step" }?.value.asInteger == 2)
    }
    #expect(throws: CheckpointError.self) { try open(["moe_layers": nil, "interleave_moe_layer_step": "1"]) }
  }

  @Test func whatLlamaCppDoesNotKnowIsAnObstacle() throws {
    let model = try open()
    func obstacle(_ change: (inout DecoderShape) -> Void) -> String? {
      var shape = model.shape
      change(&shape)
      return model.architecture.objectionToGGUF(shape)
    }
    #expect(obstacle { _ in } == nil)
    #expect(obstacle { $0.choices.experts?.layers = [true, false, false, true] }?.contains("every so many") == true)
    #expect(obstacle { $0.choices.experts?.layers = [false] }?.contains("every so many") == true)
    #expect(obstacle { $0.choices.experts?.count = 128 }?.contains("expected false") == true)
    #expect(
      obstacle {
        $0.choices.experts?.count = 128
        $0.choices.normsHeads = false
      } == nil)
  }

  /// Sigmoids of large scores are 1 alike, which says nothing of which is the largest.
  @Test func expertsAreChosenByTheirScores() throws {
    let model = try open()
    var weights = try model.block(1)
    let router = weights[.router].matrix.array()
    weights[.router] = SharedMatrix(Matrix(rows: 4, columns: 64) { 60 * router[$0 * 64 + $1] })
    let decoder = Decoder(model, sequenceLength: 40, on: workers)
    var random = SeededRandom(seed: 3)
    var stream = random.gaussianMatrix(rows: 40, columns: 64)
    let rows = (0..<40).map { row in (0..<64).map { Double(stream[row, $0]) } }
    decoder.run(weights, &stream)
    let reference = ReferenceSteps(weights: weights, sequences: SequenceRows(lengths: [40]))
    let expected = try #require(reference.run(decoder.blocks[1].steps, [.blockInput: rows])[.blockOutput])
    #expect(relativeDistance(stream.array(), expected.flatMap { $0.map { Float($0) } }) < 1e-5)
  }

  /// An expert that is shown all tokens reads each by as much as the router would let it count.
  @Test func allTokensAreWeighedForAnExpert() throws {
    let model = try open()
    let (decoder, block) = (Decoder(model, sequenceLength: 8, on: workers), try model.block(1))
    let route = try #require(decoder.blocks[1].steps.lazy.compactMap { $0 as? Route }.first)
    var random = SeededRandom(seed: 5)
    let tokens = random.gaussianMatrix(rows: 8, columns: 64)
    let scores = linear(tokens, block[.router].matrix, on: workers).array()
    var seen: [Site: [Float]] = [:]
    decoder.observe(expert: 2, of: route, block, HeldMatrix(tokens.copy()), [RowUnit(rows: 0..<8)]) { site, rows, _ in
      seen[site] = rows.array()
    }
    let expected = (0..<8).flatMap { row in
      (0..<64).map { tokens[row, $0] / (1 + exp(-scores[4 * row + 2])) }
    }
    #expect(relativeDistance(try #require(seen[.expertInput(2)]), expected) < 1e-6)
    #expect(seen[.expertProduct(2)]?.count == 8 * 48)
  }
}
