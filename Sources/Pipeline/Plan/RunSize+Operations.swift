import Calibration
import Models
import Schemes
import Solvers

/// Floating-point operations of a run: products with weights, outer products, factors and solving.
extension RunSize {
  /// - Parameters:
  ///   - size: of all editions side by side.
  ///   - alone: of each by itself, where they go on by themselves; empty where one text serves all.
  static func work(_ size: RunSize, _ alone: [RunSize], sideBySide: Bool) -> RunWork {
    guard !alone.isEmpty else { return size.once + size.compiling }
    var work = alone.reduce(size.once) { $0 + $1.compiling }
    // Side by side they run the original once, unless each edits it in its own way.
    guard sideBySide, !size.hasBlockTransforms else { return work }
    work.compile -= alone.filter(\.observesDrift).dropFirst().reduce(0) { $0 + $1.originalPass }
    return work
  }

  /// What products have in common: the trials of bits, and what is measured in the end.
  private var once: RunWork {
    let allotting = allotsBits ? Double(calibrationTokens) * (perToken + outerProducts(blockMatrices)) + trials : 0
    let output = 2 * (tables.map(elements).max() ?? 0)
    let passes = Double(1 + products + (measuresFloor ? 1 : 0))
    return RunWork(
      gradients: Double(gradientTokens) * (3 * perToken + 2 * output), allot: allotting,
      validate: Double(validationTokens) * passes * (perToken + output))
  }

  private var compiling: RunWork {
    // A preview, the original text, and sub-layers that are run to be looked at.
    let passes = 1.0 + (previewsBlocks ? 1 : 0)
    let again = runsQuantized ? blocks.reduce(0) { $0 + perToken($1.filter(\.runsTwice)) } : 0
    // Nobody asks what the last block makes of the text where no matrix is solved for it.
    let last = runsQuantized && !solvesOutput ? perToken(blocks.last?.suffix(1) ?? []) : 0
    let sums = outerProducts(blockMatrices, drift: observesDrift) + (previewsBlocks ? outerProducts(blockMatrices) : 0)
    let text =
      Double(calibrationTokens) * (passes * perToken + again - last + sums)
      + Double(gradientTokens) * (2 * perToken + outputProducts)
    let alone = further.filter(\.isTable)
    // Ranks share the text and the sweeps; each makes every factor.
    let share = 1 / Double(ranks)
    return RunWork(
      compile: share * (text + (observesDrift ? originalPass : 0) + sweeps(further.filter { !$0.isTable }))
        + solving(blockMatrices),
      tables: share * (Double(calibrationTokens) * outerProducts([tables], drift: observesDrift) + sweeps(alone))
        + solving([tables]))
  }

  private var originalPass: Double { Double(calibrationTokens) * perToken }

  /// For one token: every product with a matrix of a block.
  private var perToken: Double { blocks.reduce(0) { $0 + perToken($1) } }

  private func perToken(_ subLayers: some Sequence<SubLayerSize>) -> Double {
    subLayers.reduce(0) { $0 + $1.matrices.reduce(0) { $0 + 2 * elements($1) } }
  }

  private func elements(_ matrix: MatrixShape) -> Double { Double(matrix.rows) * Double(matrix.columns) }

  /// For one token: one triangle of each Hessian, and the whole drift.
  private func outerProducts(_ parts: [[MatrixShape]], drift: Bool = false) -> Double {
    parts.reduce(0) { sum, matrices in
      let readers = hessianReaders(matrices.filter { $0.site != nil })
      return sum + readers.reduce(0) { $0 + Double($1.columns) * Double($1.columns) * (drift ? 3 : 1) }
    }
  }

  private func solving(_ parts: [[MatrixShape]]) -> Double {
    parts.reduce(0) { sum, matrices in
      let solved = matrices.filter { $0.isSolved && $0.needs >= .hessian }
      return sum + factors(solved) + sweeps(solved) / Double(ranks)
    }
  }

  private func sweeps(_ matrices: [MatrixShape]) -> Double {
    matrices.filter(\.isSolved).reduce(0) { sum, matrix in
      let rows = isCoupled(matrix) ? OutputBlocks.all(rows: matrix.rows).map(\.count).max() ?? 0 : 0
      return sum + 2 * elements(matrix)
        * (matrix.effort.products * Double(matrix.columns) + matrix.effort.outputProducts * Double(rows))
    }
  }

  /// Whether the rows of a matrix are solved together.
  func isCoupled(_ matrix: MatrixShape) -> Bool {
    gradientTokens > 0 && !matrix.isTable && matrix.isSolved && matrix.effort.outputProducts > 0
  }

  /// One for each input, in Float64, at half the rate.
  private func factors(_ matrices: [MatrixShape]) -> Double {
    hessianReaders(matrices).reduce(0) { $0 + 2 / 3 * cube($1.columns) }
  }

  /// For one token that is run back: one triangle of what each matrix's outputs do to each other.
  private var outputProducts: Double {
    let solved = blockMatrices.joined().filter(\.isSolved)
    return solved.flatMap { OutputBlocks.all(rows: $0.rows) }.reduce(0) { $0 + Double($1.count * $1.count) }
  }

  /// One matrix for each Hessian: where tokens are weighed every matrix has its own.
  private func hessianReaders(_ matrices: [MatrixShape]) -> [MatrixShape] {
    gradientTokens > 0 ? matrices : firstReaders(matrices)
  }

  /// The first matrix that reads each input. In their order: sums in Float64 depend on it.
  private func firstReaders(_ matrices: [MatrixShape]) -> [MatrixShape] {
    var seen: Set<Site?> = []
    return matrices.filter { seen.insert($0.site).inserted }
  }

  /// A factor for each input, and for each strategy a sweep over some rows and what it leaves.
  private var trials: Double {
    blockMatrices.reduce(0) { sum, matrices in
      let solved = matrices.filter(\.isSolved)
      return sum + factors(solved)
        + solved.reduce(0) { sum, matrix in
          let rows = Double(min(matrix.rows, BitAllotment.sampledRows))
          let columns = Double(matrix.columns)
          return sum + Double(EXL2Strategy.all.count) * 2 * Self.productsOfTrials * rows * columns * columns
        }
    }
  }

  /// A sweep without descent.
  private static let productsOfTrials = 2.0

  private func cube(_ n: Int) -> Double { Double(n) * Double(n) * Double(n) }
}
