import Checkpoints
import Patterns

/// Which modules of its base an adapter's configuration says that it changes: `peft` leaves tensors of others out.
struct AdapterTargets: Sendable {
  /// Names, or one regular expression over whole names.
  enum Modules: Sendable {
    case names([String])
    case expression(PythonPattern)
    case allMatrices
  }

  static let keys: Set<String> = ["target_modules", "exclude_modules", "layers_to_transform", "layers_pattern"]

  private let path: String
  private let targets: Modules
  private let excluded: Modules?
  private let layers: [Int]?
  private let patterns: [PythonPattern]

  init(_ config: JSONObject) throws(CheckpointError) {
    path = config.path
    guard let targets = try Self.modules(config, "target_modules") else {
      throw config.error("target_modules", expected: "names of modules, or a regular expression over whole names")
    }
    self.targets = targets
    excluded = try Self.modules(config, "exclude_modules")
    if let layer = config.value("layers_to_transform")?.asInteger {
      layers = [layer]
    } else {
      let listed = try config.optionalIntegers("layers_to_transform")
      layers = listed?.isEmpty == true ? nil : listed
    }
    let names: [String]
    if let name = config.value("layers_pattern")?.asString {
      names = name.isEmpty ? [] : [name]
    } else {
      names = try config.optionalStrings("layers_pattern") ?? []
    }
    var patterns: [PythonPattern] = []
    for name in names { patterns.append(try config.pattern("(.*\\.)?(\(name))", of: "layers_pattern")) }
    self.patterns = patterns
    if case .expression = targets, layers != nil {
      throw config.error("layers_to_transform", expected: "nothing: target_modules is an expression over whole names")
    }
    if layers == nil, !patterns.isEmpty {
      throw config.error("layers_pattern", expected: "layers_to_transform beside it, whose names it says")
    }
  }

  private static func modules(_ config: JSONObject, _ key: String) throws(CheckpointError) -> Modules? {
    guard let text = config.value(key)?.asString else {
      guard let names = try config.optionalStrings(key) else { return nil }
      return names.isEmpty ? nil : .names(names)
    }
    if text == "all-linear" { return .allMatrices }
    return .expression(try config.pattern(text, of: key))
  }

  /// Checks that a module is one of those that the configuration names.
  ///
  /// - Throws: `CheckpointError.setting` with the key that leaves it out.
  func check(_ module: String) throws(CheckpointError) {
    if let excluded, Self.contains(module, excluded) { throw leftOut("exclude_modules", module) }
    guard Self.contains(module, targets) else { throw leftOut("target_modules", module) }
    guard let layers else { return }
    guard let layer = layer(of: module), layers.contains(layer) else { throw leftOut("layers_to_transform", module) }
  }

  private func leftOut(_ key: String, _ module: String) -> CheckpointError {
    .setting(
      path: path, key: key, found: "no word of \(module)",
      expected: "the modules that the adapter has tensors of: peft leaves the others out")
  }

  private static func contains(_ module: String, _ modules: Modules) -> Bool {
    switch modules {
    case .names(let names): names.contains { module == $0 || module.hasSuffix(".\($0)") }
    case .expression(let pattern): pattern.matches(module, .whole)
    // Those of blocks: peft leaves the output matrix and the tables out.
    case .allMatrices: module.split(separator: ".").contains { Int($0) != nil }
    }
  }

  /// The first number that stands between dots, behind the name that `layers_pattern` gives.
  private func layer(of module: String) -> Int? {
    let parts = module.split(separator: ".", omittingEmptySubsequences: false)
    for index in parts.indices.dropFirst().dropLast() {
      guard let layer = Int(parts[index]) else { continue }
      guard !patterns.isEmpty else { return index >= 2 ? layer : nil }
      let before = parts[..<index].joined(separator: ".")
      let isNamed = patterns.contains { $0.matches(before, .whole) }
      if isNamed { return layer }
    }
    return nil
  }
}
