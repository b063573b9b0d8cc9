import Models
import Products
import Schemes
import Spec

/// Whether a product can be made of a model, and hold what the plan makes of it.
struct ProductCheck {
  private let writer: any Writer
  private let position: SourcePosition
  private let calibration: CalibrationSpec?

  /// - Parameter calibration: what the products are made with.
  init(_ writer: any Writer, at position: SourcePosition, _ calibration: CalibrationSpec?) {
    self.writer = writer
    self.position = position
    self.calibration = calibration
  }

  /// Every mistake: the first tensor of each type that it cannot hold, and each other objection once.
  func mistakes(_ model: ModelSource, _ tensors: [TensorPlan]) -> [Diagnostic] {
    var mistakes: [Diagnostic] = []
    if let objection = writer.objection(to: model) { mistakes.append(Diagnostic(position, objection)) }
    if let objection = objectionToCalibration() { mistakes.append(Diagnostic(position, objection)) }
    var types: Set<String> = []
    for tensor in tensors where !writer.holds(tensor.format) && types.insert(tensor.format.name).inserted {
      mistakes.append(Diagnostic(position, refusal(of: tensor)))
    }
    guard mistakes.isEmpty else { return mistakes }
    let objections = tensors.compactMap { tensor in writer.objection(to: tensor).map { (tensor.name, $0) } }
    guard let (first, objection) = objections.first else {
      return writer.objection(to: tensors).map { [Diagnostic(position, "found a \(writer.name) product: \($0)")] } ?? []
    }
    let others = objections.count > 1 ? " (and \(objections.count - 1) more tensors)" : ""
    return [Diagnostic(position, "found a \(writer.name) product with \(first)\(others): \(objection)")]
  }

  /// Why scales of inputs cannot be had; nil where they can, or nobody asks.
  private func objectionToCalibration() -> String? {
    guard writer.holdsInputScales else { return nil }
    let found = "found a \(writer.name) product whose activations are quantized"
    switch calibration?.inputs {
    case .quantized: return nil
    case .original:
      return "\(found) with calibrate.inputs: original, expected inputs: quantized: their scales are those of the "
        + "inputs that the product itself makes"
    case nil: return "\(found) without calibrate, expected calibrate.corpora: texts show how large activations are"
    }
  }

  private func refusal(of tensor: TensorPlan) -> String {
    let able = Writers.all.filter { $0.holds(tensor.format) }.map(\.name).joined(separator: ", ")
    let type = writer.nearest(to: tensor.format).map { "\($0), the nearest type that it holds" } ?? "another type"
    return "found a \(writer.name) product, which cannot hold \(tensor.format.name), the type of \(tensor.name); "
      + "expected \(type), or a product that can hold it: \(able)"
  }
}
