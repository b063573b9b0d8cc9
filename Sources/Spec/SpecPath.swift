/// The way from the top of a pipeline file to one of its values: `quantize.overrides[1].tensors`.
package struct SpecPath: Sendable, Hashable {
  package enum Component: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  package private(set) var components: [Component] = []

  /// The whole file.
  package static let root = SpecPath()

  package func appending(_ key: String) -> SpecPath {
    var path = self
    path.components.append(.key(key))
    return path
  }

  package func appending(_ index: Int) -> SpecPath {
    var path = self
    path.components.append(.index(index))
    return path
  }

  /// Names the place in a sentence: "in quantize.solver.gptq".
  var inWords: String { components.isEmpty ? "at the top level" : "in \(self)" }
}

extension SpecPath: CustomStringConvertible {
  package var description: String {
    var text = ""
    for component in components {
      switch component {
      case .key(let key): text += text.isEmpty ? key : ".\(key)"
      case .index(let index): text += "[\(index)]"
      }
    }
    return text
  }
}
