import Checkpoints
import Foundation
import Models
import Tensors

/// Everything that decides a product's bytes, as hashes and options: the same recipe gives the same product.
package struct Recipe: Sendable, Codable, Equatable {
  /// A file that went in.
  package struct Input: Sendable, Codable, Equatable {
    /// The name inside the model's folder.
    package let name: String
    package let sha256: String
  }

  package let planish: String
  package let weights: [Input]
  package let tokenizer: [Input]
  /// SHA-256 of the calibration tokens as little-endian 32-bit numbers.
  package let calibrationTokens: String?
  /// What else of the pipeline decides bytes, as understood: how the text is cut and used, the importance matrix by its hash,
  /// `transform`, `quantize`, and what products ask for themselves.
  package let options: String

  /// Reads and hashes every input.
  init(_ plan: Plan) throws(CheckpointError) {
    planish = Planish.version
    var adapters: [Input] = []
    for adapter in plan.model.adapters { adapters += try Self.hash(adapter) }
    switch plan.model.container {
    case .huggingFace(let folder):
      weights = try Self.hash(folder.weightFiles) + adapters
      tokenizer = try Self.hash(folder.tokenizerFiles.compactMap { folder.file($0) })
    case .gguf(let file):
      weights = try Self.hash([file.path]) + adapters
      tokenizer = []
    }
    calibrationTokens = plan.calibration?.digest()
    let resolved = plan.spec.resolved
    let calibrate = resolved["calibrate"]
    let parts = [
      calibrate?["inputs"], calibrate?["context"], calibrate?["experts"], resolved["transform"], resolved["quantize"],
    ]
    let importance = try Self.hash(plan.spec.importanceMatrix.map { [$0.absolute] } ?? []).map(\.sha256)
    options =
      "[" + (parts.map { $0?.description ?? "null" } + importance + Self.editions(plan)).joined(separator: ", ") + "]"
  }

  /// What products hold that does not follow from `quantize`: the leading edition calibrates all others.
  private static func editions(_ plan: Plan) -> [String] {
    let asks = plan.spec.products.contains { product in
      !product.own.isEmpty || product.writer.variant.impliedType != nil || product.writer.variant.holdsInputScales
    }
    guard asks else { return [] }
    return plan.spec.products.map { product in
      let overrides = product.own.overrides.map { override in
        "\(override.tensors) \(override.type ?? "") \(override.solver.map { "\($0.name) \($0.options)" } ?? "")"
      }
      let solver = product.own.solver.map { "\($0.name) \($0.options)" } ?? ""
      let writer = product.writer.variant
      let type = product.own.type ?? writer.impliedType ?? ""
      let inputs = writer.holdsInputScales ? " scales of inputs" : ""
      return "{\(type) \(solver) \(overrides.joined(separator: "; "))\(inputs)}"
    }
  }

  /// Mapped pages count as memory of this process until they are released.
  private static let bytesAtOnce = 16 << 20

  /// The files of an adapter; its name says how much of it is added.
  private static func hash(_ adapter: Adapter) throws(CheckpointError) -> [Input] {
    try hash(adapter.files).map { input in
      adapter.weight == 1 ? input : Input(name: "\(input.name) × \(adapter.weight)", sha256: input.sha256)
    }
  }

  private static func hash(_ paths: [String]) throws(CheckpointError) -> [Input] {
    var inputs: [Input] = []
    for path in paths {
      let file: MappedFile
      do { file = try MappedFile(path: path) } catch { throw .file(error) }
      var digest = SHA256()
      for start in stride(from: 0, to: file.count, by: bytesAtOnce) {
        let range = start..<min(file.count, start + bytesAtOnce)
        digest.update(file.bytes.extracting(range))
        file.release(range)
      }
      inputs.append(Input(name: URL(filePath: path).lastPathComponent, sha256: digest.hexadecimal()))
    }
    return inputs
  }

  /// One hash over all of it.
  package var digest: String {
    var digest = SHA256()
    digest.update(planish)
    for input in weights + tokenizer { digest.update("\n\(input.name) \(input.sha256)") }
    digest.update("\n\(calibrationTokens ?? "")\n\(options)")
    return digest.hexadecimal()
  }
}
