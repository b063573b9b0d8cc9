import Calibration
import LinearAlgebra
import Models
import Products
import Schemes
import Solvers

/// The sizes that decide what a run takes of the machine.
struct RunSize {
  /// One matrix, as far as memory goes.
  struct MatrixShape {
    let rows: Int
    let columns: Int
    let site: Site?
    let isTable: Bool
    /// Bytes of its packed rows.
    let packed: Int
    let isSolved: Bool
    let needs: StatisticsNeed
    let effort: SolverEffort
    /// Bytes that each worker holds while it is solved.
    let tile: Int
    /// Codes and grid, and what solvers hand on to them.
    let codes: Int
    /// Whether it is solved and read back with its columns in another order, which takes a copy each time.
    let sortsColumns: Bool
    /// Columns of each code, for all types that it is solved in: what a Hessian is made ready for.
    let codeWidths: Set<Int>

    var weightBytes: Int { 4 * rows * columns }

    /// Of no matrix, but of what is observed for those that see too little of their own.
    static func observed(_ site: Site, columns: Int) -> MatrixShape {
      MatrixShape(
        rows: 0, columns: columns, site: site, isTable: false, packed: 0, isSolved: false, needs: .nothing,
        effort: .none, tile: 0, codes: 0, sortsColumns: false, codeWidths: [])
    }
  }

  /// What of a block is observed, solved and left behind at a time.
  struct SubLayerSize {
    /// In the order in which they are solved.
    let matrices: [MatrixShape]
    /// Columns of what stands on edges beside the stream before it.
    let columnsBeside: Int
    /// Whether its matrices are run to be observed, before they are run to be left behind.
    let runsTwice: Bool
  }

  /// A block after the other.
  let blocks: [[SubLayerSize]]
  /// The output matrix and the embedding table.
  let tables: [MatrixShape]
  /// What is solved once more, since another product wants it otherwise.
  let further: [MatrixShape]
  /// How often the text is carried through the network, by editions that see what they made themselves.
  let streams: Int
  let hiddenSize: Int
  let calibrationTokens: Int
  let observesDrift: Bool
  /// Tokens that are run back; 0 where none are.
  let gradientTokens: Int
  /// Columns of all edges of each block.
  let edgeColumns: [Int]
  /// Whether every strategy for its bits is tried on each matrix before the run.
  let allotsBits: Bool
  /// Whether blocks are edited with what was observed, which copies Hessians.
  let hasBlockTransforms: Bool
  /// Of texts and questions.
  let validationTokens: Int
  /// Whether the original is also run as half precision has it.
  let measuresFloor: Bool
  let products: Int
  /// Whether the text moves on as the product carries it.
  let runsQuantized: Bool
  let solvesOutput: Bool
  let workers: Int
  /// Processes, each of which has some shards of the calibration text and solves some tiles of each matrix.
  let ranks: Int

  init(
    _ editions: [Edition], streams: Int, hiddenSize: Int, calibrationTokens: Int, observesDrift: Bool,
    gradientTokens: Int, allotsBits: Bool, hasBlockTransforms: Bool,
    block: (Int) -> (steps: BlockSteps, subLayers: [SubLayer]),
    validationTokens: Int, measuresFloor: Bool, products: Int, runsQuantized: Bool, solvesOutput: Bool, workers: Int,
    ranks: Int
  ) {
    func shape(_ tensors: [TensorPlan], packed: Int) -> MatrixShape {
      let spec = tensors[0].spec
      return MatrixShape(
        rows: spec.rows, columns: spec.columns, site: spec.site, isTable: spec.layer == nil, packed: packed,
        isSolved: tensors.contains { $0.solver != nil },
        needs: tensors.compactMap { $0.solver?.needs }.max() ?? .nothing,
        effort: tensors.compactMap { $0.solver?.effort }.max {
          ($0.hessianSizedBuffers, $0.products) < ($1.hessianSizedBuffers, $1.products)
        }
          ?? .none,
        tile: tensors.map(tileBytes).max() ?? 0, codes: tensors.map(codeBytes).max() ?? 0,
        sortsColumns: tensors.contains { $0.solver?.sortsColumns ?? false },
        codeWidths: Set(tensors.compactMap { ($0.format as? any Scheme)?.columnsPerCode }))
    }
    func tileBytes(_ tensor: TensorPlan) -> Int {
      guard let scheme = tensor.format as? any Scheme, let solver = tensor.solver else { return 0 }
      return solver.tileBytes(rows: tensor.spec.rows, columns: tensor.spec.columns, scheme)
    }
    /// A byte for each code, and of each group scale and offset with what stores them, which solvers hold thrice at their end.
    func codeBytes(_ tensor: TensorPlan) -> Int {
      guard let scheme = tensor.format as? any Scheme, tensor.solver != nil else { return 0 }
      let groups = tensor.spec.columns / scheme.columnsPerGroup
      return tensor.spec.rows * (tensor.spec.columns + 3 * (10 * groups + 256))
    }
    // What editions agree on is solved once, as long as they see the same text.
    func solutions(_ place: Int) -> [TensorPlan] {
      editions.reduce(into: []) { distinct, edition in
        let tensor = edition.tensors[place]
        if streams > 1 || !distinct.contains(where: { $0.hasSameSolution(as: tensor) }) { distinct.append(tensor) }
      }
    }
    let matrices = editions[0].tensors.indices.filter { !editions[0].tensors[$0].spec.isVector }.map(solutions)
    // Packed rows of all editions wait until a block is done.
    let widest = matrices.map { ($0[0].spec, shape($0, packed: $0.reduce(0) { $0 + $1.bytes })) }
    let layers = Dictionary(grouping: widest) { $0.0.layer }
    var edgeColumns: [Int] = []
    blocks = layers.keys.compactMap(\.self).sorted().map { layer in
      let (steps, subLayers) = block(layer)
      edgeColumns.append(steps.columns.values.reduce(0, +))
      return subLayers.map { subLayer in
        SubLayerSize(
          matrices: (layers[layer] ?? []).filter { subLayer.roles.subtracting(subLayer.repeated).contains($0.0.role) }
            .map(\.1)
            + steps.observedAlone(in: subLayer.steps).map { .observed($0, columns: steps.columns[$0] ?? 0) },
          columnsBeside: subLayer.live.reduce(steps.passing - hiddenSize) { $0 + (steps.columns[$1] ?? 0) },
          runsTwice: subLayer.hasInnerSites)
      }
    }
    self.edgeColumns = edgeColumns
    self.gradientTokens = gradientTokens
    tables = (layers[nil] ?? []).map(\.1)
    further = matrices.flatMap { $0.dropFirst().map { shape([$0], packed: $0.bytes) } }
    self.streams = streams
    self.hiddenSize = hiddenSize
    self.calibrationTokens = calibrationTokens
    self.observesDrift = observesDrift
    self.allotsBits = allotsBits
    self.hasBlockTransforms = hasBlockTransforms
    self.validationTokens = validationTokens
    self.measuresFloor = measuresFloor
    self.products = products
    self.runsQuantized = runsQuantized
    self.solvesOutput = solvesOutput
    self.workers = workers
    self.ranks = ranks
  }

  /// Shards of the calibration text that the first rank has; no other has more.
  private var ownShards: Int { (Activations.shards + ranks - 1) / ranks }

  /// Tokens of them.
  var ownTokens: Int { (calibrationTokens * ownShards + Activations.shards - 1) / Activations.shards }

  /// Parts of a sum over the text that a rank keeps until all are added up; none where there is one rank, which adds each up at once.
  var heldParts: Int { ranks > 1 ? ownShards * LongSumParts.count(vectors: calibrationTokens / Activations.shards) : 0 }

  /// Tokens of the calibration text that are worked on at one time.
  var tokensPerBatch: Int { Activations.tokensPerBatch(hiddenSize: hiddenSize) }

  /// Whether a whole block is looked at, and edited, before its sub-layers.
  var previewsBlocks: Bool { runsQuantized && hasBlockTransforms }

  /// The matrices of each block.
  var blockMatrices: [[MatrixShape]] { blocks.map { $0.flatMap(\.matrices) } }
}
