import Schemes
import Tensors

/// How a container lays the weights of one quantized matrix `[rows, columns]` out as tensors.
package protocol MatrixLayout: Sendable {
  /// The tensors, in the order in which `encode` gives their bytes.
  var parts: [LayoutPart] { get }
  /// Lays packed rows of a format out.
  ///
  /// - Parameter order: the column of the matrix at each place of a packed row; nil where they are in order.
  /// - Precondition: the container holds the format.
  func encode(
    _ packed: borrowing PackedRows, _ format: any WeightFormat, order: [Int]?, on workers: Workers
  ) -> [[UInt8]]
}

/// One tensor of a quantized matrix.
package struct LayoutPart: Sendable, Equatable {
  /// What follows the name of the module: `qweight`, `weight.absmax`.
  package let suffix: String
  package let shape: [Int]
  /// The type's name in safetensors files.
  package let type: String

  init(_ suffix: String, _ shape: [Int], _ type: String) {
    self.suffix = suffix
    self.shape = shape
    self.type = type
  }
}

/// A layout of integers.
package protocol IntegerLayout: MatrixLayout {
  /// The bytes of each part.
  func pack(_ matrix: borrowing IntegerMatrix, on workers: Workers) -> [[UInt8]]
}

extension IntegerLayout {
  package func encode(
    _ packed: borrowing PackedRows, _ format: any WeightFormat, order: [Int]?, on workers: Workers
  ) -> [[UInt8]] {
    guard let scheme = format as? IntegerScheme else {
      preconditionFailure("the plan gives \(format.name) to a layout of integers")
    }
    let columns = packed.columns / scheme.bytesPerBlock * scheme.columnsPerBlock
    var matrix = IntegerMatrix(packed, scheme, columns: columns, on: workers)
    if let order { matrix.restoreColumns(order) }
    return pack(matrix, on: workers)
  }
}

/// A matrix that a checkpoint stores as several tensors, ready to be decoded.
package protocol QuantizedWeights: Sendable {
  /// What its weights are stored in, such as `int4_g128_asym`.
  var typeName: String { get }
  /// The tensors that it is stored in, the largest first.
  var parts: [StoredTensor] { get }
  /// How what the matrix reads is rounded; nil where it is not.
  var inputs: InputQuantization? { get }
  /// Decodes some rows, `[range.count, columns]`.
  ///
  /// - Throws: `.malformed` when a stored number cannot be: it names the tensor.
  func rows(_ range: Range<Int>, on workers: Workers) throws(CheckpointError) -> Matrix
}

extension QuantizedWeights {
  package var inputs: InputQuantization? { nil }
}

/// What the types of integers are called, those included that this program does not write.
func integerTypeName(bits: Int, columnsPerGroup: Int?, suffix: String) -> String {
  "int\(bits)_\(columnsPerGroup.map { "g\($0)" } ?? "row")\(suffix)"
}
