import Foundation
import Pipeline
import Products
import TestSupport
import Testing

@Suite struct FrontMatterTests {
  private static let card = """
    ---
    license: other
    license_name: tiny
    license_link: >-
      LICENSE
    language:
    - en
    - de
    tags: [small, "a b"]
    widget:
      - text: hi
    ---
    # Tiny
    license: not here
    """

  @Test func keysAreTakenWithTheirLines() {
    let matter = FrontMatter(of: Self.card)
    #expect(matter["license"] == ["license: other"])
    #expect(matter["license_link"] == ["license_link: >-", "  LICENSE"])
    #expect(matter["language"] == ["language:", "- en", "- de"])
    #expect(matter.items("language") == ["en", "de"] && matter.items("tags") == ["small", "\"a b\""])
    #expect(matter.items("license") == ["other"] && matter.items("nothing") == [])
  }

  @Test(arguments: ["", "# A card", "---\nlicense: mit\n", " ---\nlicense: mit\n---\n", "---\n\u{1B}[2Jx: y\n---"])
  func whatIsNoHeadHasNoKeys(_ card: String) {
    let matter = FrontMatter(of: card)
    #expect(matter["license"] == nil && matter == FrontMatter())
  }

  @Test func whatCommandsATerminalIsWrittenAsAnEscape() throws {
    let lines = try #require(FrontMatter(of: "---\nlicense: \u{1B}[31m\u{202E}mit\n---\n")["license"])
    #expect(lines == ["license: \\u001b[31m\\u202emit"])
  }
}

@Suite struct ModelCardTests {
  private func project(_ emit: String, type: String, validate: Bool = true) throws -> TinyProject {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.quantize = "{type: \(type)}"
        $0.emit = emit
        if !validate { $0.validate = nil }
      })
    try project.folder.write(
      "model/README.md", "---\nlicense: apache-2.0\nlanguage:\n- en\ntags:\n- tiny\n- gptq\n---\n# Tiny\n")
    try project.folder.write("model/LICENSE", "free\n")
    return project
  }

  private func card(_ project: TinyProject, _ folder: String) throws -> (head: [String], body: String) {
    let text = try String(decoding: project.bytes("\(folder)/README.md"), as: UTF8.self)
    let parts = text.components(separatedBy: "\n---\n")
    try #require(parts.count == 2 && text.hasPrefix("---\n"))
    return (parts[0].split(separator: "\n").dropFirst().map(String.init), parts[1])
  }

  @Test func theHubFindsWhatItNeeds() throws {
    let project = try project("[{gptq: out/q}]", type: "int4_g32")
    try project.run()
    let (head, body) = try card(project, "out/q")
    #expect(
      head == [
        "base_model_relation: quantized", "quantized_by: Planish", "license: apache-2.0", "language:", "- en",
        "pipeline_tag: text-generation", "library_name: transformers", "tags:", "- tiny", "- gptq", "- planish",
        "- 4-bit",
      ], "\(head)")
    #expect(try project.bytes("out/q/LICENSE") == project.bytes("model/LICENSE"))
    #expect(body.contains("vllm serve .") && body.contains("| mean KL divergence, nats |") && body.contains(" to "))
    #expect(body.contains("Calibrated on `calibration`") && body.contains("on `heldout`"))
    // Packed weights are not decoded.
    #expect(!body.contains("decod"))
  }

  @Test func theChecksumsAreThoseOfTheFiles() throws {
    let project = try project("[{gptq: out/q}]", type: "int4_g32", validate: false)
    try project.run()
    let sums = try String(decoding: project.bytes("out/q/SHA256SUMS"), as: UTF8.self).split(separator: "\n")
    let files = try FileManager.default.contentsOfDirectory(atPath: project.path("out/q"))
      .filter { !["SHA256SUMS", "planish.json"].contains($0) }
    #expect(Set(sums.map { String($0.dropFirst(66)) }) == Set(files))
    let check = Process()
    check.executableURL = URL(filePath: "/usr/bin/env")
    check.arguments = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    check.currentDirectoryURL = URL(filePath: project.path("out/q"))
    try check.run()
    check.waitUntilExit()
    #expect(check.terminationStatus == 0)
    #expect(try card(project, "out/q").body.contains("was not measured"))
  }

  @Test func aChangedCardOfTheOriginalIsAnotherRecipe() throws {
    let project = try project("[{safetensors: out/q}]", type: "int4_g32", validate: false)
    let first = try project.run().recipeDigest
    try project.folder.write("model/README.md", "---\nlicense: mit\n---\n")
    #expect(try project.run().recipeDigest != first)
    #expect(try card(project, "out/q").body.contains("before decoding"))
  }

  @Test func aFolderOfAGGUFFileHasWhatPeopleLookFor() throws {
    let project = try project("[{gguf_folder: out/q}]", type: "q4_0")
    try project.folder.write("model/generation_config.json", #"{"temperature": 0.6, "top_k": 20, "eos_token_id": 1}"#)
    let outcome = try project.run()
    #expect(outcome.isPublished)
    let files = try FileManager.default.contentsOfDirectory(atPath: project.path("out/q")).sorted()
    #expect(
      files == [
        "LICENSE", "Modelfile", "README.md", "SHA256SUMS", "p-Q4_0.gguf", "planish.json", "tensor-types.txt",
      ])
    #expect(
      try String(decoding: project.bytes("out/q/Modelfile"), as: UTF8.self)
        == "FROM ./p-Q4_0.gguf\nPARAMETER temperature 0.6\nPARAMETER top_k 20\n")
    let types = try String(decoding: project.bytes("out/q/tensor-types.txt"), as: UTF8.self).split(separator: "\n")
    #expect(types.contains("blk.0.attn_q=q4_0") && !types.contains { $0.contains("norm") })
    let (head, body) = try card(project, "out/q")
    #expect(head.contains("library_name: gguf") && head.contains("license: apache-2.0"))
    #expect(body.contains("llama-cli -m p-Q4_0.gguf") && body.contains("| mean KL divergence, nats |"))
  }
}
