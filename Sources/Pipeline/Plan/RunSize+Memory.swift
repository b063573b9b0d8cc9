import Calibration
import Models
import Solvers
import Validation

/// How much memory a run takes at its widest point, as a sum over what is alive in each phase.
///
/// Phases that hold little are left out. Sizes are those of Float32 matrices; docs/performance.md compares the sum with what
/// runs took.
extension RunSize {
  /// The program, its libraries, the tokenizer, and the heap's loss.
  private static let base = 96 << 20
  private static let bytesPerToken = 512
  /// Products of a matrix that asymmetric calibration holds beside it: W D, the same in the order of the sweep, and the target.
  private static let asymmetricCopies = 3

  /// One tile of logits of each model.
  private var logitsPerWorker: Int {
    let vocabulary = tables.map(\.rows).max() ?? 0
    return 2 * 4 * vocabulary * Evaluation.rowsPerTile(vocabulary: vocabulary)
  }

  /// Bytes of the calibration text's residual streams.
  var streams: Int { calibrationTokens * hiddenSize * 4 * (observesDrift ? 2 : 1) }

  /// The widest phase.
  func peak(_ activations: ActivationStorage) -> Int {
    let streams = activations == .memory ? streams : 0
    let calibrating = blocks.map(peak(ofBlock:)) + tables.map(peak(ofTable:)) + [embedding]
    let widest = max(streams + (calibrating.max() ?? 0), validating)
    // Pages are taken whole and freed a little late.
    return Self.base + vocabularyBytes + widest + widest / 32
  }

  private var vocabularyBytes: Int { (tables.map(\.rows).max() ?? 0) * Self.bytesPerToken }

  /// The text becomes rows of the table.
  private var embedding: Int { tables.map(\.weightBytes).max() ?? 0 }

  private func peak(ofBlock matrices: [MatrixShape]) -> Int {
    let weights = matrices.reduce(0) { $0 + $1.weightBytes }
    let packed = matrices.reduce(0) { $0 + $1.packed }
    guard calibrationTokens > 0 else { return weights + packed + (matrices.map(solving).max() ?? 0) }
    let sites = Dictionary(
      matrices.compactMap { matrix in matrix.site.map { ($0, matrix.columns) } },
      uniquingKeysWith: { first, _ in first })
    let batch = min(Activations.tokensPerBatch(hiddenSize: hiddenSize), calibrationTokens)
    let outputs = matrices.reduce(0) { $0 + $1.rows }
    let inputs = sites.values.reduce(0, +)
    let running = 4 * batch * (outputs + hiddenSize + (observesDrift ? inputs + hiddenSize : 0))
    let observing = weights + sites.values.reduce(0) { $0 + sums($1) } + running
    let statistics = sites.values.reduce(0) { $0 + hessian($1) }
    // One after the other, sums become Hessians, and Hessians those of edited inputs.
    let widest = sites.values.max() ?? 0
    let editing = weights + statistics + (hasBlockTransforms ? hessian(widest) : triangle(widest))
    return max(observing, editing, solving(matrices, sites), weights + packed + running)
  }

  /// Matrices are solved one after the other; what no later one needs is gone.
  private func solving(_ matrices: [MatrixShape], _ sites: [Site: Int]) -> Int {
    var widest = 0
    var conditioned: [Site: Int] = [:]
    var packed = 0
    for (index, matrix) in matrices.enumerated() {
      let rest = matrices[index...]
      let alive = Set(rest.compactMap(\.site))
      conditioned = conditioned.filter { alive.contains($0.key) }
      var bytes = packed + rest.reduce(0) { $0 + $1.weightBytes }
      bytes += alive.reduce(0) { $0 + hessian(sites[$1] ?? 0) }
      if let site = matrix.site { conditioned[site] = max(conditioned[site] ?? 0, conditioning(matrix)) }
      bytes += conditioned.values.reduce(0, +)
      widest = max(widest, bytes + solving(matrix))
      packed += matrix.packed
    }
    return widest
  }

  /// What is made of the Hessian for a matrix and those that read the same input.
  private func conditioning(_ matrix: MatrixShape) -> Int {
    matrix.isSolved ? 4 * matrix.effort.squares * square(matrix.columns) : 0
  }

  /// What solving one matrix takes beside it: targets, codes and grids, packed rows, and what each worker holds of its tile.
  private func solving(_ matrix: MatrixShape) -> Int {
    guard matrix.isSolved else { return matrix.packed }
    let copies = matrix.needs == .drift && observesDrift ? Self.asymmetricCopies : 0
    let tiles = matrix.effort.squares > 0 ? workers * GPTQ.tileBytes(rows: matrix.rows, columns: matrix.columns) : 0
    return copies * matrix.weightBytes + matrix.weightBytes / 2 + matrix.packed + tiles
  }

  private func peak(ofTable table: MatrixShape) -> Int {
    guard calibrationTokens > 0, table.isSolved, table.needs >= .hessian else {
      return table.weightBytes + solving(table)
    }
    return table.weightBytes + hessian(table.columns) + conditioning(table) + solving(table)
  }

  /// Both models' final hidden states and tables, and one block.
  private var validating: Int {
    guard validationTokens > 0 else { return 0 }
    let block = blocks.map { $0.reduce(0) { $0 + $1.weightBytes } }.max() ?? 0
    let table = tables.map(\.weightBytes).max() ?? 0
    let stream = min(Evaluation.bytesPerPass, 4 * validationTokens * hiddenSize)
    let outputs = blocks.map { $0.reduce(0) { $0 + $1.rows } }.max() ?? 0
    let batch = 4 * min(Activations.tokensPerBatch(hiddenSize: hiddenSize), validationTokens) * outputs
    return 2 * table + block + 3 * stream + batch + workers * logitsPerWorker
  }

  private func square(_ n: Int) -> Int { n * n }

  /// One half of a symmetric sum in tiles.
  private func triangle(_ columns: Int) -> Int { 4 * (square(columns) + 512 * columns) / 2 }

  /// A Hessian while it is summed up, and where it is asked for the drift.
  private func sums(_ columns: Int) -> Int { triangle(columns) + (observesDrift ? 4 * square(columns) : 0) }

  /// A Hessian, and where it is asked for the drift.
  private func hessian(_ columns: Int) -> Int { 4 * square(columns) * (observesDrift ? 2 : 1) }
}
