import Models
import Schemes
import Solvers

/// What becomes of one tensor.
package struct TensorPlan: Sendable {
  package let spec: WeightSpec
  /// The type that the pipeline file or its mix asks for.
  package let typeAsked: String
  /// The type that it gets.
  package let format: any WeightFormat
  /// Why it does not get the type that was asked for.
  package let fallback: String?
  /// Who chooses its codes; nil where the format has none to choose.
  package let solver: (any Solver)?
  /// The solver with its options; editions that agree in type and solver share the solution.
  package let solverOptions: String?

  package init(
    spec: WeightSpec, typeAsked: String, format: any WeightFormat, fallback: String? = nil, solver: (any Solver)? = nil,
    solverOptions: String? = nil
  ) {
    self.spec = spec
    self.typeAsked = typeAsked
    self.format = format
    self.fallback = fallback
    self.solver = solver
    self.solverOptions = solverOptions
  }

  /// The same tensor in another format.
  package func replacing(_ scheme: EXL2Scheme) -> TensorPlan {
    TensorPlan(
      spec: spec, typeAsked: scheme.name, format: scheme, fallback: fallback, solver: solver,
      solverOptions: solverOptions)
  }

  /// Whether another edition's tensor comes out the same: one type, chosen for the same reason by the same solver.
  package func hasSameSolution(as other: TensorPlan) -> Bool {
    format.name == other.format.name && solverOptions == other.solverOptions && typeAsked == other.typeAsked
      && fallback == other.fallback
  }

  package var name: String { spec.label }
  package var bytes: Int { format.byteCount(rows: spec.rows, columns: spec.columns) }
}

extension TensorPlan {
  /// The module that holds the matrix in a Hugging Face checkpoint, such as `model.layers.0.mlp.up_proj`; nil for a tensor
  /// that is not a module's weight.
  var moduleName: String? {
    let suffix = ".weight"
    return spec.huggingFaceName.hasSuffix(suffix) ? String(spec.huggingFaceName.dropLast(suffix.count)) : nil
  }

  /// Whether its groups are of columns that do not stand side by side.
  package var sortsColumns: Bool { isQuantized && solver?.sortsColumns == true }

  /// Whether codes stand for the weights.
  package var isQuantized: Bool { format is any Scheme }

  /// Whether it is a matrix inside of a block, which containers for linear layers quantize unless told otherwise.
  package var isLinear: Bool { spec.layer != nil && !spec.isVector }

  /// The integer type and the columns that share a scale, where it has one.
  var integers: (type: IntegerType, columnsPerGroup: Int)? {
    (format as? IntegerScheme).map { ($0.type, $0.columnsPerGroup) }
  }

  /// What the plan says where a container holds only linear layers.
  func objectionToTable(of container: String) -> String? {
    spec.layer == nil
      ? "\(container) checkpoints keep tables in floating point; expected no override that gives it a type" : nil
  }

  /// What to store the tensor as where half precision cannot hold its weights, for messages.
  var typeForLargeWeights: String {
    "another type than f16, such as the override {tensors: \(spec.ggufName), type: bf16}"
  }

  /// An override that stores the tensor plainly, for messages.
  var plainOverride: String { "{tensors: \(name), type: f16}" }
}

extension [TensorPlan] {
  /// Bytes of all of them, without any container's header.
  package var bytes: Int { reduce(0) { $0 + $1.bytes } }

  /// Storage for one weight, in bits, without any container's header.
  package var bitsPerWeight: Double { 8 * Double(bytes) / Double(reduce(0) { $0 + $1.spec.rows * $1.spec.columns }) }
}
