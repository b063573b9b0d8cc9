import Models
import Schemes

/// A module as runtimes for serving hold it: one of the model's, or several of them joined.
///
/// vLLM and SGLang join queries, keys and values, gate and up, and all experts of a layer, and ask a configuration by the
/// name of what they joined; transformers and GPTQModel ask by the names that the model has. So rules must match both, and
/// what is joined must have one type. Sources: GPTQModel, `utils/model.py` (`fused_unit_members`); vLLM,
/// `quantization/utils/gptq_utils.py` and `compressed_tensors/utils.py`.
struct RuntimeModule: Sendable {
  /// The name of what is joined; of a module by itself its own.
  let name: String
  /// What is before the last dot of the name, with the dot; empty where there is none.
  private let parent: String
  private let kind: Kind
  /// Where the model of text is one part of several: runtimes differ in what they call it.
  private let wrapped: WrappedModel?
  /// The matrices in it.
  private(set) var tensors: [TensorPlan] = []

  private enum Kind: Sendable, Equatable {
    case single
    /// Whose names, like those of its parts, differ in what stands before `_proj`.
    case projections(String, parts: [String])
    /// Parts are below it.
    case experts
  }

  /// The projections that are joined, by the name that they get.
  private static let projections = [("qkv", ["q", "k", "v"]), ("gate_up", ["gate", "up"])]

  /// The module that a matrix goes to.
  private init(of module: String, _ wrapped: WrappedModel?) {
    self.wrapped = wrapped
    let components = module.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let last = components.last ?? ""
    if let place = components.firstIndex(of: "experts"), components.count > place + 2 {
      name = components[...place].joined(separator: ".")
      kind = .experts
    } else if let (joined, parts) = Self.projections.first(where: { $0.1.contains { last == "\($0)_proj" } }) {
      name = (components.dropLast() + ["\(joined)_proj"]).joined(separator: ".")
      kind = .projections(joined, parts: parts)
    } else {
      name = module
      kind = .single
    }
    parent = String(name.dropLast((name.split(separator: ".").last ?? "").count))
  }

  /// Every matrix of a plan that is a module's, in the order of the plan.
  static func all(_ tensors: [TensorPlan], in wrapped: WrappedModel? = nil) -> [RuntimeModule] {
    var modules: [RuntimeModule] = []
    var places: [String: Int] = [:]
    for tensor in tensors {
      guard let name = tensor.moduleName else { continue }
      var module = RuntimeModule(of: name, wrapped)
      if let place = places[module.name] {
        modules[place].tensors.append(tensor)
      } else {
        places[module.name] = modules.count
        module.tensors.append(tensor)
        modules.append(module)
      }
    }
    return modules
  }

  /// The name of the type of all that it holds; nil for plain numbers.
  var typeName: String? { tensors.first.flatMap { $0.isQuantized ? $0.format.name : nil } }

  /// The integer type of all that it holds; nil for plain numbers.
  var type: IntegerType? { tensors.first?.integers?.type }

  /// A regular expression for its name and those of its parts, without an anchor at its start.
  var pattern: String {
    switch kind {
    case .single: "\(expression(name))$"
    case .projections(let joined, let parts):
      "\(expression(parent))(?:\(([joined] + parts).joined(separator: "|")))_proj$"
    case .experts: #"\#(expression(name))(?:\..*)?$"#
    }
  }

  /// Its name, and those of its parts where they do not begin with it.
  var names: [String] {
    switch kind {
    case .single, .experts: wrapped.allNames(of: name)
    case .projections: ([name] + tensors.compactMap(\.moduleName)).flatMap(wrapped.allNames)
    }
  }

  /// A target or exception of compressed-tensors for it.
  var target: String { kind == .single && wrapped == nil ? name : "re:\(pattern)" }

  /// A name in every way that runtimes have it, as a regular expression.
  private func expression(_ name: String) -> String {
    let all = wrapped.allNames(of: name).map(Self.escaped)
    return all.count == 1 ? all[0] : "(?:\(all.joined(separator: "|")))"
  }

  /// A name as a regular expression.
  static func escaped(_ name: String) -> String {
    name.reduce(into: "") { text, character in
      if !character.isLetter, !character.isNumber, character != "_" { text.append("\\") }
      text.append(character)
    }
  }

  /// Why runtimes that join its parts cannot hold it, and what to do; nil where they can.
  var objection: String? {
    var held: [(what: String, example: String)] = []
    for tensor in tensors {
      let sorting = tensor.sortsColumns ? " with sorted columns" : ""
      let what = (tensor.isQuantized ? tensor.format.name : "floating point") + sorting
      if !held.contains(where: { $0.what == what }) { held.append((what, tensor.name)) }
    }
    guard held.count > 1, let first = tensors.first else { return nil }
    // Where one of them cannot have the type, none can.
    let common = tensors.contains { $0.fallback != nil } ? F16().name : first.format.name
    let parts = held.map { "\($0.example) in \($0.what)" }.joined(separator: " and ")
    return
      "found \(parts), which vLLM and SGLang hold as one module (\(name)); expected one type and one order of columns "
      + "for all its parts, such as by the override {tensors: '\(commonPattern)', type: \(common)}"
  }

  /// A pattern over GGUF names that matches its tensors.
  private var commonPattern: String {
    let names = tensors.reduce(into: [String]()) { names, tensor in
      if !names.contains(tensor.spec.ggufName) { names.append(tensor.spec.ggufName) }
    }
    guard let first = names.first, names.count > 1 else { return names.first ?? "" }
    let start = names.dropFirst().reduce(first) { $0.sharedStart(with: $1) }
    let end = ".weight"
    let middles = names.map { $0.dropFirst(start.count).dropLast($0.hasSuffix(end) ? end.count : 0) }
    return "\(start){\(middles.joined(separator: ","))}\(end)"
  }
}

extension String {
  fileprivate func sharedStart(with other: String) -> String {
    String(zip(self, other).prefix { $0 == $1 }.map(\.0))
  }
}

extension WrappedModel? {
  /// A module's name in every way in which runtimes have it, its own first.
  func allNames(of module: String) -> [String] {
    guard let self else { return [module] }
    return self.wrapper.names.reduce(into: [module]) { all, names in
      if let name = names.renamed(module, from: self.names), !all.contains(name) { all.append(name) }
    }
  }
}

extension ProductPlan {
  /// The matrices of blocks and the output matrix, as runtimes hold them.
  var runtimeModules: [RuntimeModule] { RuntimeModule.all(tensors.filter(\.isLinear), in: model.wrapped) }

  /// The module of the output matrix, which is there in models that tie it to a table too, in every way to name it.
  var outputModules: [String] {
    let own = model.architecture.names(model.shape).before.first { $0.role == .output }?.name ?? "lm_head"
    guard let names = model.folderNames else { return [own] }
    return model.wrapped.allNames(of: names.head)
  }

  /// The modules of all parts that are carried along, in every way to name them.
  var carriedModules: [String] {
    (model.wrapped?.wrapper.names.flatMap(\.carried) ?? [])
      + model.architecture.draftModules.filter { module in model.carried.contains { $0.hasPrefix("\(module).") } }
  }

  /// The same as regular expressions for whatever is in them, without an anchor at the start.
  var carriedPatterns: [String] { carriedModules.map { #"\#(RuntimeModule.escaped($0))\..*"# } }
}

extension TensorPlan {
  /// The name of the module that runtimes for serving join it to; nil for a tensor that is no matrix inside of a block.
  var runtimeModule: String? { isLinear ? RuntimeModule.all([self]).first?.name : nil }
}
