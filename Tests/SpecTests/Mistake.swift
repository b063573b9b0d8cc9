import Testing

/// One mistake and the exact words it earns. A second line of a message is listed as its own string.
struct Mistake: CustomTestStringConvertible, Sendable {
  let text: String
  let expected: [String]

  init(_ text: String, _ expected: String...) {
    self.text = text
    self.expected = expected
  }

  /// `lines` in the place of the line of `smallPipeline` that begins with the same word, or after its end.
  init(with lines: String, _ expected: String...) {
    let key = lines.prefix { $0 != ":" }
    var all = smallPipeline.split(separator: "\n").map(String.init)
    if let index = all.firstIndex(where: { $0.hasPrefix(key + ":") }) { all[index] = lines } else { all.append(lines) }
    text = all.joined(separator: "\n") + "\n"
    self.expected = expected
  }

  var testDescription: String { expected.first ?? text }
}

extension Mistake {
  /// In the text, before any key is looked at.
  static let text = [
    Mistake(
      "planish: 1\nmodel: {path: a\n",
      "p.yaml:3:1: error: not valid YAML: did not find expected ',' or '}' (while parsing a flow mapping)"),
    Mistake(
      "planish: 1\nmodel:\n\tpath: a\n",
      "p.yaml:3:1: error: found a tab, expected spaces: YAML is indented with spaces only"),
    Mistake("", "p.yaml:1:1: error: found nothing, expected a pipeline"),
    Mistake("- a\n", "p.yaml:1:1: error: found a list, expected a mapping"),
    Mistake("a: *b\n", "p.yaml:1:4: error: not valid YAML: found undefined alias"),
    Mistake(
      "a: 1\n---\nb: 2\n",
      "p.yaml:2:1: error: not valid YAML: but found another document (expected a single document in the stream)"),
    Mistake("a: \u{7}\n", "p.yaml:1:4: error: not valid YAML: control characters are not allowed"),
  ]

  /// In keys.
  static let keys = [
    Mistake(
      with: "repport: r",
      "p.yaml:5:1: error: found the unknown key 'repport' at the top level; did you mean 'report'?",
      "expected one of planish, name, model, calibrate, transform, quantize, emit, validate, report"),
    Mistake(
      with: "quantize: {type: q4_k, solver: {gptq: {dampign: 1}}}",
      "p.yaml:3:40: error: found the unknown key 'dampign' in quantize.solver.gptq, expected one of damping, order; did you mean 'damping'?"
    ),
    Mistake(
      with: "quantize: {type: q4_k, solver: {rtn: {a: 1}}}",
      "p.yaml:3:39: error: found the unknown key 'a' in quantize.solver.rtn, expected none: it takes no options"),
    Mistake(
      with: "model: {path: a, path: b}",
      "p.yaml:2:18: error: found the key 'path' again, expected it once; the first is on line 2"),
    Mistake(
      with: "model: {\"path\": a, 'path': b, path: c}",
      "p.yaml:2:20: error: found the key 'path' again, expected it once; the first is on line 2",
      "p.yaml:2:31: error: found the key 'path' again, expected it once; the first is on line 2"),
    Mistake(with: "model: {[a]: b, path: c}", "p.yaml:2:9: error: found a list or mapping as a key, expected a word"),
    Mistake(
      "planish: 1\n",
      "p.yaml:1:1: error: the key 'emit' is missing at the top level, expected a list, such as [{gguf: model.gguf}]",
      "p.yaml:1:1: error: the key 'model' is missing at the top level, expected a mapping, such as {path: ../model}",
      "p.yaml:1:1: error: the key 'quantize' is missing at the top level, expected a mapping, such as {type: q4_k_m}"),
    Mistake(
      "planish: 1\nmodle: {path: m}\nquantise: {type: q4_k}\nemit: [{gguf: a}]\n",
      "p.yaml:2:1: error: found the unknown key 'modle' at the top level; did you mean 'model'?",
      "expected one of planish, name, model, calibrate, transform, quantize, emit, validate, report",
      "p.yaml:3:1: error: found the unknown key 'quantise' at the top level; did you mean 'quantize'?",
      "expected one of planish, name, model, calibrate, transform, quantize, emit, validate, report"),
    Mistake(
      with: "gates: {mean_kld: {max: 1}}",
      "p.yaml:5:1: error: found the key 'gates' at the top level, expected it in validate"),
    Mistake(
      with: "solver: gptq", "p.yaml:5:1: error: found the key 'solver' at the top level, expected it in quantize"),
    Mistake(with: "planish: 2", "p.yaml:1:10: error: found version 2 of the language, expected 1"),
    Mistake(with: "planish: one", "p.yaml:1:10: error: found 'one', expected a whole number"),
  ]

  /// In values of sections that may be left out.
  static let values = [
    Mistake(with: "model:", "p.yaml:2:7: error: found nothing, expected a mapping, such as {path: ../model}"),
    Mistake(
      with: "model: ../model", "p.yaml:2:8: error: found '../model', expected a mapping, such as {path: ../model}"),
    Mistake(
      with: "emit: {gguf: a}", "p.yaml:4:7: error: found a mapping, expected a list, such as [{gguf: model.gguf}]"),
    Mistake(with: "transform: awq", "p.yaml:5:12: error: found 'awq', expected a list, such as [awq]"),
    Mistake(
      with: "model: {path: ~/model}",
      "p.yaml:2:15: error: found the path '~/model', expected it in full: only a shell knows what ~ stands for"),
    Mistake(with: "model: {path: [a]}", "p.yaml:2:15: error: found a list, expected a path"),
    Mistake(with: "model: {path: \"a\\0\"}", "p.yaml:2:15: error: found a path with a NUL character, expected a path"),
    Mistake(
      with: "model: {path: m, adapters: [{path: x, weight: much}]}",
      "p.yaml:2:47: error: found 'much', expected a number"),
    Mistake(
      with: "model: {path: m, adapters: [{weight: 1}]}",
      "p.yaml:2:29: error: the key 'path' is missing in model.adapters[0], expected a path"),
    Mistake(
      with: "model: {path: m, drop: [\"a[b]\"]}",
      "p.yaml:2:25: error: found '[' in the pattern, expected *, ? or {a,b}: there are no character classes"),
    Mistake(
      with: "calibrate: {tokens: 512}",
      "p.yaml:5:12: error: the key 'corpora' is missing in calibrate, expected a list of texts to calibrate with"),
    Mistake(with: "calibrate: {corpora: []}", "p.yaml:5:22: error: found an empty list, expected at least one item"),
    Mistake(
      with: "calibrate: {corpora: [{path: a, share: 0}]}",
      "p.yaml:5:40: error: found 0, expected a number above 0"),
    Mistake(
      with: "calibrate: {corpora: [{path: a, share: .inf}]}",
      "p.yaml:5:40: error: found '.inf', expected a number above 0"),
    Mistake(
      with: "calibrate: {corpora: [a], corpus: b}",
      "p.yaml:5:35: error: found corpus beside corpora, expected one of them"),
    Mistake(
      with: "calibrate: {corpora: [a], tokens: 1000}",
      "p.yaml:5:35: error: found 1000 tokens, expected a multiple of context (512), such as 512 or 1024"),
    Mistake(
      with: "calibrate: {corpora: [a], tokens: 9, context: 64}",
      "p.yaml:5:35: error: found 9 tokens, expected a multiple of context (64), such as 64"),
    Mistake(
      with: "calibrate: {corpora: [a], tokens: -512}",
      "p.yaml:5:35: error: found -512, expected a whole number from 1 to 1099511627776"),
    Mistake(
      with: "calibrate: {corpora: [a], tokens: 99999999999999999999}",
      "p.yaml:5:35: error: found 99999999999999999999, expected a whole number from 1 to 1099511627776"),
    Mistake(
      with: "calibrate: {corpora: [a], context: 1}",
      "p.yaml:5:36: error: found 1, expected a whole number from 4 to 1048576"),
    Mistake(
      with: "calibrate: {corpora: [a], seed: -1}",
      "p.yaml:5:33: error: found -1, expected a whole number of at least 0"),
    Mistake(
      with: "calibrate: {corpora: [a], seed: '7'}",
      "p.yaml:5:33: error: found '7', expected a whole number of at least 0"),
    Mistake(
      with: "calibrate: {corpora: [a], inputs: quantised}",
      "p.yaml:5:35: error: found 'quantised', expected one of quantized, original; did you mean 'quantized'?"),
    Mistake(
      with: "calibrate: {corpora: [a], seed: !!int 7}",
      "p.yaml:5:33: error: found the tag '!!int', expected no tag: types follow from the keys"),
    Mistake(
      with: "transform: [awqq]",
      "p.yaml:5:13: error: found the unknown transform 'awqq', expected one of rotate, awq; did you mean 'awq'?"),
    Mistake(
      with: "transform: [{awq: {grid: 0, clip: yes}}]",
      "p.yaml:5:26: error: found 0, expected a whole number from 1 to 100",
      "p.yaml:5:35: error: found 'yes', expected true or false"),
    Mistake(
      with: "transform: [rotate]",
      "p.yaml:5:13: error: the key 'kind' is missing in transform[0].rotate, expected a text"),
    Mistake(
      with: "transform: [{awq: {}, rotate: {}}]",
      "p.yaml:5:13: error: found several keys (awq, rotate), expected the name of one transform"),
    Mistake(
      with: "transform: [{awq: {}, grid: 20}]",
      "p.yaml:5:13: error: found several keys (awq, grid), expected the name of one transform with its options below it: "
        + "{awq: {grid: …}}"),
    Mistake(with: "report: []", "p.yaml:5:9: error: found an empty list, expected a path"),
  ]

  /// In quantize and emit.
  static let quantization = [
    Mistake(
      with: "quantize: {solver: rtn}",
      "p.yaml:3:11: error: the key 'type' is missing in quantize, expected a GGUF type or mix, such as q4_k_m"),
    Mistake(
      with: "quantize: {type: q4_k, solver: gtpq}",
      "p.yaml:3:32: error: found the unknown solver 'gtpq', expected one of rtn, gptq; did you mean 'gptq'?"),
    Mistake(
      with: "quantize: {type: q4_k, solver: [gptq]}",
      "p.yaml:3:32: error: found a list, expected the name of a solver, alone or with its options"),
    Mistake(
      with: "quantize: {type: q4_k, solver: {gptq: 0.01}}",
      "p.yaml:3:39: error: found 0.01, expected a mapping"),
    Mistake(
      with: "quantize: {type: q4_k, overrides: [{tensors: a}]}",
      "p.yaml:3:36: error: found an override without type and solver, expected at least one of them"),
    Mistake(
      with: "quantize: {type: q4_k, overrides: [{type: q6_k}]}",
      "p.yaml:3:36: error: the key 'tensors' is missing in quantize.overrides[0], expected a pattern over tensor names"),
    Mistake(
      with: "quantize: {type: q4_k, overrides: [{tensors: 'a{b', type: q6_k}]}",
      "p.yaml:3:46: error: found '{' without a '}' after it in the pattern"),
    Mistake(with: "emit: []", "p.yaml:4:7: error: found an empty list, expected at least one item"),
    Mistake(
      with: "emit: [gguf]",
      "p.yaml:4:8: error: found 'gguf', expected a writer with its path, such as {gguf: model.gguf}"),
    Mistake(
      with: "emit: [{gguf: {alignment: 32}}]",
      "p.yaml:4:15: error: the key 'path' is missing in emit[0].gguf, expected a path"),
    Mistake(
      with: "emit: [{ggml: a}]",
      "p.yaml:4:9: error: found the unknown writer 'ggml', expected one of gguf, gptq"),
    Mistake(
      with: "emit: [{gguf: a}, {gptq: ./b/../a}]",
      "p.yaml:4:26: error: found the path './b/../a', expected one of its own: p.yaml:4:15 writes it too"),
    Mistake(
      with: "emit: [&x {gguf: a}, *x]",
      "p.yaml:4:18: error: found the path 'a', expected one of its own: p.yaml:4:18 writes it too"),
    Mistake(
      with: "emit: [{gguf: model}]",
      "p.yaml:4:15: error: found the path 'model', which would be written over, expected another one: p.yaml:2:15 reads it"
    ),
  ]

  /// In validate.
  static let validation = [
    Mistake(
      with: "validate: {}",
      "p.yaml:5:11: error: found neither corpus nor tasks nor gates, expected at least one of them"),
    Mistake(with: "validate: {gates: {}}", "p.yaml:5:19: error: found no gate, expected at least one"),
    Mistake(
      with: "validate: {corpus: t, tasks: []}",
      "p.yaml:5:30: error: found an empty list, expected at least one item"),
    Mistake(
      with: "validate: {tasks: [a.jsonl, b/a.jsonl]}",
      "p.yaml:5:19: error: found two tasks called 'a', expected different names; give one a `name`"),
    Mistake(
      with: "validate: {corpora: [a.txt, {path: b.txt, name: a}]}",
      "p.yaml:5:21: error: found two corpora called 'a', expected different names; give one a `name`"),
    Mistake(
      with: "validate: {tasks: [a], floor: true}",
      "p.yaml:5:31: error: found floor without corpus, expected a text to measure it on"),
    Mistake(
      with: "validate: {corpus: t, gates: {accuracy: {min: 0.5}}}",
      "p.yaml:5:41: error: found the gate 'accuracy' without validate.tasks, expected questions to measure it with"),
    Mistake(
      with: "validate: {tasks: [a.jsonl], gates: {flips: {max: 0.1, task: b}}}",
      "p.yaml:5:62: error: found the unknown task 'b', expected a; did you mean 'a'?"),
    Mistake(
      with: "validate: {corpus: t.txt, gates: {mean_kld: [{max: 1}, {max: 1, corpus: code}]}}",
      "p.yaml:5:73: error: found the unknown corpus 'code', expected t"),
    Mistake(
      with: "validate: {corpus: t, gates: {mean_kld: {max: 1, task: a}}}",
      "p.yaml:5:56: error: found task in a gate on mean_kld, expected none: it is not measured by task"),
    Mistake(
      with: "validate: {corpus: t, gates: {max_kld: {max: 1, confidence: 0.9}}}",
      "p.yaml:5:61: error: found confidence in a gate on max_kld, expected none: it has no interval"),
    Mistake(
      with: "validate: {corpus: t, gates: {mean_kld: {max: 1, confidence: 95}}}",
      "p.yaml:5:62: error: found 95, expected a number from 0.5 to below 1"),
    Mistake(
      with: "validate: {corpus: t, gates: {mean_kld: {worse_by: 5%}}}",
      "p.yaml:5:52: error: found worse_by without validate.baseline, expected a manifest to compare with"),
    Mistake(
      with: "validate: {corpus: t, baseline: m, gates: {mean_kld: {worse_by: much}}}",
      "p.yaml:5:65: error: found 'much', expected a number of at least 0 or a percentage such as 5%"),
    Mistake(
      with: "validate: {gates: {tokenizer_mismatches: {max: 0}}}",
      "p.yaml:5:42: error: found the gate 'tokenizer_mismatches' without validate.corpus and validate.tasks, "
        + "expected something to cut into tokens"),
    Mistake(
      with: "transform: [awq]\nvalidate: {gates: {max_block_error: {max: 0.1}}}",
      "p.yaml:6:37: error: found the gate 'max_block_error' beside transform, expected none: weights that were "
        + "transformed are not the original's"),
    Mistake(
      with: "validate: {corpus: t, gates: {mean_kl: {max: 1}}}",
      "p.yaml:5:31: error: found the unknown key 'mean_kl' in validate.gates; did you mean 'mean_kld'?",
      "expected one of perplexity, perplexity_ratio, mean_kld, median_kld, p90_kld, p99_kld, p999_kld, max_kld, "
        + "top1_agreement, top5_agreement, rms_delta_p, accuracy, accuracy_norm, accuracy_drop, accuracy_norm_drop, "
        + "flips, flips_norm, mean_cosine, p1_cosine, min_cosine, max_block_error, tokenizer_mismatches, fallbacks, "
        + "max_layer_error, min_expert_tokens, file_bytes, bits_per_weight"),
    Mistake(
      with: "validate: {corpus: t, gates: {mean_kld: {maximum: 1}}}",
      "p.yaml:5:42: error: found the unknown key 'maximum' in validate.gates.mean_kld, expected one of min, max, worse_by, "
        + "confidence, corpus"),
    Mistake(
      with: "validate: {corpus: t, gates: {mean_kld: {}}}",
      "p.yaml:5:41: error: found a gate without bound, expected min, max, worse_by or several of them"),
    Mistake(
      with: "validate: {corpus: t, gates: {mean_kld: 0.1}}",
      "p.yaml:5:41: error: found 0.1, expected a mapping, such as {max: 0.02}"),
    Mistake(
      with: "validate: {corpus: t, gates: {mean_kld: []}}",
      "p.yaml:5:41: error: found an empty list, expected at least one item"),
    Mistake(
      with: "validate: {corpus: t, gates: {mean_kld: {min: 2, max: 1}}}",
      "p.yaml:5:47: error: found min above max, which nothing can satisfy; expected min to be at most max"),
    Mistake(
      with: "validate: {corpus: t, gates: {top1_agreement: {min: 95}}}",
      "p.yaml:5:53: error: found 95, expected a number from 0 to 1"),
    Mistake(
      with: "validate: {gates: {mean_kld: {max: 1}, fallbacks: {max: 0}}}",
      "p.yaml:5:30: error: found the gate 'mean_kld' without validate.corpus, expected a text to measure it on"),
    Mistake(
      with: "validate: {gates: {max_layer_error: {max: 1}}}",
      "p.yaml:5:37: error: found the gate 'max_layer_error' without calibrate, expected calibration to measure it with"),
    Mistake(
      with: "validate: {tokens: 512, gates: {fallbacks: {max: 0}}}",
      "p.yaml:5:20: error: found tokens without corpus, expected a text to take tokens from"),
  ]
}
