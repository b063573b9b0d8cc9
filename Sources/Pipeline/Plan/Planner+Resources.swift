import Calibration
import Foundation
import Models
import Tensors
import Validation

/// What the run will take of the machine.
extension Planner {
  /// Keeps activations in memory where the run fits the budget with them, and in a file beside the first product where it does
  /// not. Without a budget, the run is to take no more than a quarter of the machine's memory for their sake: the kernel keeps of
  /// a file what it has room for. Unlike products are compiled side by side where that fits, and else one after the other.
  mutating func resources(
    _ editions: [Edition], _ calibration: TokenSequences?, _ validation: ValidationMaterial?, _ model: ModelSource
  ) throws(RunError) -> ResourcePlan {
    let size = size(editions, calibration, validation, model)
    // One after the other, editions take what the largest of them takes.
    let alone = size.streams > 1 ? editions.map { self.size([$0], calibration, validation, model) } : []
    func peak(_ storage: ActivationStorage, sideBySide: Bool) -> Int {
      sideBySide ? size.peak(storage) : alone.map { $0.peak(storage) }.max() ?? size.peak(storage)
    }
    func plan(_ storage: ActivationStorage, sideBySide: Bool) -> ResourcePlan {
      ResourcePlan(
        peakBytes: peak(storage, sideBySide: sideBySide), activations: storage,
        work: RunSize.work(size, alone, sideBySide: sideBySide), tokensPerBatch: size.tokensPerBatch,
        compilesSideBySide: sideBySide, ranks: ranks)
    }
    let limit = budget ?? .machine
    let folder = scratchFolder
    let file = ActivationStorage.file(folder: folder)
    let isSideBySide = alone.isEmpty || peak(file, sideBySide: true) <= limit.bytes
    let inMemory = peak(.memory, sideBySide: isSideBySide)
    let staysInMemory = budget == nil && inMemory <= limit.bytes && !Self.hasDiskFor(size.activations, in: folder)
    guard inMemory > (budget?.bytes ?? limit.bytes / 4), !staysInMemory else {
      return plan(.memory, sideBySide: isSideBySide)
    }
    let inFile = peak(file, sideBySide: isSideBySide)
    if inFile > limit.bytes {
      guard budget == nil else { throw .memory(needed: inFile, allowed: limit.bytes) }
      warnings.append(
        spec.diagnostic(
          at: "model.path",
          "found \(MemoryBudget.text(limit.bytes)) of memory, expected \(MemoryBudget.text(inFile)) for the widest block; "
            + "the run will be slow, or the system will end it",
          severity: .warning))
    }
    return plan(file, sideBySide: isSideBySide)
  }

  /// What a plan takes with other editions than those that it was made for.
  static func resources(
    of plan: Plan, on workers: Workers, within budget: MemoryBudget?
  ) throws(RunError) -> ResourcePlan {
    var planner = Planner(plan.spec, on: workers, within: budget)
    return try planner.resources(plan.editions, plan.calibration, plan.validation, plan.model)
  }

  /// What some editions take side by side.
  private func size(
    _ editions: [Edition], _ calibration: TokenSequences?, _ validation: ValidationMaterial?, _ model: ModelSource
  ) -> RunSize {
    RunSize(
      editions, streams: partsTexts ? editions.count : 1, hiddenSize: model.shape.hiddenSize,
      calibrationTokens: Plan.asksForCalibration(spec, editions) ? calibration?.tokens.count ?? 0 : 0,
      observesDrift: Plan.observesDrift(spec, editions.flatMap(\.tensors)),
      gradientTokens: min(calibration?.tokens.count ?? 0, spec.calibration?.gradients?.tokens ?? 0),
      allotsBits: editions.contains { $0.averageBits != nil || $0.open != nil },
      hasBlockTransforms: spec.transforms.contains { !$0.variant.editsWholeModel },
      block: { layer in
        let steps = model.architecture.steps(model.shape, layer: layer)
        return (steps, Plan.subLayers(spec, steps))
      },
      validationTokens: validation?.tokens ?? 0,
      measuresFloor: spec.validation?.text?.floor ?? false, products: spec.products.count,
      runsQuantized: Plan.solvesInSubLayers(spec),
      solvesOutput: Plan.solvesOutput(editions.flatMap(\.tensors), isTied: model.shape.tiedOutput),
      workers: workers.count, ranks: ranks)
  }

  /// Whether a disk has room for so many bytes, and as many again for products.
  private static func hasDiskFor(_ bytes: Int, in folder: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    return 2 * bytes < (attributes?[.systemFreeSize] as? NSNumber)?.intValue ?? 0
  }

  /// The folder of the first product, or as much of its path as is there already.
  private var scratchFolder: String {
    guard let first = spec.products.first else { return "." }
    var folder = URL(filePath: first.path.absolute).deletingLastPathComponent()
    while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path) { folder.deleteLastPathComponent() }
    return folder.path
  }
}
