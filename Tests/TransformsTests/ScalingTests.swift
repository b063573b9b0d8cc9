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

  private static let readers: [String: (site: Site, roles: [Role])] = [
    "attentionInput": (.attentionInput, [.attentionQuery, .attentionKey, .attentionValue]),
    "attentionContext": (.attentionContext, [.attentionOutput]),
    "feedForwardInput": (.feedForwardInput, [.feedForwardGate, .feedForwardUp]),
    "feedForwardProduct": (.feedForwardProduct, [.feedForwardDown]),
  ]

  /// What rounding the matrices of a site to nearest loses there, relative to their outputs, in double precision.
  private func loss(_ block: ObservedBlock, _ readers: (site: Site, roles: [Role])) throws -> Double {
    let statistics = try #require(block.statistics[readers.site])
    var (lost, total) = (0.0, 0.0)
    for role in readers.roles {
      let weights = block.weights[role]
      let grid = FourColumns().fit(weights.matrix, importance: statistics.importance, on: Workers(count: 1))
      let values = SharedMatrix(grid.values(grid.nearestCodes(weights.matrix)))
      for row in 0..<weights.matrix.rows {
        for i in 0..<weights.matrix.columns {
          for j in 0..<weights.matrix.columns {
            let h = Double(statistics.hessian[i, j])
            let (a, b) = (Double(weights.matrix[row, i]), Double(weights.matrix[row, j]))
            total += a * h * b
            lost += (a - Double(values.matrix[row, i])) * h * (b - Double(values.matrix[row, j]))
          }
        }
      }
    }
    return lost / total
  }

  /// Records tell what rounding loses before an edit and after it, measured on the block itself; and where channels stand out, a site
  /// gains.
  @Test(arguments: [0, 1])
  func recordsTellWhatRoundingLoses(layer: Int) throws {
    let forward = try Forward(try Self.twin())
    var block = Self.withOutliers(forward.edited[layer])
    block.statistics = forward.observe(block.weights, layer: layer)
    let before = block
    let schemes: [Role: any Scheme] = Dictionary(uniqueKeysWithValues: Forward.matrices.map { ($0, FourColumns()) })
    let records = AWQ(steps: 7).edit(&block, schemes, on: Workers(count: 2))
    #expect(Set(records.map(\.site)) == Set(Self.readers.keys))
    for record in records {
      let readers = try #require(Self.readers[record.site])
      #expect(abs(record.errorBefore / (try loss(before, readers)) - 1) < 1e-3, "\(record.site)")
      let standsOut = ["attentionInput", "feedForwardProduct"].contains(record.site)
      #expect(record.errorAfter < (standsOut ? 0.7 : 1.000001) * record.errorBefore, "\(record.site)")
      // Matrices of the other two are edited once more, as what writes the channels of a later site.
      guard ["attentionContext", "feedForwardProduct"].contains(record.site) else { continue }
      #expect(abs(record.errorAfter / (try loss(block, readers)) - 1) < 1e-3, "\(record.site)")
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
