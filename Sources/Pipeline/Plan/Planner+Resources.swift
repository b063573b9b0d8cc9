import Calibration
import Foundation
import Models
import Validation

/// What the run will take of the machine.
extension Planner {
  /// Keeps activations in memory where they fit, and in a file beside the first product where they do not.
  mutating func resources(
    _ editions: [Edition], _ calibration: TokenSequences?, _ validation: ValidationMaterial?, _ shape: DecoderShape
  ) throws(RunError) -> ResourcePlan {
    let size = RunSize(
      editions, hiddenSize: shape.hiddenSize, calibrationTokens: calibration?.tokens.count ?? 0,
      observesDrift: Plan.observesDrift(spec, editions.flatMap(\.tensors)),
      observesInputRanges: Plan.observesInputRanges(spec),
      allotsBits: editions.contains { $0.averageBits != nil },
      hasBlockTransforms: spec.transforms.contains { !$0.variant.editsWholeModel },
      validationTokens: validation?.textTokens ?? 0, products: spec.products.count,
      runsQuantized: spec.calibration?.inputs == .quantized,
      solvesOutput: Plan.solvesOutput(editions.flatMap(\.tensors), isTied: shape.tiedOutput), workers: workers.count)
    let limit = budget ?? .machine
    let folder = scratchFolder
    let inMemory = size.peak(.memory)
    guard inMemory > limit.bytes else {
      return ResourcePlan(peakBytes: inMemory, activations: .memory, operations: size.operations)
    }
    let inFile = size.peak(.file(folder: folder))
    if inFile > limit.bytes {
      guard budget == nil else { throw .memory(needed: inFile, allowed: limit.bytes) }
      warnings.append(
        spec.diagnostic(
          at: "model.path",
          "found \(MemoryBudget.text(limit.bytes)) of memory, expected \(MemoryBudget.text(inFile)) for the widest block; "
            + "the run will be slow, or the system will end it",
          severity: .warning))
    }
    return ResourcePlan(peakBytes: inFile, activations: .file(folder: folder), operations: size.operations)
  }

  /// The folder of the first product, or as much of its path as is there already.
  private var scratchFolder: String {
    guard let first = spec.products.first else { return "." }
    var folder = URL(filePath: first.path.absolute).deletingLastPathComponent()
    while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path) { folder.deleteLastPathComponent() }
    return folder.path
  }
}
