import COpenBLAS
import Foundation

/// What every call into OpenBLAS relies on.
package enum BLAS {
  /// Keeps OpenBLAS from starting threads of its own. Results would depend on their number; ours are fixed tiles.
  static let singleThreaded: Void = openblas_set_num_threads(1)

  /// The kernels that OpenBLAS chose for this processor, such as `SkylakeX`.
  package static var coreName: String { String(cString: openblas_get_corename()) }

  /// Version and build options, as OpenBLAS words them.
  package static var configuration: String { String(cString: openblas_get_config()) }
}

/// An OpenBLAS that is older than the processor it runs on.
///
/// It chooses kernels by the processor's model number, when it is loaded. Older releases fall back on those of Prescott,
/// SSE3, for a model that they do not know (0.3.21 for Intel's Emerald Rapids of 2023: a fifth of the speed). Only the
/// environment can tell them better, and only before they are loaded: so the program starts itself once more.
extension BLAS {
  private static let variable = "OPENBLAS_CORETYPE"

  /// Starts this program again with the widest kernels that the processor runs, where OpenBLAS chose narrower ones
  /// because it does not know the processor. Whoever sets `OPENBLAS_CORETYPE` gets what it says.
  ///
  /// To be called first of all. Returns where there is nothing to gain, and where the program cannot be started again.
  package static func restartWithWidestKernels() {
    let processor = planish_widest_core().map { String(cString: $0) }
    guard getenv(variable) == nil, let core = core(for: processor, insteadOf: coreName),
      let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    else { return }
    setenv(variable, core, 1)
    execv(program, CommandLine.unsafeArgv)
  }

  /// The kernels to ask for, or nil where what was chosen is not the fallback or the processor has nothing wider.
  package static func core(for processor: String?, insteadOf chosen: String) -> String? {
    chosen == "Prescott" ? processor : nil
  }
}
