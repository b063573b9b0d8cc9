import Checkpoints
import Foundation
import Models
import Pipeline
import Products
import Solvers
import Schemes
import Spec
import Tensors
import TestSupport
import Testing
import Validation

/// What can go wrong between the solver and the disk, done to a product after its last byte was written.
struct Damage: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// Changes the bytes of the file, whose parts `file` knows.
  let harm: @Sendable (_ bytes: inout [UInt8], _ file: GGUFFile) throws -> Void

  /// Changes the bytes of one tensor.
  static func tensor(
    _ name: String, _ description: String,
    _ harm: @escaping @Sendable (_ bytes: inout ArraySlice<UInt8>, _ rowBytes: Int) -> Void
  ) -> Damage {
    Damage(testDescription: description) { bytes, file in
      let stored = try file.tensor(name)
      let content = stored.withBytes { span in span.withUnsafeBytes { Array($0) } }
      let start = try #require(Data(bytes).firstRange(of: Data(content))).lowerBound
      var part = content[...]
      harm(&part, content.count / stored.rows)
      bytes.replaceSubrange(start..<start + content.count, with: part)
    }
  }

  static let all = [
    // A block of q6_k: 256 weights in 210 bytes, of which the last two are the scale.
    tensor("blk.2.attn_q.weight", "one scale is zero") { bytes, _ in
      for offset in [208, 209] { bytes[bytes.startIndex + 17 * 210 + offset] = 0 }
    },
    tensor("blk.3.ffn_gate.weight", "two rows are swapped") { bytes, row in
      for offset in 0..<row { bytes.swapAt(bytes.startIndex + 5 * row + offset, bytes.startIndex + 400 * row + offset) }
    },
    Damage(testDescription: "one layer is left out") { bytes, file in
      for name in ["attn_output", "ffn_down"] {
        try tensor("blk.1.\(name).weight", "") { bytes, _ in
          for index in bytes.indices { bytes[index] = 0 }
        }.harm(&bytes, file)
      }
    },
    Damage(testDescription: "the tokenizer is another model's") { bytes, _ in
      // Tokens are stored as lengths and texts: these two trade places.
      func entry(_ text: String) -> Data { Data([UInt8(text.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(text.utf8)) }
      let first = try #require(Data(bytes).firstRange(of: entry("e"))).lowerBound
      let second = try #require(Data(bytes).firstRange(of: entry("a"))).lowerBound
      bytes.swapAt(first + 8, second + 8)
    },
  ]
}

/// Writes GGUF files and damages them.
private struct DamagingWriter: Products.Writer {
  let damage: Damage?
  var name: String { "gguf" }

  func holds(_ format: any WeightFormat) -> Bool { GGUFProductWriter().holds(format) }

  func begin(_ path: String, _ plan: ProductPlan) throws(CheckpointError) -> any Product {
    DamagedProduct(try GGUFProductWriter().begin(path, plan), damage)
  }
}

private final class DamagedProduct: Product {
  private let product: any Product
  private let damage: Damage?

  init(_ product: any Product, _ damage: Damage?) {
    self.product = product
    self.damage = damage
  }

  var path: String { product.path }
  var byteCount: Int { product.byteCount }
  func append(_ tensor: PackedTensor, on workers: Workers) throws(CheckpointError) {
    try product.append(tensor, on: workers)
  }
  func note(_ figures: [QualityFigure]) throws(CheckpointError) { try product.note(figures) }
  func pending() throws(CheckpointError) -> PendingName { try product.pending() }
  func kept(at path: String) throws(CheckpointError) -> PendingName { try product.kept(at: path) }
  func reopen(on workers: Workers) throws(CheckpointError) -> ModelSource { try product.reopen(on: workers) }

  func finish() throws(CheckpointError) {
    try product.finish()
    guard let damage else { return }
    let url = URL(filePath: path)
    let written = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).planish-tmp")
    do {
      var bytes = Array(try Data(contentsOf: written))
      try damage.harm(&bytes, GGUFFile(path: written.path))
      // In place: the product holds this very file open.
      let handle = try FileHandle(forWritingTo: written)
      try handle.write(contentsOf: bytes)
      try handle.close()
    } catch {
      throw .file(FileError(path: written.path, reason: "\(error)"))
    }
  }
}

/// The gates of the pipelines that this repository ships, on products that are broken on purpose.
@Suite struct BrokenProductTests {
  private func run(_ pipeline: String, _ damage: Damage?) throws -> (outcome: Outcome, isThere: Bool) {
    let folder = try TemporaryFolder()
    let registries = Registries<PlanishKinds>(
      solvers: [.init("rtn") { _ in RoundToNearest() }],
      writers: [.init("gguf") { _ in DamagingWriter(damage: damage) }])
    let file = try SpecFile.load(
      path: SharedMaterial.packageRoot.appending(path: "pipelines/\(pipeline)").path,
      settings: [
        "quantize.solver=rtn", "quantize.type=q6_k", "calibrate.tokens=512", "validate.tokens=4096",
        "emit.0.gguf=\(folder.path("out.gguf"))", "report=\(folder.path("report"))",
      ], registries: registries)
    let outcome = try Run(Planner.plan(file.base, on: .all), on: .all).execute()
    return (outcome, FileManager.default.fileExists(atPath: folder.path("out.gguf")))
  }

  @Test(arguments: ["demo.yaml", "q4_k_m.yaml"])
  func aSoundProductIsPublished(_ pipeline: String) throws {
    let (outcome, isThere) = try run(pipeline, nil)
    #expect(outcome.isPublished && isThere, "\(outcome.products[0].gates)")
  }

  @Test(arguments: ["demo.yaml", "q4_k_m.yaml"], Damage.all)
  func aBrokenProductIsNot(_ pipeline: String, _ damage: Damage) throws {
    let (outcome, isThere) = try run(pipeline, damage)
    #expect(!outcome.isPublished && !isThere)
    #expect(outcome.products[0].gates.contains { !$0.holds })
  }
}
