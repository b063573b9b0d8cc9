import Calibration
import Checkpoints
import Foundation
import Models
import Tensors
import Tokenizers
import Validation

/// Turns a plan into products, and publishes them if every gate holds.
package struct Run {
  private var plan: Plan
  private let workers: Workers
  private let recording: Recording
  private let observer: RunObserver
  private let stages: StageClock
  /// Where products that a gate refuses are kept; nil to remove them.
  private let rejected: RejectedFolder?

  package init(
    _ plan: Plan, on workers: Workers, recording: Recording = Recording(),
    keepingRejected rejected: RejectedFolder? = nil,
    observer: @escaping RunObserver = { _ in }
  ) {
    self.plan = plan
    self.workers = workers
    self.recording = recording
    self.rejected = rejected
    let stages = StageClock()
    self.stages = stages
    self.observer = { event in
      stages.note(event)
      observer(event)
    }
  }

  /// The whole run, stage by stage.
  ///
  /// - Throws: `RunError`; nothing stands under any product's name then, and no temporary file is left.
  package func execute() throws(RunError) -> Outcome {
    let start = ContinuousClock.now
    plan.warnings.forEach { observer(.warning($0.description)) }
    let rate = ResourcePlan.measuredRate(on: workers)
    var run = self
    run.plan = try BitAllotment(plan, on: workers, observer: observer).resolved()
    // From here on every tensor has the format that it will have.

    return try run.execute(since: start, rate: rate)
  }

  private func execute(since start: ContinuousClock.Instant, rate: Double) throws(RunError) -> Outcome {
    observer(.began(.open, steps: 1))
    let recipe = try attempt { () throws(CheckpointError) in try Recipe(plan) }
    let products = try open(recipe)
    observer(.advanced(.open, done: 1, of: 1, detail: ""))

    let ledgers = try compile(into: products)
    // From here on every tensor of every product is on disk, under a temporary name.

    let measured = try measure(products, ledgers)
    // From here on all that the gates ask for is known, from the bytes that would be published.

    let holds = measured.allSatisfy(\.holds)
    let outcome = Outcome(
      plan, recipe, ledgers[0], products: measured, isPublished: holds, stages: stages.times(),
      seconds: (ContinuousClock.now - start).seconds, rate: rate, workers: workers.count)
    let records = try attempt { () throws(CheckpointError) in try RunRecords(of: outcome, plan, recording) }
    // From here on all that will be published is on disk, and only the names are missing.

    if holds { try publish(products) } else { try keep(products) }
    try attempt { () throws(CheckpointError) in try records.publish() }
    return outcome
  }

  private func open(_ recipe: Recipe) throws(RunError) -> [any Product] {
    var products: [any Product] = []
    for (index, product) in plan.spec.products.enumerated() {
      products.append(
        try attempt { () throws(CheckpointError) in
          try product.writer.variant.begin(product.path.absolute, plan.forProduct(index), recipe)
        })
    }
    return products
  }

  /// - Returns: the ledger of each edition.
  private func compile(into products: [any Product]) throws(RunError) -> [Ledger] {
    let layers = plan.source.shape.layers
    observer(.began(.compile, steps: layers))
    let compiler = try ModelCompiler(plan, into: products, on: workers)
    for layer in 0..<layers {
      try compiler.compileBlock(layer)
      observer(.advanced(.compile, done: layer + 1, of: layers, detail: "block \(layer + 1)"))
    }
    observer(.began(.tables, steps: 1))
    try compiler.compileTables()
    for product in products { try attempt { () throws(CheckpointError) in try product.finish() } }
    observer(.advanced(.tables, done: 1, of: 1, detail: ""))
    return compiler.ledgers
  }

  /// Reads every product back, compares it with the original and judges the figures.
  private func measure(_ products: [any Product], _ ledgers: [Ledger]) throws(RunError) -> [ProductOutcome] {
    // Reading back is part of it, and is done without anything to measure on too.
    stages.begin(.validate)
    var reopened: [ModelSource] = []
    for product in products {
      reopened.append(try attempt { () throws(CheckpointError) in try product.reopen(on: workers) })
    }
    let measured = try compare(reopened)
    var outcomes: [ProductOutcome] = []
    for (index, product) in products.enumerated() {
      let measurements = measured?[index]
      if let figures = measurements?.figures {
        try attempt { () throws(CheckpointError) in try product.note(figures) }
      }
      let blockError = try self.blockError(reopened[index])
      let mismatches = tokenizerMismatches(reopened[index])
      let edition = plan.editionOfProduct[index]
      let gates = (plan.spec.validation?.gates ?? []).map { spec in
        judge(spec.gate, product.path, measurements) { exactly($0, product, blockError, mismatches, ledgers[edition]) }
      }
      outcomes.append(
        ProductOutcome(
          path: product.path, bytes: product.byteCount, bitsPerWeight: plan.forEdition(edition).bitsPerWeight,
          measurements: measurements, blockError: blockError, tokenizerMismatches: mismatches, gates: gates,
          ledger: edition == 0 ? nil : ledgers[edition], keptAt: nil))
    }
    guard let rejected, !outcomes.allSatisfy(\.holds) else { return outcomes }
    return outcomes.map { $0.kept(at: rejected.path(for: $0.path)) }
  }

  /// The figures of every product, the original run once for all of them; nil where there is nothing to measure on.
  private func compare(_ products: [ModelSource]) throws(RunError) -> [Measurements]? {
    guard let material = plan.validation else { return nil }
    let candidates = products.map { EvaluatedModel($0) }
    let observer = observer
    observer(.began(.validate, steps: 1))
    let comparison = Comparison(material, on: workers) { done, total in
      observer(.advanced(.validate, done: done, of: total, detail: ""))
    }
    return try attempt { () throws(CheckpointError) in
      try comparison.measure(candidates, against: plan.model, withFloor: plan.spec.validation?.text?.floor ?? false)
    }
  }

  /// The worst of a product's weights; nil where they are not meant to be those of the original.
  private func blockError(_ product: ModelSource) throws(RunError) -> BlockError? {
    guard plan.spec.transforms.isEmpty else { return nil }
    return try attempt { () throws(CheckpointError) in
      try BlockError.largest(in: product, against: plan.model, on: workers)
    }
  }

  /// How much of the texts and questions a product's own tokenizer cuts otherwise; all of it where it cannot cut it at
  /// all. Nil without texts and questions.
  private func tokenizerMismatches(_ product: ModelSource) -> Int? {
    guard let material = plan.validation else { return nil }
    let planner = ValidationPlanner(plan.spec, product)
    guard let tokenizer = try? Tokenizer(of: product),
      let own = try? planner.material(
        tokenizer, TokenSampler(tokenizer, vocabularySize: product.shape.vocabularySize))
    else { return material.sequences + material.items }
    return material.differences(from: own)
  }

  /// Judges one product.
  ///
  /// - Parameter exactly: the figures that are no estimates.
  private func judge(
    _ gate: Gate, _ path: String, _ measurements: Measurements?, exactly: (Measure) -> Double?
  ) -> GateResult {
    let baseline = plan.baseline.flatMap { record in
      record.product(like: path).flatMap { record.figure(gate.measure, in: gate.scope, of: $0) }
    }
    switch gate.measure.source {
    case .text, .tasks, .embeddings: return gate.judge(measurements?[gate.measure, in: gate.scope], baseline: baseline)
    case .tokens, .weights, .calibration, .product:
      return gate.judge(exactly: exactly(gate.measure), baseline: baseline)
    }
  }

  private func exactly(
    _ measure: Measure, _ product: any Product, _ blockError: BlockError?, _ mismatches: Int?, _ ledger: Ledger
  ) -> Double? {
    switch measure {
    case .maxBlockError: blockError?.value
    case .tokenizerMismatches: mismatches.map(Double.init)
    case .fallbacks: Double(ledger.fallbacks)
    case .maxLayerError: ledger.maximumLayerError
    case .minExpertTokens: ledger.fewestExpertTokens.map(Double.init)
    case .fileBytes: Double(product.byteCount)
    case .bitsPerWeight: ledger.bitsPerWeight
    default: nil
    }
  }

  private func publish(_ products: [any Product]) throws(RunError) {
    observer(.began(.publish, steps: products.count))
    for (index, product) in products.enumerated() {
      try attempt { () throws(CheckpointError) in try product.publish() }
      observer(.advanced(.publish, done: index + 1, of: products.count, detail: product.path))
    }
  }

  /// Gives refused products a name of their own, where that is asked for. All of them: a product whose own gates hold
  /// was refused for another's.
  private func keep(_ products: [any Product]) throws(RunError) {
    guard let rejected else { return }
    for product in products {
      try attempt { () throws(CheckpointError) in try product.keep(at: rejected.path(for: product.path)) }
    }
  }

  private func attempt<T>(_ body: () throws(CheckpointError) -> T) throws(RunError) -> T {
    do { return try body() } catch { throw .checkpoint(error) }
  }
}

extension Measurements {
  /// The measures that a product carries in its metadata.
  static let carried: [Measure] = [
    .perplexity, .perplexityRatio, .meanKLD, .p99KLD, .top1Agreement, .meanCosine, .minCosine,
  ]

  /// Their figures.
  var figures: [QualityFigure] {
    Self.carried.compactMap { measure in
      self[measure].map { QualityFigure(name: measure.rawValue, value: $0.value) }
    }
  }
}
