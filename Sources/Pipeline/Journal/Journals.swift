import Checkpoints
import Foundation
import Products
import Schemes
import Tensors

/// What a run does with journals.
package enum JournalUse: Sendable {
  /// Goes on where an earlier run of the recipe was ended.
  case goOn
  /// Begins anew, over what an earlier run left.
  case fresh
  /// Takes what this process has just compiled together with other pipelines.
  case joint
  /// Keeps nothing: who is ended begins anew.
  case none
}

/// The journals of all editions of a plan.
struct Journals {
  /// Some editions that are compiled side by side, behind blocks that are done.
  struct Course: Codable {
    let editions: [Int]
    let firstLayer: Int
    /// The texts behind the block before that, one for each stream; empty at the beginning.
    var texts: [Text] = []
  }

  /// A text that was stored, and the editions that stand in it.
  struct Text: Codable {
    let editions: [Int]
    let stored: Journal.StoredText
    /// On the first rank's disk.
    let path: String
  }

  /// By edition.
  let all: [Journal]
  let use: JournalUse
  /// The blocks that they are for, where these are not all.
  var blocks: BlockRange?

  /// Opens the journal of every edition; nil where none is of use: what is made without calibration is made as quickly as it is
  /// read back.
  ///
  /// - Parameter blocks: those that they are to be for; nil for all.
  static func open(
    _ plan: Plan, _ inputs: RecipeInputs, _ use: JournalUse, _ blocks: BlockRange? = nil
  ) throws(CheckpointError) -> Journals? {
    guard use != .none, plan.calibrates else { return nil }
    var all: [Journal] = []
    for edition in plan.editions.indices {
      all.append(try open(plan, edition, place(plan, edition, inputs, blocks), use, blocks))
    }
    return Journals(all: all, use: use, blocks: blocks)
  }

  /// The journals of the next round: those of editions whose budget was raised are others, and the rest stay as they are.
  ///
  /// - Parameter plan: with these budgets, spent.
  func replacing(_ raised: Set<Int>, _ plan: Plan, _ inputs: RecipeInputs) throws(CheckpointError) -> Journals {
    var journals = all
    for edition in raised.sorted() {
      let place = Self.place(plan, edition, inputs)
      // Budgets of two products may be raised to the same bytes.
      let isTaken = journals.indices.contains { $0 != edition && journals[$0].path == place.path }
      let own = isTaken ? Self.place(plan, edition, inputs, ending: ".\(edition)" + JournalPlace.ending) : place
      journals[edition] = try Self.open(plan, edition, own, use)
    }
    let next = Journals(all: journals, use: use)
    try next.keep(typesOf: plan)
    return next
  }

  /// Keeps what gates said of some editions.
  func keep(_ refusals: [Int: BudgetRounds.Round]) throws(CheckpointError) {
    for (edition, round) in refusals.sorted(by: { $0.key < $1.key }) { try all[edition].append(round) }
  }

  /// Where the journal of an edition is, or will be.
  static func place(
    _ plan: Plan, _ edition: Int, _ inputs: RecipeInputs, _ blocks: BlockRange? = nil, ending: String? = nil
  ) -> JournalPlace {
    let own = plan.spec.products.indices.filter { plan.editionOfProduct[$0] == edition }
    let others = plan.spec.products.indices.filter { plan.editionOfProduct[$0] != edition }
    return JournalPlace(
      key: Recipe(solutionFrom: inputs, plan, product: own[0]).digest,
      ending: ending ?? (blocks.map { ".\($0.first)-\($0.last)" } ?? "") + JournalPlace.ending,
      beside: (own + others).map { plan.spec.products[$0].path.absolute })
  }

  /// Opens the journal of one edition.
  static func open(
    _ plan: Plan, _ edition: Int, _ place: JournalPlace, _ use: JournalUse, _ blocks: BlockRange? = nil
  ) throws(CheckpointError) -> Journal {
    let about = JournalSummary.About(
      name: plan.spec.name, type: plan.editions[edition].type, layers: plan.source.shape.layers, blocks: blocks)
    let journal = try Journal(place, about: about, first: blocks?.first ?? 0, fresh: use == .fresh)
    if !journal.isFinished {
      try journal.checkSpace(for: max(0, plan.journalBytes(edition, blocks) - journal.byteCount))
    }
    return journal
  }

  var isFinished: Bool { all.allSatisfy(\.isFinished) }

  /// The first block that they are for.
  var firstLayer: Int { blocks?.first ?? 0 }

  /// What is left to compile. Editions that have come equally far are compiled side by side, where the plan does so. A kill
  /// may have come between the marks of two of them: the one that is further goes back by one block then.
  func courses(_ plan: Plan) -> [Course] {
    var courses: [Course] = []
    // Where calibration is shared, all hang on the one that leads.
    let isTogether = plan.sharesCalibration && !isFinished
    for editions in plan.courses {
      let open = editions.filter { isTogether || !all[$0].isFinished }
      guard let lowest = open.map({ all[$0].goesOnBehind }).min() else { continue }
      let canMeet = open.allSatisfy { all[$0].canGoOn(behind: lowest) }
      if isTogether {
        courses.append(Course(editions: open, firstLayer: canMeet ? lowest : firstLayer))
      } else if canMeet, open.allSatisfy({ all[$0].goesOnBehind <= lowest + 1 }) {
        courses.append(Course(editions: open, firstLayer: lowest))
      } else {
        for group in open.grouped(by: { all[$0].goesOnBehind == all[$1].goesOnBehind }) {
          courses.append(Course(editions: group, firstLayer: all[group[0]].goesOnBehind))
        }
      }
    }
    return courses
  }

  /// Forgets what the journals hold behind the places at which courses go on.
  func prepare(_ courses: [Course]) throws(CheckpointError) {
    for course in courses { for edition in course.editions { try all[edition].cut(behind: course.firstLayer) } }
  }

  /// What earlier runs leave to do, in words; told before anything is forgotten.
  func notes(_ courses: [Course], _ plan: Plan) -> [String] {
    let layers = plan.source.shape.layers
    let open = Set(courses.flatMap(\.editions))
    let finished = all.indices.filter { !open.contains($0) && use != .joint }.map {
      "note: \(all[$0].path) has every tensor of \(plan.editions[$0].type): nothing is calibrated for it"
    }
    let begun = courses.filter { $0.firstLayer > firstLayer }.map { course in
      let paths = course.editions.map { all[$0].path }.joined(separator: ", ")
      return "note: goes on behind block \(course.firstLayer) of \(layers), with \(paths)"
    }
    let damaged = all.filter { $0.cutBytes > 0 }.map {
      "note: \($0.path): cut off \($0.cutBytes) bytes at its end that were not whole"
    }
    let lost = courses.filter { $0.firstLayer == firstLayer }.flatMap(\.editions).filter { all[$0].blocks.count > 1 }
      .map {
        "note: \(all[$0].path): the texts beside it are gone or damaged; its \(all[$0].blocks.count) blocks are made again"
      }
    return damaged + finished + begun + lost
  }

  /// The same course with the texts that it goes on with. Editions whose text is one and the same are one stream again.
  func withTexts(_ course: Course) -> Course {
    guard course.firstLayer > firstLayer else { return course }
    var course = course
    func stored(_ edition: Int) -> Journal.StoredText { all[edition].block(course.firstLayer - 1).text }
    course.texts = course.editions.grouped(by: { stored($0) == stored($1) }).map { group in
      Text(editions: group, stored: stored(group[0]), path: all[group[0]].textPath(after: course.firstLayer))
    }
    return course
  }

  /// The streams of a course that goes on where another one was ended.
  static func streams(_ course: Course, _ plan: Plan, on workers: Workers) throws(RunError) -> [EditionStream] {
    // The originals are alike unless transforms gave each its own blocks.
    var original: OriginalText?
    var streams: [EditionStream] = []
    for own in course.texts {
      let text = try Calibrator(
        own.stored, from: own.path, original: plan.blockTransforms.isEmpty ? original : nil, plan, own.editions,
        on: workers)
      original = original ?? text.original
      streams.append(EditionStream(own.editions, text))
    }
    return streams
  }
}

/// Journals take what is compiled, and hand it on to products when all is done.
extension Journals: CompiledTensors {
  func append(_ tensor: CompiledTensor, of edition: Int, at place: Int) throws(CheckpointError) {
    try all[edition].append(tensor, at: place)
  }

  func endBlock(
    _ layer: Int, _ streams: [EditionStream], _ ledgers: [Int: Ledger]
  ) throws(CheckpointError) {
    for stream in streams {
      guard let text = stream.calibrator else { continue }
      for edition in stream.editions {
        let transforms = ledgers[edition]?.transforms.filter { $0.layer == layer } ?? []
        try all[edition].endBlock(layer, transforms, text)
      }
    }
  }
}

extension Plan {
  /// Bytes of all products, without any container's header.
  package var productBytes: Int { editionOfProduct.reduce(0) { $0 + editions[$1].tensors.bytes } }

  /// Bytes that all journals take at most.
  package var journalBytes: Int { editions.indices.reduce(0) { $0 + journalBytes($1) } }

  /// Bytes that the journal of an edition takes at most: every tensor of its blocks, and the text twice. 0 where there is none.
  func journalBytes(_ edition: Int, _ blocks: BlockRange? = nil) -> Int {
    guard calibrates else { return 0 }
    let texts = observesDrift([edition]) ? 2 : 1
    let text = 4 * (calibration?.tokens.count ?? 0) * source.shape.hiddenSize * texts
    let tensors = editions[edition].tensors.filter { tensor in
      blocks?.layers.contains(tensor.spec.layer ?? source.shape.layers - 1) ?? true
    }
    return tensors.bytes + 2 * text
  }
}

/// What a budget buys is tried once for a recipe.
extension Journals {
  /// The plan with the types that an earlier run found; nil where some edition with a budget has none yet.
  func withTypes(_ plan: Plan) -> Plan? {
    var editions = plan.editions
    for (index, edition) in plan.editions.enumerated() {
      guard let open = edition.open else { continue }
      guard let known = all[index].allotment else { return nil }
      let tensors = open.choices.enumerated().compactMap { place, choices in
        choices.first { $0.format.name == known.types[place] }
      }
      guard tensors.count == open.choices.count, known.costs.map(\.count) == open.choices.map(\.count) else {
        return nil
      }
      editions[index] = edition.replacing(tensors, spending: known.spending).replacing(open.costing(known.costs))
    }
    return plan.replacing(editions)
  }

  /// Keeps the types of every edition that had none.
  func keep(typesOf plan: Plan) throws(CheckpointError) {
    for (index, edition) in plan.editions.enumerated()
    where edition.open != nil && all[index].allotment == nil && all[index].blocks.isEmpty {
      guard let spending = edition.spending, let costs = edition.open?.costs else { continue }
      try all[index].append(
        Journal.Allotment(types: edition.tensors.map(\.format.name), costs: costs, spending: spending))
    }
  }
}

/// What bits are worth is measured once for a recipe.
extension Journals {
  /// The plan with the strategies that an earlier run found; nil where some edition has none yet.
  func allotted(_ plan: Plan) -> Plan? {
    var editions = plan.editions
    for (index, edition) in plan.editions.enumerated() where edition.averageBits != nil {
      guard let names = all[index].strategies else { return nil }
      var tensors = edition.tensors
      for (place, name) in names {
        guard tensors.indices.contains(place),
          let strategy = EXL2Strategy.all.first(where: { $0.name == name }),
          let scheme = strategy.scheme(columns: tensors[place].spec.columns)
        else { return nil }
        tensors[place] = tensors[place].replacing(scheme)
      }
      editions[index] = edition.replacing(tensors)
    }
    return plan.replacing(editions)
  }

  /// Keeps the strategies of every edition that had none.
  func keep(allotmentOf plan: Plan) throws(CheckpointError) {
    for (index, edition) in plan.editions.enumerated()
    where edition.averageBits != nil && all[index].strategies == nil {
      let chosen = edition.tensors.enumerated().compactMap { place, tensor in
        (tensor.format as? EXL2Scheme).map { (place, $0.strategy.name) }
      }
      try all[index].append(strategies: Dictionary(uniqueKeysWithValues: chosen))
    }
  }
}
