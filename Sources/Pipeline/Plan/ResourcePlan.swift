import Calibration
import Foundation
import LinearAlgebra
import Spec
import Tensors

/// What a run will take of the machine.
package struct ResourcePlan: Sendable, Equatable {
  /// Memory at the widest point, in bytes; with several ranks that of each.
  package let peakBytes: Int
  /// Where the calibration text's activations are kept.
  package let activations: ActivationStorage
  /// Floating-point operations of products and factors.
  package let work: RunWork
  /// Tokens of the calibration text that are worked on at one time: how many changes no byte of a product.
  package var tokensPerBatch: Int
  /// Whether unlike products are compiled side by side, block by block, or one after the other.
  package let compilesSideBySide: Bool
  /// Processes that make the run together.
  package var ranks = 1

  /// The name of the place, for records.
  package var activationsName: String { activations == .memory ? "memory" : "file" }

  package var operations: Double { work.total }

  /// Seconds that a part of the work takes at the rate that large products reach here.
  package static func seconds(of operations: Double, atRate rate: Double) -> Double {
    operations / (shareOfRate * rate)
  }

  /// Seconds at the rate that large products reach here. Products take most of a run's time, and not all of them are large.
  ///
  /// - Parameter rate: operations a second, as `measuredRate` tells.
  package func seconds(atRate rate: Double) -> Double {
    Self.seconds(of: operations, atRate: rate)
  }

  /// The share of the rate of large products that runs came to, overall.
  private static let shareOfRate = 0.6

  /// Operations a second of a product on all workers, measured in a few hundredths of a second.
  package static func measuredRate(on workers: Workers) -> Double {
    let side = 512
    let a = Matrix(rows: side, columns: side) { Float(($0 * 31 + $1 * 17) % 23) - 11 }
    let x = Matrix(rows: side * workers.count, columns: side) { Float(($0 * 13 + $1 * 7) % 19) - 9 }
    var best = Double.infinity
    for _ in 0..<4 {
      let duration = ContinuousClock().measure { _ = linear(x, a, on: workers) }
      best = min(best, duration.seconds)
    }
    return 2 * Double(side * side) * Double(side * workers.count) / best
  }
}

/// How much memory a run may take.
package struct MemoryBudget: Sendable, Equatable {
  package let bytes: Int

  package init(bytes: Int) { self.bytes = bytes }

  /// Reads an amount such as `8GiB`, `512 MiB` or `6.5GB`; nil for anything else.
  package init?(_ text: String) {
    guard let bytes = ByteAmount.bytes(text) else { return nil }
    self.bytes = bytes
  }

  /// An amount as people read it, such as `5.70 GiB`.
  package static func text(_ bytes: Int) -> String {
    let unit: (String, Double) = bytes >= 1 << 30 ? ("GiB", 0x1p30) : ("MiB", 0x1p20)
    return String(format: bytes >= 1 << 30 ? "%.2f " : "%.0f ", Double(bytes) / unit.1) + unit.0
  }

  /// All memory of this machine, or of the control groups that this process is in, where one of them has less.
  package static var machine: MemoryBudget {
    let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    let group = ControlGroups.memoryLimit { try? String(contentsOfFile: $0, encoding: .utf8) }
    return MemoryBudget(bytes: min(physical, group ?? physical))
  }
}

/// The largest memory that this process has held so far, in bytes.
package func peakMemoryOfThisProcess() -> Int {
  // What the kernel tells of usage may be that of the process which started this one, before it became this program.
  if let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
    let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
    let kilobytes = Int(line.filter(\.isNumber))
  {
    return kilobytes * 1024
  }
  var usage = rusage()
  #if os(Linux)
    unsafe getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  #else
    getrusage(RUSAGE_SELF, &usage)
    return usage.ru_maxrss
  #endif
}
