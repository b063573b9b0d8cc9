import Calibration
import LinearAlgebra
import Models
import Tensors

/// The calibration text as the original network carries it, for all who ask how far theirs has drifted from that.
///
/// Every quantized network is compared with the same original, so one of these serves several `Calibrator`s as long as
/// no transform gives them blocks of their own.
final class OriginalText {
  private var activations: Activations

  /// Room for the text: the first block reads the same from both texts, and moves this one too.
  init(
    _ sequences: TokenSequences, columns: Int, in storage: ActivationStorage, tokensPerBatch: Int,
    over ranks: any Ranks
  ) throws(FileError) {
    activations = try Activations(
      sequences, columns: columns, in: storage, tokensPerBatch: tokensPerBatch, over: ranks)
  }

  /// The text as it stands somewhere between blocks.
  init(_ activations: consuming Activations) {
    self.activations = activations
  }

  /// What stands on which edges.
  var storedEdges: [Activations.StoredEdge] { activations.storedEdges }

  /// Hands over what stands on an edge, as `Activations` does.
  func forEachPart<E: Error>(
    of edge: Activations.StoredEdge, _ body: (RawSpan) throws(E) -> Void
  ) throws(E) {
    try activations.forEachPart(of: edge, body)
  }

  /// The same text at the same place, which goes its own way from here on.
  func duplicated() throws(RunError) -> OriginalText {
    do { return OriginalText(try activations.duplicated()) } catch { throw .file(error) }
  }

  /// Puts a batch where another network has moved it.
  func move(_ batch: Activations.Batch, to edges: Edges) throws(FileError) {
    try activations.move(batch, to: edges)
  }

  /// Moves a batch past a sub-layer and tells what each site read.
  func advance(
    _ batch: Activations.Batch, past subLayer: SubLayer, of block: BlockWeights, _ decoder: Decoder
  ) throws(RunError) -> [Site: SharedMatrix] {
    let edges = activations.take(batch)
    var seen: [Site: SharedMatrix] = [:]
    decoder.run(subLayer, block, edges, batch.sequences) { site, activations, _ in
      // Other tokens go to an expert of the original.
      if site.expert == nil { seen[site] = SharedMatrix(activations.copy()) }
    }
    do { try activations.move(batch, to: edges) } catch { throw .file(error) }
    return seen
  }

  /// A copy of a batch of the residual stream.
  func stream(_ batch: Activations.Batch) -> Matrix { activations.stream(batch) }
}
