import Foundation
import Spec
import TestSupport
import Testing
import Validation

@Suite("--set")
struct SettingTests {
  @Test("replaces words, reaches into lists, and makes what is missing")
  func edits() throws {
    let file = try load(
      examplePipeline,
      settings: [
        "quantize.type=q3_k_m", "emit.0.gguf=/tmp/a=b.gguf", "calibrate.corpora[1].share=0.5",
        "quantize.overrides=[{tensors: 'a*', type: q8_0}]", "quantize.overrides.1={tensors: b, solver: rtn}",
        "validate.gates.max_kld.max=3", "variants.q5.quantize.type=q5_0", "quantize.solver=gptq",
        "quantize.solver.gptq.damping=0.5", "name=\"1\"",
      ])
    let spec = file.base
    #expect(spec.quantize.type.name == "q3_k_m")
    #expect(spec.products[0].path.absolute == "/tmp/a=b.gguf")
    #expect(spec.calibration?.corpora.map(\.share) == [0.7, 0.5])
    #expect(spec.quantize.overrides.map(\.tensors.pattern) == ["a*", "b"])
    #expect(spec.validation?.gates.map(\.gate).contains(Gate(.maxKLD, maximum: 3)) == true)
    #expect(file.variants.first?.quantize.type.name == "q5_0")
    #expect(spec.quantize.solver.variant == .gptq(damping: 0.5, order: .activation))
    #expect(spec.name == "1")
  }

  @Test("makes sections that the file leaves out or empty")
  func sections() throws {
    let spec = try load(
      smallPipeline + "validate:\n",
      settings: [
        "validate.corpus=t.txt", "calibrate.corpora.0=a.txt", "calibrate.corpora.1.path=b.txt", "report=r",
      ]
    ).base
    #expect(spec.validation?.text?.corpora.map(\.path.written) == ["t.txt"])
    #expect(spec.calibration?.corpora.map(\.path.written) == ["a.txt", "b.txt"])
    #expect(spec.report?.absolute == FileManager.default.currentDirectoryPath + "/r")
  }

  @Test(
    "tells mistakes by its key, after those of the file",
    arguments: [
      (
        ["quantize.tpye=q4_0"],
        "--set quantize.tpye: error: found the unknown key 'tpye' in quantize, expected one of solver, type, overrides, fallback_types; did you mean 'type'?"
      ),
      (
        ["quantize.solver.gptq.damping=-1"],
        "--set quantize.solver.gptq.damping: error: found -1, expected a number above 0"
      ),
      (["quantize.type="], "--set quantize.type: error: found nothing, expected a GGUF type or mix, such as q4_k_m"),
      (["quantize"], "--set quantize: error: found no '=', expected KEY.PATH=VALUE"),
      (["quantize..type=a"], "--set quantize..type: error: found an empty part in the path, expected KEY.PATH=VALUE"),
      (["=a"], "--set : error: found an empty part in the path, expected KEY.PATH=VALUE"),
      (["emit.2.gguf=a"], "--set emit.2.gguf: error: found the index '2', expected 0 to 1: emit has 1 item"),
      (["emit.x.gguf=a"], "--set emit.x.gguf: error: found the index 'x', expected 0 to 1: emit has 1 item"),
      (
        ["quantize.type.x=a"],
        "--set quantize.type.x: error: found 'q4_k_m' at quantize.type, expected a mapping or list to set 'x' in"
      ),
      (
        ["quantize=type: a"], "--set quantize: error: found a mapping without brackets, expected one word or {…} or […]"
      ),
      (["quantize=- a"], "--set quantize: error: found a list without brackets, expected one word or {…} or […]"),
      (
        ["quantize={type: [}"],
        "--set quantize: error: not valid YAML: did not find expected node content (while parsing a flow node); "
          + "quote the value where it is a text"
      ),
      (
        ["emit.1.gguf=q", "emit.0.gguf=./q"],
        "--set emit.1.gguf: error: found the path 'q', expected one of its own: --set emit.0.gguf writes it too"
      ),
    ])
  func mistakesBySetting(_ settings: [String], _ expected: String) throws {
    #expect(try mistakes(smallPipeline, settings: settings) == [expected])
  }

  @Test("tells its mistakes together with those of the file")
  func together() throws {
    let found = try mistakes(
      smallPipeline.replacing("planish: 1", with: "planish: 9"), settings: ["emit.7=a", "model.path=[]", "report={}"])
    #expect(
      found == [
        "p.yaml:1:10: error: found version 9 of the language, expected 1",
        "--set emit.7: error: found the index '7', expected 0 to 1: emit has 1 item",
        "--set model.path: error: found an empty list, expected a path",
        "--set report: error: found an empty mapping, expected a path",
      ])
  }
}
