import Foundation
import LinearAlgebra
import Pipeline
import Tensors

/// What this machine gives to runs, and what would make them faster.
struct Diagnosis: Encodable {
  struct Processor: Encodable {
    let name: String
    /// Cores that this process may use.
    let usableCores: Int
    let onlineCores: Int
    /// What the control group grants, in cores; left out where it grants all.
    let quota: Double?
    let hasAVX2: Bool
    let hasAVX512: Bool
  }

  struct Kernels: Encodable {
    let library: String
    /// The kernels that OpenBLAS chose.
    let core: String
    /// Operations a second of large products on all usable cores.
    let operationsPerSecond: Double
    /// What `OPENBLAS_CORETYPE` says, where it is set.
    let asked: String?
  }

  struct Memory: Encodable {
    let physicalBytes: Int
    let availableBytes: Int?
    /// What the control group grants; left out where it grants all.
    let limitBytes: Int?
    /// What a run may take without `--memory` before its activations go to a file.
    let usualBytes: Int
  }

  let version: String
  let isOptimized: Bool
  let processor: Processor
  let kernels: Kernels
  let memory: Memory
  /// Where the texts are that come with the program.
  let share: String?
  let hubCache: String
  /// What would make runs faster, or possible; empty where nothing is known.
  let advice: [String]

  init(
    version: String, isOptimized: Bool, _ processor: Processor, _ kernels: Kernels, _ memory: Memory, share: String?,
    hubCache: String
  ) {
    self.version = version
    self.isOptimized = isOptimized
    self.processor = processor
    self.kernels = kernels
    self.memory = memory
    self.share = share
    self.hubCache = hubCache
    advice = Advice.list(isOptimized: isOptimized, processor, kernels, memory, share: share)
  }

  static func ofThisMachine() -> Diagnosis {
    let read: (String) -> String? = { try? String(contentsOfFile: $0, encoding: .utf8) }
    let limit = ControlGroups.memoryLimit(reading: read)
    let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    let available = ProcessorFiles.value(of: "MemAvailable", in: read("/proc/meminfo") ?? "")
      .flatMap { Int($0.filter(\.isNumber)) }.map { $0 * 1024 }
    let flags = Set((ProcessorFiles.value(of: "flags", in: read("/proc/cpuinfo") ?? "") ?? "").split(separator: " "))
    #if DEBUG
      let isOptimized = false
    #else
      let isOptimized = true
    #endif
    return Diagnosis(
      version: Version.text, isOptimized: isOptimized,
      Processor(
        name: ProcessorFiles.value(of: "model name", in: read("/proc/cpuinfo") ?? "") ?? "unknown",
        usableCores: Workers.all.count, onlineCores: ProcessInfo.processInfo.processorCount,
        quota: ControlGroups.processorQuota(reading: read), hasAVX2: flags.contains("avx2"),
        hasAVX512: flags.contains("avx512f")),
      Kernels(
        library: BLAS.configuration, core: BLAS.coreName,
        operationsPerSecond: ResourcePlan.measuredRate(on: .all),
        asked: ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"]),
      Memory(
        physicalBytes: physical, availableBytes: available, limitBytes: limit.flatMap { $0 < physical ? $0 : nil },
        usualBytes: MemoryBudget.machine.bytes / 4),
      share: SharedData.folder(), hubCache: HubCache.ofUser().folder)
  }

  var text: String {
    let quota = processor.quota.map { String(format: "; the container grants %.1f", $0) } ?? ""
    let speed = String(format: "%.0f", kernels.operationsPerSecond / 1e9)
    let available = memory.availableBytes.map { ", \(MemoryBudget.text($0)) available" } ?? ""
    let limit = memory.limitBytes.map { "; the container grants \(MemoryBudget.text($0))" } ?? ""
    let facts = [
      ("version", "\(version)\(isOptimized ? "" : ", built without optimization")"),
      ("processor", processor.name),
      ("cores", "\(processor.usableCores) of \(processor.onlineCores) usable\(quota)"),
      ("kernels", "\(kernels.core), \(speed) G operations/s in large products"),
      ("library", kernels.library),
      ("memory", MemoryBudget.text(memory.physicalBytes) + available + limit),
      ("", "runs keep activations in memory up to \(MemoryBudget.text(memory.usualBytes)); --memory changes that"),
      ("texts", share.map { "\($0)/calibration" } ?? "none were installed with the program"),
      ("hub cache", hubCache),
    ]
    let lines = facts.map { PlanSummary.fact($0.0, $0.1) }
    guard !advice.isEmpty else {
      return (lines + ["", "Nothing here is known to slow runs down."]).joined(separator: "\n")
    }
    return (lines + ["", "What would help:"] + advice.map { "- " + $0.wrapped(to: 78).joined(separator: "\n  ") })
      .joined(separator: "\n")
  }
}

/// Files of Linux's /proc with `name : value` on a line.
enum ProcessorFiles {
  /// The first value of a name.
  static func value(of name: String, in text: String) -> String? {
    for line in text.split(separator: "\n") where line.hasPrefix(name) {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name else { continue }
      return parts[1].trimmingCharacters(in: .whitespaces)
    }
    return nil
  }
}
