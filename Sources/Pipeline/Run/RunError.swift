import Checkpoints
import Solvers
import Spec
import Tensors

/// Why a run ended without an answer.
package enum RunError: Error, CustomStringConvertible {
  /// The pipeline file is wrong; all mistakes are told at once.
  case specification(SpecErrors)
  /// An input that the pipeline file names cannot be used.
  case input(Diagnostic)
  /// A checkpoint failed while it was read or written.
  case checkpoint(CheckpointError)
  /// No codes were found for a tensor.
  case unsolvable(tensor: String, SolveError)
  /// Half precision cannot hold a weight.
  case overflow(tensor: String, _ weight: String)
  /// Activations overflowed or became undefined.
  case activations(layer: Int, site: String, token: Int, column: Int, value: Float)
  /// Gradients overflowed or became undefined on their way back through a block.
  case gradients(layer: Int)
  /// No choice of types costs as little as is asked for, in nats per token.
  case budget(asked: Double, least: Double)
  /// The run needs more memory than it may take, in bytes.
  case memory(needed: Int, allowed: Int)
  /// Journals of some blocks cannot be put together.
  case merge(String)
  /// A record of the run could not be written.
  case file(FileError)

  package var description: String {
    switch self {
    case .specification(let errors): errors.description
    case .input(let diagnostic): diagnostic.description
    case .checkpoint(let error): error.description
    case .unsolvable(let tensor, let error): "\(tensor): \(error)"
    case .overflow(let tensor, let weight):
      """
      \(tensor): found \(weight), which becomes infinite in half precision; expected another type than f16, such as the \
      override {tensors: \(tensor), type: bf16}
      """
    case .activations(let layer, let site, let token, let column, let value):
      """
      block \(layer): found the activation \(value) at \(site), token \(token), column \(column), expected finite \
      numbers; the weights of this block or of an earlier one are damaged, or the model needs another architecture
      """
    case .gradients(let layer):
      """
      block \(layer): found gradients that are no finite numbers, expected finite ones; the weights of this block or of a later \
      one are damaged, or leave calibrate.gradients out
      """
    case .budget(let asked, let least):
      """
      found a budget of \(asked) nats of divergence per token, and types of which the best leave \(least) as foretold; expected a \
      larger mean_kld, or a type of more bits in `from`
      """
    case .memory(let needed, let allowed):
      """
      found a budget of \(MemoryBudget.text(allowed)), expected at least \(MemoryBudget.text(needed)): what the widest block \
      takes, with activations in a file; give --memory that much, or use asymmetry: 0, which halves what is observed
      """
    case .merge(let problem): problem
    case .file(let error): error.description
    }
  }
}
