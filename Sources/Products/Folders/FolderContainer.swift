import Checkpoints
import JSON
import Models
import Schemes

/// How a kind of Hugging Face folder holds what a plan makes: which tensors a matrix becomes, and what its configuration
/// says about them.
package protocol FolderContainer: Sendable {
  /// The name by which pipeline files know it.
  var name: String { get }
  /// The names of the types that it holds beside plain numbers.
  var types: [String] { get }
  /// The type of what it holds plainly.
  var floats: FolderFloats { get }
  /// What else its readers compute in, with more room than half precision, where the product's `dtype` says so.
  var widerFloats: FolderFloats? { get }
  /// Whether groups may be of columns that do not stand side by side.
  var holdsSortedColumns: Bool { get }
  /// The type that an option of the container asks for; nil where `type` says it.
  var impliedType: String? { get }
  /// Whether it holds a scale for what each quantized matrix reads.
  var holdsInputScales: Bool { get }
  /// How runtimes round what each quantized matrix reads under scales of their own; nil where they do not.
  var dynamicInputs: DynamicInputs? { get }
  /// Whether a type that tables can have too is meant for the matrices inside of blocks alone.
  var keepsTables: Bool { get }
  /// How the weights are held, for a reader of the model card: "packed as GPTQ".
  var storedAs: String { get }
  /// What runs it.
  var runtime: RuntimeUse { get }
  /// The same with what only the plan can tell.
  func resolved(for plan: ProductPlan) -> any FolderContainer
  /// The type that it holds and that is most like another.
  func nearest(to format: any WeightFormat) -> String?
  /// Why it cannot hold a model that is a folder, and what to do; nil where it can.
  func objection(to model: ModelSource) -> String?
  /// Why it cannot hold a tensor of one of its types, and what to do; nil where it can.
  func objection(to tensor: TensorPlan) -> String?
  /// Why it cannot hold so many types side by side; nil where it can.
  func objection(to tensors: [TensorPlan]) -> String?
  /// What runtimes join a tensor to, all parts of which must have one type; nil where it stands by itself.
  func moduleOfOneType(_ tensor: TensorPlan) -> String?
  /// How a matrix is laid out; nil for plain numbers.
  func layout(of tensor: TensorPlan) -> (any MatrixLayout)?
  /// What `config.json` says about the weights.
  func settings(_ plan: ProductPlan) -> JSONMembers
  /// More files, by name.
  func files(_ plan: ProductPlan) throws(CheckpointError) -> [(name: String, text: String)]
  /// Opens the files of the tensors, in a folder that is not published yet.
  func weightFiles(
    in folder: String, _ tensors: [SafetensorsPlannedTensor], shardBytes: Int, _ plan: ProductPlan
  ) throws(CheckpointError) -> any WeightFiles
}

extension FolderContainer {
  package var widerFloats: FolderFloats? { nil }
  package var holdsSortedColumns: Bool { false }
  package var impliedType: String? { nil }
  package var holdsInputScales: Bool { false }
  package var dynamicInputs: DynamicInputs? { nil }
  package var keepsTables: Bool { false }
  package func nearest(to format: any WeightFormat) -> String? { NearestType.name(to: format, among: types) }
  package func resolved(for plan: ProductPlan) -> any FolderContainer { self }
  package func objection(to model: ModelSource) -> String? { nil }
  package func objection(to tensor: TensorPlan) -> String? { nil }
  package func objection(to tensors: [TensorPlan]) -> String? { nil }
  package func moduleOfOneType(_ tensor: TensorPlan) -> String? { nil }
  package func settings(_ plan: ProductPlan) -> JSONMembers { JSONMembers() }
  package func files(_ plan: ProductPlan) -> [(name: String, text: String)] { [] }
  package func weightFiles(
    in folder: String, _ tensors: [SafetensorsPlannedTensor], shardBytes: Int, _ plan: ProductPlan
  ) throws(CheckpointError) -> any WeightFiles {
    try SafetensorsWeightFiles(folder, tensors, shardBytes: shardBytes)
  }
}

/// Emits a folder of some kind.
package struct FolderWriter: Writer {
  package let container: any FolderContainer
  package let shardBytes: Int

  package init(_ container: any FolderContainer, shardBytes: Int = SafetensorsProductWriter.defaultShardBytes) {
    self.container = container
    self.shardBytes = shardBytes
  }

  /// Why a container without an index of groups cannot hold sorted columns.
  static let objectionToSorting =
    "its solver sorts columns, and this product has no index of groups; expected `groups: neighbours`, or a gptq product"

  package var name: String { container.name }
  package var makesFolder: Bool { true }
  package var impliedType: String? { container.impliedType }
  package var holdsInputScales: Bool { container.holdsInputScales }
  package var dynamicInputs: DynamicInputs? { container.dynamicInputs }
  package var keepsTables: Bool { container.keepsTables }

  package func holds(_ format: any WeightFormat) -> Bool {
    format is any FloatFormat || container.types.contains(format.name)
  }

  package func nearest(to format: any WeightFormat) -> String? {
    container.nearest(to: format)
  }

  package func objection(to model: ModelSource) -> String? {
    FolderProduct.objection(to: model, of: name) ?? container.objection(to: model)
  }

  package func objection(to tensor: TensorPlan) -> String? {
    guard tensor.format is any Scheme else { return nil }
    if tensor.spec.role.isOfLatent {
      return
        "keys and values of latent attention are one matrix in a folder, which runtimes take apart; expected an override that leaves "
        + "both in floating point, {tensors: 'blk.*.attn_[kv]_b.weight', type: bf16}"
    }
    guard tensor.moduleName != nil else {
      return
        "the original stores it as \(tensor.spec.huggingFaceName), of which no module with a weight is made; expected "
        + "an override that leaves it in floating point, such as {tensors: \(tensor.name), type: f16}"
    }
    let order = FolderOrder(tensor)
    if let objection = order.objection {
      return
        "this family stores it \(objection), and \(name) holds rows as they are; expected an override that leaves it in floating point, "
        + "such as \(tensor.plainOverride)"
    }
    if order.movesColumns, tensor.sortsColumns { return Self.objectionToSorting }
    if !container.holdsSortedColumns, tensor.sortsColumns { return Self.objectionToSorting }
    return container.objection(to: tensor)
  }

  package func objection(to tensors: [TensorPlan]) -> String? {
    let modules = Dictionary(grouping: tensors) { $0.moduleName }
    if let joined = tensors.first(where: { $0.isQuantized && modules[$0.moduleName]?.count ?? 1 > 1 }),
      let parts = modules[joined.moduleName]
    {
      return
        "found \(parts.map(\.name).joined(separator: " and ")), which this model stores together as \(joined.moduleName ?? ""); expected "
        + "an override that leaves all of them in floating point"
    }
    return container.objection(to: tensors)
  }

  package func moduleOfOneType(_ tensor: TensorPlan) -> String? { container.moduleOfOneType(tensor) }

  package func storesInHalfPrecision(_ tensor: TensorPlan) -> Bool {
    (container.layout(of: tensor) == nil || !tensor.isQuantized)
      && (container.floats == .f16 || tensor.format is F16)
  }

  package func roomForLargeWeights(_ tensor: TensorPlan) -> String {
    guard container.floats == .f16 else { return tensor.typeForLargeWeights }
    return container.widerFloats.map { "numbers with room for it: use dtype: \($0.rawValue)" }
      ?? "a product that can hold it, such as compressed_tensors with dtype: bf16, or gguf: readers of \(name) compute in half precision"
  }

  package func begin(_ path: String, _ plan: ProductPlan) throws(CheckpointError) -> any Product {
    try FolderProduct(path, container.resolved(for: plan), shardBytes: shardBytes, plan)
  }
}

extension IntegerType {
  /// The names of types of these bits, groups and kinds of zero, the usual ones first.
  static func names(bits: [Int], groups: [Group], zeros: [Zero]) -> [String] {
    all.filter { bits.contains($0.bits) && groups.contains($0.group) && zeros.contains($0.zero) }.map(\.name)
  }
}
