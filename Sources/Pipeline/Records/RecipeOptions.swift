import Foundation
import Products
import Spec

/// What of a pipeline file decides the bytes of one of its products.
///
/// It begins with the whole file as understood and leaves out what decides nothing, so that a key that is added to the language
/// is part of every digest until somebody shows that it need not be.
struct RecipeOptions {
  let text: String

  /// What happens after a product is made, and where; what `quantize` and `emit` say to this product is added below.
  private static let leftOut = ["report", "validate", "quantize", "emit"]
  /// Places of files, which are hashed, and what the tokens of the texts and their lengths say.
  private static let leftOutOfModel = ["path", "adapters"]
  private static let leftOutOfCalibration = ["corpora", "corpus", "tokens", "seed", "imatrix", "share"]
  /// What the request of the product says.
  private static let leftOutOfProduct = ["path", "type", "solver", "overrides"]

  /// - Parameter importance: the hash of the importance matrix.
  init(_ plan: Plan, product index: Int, importance: String?) {
    let product = plan.spec.products[index]
    var entries = Self.entriesOfSolution(plan, product: index)
    entries.append(
      .init(
        key: "emit",
        value: .mapping([
          .init(
            key: product.writer.name, value: .mapping(product.writer.options.without(Self.leftOutOfProduct).entries))
        ])))
    if let importance { entries.append(.init(key: "importance", value: .text(importance))) }
    if product.writer.variant.makesFolder {
      let name = OriginalCard.name(plan.model.path)
      entries.append(.init(key: "original", value: .text(name)))
    }
    if let leading = Self.leading(plan, of: index) { entries.append(leading) }
    text = ResolvedValue.mapping(entries).description
  }

  /// The same of what is solved for a product, whatever container it is put into and whatever it is called.
  init(solutionOf plan: Plan, product index: Int, importance: String?) {
    var entries = Self.entriesOfSolution(plan, product: index).filter { $0.key != "name" }
    let request = plan.request(ofProduct: index)
    entries.append(.init(key: "keeps tables", value: .truth(request.keepsTables)))
    if let importance { entries.append(.init(key: "importance", value: .text(importance))) }
    if let leading = Self.leading(plan, of: index) { entries.append(leading) }
    text = ResolvedValue.mapping(entries).description
  }

  /// What decides the codes of all products of a plan alike, without what stands in other files.
  static func shared(_ plan: Plan) -> String {
    let entries = entriesOfSolution(plan, product: 0).filter { !["name", "quantize"].contains($0.key) }
    return ResolvedValue.mapping(entries).description
  }

  /// What decides the codes of a product, without what stands in other files.
  private static func entriesOfSolution(_ plan: Plan, product index: Int) -> [ResolvedValue.Entry] {
    // With gradients the seed is also that of what is drawn from predictions.
    let leftOutOfCalibration = leftOutOfCalibration.filter {
      $0 != "seed" || plan.spec.calibration?.gradients == nil
    }
    var entries: [ResolvedValue.Entry] = []
    for entry in plan.spec.resolved.entries where !leftOut.contains(entry.key) {
      let value =
        switch entry.key {
        case "model": entry.value.without(leftOutOfModel)
        case "calibrate": entry.value.without(leftOutOfCalibration)
        default: entry.value
        }
      entries.append(.init(key: entry.key, value: value))
    }
    let request = plan.request(ofProduct: index)
    entries.append(.init(key: "quantize", value: request.resolved))
    return entries
  }

  /// What the product asks for that a product is calibrated on, where that is not itself.
  private static func leading(_ plan: Plan, of index: Int) -> ResolvedValue.Entry? {
    guard plan.sharesCalibration, let leading = plan.courses.first?.first, leading != plan.editionOfProduct[index],
      let product = plan.editionOfProduct.firstIndex(of: leading)
    else { return nil }
    return .init(key: "calibrated on", value: plan.request(ofProduct: product).resolved)
  }
}

extension QuantizationRequest {
  /// All that it asks for, as options.
  fileprivate var resolved: ResolvedValue {
    let overrides = overrides.map { override in
      var entries = [ResolvedValue.Entry(key: "tensors", value: .text("\(override.tensors)"))]
      if let type = override.type { entries.append(.init(key: "type", value: .text(type))) }
      if let solver = override.solver { entries.append(.init(key: "solver", value: Self.resolved(solver))) }
      return ResolvedValue.mapping(entries)
    }
    var entries: [ResolvedValue.Entry] = [
      .init(key: "type", value: .text(type)), .init(key: "solver", value: Self.resolved(solver)),
      .init(key: "overrides", value: .list(overrides)), .init(key: "input_scales", value: .truth(holdsInputScales)),
    ]
    if let budget { entries.append(.init(key: "from", value: .list(budget.types.map { .text($0) }))) }
    // What is usual is no part of the digests of older records.
    if fallbackTypes != Defaults.fallbackTypes {
      entries.append(.init(key: "fallback_types", value: .text(fallbackTypes.rawValue)))
    }
    if let dynamicInputs { entries.append(.init(key: "dynamic_inputs", value: .text(dynamicInputs.rawValue))) }
    return .mapping(entries)
  }

  private static func resolved(_ choice: Choice<PlanishKinds.Solver>) -> ResolvedValue {
    .mapping([.init(key: choice.name, value: choice.options)])
  }
}
