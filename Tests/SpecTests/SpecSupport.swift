import Spec
import TestSupport

/// Stand-ins for what other targets register: enough options to try every kind of value.
enum TestKinds: VariantKinds {
  enum Order: String, CaseIterable, Sendable {
    case natural
    case activation
  }

  enum Solver: Sendable, Equatable {
    case rtn
    case gptq(damping: Double, order: Order)
  }

  enum Transform: Sendable, Equatable {
    case rotate(seed: Int)
    case awq(grid: Int, clip: Bool)
  }

  enum Writer: Sendable, Equatable {
    case gguf(alignment: Int)
    case gptq
  }
}

let testRegistries = Registries<TestKinds>(
  solvers: [
    .init("rtn") { _ in .rtn },
    .init("gptq") { options in
      .gptq(
        damping: options.value("damping", .number(in: .above(0)), default: 0.01),
        order: options.value("order", .word, default: .activation))
    },
  ],
  transforms: [
    .init("rotate") { options in
      let kind = options.required("kind", .text)
      let seed = options.value("seed", .integer(in: .atLeast(0)), default: 0)
      return kind.map { _ in .rotate(seed: seed) }
    },
    .init("awq") { options in
      .awq(
        grid: options.value("grid", .integer(in: .from(1, to: 100)), default: 20),
        clip: options.value("clip", .truth, default: true))
    },
  ],
  writers: [
    .init("gguf") { .gguf(alignment: $0.value("alignment", .integer(in: .from(8, to: 4096)), default: 32)) },
    .init("gptq") { _ in .gptq },
  ])

/// A complete small file, to which tests add mistakes.
let smallPipeline = """
  planish: 1
  model: {path: model}
  quantize: {type: q4_k_m}
  emit: [{gguf: out.gguf}]

  """

/// Loads `text` as the file `p.yaml` of a temporary folder.
func load(_ text: String, settings: [String] = []) throws -> PipelineFile<TestKinds> {
  let folder = try TemporaryFolder()
  let path = try folder.write("p.yaml", text)
  return try PipelineFile.load(path: path, settings: settings, registries: testRegistries)
}

/// The mistakes that loading `text` reports, with the folder cut from their paths; none when it loads.
func mistakes(_ text: String, settings: [String] = []) throws -> [String] {
  let folder = try TemporaryFolder()
  return try mistakes(bytes: Array(text.utf8), settings: settings, in: folder)
}

func mistakes(bytes: [UInt8], settings: [String] = [], in folder: TemporaryFolder) throws -> [String] {
  let path = try folder.write("p.yaml", bytes)
  do throws(SpecErrors) {
    _ = try PipelineFile.load(path: path, settings: settings, registries: testRegistries)
    return []
  } catch {
    return error.description.replacing(folder.path("") + "/", with: "").replacing(folder.path(""), with: "")
      .replacing("\n    ", with: "\n").split(separator: "\n").map(String.init)
  }
}
