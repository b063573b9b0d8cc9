extension RawSpan {
  /// A copy of all bytes.
  public func array() -> [UInt8] { withUnsafeBytes { Array($0) } }

  /// An integer stored low byte first. It need not be aligned.
  ///
  /// - Precondition: the integer lies inside the span; `unsafeLoadUnaligned` checks its bounds, and every bit pattern
  ///   is an integer.
  @inlinable
  public func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
    T(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// A half-precision number, widened.
  @inlinable
  public func float16(at offset: Int) -> Float {
    Float(Float16(bitPattern: littleEndian(UInt16.self, at: offset)))
  }
}

/// Appends little-endian values to memory that is already there, and remembers how far it has come.
public struct ByteWriter: ~Copyable, ~Escapable {
  @usableFromInline var bytes: MutableRawSpan
  /// Bytes written so far.
  public private(set) var offset = 0

  /// Writes from the start of `bytes`.
  @_lifetime(copy bytes)
  public init(_ bytes: consuming MutableRawSpan) {
    self.bytes = bytes
  }

  /// Appends an integer, low byte first. Traps when the memory is full.
  @_lifetime(self: copy self)
  public mutating func append<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    offset += MemoryLayout<T>.size
  }

  /// Appends a number rounded to half precision.
  @_lifetime(self: copy self)
  public mutating func append(float16 value: Float) {
    append(Float16(value).bitPattern)
  }
}
