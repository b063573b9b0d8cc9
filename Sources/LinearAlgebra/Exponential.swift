// Pieces of loops: small enough to be inlined into every caller, so that the loop around them becomes vector code.

/// eˣ to within two units in the last place of Float32 from −87.3 to 88.7; 0 below, growing to infinity above, and NaN
/// for NaN.
///
/// 2 to the rounded exponent times a polynomial (Taylor, degree 7) for the rest, within ±ln 2 / 2. Unlike the library's,
/// a loop over it becomes vector code.
@inlinable
@inline(__always)
public func exponential(_ x: Float) -> Float {
  // Far below, powers of the rest would overflow, and infinity times the zero that is meant would be NaN.
  let x = x < -88 ? -88 : x
  let scaled = x * 1.442_695_04
  let raised = scaled > -126 ? scaled : -126
  let bounded = raised < 127 ? raised : 127
  let magic: Float = 12_582_912
  let shifted = bounded + magic
  // The rounding error of x · log₂e grows with x; taking it out again keeps the last digits.
  let whole = shifted - magic
  let t = x.addingProduct(whole, -0.693_359_375).addingProduct(whole, 2.121_944_4e-4)
  let inRange: Float = scaled > -126 ? 1 : 0
  var p: Float = 1.984_126_98e-4
  p = Float(1.388_888_89e-3).addingProduct(p, t)
  p = Float(8.333_333_33e-3).addingProduct(p, t)
  p = Float(4.166_666_67e-2).addingProduct(p, t)
  p = Float(1.666_666_67e-1).addingProduct(p, t)
  p = Float(0.5).addingProduct(p, t)
  p = Float(1).addingProduct(p, t)
  p = Float(1).addingProduct(p, t)
  let exponent = Int32(bitPattern: shifted.bitPattern) &- Int32(bitPattern: magic.bitPattern)
  let power = Float(bitPattern: UInt32(bitPattern: (exponent &+ 127) << 23))
  return p * power * inRange
}

/// Σ over the values of `term`, in sixteen fixed partial sums.
@inlinable
@inline(__always)
public func laneSum(_ count: Int, _ term: (Int) -> Float) -> Float {
  var sums = SIMD16<Float>()
  var index = 0
  // Where an addition is checked for overflow, the loop around it does not become vector code.
  while index &+ 16 <= count {
    for lane in 0..<16 { sums[lane] += term(index &+ lane) }
    index &+= 16
  }
  var sum = sums.sum()
  while index < count {
    sum += term(index)
    index &+= 1
  }
  return sum
}
