import Checkpoints
import Foundation
import TestSupport
import Testing

/// Damages a file at random places: whatever comes, reading it answers or throws.
///
/// `PLANISH_FUZZ=100000 swift test -c release --filter GGUFFuzz` goes on for longer than the usual 4,000 times.
@Suite struct GGUFFuzzTests {
  /// A file with every kind of value and a tensor of each kind of block.
  private static let original: [UInt8] = {
    var file = GGUFBytes()
    file.keys = [
      ("general.architecture", GGUFBytes.typed(8, GGUFBytes.text("llama"))),
      ("general.alignment", GGUFBytes.typed(4, [32, 0, 0, 0])),
      ("a.bool", GGUFBytes.typed(7, [1])), ("a.double", GGUFBytes.typed(12, [UInt8](repeating: 7, count: 8))),
      ("a.list", GGUFBytes.array(6, count: 3, [UInt8](repeating: 1, count: 12))),
      ("a.text.list", GGUFBytes.array(8, count: 2, GGUFBytes.text("one") + GGUFBytes.text("two"))),
      ("a.nested.list", GGUFBytes.array(9, count: 1, [4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9])),
    ]
    file.tensors = [
      .init(name: "f32", sides: [4, 2]), .init(name: "f16", sides: [8], type: 1, offset: 32),
      .init(name: "q8_0", sides: [32, 2], type: 8, offset: 64),
      .init(name: "q4_k", sides: [256], type: 12, offset: 160),
      .init(name: "iq2_xxs", sides: [256], type: 16, offset: 320),
    ]
    file.data = 416
    return file.bytes
  }()

  private static let rounds =
    ProcessInfo.processInfo.environment["PLANISH_FUZZ"].flatMap(Int.init) ?? 4_000

  @Test func damagedFilesDoNoHarm() throws {
    let folder = try TemporaryFolder()
    var random = SeededRandom(seed: 2026)
    var opened = 0
    var refused = 0
    let memory = Self.peakMemory
    for _ in 0..<Self.rounds {
      var bytes = Self.original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] =
          Self.values[
            Int.random(in: 0..<Self.values.count, using: &random)]
      }
      if Int.random(in: 0..<8, using: &random) == 0 {
        bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
      }
      let path = try folder.writeQuickly("damaged.gguf", bytes)
      do {
        let file = try GGUFFile(path: path)
        for tensor in file.tensors.all { _ = try? tensor.matrix(workers: .init(count: 1)) }
        opened += 1
      } catch {
        #expect(!error.description.isEmpty)
        refused += 1
      }
    }
    #expect(min(opened, refused) > Self.rounds / 50, "\(opened) opened, \(refused) refused: one kind of damage")
    // A count that is believed before it is checked would ask for gigabytes.
    #expect(Self.peakMemory - memory < 256 << 20)
  }

  /// Bytes that make counts, lengths and types go wrong.
  private static let values: [UInt8] = [0, 1, 2, 3, 7, 8, 9, 12, 13, 31, 32, 64, 127, 128, 200, 254, 255]

  /// The most memory that this process ever held, in bytes.
  private static var peakMemory: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int(usage.ru_maxrss) << 10
  }
}
