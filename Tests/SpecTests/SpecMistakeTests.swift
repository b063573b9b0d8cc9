import Spec
import TestSupport
import Testing

@Suite("Mistakes in a pipeline file")
struct SpecMistakeTests {
  @Test(
    "are told with their exact place and words",
    arguments: Mistake.text + Mistake.keys + Mistake.values + Mistake.quantization + Mistake.validation)
  func one(_ mistake: Mistake) throws {
    #expect(try mistakes(mistake.text) == mistake.expected)
  }

  @Test("are told all at once, in reading order")
  func several() throws {
    let found = try mistakes(
      """
      planish: 3
      model: {path: m, path: n}
      calibrate:
        corpora: [{path: a.txt, share: -1}]
        tokens: many
        tokens: 512
      quantize:
        solver: {gptq: {damping: 0, order: aktivation}}
        overrides:
          - {tensors: "*"}
          - {tensors: "{", type: q6_k}
      emit: [{gguf: a}, {gguf: a}]
      validate: {gates: {top1_agreement: {min: 2}}}
      nmae: x
      """)
    #expect(
      found.map { String($0.prefix { $0 != " " }) } == [
        "p.yaml:1:10:", "p.yaml:2:18:", "p.yaml:4:34:", "p.yaml:5:11:", "p.yaml:6:3:", "p.yaml:8:3:", "p.yaml:8:28:",
        "p.yaml:8:38:", "p.yaml:10:7:", "p.yaml:11:17:", "p.yaml:12:26:", "p.yaml:13:36:", "p.yaml:13:42:",
        "p.yaml:14:1:", "expected",
      ])
  }

  @Test("of files that are no text or too large are told")
  func files() throws {
    let folder = try TemporaryFolder()
    let missing = #expect(throws: SpecErrors.self) {
      try PipelineFile.load(path: folder.path("none.yaml"), registries: testRegistries)
    }
    #expect(missing?.description == "\(folder.path("none.yaml")): error: cannot open it: No such file or directory")
    #expect(
      try mistakes(bytes: Array("a: 1\nb: ".utf8) + [0xFF], in: folder) == [
        "p.yaml:2:1: error: found bytes that are not UTF-8, expected a text"
      ])
    #expect(
      try mistakes(bytes: [UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20 + 1), in: folder) == [
        "p.yaml: error: found 1048577 bytes, expected a pipeline of at most 1048576"
      ])
  }

  @Test("that would cost too much are refused")
  func abuse() throws {
    let bomb =
      "a: &a [x, x, x, x, x, x, x, x, x]\n"
      + (1...12).map { level in
        let before = level == 1 ? "a" : "b\(level - 1)"
        return "b\(level): &b\(level) [*\(before), *\(before), *\(before)]\n"
      }.joined()
    #expect(try mistakes(bomb) == ["p.yaml:1:1: error: found more than 16 aliases (*name), expected few or none"])

    let wide = "a: &a [" + String(repeating: "x, ", count: 20_000) + "x]\nb: [*a, *a, *a, *a, *a, *a]\n"
    #expect(try mistakes(wide).first?.contains("more than 100000 values once aliases are followed") == true)

    let deep = "a: " + String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
    #expect(
      try mistakes(deep) == [
        "p.yaml:1:67: error: found more than 64 lists and mappings inside each other, expected fewer"
      ])

    // Yams follows aliases into values, so the depths of all of these add up before anything can count them.
    let steps = (0..<16).map { step in
      let inner = step == 0 ? "x" : "*a\(step - 1)"
      let (open, close) = (String(repeating: "[", count: 900), String(repeating: "]", count: 900))
      return "a\(step): &a\(step) \(open)\(inner) \(close)\n"
    }
    #expect(try mistakes(steps.joined()).first?.contains("more than 64 lists") == true)

    let deeper = String(repeating: "[", count: 500_000)
    #expect(try mistakes(deeper).first?.contains("Maximum nesting level reached") == true)

    let duplicates = "a: {" + String(repeating: "b: 1, ", count: 500) + "}"
    #expect(try mistakes(duplicates).first?.contains("found the key") == true)
  }
}
