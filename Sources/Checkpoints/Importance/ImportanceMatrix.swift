import Tensors

/// How much each input of each weight matrix matters: the mean square of what it was multiplied with.
///
/// llama.cpp calls this an importance matrix, and keeps it in files of two forms; this reads both
/// (`common/imatrix-loader.cpp`) and writes the newer (`tools/imatrix/imatrix.cpp`).
package struct ImportanceMatrix: Sendable, Equatable {
  /// One weight matrix, or all experts of a layer that share a name.
  package struct Entry: Sendable, Equatable {
    /// The GGUF name of the weights, such as `blk.0.attn_q.weight`.
    package let name: String
    /// Σ x² of each input: one row for each matrix, `[matrices, columns]`.
    package let sums: [Float]
    /// Tokens that each matrix saw, `[matrices]`.
    package let counts: [Float]

    package init(name: String, sums: [Float], counts: [Float]) {
      self.name = name
      self.sums = sums
      self.counts = counts
    }

    /// The number of inputs.
    package var columns: Int { counts.isEmpty ? 0 : sums.count / counts.count }
    /// The mean square of each input, `[columns]`; nil when there are several matrices or none saw a token.
    package var meanSquares: [Float]? { counts.count == 1 ? meanSquares(of: 0) : nil }

    /// The mean square of each input of one of several matrices, `[columns]`; nil when it saw no token.
    package func meanSquares(of index: Int) -> [Float]? {
      guard counts.indices.contains(index), counts[index] > 0 else { return nil }
      return sums[index * columns..<(index + 1) * columns].map { $0 / counts[index] }
    }
  }

  package let entries: [Entry]
  /// Names of the texts behind it.
  package let datasets: [String]
  /// Sequences behind it.
  package let chunkCount: Int
  /// Tokens of a sequence; 0 where the file does not say.
  package let chunkSize: Int

  private let places: [String: Int]

  package init(entries: [Entry], datasets: [String], chunkCount: Int, chunkSize: Int) {
    self.entries = entries
    self.datasets = datasets
    self.chunkCount = chunkCount
    self.chunkSize = chunkSize
    places = Dictionary(entries.indices.map { (entries[$0].name, $0) }) { first, _ in first }
  }

  /// The entry of a weight matrix.
  package subscript(name: String) -> Entry? { places[name].map { entries[$0] } }

  /// Reads a file of either form.
  ///
  /// - Throws: `.malformed`, which names the field or entry; `.file`.
  package init(contentsOf path: String) throws(CheckpointError) {
    let file = try MappedFile.open(path)
    let isGGUF = file.count >= 4 && file.bytes.littleEndian(UInt32.self, at: 0) == 0x4655_4747
    self = isGGUF ? try Self.gguf(path) : try Self.legacy(file)
    for entry in entries {
      guard let place = (entry.sums + entry.counts).firstIndex(where: { !$0.isFinite || $0 < 0 }) else { continue }
      throw .malformed(
        path: path, part: .tensor(entry.name, "value \(place)"), found: "\((entry.sums + entry.counts)[place])",
        expected: "sums of squares and counts: finite and not negative")
    }
  }
}
