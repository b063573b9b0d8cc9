import Tensors

/// Turns the heads of queries or keys by their positions.
package struct Rope: Step {
  package let rotary: RotaryEmbedding
  package let headSize: Int
  package let from: Edge
  package let to: Edge
  package let pairs: RotaryPairs

  package init(
    _ from: Edge, _ rotary: RotaryEmbedding, headSize: Int, pairs: RotaryPairs = RotaryPairs(), to: Edge
  ) {
    (self.from, self.rotary, self.headSize, self.pairs, self.to) = (from, rotary, headSize, pairs, to)
  }

  package var reads: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[from] ?? 0)] }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var turned = run.take(from)
    run.tables(rotary).apply(
      to: &turned, headSize: headSize, pairs, sequences: run.sequences, on: run.workers)
    run.write(turned, to: to)
  }
}

/// Attention with grouped-query heads, inside each sequence.
package struct Attention: Step {
  package let queries: Edge
  package let keys: Edge
  package let values: Edge
  package let to: Edge
  package let headSize: Int
  /// Of heads of values, where it is another one.
  package let valueSize: Int
  package var mask = AttentionMask.causal
  /// How many tokens each sees, itself included, or by the bidirectional mask half as many on either side; nil for all that the mask shows.
  package var window: Int?
  /// After how many tokens of a sequence the next one sees none of those before it; nil for never.
  package var chunk: Int?
  /// By what products of queries and keys are multiplied; nil for 1 / √headSize.
  package var scale: Float?
  /// Scores stay within ± this.
  package var softCap: Float?
  /// By how much the scores of each head of queries fall with every token between; nil where they do not.
  package var slopes: [Float]?
  /// The role of a score for each head of queries that takes part in the softmax and stands for nothing.
  package var sinks: Role?

  package init(queries: Edge, keys: Edge, values: Edge, to: Edge, headSize: Int, valueSize: Int? = nil) {
    (self.queries, self.keys, self.values, self.to, self.headSize) = (queries, keys, values, to, headSize)
    self.valueSize = valueSize ?? headSize
  }

  package var reads: [Edge] { [queries, keys, values] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] {
    [(to, (columns[queries] ?? 0) / headSize * valueSize)]
  }
  package func tensors(_ columns: [Edge: Int]) -> [BlockTensor] {
    sinks.map { [BlockTensor(role: $0, columns: (columns[queries] ?? 0) / headSize)] } ?? []
  }
  package var mixesTokens: Bool { true }
  /// Each channel of a head is a mean of one channel of the values that its group of heads shares.
  package func source(of edge: Edge, _ columns: [Edge: Int]) -> ChannelSource? {
    let (count, shared) = (columns[to] ?? 0, columns[values] ?? 0)
    return ChannelSource(
      edge: values, columns: (0..<count).map { $0 / valueSize / (count / shared) * valueSize + $0 % valueSize })
  }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    let (q, k, v) = (run.read(queries), run.read(keys), run.read(values))
    run.write(
      attend(
        q: q.matrix, k: k.matrix, v: v.matrix, headSize: headSize, valueSize: valueSize, sequences: run.sequences,
        mask: mask, window: window, chunk: chunk, scale: scale, softCap: softCap, slopes: slopes,
        sinks: sinks.map { run.weights[$0].matrix.array() },
        on: run.workers), to: to)
  }
}
