import Checkpoints
import Foundation
import Models
import Pipeline
import Schemes

/// What a person should know of a run before trusting its products, in words.
enum Remarks {
  static func of(_ plan: Plan) -> [String] {
    var remarks: [String] = []
    let types = plan.model.quantizedTypes
    if !types.isEmpty {
      remarks.append(
        "the original is quantized itself (\(types.joined(separator: ", "))): both errors add up, and all figures are against "
          + "that original; start from the F16 or BF16 model if there is one")
    }
    if plan.calibration == nil, plan.tensors.contains(where: { $0.solver != nil }) {
      remarks.append(
        plan.importance == nil
          ? "nothing is calibrated: weights are rounded without knowing which of them matter; `calibrate` names a text"
          : "weights are rounded under an importance matrix; a calibration text allows solving instead")
    }
    if plan.validation == nil {
      remarks.append(
        "nothing is measured: how close products are to the original stays unknown; `validate` names a text")
    }
    for (index, product) in plan.spec.products.enumerated() {
      let own = plan.forProduct(index)
      let name = product.path.written
      if own.tensorBytes > plan.original.bytes {
        remarks.append(
          "\(name) is larger than the original: \(own.tensorBytes.asBytes) instead of \(plan.original.bytes.asBytes)")
      }
      let matrices = own.tensors.count { !$0.spec.isVector }
      if !own.fallbacks.isEmpty {
        remarks.append(
          "\(name): \(own.fallbacks.count.grouped) of \(matrices.grouped) matrices do not get the type that was asked for; "
            + "`planish plan` says why")
      }
    }
    return remarks
  }
}

extension ModelSource {
  /// The names of types that stand for weights of blocks by codes, each once.
  fileprivate var quantizedTypes: [String] {
    var names: Set<String> = []
    for weight in weights where weight.layer != nil && !weight.isVector {
      switch source.tensors[name(of: weight)]?.storage {
      case .weights(let format)? where format is any FloatFormat: break
      case let storage?: names.insert(storage.name)
      case nil: break
      }
    }
    return names.sorted()
  }
}

extension Int {
  /// Bytes as `2.83 MB`, in powers of ten as file managers and the Hub count them.
  var asBytes: String {
    let units: [(Double, String)] = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
    guard let (size, unit) = units.first(where: { Double(self) >= $0.0 }) else { return "\(self) bytes" }
    let value = Double(self) / size
    return String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value) + " \(unit)"
  }

  /// How many times smaller than another size, such as `3.1 × smaller`; the other way where it is larger.
  func compared(to original: Int) -> String {
    guard self > 0, original > 0 else { return "" }
    return self <= original
      ? String(format: "%.1f × smaller", Double(original) / Double(self))
      : String(format: "%.2f × as large", Double(self) / Double(original))
  }
}

extension Int {
  /// A number of weights, such as `135 M` or `4.5 M`.
  var asCount: String {
    let units: [(Double, String)] = [(1e9, "G"), (1e6, "M"), (1e3, "k")]
    guard let (size, unit) = units.first(where: { Double(self) >= $0.0 }) else { return "\(self)" }
    let value = Double(self) / size
    return String(format: value < 10 ? "%.1f" : "%.0f", value) + " \(unit)"
  }
}
