import Mixes
import Products
import Solvers
import Spec

/// What a product asks for: `quantize`, or what it says for itself.
///
/// A product with a type of its own has overrides of its own too: those of `quantize` name types that fit its type.
struct QuantizationRequest {
  private(set) var type: String
  /// Where no type is named, what may be spent on which.
  private(set) var budget: TypeBudget?
  let typePath: String
  let solver: Choice<any Solver>
  let solverPath: String
  let overrides: [QuantizeSpec<PlanishKinds>.Override]
  let overridesPath: String
  let fallbackTypes: FallbackTypes
  let holdsInputScales: Bool
  /// How the runtime rounds inputs under scales of its own; nil where it does not.
  let dynamicInputs: DynamicInputs?
  /// Whether tables stay in floating point although the type could hold them.
  let keepsTables: Bool

  init(_ product: ProductSpec<PlanishKinds>, _ spec: Spec) {
    let own = product.own
    let path = product.writer.path
    let implied = product.writer.variant.impliedType
    type = own.type?.name ?? implied ?? spec.quantize.type.name
    budget = own.type == nil && implied != nil ? nil : (own.type ?? spec.quantize.type).budget
    typePath = own.type != nil ? "\(path).type" : implied != nil ? "\(path)" : "quantize.type"
    solver = own.solver ?? spec.quantize.solver
    solverPath = own.solver == nil ? "quantize.solver" : "\(path).solver"
    let keepsOverrides = own.type == nil && implied == nil && own.overrides.isEmpty
    overrides = keepsOverrides ? spec.quantize.overrides : own.overrides
    holdsInputScales = product.writer.variant.holdsInputScales
    dynamicInputs = product.writer.variant.dynamicInputs
    if budget != nil {
      keepsTables = product.writer.variant.keepsTables
    } else if case .single? = QuantizationTypes.named(type) {
      keepsTables = product.writer.variant.keepsTables
    } else {
      keepsTables = false
    }
    fallbackTypes = spec.quantize.fallbackTypes
    overridesPath = keepsOverrides ? "quantize.overrides" : "\(path).overrides"
  }

  /// The same with so many bytes to spend.
  ///
  /// - Precondition: it has a budget.
  func raised(to bytes: Int) -> QuantizationRequest {
    guard let raised = budget?.replacing(bytes: bytes) else { preconditionFailure("a request with a budget") }
    var request = self
    request.budget = raised
    request.type = raised.name
    return request
  }

  /// Whether both ask for the same.
  func isSame(as other: QuantizationRequest) -> Bool {
    type == other.type && budget == other.budget && solver == other.solver && overrides == other.overrides
      && holdsInputScales == other.holdsInputScales && dynamicInputs == other.dynamicInputs
      && keepsTables == other.keepsTables
  }
}
