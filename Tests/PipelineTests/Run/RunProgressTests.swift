import Pipeline
import Testing

@Suite struct RunProgressTests {
  private static let one = RunForecast([
    .init(name: nil, seconds: [.compile: 80, .tables: 10, .validate: 10])
  ])

  @Test func followsTheForecastBeforeAnythingWasSeen() {
    var progress = RunProgress(Self.one)
    progress.note(.began(.compile, steps: 4), at: 0)
    let figures = progress.figures(at: 10)
    #expect(abs(figures.fraction - 0.1) < 1e-9)
    #expect(abs((figures.left ?? 0) - 90) < 1e-9)
    #expect(figures.words == "block 1 of 4")
  }

  /// Half of the blocks took twice as long as foretold: so will the rest, and the last stages.
  @Test func correctsTheForecastByWhatWasSeen() {
    var progress = RunProgress(Self.one)
    progress.note(.began(.compile, steps: 4), at: 0)
    progress.note(.advanced(.compile, done: 2, of: 4, detail: ""), at: 80)
    let figures = progress.figures(at: 80)
    #expect(abs(figures.fraction - 0.4) < 1e-9)
    // (80 + 5) / (40 + 5) times 60, where 5 is what the forecast is trusted for.
    #expect(abs((figures.left ?? 0) - 60 * 85 / 45) < 1e-9)
    #expect(figures.words == "block 3 of 4")
  }

  /// A step that takes longer than foretold never passes its end, and time left never grows by waiting.
  @Test func waitingIsHonest() {
    var progress = RunProgress(Self.one)
    progress.note(.began(.compile, steps: 4), at: 0)
    var last = Double.infinity
    for second in stride(from: 0.0, through: 100, by: 1) {
      let figures = progress.figures(at: second)
      #expect(figures.fraction < 0.2)
      let left = figures.left ?? .infinity
      #expect(left <= last)
      last = left
    }
  }

  @Test func namesVariantBlockAndMatrix() {
    var progress = RunProgress(
      RunForecast([.init(name: nil, seconds: [.compile: 10]), .init(name: "small", seconds: [.compile: 10])]))
    progress.begin(1, at: 10)
    progress.note(.began(.compile, steps: 2), at: 10)
    progress.note(.working("attn_q"), at: 11)
    #expect(progress.figures(at: 11).words == "small: block 1 of 2, attn_q")
    #expect(progress.figures(at: 10).fraction == 0.5)
    progress.note(.advanced(.compile, done: 1, of: 2, detail: ""), at: 12)
    #expect(progress.figures(at: 12).words == "small: block 2 of 2")
  }

  @Test func whatWasNotForetoldIsLearnedFromSteps() {
    var progress = RunProgress(RunForecast(only: .validate))
    progress.note(.began(.validate, steps: 10), at: 0)
    #expect(progress.figures(at: 3).left == nil)
    progress.note(.advanced(.validate, done: 5, of: 10, detail: ""), at: 20)
    #expect(progress.figures(at: 20).left == 20)
    #expect(progress.figures(at: 20).fraction == 0.5)
  }
}
