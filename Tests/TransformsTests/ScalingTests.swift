import Models
import Schemes
import Solvers
import TestSupport
import Tensors
import Testing
import Transforms

/// AWQ and SmoothQuant on blocks with channels that stand out.
struct ScalingTests {
  /// A model of which a few channels behind each norm, and of each feed-forward product, are scaled up by a power of two
  /// and scaled down by what reads them.
  private static func twin() throws -> ModelSource {
    let folder = try TemporaryFolder()
    try TinyModel().write(to: folder)
    return try ModelSource(path: folder.path("model"), on: Workers(count: 2))
  }

  private static func withOutliers(_ block: ObservedBlock) -> ObservedBlock {
    var block = block
    func scale(_ role: Role, rows: Set<Int>? = nil, columns: Set<Int>? = nil, by factor: Float) {
      let matrix = block.weights[role].matrix.copy()
      block.weights[role] = SharedMatrix(
        Matrix(rows: matrix.rows, columns: matrix.columns) { row, column in
          (rows?.contains(row) ?? true) && (columns?.contains(column) ?? true)
            ? matrix[row, column] * factor : matrix[row, column]
        })
    }
    let channels: Set = [3, 17, 40]
    scale(.attentionNorm, columns: channels, by: 32)
    for reader in [Role.attentionQuery, .attentionKey, .attentionValue] { scale(reader, columns: channels, by: 1 / 32) }
    scale(.feedForwardUp, rows: channels, by: 16)
    scale(.feedForwardDown, columns: channels, by: 1 / 16)
    return block
  }

  @Test(arguments: [AWQ() as any Transform, SmoothQuant()].indices)
  func outliersCostLessAfterwards(index: Int) throws {
    let transform = [AWQ() as any Transform, SmoothQuant()][index]
    let forward = try Forward(try Self.twin())
    var block = Self.withOutliers(forward.edited[0])
    block.statistics = forward.observe(block.weights, layer: 0)
    let schemes: [Role: any Scheme] = Dictionary(uniqueKeysWithValues: Forward.matrices.map { ($0, FourColumns()) })
    let records = transform.edit(&block, schemes, on: Workers(count: 2))
    #expect(records.map(\.site) == ["attentionInput", "attentionContext", "feedForwardInput", "feedForwardProduct"])
    for record in records where ["attentionInput", "feedForwardProduct"].contains(record.site) {
      #expect(record.errorAfter < 0.7 * record.errorBefore)
    }
  }

  @Test func theSearchNeverMakesItWorse() throws {
    let forward = try Forward(try Self.twin())
    for layer in forward.edited {
      var block = layer
      let schemes: [Role: any Scheme] = Dictionary(uniqueKeysWithValues: Forward.matrices.map { ($0, FourColumns()) })
      for record in AWQ(steps: 7).edit(&block, schemes, on: Workers(count: 2)) {
        #expect(record.errorAfter <= record.errorBefore)
        #expect(record.errorBefore > 0)
      }
    }
  }

  @Test func whereNothingIsQuantizedNothingChanges() throws {
    let forward = try Forward(try Self.twin())
    var block = forward.edited[0]
    #expect(AWQ().edit(&block, [:], on: Workers(count: 1)).isEmpty)
    #expect(block.weights[.attentionNorm].matrix.array() == forward.edited[0].weights[.attentionNorm].matrix.array())
  }

  @Test(arguments: [1, 3])
  func workersDoNotMatter(workers: Int) throws {
    let forward = try Forward(try Self.twin())
    let schemes: [Role: any Scheme] = Dictionary(uniqueKeysWithValues: Forward.matrices.map { ($0, FourColumns()) })
    var one = forward.edited[1]
    var other = forward.edited[1]
    let records = AWQ(steps: 5).edit(&one, schemes, on: Workers(count: 2))
    #expect(AWQ(steps: 5).edit(&other, schemes, on: Workers(count: workers)) == records)
    #expect(one.weights[.feedForwardUp].matrix.array() == other.weights[.feedForwardUp].matrix.array())
  }
}
