import Checkpoints
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct CommandLineTests {
  @Test(arguments: [
    [], ["--help"], ["run", "--help"], ["plan", "--help"], ["eval", "--help"], ["inspect", "--help"],
    ["tokenize", "--help"], ["help", "run"],
  ])
  func helps(_ arguments: [String]) throws {
    var command = Command()
    command.arguments = arguments
    let result = try command.run()
    #expect(result.status == 0)
    #expect(result.output.contains("USAGE: planish"))
    #expect(result.errors.isEmpty)
  }

  @Test func tellsItsVersion() throws {
    let result = try Command("--version").run()
    #expect(result.status == 0)
    #expect(result.output.wholeMatch(of: /planish \d+\.\d+\.\d+\n/) != nil)
  }

  @Test(arguments: [
    ["walk"], ["run"], ["run", "p.yaml", "--fast"], ["run", "p.yaml", "--jobs", "0"], ["run", "p.yaml", "--jobs", "x"],
    ["run", "a.yaml", "b.yaml"], ["run", "p.yaml", "--set"], ["run", "p.yaml", "--set", "nothing"], ["eval", "model"],
    ["eval", "model", "--text", "heldout.txt", "--tokens", "7"], ["tokenize", "model"], ["inspect"],
    ["eval", "model", "--text", "heldout.txt", "--context", "2"],
  ])
  func refusesWrongArguments(_ arguments: [String]) throws {
    let project = try TinyProject()
    var command = Command(in: project.folder.url.path)
    command.arguments = arguments
    let result = try command.run()
    #expect(result.status == 2, "\(result.errors)")
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("error:"), "\(result.errors)")
  }
}

@Suite struct WorkerOptionTests {
  /// More threads than cores only wait for each other, and each has memory of its own.
  @Test(arguments: ["64", "100000", "9223372036854775807"])
  func noMoreThreadsThanCores(_ jobs: String) throws {
    let project = try TinyProject()
    let clock = ContinuousClock()
    var result: Command.Result?
    let time = try clock.measure { result = try Command("run", project.file, "--jobs", jobs).run() }
    #expect(result?.status == 0, "\(result?.errors ?? "")")
    #expect(result?.output.contains("on \(ProcessInfo.processInfo.activeProcessorCount) threads") == true)
    #expect(time < .seconds(60))
    #expect(try Command("plan", project.file, "--jobs", jobs).run().status == 0)
  }
}

@Suite struct DisarmTests {
  /// Whatever names and values a file has, no command prints what a terminal obeys.
  @Test(arguments: [false, true])
  func inspectPrintsNoEscapes(asJSON: Bool) throws {
    let folder = try TemporaryFolder()
    let armed = "x\u{1B}]0;owned\u{7}\u{9B}2J\r\nforged"
    var metadata = GGUFMetadata(path: "m.gguf")
    metadata["general.architecture"] = .string("llama")
    metadata[armed] = .string(armed)
    let name = "t" + armed
    var writer = try GGUFWriter(
      path: folder.path("m.gguf"), metadata: metadata, tensors: [.init(name: name, shape: [1], type: .all[0])])
    let zeros = [UInt8](repeating: 0, count: 4)
    try writer.append(zeros.span.bytes, to: name)
    try writer.finish().publish()
    var command = Command("inspect", folder.path("m.gguf"))
    if asJSON { command.arguments.append("--json") }
    let printed = try command.run().output
    #expect(printed.contains("owned"))
    #expect(!printed.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control })
    #expect(!printed.contains("\nforged"))
    let missing = try Command("inspect", folder.path("missing\u{1B}[2J")).run()
    #expect(missing.status == 1 && missing.errors.contains(#"\u001b[2J"#) && !missing.errors.contains("\u{1B}"))
  }
}

@Suite struct PlanCommandTests {
  @Test func showsWhatWouldBeDoneAndWritesNothing() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.quantize = "{type: q4_k_m}" })
    let before = try project.snapshot()
    let result = try Command("plan", project.file).run()
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(
      lines.allSatisfy { $0.count <= 80 } || lines.first { $0.count > 80 }?.contains(project.folder.url.path) == true)
    let row = try #require(lines.first { $0.hasPrefix("0–1     attn_q ") })
    #expect(row.contains("64 × 64") && row.contains("q5_0 *") && row.contains("gptq"), "\(row)")
    #expect(try #require(lines.first).hasPrefix("model        model: llama, "), "what comes of it is first")
    let all = try Command("plan", project.file, "--tensors").run().output
    #expect(all.contains("\nblk.1.attn_q.weight ") && !result.output.contains("\nblk.1.attn_q.weight "))
    let reason = "64 columns are no multiple of q4_k's block of 256; stored as q5_0, 5.5 bits per weight instead of 4.5"
    // It is broken at 80 columns.
    let words = result.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.components(separatedBy: reason).count == 2, "each reason is told once")
    #expect(result.output.contains("calibration  1,024 tokens in 32 sequences"))
    #expect(try project.snapshot() == before)
  }

  @Test func theReportAgreesWithTheRun() throws {
    let project = try TinyProject()
    let plans = try answer(Command("plan", project.file, "--json").run().output)["plans"] as? [[String: Any]]
    let plan = try #require(plans?.first)
    let run = try firstRun(Command("run", project.file, "--json").run().output)
    let tensors = try #require(plan["tensors"] as? [[String: Any]])
    let entries = try #require((run["ledger"] as? [String: Any])?["entries"] as? [[String: Any]])
    #expect(tensors.map { $0["name"] as? String } == entries.map { $0["tensor"] as? String })
    #expect(tensors.map { $0["type"] as? String } == entries.map { $0["typeUsed"] as? String })
    #expect(tensors.map { $0["bytes"] as? Int } == entries.map { $0["bytes"] as? Int })
    #expect(plan["calibrationTokens"] as? Int == run["calibrationTokens"] as? Int)
  }

  @Test func findsTheMistakesOfARun() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.quantize = "{type: q9}" })
    let result = try Command("plan", project.file).run()
    #expect(result.status == 2)
    #expect(result.errors.hasPrefix("\(project.file):4:18: error:"), "\(result.errors)")
  }
}

@Suite struct EvalCommandTests {
  @Test func agreesWithTheRun() throws {
    let project = try TinyProject()
    let run = try firstRun(Command("run", project.file, "--json").run().output)
    let product = try #require((run["products"] as? [[String: Any]])?.first)
    let measured = try #require(product["measurements"] as? [String: Any])
    let budget = ["--text", project.path("heldout.txt"), "--tokens", "256", "--context", "32", "--json"]

    var command = Command("eval", project.path("out/tiny.gguf"))
    command.arguments += budget
    let alone = try answer(command.run().output)
    #expect(try value(alone["perplexity"]) == value(figures(measured)["perplexity"]))

    command.arguments += ["--against", project.path("model")]
    let compared = try answer(command.run().output)
    let comparison = try #require(compared["comparison"] as? [String: Any])
    for key in ["perplexity", "perplexity_ratio", "mean_kld", "p99_kld", "rms_delta_p", "top5_agreement"] {
      #expect(try value(figures(comparison)[key]) == value(figures(measured)[key]), "\(key)")
    }
  }

  @Test func readsTheFieldThatIsNamed() throws {
    let project = try TinyProject()
    let words = try String(contentsOfFile: project.path("heldout.txt"), encoding: .utf8)
    let lines = words.split(separator: "\n").map { "{\"body\": \"\($0)\", \"text\": \"x\"}" }
    let text = try project.folder.write("t.txt", lines.joined(separator: "\n"))
    let budget = ["--text", text, "--tokens", "256", "--context", "32", "--json"]
    func perplexity(_ more: [String]) throws -> Double {
      var command = Command("eval", project.path("model"))
      command.arguments += budget + more
      return try value(answer(command.run().output)["perplexity"])
    }
    #expect(try perplexity(["--field", "body"]) != perplexity([]))
  }

  @Test func aModelAgainstItselfDoesNotDiverge() throws {
    let project = try TinyProject()
    let model = project.path("model")
    let result = try Command(
      "eval", model, "--text", project.path("heldout.txt"), "--context", "32", "--against", model, "--json"
    ).run()
    let comparison = try #require(try answer(result.output)["comparison"] as? [String: Any])
    #expect(try value(figures(comparison)["perplexity_ratio"]) == 1)
    #expect(try value(figures(comparison)["top1_agreement"]) == 1)
    #expect(abs(try value(figures(comparison)["mean_kld"])) < 1e-6)
  }

  @Test func asksQuestions() throws {
    let project = try TinyProject()
    let suite = try project.folder.write(
      "suite.jsonl",
      """
      {"context": "the hammer", "choices": [" rings", " on metal"], "answer": 0}
      {"context": "thin and", "choices": [" smooth", " the", " a"], "answer": 2}

      """)
    let model = project.path("model")
    let alone = try Command("eval", model, "--task", suite, "--json").run()
    #expect(alone.status == 0, "\(alone.errors)")
    let measured = try #require(try answer(alone.output)["measurements"] as? [String: Any])
    let answers = try #require((measured["answers"] as? [[String: Any]])?.first)
    #expect(answers["name"] as? String == "suite" && (answers["plain"] as? [Int])?.count == 2)
    let table = try Command("eval", model, "--task", suite, "--against", model).run()
    #expect(table.status == 0 && table.output.contains("suite"), "\(table.errors)")
    try project.folder.write("suite.jsonl", "{\"context\": 7}")
    let broken = try Command("eval", model, "--task", suite).run()
    #expect(broken.status == 1)
    #expect(broken.errors.contains("suite.jsonl:1: found 7 under \"context\", expected a text"), "\(broken.errors)")
  }

  /// The figures of all text.
  private func figures(_ measurements: [String: Any]) throws -> [String: Any] {
    try #require((measurements["text"] as? [String: Any])?["figures"] as? [String: Any])
  }

  /// What the files of a model say and nothing follows stands beside the figures, not among them.
  @Test func keysThatAreNotReadAreNamed() throws {
    let project = try TinyProject()
    var members = try JSONObject(contentsOf: project.path("model/config.json")).members
    members.set("rope_interleaved", .bool(true))
    try project.folder.write("model/config.json", JSONText.document(.object(members)))
    let told = try Command(
      "eval", project.path("model"), "--text", project.path("heldout.txt"), "--context", "32", "--json"
    ).run()
    #expect(told.status == 0)
    #expect(told.errors.contains("planish: warning: "), "\(told.errors)")
    #expect(told.errors.contains("has no such keys: rope_interleaved"), "\(told.errors)")
    #expect(!told.output.contains("rope_interleaved"))
  }

  @Test func failsClearly() throws {
    let project = try TinyProject()
    let noText = try Command("eval", project.path("model"), "--text", project.path("none.txt")).run()
    #expect(noText.status == 1)
    #expect(noText.errors.contains("planish: error: \(project.path("none.txt"))"), "\(noText.errors)")
    let noModel = try Command("eval", project.path("none"), "--text", project.path("heldout.txt")).run()
    #expect(noModel.status == 1)
    #expect(noModel.errors.contains("/none: not there"), "\(noModel.errors)")
  }

  private func value(_ estimate: Any?) throws -> Double {
    try #require((estimate as? [String: Any])?["value"] as? Double)
  }
}

@Suite struct CompareCommandTests {
  @Test func showsTwoRunsSideBySide() throws {
    let project = try TinyProject()
    for (type, folder) in [("q4_0", "a"), ("q8_0", "b")] {
      let result = try Command(
        "run", project.file, "--set", "quantize.type=\(type)", "--set", "report=\(project.path(folder))",
        "--set", "validate.gates.max_block_error.max=\(type == "q4_0" ? 0.001 : 1)"
      ).run()
      #expect(result.status == (type == "q4_0" ? 3 : 0), "\(result.errors)")
    }
    let result = try Command("compare", project.path("a"), project.path("b")).run()
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n")
    #expect(try #require(lines.first { $0.contains("mean_kld") }).hasSuffix("better"))
    #expect(try #require(lines.first { $0.contains("file_bytes") }).hasSuffix("worse"))
    #expect(lines.contains { $0.contains("gates of A: 1 of 1 fail: max_block_error") })
    #expect(lines.dropFirst(2).allSatisfy { $0.count <= 80 })
    let json = try answer(Command("compare", project.path("a"), project.path("b"), "--json").run().output)
    #expect((json["products"] as? [[String: Any]])?.count == 1)
  }

  @Test(arguments: [("{", ":1:"), ("{}", "schema: found nothing"), ("[]", "manifest.json or report.json of Planish")])
  func refusesWhatIsNoRecord(text: String, says: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("r.json", text)
    let result = try Command("compare", path, path).run()
    #expect(result.status == 1)
    #expect(result.errors.contains(path) && result.errors.contains(says), "\(result.errors)")
  }
}

@Suite struct InspectCommandTests {
  @Test func showsAFolderAndAFile() throws {
    let project = try TinyProject()
    #expect(try Command("run", project.file).run().status == 0)
    let folder = try Command("inspect", project.path("model")).run()
    #expect(folder.status == 0)
    #expect(folder.output.contains("model.layers.0.mlp.down_proj.weight") && folder.output.contains("32.00 bits"))
    let file = try Command("inspect", project.path("out/tiny.gguf")).run()
    #expect(file.status == 0)
    #expect(file.output.contains("general.architecture") && file.output.contains("planish.recipe.sha256"))
    let report = try answer(Command("inspect", project.path("out/tiny.gguf"), "--json").run().output)
    let tensors = try #require(report["tensors"] as? [[String: Any]])
    let query = try #require(tensors.first { $0["name"] as? String == "blk.0.attn_q.weight" })
    #expect(query["shape"] as? [Int] == [64, 64] && query["type"] as? String == "q4_0")
  }

  @Test func failsClearly() throws {
    let project = try TinyProject()
    let result = try Command("inspect", project.path("heldout.txt")).run()
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("planish: error: \(project.path("heldout.txt"))"), "\(result.errors)")
    #expect(result.output.isEmpty)
  }
}

@Suite struct TokenizeCommandTests {
  @Test func printsIdsOnOneLine() throws {
    let project = try TinyProject()
    let text = try project.folder.write("t.txt", "the thing")
    let result = try Command("tokenize", project.path("model"), "--text", text).run()
    #expect(result.status == 0, "\(result.errors)")
    // Token 257 is "th", 258 "the", 259 " the", 264 "ing"; bytes stand at their value plus one.
    #expect(result.output == "258 33 257 264\n")
    let json = try answer(Command("tokenize", project.path("model"), "--text", text, "--json").run().output)
    #expect(json["documents"] as? [[Int]] == [[258, 33, 257, 264]])
  }

  @Test func theProductReadsTextsAsTheModelDoes() throws {
    let project = try TinyProject()
    #expect(try Command("run", project.file).run().status == 0)
    let text = project.path("heldout.txt")
    let folder = try Command("tokenize", project.path("model"), "--text", text).run()
    let file = try Command("tokenize", project.path("out/tiny.gguf"), "--text", text).run()
    #expect(folder.status == 0 && folder.output == file.output)
  }

  @Test func printsALineForEachDocument() throws {
    let project = try TinyProject()
    let text = try project.folder.write("t.jsonl", #"{"text": "the"}"# + "\n" + #"{"text": "thing", "body": "th"}"#)
    let result = try Command("tokenize", project.path("model"), "--text", text).run()
    #expect(result.output == "258\n257 264\n", "\(result.errors)")
    let json = try answer(Command("tokenize", project.path("model"), "--text", text, "--json").run().output)
    #expect(json["documents"] as? [[Int]] == [[258], [257, 264]])
    let missing = try Command("tokenize", project.path("model"), "--text", text, "--field", "body").run()
    #expect(missing.status == 1 && missing.errors.contains("t.jsonl:1: found no text under \"body\""))
  }

  @Test func readsFilesOfTokenizers() throws {
    let project = try TinyProject()
    let text = try project.folder.write("t.txt", "the")
    #expect(try Command("tokenize", project.path("model/tokenizer.json"), "--text", text).run().output == "258\n")
  }

  @Test func conversationsNeedAChatTemplate() throws {
    let project = try TinyProject()
    let text = try project.folder.write("t.jsonl", #"{"messages": [{"role": "user", "content": "the"}]}"#)
    let command = Command("tokenize", project.path("model"), "--text", text, "--field", "messages")
    let without = try command.run()
    #expect(without.status == 1 && without.errors.contains("has no chat template"), "\(without.errors)")
    try project.folder.write("model/chat_template.jinja", "{{ messages[0].content }}{{ eos_token }}")
    let with = try command.run()
    #expect(with.output == "258 0\n", "\(with.errors)")
  }

  @Test func readsSpecialTokensOnlyWhenAsked() throws {
    let project = try TinyProject()
    let text = try project.folder.write("t.txt", "<|endoftext|>")
    #expect(try Command("tokenize", project.path("model"), "--text", text, "--special").run().output == "0\n")
    let plain = try Command("tokenize", project.path("model"), "--text", text).run().output
    #expect(plain.split(separator: " ").count > 5)
  }
}
