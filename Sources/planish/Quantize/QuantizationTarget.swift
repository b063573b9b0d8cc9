import Foundation
import Mixes
import Models
import Pipeline
import Schemes
import Spec

/// What `quantize` and `init` are asked to make: a type of GGUF's, or a container with its usual type.
struct QuantizationTarget: Equatable {
  /// What the matrices inside of blocks become.
  enum Weights: Equatable {
    /// A type by its name, whatever the model.
    case named(String)
    /// Integers in the widest groups that divide every row of the model.
    case integers(bits: Int, zero: IntegerType.Zero, groups: [Int])
  }

  /// The name under `emit`.
  let writer: String
  let weights: Weights
  /// Options of the writer, as they stand in a pipeline file.
  var options: [String] = []
  /// Names of transforms that belong to it.
  var transforms: [String] = []
  /// What a file is called by: `Q4_K_M`, `gptq-int4`.
  let label: String

  /// The name of the type for a model.
  func type(for facts: ModelFacts) -> String {
    switch weights {
    case .named(let name): return name
    case .integers(let bits, let zero, let groups):
      let group = groups.first { size in facts.columns.allSatisfy { $0 % size == 0 } } ?? groups[0]
      let type = IntegerType.all.first { $0.bits == bits && $0.zero == zero && $0.group == .columns(group) }
      return type?.name ?? "int\(bits)_g\(group)"
    }
  }

  /// Bits of a weight, about: the number in the name of its type.
  var bits: Double {
    switch weights {
    case .integers(let bits, _, _): return Double(bits)
    case .named(let name):
      let number = name.drop { !$0.isNumber }.prefix { $0.isNumber || $0 == "." }
      return Double(number) ?? 16
    }
  }

  /// Whether the runtime rounds what matrices read too.
  var roundsInputs: Bool { options.contains { $0.hasPrefix("activations:") } }
}

extension QuantizationTarget {
  /// Why a target cannot be had.
  struct Mistake: Error, Equatable {
    let message: String
  }

  /// Reads a target by its name, in any case and with `-` or `_`.
  ///
  /// - Parameter bits: how many bits a weight is to take, where the container leaves that open.
  init(_ name: String, bits: Double? = nil) throws(Mistake) {
    let known = QuantizationTypes.canonical(name)
    if let container = Container.all.first(where: { $0.names.contains(known) }) {
      self = try container.target(bits)
      return
    }
    guard let type = QuantizationTypes.named(known) else { throw Self.unknown(name) }
    if let bits {
      throw Mistake(
        message: "found --bits \(Self.text(bits)) beside \(known), which says its bits itself; expected --bits with "
          + "one of \(Container.withBits.joined(separator: ", "))")
    }
    self = Self.ofType(known, type)
  }

  /// The container that a type is usually stored in.
  private static func ofType(_ name: String, _ type: QuantizationType) -> QuantizationTarget {
    let writer: String
    switch type {
    case .mix, .single: return QuantizationTarget(writer: "gguf", weights: .named(name), label: name.uppercased())
    case .allotted: writer = "exl2"
    case .linear:
      if let integers = IntegerType.named(name) {
        writer = integers.zero == .bias ? "mlx" : name == "int8_row" ? "compressed_tensors" : "gptq"
      } else {
        writer = "bitsandbytes"
      }
    }
    let label = name.hasPrefix(writer) ? name : "\(writer)-\(name)"
    return QuantizationTarget(writer: writer, weights: .named(name), label: label)
  }

  private static func unknown(_ name: String) -> Mistake {
    let containers = Container.all.map { $0.names[0] }
    let integers = Set(IntegerType.all.map(\.name))
    let types = QuantizationTypes.names.filter { !integers.contains($0) }
    let names = containers + types
    let guess =
      Wording.closest(to: QuantizationTypes.canonical(name), among: names).map { "; did you mean \($0)?" } ?? ""
    return Mistake(
      message: "found the unknown target '\(name)'\(guess)\n  for llama.cpp, Ollama and LM Studio: "
        + types.filter { Mixes.named($0) != nil }.joined(separator: " ")
        + "\n  single types: " + types.filter { Mixes.named($0) == nil }.joined(separator: " ")
        + "\n  for vLLM, transformers, MLX, ONNX Runtime and ExLlamaV2: " + containers.joined(separator: " "))
  }

  fileprivate static func text(_ bits: Double) -> String {
    bits == bits.rounded() ? String(Int(bits)) : "\(bits)"
  }
}

/// A container that leaves the type open, and what is usual in it.
private struct Container {
  /// The usual name first.
  let names: [String]
  /// What bits it can have, in words, and nil for any other number.
  let bits: String
  let usual: Double
  let make: @Sendable (Double) -> QuantizationTarget?

  func target(_ wanted: Double?) throws(QuantizationTarget.Mistake) -> QuantizationTarget {
    let wanted = wanted ?? usual
    if let target = make(wanted) { return target }
    throw QuantizationTarget.Mistake(
      message: "found --bits \(QuantizationTarget.text(wanted)) for \(names[0]), expected \(bits)")
  }

  private static func whole(_ bits: Double, _ allowed: [Int]) -> Int? {
    Int(exactly: bits).flatMap { allowed.contains($0) ? $0 : nil }
  }

  static var withBits: [String] { all.filter { $0.bits != "no number" }.map { $0.names[0] } }

  static let all = [
    Container(names: ["gptq", "int4"], bits: "2, 3, 4 or 8", usual: 4) { bits in
      whole(bits, [2, 3, 4, 8]).map {
        QuantizationTarget(
          writer: "gptq", weights: .integers(bits: $0, zero: .symmetric, groups: [128, 64, 32]), label: "gptq-int\($0)")
      }
    },
    Container(names: ["awq"], bits: "4", usual: 4) { bits in
      whole(bits, [4]).map {
        QuantizationTarget(
          writer: "awq", weights: .integers(bits: $0, zero: .point, groups: [128, 64, 32]), transforms: ["awq"],
          label: "awq-int4")
      }
    },
    Container(names: ["compressed_tensors", "w4a16", "llm_compressor"], bits: "4 or 8", usual: 4) { bits in
      whole(bits, [4, 8]).map {
        QuantizationTarget(
          writer: "compressed_tensors", weights: .integers(bits: $0, zero: .symmetric, groups: [128, 64, 32]),
          label: "compressed-tensors-w\($0)a16")
      }
    },
    Container(names: ["w8a8"], bits: "8", usual: 8) { bits in
      whole(bits, [8]).map { _ in
        QuantizationTarget(
          writer: "compressed_tensors", weights: .named("int8_row"), options: ["activations: int8"],
          transforms: ["smoothquant"], label: "compressed-tensors-w8a8")
      }
    },
    Container(names: ["mlx"], bits: "2, 3, 4, 6 or 8", usual: 4) { bits in
      whole(bits, [2, 3, 4, 6, 8]).map {
        QuantizationTarget(
          writer: "mlx", weights: .integers(bits: $0, zero: .bias, groups: [64, 32]), label: "mlx-\($0)bit")
      }
    },
    Container(names: ["onnx", "onnxruntime"], bits: "4 or 8", usual: 4) { bits in
      whole(bits, [4, 8]).map {
        QuantizationTarget(
          writer: "onnx", weights: .integers(bits: $0, zero: .point, groups: [32, 64, 128]), label: "onnx-int\($0)")
      }
    },
    Container(names: ["exl2"], bits: "2 to 9", usual: 4) { bits in
      guard (2...9).contains(bits) else { return nil }
      let name = EXL2Target.name(bits)
      return QuantizationTarget(
        writer: "exl2", weights: .named(name), label: "exl2-\(QuantizationTarget.text(bits))bpw")
    },
    Container(names: ["bitsandbytes", "bnb"], bits: "4", usual: 4) { bits in
      whole(bits, [4]).map { _ in
        QuantizationTarget(writer: "bitsandbytes", weights: .named("nf4"), label: "bitsandbytes-nf4")
      }
    },
  ]
}
