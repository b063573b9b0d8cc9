import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct QuantizeCommandTests {
  /// A project whose commands find the texts of this checkout.
  private static func command(_ project: TinyProject, _ arguments: String...) -> Command {
    var command = Command(in: project.folder.url.path)
    command.arguments = arguments
    command.environment["PLANISH_SHARE"] = SharedMaterial.packageRoot.path
    return command
  }

  @Test func onePublishesAndSaysWhatIsNext() throws {
    let project = try TinyProject()
    let result = try Self.command(project, "quantize", "model", "Q8_0").run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try GGUFFile(path: project.path("model-Q8_0.gguf")).tensors["blk.0.attn_q.weight"]?.storage.name == "q8_0")
    #expect(result.output.contains("\n  llama-cli -m ./model-Q8_0.gguf "), "\(result.output)")
    #expect(FileManager.default.fileExists(atPath: project.path("model-Q8_0-report/report.html")))
  }

  @Test func runsExactlyThePipelineThatItPrints() throws {
    let project = try TinyProject()
    let printed = try Self.command(project, "quantize", "model", "q4_0", "-o", "a.gguf", "--print").run()
    #expect(printed.status == 0, "\(printed.errors)")
    #expect(!FileManager.default.fileExists(atPath: project.path("a.gguf")))
    try project.folder.write("printed.yaml", printed.output)
    let saved = try Self.command(project, "quantize", "model", "q4_0", "-o", "a.gguf", "--save", "saved.yaml").run()
    #expect(saved.status == 0, "\(saved.errors)")
    #expect(try String(contentsOfFile: project.path("saved.yaml"), encoding: .utf8) == printed.output)
    let quantized = try Data(contentsOf: URL(filePath: project.path("a.gguf")))
    let run = try Self.command(project, "run", "printed.yaml").run()
    #expect(run.status == 0, "\(run.errors)")
    #expect(try Data(contentsOf: URL(filePath: project.path("a.gguf"))) == quantized)
  }

  /// What a pipeline file says of a target, and what stands under `emit`.
  static let targets: [(target: [String], says: [String])] = [
    ([], ["  type: q4_k_m\n", "  - gguf: model-Q4_K_M.gguf\n"]),
    (["IQ4-XS"], ["  type: iq4_xs\n", "  - gguf: model-IQ4_XS.gguf\n"]),
    (["gptq"], ["  type: int4_g32\n", "  - gptq: model-gptq-int4\n", "mean_kld: {max: 0.2}"]),
    (["GPTQ", "--bits", "8"], ["  type: int8_g32\n", "  - gptq: model-gptq-int8\n", "mean_kld: {max: 0.02}"]),
    (["awq"], ["  type: int4_g32_asym\n", "  - awq: model-awq-int4\n", "transform: [awq]\n"]),
    (["mlx", "--bits", "6"], ["  type: int6_g32_bias\n", "  - mlx: model-mlx-6bit\n"]),
    (["exl2", "--bits", "4.25"], ["  type: exl2_4.25\n", "  - exl2: model-exl2-4.25bpw\n"]),
    (["exl2-5"], ["  type: exl2_5\n", "  - exl2: model-exl2_5\n"]),
    (["compressed-tensors"], ["  type: int4_g32\n", "  - compressed_tensors: model-compressed-tensors-w4a16\n"]),
    (
      ["W8A8"],
      [
        "  type: int8_row\n", "transform: [smoothquant]\n",
        "  - compressed_tensors: {path: model-compressed-tensors-w8a8, activations: int8}\n",
      ]
    ),
    (["bnb"], ["  type: nf4\n", "  - bitsandbytes: model-bitsandbytes-nf4\n"]),
    (["int4_g64_bias"], ["  type: int4_g64_bias\n", "  - mlx: model-mlx-int4_g64_bias\n"]),
    (
      ["q4_0", "q8_0"], ["  type: q4_0\n", "  - gguf: {path: model-Q8_0.gguf, type: q8_0}\n", "report: model-report\n"]
    ),
  ]

  @Test(arguments: targets)
  func knowsTargetsByName(_ target: [String], says: [String]) throws {
    let project = try TinyProject()
    var command = Self.command(project, "quantize", "model", "--print")
    command.arguments += target
    let result = try command.run()
    #expect(result.status == 0, "\(result.errors)")
    for part in says { #expect(result.output.contains(part), "\(part) is not in: \(result.output)") }
  }

  @Test(arguments: [
    (["q4_k_mm"], "did you mean q4_k_m?"),
    (["fp77"], "for vLLM, transformers, MLX, ONNX Runtime and ExLlamaV2: gptq awq"),
    (["awq", "--bits", "3"], "found --bits 3 for awq, expected 4"),
    (["q4_k_m", "--bits", "4"], "which says its bits itself; expected --bits with one of gptq"),
    (["awq", "q4_k_m"], "found awq-int4 beside others, expected it alone"),
    (["q4_0", "q8_0", "-o", "x.gguf"], "found --output with 2 targets"),
  ])
  func refusesOtherTargets(_ target: [String], says: String) throws {
    let project = try TinyProject()
    var command = Self.command(project, "quantize", "model", "--print")
    command.arguments += target
    let result = try command.run()
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errors.contains(says), "\(result.errors)")
  }

  @Test func findsModelsInTheCacheOfTheHub() throws {
    let folder = try TemporaryFolder()
    let model = "home/hub/models--some--tiny"
    try TinyModel().write(to: folder, as: "\(model)/snapshots/0a1b")
    try folder.write("\(model)/refs/main", "0a1b\n")
    for (variable, place) in [("HF_HOME", "home"), ("HF_HUB_CACHE", "home/hub")] {
      var command = Command("quantize", "some/tiny", "--print", in: folder.url.path)
      command.environment = [
        "HF_HOME": nil, "HF_HUB_CACHE": nil, "PLANISH_SHARE": SharedMaterial.packageRoot.path,
      ]
      command.environment[variable] = folder.path(place)
      let result = try command.run()
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("snapshots/0a1b\n") && result.output.contains("- gguf: tiny-Q4_K_M.gguf"))
      command.arguments = ["quantize", "some/other", "--print"]
      let missing = try command.run()
      #expect(missing.status == 1)
      #expect(missing.errors.contains("  hf download some/other\n"), "\(missing.errors)")
    }
    try FileManager.default.removeItem(atPath: folder.path("\(model)/snapshots/0a1b/model.safetensors"))
    var command = Command("quantize", "some/tiny", in: folder.url.path)
    command.environment = ["HF_HUB_CACHE": folder.path("home/hub")]
    let part = try command.run()
    #expect(part.status == 1 && part.errors.contains("only a part of the model"), "\(part.errors)")
  }

  /// The texts lie where packages put them: in `share/planish` beside the `bin` that holds the program.
  @Test func findsTheTextsOfAnInstalledProgram() throws {
    let project = try TinyProject()
    let program = project.path("usr/bin/planish")
    let files = FileManager.default
    try files.createDirectory(atPath: project.path("usr/bin"), withIntermediateDirectories: true)
    do { try files.linkItem(atPath: Command.executable, toPath: program) } catch {
      try files.copyItem(atPath: Command.executable, toPath: program)
    }
    var command = Command("quantize", "model", "--print", in: project.folder.url.path)
    command.environment["PLANISH_SHARE"] = .some(nil)
    let without = try Running(command, executable: program).wait()
    #expect(without.status == 1 && without.errors.contains("PLANISH_SHARE"), "\(without.errors)")
    try files.createDirectory(atPath: project.path("usr/share/planish"), withIntermediateDirectories: true)
    try files.createSymbolicLink(
      atPath: project.path("usr/share/planish/calibration"),
      withDestinationPath: SharedMaterial.packageRoot.appending(path: "calibration").path)
    let with = try Running(command, executable: program).wait()
    #expect(with.status == 0, "\(with.errors)")
    #expect(with.output.contains("usr/share/planish/calibration/"))
  }

  @Test func saysWhatIsNoModel() throws {
    let project = try TinyProject()
    let result = try Self.command(project, "quantize", "./nowhere").run()
    #expect(result.status == 1)
    #expect(
      result.errors == "planish: error: ./nowhere: not there; expected a folder, a GGUF file or a name on the Hub\n")
  }
}

@Suite struct InitCommandTests {
  @Test func writesAFileThatPlans() throws {
    let project = try TinyProject()
    var command = Command("init", "model", "q4_0", "-o", "sub/made.yaml", in: project.folder.url.path)
    command.environment["PLANISH_SHARE"] = SharedMaterial.packageRoot.path
    try FileManager.default.createDirectory(atPath: project.path("sub"), withIntermediateDirectories: true)
    let result = try command.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("\n  planish run sub/made.yaml\n"), "\(result.output)")
    let text = try String(contentsOfFile: project.path("sub/made.yaml"), encoding: .utf8)
    #expect(text.hasPrefix("# Made by `planish init model q4_0`.\n"))
    // What is beside the file's folder stands in full.
    #expect(text.contains("  - gguf: \(project.path("model-Q4_0.gguf"))\n"), "\(text)")
    let plan = try Command("plan", "sub/made.yaml", in: project.folder.url.path).run()
    #expect(plan.status == 0, "\(plan.errors)")
  }

  @Test func replacesOnlyItsOwn() throws {
    let project = try TinyProject()
    var command = Command("init", "model", "-o", "p.yaml", in: project.folder.url.path)
    command.environment["PLANISH_SHARE"] = SharedMaterial.packageRoot.path
    let mine = try String(contentsOfFile: project.file, encoding: .utf8)
    let refused = try command.run()
    #expect(refused.status == 2 && refused.errors.contains("p.yaml: found a file that this program did not make"))
    #expect(try String(contentsOfFile: project.file, encoding: .utf8) == mine)
    command.arguments[3] = "new.yaml"
    #expect(try command.run().status == 0)
    #expect(try command.run().status == 0)
    command.arguments[3] = "-"
    let printed = try command.run()
    #expect(printed.status == 0 && printed.output.contains("emit:\n  - gguf: model-Q4_K_M.gguf\n"), "\(printed.output)")
  }
}
