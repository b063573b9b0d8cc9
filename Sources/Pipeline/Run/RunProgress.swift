import Tensors

/// What pipelines are expected to take, one after the other: seconds by stage.
package struct RunForecast: Sendable {
  /// One run.
  package struct Part: Sendable {
    /// The variant, where a file has some.
    package let name: String?
    package let seconds: [Stage: Double]

    package init(name: String?, seconds: [Stage: Double]) {
      self.name = name
      self.seconds = seconds
    }
  }

  package let parts: [Part]
  /// Whether the seconds mean something before anything was seen.
  let isForetold: Bool

  package init(_ parts: [Part]) {
    self.parts = parts
    isForetold = true
  }

  /// Plans that are run one after the other, once what some of them have together is compiled.
  ///
  /// - Parameter rate: of large products on this machine, operations a second.
  package init(_ plans: [Plan], _ joint: [JointCompilation] = [], rate: Double) {
    let compiling: Set<Stage> = [.allot, .compile, .tables]
    func part(_ name: String?, _ work: RunWork, _ stages: Set<Stage>) -> Part {
      let seconds = Stage.allCases.map { stage in
        (stage, stages.contains(stage) ? ResourcePlan.seconds(of: work.operations(of: stage), atRate: rate) : 0)
      }
      return Part(name: name, seconds: Dictionary(uniqueKeysWithValues: seconds))
    }
    let joined = Set(joint.flatMap(\.members))
    self.init(
      joint.map { part("\($0.members.count) together", $0.plan.resources.work, compiling) }
        + plans.enumerated().map { index, plan in
          let stages = joined.contains(index) ? Set(Stage.allCases).subtracting(compiling) : Set(Stage.allCases)
          return part(plan.spec.variant, plan.resources.work, stages)
        })
  }

  /// One stage of which nothing is known but its steps.
  package init(only stage: Stage) {
    parts = [Part(name: nil, seconds: [stage: 1])]
    isForetold = false
  }

  package var seconds: Double { parts.reduce(0) { $0 + $1.seconds.values.reduce(0, +) } }
}

/// How far runs have come: what the plan foretold, corrected by what was seen.
package struct RunProgress: Sendable {
  /// What there is to show at some moment.
  package struct Figures: Sendable, Equatable {
    /// From 0 to 1.
    package let fraction: Double
    /// Seconds that are left; nil where nothing tells.
    package let left: Double?
    /// What is being done, such as `block 3 of 30, attn_q`.
    package let words: String
  }

  private let forecast: RunForecast
  private var part = 0
  package private(set) var stage = Stage.open
  private var steps = 1
  private var done = 0
  private var working = ""
  /// Foretold seconds of all steps that are done.
  private var behind = 0.0
  /// Those of what an earlier run did, which tell nothing of how fast this one is.
  private var given = 0.0
  /// When the last of them ended.
  private var since = 0.0

  package init(_ forecast: RunForecast) {
    self.forecast = forecast
  }

  /// Another of the runs begins.
  ///
  /// - Parameter now: seconds since the first one began.
  package mutating func begin(_ part: Int, at now: Double) {
    self.part = min(part, forecast.parts.count - 1)
    enter(.open, steps: 1, at: now)
  }

  /// Takes note of what a run tells.
  package mutating func note(_ event: RunEvent, at now: Double) {
    switch event {
    case .began(let stage, let steps): enter(stage, steps: steps, at: now)
    case .advanced(let stage, let done, let total, _):
      if stage != self.stage { enter(stage, steps: total, at: now) }
      steps = total
      self.done = done
      working = ""
      behind = before(stage) + foretold(stage) * Double(done) / Double(max(1, total))
      since = now
    case .skipped(let stage, let done, let total):
      let known = behind
      note(.advanced(stage, done: done, of: total, detail: ""), at: now)
      given += max(0, behind - known)
    case .working(let what): working = what
    case .warning, .note: break
    }
  }

  private mutating func enter(_ stage: Stage, steps: Int, at now: Double) {
    self.stage = stage
    self.steps = steps
    done = 0
    working = ""
    behind = before(stage)
    since = now
  }

  private func foretold(_ stage: Stage) -> Double { forecast.parts[part].seconds[stage] ?? 0 }

  /// Foretold seconds of everything before a stage of the present run.
  private func before(_ stage: Stage) -> Double {
    let earlier = forecast.parts[..<part].reduce(0) { $0 + $1.seconds.values.reduce(0, +) }
    return Stage.allCases.prefix { $0 != stage }.reduce(earlier) { $0 + foretold($1) }
  }

  /// How many times longer things take than foretold. What little was seen first counts little.
  private var slowness: Double {
    let trust = forecast.isForetold ? max(1, 0.05 * forecast.seconds) : 0
    return (since + trust) / max(1e-9, behind - given + trust)
  }

  /// - Parameter now: seconds since the first run began.
  package func figures(at now: Double) -> Figures {
    let total = max(1e-9, forecast.seconds)
    let step = foretold(stage) / Double(max(1, steps))
    let isKnown = forecast.isForetold || behind > 0
    // A step that takes longer than foretold is nearly done, and never quite.
    let within = isKnown ? min(0.95 * step, max(0, now - since) / slowness) : 0
    let reached = behind + within
    let left = slowness * max(0, total - reached)
    return Figures(fraction: min(1, reached / total), left: isKnown ? left : nil, words: words)
  }

  /// The variant, the block and the matrix.
  private var words: String {
    let step = min(done + 1, steps)
    let what =
      switch stage {
      case .open: "opening"
      case .gradients: "gradients, \(step) of \(steps)"
      case .allot: "trying bits, block \(step) of \(steps)"
      case .compile: "block \(step) of \(steps)"
      case .tables: "tables"
      case .validate: "measuring, \(step) of \(steps)"
      case .publish: "publishing"
      }
    let name =
      forecast.parts.count > 1 ? "\(forecast.parts[part].name ?? "\(part + 1) of \(forecast.parts.count)"): " : ""
    return name + what + (working.isEmpty ? "" : ", \(working)")
  }
}
