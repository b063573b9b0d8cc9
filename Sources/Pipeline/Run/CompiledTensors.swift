import Checkpoints
import Products
import Tensors

/// Where a compiler puts what it makes.
protocol CompiledTensors {
  /// Takes a tensor; of each edition they come in the order of the plan.
  func append(_ tensor: CompiledTensor, of edition: Int, at place: Int) throws(CheckpointError)
  /// All tensors of a block are there, and each text stands behind it.
  func endBlock(_ layer: Int, _ streams: [EditionStream], _ ledgers: [Int: Ledger]) throws(CheckpointError)
}

/// What other ranks than the first do with tensors: nothing, since the first has the same.
struct FollowedTensors: CompiledTensors {
  /// Whether the first rank stores the texts.
  let handsOver: Bool

  func append(_ tensor: CompiledTensor, of edition: Int, at place: Int) {}

  func endBlock(_ layer: Int, _ streams: [EditionStream], _ ledgers: [Int: Ledger]) {
    guard handsOver else { return }
    for stream in streams { for _ in stream.editions { stream.calibrator?.handOver() } }
  }
}

/// The products of a plan, which take every tensor at once.
struct ProductTensors: CompiledTensors {
  let products: [any Product]
  let plan: Plan
  let workers: Workers

  func append(_ tensor: CompiledTensor, of edition: Int, at place: Int) throws(CheckpointError) {
    for (product, own) in zip(products, plan.editionOfProduct) where own == edition {
      try product.append(tensor.packed, on: workers)
    }
  }

  func endBlock(_ layer: Int, _ streams: [EditionStream], _ ledgers: [Int: Ledger]) {}
}
