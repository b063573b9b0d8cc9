import Tensors

/// IEEE single precision.
package struct F32: FloatFormat {
  package init() {}
  package var name: String { "f32" }
  package var columnsPerBlock: Int { 1 }
  package var bytesPerBlock: Int { 4 }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    ElementType.float32.decode(bytes, into: &values)
  }

  package func pack(_ values: Span<Float>, into bytes: inout ByteWriter) {
    for index in 0..<values.count { bytes.append(values[index].bitPattern) }
  }
}

/// IEEE half precision. Weights beyond its range become infinite: plan and run check for them.
package struct F16: FloatFormat {
  package init() {}
  package var name: String { "f16" }
  package var columnsPerBlock: Int { 1 }
  package var bytesPerBlock: Int { 2 }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    ElementType.float16.decode(bytes, into: &values)
  }

  package func pack(_ values: Span<Float>, into bytes: inout ByteWriter) {
    for index in 0..<values.count { bytes.append(float16: values[index]) }
  }
}

/// The upper half of a single-precision number, rounded to nearest even.
package struct BF16: FloatFormat {
  package init() {}
  package var name: String { "bf16" }
  package var columnsPerBlock: Int { 1 }
  package var bytesPerBlock: Int { 2 }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    ElementType.bfloat16.decode(bytes, into: &values)
  }

  package func pack(_ values: Span<Float>, into bytes: inout ByteWriter) {
    for index in 0..<values.count {
      let bits = values[index].bitPattern
      let rounded = (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16
      bytes.append(UInt16(truncatingIfNeeded: values[index].isNaN ? (bits >> 16) | 0x40 : rounded))
    }
  }
}
