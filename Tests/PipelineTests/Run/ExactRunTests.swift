import Checkpoints
import Foundation
import Models
import Pipeline
import Tensors
import TestSupport
import Testing

/// Originals that lie on the grid of a product's type: the product is the original, whatever solver was asked for.
@Suite struct ExactRunTests {
  private func pipeline(_ model: String, _ type: String, _ emit: String) -> TinyPipeline {
    TinyPipeline {
      $0.model = "{path: \(model)}"
      $0.quantize = "{solver: gptq, type: \(type)}"
      $0.emit = "[{\(emit)}]"
    }
  }

  @Test(arguments: ["q4_0", "mxfp4"])
  func aQuantizedOriginalKeepsItsCodes(_ type: String) throws {
    let project = try TinyProject(TinyModel(), pipeline("model", type, "gguf: out/first.gguf"))
    let first = try project.run()
    #expect(first.ledger.entries.allSatisfy { $0.solver != "exact" })
    try project.folder.write("p.yaml", pipeline("out/first.gguf", type, "gguf: out/second.gguf").yaml)
    let second = try project.run()
    let solved = second.ledger.entries.filter { $0.solver != nil }
    #expect(!solved.isEmpty && solved.allSatisfy { $0.solver == "exact" && $0.error == 0 })
    let (original, product) = (try project.model("out/first.gguf"), try project.model("out/second.gguf"))
    for spec in original.weights {
      #expect(try product.matrix(spec).array() == original.matrix(spec).array(), "\(spec.ggufName)")
    }
  }

  /// Weights in floating point that lie on a grid are recognized, and one that lies beside it makes its matrix be solved.
  @Test func aDecodedFolderIsRecognized() throws {
    let project = try TinyProject(TinyModel(), pipeline("model", "q4_0", "safetensors: {path: out/folder, dtype: f32}"))
    try project.run()
    try project.folder.write("p.yaml", pipeline("out/folder", "q4_0", "gguf: out/second.gguf").yaml)
    let outcome = try project.run()
    #expect(outcome.ledger.entries.filter { $0.solver != nil }.allSatisfy { $0.solver == "exact" })
    let (original, product) = (try project.model("out/folder"), try project.model("out/second.gguf"))
    for spec in original.weights {
      #expect(try product.matrix(spec).array() == original.matrix(spec).array(), "\(spec.ggufName)")
    }
  }
}
