import Checkpoints
import Foundation
import JSON
import Models
import Schemes
import Tensors

/// Emits a folder with a GGUF file and what people look for beside it: a card, a `Modelfile` for Ollama, the type of each tensor as
/// `llama-quantize` reads it, the original's licenses and a hash of each file.
package struct GGUFFolderWriter: Writer {
  private let file = GGUFProductWriter()

  package init() {}

  package var name: String { "gguf_folder" }
  package var makesFolder: Bool { true }
  package var describesTokenizer: Bool { true }

  package func holds(_ format: any WeightFormat) -> Bool { file.holds(format) }
  package func nearest(to format: any WeightFormat) -> String? { file.nearest(to: format) }
  package func moduleOfOneType(_ tensor: TensorPlan) -> String? { file.moduleOfOneType(tensor) }
  package func objection(to tensor: TensorPlan) -> String? { file.objection(to: tensor) }
  package func objection(to model: ModelSource) -> String? { file.objection(to: model) }
  package func remark(on model: ModelSource) -> String? { file.remark(on: model) }

  package func begin(_ path: String, _ plan: ProductPlan) throws(CheckpointError) -> any Product {
    try GGUFFolderProduct(path, plan)
  }
}

/// A folder with a GGUF file in the making.
final class GGUFFolderProduct: Product {
  let path: String
  private let file: GGUFProduct
  private let fileName: String
  private let card: ModelCard
  private let types: String
  private let parameters: [String]
  private var figures: [QualityFigure] = []
  /// Until it is handed over.
  private var folder: UnpublishedFolder?

  var byteCount: Int { file.byteCount }

  init(_ path: String, _ plan: ProductPlan) throws(CheckpointError) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
    fileName = Self.fileName(plan)
    let original: HuggingFaceFolder? = if case .huggingFace(let folder) = plan.model.container { folder } else { nil }
    card = try ModelCard(
      plan,
      .init(storedAs: "in `\(fileName)`", isPacked: true, runtime: .llamaCpp(file: fileName)), original)
    types = Self.types(plan)
    parameters = try original.map { folder throws(CheckpointError) in try Self.parameters(folder) } ?? []
    let folder = try UnpublishedFolder.create(path: path)
    file = try GGUFProduct(folder.file(fileName), plan)
    if let original { try OriginalCard.copyLicenses(original, to: folder) }
    self.folder = consume folder
  }

  /// Such as `SmolLM2-Q4_K_M.gguf`: where the folder stands decides no byte of the card.
  private static func fileName(_ plan: ProductPlan) -> String {
    let name = plan.name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" }
    let stem = String(name).drop { $0 == "." || $0 == "-" }
    return "\(stem.isEmpty ? "model" : String(stem))-\(plan.type.uppercased()).gguf"
  }

  /// A line for each quantized tensor, as `llama-quantize --tensor-type-file` reads it.
  private static func types(_ plan: ProductPlan) -> String {
    plan.tensors.filter { $0.spec.gguf.isFirst && $0.isQuantized }.map { tensor in
      let name = tensor.spec.ggufName
      let type = EqualGrid(tensor.format)?.to.name ?? tensor.format.name
      return "\(name.hasSuffix(".weight") ? String(name.dropLast(7)) : name)=\(type)\n"
    }.joined()
  }

  /// What Ollama is told of how the original's makers sample.
  private static func parameters(_ folder: HuggingFaceFolder) throws(CheckpointError) -> [String] {
    guard let path = folder.file("generation_config.json") else { return [] }
    let members = try JSONObject(contentsOf: path).members
    let keys = [
      ("temperature", "temperature"), ("top_p", "top_p"), ("top_k", "top_k"), ("repetition_penalty", "repeat_penalty"),
    ]
    return keys.compactMap { key, name in
      switch members[key] {
      case .number(let value)? where value.isFinite: "PARAMETER \(name) \(value)"
      case .integer(let value)?: "PARAMETER \(name) \(value)"
      default: nil
      }
    }
  }

  func append(_ tensor: PackedTensor, on workers: Workers) throws(CheckpointError) {
    try file.append(tensor, on: workers)
  }

  func finish() throws(CheckpointError) { try file.finish() }

  func reopen(on workers: Workers) throws(CheckpointError) -> ModelSource { try file.reopen(on: workers) }

  func note(_ figures: [QualityFigure]) throws(CheckpointError) {
    self.figures = figures
    try file.note(figures)
  }

  func pending() throws(CheckpointError) -> PendingName {
    guard let folder = folder.take() else { preconditionFailure("a product is published once, after it is finished") }
    try complete(folder)
    return try folder.pending(card.details(figures))
  }

  func kept(at path: String) throws(CheckpointError) -> PendingName {
    guard let folder = folder.take() else { preconditionFailure("a product is kept instead of published, once") }
    try complete(folder)
    return try folder.kept(at: path)
  }

  /// Gives the file its name inside of the folder, which has none yet, and writes what stands beside it.
  ///
  /// The chat template stands in the GGUF file: Ollama's own templates are another language.
  private func complete(_ folder: borrowing UnpublishedFolder) throws(CheckpointError) {
    let publication = Publication()
    publication.add(try file.pending(), as: .file)
    _ = try publication.publish()
    let lines = ["FROM ./\(fileName)"] + parameters
    try AtomicFile.write(lines.joined(separator: "\n") + "\n", to: folder.file("Modelfile"))
    try AtomicFile.write(types, to: folder.file("tensor-types.txt"))
    let text = card.text(figures, byteCount: try folder.byteCount())
    try AtomicFile.write(text, to: folder.file(OriginalCard.cardName))
    try AtomicFile.write(try Checksums.text(of: folder.temporaryPath), to: folder.file(Checksums.fileName))
  }
}
