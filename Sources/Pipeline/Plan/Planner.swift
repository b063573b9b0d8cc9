import Calibration
import Checkpoints
import Foundation
import Mixes
import Models
import Products
import Schemes
import Solvers
import Spec
import Tensors
import Tokenizers
import Transforms

/// Resolves a pipeline file against its model, and finds every mistake that can be found before the model runs.
package struct Planner {
  let spec: Spec
  let workers: Workers
  let budget: MemoryBudget?
  /// Processes that make the run together, each with so many workers and so much memory.
  let ranks: Int
  var mistakes: [Diagnostic] = []
  var warnings: [Diagnostic] = []

  init(_ spec: Spec, on workers: Workers, within budget: MemoryBudget?, ranks: Int = 1) {
    self.spec = spec
    self.ranks = ranks
    self.workers = workers
    self.budget = budget
  }

  /// Makes the plan.
  ///
  /// - Parameters:
  ///   - budget: memory that each process may take; nil for that of the machine, and then a run that needs more is warned
  ///     of and not refused.
  ///   - ranks: processes that make the run together.
  /// - Throws: `RunError.specification` with all mistakes in the file, `.input` for the first input that cannot be
  ///   read, or `.memory`.
  package static func plan(
    _ spec: Spec, on workers: Workers, within budget: MemoryBudget? = nil, ranks: Int = 1
  ) throws(RunError) -> Plan {
    var planner = Planner(spec, on: workers, within: budget, ranks: ranks)
    return try planner.plan()
  }

  private mutating func plan() throws(RunError) -> Plan {
    let recorder = ModelRecorder(adapters: spec.model.adapters.count)
    let model = try model(recorder)
    checkNotes(model)
    checkDropped(model)
    try checkStorage(model)
    checkInputs(model)
    checkQuantization(model)
    let tokenizer = try tokenizer(of: model, recorder)
    noteUnreadKeys(tokenizer)
    let vocabulary = try vocabulary(tokenizer, of: model)
    let source = planTransforms(model)
    let (editions, editionOfProduct) = planEditions(source, of: model)
    checkProducts(model, editions, editionOfProduct)
    noteSharing(editions, editionOfProduct)
    checkContexts(model.shape)
    checkExperts(model.shape)
    checkMeasures(model.shape)
    checkGradients(source)
    noteRanks(editions)
    checkRaising(editions, editionOfProduct)
    guard mistakes.isEmpty else { throw .specification(SpecErrors(mistakes)) }
    try checkHalfPrecision(model, source, editions, editionOfProduct)
    let sampler = TokenSampler(tokenizer, vocabularySize: model.shape.vocabularySize)
    let calibration = try calibrationTokens(sampler, of: model.shape)
    let importance = try importance(editions.flatMap(\.tensors))
    let validationPlanner = ValidationPlanner(spec, model)
    let validation = try validationPlanner.material(tokenizer, sampler)
    let baseline = try validationPlanner.baseline()
    let mismatches = baseline.map { validationPlanner.check($0, validation) } ?? []
    guard mismatches.isEmpty else { throw .specification(SpecErrors(mismatches)) }
    checkSpelledTokens(calibration, validation)
    let resources = try resources(editions, calibration, validation, model)
    return Plan(
      spec: spec, model: model, source: source, tokenizer: tokenizer, vocabulary: vocabulary,
      files: recorder.files, editions: editions,
      editionOfProduct: editionOfProduct, calibration: calibration, importance: importance, validation: validation,
      baseline: baseline, resources: resources, warnings: warnings)
  }

  /// What each product is to hold; products that agree share an edition.
  private mutating func planEditions(
    _ model: any ModelWeights, of original: ModelSource
  ) -> (editions: [Edition], ofProduct: [Int]) {
    var requests: [QuantizationRequest] = []
    var ofProduct: [Int] = []
    for product in spec.products {
      let request = QuantizationRequest(product, spec)
      let known = requests.firstIndex { $0.isSame(as: request) }
      ofProduct.append(known ?? requests.count)
      if known == nil { requests.append(request) }
    }
    var editions: [Edition] = []
    for request in requests {
      if let budget = request.budget {
        let writers = zip(spec.products, ofProduct).filter { $1 == editions.count }.map { $0.0.writer.variant }
        editions.append(planEdition(request, budget, model, of: original, for: writers))
        continue
      }
      let tensors = planTensors(request, model, of: original)
      let average = EXL2Target.bits(request.type)
      if let average { checkAllotment(average, tensors, at: request.typePath) }
      // With gradients an average is a budget like any other.
      let open = spec.calibration?.gradients == nil ? nil : average.map { OpenTypes(average: $0, tensors) }
      editions.append(
        Edition(
          type: request.type, tensors: tensors, averageBits: open == nil ? average : nil, open: open,
          holdsInputScales: request.holdsInputScales, dynamicInputs: request.dynamicInputs))
    }
    return (editions, ofProduct)
  }

  private mutating func planTensors(
    _ request: QuantizationRequest, _ model: any ModelWeights, of original: ModelSource
  ) -> [TensorPlan] {
    checkSolver(request.solver, at: request.solverPath)
    guard var type = QuantizationTypes.named(request.type) else {
      reportUnknownType(request.type, at: request.typePath, isWhole: true)
      return []
    }
    if request.keepsTables { type = .linear(request.type) }
    let mixModel = mixModel(model)
    let overrides = overrides(request, model)
    let tensors = compilationOrder(model.weights).map { plan($0, of: original, request, type, mixModel, overrides) }
    noteBits(tensors, request)
    if mixModel.guidance == .none { checkGuidance(tensors, type, at: request.typePath) }
    return tensors
  }

  /// What overrides ask for, checked.
  mutating func overrides(_ request: QuantizationRequest, _ model: any ModelWeights) -> [Override] {
    var overrides: [Override] = []
    for (index, override) in request.overrides.enumerated() {
      let path = "\(request.overridesPath)[\(index)]"
      if !model.weights.contains(where: { override.tensors.matches($0.ggufName) }) {
        let example = model.weights.first { !$0.isVector && $0.layer != nil }?.ggufName ?? "token_embd.weight"
        mistakes.append(
          spec.diagnostic(
            at: "\(path).tensors",
            "found the pattern '\(override.tensors)', which matches no tensor; expected one like \(example)"))
      }
      if let name = override.type { reportUnknownType(name, at: "\(path).type", isWhole: false) }
      if let solver = override.solver { checkSolver(solver, at: "\(path).solver") }
      overrides.append(Override(tensors: override.tensors, type: override.type, solver: override.solver))
    }
    return overrides
  }

  /// What mixes must know of a model.
  func mixModel(_ model: any ModelWeights) -> MixModel {
    MixModel(
      model.architecture, model.shape,
      guidance: spec.calibration == nil && spec.importanceMatrix == nil ? .none : .importance)
  }

  /// Refuses types that are of no use where nothing is known about inputs.
  private mutating func checkGuidance(_ tensors: [TensorPlan], _ type: QuantizationType, at path: String) {
    let blind = tensors.filter { tensor in
      let (format, role) = (tensor.format.name, tensor.spec.role)
      if case .mix(let mix) = type { return mix.needsImportance(format, for: role) }
      return Mixes.needsImportance(format, for: role)
    }
    guard let first = blind.first else { return }
    mistakes.append(
      spec.diagnostic(
        at: path,
        "found \(first.format.name) for \(blind.count) tensors, such as \(first.spec.ggufName), without calibrate; expected "
          + "calibrate.corpora or calibrate.imatrix: so few bits must go where inputs are large, and rounded without knowing them a "
          + "model says nothing of use"))
  }

  struct Override {
    let tensors: TensorGlob
    let type: String?
    let solver: Choice<any Solver>?
  }

  /// Blocks first, then what can only be solved when all of them are done.
  func compilationOrder(_ weights: [WeightSpec]) -> [WeightSpec] {
    let norm: Set<Role> = [.outputNorm, .outputNormBias]
    let last = weights.filter { $0.layer == nil }
    return weights.filter { $0.layer != nil } + last.filter { norm.contains($0.role) }
      + last.filter { !norm.contains($0.role) }
  }

  mutating func plan(
    _ weight: WeightSpec, of source: ModelSource, _ request: QuantizationRequest, _ type: QuantizationType,
    _ model: MixModel,
    _ overrides: [Override]
  ) -> TensorPlan {
    let matching = overrides.filter { $0.tensors.matches(weight.ggufName) }
    let sides = weight.shape.count { $0 != 1 }
    guard QuantizedTensors.contains(weight.role, dimensions: sides) else {
      return TensorPlan(spec: weight, typeAsked: F32().name, format: F32())
    }
    let place = model.place(weight.role, layer: weight.layer ?? 0, columns: weight.columns)
    let ofMix = type.format(at: place, in: model).flatMap { format in
      QuantizedTensors.staysInFloats(weight.role) && !(WeightFormats.named(format) is any FloatFormat) ? nil : format
    }
    guard let asked = matching.last(where: { $0.type != nil })?.type ?? ofMix else {
      let format = floats(of: weight, in: source)
      return TensorPlan(spec: weight, typeAsked: format.name, format: format)
    }
    let fallback =
      switch request.fallbackTypes {
      case .stock: Fallback.needed(for: asked, columns: weight.columns)
      case .smallest: Fallback.smallest(for: asked, columns: weight.columns)
      }
    guard let format = WeightFormats.named(fallback?.to ?? asked, columns: weight.columns) else {
      mistakes.append(
        spec.diagnostic(
          at: request.typePath,
          "found \(request.type), which gives \(weight.ggufName) the type \(fallback?.to ?? asked); "
            + "this version cannot write that type yet"))
      return TensorPlan(spec: weight, typeAsked: asked, format: F32())
    }
    let solver = matching.last { $0.solver != nil }?.solver ?? request.solver
    guard let scheme = format as? any Scheme else {
      return TensorPlan(spec: weight, typeAsked: asked, format: format, fallback: fallback?.reason)
    }
    // Nothing is known of what reads these.
    if weight.role == .layerEmbedding || weight.role == .layerEmbeddingProjection {
      return TensorPlan(
        spec: weight, typeAsked: asked, format: format, fallback: fallback?.reason, solver: RoundToNearest(),
        solverOptions: RoundToNearest().name)
    }
    let variant = chosen(solver.variant, for: scheme)
    if let obstacle = variant.obstacle(scheme) {
      mistakes.append(spec.diagnostic(at: request.solverPath, "\(weight.ggufName) \(obstacle)"))
    }
    return TensorPlan(
      spec: weight, typeAsked: asked, format: format, fallback: fallback?.reason, solver: variant,
      solverOptions: "\(solver.name) \(solver.options)")
  }

  /// A solver as a scheme needs it: bits that fall from group to group are for columns that are sorted.
  private func chosen(_ solver: any Solver, for scheme: any Scheme) -> any Solver {
    scheme is EXL2Scheme && !solver.sortsColumns ? SortedColumns(solver) : solver
  }

  /// Checks that so many bits can be spent, and not fewer than the cheapest strategies take.
  private mutating func checkAllotment(_ average: Double, _ tensors: [TensorPlan], at path: String) {
    let allotted = tensors.filter { $0.format is EXL2Scheme }
    let weights = Double(max(1, allotted.reduce(0) { $0 + $1.spec.rows * $1.spec.columns }))
    let costs = allotted.map { BitAllotment.bits(of: $0.spec) }
    let least = Double(costs.reduce(0) { $0 + ($1.min() ?? 0) }) / weights
    let most = Double(costs.reduce(0) { $0 + ($1.max() ?? 0) }) / weights
    guard !allotted.isEmpty, !(least...most).contains(average) else { return }
    func text(_ bits: Double, _ rule: FloatingPointRoundingRule) -> String { "\((bits * 100).rounded(rule) / 100)" }
    mistakes.append(
      spec.diagnostic(
        at: path,
        "found \(average) bits per weight, expected \(text(least, .up)) to \(text(most, .down)): what matrices of this "
          + "model take, scales included"))
  }

  /// The floating-point type of a matrix that is not quantized: the one that it has, or half precision instead of blocks.
  private func floats(of weight: WeightSpec, in model: ModelSource) -> any WeightFormat {
    guard case .weights(let format)? = model.source.tensors[model.name(of: weight)]?.storage, format is any FloatFormat
    else { return F16() }
    return format
  }

  /// Checks that every product can be made of this model and can hold every tensor of it.
  private mutating func checkProducts(_ model: ModelSource, _ editions: [Edition], _ editionOfProduct: [Int]) {
    for (product, edition) in zip(spec.products, editionOfProduct) {
      let check = ProductCheck(product.writer.variant, at: product.writer.position, spec.calibration)
      if let remark = product.writer.variant.remark(on: model) {
        warnings.append(Diagnostic(product.writer.position, remark, severity: .warning))
      }
      // Where types are open, each of them for all tensors: what a product holds one by one it holds together.
      let candidates = editions[edition].open?.candidates ?? [editions[edition].tensors]
      for tensors in candidates {
        let found = check.mistakes(model, tensors)
        mistakes += found
        guard found.isEmpty else { break }
      }
    }
  }

  /// Checks that what is stored in half precision fits it.
  private mutating func checkHalfPrecision(
    _ model: ModelSource, _ source: any ModelWeights, _ editions: [Edition], _ editionOfProduct: [Int]
  ) throws(RunError) {
    var check = HalfPrecisionCheck(spec, model, source)
    do { mistakes += try check.mistakes(editions, editionOfProduct) } catch {
      throw .input(spec.diagnostic(at: "model.path", "\(error)"))
    }
    guard mistakes.isEmpty else { throw .specification(SpecErrors(mistakes)) }
  }

  /// Checks that there is text to gather what a solver must know.
  mutating func checkSolver(_ solver: Choice<any Solver>, at path: String) {
    if solver.variant.loss == .fisher, spec.calibration?.gradients == nil {
      mistakes.append(
        spec.diagnostic(
          at: path,
          "found the solver '\(solver.name)' with loss: fisher and no gradients, expected calibrate.gradients, or loss: layer: a "
            + "backward pass tells what the model predicts"))
    }
    guard solver.variant.needs >= .hessian, spec.calibration == nil else { return }
    let given = spec.importanceMatrix == nil ? "no calibration" : "an importance matrix, which is only its diagonal"
    mistakes.append(
      spec.diagnostic(
        at: path,
        "found the solver '\(solver.name)', which needs the Hessian of each input, and \(given); "
          + "expected calibrate.corpora, or the solver 'rtn'"))
  }

  mutating func reportUnknownType(_ name: String, at path: String, isWhole: Bool) {
    guard let objection = TypeNames.objection(name, isWhole: isWhole) else { return }
    mistakes.append(spec.diagnostic(at: path, objection))
  }
}
