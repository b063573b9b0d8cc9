import LinearAlgebra

/// What a run computes with. The same inputs and options give other bytes where one of these differs.
package struct Arithmetic: Sendable, Codable, Equatable {
  /// The library of the large products.
  package let backend: String
  /// The kernels that it chose for this processor: others round differently.
  package let kernel: String
  /// Of this program's own arithmetic: it grows with every change that changes bytes.
  package let version: Int

  /// That of this process.
  package static var current: Arithmetic { Arithmetic(backend: "openblas", kernel: BLAS.coreName, version: 2) }
}

extension Arithmetic: CustomStringConvertible {
  package var description: String { "\(backend) with kernels for \(kernel), version \(version)" }
}
