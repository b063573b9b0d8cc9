import Checkpoints
import TestSupport
import Testing

@Suite struct ImportanceMatrixTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private static let matrix = ImportanceMatrix(
    entries: [
      .init(name: "blk.0.attn_q.weight", sums: [1, 2, 3, 4], counts: [2]),
      .init(name: "blk.0.ffn_up_exps.weight", sums: [1, 2, 3, 4], counts: [1, 4]),
    ], datasets: ["text.txt"], chunkCount: 3, chunkSize: 512)

  @Test func theNewerFormComesBack() throws {
    let path = folder.path("imatrix.gguf")
    try Self.matrix.write(to: path)
    let read = try ImportanceMatrix(contentsOf: path)
    #expect(read == Self.matrix)
    #expect(read["blk.0.attn_q.weight"]?.meanSquares == [0.5, 1, 1.5, 2])
    #expect(read["blk.0.ffn_up_exps.weight"]?.meanSquares == nil, "two matrices have no one mean")
    #expect(read["blk.0.ffn_up_exps.weight"]?.columns == 2)
    #expect(read["blk.1.attn_q.weight"] == nil)
  }

  /// The older form, field by field.
  private static func legacy(
    entries: Int32 = 1, name: String = "w", nameLength: Int32? = nil, calls: Int32 = 4, values: Int32? = nil,
    numbers: [Float] = [8, 4],
    tail: [UInt8] = [UInt8](littleEndian: Int32(9)) + [UInt8](littleEndian: Int32(1)) + [0x74]
  ) -> [UInt8] {
    var bytes = [UInt8](littleEndian: entries) + [UInt8](littleEndian: nameLength ?? Int32(name.utf8.count))
    bytes += Array(name.utf8) + [UInt8](littleEndian: calls)
    bytes += [UInt8](littleEndian: values ?? Int32(numbers.count))
    for number in numbers { bytes += [UInt8](littleEndian: number.bitPattern) }
    return bytes + tail
  }

  @Test func theOlderFormIsRead() throws {
    let read = try ImportanceMatrix(contentsOf: try folder.write("imatrix.dat", Self.legacy()))
    #expect(read["w"]?.meanSquares == [2, 1])
    #expect(read.chunkCount == 9 && read.datasets == ["t"])
    let bare = try ImportanceMatrix(contentsOf: try folder.write("bare.dat", Self.legacy(tail: [])))
    #expect(bare.chunkCount == 0 && bare.datasets.isEmpty)
  }

  @Test(arguments: [
    Malformed(name: "empty", bytes: [], says: ["number of entries", "byte 0", "end of the file"]),
    Malformed(name: "no entry", bytes: legacy(entries: 0), says: ["number of entries", "found 0"]),
    Malformed(name: "negative length", bytes: legacy(nameLength: -1), says: ["length of the name", "found -1"]),
    Malformed(name: "name too long", bytes: legacy(nameLength: 999), says: ["length of the name", "999"]),
    Malformed(name: "no values", bytes: legacy(values: 0), says: ["values of w", "found 0"]),
    Malformed(name: "too many values", bytes: legacy(values: .max), says: ["values of w", "2147483647 numbers"]),
    Malformed(name: "NaN", bytes: legacy(numbers: [1, .nan]), says: ["w", "value 1", "nan"]),
    Malformed(name: "negative", bytes: legacy(numbers: [-1, 1]), says: ["w", "value 0", "-1"]),
    Malformed(
      name: "a second entry is missing", bytes: legacy(entries: 2, tail: []), says: ["entry 2", "end of the file"]),
  ]) func refuses(_ input: Malformed) throws {
    let path = try folder.write("damaged.dat", input.bytes)
    expectCheckpointError(saying: input.says + [path]) { _ = try ImportanceMatrix(contentsOf: path) }
  }

  @Test func sumsWithoutCountsAreRefused() throws {
    let path = folder.path("half.gguf")
    var metadata = GGUFMetadata(path: path)
    metadata["general.type"] = .string("imatrix")
    let type = try #require(GGUFTensorType.named("f32"))
    var writer = try GGUFWriter(
      path: path, metadata: metadata, tensors: [GGUFPlannedTensor(name: "w.in_sum2", shape: [1, 1], type: type)])
    try writer.append([Float(1)].span.bytes, to: "w.in_sum2")
    try writer.finish().publish()
    expectCheckpointError(saying: ["w.counts"]) { _ = try ImportanceMatrix(contentsOf: path) }
  }

  @Test func anotherKindOfFileIsRefused() throws {
    let path = try folder.write(
      "model.gguf", GGUFBytes(keys: [("general.type", GGUFBytes.typed(8, GGUFBytes.text("model")))]).bytes)
    expectCheckpointError(saying: ["general.type", "model", "imatrix"]) { _ = try ImportanceMatrix(contentsOf: path) }
  }
}
