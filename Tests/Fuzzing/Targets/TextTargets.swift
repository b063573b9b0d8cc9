import Calibration
import ChatTemplates
import Checkpoints
import Foundation
import JSON
import Patterns
import Pipeline
import TestSupport
import Tokenizers
import Validation

extension FuzzTarget {
  static let template = FuzzTarget(
    "template", .text,
    words: [
      "{% for x in range(99999) %}", "{% endfor %}", "{% set ns = namespace(x='aa') %}", "{% set ns.x = ns.x ~ ns.x %}",
      "{% set ns.x = [ns.x, ns.x] %}", "{% macro f(x) %}", "{% endmacro %}", "{{ f(x) }}", "{% if x %}", "{% endif %}",
      "{{ messages }}",
      "| tojson(indent=4)", "| unique", "| sort", "| join(messages)", "| replace('a', messages)", "| indent(9, true)",
      "[::-1]", " in ",
      "* 999999", "~ messages", ".split('a')", ".format(messages)", "loop.index", "loop.changed(x)", "loop.cycle(1, 2)",
      "namespace",
      "dict(a=1)", "| map(attribute='content')", "| selectattr('role', 'equalto', 'user')", "not ", "(", ")", "[", "]",
      "-%}", "{%-", "{#", "#}",
      "{% raw %}", "{% endraw %}", "{% set x %}", "{% endset %}", "{% filter upper %}", "{% endfilter %}", "is defined",
      "== x", "'a' * 99",
    ],
    seeds: {
      let list = try JSONValue(contentsOf: FuzzFiles.fixture("chat-templates.json").path).asArray ?? []
      return list.compactMap { $0.asMembers?["template"]?.asString.map { Array($0.utf8) } }
    }
  ) { input, _ in
    let template = try ChatTemplate(String(decoding: input, as: UTF8.self))
    let text = """
      [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello  there\\n"},
      {"role": "assistant", "content": null, "tool_calls": [{"function": {"name": "f", "arguments": {"a": [1, 2.5, true]}}}]}]
      """
    let messages = try JSONValue(Array(text.utf8).span.bytes, path: "messages")
    _ = try template.render(
      messages: messages, variables: ["bos_token": .string("<s>"), "add_generation_prompt": .bool(true)])
  }

  /// Pieces of expressions, and whole ones that are hard.
  private static let patternWords = [
    "(a+)+", "(a|a)*", "{1}", "{1,2}", "{9}", "{0,99}", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i)", "(?i:", ")",
    "[", "]", "[^", "\\p{L}",
    "\\p{N}", "\\s", "\\S", "\\w", "\\b", "\\d", "|", "*", "+", "?", "*?", "++", "^", "$", ".", ".*", "&&", "-",
    "\\x41", "\\u0041", "é", "中", "(", "\\1",
    "\\Z", "\\A",
  ]

  private static let patternSeeds = [
    #"model\.layers\.[0-9]+\.(?:q|k|v)_proj$"#, #"^(?!.*lm_head).*"#, "(.*\\.)?(layers\\.0\\.q_proj)$",
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
    #"(?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#, "(a|b)*abb",
    "a{2,5}b?",
  ]

  /// What patterns are tried on.
  private static let patternTexts = [
    "", "model.layers.12.self_attn.q_proj", "Don't  panic: 1234 é中\r\n\n\t x", String(repeating: "ab", count: 400),
    String(repeating: " ", count: 800),
  ]

  static let pythonPattern = FuzzTarget(
    "python-pattern", .text, words: patternWords, seeds: { patternSeeds.map { Array($0.utf8) } }
  ) {
    input, _ in
    let pattern = try PythonPattern(String(decoding: input, as: UTF8.self))
    for text in patternTexts {
      for extent in [PythonPattern.Extent.beginning, .whole, .anywhere] { _ = pattern.matches(text, extent) }
    }
  }

  static let tokenizerPattern = FuzzTarget(
    "tokenizer-pattern", .text, words: patternWords, seeds: { patternSeeds.map { Array($0.utf8) } }
  ) { input, _ in
    let pattern = try Pattern(String(decoding: input, as: UTF8.self))
    for text in patternTexts { _ = try? pattern.pieces(of: text) }
  }

  static let pipeline = FuzzTarget(
    "pipeline", .text,
    words: [
      "planish: 1\n", "model: ", "calibrate: ", "quantize: ", "emit: ", "validate: ", "gates: ", "variants: ",
      "report: ", "&a ", "*a", "<<: *a",
      "{", "}", "[", "]", "- ", "? ", ": ", "|\n  ", ">\n  ", "!!binary ", "!!set ", "\"\\u0000\"", "---\n", "...\n",
      "%YAML 1.2\n", "tokens: 1099511627776",
      "1e999", ".nan", "0x7fffffffffffffff", "transform: [awq]", "type: exl2", "bits: 4.25", "overrides: ", "'*'",
      "[*a, *a]",
    ],
    seeds: {
      let small = TinyPipeline().yaml
      let names = try FileManager.default.contentsOfDirectory(
        atPath: SharedMaterial.packageRoot.appending(path: "pipelines").path)
      return [Array(small.utf8)]
        + (try names.filter { $0.hasSuffix(".yaml") }.sorted().map {
          Array(try Data(contentsOf: SharedMaterial.packageRoot.appending(path: "pipelines/\($0)")))
        })
    }
  ) { input, folder in
    _ = try SpecFile.load(path: folder.write("p.yaml", input), registries: .all)
  }

  /// planish.json, by which a folder is known as an earlier product.
  static let productList = FuzzTarget(
    "planish.json", .json(after: 0), words: ["files", "recipe", "model.safetensors", "../x", "\\u0000"],
    seeds: { [Array(#"{"planish": "1.0.0", "recipe": "00", "files": ["config.json", "model.safetensors"]}"#.utf8)] }
  ) { input, folder in
    _ = try JSONObject(contentsOf: folder.write("planish.json", input)).strings("files")
  }

  private static let lineWords = [
    "text", "messages", "role", "content", "tools", "\n", "\r\n", "{\"text\": \"a\"}\n", "\u{FEFF}", "\u{0}",
    "question", "choices", "answer",
    "context", "[[[[[[[[", "\"\\ud800\"",
  ]

  static let corpus = FuzzTarget(
    "corpus", .json(after: 0), words: lineWords,
    seeds: {
      [
        Array("{\"text\": \"one\"}\n{\"text\": \"two\"}\n\n".utf8),
        Array(
          #"{"text": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}], "tools": [{"a": 1}]}"#
            .utf8),
      ]
    }
  ) { input, folder in
    _ = try Corpus(path: folder.write("c.jsonl", input), field: "text").documents()
  }

  static let task = FuzzTarget(
    "task", .json(after: 0), words: lineWords,
    seeds: {
      [
        Array(
          "{\"context\": \"1 + 1 =\", \"choices\": [\" 2\", \" 3\"], \"answer\": 0}\n{\"context\": \"a\", \"choices\": [\"b\", \"c\"], \"answer\": 1}\n"
            .utf8)
      ]
    }
  ) { input, folder in
    _ = try TaskSuite(name: "t", contentsOf: folder.write("t.jsonl", input))
  }
}
