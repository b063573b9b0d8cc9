import Checkpoints
import Models
import Tensors
import TestSupport
import Testing

@Suite struct RoundedInputsTests {
  private static let fixtures = [
    "compressed-tensors-w8a8-tensor", "compressed-tensors-w8a8-tensor-asym", "compressed-tensors-w8a8-token",
    "compressed-tensors-fp8-tensor", "compressed-tensors-fp8-channel", "compressed-tensors-fp8-block",
    "compressed-tensors-nvfp4", "compressed-tensors-mxfp4", "compressed-tensors-mxfp8", "compressed-tensors-mxfp4-fp8",
    "fp8-autofp8", "bitnet-divides", "bitnet-multiplies",
  ]

  /// Inputs are rounded as compressed-tensors and transformers round them (`Tests/Fixtures/quantized.py`), those beyond the range too.
  @Test(arguments: fixtures, 1...2)
  func inputsAreThoseOfTheProgramThatWroteThem(_ name: String, _ workers: Int) throws {
    let path = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/quantized/\(name)").path
    let inputs = try #require(try HuggingFaceFolder(path: path).tensor("m.weight").inputs)
    let known = try SafetensorsFile(path: "\(path)/expected.safetensors")
    let rounded = inputs.rounded(try known.matrix("x"), on: Workers(count: workers))
    let expected = try known.matrix("rounded")
    #expect(rounded.rows == 24 && rounded.columns == expected.columns)
    #expect(zip(rounded.array(), expected.array()).allSatisfy { abs($0 - $1) <= 1e-6 * abs($1) })
  }

  @Test func tokensOfNothingStayNothing() {
    let zeros = Matrix(rows: 2, columns: 3)
    #expect(InputQuantization.perToken().rounded(zeros, on: .all).array() == zeros.array())
    #expect(InputQuantization.fixed(scale: 0.5, zero: 0).rounded(zeros, on: .all).array() == zeros.array())
  }

  @Test func halvesGoToEvenAndEndsAreTheOutermostCodes() {
    let x = Matrix(rows: 1, columns: 5) { _, column in [0.25, 0.75, 1.25, 100, -100][column] }
    let rounded = InputQuantization.fixed(scale: 0.5, zero: 0).rounded(x, on: .all)
    #expect(rounded.array() == [0, 1, 1, 63.5, -64])
  }

  /// A scale is stored so that every reader has the same number, and is never nothing.
  @Test func scalesAreThoseOfHalfPrecision() {
    #expect(InputQuantization.stored(scale: 0.1) == Float(Float16(0.1)))
    #expect(InputQuantization.stored(scale: 0) > 0)
    #expect(InputQuantization.stored(scale: 1e30).isFinite)
  }
}
