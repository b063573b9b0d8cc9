import Foundation
import Pipeline
import Spec
import TestSupport
import Testing

/// The number of threads changes how long a run takes, and no byte of what it makes.
struct WorkerCountTests {
  /// What is changed in a tiny pipeline.
  private struct Case {
    var settings: [String]
    var emit = "[{gguf: out/tiny.gguf}]"
  }

  /// Every registered solver, and what changes the way in which solvers are fed.
  private static let cases: [Case] =
    Registries.all.solvers.names.map {
      Case(settings: ["quantize.solver=\($0)", "quantize.type=int4_g32_asym"], emit: "[{safetensors: out/tiny}]")
    }
    + [
      ["quantize.solver=rtn"], ["quantize.type=q4_k_m"],
      ["quantize.solver.gptq.order=natural", "quantize.solver.gptq.grids=reached"],
      ["quantize.solver.gptq.asymmetry=1", "quantize.solver.gptq.refits=3"], ["calibrate.inputs=original"],
      ["transform=[awq]"], ["transform=[smoothquant]"], ["transform=[rotate]"],
      ["calibrate.gradients.tokens=512"], ["calibrate.gradients.tokens=512", "transform=[awq]"],
    ].map { Case(settings: $0) }

  @Test(arguments: cases.indices)
  func oneWorkerOrSeveral(index: Int) throws {
    let change = Self.cases[index]
    let pipeline = TinyPipeline {
      $0.validate = nil
      $0.emit = change.emit
    }
    let project = try TinyProject(.wide, pipeline)
    var products: [[Data]] = []
    for workers in [1, 3] {
      #expect(try project.run(change.settings, workers: workers).isPublished)
      let names = try project.folder.contents().filter { $0.hasPrefix("out/") }
      products.append(try names.filter { $0.hasSuffix(".gguf") || $0.hasSuffix(".safetensors") }.map(project.bytes))
    }
    #expect(!products[0].isEmpty)
    #expect(products[0] == products[1], "\(change.settings)")
  }
}
