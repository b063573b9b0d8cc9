import Models
import Tensors

/// What a backward pass leaves of each block, so that the block's own gradients can be had again when its turn comes: what it read of
/// the text, and the gradient with respect to what it made of that, both `[tokens, hidden]`.
package final class Tape {
  /// In order.
  package let batches: [Activations.Batch]
  private var inputs: [HeldStore] = []
  private var gradients: [HeldStore] = []

  /// Room for blocks, and for what the last of them leaves.
  ///
  /// - Throws: `FileError` when it is to be in a file for which there is no room.
  package init(
    _ sequences: TokenSequences, blocks: Int, columns: Int, in storage: ActivationStorage, tokensPerBatch: Int? = nil
  ) throws(FileError) {
    batches = Activations.batches(
      of: sequences, columns: columns, shards: Activations.shards, tokensPerBatch: tokensPerBatch)
    for _ in 0...blocks {
      inputs.append(HeldStore(try ActivationStore(batches, columns: columns, in: storage), columns: columns))
      gradients.append(HeldStore(try ActivationStore(batches, columns: columns, in: storage), columns: columns))
    }
  }

  /// A copy of what a block read of a batch; of the number of blocks, what the last one left.
  package func input(_ block: Int, _ batch: Activations.Batch) -> Matrix { inputs[block].store.copy(batch) }

  package func keep(input rows: consuming Matrix, _ block: Int, _ batch: Activations.Batch) {
    inputs[block].store.replace(batch, with: rows)
  }

  /// A copy of the gradient with respect to what a block read; of the number of blocks, to what the last one left.
  package func gradient(_ block: Int, _ batch: Activations.Batch) -> Matrix { gradients[block].store.copy(batch) }

  package func keep(gradient rows: consuming Matrix, _ block: Int, _ batch: Activations.Batch) {
    gradients[block].store.replace(batch, with: rows)
  }
}
