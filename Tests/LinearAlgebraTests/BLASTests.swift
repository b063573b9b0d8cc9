import Foundation
import LinearAlgebra
import Testing

@Suite struct BLASTests {
  /// What `OPENBLAS_CORETYPE` asks for in this run of the tests.
  private static let asked = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"]

  @Test func theLibraryNamesItself() {
    #expect(!BLAS.coreName.isEmpty)
    #expect(BLAS.configuration.contains("OpenBLAS"))
  }

  /// Tests under a kernel that is not there would say nothing of it.
  @Test(.enabled(if: asked != nil, "OPENBLAS_CORETYPE asks for nothing"))
  func theKernelIsTheOneAskedFor() {
    #expect(BLAS.coreName.lowercased() == Self.asked?.lowercased())
  }

  @Test func asksForOtherKernelsOnlyInsteadOfTheFallback() {
    #expect(BLAS.core(for: "SkylakeX", insteadOf: "Prescott") == "SkylakeX")
    #expect(BLAS.core(for: nil, insteadOf: "Prescott") == nil)
    for chosen in ["Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids", "armv8"] {
      #expect(BLAS.core(for: "SkylakeX", insteadOf: chosen) == nil)
    }
  }
}
