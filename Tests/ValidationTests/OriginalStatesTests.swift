import Calibration
import Checkpoints
import Foundation
import Models
import TestSupport
import Tensors
import Testing
import Validation

/// What is kept of the original stands for it, to the last bit.
struct OriginalStatesTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  private func model(_ seed: UInt64, tied: Bool) throws -> EvaluatedModel {
    let path = try TinyLlama(tied: tied, seed: seed).write(to: folder, as: "m\(seed)")
    return EvaluatedModel(try ModelSource(path: path, on: workers))
  }

  private func states(_ key: Character = "a", fresh: Bool = false) throws -> OriginalStates {
    try #require(
      try OriginalStates(
        path: folder.path("x.states"), key: String(repeating: key, count: 64), about: [], fresh: fresh))
  }

  private let evaluation: Evaluation = {
    let sequences = TokenSequences(
      tokens: (0..<640).map { Int32((1 + 37 * $0 * $0 + 11 * $0) % TinyLlama.vocabulary) }, length: 64)
    let material = ValidationMaterial(corpora: [ValidationCorpus(name: "text", sequences)], tasks: [])
    return Evaluation(material, on: Workers(count: 2))
  }()

  @Test(arguments: [false, true]) func theScoresAreTheSame(tied: Bool) throws {
    let (original, other, candidate) = (try model(1, tied: tied), try model(3, tied: tied), try model(2, tied: tied))
    let plain = try evaluation.scores(of: [candidate], against: original)
    #expect(try evaluation.scores(of: [candidate], against: original, kept: states()) == plain)
    #expect(try evaluation.scores(of: [candidate], against: original, kept: states()) == plain)
    // It is what is kept that is compared with, and no other model is run: only its output matrix is read.
    let mixed = try evaluation.scores(of: [candidate], against: other, kept: states())
    let without = try evaluation.scores(of: [candidate], against: other)
    #expect(mixed != without && mixed != plain)
    // Another key keeps something else.
    #expect(try evaluation.scores(of: [candidate], against: other, kept: states("b")) == without)
    #expect(try evaluation.scores(of: [candidate], against: original, kept: states("b", fresh: true)) == plain)
  }

  /// What is not whole is made again.
  @Test func aTornFileIsMadeAnew() throws {
    let (original, candidate) = (try model(1, tied: false), try model(2, tied: false))
    let plain = try evaluation.scores(of: [candidate], against: original, kept: states())
    let whole = try Data(contentsOf: URL(filePath: folder.path("x.states")))
    try folder.write("x.states", Array(whole.dropLast(5)))
    #expect(try evaluation.scores(of: [candidate], against: original, kept: states()) == plain)
    #expect(try Data(contentsOf: URL(filePath: folder.path("x.states"))) == whole)
  }

  @Test func oneProcessHoldsIt() throws {
    let held = try states()
    let second = try OriginalStates(
      path: folder.path("x.states"), key: String(repeating: "a", count: 64), about: [], fresh: false)
    #expect(second === nil)
    _ = consume held
  }

  @Test func theDigestIsOfTokensAndPositions() {
    func digest(_ tokens: [Int32], _ length: Int) -> String {
      ValidationMaterial(
        corpora: [ValidationCorpus(name: "t", TokenSequences(tokens: tokens, length: length))], tasks: []
      ).digestOfPositions
    }
    let tokens: [Int32] = Array(1...16)
    let all = [digest(tokens, 8), digest(tokens, 16), digest(tokens, 4), digest(Array(2...17), 8)]
    #expect(Set(all).count == all.count)
    #expect(digest(tokens, 8) == all[0])
  }
}
