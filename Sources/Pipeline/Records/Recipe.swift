import Checkpoints
import Foundation
import JSON
import Models
import Products
import Tensors

/// Everything that decides what a product holds, as hashes and options: products of one recipe are equal, byte for byte.
///
/// It is the recipe of one product, and the same whether that product is made alone or beside others. Its digest is the key of
/// what a product is made to be: tensors, configuration, tokenizer and metadata. Only what is measured on it afterwards
/// stands outside: a product carries those figures (`planish.quality.*` in GGUF metadata, `quality` in `planish.json`
/// and the table of `README.md`), and they depend on `validate` too. Where a product, a report or a corpus stands, gates, the
/// number of workers and the memory that a run takes decide no byte, and no part of a digest either.
package struct Recipe: Sendable, Codable, Equatable {
  /// A file that went in.
  package struct Input: Sendable, Codable, Equatable {
    /// The name inside the model's folder.
    package let name: String
    package let sha256: String
  }

  package let planish: String
  package let weights: [Input]
  /// The files of the tokenizer and its templates.
  package let tokenizer: [Input]
  /// What else was read in the model's folder.
  package let configuration: [Input]
  /// SHA-256 of the calibration tokens as little-endian 32-bit numbers.
  package let calibrationTokens: String?
  /// SHA-256 of the lengths of the sequences that these are cut into, written likewise.
  package let calibrationSequences: String?
  /// What else of the pipeline decides bytes, as understood, defaults filled in.
  package let options: String
  package let arithmetic: Arithmetic

  /// - Parameters:
  ///   - inputs: of the plan, hashed once for all products.
  ///   - product: its place in the pipeline file.
  init(_ inputs: RecipeInputs, _ plan: Plan, product: Int) {
    let makesFolder = plan.spec.products[product].writer.variant.makesFolder
    self.init(
      inputs, plan, tokenizer: inputs.tokenizer + (makesFolder ? inputs.companions : []),
      options: RecipeOptions(plan, product: product, importance: inputs.importance))
  }

  /// What decides the tensors of a product alone: the same for every container that holds the same.
  init(solutionFrom inputs: RecipeInputs, _ plan: Plan, product: Int) {
    self.init(
      inputs, plan, tokenizer: inputs.tokenizer,
      options: RecipeOptions(solutionOf: plan, product: product, importance: inputs.importance))
  }

  private init(_ inputs: RecipeInputs, _ plan: Plan, tokenizer: [Input], options: RecipeOptions) {
    planish = Planish.version
    weights = inputs.weights
    self.tokenizer = tokenizer
    configuration = inputs.configuration
    calibrationTokens = plan.calibration?.digest()
    calibrationSequences = plan.calibration?.lengthsDigest()
    self.options = options.text
    arithmetic = .current
  }

  /// One hash over all of it.
  package var digest: String {
    var digest = SHA256()
    digest.update(planish)
    for (kind, inputs) in [("weights", weights), ("tokenizer", tokenizer), ("configuration", configuration)] {
      digest.update("\n\(kind)")
      for input in inputs { digest.update("\n\(JSONText.quoted(input.name)) \(input.sha256)") }
    }
    digest.update("\n\(calibrationTokens ?? "") \(calibrationSequences ?? "")\n\(options)")
    digest.update("\n\(arithmetic.backend) \(arithmetic.kernel) \(arithmetic.version)")
    return digest.hexadecimal()
  }
}

/// The files that products of a plan are made from, hashed.
struct RecipeInputs {
  let weights: [Recipe.Input]
  let tokenizer: [Recipe.Input]
  let configuration: [Recipe.Input]
  /// What folders get of the files of the model's tokenizer and processors, of its card and its licenses, unread.
  let companions: [Recipe.Input]
  /// SHA-256 of the importance matrix that takes the place of calibration.
  let importance: String?

  /// Reads and hashes every file that planning opened.
  init(_ plan: Plan) throws(CheckpointError) {
    var weights: [Recipe.Input] = []
    var tokenizer: [Recipe.Input] = []
    var configuration: [Recipe.Input] = []
    var companions: [Recipe.Input] = []
    let read = plan.files.model.sorted()
    switch plan.model.container {
    case .huggingFace(let folder):
      let (weightFiles, names) = (Set(folder.weightFiles), Set(folder.tokenizerFiles))
      for path in read {
        let input = try Self.hash(path, in: folder.path)
        if weightFiles.contains(path) {
          weights.append(input)
        } else if names.contains(input.name) {
          tokenizer.append(input)
        } else {
          configuration.append(input)
        }
      }
      let hashed = Set(tokenizer.map(\.name))
      let unread = folder.tokenizerFiles + folder.processorFiles + OriginalCard.files(folder)
      for name in unread where !hashed.contains(name) {
        guard let path = folder.file(name) else { continue }
        companions.append(try Self.hash(path, in: folder.path))
      }
    case .gguf:
      for path in read { weights.append(try Self.hash(path, in: nil)) }
    }
    for (adapter, paths) in zip(plan.model.adapters, plan.files.adapters) {
      for path in paths.sorted() {
        let input = try Self.hash(path, in: nil)
        // The name says how much of it is added.
        let name = adapter.weight == 1 ? input.name : "\(input.name) × \(adapter.weight)"
        weights.append(Recipe.Input(name: name, sha256: input.sha256))
      }
    }
    self.weights = weights
    self.tokenizer = tokenizer
    self.configuration = configuration
    self.companions = companions
    let location = plan.spec.importanceMatrix?.absolute
    importance = try location.map { path throws(CheckpointError) in try Self.hash(path, in: nil).sha256 }
  }

  /// - Parameter folder: the one that names are relative to; nil for the file's name alone.
  private static func hash(_ path: String, in folder: String?) throws(CheckpointError) -> Recipe.Input {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .file(error) }
    var digest = SHA256()
    digest.update(file)
    return Recipe.Input(name: name(path, in: folder), sha256: digest.hexadecimal())
  }

  private static func name(_ path: String, in folder: String?) -> String {
    guard let folder, path.hasPrefix(folder) else { return URL(filePath: path).lastPathComponent }
    return String(path.dropFirst(folder.count).drop { $0 == "/" })
  }
}
