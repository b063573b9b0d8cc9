import Tensors

// Elementwise loops over the lanes of a tile. Each is short enough for the compiler to turn into a few vector
// instructions; spans are checked once, before the loop.

/// `result ← a − b`
@inline(__always)
func subtract(_ b: Span<Float>, from a: Span<Float>, into result: inout MutableSpan<Float>) {
  precondition(a.count == result.count && b.count == result.count)
  for lane in 0..<result.count { result[unchecked: lane] = a[unchecked: lane] - b[unchecked: lane] }
}

/// `target ← target + factor · x`
@inline(__always)
func addMultiple(_ factor: Float, of x: Span<Float>, to target: inout MutableSpan<Float>) {
  precondition(x.count == target.count)
  for lane in 0..<target.count { target[unchecked: lane] += factor * x[unchecked: lane] }
}

/// `result ← base + factor · x`
@inline(__always)
func addScaled(
  _ x: Span<Float>, times factor: Float, to base: Span<Float>, into result: inout MutableSpan<Float>
) {
  precondition(x.count == result.count && base.count == result.count)
  for lane in 0..<result.count { result[unchecked: lane] = base[unchecked: lane] + factor * x[unchecked: lane] }
}

/// `target ← target + factor · x · y`, lane by lane.
@inline(__always)
func addProduct(of x: Span<Float>, _ y: Span<Float>, times factor: Float, to target: inout MutableSpan<Float>) {
  precondition(x.count == target.count && y.count == target.count)
  for lane in 0..<target.count {
    target[unchecked: lane] += factor * x[unchecked: lane] * y[unchecked: lane]
  }
}

/// `target ← x`
@inline(__always)
func copy(_ x: Span<Float>, to target: inout MutableSpan<Float>) {
  precondition(x.count == target.count)
  for lane in 0..<target.count { target[unchecked: lane] = x[unchecked: lane] }
}

/// `step ← step − x`, and whether anything is left of it.
@inline(__always)
func subtractInPlace(_ x: Span<Float>, _ step: inout MutableSpan<Float>) -> Bool {
  precondition(x.count == step.count)
  var bits: UInt32 = 0
  for lane in 0..<step.count {
    let rest = step[unchecked: lane] - x[unchecked: lane]
    step[unchecked: lane] = rest
    bits |= rest.bitPattern & 0x7FFF_FFFF
  }
  return bits != 0
}
