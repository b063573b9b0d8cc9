import Foundation
import TestSupport
import Testing

/// Every command's `--json`: one document, as docs/schemas describes it, whether all went well or not.
@Suite struct JSONAnswerTests {
  private func check(_ result: Command.Result, _ command: String, status: Int32 = 0) throws -> [String: Any] {
    #expect(result.status == status, "\(result.errors)")
    let schema = try JSONSchema(
      contentsOf: SharedMaterial.packageRoot.appending(path: "docs/schemas/\(command).json").path)
    let document = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    #expect(schema.objections(to: document) == [], "\(result.output.prefix(2000))")
    let members = try #require(document as? [String: Any])
    #expect(((members["errors"] as? [Any])?.isEmpty ?? false) == (status == 0))
    return members
  }

  @Test func runsPlansAndComparisons() throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.emit = "[{gguf: out/a.gguf}, {gguf: {path: out/b.gguf, type: q8_0}}]"
        $0.report = "report"
      })
    let folder = project.folder.url.path
    _ = try check(Command("plan", "p.yaml", "--json", in: folder).run(), "plan")
    let run = try check(Command("run", "p.yaml", "--json", in: folder).run(), "run")
    let runs = try #require((run["result"] as? [String: Any])?["runs"] as? [[String: Any]])
    #expect(runs.count == 1 && (runs[0]["products"] as? [Any])?.count == 2)
    let within = try check(Command("compare", "report", "--json", in: folder).run(), "compare")
    let products = try #require((within["result"] as? [String: Any])?["products"] as? [[String: Any]])
    #expect(products.map { $0["name"] as? String } == ["a.gguf → b.gguf"])
    // The products find the record that lies in a folder beside them only; here it is elsewhere.
    let pair = try check(Command("compare", "out/a.gguf", "out/b.gguf", "--json", in: folder).run(), "compare")
    let answer = try #require(pair["result"] as? [String: Any])
    #expect((answer["notes"] as? [String])?.count == 2)
    let rows = try #require((answer["products"] as? [[String: Any]])?.first?["rows"] as? [[String: Any]])
    #expect(rows.map { $0["name"] as? String } == ["file_bytes", "bits_per_weight"])
    _ = try check(Command("imatrix", "p.yaml", "-o", "i.gguf", "--json", in: folder).run(), "imatrix")
    let clean = try check(Command("clean", "out", "--json", in: folder).run(), "clean")
    #expect(((clean["result"] as? [String: Any])?["journals"] as? [Any])?.count == 3)
    _ = try check(Command("compare", "--history", "report", "--json", in: folder).run(), "compare")
  }

  @Test func rangesOfBlocks() throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline { $0.calibrate = "{corpus: calibration.txt, tokens: 1024, context: 32, inputs: original}" })
    let folder = project.folder.url.path
    let first = try check(Command("run", "p.yaml", "--blocks", "0..0", "--json", in: folder).run(), "run")
    let journals = try #require((first["result"] as? [String: Any])?["journals"] as? [String])
    #expect(journals.count == 1 && journals[0].hasSuffix(".0-0.journal"))
    let missing = try check(Command("merge", "p.yaml", "--json", in: folder).run(), "merge", status: 1)
    #expect("\(missing["errors"] ?? "")".contains("no journal of the blocks 1..1"))
    _ = try check(Command("run", "p.yaml", "--blocks", "1..1", "--json", in: folder).run(), "run")
    _ = try check(Command("merge", "p.yaml", journals[0], "--json", in: folder).run(), "merge")
    #expect(FileManager.default.fileExists(atPath: project.path("out/tiny.gguf")))
    let beyond = try check(Command("run", "p.yaml", "--blocks", "1..2", "--json", in: folder).run(), "run", status: 2)
    #expect("\(beyond["errors"] ?? "")".contains("0..1"))
    _ = try check(Command("clean", "out", "--json", in: folder).run(), "clean")
    _ = try check(Command("plan", "p.yaml", "--ranks", "4", "--json", in: folder).run(), "plan")
  }

  @Test func productsAreComparedByTheRecordBesideThem() throws {
    let project = try TinyProject()
    let folder = project.folder.url.path
    for type in ["q4_0", "q8_0"] {
      let set = ["--set", "quantize.type=\(type)", "--set", "emit.0.gguf=out/\(type).gguf"]
      var command = Command("run", "p.yaml", in: folder)
      command.arguments += set
      #expect(try command.run().status == 0)
    }
    let result = try Command("compare", "out/q4_0.gguf", "out/q8_0.gguf", in: folder).run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("\nq4_0.gguf → q8_0.gguf\n") && !result.output.contains("note:"), "\(result.output)")
    let line = try #require(result.output.split(separator: "\n").first { $0.contains("mean_kld") })
    #expect(line.hasSuffix("better"))
    let alone = try Command("compare", "out/q4_0.gguf", in: folder).run()
    #expect(alone.status == 1 && alone.errors.contains("found one product, expected another"), "\(alone.errors)")
  }

  @Test func whatLooksAtModels() throws {
    let project = try TinyProject(TinyModel { $0.layers = 11 })
    let folder = project.folder.url.path
    var inspect = try check(Command("inspect", "model", "--json", in: folder).run(), "inspect")
    var found = try #require(inspect["result"] as? [String: Any])
    var metadata = try #require(found["metadata"] as? [String: Any])
    #expect(metadata["hidden_size"] as? Int == 64)
    #expect(metadata["architectures"] as? [String] == ["LlamaForCausalLM"])
    let names = try #require(found["tensors"] as? [[String: Any]]).compactMap { $0["name"] as? String }
    let (second, last) = (names.firstIndex { $0.contains("layers.2.") }, names.firstIndex { $0.contains("layers.10.") })
    #expect(try #require(second) < #require(last), "blocks in the order of their numbers")
    #expect(try Command("run", "p.yaml", in: folder).run().status == 0)
    inspect = try check(Command("inspect", "out/tiny.gguf", "--json", in: folder).run(), "inspect")
    found = try #require(inspect["result"] as? [String: Any])
    metadata = try #require(found["metadata"] as? [String: Any])
    #expect((metadata["tokenizer.ggml.tokens"] as? [String: Any])?["count"] as? Int == TinyModel.vocabularySize)
    let eval = ["eval", "model", "--text", "heldout.txt", "--context", "32", "--tokens", "256", "--json"]
    var command = Command(in: folder)
    command.arguments = eval
    _ = try check(command.run(), "eval")
    command.arguments += ["--against", "model"]
    _ = try check(command.run(), "eval")
    try project.folder.write("empty.txt", "")
    let none = try check(Command("tokenize", "model", "--text", "empty.txt", "--json", in: folder).run(), "tokenize")
    #expect((none["result"] as? [String: Any])?["documents"] as? [[Int]] == [[]])
    #expect(try Command("tokenize", "model", "--text", "empty.txt", in: folder).run().output == "\n")
    _ = try check(Command("doctor", "--json").run(), "doctor")
  }

  @Test func whatMakesPipelines() throws {
    let project = try TinyProject()
    var command = Command("init", "model", "q4_0", "-o", "made.yaml", "--json", in: project.folder.url.path)
    command.environment["PLANISH_SHARE"] = SharedMaterial.packageRoot.path
    _ = try check(command.run(), "init")
    command.arguments = ["quantize", "model", "q4_0", "--tokens", "1024", "--json"]
    let quantize = try check(command.run(), "quantize")
    let result = try #require(quantize["result"] as? [String: Any])
    #expect((result["pipeline"] as? String)?.hasPrefix("# Made by `planish quantize model q4_0`") == true)
    #expect((result["next"] as? [String])?.first?.hasPrefix("llama-cli -m ./model-Q4_0.gguf") == true)
  }

  @Test(arguments: [
    (["plan", "p.yaml"], "plan", 2), (["run", "none.yaml"], "run", 2), (["inspect", "none"], "inspect", 1),
    (["eval", "none", "--text", "heldout.txt"], "eval", 1), (["tokenize", "none", "--text", "p.yaml"], "tokenize", 1),
    (["compare", "none", "none"], "compare", 1), (["quantize", "model", "q9"], "quantize", 2),
    (["init", "none/none"], "init", 1), (["imatrix", "p.yaml", "-o", "x"], "imatrix", 2),
    (["run", "p.yaml", "--fast"], "run", 2), (["walk"], "planish", 2),
  ])
  func whatGoesWrongIsToldInTheSameShape(_ arguments: [String], _ command: String, _ status: Int32) throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.quantize = "{type: q4_0, solvr: rtn}" })
    var failing = Command(in: project.folder.url.path)
    failing.arguments = arguments + ["--json"]
    let document = try check(failing.run(), command, status: status)
    #expect(document["result"] == nil)
    let problems = try #require(document["errors"] as? [[String: Any]])
    guard command == "plan" else { return }
    #expect(problems[0]["file"] as? String == "p.yaml" && problems[0]["line"] as? Int == 4)
    #expect((problems[0]["message"] as? String)?.contains("'solvr'") == true)
  }

  @Test func aRefusedRunHasBoth() throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline { $0.validate = "{corpus: heldout.txt, tokens: 256, context: 32, gates: {max_kld: {max: 0}}}" })
    let document = try check(Command("run", project.file, "--json").run(), "run", status: 3)
    let runs = try #require((document["result"] as? [String: Any])?["runs"] as? [[String: Any]])
    #expect(runs.map { $0["isPublished"] as? Bool } == [false])
    let message = try #require((document["errors"] as? [[String: Any]])?.first?["message"] as? String)
    #expect(message == "a gate does not hold; not published: \(project.path("out/tiny.gguf"))")
  }
}

@Suite struct DoctorCommandTests {
  @Test func saysWhatThisMachineHas() throws {
    let result = try Command("doctor").run()
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map(String.init)
    for word in ["processor", "cores", "kernels", "memory", "texts"] {
      #expect(lines.contains { $0.hasPrefix(word) }, "\(word): \(result.output)")
    }
    #expect(lines.contains { $0.wholeMatch(of: /kernels      \w+, \d+ G operations\/s in large products/) != nil })
  }

  #if arch(x86_64)
    @Test func namesKernelsThatAreTooNarrow() throws {
      var command = Command("doctor", "--json")
      command.environment["OPENBLAS_CORETYPE"] = "Prescott"
      let answer = try answer(command.run().output)
      let processor = try #require(answer["processor"] as? [String: Any])
      try #require((answer["kernels"] as? [String: Any])?["core"] as? String == "Prescott")
      let advice = try #require(answer["advice"] as? [String])
      let isTold = advice.contains { $0.contains("OPENBLAS_CORETYPE is Prescott") }
      #expect(isTold == (processor["hasAVX2"] as? Bool == true), "\(advice)")
    }
  #endif
}
