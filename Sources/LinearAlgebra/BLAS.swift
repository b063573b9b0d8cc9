import COpenBLAS

/// What every call into OpenBLAS relies on.
package enum BLAS {
  /// Keeps OpenBLAS from starting threads of its own. Results would depend on their number; ours are fixed tiles.
  static let singleThreaded: Void = openblas_set_num_threads(1)

  /// The kernels that OpenBLAS chose for this processor, such as `SkylakeX`.
  package static var coreName: String { String(cString: openblas_get_corename()) }

  /// Version and build options, as OpenBLAS words them.
  package static var configuration: String { String(cString: openblas_get_config()) }
}
