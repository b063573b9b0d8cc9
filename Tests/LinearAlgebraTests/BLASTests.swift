import LinearAlgebra
import Testing

@Suite struct BLASTests {
  @Test func theLibraryNamesItself() {
    #expect(!BLAS.coreName.isEmpty)
    #expect(BLAS.configuration.contains("OpenBLAS"))
  }

  @Test func asksForOtherKernelsOnlyInsteadOfTheFallback() {
    #expect(BLAS.core(for: "SkylakeX", insteadOf: "Prescott") == "SkylakeX")
    #expect(BLAS.core(for: nil, insteadOf: "Prescott") == nil)
    for chosen in ["Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids", "armv8"] {
      #expect(BLAS.core(for: "SkylakeX", insteadOf: chosen) == nil)
    }
  }
}
