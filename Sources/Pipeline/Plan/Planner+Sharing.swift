/// What products share, and what that costs them.
extension Planner {
  /// Whether editions go on by themselves as soon as they differ: later blocks see what each made of earlier ones.
  var partsTexts: Bool { spec.calibration.map { $0.inputs == .quantized && !$0.share } ?? false }

  /// Says what it may cost that unlike products share their calibration.
  mutating func noteSharing(_ editions: [Edition], _ editionOfProduct: [Int]) {
    let edits = spec.transforms.contains { !$0.variant.editsWholeModel }
    guard let calibration = spec.calibration, calibration.share, editions.count > 1,
      calibration.inputs == .quantized || edits, let leading = Plan.leadingFirst(editions).first,
      let product = zip(spec.products, editionOfProduct).first(where: { $0.1 == leading })?.0
    else { return }
    warnings.append(
      spec.diagnostic(
        at: "calibrate.share",
        "calibrates all products on what \(product.path), the one of most bits, makes of the model: this takes less time, and the "
          + "others make up for errors that are not theirs, which may raise their divergence; `share: false` gives each the bytes "
          + "that it has alone",
        severity: .warning))
  }
}
