import Calibration
import Checkpoints
import Foundation
import Models
import Tensors
import Validation

/// Turns a plan into products, and publishes them if every gate holds.
package struct Run {
  private let plan: Plan
  private let workers: Workers
  private let observer: RunObserver

  package init(_ plan: Plan, on workers: Workers, observer: @escaping RunObserver = { _ in }) {
    self.plan = plan
    self.workers = workers
    self.observer = observer
  }

  /// The whole run, stage by stage.
  ///
  /// - Throws: `RunError`; nothing stands under any product's name then, and no temporary file is left.
  package func execute() throws(RunError) -> Outcome {
    let clock = ContinuousClock()
    let start = clock.now
    plan.warnings.forEach { observer(.warning($0.description)) }

    observer(.began(.open, steps: 1))
    let recipe = try attempt { () throws(CheckpointError) in try Recipe(plan) }
    let products = try open(recipe)
    observer(.advanced(.open, done: 1, of: 1, detail: ""))

    let ledger = try compile(into: products)
    // From here on every tensor of every product is on disk, under a temporary name.

    let measured = try measure(products, ledger)
    // From here on all that the gates ask for is known, from the bytes that would be published.

    let holds = measured.allSatisfy { $0.gates.allSatisfy(\.holds) }
    let outcome = Outcome(
      plan, recipe, ledger, products: measured, isPublished: holds, seconds: (clock.now - start).seconds,
      workers: workers.count)
    let records = try attempt { () throws(CheckpointError) in try RunRecords(of: outcome, plan) }
    // From here on all that will be published is on disk, and only the names are missing.

    if holds { try publish(products) }
    try attempt { () throws(CheckpointError) in try records.publish() }
    return outcome
  }

  private func open(_ recipe: Recipe) throws(RunError) -> [any Product] {
    var products: [any Product] = []
    for product in plan.spec.products {
      products.append(
        try attempt { () throws(CheckpointError) in
          try product.writer.variant.begin(product.path.absolute, plan, recipe)
        })
    }
    return products
  }

  private func compile(into products: [any Product]) throws(RunError) -> Ledger {
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
    return compiler.ledger
  }

  /// Reads every product back, compares it with the original and judges the figures.
  private func measure(_ products: [any Product], _ ledger: Ledger) throws(RunError) -> [ProductOutcome] {
    var outcomes: [ProductOutcome] = []
    for product in products {
      let reopened = try attempt { () throws(CheckpointError) in try product.reopen(on: workers) }
      let measurements = try compare(reopened)
      if let figures = measurements?.figures {
        try attempt { () throws(CheckpointError) in try product.note(figures) }
      }
      let gates = (plan.spec.validation?.gates ?? []).map { gate in
        gate.judge(measurements?[gate.measure] ?? figure(gate.measure, product, ledger))
      }
      outcomes.append(
        ProductOutcome(
          path: product.path, bytes: product.byteCount, bitsPerWeight: plan.bitsPerWeight, measurements: measurements,
          gates: gates))
    }
    return outcomes
  }

  private func compare(_ product: ModelSource) throws(RunError) -> Measurements? {
    guard let sequences = plan.validation else { return nil }
    let observer = observer
    observer(.began(.validate, steps: 1))
    let evaluation = Evaluation(sequences, on: workers) { done, total in
      observer(.advanced(.validate, done: done, of: total, detail: ""))
    }
    return try attempt { () throws(CheckpointError) in
      Measurements(try evaluation.compare(product, with: plan.model))
    }
  }

  private func figure(_ measure: Measure, _ product: any Product, _ ledger: Ledger) -> Double? {
    switch measure {
    case .fallbacks: Double(ledger.fallbacks)
    case .maxLayerError: ledger.maximumLayerError
    case .fileBytes: Double(product.byteCount)
    case .bitsPerWeight: plan.bitsPerWeight
    case .perplexity, .perplexityRatio, .meanKLD, .medianKLD, .p90KLD, .p99KLD, .maxKLD, .top1Agreement: nil
    }
  }

  private func publish(_ products: [any Product]) throws(RunError) {
    observer(.began(.publish, steps: products.count))
    for (index, product) in products.enumerated() {
      try attempt { () throws(CheckpointError) in try product.publish() }
      observer(.advanced(.publish, done: index + 1, of: products.count, detail: product.path))
    }
  }

  private func attempt<T>(_ body: () throws(CheckpointError) -> T) throws(RunError) -> T {
    do { return try body() } catch { throw .checkpoint(error) }
  }
}

extension Measurements {
  /// The measures that a product carries in its metadata.
  static let carried: [Measure] = [.perplexity, .perplexityRatio, .meanKLD, .p99KLD, .top1Agreement]

  /// Their figures.
  var figures: [QualityFigure] {
    Self.carried.compactMap { measure in self[measure].map { QualityFigure(name: measure.rawValue, value: $0) } }
  }
}
