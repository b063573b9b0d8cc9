import Schemes

/// A type of tensor elements in GGUF (`enum ggml_type`, with the block sizes of `ggml-common.h`).
package struct GGUFTensorType: Sendable, Equatable {
  /// The number that stands for it in files.
  package let id: UInt32
  /// The lower-case name, the same as of the `WeightFormat` that decodes it, if there is one.
  package let name: String
  package let columnsPerBlock: Int
  package let bytesPerBlock: Int

  private init(_ id: UInt32, _ name: String, _ columnsPerBlock: Int, _ bytesPerBlock: Int) {
    self.id = id
    self.name = name
    self.columnsPerBlock = columnsPerBlock
    self.bytesPerBlock = bytesPerBlock
  }

  /// Every type of today. The missing numbers belonged to types that ggml has dropped.
  package static let all: [GGUFTensorType] = [
    .init(0, "f32", 1, 4), .init(1, "f16", 1, 2), .init(2, "q4_0", 32, 18), .init(3, "q4_1", 32, 20),
    .init(6, "q5_0", 32, 22), .init(7, "q5_1", 32, 24), .init(8, "q8_0", 32, 34), .init(9, "q8_1", 32, 36),
    .init(10, "q2_k", 256, 84), .init(11, "q3_k", 256, 110), .init(12, "q4_k", 256, 144), .init(13, "q5_k", 256, 176),
    .init(14, "q6_k", 256, 210), .init(15, "q8_k", 256, 292), .init(16, "iq2_xxs", 256, 66),
    .init(17, "iq2_xs", 256, 74), .init(18, "iq3_xxs", 256, 98), .init(19, "iq1_s", 256, 50),
    .init(20, "iq4_nl", 32, 18), .init(21, "iq3_s", 256, 110), .init(22, "iq2_s", 256, 82),
    .init(23, "iq4_xs", 256, 136), .init(24, "i8", 1, 1), .init(25, "i16", 1, 2), .init(26, "i32", 1, 4),
    .init(27, "i64", 1, 8), .init(28, "f64", 1, 8), .init(29, "iq1_m", 256, 56), .init(30, "bf16", 1, 2),
    .init(34, "tq1_0", 256, 54), .init(35, "tq2_0", 256, 66), .init(39, "mxfp4", 32, 17), .init(40, "nvfp4", 64, 36),
    .init(41, "q1_0", 128, 18), .init(42, "q2_0", 64, 18),
  ]

  /// The type of that number, or nil.
  package static func with(id: UInt32) -> GGUFTensorType? {
    all.first { $0.id == id }
  }

  /// The type of that name, or nil.
  package static func named(_ name: String) -> GGUFTensorType? {
    all.first { $0.name == name }
  }

  /// How its elements are read: what `Schemes` can decode is weights.
  package var storage: TensorStorage {
    WeightFormats.named(name).map { .weights($0) } ?? .other(name)
  }

  /// Bytes of a tensor of that shape, outermost side first, or nil when its rows are not whole blocks or the number of
  /// elements or bytes does not fit an `Int`.
  package func byteCount(shape: [Int]) -> Int? {
    let columns = shape.last ?? 1
    guard shape.allSatisfy({ $0 >= 0 }), shape.checkedProduct != nil, columns % columnsPerBlock == 0 else { return nil }
    return (shape.dropLast() + [columns / columnsPerBlock, bytesPerBlock]).checkedProduct
  }
}
