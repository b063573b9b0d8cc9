import Checkpoints
import Products
import Tensors

/// Compiles all editions of a plan and writes its products: at once where nothing is kept, and else from the journals when all
/// is in them. Of several ranks the first alone has journals and products, and all compile together.
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
    let tensors = ProductTensors(products: products, plan: plan, workers: workers.alone)
    try run(Work(courses: courses)) { course, gradients, _ throws(RunError) in
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
    let work = Work(courses: courses.map(journals.withTexts), blocks: journals.blocks, keepsTexts: true)
    try run(work) { course, gradients, _ throws(RunError) in
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
          for product in own { try product.append(tensor, on: workers.alone) }
        }
        ledgers.append(try journal.ledger())
      }
      return ledgers
    }
  }

  /// What the first rank finds to do.
  private struct Work: Codable {
    let courses: [Journals.Course]
    /// Nil for all blocks.
    var blocks: BlockRange?
    /// Whether the first rank stores the text behind each block.
    var keepsTexts = false
  }

  /// Compiles on another rank what the first one compiles.
  func follow() throws(RunError) {
    try run(nil) { course, gradients, work throws(RunError) in
      try ModelCompiler(
        plan, editions: course.editions, into: FollowedTensors(handsOver: work.keepsTexts), gradients: gradients,
        from: try start(course, nil), on: workers, observer: observer)
    } then: { _ in
    }
  }

  /// Compiles what is left, and tells how far it is.
  ///
  /// - Parameter known: what there is to do; nil where the first rank knows.
  private func run(
    _ known: Work?,
    _ begin: (Journals.Course, LossGradients?, Work) throws(RunError) -> ModelCompiler,
    then end: (ModelCompiler) throws(RunError) -> Void
  ) throws(RunError) {
    let work = workers.ranks.fromFirst { known ?? Work(courses: []) }
    let courses = work.courses
    var gradients = self.known
    if gradients == nil, !courses.isEmpty { gradients = try BackwardPass.run(plan, on: workers, observer: observer) }
    // From here on it is known what errors cost the model, where the file asks for that.

    let all = 0..<plan.source.shape.layers
    let layers = work.blocks?.layers ?? all
    let steps = layers.count * plan.courses.count
    observer(.began(.compile, steps: steps))
    // What other courses have left to do is done later.
    var done = steps - courses.reduce(0) { $0 + layers.upperBound - $1.firstLayer }
    if done > 0 { observer(.skipped(.compile, done: max(0, done), of: steps)) }
    for (index, course) in courses.enumerated() {
      let compiler = try begin(course, gradients, work)
      // What stands before the range is another's to compile.
      if course.firstLayer == layers.lowerBound { for layer in 0..<layers.lowerBound { try compiler.pass(layer) } }
      for layer in course.firstLayer..<layers.upperBound {
        try compiler.compileBlock(layer)
        done += 1
        observer(.advanced(.compile, done: max(0, done), of: steps, detail: "block \(layer + 1)"))
      }
      if layers.upperBound == all.upperBound {
        if index == courses.count - 1 { observer(.began(.tables, steps: 1)) }
        try compiler.compileTables()
      }
      try end(compiler)
    }
  }

  /// - Parameter journals: those of the first rank, which alone keeps ledgers.
  private func start(_ course: Journals.Course, _ journals: Journals?) throws(RunError) -> ModelCompiler.Start? {
    guard !course.texts.isEmpty else { return nil }
    var ledgers: [Int: Ledger] = [:]
    for edition in course.editions {
      ledgers[edition] = try attempt { () throws(CheckpointError) in try journals?.all[edition].ledger() ?? Ledger() }
    }
    return ModelCompiler.Start(
      layer: course.firstLayer, streams: try Journals.streams(course, plan, on: workers), ledgers: ledgers)
  }

  private func attempt<T>(_ body: () throws(CheckpointError) -> T) throws(RunError) -> T {
    do { return try body() } catch { throw .checkpoint(error) }
  }
}
