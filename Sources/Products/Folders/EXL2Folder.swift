import Checkpoints
import JSON
import Schemes

/// EXL2 checkpoints, for ExLlamaV2 and TabbyAPI: every matrix inside of a block in as many bits as it is worth.
struct EXL2Folder: FolderContainer {
  /// The average bits of a weight that the product asks for; nil where its type says so, or `quantize.type`.
  let bits: Double?
  let floats: FolderFloats = .f16

  init(bits: Double? = nil) {
    self.bits = bits
  }

  var name: String { "exl2" }
  var types: [String] { EXL2Strategy.everySize.map(\.name) }
  var impliedType: String? { bits.map { EXL2Target.name($0) } }
  var holdsSortedColumns: Bool { true }
  var runtime: RuntimeUse { .exllamav2 }
  var storedAs: String { "packed as EXL2" }

  /// As many bits on average, in halves.
  func nearest(to format: any WeightFormat) -> String? {
    EXL2Target.name(max(2.5, min(8, (2 * format.bitsPerWeight).rounded() / 2)))
  }

  func objection(to tensor: TensorPlan) -> String? {
    if let objection = tensor.objectionToTable(of: "EXL2") { return objection }
    guard tensor.spec.rows % EXL2Layout.side != 0 else { return nil }
    return "found \(tensor.spec.rows) rows, expected a multiple of \(EXL2Layout.side), which EXL2 packs together; "
      + "leave it in floating point by the override \(tensor.plainOverride)"
  }

  func layout(of tensor: TensorPlan) -> (any MatrixLayout)? {
    (tensor.format as? EXL2Scheme).map {
      EXL2Layout(rows: tensor.spec.rows, bits: $0.bits, columnsPerGroup: $0.columnsPerGroup)
    }
  }

  func settings(_ plan: ProductPlan) -> JSONMembers {
    var configuration = JSONMembers()
    configuration.set("quant_method", .string("exl2"))
    configuration.set("version", .string(Self.version))
    configuration.set("bits", .number(EXL2Target.bits(plan.type) ?? Self.average(plan)))
    configuration.set("head_bits", .integer(16))
    if let calibration = plan.calibration {
      var text = JSONMembers()
      text.set("rows", .integer(calibration.sequences))
      text.set("length", .integer(calibration.length))
      text.set("dataset", .string("planish:\(calibration.digest.prefix(16))"))
      configuration.set("calibration", .object(text))
    }
    var settings = JSONMembers()
    settings.set("quantization_config", .object(configuration))
    return settings
  }

  /// The version of exllamav2 whose layout this is.
  private static let version = "0.3.2"

  private static func average(_ plan: ProductPlan) -> Double {
    let linear = plan.tensors.filter(\.isQuantized)
    let weights = linear.reduce(0) { $0 + $1.spec.rows * $1.spec.columns }
    return 8 * Double(linear.reduce(0) { $0 + $1.bytes }) / Double(max(1, weights))
  }
}
