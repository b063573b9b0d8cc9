import Reports
import Testing

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0.0, "0"), (0.0011314, "0.00113"), (0.00099951, "0.00100"), (0.9996, "1.00"), (123.456, "123"), (9.996, "10.0"),
    (12345.6, "12,346"), (1.5e-5, "1.50\u{A0}×\u{A0}10⁻⁵"), (-0.25, "−0.250"), (2.5e9, "2.50\u{A0}×\u{A0}10⁹"),
    (.infinity, "∞"), (.nan, "not a number"),
  ])
  func significantDigits(_ value: Double, _ text: String) {
    #expect(NumberText.significant(value) == text)
  }

  @Test(arguments: [
    (0.0113142, 0.00021, "0.01131", "0.00021"), (1.00178, 0.0009, "1.00178", "0.00090"), (106.31, 1.4, "106.3", "1.4"),
    (2541.0, 190.0, "2,541", "190"),
  ])
  func anEstimateHasTheDigitsOfItsError(_ value: Double, _ error: Double, _ text: String, _ errorText: String) {
    let written = NumberText.estimate(value, error: error)
    #expect(written.value == text && written.error == errorText, "\(written)")
  }

  @Test(arguments: [
    (0, "0\u{A0}bytes"), (999, "999\u{A0}bytes"), (1000, "1.00\u{A0}kB"), (3_776_416, "3.78\u{A0}MB"),
    (999_600, "1.00\u{A0}MB"), (16_060_522_240, "16.1\u{A0}GB"), (.max, "9,223\u{A0}PB"),
  ])
  func sizes(_ bytes: Int, _ text: String) {
    #expect(NumberText.bytes(bytes) == text)
  }

  @Test(arguments: [
    (0.0, "0\u{A0}ms"), (0.0614, "61\u{A0}ms"), (0.9999, "1.0\u{A0}s"), (9.96, "10\u{A0}s"), (119.0, "119\u{A0}s"),
    (200.0, "3\u{A0}min 20\u{A0}s"), (7500.0, "2\u{A0}h 5\u{A0}min"),
  ])
  func durations(_ seconds: Double, _ text: String) {
    #expect(NumberText.duration(seconds) == text)
  }

  @Test(arguments: [(Int.min, "−9,223,372,036,854,775,808"), (-1234, "−1,234"), (12, "12"), (1_234_567, "1,234,567")])
  func groupsOfDigits(_ value: Int, _ text: String) {
    #expect(NumberText.grouped(value) == text)
  }

  @Test(arguments: [(0.95, "95\u{A0}%"), (0.999, "99.9\u{A0}%"), (0.5, "50\u{A0}%"), (0.9, "90\u{A0}%")])
  func confidences(_ share: Double, _ text: String) {
    #expect(NumberText.percentOfShare(share) == text)
  }
}
