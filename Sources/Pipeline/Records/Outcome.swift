import Checkpoints
import Foundation
import LinearAlgebra
import Models
import Spec
import Validation

/// One product, measured and judged.
package struct ProductOutcome: Sendable, Codable, Equatable {
  package let path: String
  package let bytes: Int
  package let bitsPerWeight: Double
  /// What the product was made of and how, as one hash; it stands in the product too. Nil in records of old.
  package let recipeDigest: String?
  /// Nil where there was nothing to measure on.
  package let measurements: Measurements?
  /// The worst of the weights that were read back; nil where a transform folded something into them.
  package let blockError: BlockError?
  /// Sequences and questions that the product's own tokenizer cuts otherwise; nil where there was nothing to try it on.
  package let tokenizerMismatches: Int?
  package internal(set) var gates: [GateResult]
  /// What was done to each tensor, where that is not what the ledger of the run tells: a product with a type, solver or
  /// overrides of its own.
  package let ledger: Ledger?
  /// Where a rejected product was kept for study.
  package internal(set) var keptAt: String?
  /// What a budget bought, where the product was given one.
  package private(set) var spending: TypeSpending? = nil
  /// What became of its budget, where the file says that gates may raise it.
  package private(set) var rounds: BudgetRounds? = nil
  /// When the product of an earlier run was written that still stands under the name of one that was refused; nil where none does.
  package private(set) var earlierProduct: String? = nil

  /// Whether every gate of it held.
  package var holds: Bool { gates.allSatisfy(\.holds) }

  /// The same, refused.
  ///
  /// - Parameter kept: where it is kept for study, if it is.
  func refused(keptAt kept: String?) -> ProductOutcome {
    var outcome = self
    outcome.keptAt = kept
    outcome.earlierProduct = Self.dateOfProduct(at: path)
    return outcome
  }

  /// The same with what became of its budget.
  func raised(_ rounds: BudgetRounds?) -> ProductOutcome {
    var outcome = self
    outcome.rounds = rounds
    return outcome
  }

  /// When what stands in a place was published: a folder lists its files last.
  private static func dateOfProduct(at path: String) -> String? {
    let attributes = [UnpublishedFolder.list(of: path), path].lazy.compactMap {
      try? FileManager.default.attributesOfItem(atPath: URL(filePath: $0).resolvingSymlinksInPath().path)
    }.first
    return (attributes?[.modificationDate] as? Date)?.formatted(.iso8601)
  }
}

/// The weights that a run started from, as they are stored.
package struct OriginalModel: Sendable, Encodable {
  package let weights: Int
  /// Without any container's header.
  package let bytes: Int
  package let bitsPerWeight: Double

  init(_ model: ModelSource) {
    let stored = model.weights.compactMap { model.source.tensors[model.name(of: $0)] }
    weights = stored.reduce(0) { $0 + $1.elementCount }
    bytes = stored.reduce(0) { $0 + $1.byteCount }
    bitsPerWeight = 8 * Double(bytes) / Double(max(1, weights))
  }
}

/// Memory and time, foretold and measured.
package struct ResourceRecord: Sendable, Encodable {
  package let predictedPeakBytes: Int
  /// Of the process, up to the moment at which this was written.
  package let peakBytes: Int
  package let predictedSeconds: Double
  package let seconds: Double
  /// `memory` or `file`.
  package let activations: String

  init(_ plan: ResourcePlan, seconds: Double, rate: Double) {
    predictedPeakBytes = plan.peakBytes
    peakBytes = peakMemoryOfThisProcess()
    predictedSeconds = plan.seconds(atRate: rate)
    self.seconds = seconds
    activations = plan.activationsName
  }
}

/// What a run came to: the manifest of what was published, or the report of what was refused.
///
/// docs/report.md describes it as JSON.
package struct Outcome: Sendable, Encodable {
  /// The version of what records hold; it grows when a field changes its meaning or goes.
  package static let schema = 1

  package let schema: Int
  package let name: String
  package let variant: String?
  /// Whether every gate held and every product stands under its name.
  package let isPublished: Bool
  package let products: [ProductOutcome]
  package let original: OriginalModel
  /// The folder of this run's report, if it has one.
  package let report: String?
  /// The digest of `recipe`, as it stands in the products.
  package let recipeDigest: String
  package let recipe: Recipe
  /// The pipeline file and those that it extends, which together say what `options` holds.
  package let pipelineFiles: [SourceFile]
  /// Every option of the pipeline file as understood.
  package let options: ResolvedValue
  package let ledger: Ledger
  /// The tensors of each type together, fewest bits first.
  package let types: [TypeShare]
  package let calibrationTokens: Int
  package let validationTokens: Int
  /// The manifest that gates compared with.
  package let baseline: String?
  /// The kernels that OpenBLAS chose for this processor; other kernels round differently.
  package let blasCore: String
  package let workers: Int
  /// Up to the moment at which this was written: publishing comes after it.
  package let stages: [StageTime]
  /// What the plan said that the run would take, and what it took.
  package let resources: ResourceRecord
  /// When this was written, as `2026-01-31T12:00:00Z`.
  package let date: String
  package let seconds: Double

  init(
    _ plan: Plan, _ recipe: Recipe, _ ledger: Ledger, products: [ProductOutcome], isPublished: Bool,
    stages: [StageTime], seconds: Double, rate: Double, workers: Int
  ) {
    schema = Self.schema
    name = plan.spec.name
    variant = plan.spec.variant
    self.isPublished = isPublished
    self.products = products
    original = OriginalModel(plan.model)
    report = plan.spec.report?.absolute
    recipeDigest = recipe.digest
    self.recipe = recipe
    pipelineFiles = plan.spec.sources
    options = plan.spec.resolved
    self.ledger = ledger
    types = ledger.types
    calibrationTokens = plan.calibration?.tokens.count ?? 0
    validationTokens = plan.validation?.textTokens ?? 0
    baseline = plan.baseline?.path
    blasCore = BLAS.coreName
    self.workers = workers
    self.stages = stages
    resources = ResourceRecord(plan.resources, seconds: seconds, rate: rate)
    date = Date.now.formatted(.iso8601)
    self.seconds = seconds
  }

  /// The ledgers of all products, each once.
  package var ledgers: [Ledger] {
    products.compactMap(\.ledger).reduce(into: [ledger]) { all, own in
      if !all.contains(own) { all.append(own) }
    }
  }

  /// The outcome as a JSON document.
  package func json() -> String {
    RecordEncoding.encode(self)
  }
}

/// JSON as this program writes it.
package enum RecordEncoding {
  /// Encodes with sorted keys, indented. Numbers that JSON cannot hold become words.
  package static func encode(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    guard let data = try? encoder.encode(value) else {
      preconditionFailure("a record of plain values that JSON cannot hold")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}
