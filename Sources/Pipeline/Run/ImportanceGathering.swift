import Calibration
import Checkpoints
import Models
import Solvers
import Spec
import Tensors

/// Gathers the importance matrix of a plan's model on its calibration text.
package struct ImportanceGathering {
  private let plan: Plan
  private let workers: Workers
  private let observer: RunObserver

  package init(_ plan: Plan, on workers: Workers, observer: @escaping RunObserver = { _ in }) {
    self.plan = plan
    self.workers = workers
    self.observer = observer
  }

  /// Runs the original model on the calibration text.
  ///
  /// - Throws: `RunError`; `.specification` when the pipeline has no text to calibrate on.
  package func execute() throws(RunError) -> ImportanceMatrix {
    guard let sequences = plan.calibration, let spec = plan.spec.calibration else {
      throw .specification(
        SpecErrors([
          plan.spec.diagnostic(at: "calibrate", "found no calibration text, expected calibrate.corpora to gather from")
        ]))
    }
    let model = plan.model
    do {
      let calibrator = try Calibrator(
        sequences, model, inputs: .original, try model.input(), in: plan.resources, on: workers)
      observer(.began(.compile, steps: model.shape.layers))
      var entries: [ImportanceMatrix.Entry] = []
      for layer in 0..<model.shape.layers {
        let statistics = try calibrator.observe(try model.block(layer)).statistics
        entries += self.entries(of: model.specs(layer: layer), statistics, sequences)
        observer(
          .advanced(.compile, done: layer + 1, of: model.shape.layers, detail: "block \(layer + 1)"))
      }
      if let output = model.spec(.output, layer: nil) {
        let known = calibrator.finalHidden(
          norm: try model.matrix(.outputNorm), bias: try model.optional(.outputNormBias))
        entries.append(Self.entry(output.ggufName, diagonal(known.hessian, times: known.tokens), sequences))
      }
      return ImportanceMatrix(
        entries: entries, datasets: spec.corpora.map(\.path.written), chunkCount: sequences.count,
        chunkSize: sequences.length)
    } catch let error as RunError {
      throw error
    } catch let error as CheckpointError {
      throw .checkpoint(error)
    } catch {
      preconditionFailure("only typed errors are thrown here: \(error)")
    }
  }

  /// One entry for each matrix, and one for the experts of a layer together.
  private func entries(
    of weights: [WeightSpec], _ statistics: [Site: ActivationStatistics], _ sequences: TokenSequences
  ) -> [ImportanceMatrix.Entry] {
    var entries: [ImportanceMatrix.Entry] = []
    for weight in weights {
      guard let site = weight.site else { continue }
      let known = statistics[site]
      guard let expert = weight.expert else {
        guard let known else { continue }
        entries.append(Self.entry(weight.ggufName, diagonal(known.hessian, times: known.tokens), sequences))
        continue
      }
      // What stands beside it in one tensor reads the same.
      guard weight.gguf.share ?? 0 == 0 else { continue }
      let sums = known.map { diagonal($0.hessian, times: $0.tokens) } ?? [Float](repeating: 0, count: weight.columns)
      let before = expert.index == 0 ? nil : entries.popLast()
      entries.append(
        ImportanceMatrix.Entry(
          name: weight.ggufName, sums: (before?.sums ?? []) + sums,
          counts: (before?.counts ?? []) + [Float(known?.tokens ?? 0)]))
    }
    return entries
  }

  private func diagonal(_ matrix: borrowing Matrix, times count: Int) -> [Float] {
    var diagonal: [Float] = []
    for column in 0..<matrix.rows { diagonal.append(matrix[column, column] * Float(count)) }
    return diagonal
  }

  private static func entry(_ name: String, _ sums: [Float], _ sequences: TokenSequences) -> ImportanceMatrix.Entry {
    ImportanceMatrix.Entry(name: name, sums: sums, counts: [Float(sequences.tokens.count)])
  }
}
