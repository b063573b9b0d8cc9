import JSON
import Schemes
import Tensors

/// The layout of bitsandbytes' four-bit checkpoints, counted over the whole matrix row after row.
///
/// `weight` u8 `[rows · columns / 2, 1]`, the first code in the high nibble (other programs may call these bytes i8, bf16, f16,
/// f32 or f64, with fewer elements); `weight.absmax` f32 with a scale for 64 weights,
/// `weight.quant_map` f32 `[16]` and a JSON text in `weight.quant_state.bitsandbytes__nf4`. With double quantization
/// `weight.absmax` is u8, beside `weight.nested_absmax` and `weight.nested_quant_map` f32 `[256]`. Source: bitsandbytes,
/// `functional.py`, `QuantState`.
package struct BitsAndBytesLayout: MatrixLayout, Equatable {
  package let rows: Int
  package let columns: Int
  /// `nf4` or `fp4`.
  package let codebook: String
  package let isNested: Bool
  /// What readers make of the codes, as torch calls it.
  package let elementType: String

  package init(rows: Int, columns: Int, codebook: String, isNested: Bool, elementType: String = "float16") {
    self.elementType = elementType
    self.rows = rows
    self.columns = columns
    self.codebook = codebook
    self.isNested = isNested
  }

  private var scales: Int { rows * columns / BitsAndBytesMatrix.weightsPerScale }
  static let stateSuffix = "weight.quant_state.bitsandbytes__"

  package var parts: [LayoutPart] {
    let state = LayoutPart(Self.stateSuffix + codebook, [stateText(mean: 0).utf8.count], "U8")
    let weight = LayoutPart("weight", [rows * columns / 2, 1], "U8")
    let map = LayoutPart("weight.quant_map", [16], "F32")
    guard isNested else { return [weight, LayoutPart("weight.absmax", [scales], "F32"), map, state] }
    return [
      weight, LayoutPart("weight.absmax", [scales], "U8"),
      LayoutPart("weight.nested_absmax", [(scales + 255) / 256], "F32"),
      LayoutPart("weight.nested_quant_map", [256], "F32"), map, state,
    ]
  }

  package func encode(
    _ packed: borrowing PackedRows, _ format: any WeightFormat, order: [Int]?, on workers: Workers
  ) -> [[UInt8]] {
    guard let matrix = BitsAndBytesMatrix(packed, format) else {
      preconditionFailure("the plan gives \(format.name) to a layout of bitsandbytes")
    }
    let map = TensorBytes.float32(matrix.levels)
    let state = Array(stateText(mean: matrix.nested?.mean ?? 0).utf8)
    guard let nested = matrix.nested else { return [matrix.codes, TensorBytes.float32(matrix.absmax), map, state] }
    return [
      matrix.codes, nested.codes, TensorBytes.float32(nested.factors), TensorBytes.float32(nested.levels), map, state,
    ]
  }

  /// What is no tensor, as JSON. The mean has a fixed number of digits, enough for any Float32, so that the length of the
  /// text is known before the mean is.
  private func stateText(mean: Float) -> String {
    let nested =
      isNested
      ? ", \"nested_blocksize\": 256, \"nested_dtype\": \"float32\", \"nested_offset\": \(Self.digits(mean))" : ""
    return "{\"quant_type\": \"\(codebook)\", \"blocksize\": \(BitsAndBytesMatrix.weightsPerScale), "
      + "\"dtype\": \"\(elementType)\", \"shape\": [\(rows), \(columns)]\(nested)}"
  }

  /// A number in 24 characters.
  private static func digits(_ value: Float) -> String {
    let text = "\(Double(value))"
    return text + String(repeating: " ", count: max(0, 24 - text.count))
  }
}

/// A matrix of such a checkpoint.
package struct BitsAndBytesWeights: QuantizedWeights {
  package let rows: Int
  package let columns: Int
  package let parts: [StoredTensor]
  package let typeName: String
  /// The level of each stored number, `[16]`.
  private let levels: [Float]
  private let weightsPerScale: Int
  /// One for each `weightsPerScale` weights.
  private let absmax: [Float]

  /// - Throws: what is wrong with which tensor.
  init(_ reader: PartReader) throws(CheckpointError) {
    // `bnb_4bit_quant_storage` calls the same bytes by another type, so that they can be spread like weights.
    let weight = try reader.required("weight", type: ["U8", "I8", "BF16", "F16", "F32", "F64"])
    guard let codebook = ["nf4", "fp4"].first(where: { reader.optional(BitsAndBytesLayout.stateSuffix + $0) != nil })
    else {
      throw .noSuchTensor(
        path: reader.path, tensor: "\(reader.module).\(BitsAndBytesLayout.stateSuffix)nf4", similar: [])
    }
    let state = try reader.required(BitsAndBytesLayout.stateSuffix + codebook, type: ["U8"])
    let settings = try Self.settings(state)
    let shape = try settings.integers("shape")
    guard shape.count == 2, shape.allSatisfy({ 1...Int(Int32.max) ~= $0 }) else {
      throw settings.error("shape", expected: "rows and columns")
    }
    let blocksize = try settings.positiveInteger("blocksize")
    let count = shape[0] * shape[1]
    guard weight.byteCount == (count + 1) / 2 else {
      throw PartReader.shape(weight, expected: "\((count + 1) / 2) bytes for \(shape)")
    }
    let scales = (count + blocksize - 1) / blocksize
    let absmax = try reader.required("weight.absmax", type: ["F32", "U8"])
    try PartReader.check(absmax, shape: [scales], "a scale for each \(blocksize) weights")
    let map = try reader.required("weight.quant_map", type: ["F32"])
    try PartReader.check(map, shape: [16], "a level for each code")
    var parts = [weight, absmax, map, state]
    if absmax.storage.name.lowercased() == "u8" {
      let nested = try Nested(reader, settings, scales: scales)
      self.absmax = nested.scales(absmax)
      parts += nested.parts
    } else {
      self.absmax = try absmax.matrix().array()
    }
    (rows, columns, weightsPerScale, self.parts) = (shape[0], shape[1], blocksize, parts)
    levels = try map.matrix().array()
    typeName = codebook + (parts.count > 4 ? "_dq" : "")
  }

  private static func settings(_ state: StoredTensor) throws(CheckpointError) -> JSONObject {
    let place = "\(state.path): \(state.name)"
    let value = try state.withBytes { bytes throws(CheckpointError) in try JSONValue(bytes, path: place) }
    guard case .object(let members) = value else {
      throw .malformed(
        path: state.path, part: .tensor(state.name, "values"), found: value.summary, expected: "a JSON object")
    }
    return JSONObject(path: place, members: members)
  }

  /// Scales that are quantized too.
  private struct Nested {
    let parts: [StoredTensor]
    private let factors: [Float]
    private let levels: [Float]
    private let mean: Float
    private let scalesPerFactor: Int

    init(_ reader: PartReader, _ settings: JSONObject, scales: Int) throws(CheckpointError) {
      scalesPerFactor = try settings.positiveInteger("nested_blocksize")
      mean = Float(try settings.number("nested_offset"))
      let factors = try reader.required("weight.nested_absmax", type: ["F32"])
      try PartReader.check(
        factors, shape: [(scales + scalesPerFactor - 1) / scalesPerFactor], "a factor for \(scalesPerFactor) scales")
      let levels = try reader.required("weight.nested_quant_map", type: ["F32"])
      try PartReader.check(levels, shape: [256], "a level for each code of a scale")
      self.factors = try factors.matrix().array()
      self.levels = try levels.matrix().array()
      parts = [factors, levels]
    }

    func scales(_ tensor: StoredTensor) -> [Float] {
      tensor.withBytes { bytes in
        (0..<bytes.byteCount).map { index in
          levels[Int(bytes.littleEndian(UInt8.self, at: index))] * factors[index / scalesPerFactor] + mean
        }
      }
    }
  }

  package func rows(_ range: Range<Int>, on workers: Workers) throws(CheckpointError) -> Matrix {
    let (columns, levels, absmax, weightsPerScale) = (columns, levels, absmax, weightsPerScale)
    var matrix = Matrix(rows: range.count, columns: columns)
    parts[0].withBytes { bytes in
      matrix.withDisjointRows { matrix in
        workers.forEach(range.count) { row in
          var values = matrix.row(row)
          let start = (range.lowerBound + row) * columns
          for column in 0..<columns {
            let place = start + column
            let pair = bytes.littleEndian(UInt8.self, at: place / 2)
            values[column] = levels[Int(place % 2 == 0 ? pair >> 4 : pair & 15)] * absmax[place / weightsPerScale]
          }
        }
      }
    }
    return matrix
  }
}
