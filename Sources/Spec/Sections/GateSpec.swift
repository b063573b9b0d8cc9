import Validation

/// A gate, and where it stands in the pipeline file.
package struct GateSpec: Sendable, Equatable {
  package let gate: Gate
  package let path: SpecPath

  /// What there is to measure with; nil stands for a list that is wrong itself, so that nothing in it can be missed.
  struct Available {
    let text: Bool
    let corpora: [String]?
    let tasks: [String]?
    let calibration: Bool
    /// Whether weights are as they were but for their codes.
    let plainWeights: Bool
    let baseline: Bool
  }

  /// Reads `gates`: measures, in the order in which `Measure` lists them, each with one gate or a list of gates.
  static func list(_ available: Available) -> ValueKind<[GateSpec]> {
    .mapping { options in
      let gates = Measure.allCases.map { measure in
        options.optional(measure.rawValue, .oneOrMore(of: kind(measure, available))) ?? []
      }
      if options.keys.isEmpty { options.report("found no gate, expected at least one") }
      return gates.flatMap { $0 }
    }
  }

  private static func kind(_ measure: Measure, _ available: Available) -> ValueKind<GateSpec> {
    .mapping { bounds in
      available.reportMissingSource(of: measure, bounds)
      return Gate(measure, reading: &bounds, available).map { GateSpec(gate: $0, path: bounds.path) }
    }
  }
}

extension GateSpec.Available {
  fileprivate func reportMissingSource(of measure: Measure, _ bounds: MappingReader) {
    let found = "found the gate '\(measure.rawValue)'"
    switch measure.source {
    case .text where !text, .embeddings where !text:
      bounds.report("\(found) without validate.corpus, expected a text to measure it on")
    case .tasks where tasks == []:
      bounds.report("\(found) without validate.tasks, expected questions to measure it with")
    case .tokens where !text && tasks == []:
      bounds.report("\(found) without validate.corpus and validate.tasks, expected something to cut into tokens")
    case .weights where !plainWeights:
      bounds.report("\(found) beside transform, expected none: weights that were transformed are not the original's")
    case .calibration where !calibration:
      bounds.report("\(found) without calibrate, expected calibration to measure it with")
    default: break
    }
  }

  /// Reads `corpus` or `task`, whichever the measure can be split by.
  fileprivate func scope(of measure: Measure, reading options: inout MappingReader) -> Scope {
    let corpus = options.optional("corpus", .text("the name of a corpus"))
    let task = options.optional("task", .text("the name of a task"))
    if let corpus {
      check("corpus", corpus, measure, [.text, .embeddings], known: corpora, options)
      return .corpus(corpus)
    }
    if let task {
      check("task", task, measure, [.tasks], known: tasks, options)
      return .task(task)
    }
    return .all
  }

  private func check(
    _ key: String, _ name: String, _ measure: Measure, _ sources: [Measure.Source], known: [String]?,
    _ options: MappingReader
  ) {
    guard sources.contains(measure.source) else {
      options.report(
        at: key, "found \(key) in a gate on \(measure.rawValue), expected none: it is not measured by \(key)")
      return
    }
    guard let known, !known.isEmpty, !known.contains(name) else { return }
    options.report(at: key, Wording.unknown("the unknown \(key) \(Wording.quote(name))", named: name, known: known))
  }
}

extension Gate {
  fileprivate init?(_ measure: Measure, reading options: inout MappingReader, _ available: GateSpec.Available) {
    let minimum = options.optional("min", .number(in: measure.bounds))
    let maximum = options.optional("max", .number(in: measure.bounds))
    let worseBy = options.optional("worse_by", .allowance)
    let confidence = options.optional("confidence", .number(in: .from(0.5, below: 1)))
    let scope = available.scope(of: measure, reading: &options)
    let bounds = ["min", "max", "worse_by"]
    // A slip in a bound is told where it stands.
    if !bounds.contains(where: options.keys.contains),
      options.keys.allSatisfy({ ["confidence", "corpus", "task"].contains($0) })
    {
      options.report("found a gate without bound, expected min, max, worse_by or several of them")
    }
    if let minimum, let maximum, minimum > maximum {
      options.report(at: "min", "found min above max, which nothing can satisfy; expected min to be at most max")
    }
    if options.keys.contains("worse_by"), !available.baseline {
      options.report(at: "worse_by", "found worse_by without validate.baseline, expected a manifest to compare with")
    }
    if confidence != nil, !measure.isEstimated {
      options.report(
        at: "confidence",
        "found confidence in a gate on \(measure.rawValue), expected none: it has no interval")
    }
    self.init(measure, in: scope, minimum: minimum, maximum: maximum, worseBy: worseBy, confidence: confidence)
  }
}

extension Measure {
  fileprivate var bounds: Bounds<Double> {
    range.upperBound.isFinite ? .from(range.lowerBound, to: range.upperBound) : .atLeast(range.lowerBound)
  }
}

extension ValueKind where Value == Allowance {
  /// How much worse something may be: a number in its own unit, or a percentage.
  fileprivate static var allowance: ValueKind {
    let expected = "a number of at least 0 or a percentage such as 5%"
    return ValueKind(
      expected: expected,
      read: { reader in
        guard let text = reader.node.text, let allowance = Allowance(text) else { return reader.mismatch(expected) }
        return allowance
      },
      echo: { allowance in
        switch allowance {
        case .absolute(let amount): .number(amount)
        case .share: .text(allowance.description)
        }
      })
  }
}
