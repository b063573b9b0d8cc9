import Checkpoints
import Products
import Tensors

/// Compiles all editions of a plan and writes its products: at once where nothing is kept, and else from the journals when all
/// is in them.
struct Compilation {
  let plan: Plan
  let journals: Journals?
  /// The gradients of the plan's text, where they were taken already.
  let known: LossGradients?
  let workers: Workers
  let observer: RunObserver

  /// - Returns: the ledger of each edition.
  func execute(into products: [any Product]) throws(RunError) -> [Ledger] {
    let ledgers =
      if let journals {
        try write(products, from: journals)
      } else {
        try compile(plan.courses.map { Journals.Course(editions: $0, firstLayer: 0) }, products)
      }
    for product in products { try attempt { () throws(CheckpointError) in try product.finish() } }
    observer(.advanced(.tables, done: 1, of: 1, detail: ""))
    return ledgers
  }

  private func compile(_ courses: [Journals.Course], _ products: [any Product]) throws(RunError) -> [Ledger] {
    var ledgers: [Int: Ledger] = [:]
    let tensors = ProductTensors(products: products, plan: plan, workers: workers)
    try run(courses) { course, gradients throws(RunError) in
      try ModelCompiler(
        plan, editions: course.editions, into: tensors, gradients: gradients, on: workers, observer: observer)
    } then: { compiler in
      ledgers.merge(compiler.ledgers) { $1 }
    }
    return plan.editions.indices.map { ledgers[$0] ?? Ledger() }
  }

  /// Compiles what the journals lack.
  func fill() throws(RunError) {
    if let journals { try fill(journals) }
  }

  private func fill(_ journals: Journals) throws(RunError) {
    let courses = journals.courses(plan)
    journals.notes(courses, plan).forEach { observer(.note($0)) }
    try attempt { () throws(CheckpointError) in try journals.prepare(courses) }
    try run(courses) { course, gradients throws(RunError) in
      try ModelCompiler(
        plan, editions: course.editions, into: journals, gradients: gradients, from: try start(course, journals),
        on: workers, observer: observer)
    } then: { compiler throws(RunError) in
      for edition in compiler.ledgers.keys.sorted() {
        try attempt { () throws(CheckpointError) in try journals.all[edition].finish() }
      }
    }
  }

  private func write(_ products: [any Product], from journals: Journals) throws(RunError) -> [Ledger] {
    try fill(journals)
    // From here on every tensor is in a journal, and products are written like copies.

    return try attempt { () throws(CheckpointError) in
      var ledgers: [Ledger] = []
      for (edition, journal) in journals.all.enumerated() {
        let own = zip(products, plan.editionOfProduct).filter { $0.1 == edition }.map(\.0)
        try journal.forEachTensor(of: plan.editions[edition].tensors) { tensor throws(CheckpointError) in
          for product in own { try product.append(tensor, on: workers) }
        }
        ledgers.append(try journal.ledger())
      }
      return ledgers
    }
  }

  /// Compiles what is left, and tells how far it is.
  private func run(
    _ courses: [Journals.Course],
    _ begin: (Journals.Course, LossGradients?) throws(RunError) -> ModelCompiler,
    then end: (ModelCompiler) throws(RunError) -> Void
  ) throws(RunError) {
    var gradients = known
    if gradients == nil, !courses.isEmpty { gradients = try BackwardPass.run(plan, on: workers, observer: observer) }
    // From here on it is known what errors cost the model, where the file asks for that.

    let layers = plan.source.shape.layers
    let steps = layers * plan.courses.count
    observer(.began(.compile, steps: steps))
    // What other courses have left to do is done later.
    var done = steps - courses.reduce(0) { $0 + layers - $1.firstLayer }
    if done > 0 { observer(.skipped(.compile, done: max(0, done), of: steps)) }
    for (index, course) in courses.enumerated() {
      let compiler = try begin(course, gradients)
      for layer in course.firstLayer..<layers {
        try compiler.compileBlock(layer)
        done += 1
        observer(.advanced(.compile, done: max(0, done), of: steps, detail: "block \(layer + 1)"))
      }
      if index == courses.count - 1 { observer(.began(.tables, steps: 1)) }
      try compiler.compileTables()
      try end(compiler)
    }
  }

  private func start(_ course: Journals.Course, _ journals: Journals) throws(RunError) -> ModelCompiler.Start? {
    guard course.firstLayer > 0 else { return nil }
    var ledgers: [Int: Ledger] = [:]
    for edition in course.editions {
      ledgers[edition] = try attempt { () throws(CheckpointError) in try journals.all[edition].ledger() }
    }
    return ModelCompiler.Start(
      layer: course.firstLayer, streams: try journals.streams(course, plan, on: workers), ledgers: ledgers)
  }

  private func attempt<T>(_ body: () throws(CheckpointError) -> T) throws(RunError) -> T {
    do { return try body() } catch { throw .checkpoint(error) }
  }
}
