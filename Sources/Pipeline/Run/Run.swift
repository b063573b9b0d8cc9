import Calibration
import Checkpoints
import Foundation
import Models
import Products
import Spec
import Tensors
import Tokenizers
import Validation

/// Turns a plan into products, and publishes them if every gate holds.
package struct Run {
  private var plan: Plan
  private let workers: Workers
  private let ranks: any Ranks
  private let recording: Recording
  private let observer: RunObserver
  private let stages: StageClock
  /// Where products that a gate refuses are kept; nil to remove them.
  private let rejected: RejectedFolder?
  private let journalUse: JournalUse

  /// - Parameter ranks: the processes that make the run together. All have the same plan; the first calls `execute`, others `follow`.
  package init(
    _ plan: Plan, on workers: Workers, over ranks: any Ranks = OneRank(), recording: Recording = Recording(),
    keepingRejected rejected: RejectedFolder? = nil, journals: JournalUse = .none,
    observer: @escaping RunObserver = { _ in }
  ) {
    self.plan = plan
    self.workers = workers
    self.ranks = ranks
    self.recording = recording
    self.rejected = rejected
    journalUse = journals
    let stages = StageClock()
    self.stages = stages
    self.observer = { event in
      stages.note(event)
      observer(event)
    }
  }

  /// The whole run, stage by stage.
  ///
  /// - Throws: `RunError`; under every name stands then what stood there before, and no temporary file is left. What cannot
  ///   be undone, because the disk fails at that too, is said in the error.
  package func execute() throws(RunError) -> Outcome {
    let start = ContinuousClock.now
    plan.warnings.forEach { observer(.warning($0.description)) }
    let rate = ResourcePlan.measuredRate(on: workers)
    observer(.began(.open, steps: 1))
    let inputs = try attempt { () throws(CheckpointError) in try RecipeInputs(plan) }
    let recipes = recipes(inputs)
    let journals = try attempt { () throws(CheckpointError) in try Journals.open(plan, inputs, journalUse) }
    observer(.advanced(.open, done: 1, of: 1, detail: ""))
    var run = self
    let allotted = try TypeAllotment.resolved(plan, journals, on: workers, observer: observer)
    run.plan = try BitAllotment.resolved(allotted.plan, journals, on: workers, observer: observer)
    // From here on every tensor has the format that it will have.

    return try run.execute(recipes, journals, allotted.gradients, inputs, since: start, rate: rate)
  }

  private func recipes(_ inputs: RecipeInputs) -> [Recipe] {
    plan.spec.products.indices.map { Recipe(inputs, plan, product: $0) }
  }

  /// Takes part in a run that the first rank executes.
  package func follow() throws(RunError) {
    let allotted = try TypeAllotment.resolved(plan, nil, on: workers, observer: observer)
    var plan = try BitAllotment.resolved(allotted.plan, nil, on: workers, observer: observer)
    while true {
      let compilation = Compilation(
        plan: plan, journals: nil, known: allotted.gradients, workers: workers.over(ranks), observer: observer)
      try compilation.follow()
      try followMeasuring()
      guard plan.spec.validation?.onGateFailure != nil else { return }
      let raised = ranks.fromFirst { [Int: Int]() }
      guard !raised.isEmpty else { return }
      plan = try plan.raising(raised)
    }
  }

  /// Runs some of the text through each product, where this rank sees the first one's disk.
  private func followMeasuring() throws(RunError) {
    guard let material = plan.validation else { return }
    let paths = ranks.fromFirst { [String]() }
    let products = paths.compactMap { path -> ModelSource? in
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
      return isFolder.boolValue
        ? try? ModelSource(HuggingFaceFolder(path: path), on: workers)
        : try? ModelSource(GGUFFile(path: path), on: workers)
    }
    let seesAll = !paths.isEmpty && products.count == paths.count
    guard ranks.gathered(seesAll).dropFirst().allSatisfy(\.self) else { return }
    _ = try attempt { () throws(CheckpointError) in
      try Comparison(material, on: workers.over(ranks)).measure(
        products.map { EvaluatedModel($0) }, against: plan.model, withFloor: plan.spec.validation?.text?.floor ?? false)
    }
  }

  /// Whether all ranks run some of the text through each product: then they see the files, which the first has written.
  private func isShared(_ products: [ModelSource], _ material: ValidationMaterial) -> Bool {
    guard ranks.count > 1 else { return false }
    // Embeddings are made by one.
    let paths = ranks.fromFirst { material.embedded.isEmpty ? products.map(\.path) : [] }
    let all = ranks.gathered(!paths.isEmpty).dropFirst()
    if !all.allSatisfy(\.self), !paths.isEmpty {
      observer(.note("note: not all ranks see \(paths[0]): the first one measures by itself"))
    }
    return all.allSatisfy(\.self)
  }

  /// Makes the products, and makes them again with more to spend for as long as gates ask for it.
  private mutating func execute(
    _ recipes: [Recipe], _ journals: Journals?, _ gradients: LossGradients?, _ inputs: RecipeInputs,
    since start: ContinuousClock.Instant, rate: Double
  ) throws(RunError) -> Outcome {
    var (recipes, journals) = (recipes, journals)
    guard var raising = BudgetRaising(plan) else {
      return try publish(make(recipes, journals, gradients, inputs), recipes, nil, since: start, rate: rate)
    }
    while true {
      let made = try make(recipes, journals, gradients, inputs)
      let raised = raising.next(plan, made.measured)
      _ = ranks.fromFirst { raised }
      guard !raised.isEmpty else { return try publish(made, recipes, raising, since: start, rate: rate) }
      raising.notes(raised).forEach { observer(.note($0)) }
      try attempt { () throws(CheckpointError) in try journals?.keep(raising.refusals(raised)) }
      plan = try plan.raising(raised)
      recipes = self.recipes(inputs)
      journals = try attempt { () throws(CheckpointError) in
        try journals?.replacing(Set(raised.keys), plan, inputs)
      }
    }
  }

  /// Gives products their names where all gates hold, and tells of them.
  private func publish(
    _ made: Made, _ recipes: [Recipe], _ raising: BudgetRaising?, since start: ContinuousClock.Instant, rate: Double
  ) throws(RunError) -> Outcome {
    let (products, ledgers, measured) = (made.products, made.ledgers, made.measured)
    let holds = measured.allSatisfy(\.holds)
    let outcomes = zip(measured, plan.editionOfProduct).map { product, edition in
      product.raised(raising?.rounds[edition])
    }
    let outcome = Outcome(
      plan, recipes[0], ledgers[0],
      products: holds ? outcomes : outcomes.map { $0.refused(keptAt: rejected?.path(for: $0.path)) },
      isPublished: holds, stages: stages.times(),
      seconds: (ContinuousClock.now - start).seconds, rate: rate, workers: workers.count)
    let publication = Publication()
    try attempt { () throws(CheckpointError) in
      if holds { try hand(products, to: publication) } else { try keep(products, in: publication) }
      try RunRecords.add(of: outcome, plan, recording, to: publication)
    }
    // From here on all that will be published is on disk, and only the names are missing.

    observer(.began(.publish, steps: 1))
    let warnings = try attempt { () throws(CheckpointError) in try publication.publish() }
    warnings.forEach { observer(.warning("warning: \($0)")) }
    if holds { observer(.advanced(.publish, done: 1, of: 1, detail: "")) }
    return outcome
  }

  /// Products on disk under temporary names, which go with the last reference to them, and what was measured on them.
  private struct Made {
    let products: [any Product]
    let ledgers: [Ledger]
    let measured: [ProductOutcome]
  }

  private func make(
    _ recipes: [Recipe], _ journals: Journals?, _ gradients: LossGradients?, _ inputs: RecipeInputs
  ) throws(RunError) -> Made {
    let products = try open(recipes)

    let compilation = Compilation(
      plan: plan, journals: journals, known: gradients, workers: workers.over(ranks), observer: observer)
    let ledgers = try compilation.execute(into: products)
    // From here on every tensor of every product is on disk, under a temporary name.

    let measured = try measure(products, recipes, ledgers, try originalStates(inputs))
    // From here on all that the gates ask for is known, from the bytes that would be published.

    return Made(products: products, ledgers: ledgers, measured: measured)
  }

  private func open(_ recipes: [Recipe]) throws(RunError) -> [any Product] {
    var products: [any Product] = []
    for (index, product) in plan.spec.products.enumerated() {
      products.append(
        try attempt { () throws(CheckpointError) in
          try product.writer.variant.begin(
            product.path.absolute,
            plan.product(index, recipeDigest: recipes[index].digest, options: recipes[index].options))
        })
    }
    return products
  }

  /// Reads every product back, compares it with the original and judges the figures.
  private func measure(
    _ products: [any Product], _ recipes: [Recipe], _ ledgers: [Ledger], _ kept: OriginalStates?
  ) throws(RunError) -> [ProductOutcome] {
    // Reading back is part of it, and is done without anything to measure on too.
    stages.begin(.validate)
    var reopened: [ModelSource] = []
    for product in products {
      reopened.append(try attempt { () throws(CheckpointError) in try product.reopen(on: workers) })
    }
    let measured = try compare(reopened, kept)
    var outcomes: [ProductOutcome] = []
    for (index, product) in products.enumerated() {
      let measurements = measured?[index]
      if let figures = measurements?.figures {
        try attempt { () throws(CheckpointError) in try product.note(figures) }
      }
      let edition = plan.editionOfProduct[index]
      var outcome = ProductOutcome(
        path: product.path, bytes: product.byteCount, bitsPerWeight: plan.forEdition(edition).bitsPerWeight,
        recipeDigest: recipes[index].digest, measurements: measurements, blockError: try blockError(reopened[index]),
        tokenizerMismatches: tokenizerMismatches(reopened[index]), gates: [],
        ledger: edition == 0 ? nil : ledgers[edition], keptAt: nil, spending: plan.editions[edition].spending)
      outcome.gates = judge(outcome, ProductFigures(outcome, ledgers[edition]))
      outcomes.append(outcome)
    }
    return outcomes
  }

  /// What the original made of the same texts and questions before; nil where nothing is kept.
  private func originalStates(_ inputs: RecipeInputs) throws(RunError) -> OriginalStates? {
    guard journalUse != .none, let place = StatesPlace(plan, inputs) else { return nil }
    return try attempt { () throws(CheckpointError) in try place.open(fresh: journalUse == .fresh) }
  }

  /// The figures of every product, the original run once for all of them; nil where there is nothing to measure on.
  private func compare(_ products: [ModelSource], _ kept: OriginalStates?) throws(RunError) -> [Measurements]? {
    guard let material = plan.validation else { return nil }
    let candidates = products.map { EvaluatedModel($0) }
    let observer = observer
    observer(.began(.validate, steps: 1))
    let shared = isShared(products, material)
    let comparison = Comparison(material, on: shared ? workers.over(ranks) : workers) { done, total in
      observer(.advanced(.validate, done: done, of: total, detail: ""))
    }
    return try attempt { () throws(CheckpointError) in
      try comparison.measure(
        candidates, against: plan.model, kept: kept, withFloor: plan.spec.validation?.text?.floor ?? false)
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
  private func judge(_ product: ProductOutcome, _ figures: ProductFigures) -> [GateResult] {
    let baseline = plan.baseline.flatMap { record in record.product(like: product.path).map(record.figures) }
    return (plan.spec.validation?.gates ?? []).map { item in
      let (measure, scope) = (item.gate.measure, item.gate.scope)
      return item.gate.judge(figures[measure, in: scope], baseline: baseline?[measure, in: scope]?.value)
    }
  }

  private func hand(_ products: [any Product], to publication: Publication) throws(CheckpointError) {
    for product in products { publication.add(try product.pending(), as: .product) }
  }

  /// Gives refused products a name of their own, where that is asked for. All of them: a product whose own gates hold
  /// was refused for another's.
  private func keep(_ products: [any Product], in publication: Publication) throws(CheckpointError) {
    guard let rejected else { return }
    for product in products { publication.add(try product.kept(at: rejected.path(for: product.path)), as: .file) }
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
      self[measure].map { QualityFigure(name: measure.rawValue, value: $0.value, low: $0.low, high: $0.high) }
    }
  }
}
