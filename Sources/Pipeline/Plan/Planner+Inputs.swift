import Calibration
import Checkpoints
import Models
import Products
import Spec
import Tokenizers
import Validation

/// The files that a pipeline names beside its model.
extension Planner {
  /// Warns of special tokens that corpora spell and that are plain text there.
  mutating func checkSpelledTokens(_ calibration: TokenSequences?, _ validation: ValidationMaterial?) {
    let judged = (validation?.corpora ?? []) + (validation?.embedded ?? [])
    let found =
      (calibration?.spelled ?? []).map { ("calibrate", $0) }
      + judged.flatMap(\.sequences.spelled).map { ("validate", $0) }
    for (path, spelled) in found {
      warnings.append(
        spec.diagnostic(at: path, spelled.warning("`special: true` beside the corpus's path"), severity: .warning))
    }
  }

  /// Windows of one length; whole texts for models that make embeddings of such.
  func calibrationTokens(_ sampler: TokenSampler, of shape: DecoderShape) throws(RunError) -> TokenSequences? {
    guard let calibration = spec.calibration else { return nil }
    let corpora = calibration.corpora.map(\.corpus)
    let (tokens, context) = (calibration.budget.tokens, calibration.budget.context)
    do {
      return shape.choices.pooling == nil
        ? try sampler.sample(corpora, tokens: tokens, context: context, seed: calibration.seed)
        : try sampler.sampleTexts(corpora, tokens: tokens, context: context, seed: calibration.seed)
    } catch {
      throw .input(spec.diagnostic(at: "calibrate", "\(error)"))
    }
  }

  /// The importance matrix of `calibrate.imatrix`. It must know every matrix that is rounded inside of a block; those
  /// of llama.cpp never know the tables.
  func importance(_ tensors: [TensorPlan]) throws(RunError) -> ImportanceMatrix? {
    guard let location = spec.importanceMatrix else { return nil }
    do {
      let importance = try ImportanceMatrix(contentsOf: location.absolute)
      for tensor in tensors where tensor.solver != nil {
        let expert = tensor.spec.expert
        guard let entry = importance[tensor.spec.ggufName] else {
          guard tensor.spec.layer != nil else { continue }
          throw CheckpointError.noSuchTensor(path: location.written, tensor: tensor.name, similar: [])
        }
        guard entry.counts.count == expert?.count ?? 1, entry.columns == tensor.spec.columns,
          expert != nil || entry.counts[0] > 0
        else {
          throw CheckpointError.malformed(
            path: location.written, part: .tensor(tensor.name, "importance"),
            found: "\(entry.counts.count) matrices of \(entry.columns) inputs that saw \(entry.counts) tokens",
            expected: "\(expert?.count ?? 1) of \(tensor.spec.columns) inputs that saw some")
        }
      }
      return importance
    } catch {
      throw .input(spec.diagnostic(at: "calibrate.imatrix", "\(error)"))
    }
  }
}

extension CorpusSpec {
  var corpus: Corpus {
    let special: SpecialTokens = special ? .parse : .none
    return switch format {
    case .text: Corpus(path: path.absolute, share: share, special: special)
    case .jsonLines(let field): Corpus(path: path.absolute, share: share, field: field, special: special)
    }
  }
}
