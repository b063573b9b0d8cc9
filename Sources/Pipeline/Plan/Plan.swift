import Calibration
import Checkpoints
import Models
import Products
import Schemes
import Solvers
import Spec
import Tensors
import Tokenizers
import Transforms
import Validation

/// A pipeline resolved against its model: what every tensor becomes, on which tokens, in which products.
///
/// This is the compiler's intermediate form. Whatever can be known without running the model is known here.
package struct Plan: Sendable {
  package let spec: Spec
  /// The original, with which products are compared.
  package let model: ModelSource
  /// What is compiled: the original, or what transforms of the whole model make of it.
  package let source: any ModelWeights
  /// Transforms of each block, in order.
  package let blockTransforms: [any Transform]
  package let tokenizer: Tokenizer
  /// The tokenizer as GGUF files describe it, with a token for every row of the embedding table; nil where none is made.
  package let vocabulary: GGUFVocabulary?
  /// What the model and its tokenizer were read from.
  let files: OpenedFiles
  /// What products hold. Each is compiled as if it were alone, unless the file asks for `share`.
  package private(set) var editions: [Edition]
  /// The edition of each product of the pipeline file.
  package let editionOfProduct: [Int]
  /// Bytes that editions may take whose budget was raised.
  private var budgets: [Int: Int] = [:]
  /// The edition that this plan is looked at for; the leading one in a plan for all products.
  private var current = 0
  package let calibration: TokenSequences?
  /// Takes the place of calibration.
  package let importance: ImportanceMatrix?
  package let validation: ValidationMaterial?
  /// What gates compare with.
  package let baseline: PublishedRecord?
  /// What the run will take of the machine.
  package var resources: ResourcePlan
  /// What a user should know and need not change.
  package let warnings: [Diagnostic]

  /// Every tensor of the edition, in the order in which they are compiled.
  package var tensors: [TensorPlan] { editions[current].tensors }
  /// The type or mix that was asked for.
  package var type: String { editions[current].type }

  /// The same plan as one product sees it.
  package func forProduct(_ index: Int) -> Plan { forEdition(editionOfProduct[index]) }

  /// The same plan, with the tensors of one edition.
  package func forEdition(_ index: Int) -> Plan {
    var plan = self
    plan.current = index
    return plan
  }

  /// What a product asks for, its budget as it was raised.
  func request(ofProduct index: Int) -> QuantizationRequest {
    let request = QuantizationRequest(spec.products[index], spec)
    return budgets[editionOfProduct[index]].map(request.raised) ?? request
  }

  /// Whether the products of an edition were given a budget.
  func hasBudget(_ edition: Int) -> Bool {
    editionOfProduct.firstIndex(of: edition).map { request(ofProduct: $0).budget != nil } ?? false
  }

  /// The same plan with other budgets, in bytes of all tensors, spent.
  ///
  /// - Precondition: the editions have budgets, and what each choice costs is known.
  func raising(_ raised: [Int: Int]) throws(RunError) -> Plan {
    var plan = self
    plan.budgets.merge(raised) { $1 }
    for (edition, bytes) in raised.sorted(by: { $0.key < $1.key }) {
      guard let product = editionOfProduct.firstIndex(of: edition) else { continue }
      plan.editions[edition] = try editions[edition].raised(to: bytes, plan.request(ofProduct: product).type).spent()
    }
    return plan
  }

  /// The same plan with what else its editions may be.
  func replacing(_ editions: [Edition]) -> Plan {
    var plan = self
    plan.editions = editions
    return plan
  }

  /// Bytes of all tensors, without any container's header.
  package var tensorBytes: Int { tensors.bytes }
  /// Storage for one weight over the whole model, in bits, without any container's header.
  package var bitsPerWeight: Double { tensors.bitsPerWeight }
  /// The weights that the run starts from, as they are stored.
  package var original: OriginalModel { OriginalModel(model) }
  /// The tensors that do not get the type that was asked for.
  package var fallbacks: [TensorPlan] { tensors.filter { $0.fallback != nil } }

  /// What is compiled side by side: all editions, or one after the other where memory asks for that.
  package var courses: [[Int]] {
    let all = leadingFirst
    return resources.compilesSideBySide ? [all] : all.map { [$0] }
  }

  /// Whether what is calibrated for one product serves all others, as the file asks for. Where it would part nothing, it is not
  /// asked for.
  package var sharesCalibration: Bool { spec.calibration?.share ?? false }

  /// Editions by their places; where calibration is shared, the one with most bits leads.
  private var leadingFirst: [Int] {
    guard sharesCalibration else { return Array(editions.indices) }
    return Self.leadingFirst(editions)
  }

  static func leadingFirst(_ editions: [Edition]) -> [Int] {
    editions.indices.sorted { (editions[$1].tensorBytes, $0) < (editions[$0].tensorBytes, $1) }
  }

  /// Whether codes are chosen for a matrix that makes logits, in some of these editions.
  func solvesOutput(_ places: [Int]) -> Bool {
    Self.solvesOutput(places.flatMap { editions[$0].tensors }, isTied: source.shape.tiedOutput)
  }

  static func solvesOutput(_ tensors: [TensorPlan], isTied: Bool) -> Bool {
    tensors.contains { tensor in
      let makesLogits = tensor.spec.role == .output || isTied && tensor.spec.role == .tokenEmbedding
      return makesLogits && tensor.solver != nil
    }
  }

  /// Whether the calibration text is run: some matrix, transform or gate asks what it shows.
  var calibrates: Bool { calibration != nil && Self.asksForCalibration(spec, editions) }

  /// A product of floating-point types is what it is without.
  static func asksForCalibration(_ spec: Spec, _ editions: [Edition]) -> Bool {
    spec.transforms.contains { !$0.variant.editsWholeModel }
      || editions.contains { $0.tensors.contains { $0.solver != nil } }
      || spec.validation?.gates.contains { $0.gate.measure == .minExpertTokens } == true
  }

  /// Whether calibration of some of these editions follows the original network too.
  func observesDrift(_ places: [Int]) -> Bool { Self.observesDrift(spec, places.flatMap { editions[$0].tensors }) }

  /// Whether some solver wants to know how far its inputs have drifted from those of the original network, and they can.
  static func observesDrift(_ spec: Spec, _ tensors: [TensorPlan]) -> Bool {
    spec.calibration?.inputs == .quantized && tensors.contains { $0.solver?.needs == .drift }
  }

  /// What of a block is observed, solved and left behind at a time: matrices are solved for what they will read once those before
  /// them are quantized, and the text runs through every matrix once. With original inputs nothing depends on what was solved,
  /// and the block is one sub-layer.
  package func subLayers(_ layer: Int) -> [SubLayer] {
    Self.subLayers(spec, source.architecture.steps(source.shape, layer: layer))
  }

  static func subLayers(_ spec: Spec, _ block: BlockSteps) -> [SubLayer] {
    solvesInSubLayers(spec) ? block.subLayers : [block.whole]
  }

  static func solvesInSubLayers(_ spec: Spec) -> Bool { spec.calibration?.inputs == .quantized }

  /// Whether transforms look at each whole block before the first of its matrices is solved.
  var previewsBlocks: Bool { Self.solvesInSubLayers(spec) && !blockTransforms.isEmpty }

  /// Whether some of these editions hold scales of inputs.
  func observesInputRanges(_ places: [Int]) -> Bool { places.contains { editions[$0].holdsInputScales } }

  /// What is known about a tensor's inputs without running the model.
  func knownInputs(of tensor: TensorPlan) -> ActivationStatistics {
    let index = tensor.spec.expert?.index ?? 0
    guard let entry = importance?[tensor.spec.ggufName], let meanSquares = entry.meanSquares(of: index) else {
      return .uniform(columns: tensor.spec.columns)
    }
    return ActivationStatistics(meanSquares: meanSquares, tokens: Int(min(entry.counts[index], 1e15)))
  }

  /// The tensor of a role outside of all blocks.
  package func table(_ role: Role) -> TensorPlan? {
    tensors.first { $0.spec.role == role && $0.spec.layer == nil }
  }
}

extension Plan {
  init(
    spec: Spec, model: ModelSource, source: any ModelWeights, tokenizer: Tokenizer, vocabulary: GGUFVocabulary?,
    files: OpenedFiles,
    editions: [Edition], editionOfProduct: [Int], calibration: TokenSequences?, importance: ImportanceMatrix?,
    validation: ValidationMaterial?, baseline: PublishedRecord?, resources: ResourcePlan, warnings: [Diagnostic]
  ) {
    self.spec = spec
    self.model = model
    self.source = source
    blockTransforms = spec.transforms.map(\.variant).filter { !$0.editsWholeModel }
    self.tokenizer = tokenizer
    self.vocabulary = vocabulary
    self.files = files
    self.editions = editions
    self.editionOfProduct = editionOfProduct
    self.calibration = calibration
    self.importance = importance
    self.validation = validation
    self.baseline = baseline
    self.resources = resources
    self.warnings = warnings
  }
}

/// What some of the products hold: all that have one type, solver and overrides, and scales of inputs or none.
package struct Edition: Sendable {
  /// The type or mix that was asked for.
  package let type: String
  /// Every tensor, in the order in which they are compiled, which is the same in all editions.
  package let tensors: [TensorPlan]
  /// The average bits of a weight in matrices inside of blocks, where each of them is to get what it is worth. A plan gives
  /// all the same; the run, which can measure, gives each its own (`BitAllotment`).
  package let averageBits: Double?
  /// What its tensors may be, where each is to get the type that it is worth. A plan gives each what all could have; the run, which
  /// foretells costs, gives each its own (`TypeAllotment`).
  let open: OpenTypes?
  /// What was spent, once it is known.
  let spending: TypeSpending?
  /// Whether its products are run on inputs that are rounded, which later blocks then see.
  package let holdsInputScales: Bool
  /// How its runtime rounds inputs under scales of its own; nil where it does not.
  package let dynamicInputs: DynamicInputs?

  init(
    type: String, tensors: [TensorPlan], averageBits: Double? = nil, open: OpenTypes? = nil,
    spending: TypeSpending? = nil, holdsInputScales: Bool = false, dynamicInputs: DynamicInputs? = nil
  ) {
    self.open = open
    self.spending = spending
    self.dynamicInputs = dynamicInputs
    self.type = type
    self.tensors = tensors
    self.averageBits = averageBits
    self.holdsInputScales = holdsInputScales
  }

  /// The same edition with what else its tensors may be.
  func replacing(_ tensors: [TensorPlan], spending: TypeSpending? = nil) -> Edition {
    Edition(
      type: type, tensors: tensors, averageBits: averageBits, open: open, spending: spending ?? self.spending,
      holdsInputScales: holdsInputScales, dynamicInputs: dynamicInputs)
  }

  /// The same edition with other types to choose from.
  func replacing(_ open: OpenTypes) -> Edition {
    Edition(
      type: type, tensors: tensors, averageBits: averageBits, open: open, spending: spending,
      holdsInputScales: holdsInputScales, dynamicInputs: dynamicInputs)
  }

  /// The same edition with so many bytes to spend, not spent yet.
  func raised(to bytes: Int, _ name: String) -> Edition {
    Edition(
      type: name, tensors: tensors, open: open?.replacing(.bytes(bytes)), holdsInputScales: holdsInputScales,
      dynamicInputs: dynamicInputs)
  }

  /// Bytes of all tensors, without any container's header.
  var tensorBytes: Int { tensors.bytes }

  /// What the matrices of a block are to be stored as, without those of experts, which transforms leave alone.
  func schemes(layer: Int) -> [Role: any Scheme] {
    var schemes: [Role: any Scheme] = [:]
    for tensor in tensors where tensor.spec.layer == layer && tensor.spec.expert == nil {
      if let scheme = tensor.format as? any Scheme { schemes[tensor.spec.role] = scheme }
    }
    return schemes
  }
}
