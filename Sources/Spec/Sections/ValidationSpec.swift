import Validation

/// `validate`: what the product is measured on, and the bounds it must keep.
package struct ValidationSpec: Sendable, Equatable {
  /// A text to compare both models on.
  package struct Text: Sendable, Equatable {
    package let corpora: [CorpusSpec]
    package let budget: TokenBudget
    /// Whether to measure what rounding the original to F16 alone would cost.
    package let floor: Bool
  }

  /// Nil when only gates that need no text are asked for.
  package let text: Text?
  package let tasks: [TaskSpec]
  /// The manifest of an earlier run, for gates that compare with it.
  package let baseline: FileLocation?
  package let gates: [GateSpec]
  /// Nil where products that a gate refuses are given up at once.
  package let onGateFailure: GateFailureSpec?

  init?(reading options: inout MappingReader, isCalibrated: Bool, isTransformed: Bool) {
    let texts = ["corpus", "corpora"]
    let hasText = texts.contains { options.gives($0) }
    let corpora = CorpusSpec.list(from: &options)
    if hasText {
      let budget = TokenBudget(reading: &options, sequences: Defaults.validationSequences)
      let floor = options.value("floor", .truth, default: Defaults.floor)
      text = corpora.map { Text(corpora: $0, budget: budget, floor: floor) }
    } else {
      text = nil
      for key in ["tokens", "context"] { _ = options.optional(key, .integer(in: .atLeast(1))) }
      _ = options.optional("floor", .truth)
    }
    for key in ["tokens", "context"] {
      options.refuse(key, withoutOneOf: texts, "found \(key) without corpus, expected a text to take tokens from")
    }
    options.refuse(
      "floor", withoutOneOf: texts, "found floor without corpus, expected a text to measure it on")
    let hasTasks = options.gives("tasks")
    tasks = options.value("tasks", .list(of: TaskSpec.kind), default: [])
    baseline = options.optional("baseline", .baseline)
    Self.checkNames(corpora?.map(\.name) ?? [], called: "corpora", options)
    Self.checkNames(tasks.map(\.name), called: "tasks", options)
    let available = GateSpec.Available(
      text: hasText, corpora: corpora?.map(\.name), tasks: tasks.isEmpty && hasTasks ? nil : tasks.map(\.name),
      calibration: isCalibrated, plainWeights: !isTransformed, baseline: options.gives("baseline"))
    gates = options.value("gates", GateSpec.list(available), default: [])
    onGateFailure = options.optional("on_gate_failure", .mapping { GateFailureSpec(reading: &$0) })
    options.refuse(
      "on_gate_failure", withoutOneOf: ["gates"], "found on_gate_failure without gates, expected a gate that can fail")
    options.require(
      oneOf: texts + ["tasks", "gates"], "found neither corpus nor tasks nor gates, expected at least one of them")
  }

  /// Gates and reports tell corpora and tasks apart by their names.
  private static func checkNames(_ names: [String], called list: String, _ options: MappingReader) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      options.report(
        at: list, "found two \(list) called \(Wording.quote(name)), expected different names; give one a `name`")
    }
  }
}

/// A suite of multiple-choice questions.
package struct TaskSpec: Sendable, Equatable {
  package let path: FileLocation
  package let name: String

  /// Reads a path, or a mapping with `path` and `name`.
  static var kind: ValueKind<TaskSpec> {
    ValueKind.mapping(orOnly: "path") { options in
      let path = options.required("path", .input)
      let name = options.optional("name", .text("a name"))
      return path.map { TaskSpec(path: $0, name: name ?? $0.baseName) }
    }
    .described(as: "tasks")
  }
}

extension FileLocation {
  /// The last part of the path without its extension.
  var baseName: String {
    let last = written.split(separator: "/").last.map(String.init) ?? written
    guard let dot = last.lastIndex(of: "."), dot > last.startIndex else { return last }
    return String(last[..<dot])
  }
}
