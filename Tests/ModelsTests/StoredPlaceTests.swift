import Checkpoints
import Foundation
import Models
import TestSupport
import Tensors
import Testing

/// Matrices that stand in tensors of several, in every arrangement that folders have, against where each element lies by hand.
struct StoredPlaceTests {
  /// How a folder stores gate and up of all experts.
  struct Arrangement: Sendable, CustomTestStringConvertible {
    let isInterleaved: Bool
    let isTransposed: Bool

    var testDescription: String {
      (isInterleaved ? "interleaved" : "halves") + (isTransposed ? ", transposed" : "")
    }

    static let all = [(false, false), (true, false), (false, true), (true, true)].map {
      Arrangement(isInterleaved: $0.0, isTransposed: $0.1)
    }
  }

  private static let (experts, size, hidden) = (3, 4, 5)
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A value that tells where an element belongs.
  private static func value(expert: Int, isUp: Bool, row: Int, column: Int) -> Float {
    Float(1000 * expert + (isUp ? 500 : 0) + 10 * row + column)
  }

  /// The elements of the stored tensor, put where PyTorch indexes them.
  private static func stored(_ arrangement: Arrangement) -> (shape: [Int], values: [Float]) {
    let rows = 2 * size
    var values = [Float](repeating: -1, count: experts * rows * hidden)
    for expert in 0..<experts {
      for row in 0..<size {
        for column in 0..<hidden {
          for isUp in [false, true] {
            let place = arrangement.isInterleaved ? 2 * row + (isUp ? 1 : 0) : row + (isUp ? size : 0)
            let inside = arrangement.isTransposed ? column * rows + place : place * hidden + column
            values[expert * rows * hidden + inside] = value(expert: expert, isUp: isUp, row: row, column: column)
          }
        }
      }
    }
    return (arrangement.isTransposed ? [experts, hidden, rows] : [experts, rows, hidden], values)
  }

  private static func place(_ arrangement: Arrangement, expert: Int, isUp: Bool) -> StoredPlace {
    StoredPlace(
      "experts.gate_up_proj", matrix: [size, hidden], stack: WeightSpec.Expert(index: expert, count: experts),
      part: .share(isUp ? 1 : 0, of: 2, arrangement.isInterleaved ? .turns : .runs),
      storage: arrangement.isTransposed ? .transposed : .plain)
  }

  @Test(arguments: Arrangement.all)
  func expertsAreFoundInFusedTensors(_ arrangement: Arrangement) throws {
    let (shape, values) = Self.stored(arrangement)
    let file = try write("experts.gate_up_proj", shape, values)
    for expert in 0..<Self.experts {
      for isUp in [false, true] {
        let place = Self.place(arrangement, expert: expert, isUp: isUp)
        #expect(place.shape == shape)
        let matrix = try place.matrix(file, on: workers)
        let expected = (0..<Self.size).flatMap { row in
          (0..<Self.hidden).map { Self.value(expert: expert, isUp: isUp, row: row, column: $0) }
        }
        #expect(matrix.rows == Self.size && matrix.array() == expected, "\(expert) \(isUp)")
      }
    }
  }

  @Test(arguments: Arrangement.all)
  func whatIsWrittenIsWhatWasRead(_ arrangement: Arrangement) throws {
    let (shape, values) = Self.stored(arrangement)
    let file = try write("experts.gate_up_proj", shape, values)
    let whole = try (0..<Self.experts).flatMap { expert in
      let parts = try [false, true].map { isUp in
        SharedMatrix(try Self.place(arrangement, expert: expert, isUp: isUp).matrix(file, on: workers))
      }
      let places = [false, true].map { Self.place(arrangement, expert: expert, isUp: $0) }
      return StoredPlace.stored(Array(zip(places, parts)).map { (place: $0, matrix: $1) }).array()
    }
    #expect(whole == values)
  }

  /// Biases of experts, as gpt-oss interleaves them.
  @Test func partsOfVectorsAreFoundToo() throws {
    let file = try write("experts.gate_up_proj_bias", [2, 6], [0, 100, 1, 101, 2, 102, 10, 110, 11, 111, 12, 112])
    for (expert, isUp, expected) in [(0, 0, [0, 1, 2]), (0, 1, [100, 101, 102]), (1, 1, [110, 111, 112])]
      as [(Int, Int, [Float])]
    {
      let place = StoredPlace(
        "experts.gate_up_proj_bias", matrix: [3], stack: WeightSpec.Expert(index: expert, count: 2),
        part: .share(isUp, of: 2, .turns))
      let vector = try place.matrix(file, on: workers)
      #expect(vector.rows == 1 && vector.array() == expected)
    }
  }

  @Test func offsetsAndOrdersAreTakenBack() throws {
    let file = try write("m", [4, 2], [0, 1, 2, 3, 4, 5, 6, 7])
    var storage = WeightStorage.reordered(.rotaryPairs(headSize: 4))
    storage.offset = 0.5
    let place = StoredPlace("m", matrix: [4, 2], storage: storage)
    let matrix = try place.matrix(file, on: workers)
    // Rows 0, 1 of the file are the components 0 and 2 of the only head.
    #expect(matrix.array() == [0.5, 1.5, 4.5, 5.5, 2.5, 3.5, 6.5, 7.5])
    #expect(place.stored(SharedMatrix(matrix)).array() == [0, 1, 2, 3, 4, 5, 6, 7])
  }

  /// Keys and values of latent attention: of each head rows of one and then of the other, keys to be read on their side.
  @Test func headsOfTwoKindsAreTakenApartAndPutTogether() throws {
    // Two heads of one row of keys and two of values, [6, 2].
    let values = (0..<12).map { Float($0) }
    let file = try write("kv_b", [6, 2], values)
    let fused = FusedTensor("kv_b", [.attentionKeyUp, .attentionValueUp], headRows: (keys: 1, values: 2))
    let keys = try (0..<2).map { head in
      let expert = WeightSpec.Expert(index: head, count: 2)
      return try #require(fused.place(of: .attentionKeyUp, after: "", sides: [2, 1], expert: expert))
    }
    let both = try #require(fused.place(of: .attentionValueUp, after: "", sides: [4, 2], expert: nil))
    #expect((keys + [both]).allSatisfy { $0.shape == [6, 2] && $0.isShared })
    let first = try keys[0].matrix(file, on: workers)
    #expect(first.rows == 2 && first.array() == [0, 1])
    #expect(try keys[1].matrix(file, on: workers).array() == [6, 7])
    let read = try both.matrix(file, on: workers)
    #expect(read.rows == 4 && read.array() == [2, 3, 4, 5, 8, 9, 10, 11])
    let parts = try (keys + [both]).map { (place: $0, matrix: SharedMatrix(try $0.matrix(file, on: workers))) }
    #expect(StoredPlace.stored(parts).array() == values)
  }

  /// A tensor of three sides keeps the rows of one matrix in runs.
  @Test func rowsInRunsAreOneMatrix() throws {
    let file = try write("m", [2, 3, 2], (0..<12).map { Float($0) })
    let place = StoredPlace("m", matrix: [2, 3, 2])
    let matrix = try place.matrix(file, on: workers)
    #expect(!place.isShared && matrix.rows == 6 && matrix.array() == (0..<12).map { Float($0) })
  }

  private func write(_ name: String, _ shape: [Int], _ values: [Float]) throws -> SafetensorsFile {
    let path = folder.path("m.safetensors")
    var writer = try SafetensorsWriter(
      path: path, tensors: [SafetensorsPlannedTensor(name: name, shape: shape, type: "F32")])
    let bytes = ElementType.float32.encode(values)
    try writer.append(bytes.span.bytes, to: name)
    try writer.finish().publish()
    return try SafetensorsFile(path: path)
  }

  /// Rates of what fades are stored as −e^A: any other sign is no rate.
  @Test func ratesThatDoNotFadeAreRefused() throws {
    let model = try ModelSource(path: try FamilyFixture.named("qwen3.5").write(to: folder), on: workers)
    let place = try #require(model.spec(.deltaRate, layer: 0)).gguf
    var values: [Float] = [-1, -2, -0.5, -1, -1, -3]
    for isWrong in [false, true] {
      if isWrong { values[4] = 0.5 }
      var writer = try SafetensorsWriter(
        path: folder.path("rates.safetensors"),
        tensors: [SafetensorsPlannedTensor(name: place.tensor, shape: place.shape, type: "F32")])
      try writer.append(values.span.bytes, to: place.tensor)
      try writer.finish().publish()
      let file = try SafetensorsFile(path: folder.path("rates.safetensors"))
      guard isWrong else {
        #expect(relativeDistance(try place.matrix(file, on: workers).array(), values.map { log(-$0) }) < 1e-6)
        continue
      }
      let error = #expect(throws: CheckpointError.self) { _ = try place.matrix(file, on: workers) }
      #expect(error?.description.contains("blk.0.ssm_a") == true)
    }
  }

  /// Of two heads each has a row of one part, two of another and one of the first again.
  @Test func headsWithRowsOfAllParts() {
    let runs = [[1, 2], [1]]
    let places = [6, 2].enumerated().map { index, rows in
      StoredPlace("whole", matrix: [rows, 3], part: .share(index, of: 2, .heads(2, runs: runs)))
    }
    #expect(places.allSatisfy { $0.shape == [8, 3] })
    // Stored: a b b c, a b b c; read: a a b b b b, and c c.
    let parts = [
      SharedMatrix(Matrix(rows: 6, columns: 3) { row, _ in Float(row) }),
      SharedMatrix(Matrix(rows: 2, columns: 3) { row, _ in Float(10 + row) }),
    ]
    let stored = StoredPlace.stored(Array(zip(places, parts)))
    #expect((0..<8).map { stored[$0, 0] } == [0, 2, 3, 10, 1, 4, 5, 11])
  }
}
