/// The planned tensors of a file in the making, and how far their bytes have come.
///
/// Writers of every container hand their bytes through here: tensors come in the planned order, each in as many pieces
/// as suits the caller, and not a byte more or less than planned.
struct TensorSequence {
  /// A tensor as the sequence knows it.
  struct Planned {
    let name: String
    let byteCount: Int
    /// Shape and type, for error messages.
    let summary: String
  }

  private let path: String
  private let planned: [Planned]
  /// The place of the tensor that comes next; the number of tensors when all have come.
  private(set) var current = 0
  private var missing = 0

  init(path: String, _ planned: [Planned]) {
    self.path = path
    self.planned = planned
    missing = planned.first?.byteCount ?? 0
    skipComplete()
  }

  /// Checks that `count` bytes may be appended to a tensor.
  ///
  /// - Throws: `.misfit` when it is another tensor's turn, or the tensor has fewer bytes.
  func check(_ count: Int, to name: String) throws(CheckpointError) {
    guard current < planned.count, planned[current].name == name else {
      let next =
        current < planned.count ? "\(missing) bytes of tensor \(planned[current].name) first" : "no more tensors"
      throw .misfit(path: path, tensor: name, found: "\(count) bytes", expected: next)
    }
    if count > missing { throw misfit(planned[current].byteCount - missing + count) }
  }

  /// Whether no byte of the tensor has come whose turn it is.
  var isAtStart: Bool { current < planned.count && missing == planned[current].byteCount }

  /// Counts bytes that were appended. Answers whether they were a tensor's last.
  mutating func advance(_ count: Int) -> Bool {
    missing -= count
    guard missing == 0 else { return false }
    skipComplete()
    return true
  }

  /// Checks that all bytes of all tensors have come.
  func checkComplete() throws(CheckpointError) {
    if current < planned.count { throw misfit(planned[current].byteCount - missing) }
  }

  /// Moves on past tensors that have all their bytes: the one just completed, and those without any.
  private mutating func skipComplete() {
    while current < planned.count, missing == 0 {
      current += 1
      missing = current < planned.count ? planned[current].byteCount : 0
    }
  }

  private func misfit(_ given: Int) -> CheckpointError {
    let tensor = planned[current]
    return .misfit(
      path: path, tensor: tensor.name, found: "\(given) bytes", expected: "\(tensor.byteCount) for \(tensor.summary)")
  }
}
