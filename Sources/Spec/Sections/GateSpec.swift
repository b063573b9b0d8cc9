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
    ValueKind.mapping { options in
      let gates = Measure.allCases.map { measure in
        options.optional(measure.rawValue, .oneOrMore(of: kind(measure, available))) ?? []
      }
      options.requireAny("found no gate, expected at least one")
      return gates.flatMap { $0 }
    }
    .described(as: "gates")
  }

  private static func kind(_ measure: Measure, _ available: Available) -> ValueKind<GateSpec> {
    ValueKind.mapping { bounds in
      available.reportMissingSource(of: measure, bounds)
      return Gate(measure, reading: &bounds, available).map { GateSpec(gate: $0, path: bounds.path) }
    }
    .described(as: "gate")
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
    let corpus = part("corpus", of: measure, from: [.text, .embeddings], known: corpora, reading: &options)
    let task = part("task", of: measure, from: [.tasks], known: tasks, reading: &options)
    return corpus.map { .corpus($0) } ?? task.map { .task($0) } ?? .all
  }

  private func part(
    _ key: String, of measure: Measure, from sources: [Measure.Source], known: [String]?,
    reading options: inout MappingReader
  ) -> String? {
    guard sources.contains(measure.source) else {
      options.refuse(key, "found \(key) in a gate on \(measure.rawValue), expected none: it is not measured by \(key)")
      return nil
    }
    guard let name = options.optional(key, .text("the name of a \(key)")) else { return nil }
    if let known, !known.isEmpty, !known.contains(name) {
      options.report(at: key, Wording.unknown("the unknown \(key) \(Wording.quote(name))", named: name, known: known))
    }
    return name
  }
}

extension Gate {
  fileprivate init?(_ measure: Measure, reading options: inout MappingReader, _ available: GateSpec.Available) {
    let minimum = options.optional("min", .number(in: measure.bounds))
    let maximum = options.optional("max", .number(in: measure.bounds))
    let worseBy = options.optional("worse_by", .allowance)
    let confidence = measure.confidence(reading: &options)
    let scope = available.scope(of: measure, reading: &options)
    options.require(
      oneOf: ["min", "max", "worse_by"], beside: ["confidence", "corpus", "task"],
      "found a gate without bound, expected min, max, worse_by or several of them")
    if let minimum, let maximum, minimum > maximum {
      options.report(at: "min", "found min above max, which nothing can satisfy; expected min to be at most max")
    }
    if options.gives("worse_by"), !available.baseline {
      options.report(at: "worse_by", "found worse_by without validate.baseline, expected a manifest to compare with")
    }
    self.init(measure, in: scope, minimum: minimum, maximum: maximum, worseBy: worseBy, confidence: confidence)
  }
}

extension Measure {
  fileprivate func confidence(reading options: inout MappingReader) -> Double? {
    guard isEstimated else {
      options.refuse("confidence", "found confidence in a gate on \(rawValue), expected none: it has no interval")
      return nil
    }
    return options.optional("confidence", .number(in: .from(0.5, below: 1)))
  }

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
      },
      schema: { _ in
        .object([
          (
            "anyOf",
            .list([
              .object([("type", .text("number")), ("minimum", .integer(0))]),
              .object([("type", .text("string")), ("pattern", .text("^[0-9]+(\\.[0-9]+)? ?%$"))]),
            ])
          )
        ])
      })
  }
}
