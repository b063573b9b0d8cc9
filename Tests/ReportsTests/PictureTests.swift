import Foundation
import Pipeline
import Reports
import TestSupport
import Testing

@Suite struct AxisTests {
  @Test(arguments: [[0.0021, 0.0055], [3], [0.9999, 1.0001], [], [.nan, .infinity, 7], [0]])
  func aLinearAxisHoldsItsValuesAndMarksItsEnds(_ values: [Double]) {
    let axis = Axis.linear(fromZeroTo: values, 100, 0)
    let ticks = axis.ticks(most: 5)
    #expect(axis.low == 0 && ticks.first == 0 && (2...8).contains(ticks.count), "\(ticks)")
    #expect(abs((ticks.last ?? 0) / axis.high - 1) < 1e-9)
    for value in values where value.isFinite {
      #expect(value <= axis.high * 1.000001)
      #expect((0...100).contains(axis(value)))
    }
  }

  @Test(arguments: [[0.0004, 0.009], [1e-9, 100], [5], [-1, 0, .nan], [1e-300, 1e300]])
  func aLogarithmicAxisMarksPowersOfTen(_ values: [Double]) {
    let axis = Axis.logarithmic(around: values, 0, 100)
    #expect(axis.low > 0 && axis.high > axis.low)
    for value in values where value.isFinite && value > 0 {
      #expect(value >= axis.low && value <= axis.high && (0...100).contains(axis(value)))
    }
    #expect(axis.ticks(most: 8).count <= 10)
    #expect(zip(axis.ticks(most: 8), axis.ticks(most: 8).dropFirst()).allSatisfy { axis($0) < axis($1) })
  }
}

@Suite struct LabelPlacementTests {
  @Test func labelsOfACrowdDoNotOverlap() {
    let points = (0..<12).map { Picture.Place(x: 200 + Double($0 % 4) * 9, y: 100 + Double($0 / 4) * 9) }
    var placement = LabelPlacement(x: 60...480, y: 20...260, around: points)
    var taken: [(left: Double, right: Double, y: Double)] = []
    for point in points {
      guard let spot = placement.place("q4_k_m", at: point) else { continue }
      let width = 6 * Picture.characterWidth
      let left =
        switch spot.anchor {
        case .start: spot.place.x
        case .middle: spot.place.x - width / 2
        case .end: spot.place.x - width
        }
      #expect(left >= 60 && left + width <= 480)
      for other in taken {
        let apart = left >= other.right || other.left >= left + width || abs(spot.place.y - other.y) >= 14
        #expect(apart, "\(spot) and \(other)")
      }
      taken.append((left, left + width, spot.place.y))
    }
    #expect(taken.count >= 10)
  }

  @Test func aLabelThatIsWiderThanThePictureIsLeftOut() {
    let point = Picture.Place(x: 100, y: 100)
    var placement = LabelPlacement(x: 60...480, y: 20...260, around: [point])
    #expect(placement.place(String(repeating: "x", count: 80), at: point) == nil)
  }
}

@Suite struct LayerGridTests {
  /// A ledger of tensors with these names; vectors have one row. The rest of each entry is that of a real one.
  private func ledger(_ names: [String]) throws -> Ledger {
    let project = try ReportCase("a ledger", TinyModel()).project()
    let real = try ReportCase("a ledger") { $0.validate = nil }.run(project).ledger
    var record = try #require(
      JSONSerialization.jsonObject(with: JSONEncoder().encode(real)) as? [String: Any])
    let entry = try #require((record["entries"] as? [[String: Any]])?.first)
    record["entries"] = names.map { name in
      entry.merging(["tensor": name, "rows": name.contains("norm") || name.hasSuffix("bias") ? 1 : 64]) { $1 }
    }
    return try JSONDecoder().decode(Ledger.self, from: JSONSerialization.data(withJSONObject: record))
  }

  private func expectNoOverlap(_ grid: LayerGrid) {
    for (index, cell) in grid.cells.enumerated() {
      #expect(cell.x >= 0 && cell.x + cell.width <= Picture.standardWidth && cell.y + cell.height <= grid.height)
      for other in grid.cells.dropFirst(index + 1) {
        let apart =
          cell.x >= other.x + other.width || other.x >= cell.x + cell.width || cell.y >= other.y + other.height
          || other.y >= cell.y + cell.height
        #expect(apart, "\(cell.entry.tensor) and \(other.entry.tensor)")
      }
    }
  }

  @Test func eachMatrixHasAPlace() throws {
    let parts = [
      "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down",
    ]
    let names = (0..<3).flatMap { block in parts.map { "blk.\(block).\($0).weight" } } + ["blk.0.attn_q.bias"]
    let grid = LayerGrid(try ledger(names + ["output_norm.weight", "output.weight", "token_embd.weight"]))
    #expect(grid.cells.count == 3 * 7 + 2)
    #expect(grid.labels.filter { ["attn", "ffn"].contains($0.words) }.count == 2)
    #expect(!grid.labels.contains { !$0.turns.isEmpty })
    expectNoOverlap(grid)
  }

  @Test func longNamesStandUpright() throws {
    let parts = [
      "attn_q_a", "attn_q_b", "attn_kv_a_mqa", "attn_kv_b", "attn_output", "ffn_gate_inp", "ffn_gate_exps",
      "ffn_up_exps",
      "ffn_down_exps", "ffn_gate_shexp", "ffn_up_shexp", "ffn_down_shexp",
    ]
    let grid = LayerGrid(try ledger((0..<60).flatMap { block in parts.map { "blk.\(block).\($0).weight" } }))
    #expect(grid.cells.count == 720)
    #expect(grid.labels.filter { !$0.turns.isEmpty }.map(\.words) == parts)
    expectNoOverlap(grid)
  }

  @Test func aModelWithoutMatricesHasNoCells() throws {
    #expect(LayerGrid(try ledger(["output_norm.weight"])).cells.isEmpty)
  }
}
