import ArgumentParser
import Foundation
import Models
import Tensors

/// What `quantize` and `init` take: a model, what to make of it, and what else their pipeline file says.
struct DraftOptions: ParsableArguments {
  @Argument(
    help:
      "A Hugging Face folder, a GGUF file, or the name of a Hub model that lies in the local cache, such as HuggingFaceTB/SmolLM2-135M.",
    completion: .file())
  var model: String

  @Argument(
    help: ArgumentHelp(
      "What to make: a type of GGUF's such as q4_k_m, or gptq, awq, mlx, exl2, onnx, compressed_tensors, w8a8, bitsandbytes. (default: q4_k_m)",
      valueName: "target"))
  var targets: [String] = []

  @Option(
    help: ArgumentHelp(
      "Bits of a weight, where the target leaves that open: gptq, mlx, exl2 (4.25), onnx, compressed_tensors.",
      valueName: "number"))
  var bits: Double?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "A text to calibrate on, instead of the one that comes with the program. May be given several times.",
      valueName: "file"),
    completion: .file())
  var calibrate: [String] = []

  @Option(
    help: ArgumentHelp(
      "A text to measure the product on, instead of the one that comes with the program.", valueName: "file"),
    completion: .file())
  var heldout: String?

  @Option(help: ArgumentHelp("Tokens to calibrate on.", valueName: "count"))
  var tokens = PipelineDraft.tokens

  @Option(
    help: ArgumentHelp("The folder for the report. (default: the product's name and -report)", valueName: "folder"),
    completion: .directory)
  var report: String?

  func validate() throws {
    do { _ = try chosen() } catch { throw ValidationError(error.message) }
    guard tokens > 0 else { throw ValidationError("--tokens \(tokens): expected a number of at least 1") }
  }

  /// The targets, q4_k_m where none is named.
  func chosen() throws(QuantizationTarget.Mistake) -> [QuantizationTarget] {
    var chosen: [QuantizationTarget] = []
    for name in targets.isEmpty ? [Self.usualTarget] : targets {
      chosen.append(try QuantizationTarget(name, bits: bits))
    }
    let transforms = chosen.map(\.transforms)
    guard Set(transforms).count < 2 else {
      let names = chosen.filter { !$0.transforms.isEmpty }.map(\.label).joined(separator: ", ")
      throw QuantizationTarget.Mistake(
        message:
          "found \(names) beside others, expected it alone: its transform edits the model for every product of a run")
    }
    return chosen
  }

  static let usualTarget = "q4_k_m"

  /// The pipeline for the model, and the model as it was named.
  ///
  /// - Parameters:
  ///   - output: where the only product goes; nil for a name in the current folder.
  ///   - command: what the file says it was made by.
  func draft(output: String?, command: String, on workers: Workers) throws(Failure) -> PipelineDraft {
    let targets: [QuantizationTarget]
    do { targets = try chosen() } catch { throw Failure(.wrongRequest, "\(error.message)") }
    let argument = try ModelArgument(model)
    let facts: ModelFacts
    do { facts = ModelFacts(try ModelSource(path: argument.path, on: workers)) } catch { throw Failure(because: error) }
    let products = targets.map { target in
      PipelineDraft.Product(target: target, path: output ?? Self.product(target, of: argument.name))
    }
    let needsTexts = calibrate.isEmpty || heldout == nil
    let texts = needsTexts ? try DefaultTexts.installed() : nil
    let context = min(512, facts.contextLength)
    return PipelineDraft(
      name: argument.name, model: argument.path, facts: facts, products: products,
      calibration: calibrate.isEmpty ? texts?.calibration ?? [] : calibrate, heldOut: heldout ?? texts?.heldOut ?? "",
      tokens: max(context, tokens / context * context),
      report: report ?? Self.report(beside: products, of: argument.name), command: command)
  }

  /// The name of a product in the current folder.
  private static func product(_ target: QuantizationTarget, of model: String) -> String {
    "\(model)-\(target.label)" + (target.writer == "gguf" ? ".gguf" : "")
  }

  private static func report(beside products: [PipelineDraft.Product], of model: String) -> String {
    guard products.count == 1 else { return "\(model)-report" }
    let path = products[0].path
    return (path.hasSuffix(".gguf") ? String(path.dropLast(5)) : path) + "-report"
  }
}

extension Failure {
  /// A pipeline file that would be written over another's work.
  static func wouldReplace(_ path: String) -> Failure {
    Failure(
      .wrongRequest, "\(path): found a file that this program did not make, expected another name: it would be replaced"
    )
  }
}

/// Pipeline files that commands write.
enum DraftFile {
  /// Writes a file, in the place of none or of one that was made so before.
  static func write(_ text: String, to path: String) throws(Failure) {
    if FileManager.default.fileExists(atPath: path) {
      let old = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      guard old.hasPrefix(mark) else { throw .wouldReplace(path) }
    }
    do { try Data(text.utf8).write(to: URL(filePath: path), options: .atomic) } catch {
      throw Failure(.failed, "\(path): cannot be written: \(error.localizedDescription)")
    }
  }

  /// A command line as it stands in the first line of a file.
  static func command(_ words: [String]) -> String {
    (["planish"] + words.map(NextSteps.shellQuoted)).joined(separator: " ")
  }

  /// How every such file begins.
  private static let mark = "# Made by `planish "
}
