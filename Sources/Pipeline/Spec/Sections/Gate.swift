import Validation

extension Measure {
  fileprivate var bounds: Bounds<Double> {
    self == .top1Agreement ? .from(0, to: 1) : .atLeast(0)
  }
}

extension Gate {
  /// Whether the sources of gates are there.
  struct Available {
    let text: Bool
    let calibration: Bool
  }

  /// Reads `gates`: measures with their bounds, in the order in which `Measure` lists them.
  static func list(_ available: Available) -> ValueKind<[Gate]> {
    .mapping { options in
      let gates = Measure.allCases.compactMap { measure in
        options.optional(
          measure.rawValue,
          .mapping { bounds in
            reportMissingSource(of: measure, available, bounds)
            return Gate(measure, reading: &bounds)
          })
      }
      if options.keys.isEmpty { options.report("found no gate, expected at least one") }
      return gates
    }
  }

  private static func reportMissingSource(of measure: Measure, _ available: Available, _ bounds: MappingReader) {
    switch measure.source {
    case .text where !available.text:
      bounds.report("found the gate '\(measure.rawValue)' without validate.corpus, expected a text to measure it on")
    case .calibration where !available.calibration:
      bounds.report("found the gate '\(measure.rawValue)' without calibrate, expected calibration to measure it with")
    default: break
    }
  }

  private init?(_ measure: Measure, reading options: inout MappingReader) {
    let minimum = options.optional("min", .number(in: measure.bounds))
    let maximum = options.optional("max", .number(in: measure.bounds))
    if !options.keys.contains("min"), !options.keys.contains("max") {
      options.report("found a gate without bound, expected min, max or both")
    }
    if let minimum, let maximum, minimum > maximum {
      options.report(at: "min", "found min above max, which nothing can satisfy; expected min to be at most max")
    }
    self.init(measure, minimum: minimum, maximum: maximum)
  }
}
