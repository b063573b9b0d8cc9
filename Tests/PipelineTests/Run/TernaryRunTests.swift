import Checkpoints
import Foundation
import Models
import Pipeline
import Tensors
import TestSupport
import Testing

/// Originals with ternary weights, as transformers stores them (`quant_method: bitnet`): products keep every code.
@Suite struct TernaryRunTests {
  /// A project whose model has ternary weights in its blocks.
  ///
  /// - Parameter magnitude: of the weights, which the checkpoint stores as its reciprocal.
  private func project(_ type: String, magnitude: Float) throws -> TinyProject {
    let project = try TinyProject(
      .wide,
      TinyPipeline {
        $0.quantize = "{solver: gptq, type: \(type)}"
        $0.validate = nil
      })
    let stored = try SafetensorsFile(path: project.path("model/model.safetensors")).tensors.all
    var random = SeededRandom(seed: 21)
    var planned: [SafetensorsPlannedTensor] = []
    var contents: [[UInt8]] = []
    for tensor in stored {
      guard tensor.name.contains(".layers."), tensor.shape.count == 2 else {
        planned.append(SafetensorsPlannedTensor(name: tensor.name, shape: tensor.shape, type: "F32"))
        contents.append(tensor.withBytes { $0.withUnsafeBytes { Array($0) } })
        continue
      }
      let shape = [tensor.shape[0] / 4, tensor.shape[1]]
      planned.append(SafetensorsPlannedTensor(name: tensor.name, shape: shape, type: "U8"))
      contents.append(
        (0..<shape[0] * shape[1]).map { _ in (0..<4).reduce(0) { $0 | UInt8(random.next() % 3) << UInt8(2 * $1) } })
      planned.append(SafetensorsPlannedTensor(name: tensor.name + "_scale", shape: [1], type: "F32"))
      contents.append(ElementType.float32.encode([1 / magnitude]))
    }
    var writer = try SafetensorsWriter(path: project.path("ternary.safetensors"), tensors: planned)
    for (tensor, bytes) in zip(planned, contents) { try writer.append(bytes.span.bytes, to: tensor.name) }
    try writer.finish().publish()
    try FileManager.default.removeItem(atPath: project.path("model/model.safetensors"))
    try FileManager.default.moveItem(
      atPath: project.path("ternary.safetensors"), toPath: project.path("model/model.safetensors"))
    var config = try project.object("model/config.json")
    config["quantization_config"] = ["quant_method": "bitnet", "modules_to_not_convert": ["lm_head"]] as [String: Any]
    try project.folder.write("model/config.json", Array(JSONSerialization.data(withJSONObject: config)))
    return project
  }

  /// Exactly where half precision holds the magnitude, else under the nearest one.
  @Test(arguments: ["tq1_0", "tq2_0", "q2_0"], [Float(0.03125), 0.0314159])
  func productsKeepTernaryWeights(_ type: String, _ magnitude: Float) throws {
    let project = try project(type, magnitude: magnitude)
    let outcome = try project.run()
    let blocks = outcome.ledger.entries.filter { $0.tensor.hasPrefix("blk.") && $0.solver != nil }
    let isHeld = Float(Float16(magnitude)) == magnitude
    #expect(blocks.count == 14)
    for entry in blocks {
      #expect(entry.solver == (isHeld ? "exact" : "exact codes") && entry.typeUsed == type, "\(entry.tensor)")
      #expect((entry.error ?? 1) <= (isHeld ? 0 : 2.5e-7), "\(entry.tensor)")
    }
    let (original, product) = (try project.model("model"), try project.model("out/tiny.gguf"))
    let factor = Float(Float16(magnitude)) / (1 / (1 / magnitude))
    for spec in original.weights where spec.layer != nil && !spec.isVector {
      let (own, kept) = (try original.matrix(spec).array(), try product.matrix(spec).array())
      #expect(zip(kept, own).allSatisfy { abs($0 - factor * $1) <= 1e-6 * abs($1) }, "\(spec.label)")
      #expect(Set(own.map { $0 == 0 ? 0 : $0 < 0 ? -1 : 1 }).count == 3)
    }
  }
}
