import Pipeline

/// A plan as a program reads it.
struct PlanReport: Encodable {
  struct Tensor: Encodable {
    let name: String
    let shape: [Int]
    let typeAsked: String
    let type: String
    let fallback: String?
    let solver: String?
    let bytes: Int
  }

  /// What the products hold that do not hold the tensors above.
  struct Edition: Encodable {
    let type: String
    let products: [String]
    let tensors: [Tensor]
    let tensorBytes: Int
    let bitsPerWeight: Double
    let fallbacks: Int
  }

  let name: String
  let variant: String?
  let tensors: [Tensor]
  let tensorBytes: Int
  let bitsPerWeight: Double
  let fallbacks: Int
  let calibrationTokens: Int
  let validationTokens: Int
  let validationQuestions: Int
  let products: [String]
  let otherEditions: [Edition]
  let warnings: [String]
  /// What to know before trusting the products.
  let remarks: [String]
  /// Of the original's tensors.
  let originalBytes: Int
  /// Processes that make the run together.
  let ranks: Int
  /// Of each of them.
  let peakBytes: Int
  let activations: String
  /// Of the disk, while products are written: they and the journal.
  let diskBytes: Int
  /// Of these, what the journal takes at most.
  let journalBytes: Int
  let seconds: Double
  /// What each stage is expected to take.
  let stages: [StageTime]

  init(_ plan: Plan, rate: Double) {
    name = plan.spec.name
    variant = plan.spec.variant
    tensors = Self.tensors(plan)
    tensorBytes = plan.tensorBytes
    bitsPerWeight = plan.bitsPerWeight
    fallbacks = plan.fallbacks.count
    calibrationTokens = plan.calibration?.tokens.count ?? 0
    validationTokens = plan.validation?.textTokens ?? 0
    validationQuestions = plan.validation?.items ?? 0
    products = plan.spec.products.map(\.path.absolute)
    otherEditions = plan.editions.indices.dropFirst().map { edition in
      let own = plan.forEdition(edition)
      let paths = zip(plan.spec.products, plan.editionOfProduct).filter { $0.1 == edition }.map(\.0.path.absolute)
      return Edition(
        type: own.type, products: paths, tensors: Self.tensors(own), tensorBytes: own.tensorBytes,
        bitsPerWeight: own.bitsPerWeight, fallbacks: own.fallbacks.count)
    }
    warnings = plan.warnings.map(\.description)
    remarks = Remarks.of(plan)
    originalBytes = plan.original.bytes
    ranks = plan.resources.ranks
    peakBytes = plan.resources.peakBytes
    activations = plan.resources.activationsName
    diskBytes = plan.productBytes + plan.journalBytes
    journalBytes = plan.journalBytes
    seconds = plan.resources.seconds(atRate: rate)
    stages = Stage.allCases.map {
      StageTime(
        stage: $0, seconds: ResourcePlan.seconds(of: plan.resources.work.operations(of: $0), atRate: rate))
    }
  }

  private static func tensors(_ plan: Plan) -> [Tensor] {
    plan.tensors.map {
      Tensor(
        name: $0.name, shape: $0.spec.shape, typeAsked: $0.typeAsked, type: $0.format.name, fallback: $0.fallback,
        solver: $0.solver?.name, bytes: $0.bytes)
    }
  }
}
