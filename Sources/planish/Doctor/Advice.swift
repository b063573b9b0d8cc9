import Pipeline

/// What would make runs faster, or possible.
enum Advice {
  static func list(
    isOptimized: Bool, _ processor: Diagnosis.Processor, _ kernels: Diagnosis.Kernels, _ memory: Diagnosis.Memory,
    share: String?
  ) -> [String] {
    [
      isOptimized
        ? nil : "this program was built without optimization: `swift build -c release` makes it many times faster",
      self.kernels(processor, kernels), cores(processor), self.memory(memory),
      share == nil
        ? "no texts to calibrate on were found beside the program: give --calibrate and --heldout, or name their folder in PLANISH_SHARE"
        : nil,
    ].compactMap(\.self)
  }

  /// Kernels of OpenBLAS that use AVX-512, and those that use neither that nor AVX2.
  private static let wide: Set<String> = ["SkylakeX", "Cooperlake", "SapphireRapids"]
  private static let narrow: Set<String> = [
    "Prescott", "Core2", "Penryn", "Dunnington", "Nehalem", "Sandybridge", "Atom", "Barcelona", "Bobcat", "Bulldozer",
    "Piledriver", "Steamroller", "Generic", "Katmai", "Coppermine", "Northwood", "Banias", "Opteron", "Opteron_SSE3",
    "Athlon",
  ]

  private static func kernels(_ processor: Diagnosis.Processor, _ kernels: Diagnosis.Kernels) -> String? {
    let isNarrow = narrow.contains(kernels.core) && processor.hasAVX2
    let isHalf = processor.hasAVX512 && !wide.contains(kernels.core)
    guard isNarrow || isHalf else { return nil }
    let better = processor.hasAVX512 ? "SkylakeX" : "Haswell"
    let gain = isNarrow ? "several times" : "up to two times"
    if let asked = kernels.asked {
      return
        "OPENBLAS_CORETYPE is \(asked), and this processor runs wider kernels (\(better)): without it products are "
        + "\(gain) as fast"
    }
    return
      "OpenBLAS chose \(kernels.core), and this processor runs wider kernels: OPENBLAS_CORETYPE=\(better), or a newer "
      + "OpenBLAS, makes products \(gain) as fast"
  }

  private static func cores(_ processor: Diagnosis.Processor) -> String? {
    if let quota = processor.quota, quota < Double(processor.usableCores) - 0.01 {
      let jobs = max(1, Int(quota.rounded(.down)))
      return
        "the container grants less time than its \(processor.usableCores) cores have: raise its limit, or give --jobs \(jobs)"
    }
    guard processor.usableCores < processor.onlineCores else { return nil }
    return
      "\(processor.onlineCores - processor.usableCores) of \(processor.onlineCores) cores are kept from this process "
      + "(taskset, or the container): with all of them runs are faster in proportion"
  }

  private static func memory(_ memory: Diagnosis.Memory) -> String? {
    let granted = min(memory.physicalBytes, memory.limitBytes ?? .max)
    guard let available = memory.availableBytes, available < granted / 4 else { return nil }
    return
      "only \(MemoryBudget.text(available)) of \(MemoryBudget.text(granted)) of memory are free now: other programs will slow runs "
      + "down, or be slowed down; --memory keeps a run smaller"
  }
}
