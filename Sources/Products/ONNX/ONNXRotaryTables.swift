import Checkpoints
import Models
import Tensors

/// The angles of every rotary embedding of a model, as constants of a graph.
///
/// Where sequences longer than an original context turn by other angles, both stand in one table, and all positions of such a sequence are
/// moved to the second.
struct ONNXRotaryTables {
  struct Table {
    let embedding: RotaryEmbedding
    let cosines: String
    let sines: String
    /// Rows of the first of two; nil where there is one.
    let longFrom: Int?
    /// All rows.
    let length: Int
  }

  private let tables: [Table]

  /// - Parameters:
  ///   - blocks: the steps of every block.
  ///   - contextLength: positions that the model was trained for.
  init(_ blocks: [BlockSteps], contextLength: Int) {
    var tables: [Table] = []
    for step in blocks.flatMap(\.steps).compactMap({ $0 as? Rope }) {
      guard !tables.contains(where: { $0.embedding == step.rotary }) else { continue }
      var longFrom: Int?
      if case .longRope(let scaling) = step.rotary.scaling, scaling.originalContext < contextLength {
        longFrom = scaling.originalContext
      }
      let name = "rotary.\(tables.count)"
      tables.append(
        Table(
          embedding: step.rotary, cosines: "\(name).cosines", sines: "\(name).sines", longFrom: longFrom,
          length: (longFrom ?? 0) + contextLength))
    }
    self.tables = tables
  }

  func table(_ embedding: RotaryEmbedding) -> Table {
    guard let table = tables.first(where: { $0.embedding == embedding }) else {
      preconditionFailure("a rotary embedding that no block has")
    }
    return table
  }

  /// The places of tokens in a table.
  func positions(_ table: Table, _ graph: inout ONNXGraphBuilder) -> String {
    table.longFrom.map { graph.movedPositions(beyond: $0) } ?? ONNXGraphBuilder.positions
  }

  /// What a file holds of the tables, in order.
  func planned(_ floats: ONNXType) -> [SafetensorsPlannedTensor] {
    tables.flatMap { table in
      [table.cosines, table.sines].map {
        SafetensorsPlannedTensor(
          name: $0, shape: [table.length, table.embedding.dimensions / 2], type: floats.safetensorsName)
      }
    }
  }

  /// The numbers of each of them.
  func write(_ append: (borrowing Matrix, String) throws(CheckpointError) -> Void) throws(CheckpointError) {
    for table in tables {
      let first = table.longFrom ?? 0
      let long = table.embedding.tables(length: table.length - first)
      let short = table.embedding.tables(length: first)
      let pairs = table.embedding.dimensions / 2
      try append(
        Matrix(rows: table.length, columns: pairs) {
          $0 < first ? short.cosines[$0, $1] : long.cosines[$0 - first, $1]
        }, table.cosines)
      try append(
        Matrix(rows: table.length, columns: pairs) { $0 < first ? short.sines[$0, $1] : long.sines[$0 - first, $1] },
        table.sines)
    }
  }
}
