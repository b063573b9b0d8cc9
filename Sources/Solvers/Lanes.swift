import Tensors

// Elementwise loops over the lanes of a tile. Each is short enough for the compiler to turn into a few vector
// instructions; spans are checked once, before the loop.

/// `result ← (a − b) · factor`
@inline(__always)
func subtract(_ b: Span<Float>, from a: Span<Float>, times factor: Float, into result: inout MutableSpan<Float>) {
  precondition(a.count >= RowTile.lanes && b.count >= RowTile.lanes && result.count >= RowTile.lanes)
  for lane in 0..<RowTile.lanes { result[unchecked: lane] = (a[unchecked: lane] - b[unchecked: lane]) * factor }
}

/// `target ← target + factor · x`
@inline(__always)
func addMultiple(_ factor: Float, of x: Span<Float>, to target: inout MutableSpan<Float>) {
  precondition(x.count >= RowTile.lanes && target.count >= RowTile.lanes)
  for lane in 0..<RowTile.lanes { target[unchecked: lane] += factor * x[unchecked: lane] }
}

/// `result ← base + factor · x`
@inline(__always)
func addScaled(
  _ x: Span<Float>, times factor: Float, to base: Span<Float>, into result: inout MutableSpan<Float>
) {
  precondition(x.count >= RowTile.lanes && base.count >= RowTile.lanes && result.count >= RowTile.lanes)
  for lane in 0..<RowTile.lanes { result[unchecked: lane] = base[unchecked: lane] + factor * x[unchecked: lane] }
}

/// `target ← x`
@inline(__always)
func copy(_ x: Span<Float>, to target: inout MutableSpan<Float>) {
  precondition(x.count >= RowTile.lanes && target.count >= RowTile.lanes)
  for lane in 0..<RowTile.lanes { target[unchecked: lane] = x[unchecked: lane] }
}

/// `step ← step − x`, and whether anything is left of it.
@inline(__always)
func subtractInPlace(_ x: Span<Float>, _ step: inout MutableSpan<Float>) -> Bool {
  precondition(x.count >= RowTile.lanes && step.count >= RowTile.lanes)
  var bits: UInt32 = 0
  for lane in 0..<RowTile.lanes {
    let rest = step[unchecked: lane] - x[unchecked: lane]
    step[unchecked: lane] = rest
    bits |= rest.bitPattern & 0x7FFF_FFFF
  }
  return bits != 0
}
