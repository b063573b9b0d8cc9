import LinearAlgebra
import Tensors

/// Keys of all heads from a latent vector of each token: of each head cᵀ U, and behind it a part that turns with the position and that
/// all heads share.
///
/// The matrix U of a head lies as it is multiplied where it is taken into the query, `[latent, size]`: qᵀ (Uᵀ c) = (U q)ᵀ c. So what it
/// reads, and what calibration looks at, is the head's part of the query that does not turn.
///
/// DeepSeek-AI, "DeepSeek-V2" (2024), sections 2.1.2 and 2.1.3.
package struct LatentKeys: Step {
  package let queries: Edge
  package let latent: Edge
  package let turned: Edge
  package let to: Edge
  package let heads: Int
  /// Components of each head that do not turn; the first ones.
  package let plainSize: Int

  package init(queries: Edge, latent: Edge, turned: Edge, to: Edge, heads: Int, plainSize: Int) {
    (self.queries, self.latent, self.turned, self.to) = (queries, latent, turned, to)
    (self.heads, self.plainSize) = (heads, plainSize)
  }

  package var reads: [Edge] { [queries, latent, turned] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] {
    [(to, heads * (plainSize + (columns[turned] ?? 0)))]
  }
  package func tensors(_ columns: [Edge: Int]) -> [BlockTensor] {
    [
      BlockTensor(
        role: .attentionKeyUp, rows: columns[latent] ?? 0, columns: plainSize, experts: heads, site: .headQuery(nil))
    ]
  }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    let (queries, latent, turned) = (run.read(queries), run.read(latent), run.read(turned))
    let size = plainSize + turned.matrix.columns
    // All heads are of one matrix where what that reads is rounded.
    let read =
      run.weights.inputs(of: .attentionKeyUp, expert: 0).map {
        HeldMatrix($0.rounded(latent.matrix, on: run.workers))
      } ?? latent
    var keys = Matrix(uninitializedRows: latent.matrix.rows, columns: heads * size)
    for head in 0..<heads {
      let first = head * size
      observe(.headQuery(head), queries.matrix.copy(columns: first..<first + plainSize), run.units)
      let own = product(
        read.matrix, run.weights[.attentionKeyUp, expert: head].matrix, units: run.units.map(\.rows),
        on: run.workers)
      keys.replaceColumns(from: first, with: own)
      keys.replaceColumns(from: first + plainSize, with: turned.matrix)
    }
    run.write(keys, to: to)
  }

  /// What a matrix reads has a part in scores, not in keys: no gradient is told of it.
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    let gradient = back.take(to)
    let (rank, rest) = (back.run.read(latent).matrix.columns, back.run.read(turned).matrix.columns)
    var ofLatent = Matrix(rows: gradient.rows, columns: rank)
    var ofTurned = Matrix(rows: gradient.rows, columns: rest)
    for head in 0..<heads {
      let first = head * (plainSize + rest)
      let own = gradient.copy(columns: first..<first + plainSize)
      let part = linear(
        own, back.run.weights[.attentionKeyUp, expert: head].matrix, units: back.run.units.map(\.rows),
        on: back.run.workers)
      add(part, to: &ofLatent, on: back.run.workers)
      let shared = gradient.copy(columns: first + plainSize..<first + plainSize + rest)
      add(shared, to: &ofTurned, on: back.run.workers)
    }
    back.add(ofLatent, to: latent)
    back.add(ofTurned, to: turned)
  }
}

extension Edge {
  /// The part of a head's query that does not turn.
  package static func headQuery(_ head: Int?) -> Edge { Edge("headQuery", expert: head) }
}
