import Calibration
import Models
import Products
import Solvers
import Validation

/// How much memory a run takes at its widest point, as a sum over what is alive in each phase.
///
/// Phases that hold little are left out. Sizes are those of Float32 matrices; docs/performance.md compares the sum with what
/// runs took.
extension RunSize {
  /// The program, its libraries and the tokenizer.
  private static let base = 56 << 20
  private static let bytesPerToken = 512
  /// A sum over the text takes so many Float32 matrices of its shape: the part at hand, and the total in Float64.
  private static let sumCopies = 3
  /// The same of a sum that ranks share.
  private var sharedSumCopies: Int { Self.sumCopies + heldParts }
  /// Products of a matrix that asymmetric calibration holds beside it: W D, the same in the order of the sweep, and the target.
  private static let asymmetricCopies = 3

  /// One tile of logits of each model.
  private var logitsPerWorker: Int {
    let vocabulary = tables.map(\.rows).max() ?? 0
    return 2 * 4 * vocabulary * Evaluation.rowsPerTile(vocabulary: vocabulary)
  }

  /// Bytes of the calibration text's residual streams.
  private var residualStreams: Int { ownTokens * hiddenSize * 4 * texts }

  /// What every block reads of the tokens that are run back, and the gradients behind it.
  private var tape: Int { gradientTokens > 0 ? 8 * (blocks.count + 1) * gradientTokens * hiddenSize : 0 }

  /// The most bytes of activations that are kept at one time.
  var activations: Int {
    tape + residualStreams + texts * bytes(columns: blocks.joined().map(\.columnsBeside).max() ?? 0)
  }

  /// The text as each stream carries it, and as the original carries it.
  private var texts: Int { streams + (observesDrift ? originals : 0) }

  /// Streams share the original's text unless they edit its blocks.
  private var originals: Int { hasBlockTransforms ? streams : 1 }

  /// The widest phase.
  func peak(_ activations: ActivationStorage) -> Int {
    let isInMemory = activations == .memory
    let calibrating =
      blocks.map { peak(ofBlock: $0, isInMemory: isInMemory) } + tables.map(peak(ofTable:)) + [embedding]
    let widest =
      (isInMemory ? tape : 0)
      + max((isInMemory ? residualStreams : 0) + (calibrating.max() ?? 0), goingBack(through: nil), validating)
    // Pages are taken whole and freed a little late, and the heap keeps what lies between things of other sizes.
    return Self.base + vocabularyBytes + widest + widest / 8
  }

  private var vocabularyBytes: Int { (tables.map(\.rows).max() ?? 0) * Self.bytesPerToken }

  /// The text becomes rows of the table.
  private var embedding: Int { tables.map(\.weightBytes).max() ?? 0 }

  private func peak(ofBlock block: [SubLayerSize], isInMemory: Bool) -> Int {
    let matrices = block.flatMap(\.matrices)
    guard calibrationTokens > 0 else {
      return bytes(matrices) + packed(matrices) + (matrices.map(solving).max() ?? 0)
    }
    // Of other streams: blocks that they edited themselves, and below what they know of a sub-layer and what stands beside the stream.
    let others = streams - 1
    let edited = previewsBlocks ? others * bytes(matrices) : 0
    var widest = previewsBlocks ? looking(at: matrices, drift: false, edits: true) + edited : 0
    widest = max(widest, goingBack(through: block) + edited)
    // What errors in outputs cost is known for the whole block from there on.
    let metrics = gradientTokens > 0 ? outputMetrics(matrices) * (hasBlockTransforms ? streams : 1) : 0
    if allotsBits { widest = max(widest, allotting(to: matrices)) }
    // Edits that differ from product to product are made of a copy.
    let copiesBlocks = hasBlockTransforms && !previewsBlocks && !further.isEmpty
    var done: [MatrixShape] = []
    for (index, subLayer) in block.enumerated() {
      let own = subLayer.matrices
      let rest = block[(index + 1)...].flatMap(\.matrices)
      let held = isInMemory ? bytes(columns: subLayer.columnsBeside) : 0
      let next = isInMemory && index + 1 < block.count ? bytes(columns: block[index + 1].columnsBeside) : 0
      let waiting = metrics + bytes(rest) + packed(done) + edited + others * max(held, next)
      let known = (others + (copiesBlocks ? 1 : 0)) * statistics(own)
      // Nothing that another stream still solves is let go.
      let kept = others > 0 || copiesBlocks ? bytes(own) : 0
      let originalsNext = observesDrift ? originals * next : 0
      // The original text is past the sub-layer when the other still stands before it.
      let observing =
        looking(at: own, drift: observesDrift, edits: hasBlockTransforms && !previewsBlocks)
        + (observesDrift ? originals * max(held, next) : 0) + known
      // One after the other is put back into its order.
      let restoring = own.filter(\.sortsColumns).map(\.weightBytes).max() ?? 0
      let moving =
        bytes(own) + packed(own) + max(restoring, running(own, drift: false)) + max(held, next) + originalsNext
      let solving = solving(own, sites(own)) + held + originalsNext + known + kept
      widest = max(widest, waiting + max(observing + held, solving, runsQuantized ? moving : 0))
      done += own
    }
    return widest
  }

  /// Gradients of a batch on their way back through a block, and sums over outputs where it is known which block: then its matrices
  /// are about to be solved. At the head, a tile of logits and what becomes of them.
  private func goingBack(through block: [SubLayerSize]?) -> Int {
    guard gradientTokens > 0 else { return 0 }
    let edges = edgeColumns.max() ?? 0
    let running = 2 * 4 * min(tokensPerBatch, gradientTokens) * edges
    let matrices = block?.flatMap(\.matrices)
    let weights = matrices.map(bytes) ?? blockMatrices.map(bytes).max() ?? 0
    let sums = (matrices ?? []).filter(\.isSolved).reduce(0) { sum, matrix in
      sum + OutputBlocks.all(rows: matrix.rows).reduce(0) { $0 + Self.sumCopies * triangle($1.count) }
    }
    let head = (tables.map(\.weightBytes).max() ?? 0) + 3 * Self.headTileBytes
    return max(weights + running + sums, block == nil ? head : 0)
  }

  /// A tile of logits, in bytes.
  private static let headTileBytes = 4 * BackwardPass.logitsPerTile

  /// What errors in the outputs of some matrices cost.
  private func outputMetrics(_ matrices: [MatrixShape]) -> Int {
    matrices.filter(\.isSolved).reduce(0) { sum, matrix in
      sum + OutputBlocks.all(rows: matrix.rows).reduce(0) { $0 + 4 * square($1.count) }
    }
  }

  private func bytes(_ matrices: [MatrixShape]) -> Int { matrices.reduce(0) { $0 + $1.weightBytes } }
  /// Of activations of the text, or of this rank's share of it.
  private func bytes(columns: Int) -> Int { 4 * ownTokens * columns }
  private func packed(_ matrices: [MatrixShape]) -> Int { matrices.reduce(0) { $0 + $1.packed } }

  private func sites(_ matrices: [MatrixShape]) -> [Site: Int] {
    Dictionary(
      matrices.compactMap { matrix in matrix.site.map { ($0, matrix.columns) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// The columns of each Hessian that is summed up: one for each site, or for each matrix where tokens are weighed. Experts have both.
  private func hessians(_ matrices: [MatrixShape]) -> [Int] {
    guard gradientTokens > 0 else { return Array(sites(matrices).values) }
    let alike = matrices.contains { $0.site?.expert != nil } ? Array(sites(matrices).values) : []
    return alike + matrices.filter { $0.isSolved && $0.site != nil }.map(\.columns)
  }

  /// The Hessians of some matrices of a block, or the sums that they are made of.
  private func statistics(_ matrices: [MatrixShape]) -> Int {
    let sizes = hessians(matrices)
    let sums = sizes.reduce(0) { $0 + sharedSumCopies * (triangle($1) + (observesDrift ? 4 * square($1) : 0)) }
    return max(sums, sizes.reduce(0) { $0 + hessian($1, drift: observesDrift) })
  }

  /// Some matrices of a block while their inputs are summed up, and while sums become Hessians and, one after the other, those of edited
  /// inputs.
  private func looking(at matrices: [MatrixShape], drift: Bool, edits: Bool) -> Int {
    let sizes = hessians(matrices)
    let sums = sizes.reduce(0) { $0 + sharedSumCopies * (triangle($1) + (drift ? 4 * square($1) : 0)) }
    // Sites become Hessians one after the other: of each, the total goes once its rounded copy is made.
    let statistics = sizes.reduce(0) { $0 + hessian($1, drift: drift) }
    let widest = sizes.max() ?? 0
    let made = max(sums, statistics + (edits ? hessian(widest, drift: drift) : Self.sumCopies * triangle(widest)))
    return bytes(matrices) + max(sums + running(matrices, drift: drift), made)
  }

  /// A whole block while strategies are tried on its matrices: of every input the Hessian stays, and what trials make of it, a
  /// sorted copy and its factor.
  private func allotting(to matrices: [MatrixShape]) -> Int {
    let made = sites(matrices).values.reduce(0) { $0 + 3 * hessian($1, drift: false) }
    let widest = matrices.map { $0.tile + $0.codes }.max() ?? 0
    return max(looking(at: matrices, drift: false, edits: hasBlockTransforms), bytes(matrices) + made + widest)
  }

  /// A batch on its way.
  private func running(_ matrices: [MatrixShape], drift: Bool) -> Int {
    let batch = min(tokensPerBatch, calibrationTokens)
    let outputs = matrices.reduce(0) { $0 + $1.rows }
    let inputs = sites(matrices).values.reduce(0, +)
    return 4 * batch * (outputs + hiddenSize + (drift ? inputs + hiddenSize : 0))
  }

  /// Matrices are solved one after the other; what no later one needs is gone.
  private func solving(_ matrices: [MatrixShape], _ sites: [Site: Int]) -> Int {
    var widest = 0
    var conditioned: [ConditionedSite: Int] = [:]
    var packed = 0
    for (index, matrix) in matrices.enumerated() {
      let rest = matrices[index...]
      let alive = Set(rest.compactMap(\.site))
      conditioned = conditioned.filter { alive.contains($0.key.site) }
      var bytes = packed + rest.reduce(0) { $0 + $1.weightBytes }
      bytes +=
        gradientTokens > 0
        ? hessians(Array(rest)).reduce(0) { $0 + hessian($1, drift: observesDrift) }
        : alive.reduce(0) { $0 + hessian(sites[$1] ?? 0, drift: observesDrift) }
      // Where every matrix has a Hessian of its own, what was made of the last one is gone with it.
      if gradientTokens > 0 { conditioned = [:] }
      if let site = matrix.site {
        for width in matrix.codeWidths {
          let key = ConditionedSite(site: site, columnsPerCode: width)
          conditioned[key] = max(conditioned[key] ?? 0, conditioning(matrix))
        }
      }
      bytes += conditioned.values.reduce(0, +)
      widest = max(widest, bytes + solving(matrix))
      packed += matrix.packed
    }
    return widest
  }

  /// What is made of a Hessian once for all matrices that read the same input and whose codes are of as many columns.
  private struct ConditionedSite: Hashable {
    let site: Site
    let columnsPerCode: Int
  }

  /// What is made of the Hessian for a matrix and those that read the same input.
  private func conditioning(_ matrix: MatrixShape) -> Int {
    matrix.isSolved ? 4 * matrix.effort.hessianSizedBuffers * square(matrix.columns) : 0
  }

  /// What solving one matrix takes beside it: targets, codes and grids, packed rows, and what each worker holds of its tile.
  private func solving(_ matrix: MatrixShape) -> Int {
    guard matrix.isSolved else { return matrix.packed }
    let copies = (matrix.needs == .drift && observesDrift ? Self.asymmetricCopies : 0) + (matrix.sortsColumns ? 1 : 0)
    // Rows that are solved together: values, gradients and codes of all.
    let together = isCoupled(matrix) ? 9 * matrix.rows * matrix.columns : 0
    return copies * matrix.weightBytes + matrix.codes + matrix.packed + workers * matrix.tile + together
  }

  private func peak(ofTable table: MatrixShape) -> Int {
    guard calibrationTokens > 0, table.isSolved, table.needs >= .hessian else {
      return table.weightBytes + solving(table)
    }
    return table.weightBytes + hessian(table.columns, drift: observesDrift) + conditioning(table) + solving(table)
  }

  /// Both models' final hidden states and tables, and one block.
  private var validating: Int {
    guard validationTokens > 0 else { return 0 }
    let block = blockMatrices.map(bytes).max() ?? 0
    let table = tables.map(\.weightBytes).max() ?? 0
    let stream = min(Evaluation.bytesPerPass, 4 * validationTokens * hiddenSize)
    let outputs = blockMatrices.map { $0.reduce(0) { $0 + $1.rows } }.max() ?? 0
    let batch = 4 * min(Activations.tokensPerBatch(hiddenSize: hiddenSize), validationTokens) * outputs
    return 2 * table + block + 3 * stream + batch + workers * logitsPerWorker
  }

  private func square(_ n: Int) -> Int { n * n }

  /// One half of a symmetric sum in tiles.
  private func triangle(_ columns: Int) -> Int { 4 * (square(columns) + 512 * columns) / 2 }

  /// A Hessian, and where it is asked for the drift.
  private func hessian(_ columns: Int, drift: Bool) -> Int { 4 * square(columns) * (drift ? 2 : 1) }
}
