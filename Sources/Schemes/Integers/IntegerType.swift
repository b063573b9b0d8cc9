/// A type of integers, as the checkpoints of runtimes other than llama.cpp store them: so many bits, a scale for a group
/// of columns, and one of three ways to say which code stands for zero.
///
/// Its name says all of it: `int4_g128` is symmetric with a scale for 128 columns, `int4_g128_asym` has integer zero
/// points, `int4_g64_bias` half-precision biases, and `int8_row` one scale for a whole row.
package struct IntegerType: Sendable, Equatable {
  /// The columns that share a scale.
  package enum Group: Sendable, Equatable {
    case columns(Int)
    /// All of a row, whatever its length.
    case row
  }

  /// What codes are relative to.
  package enum Zero: Sendable, Equatable {
    /// The middle code: `value = scale · (code − 2^(bits − 1))`, as in symmetric GPTQ and compressed-tensors checkpoints.
    /// Scales have either sign.
    case symmetric
    /// An integer of the group: `value = scale · (code − zero)`, as in asymmetric GPTQ, AWQ and compressed-tensors
    /// checkpoints. It is at least 1, so that those that store zero − 1 need no borrow.
    case point
    /// A half-precision number of the group: `value = scale · code + bias`, as in MLX and HQQ checkpoints.
    case bias
  }

  /// 2, 3, 4, 6 or 8.
  package let bits: Int
  package let group: Group
  package let zero: Zero

  /// The lower-case name by which pipeline files and reports know it.
  package var name: String {
    let columns =
      switch group {
      case .columns(let count): "g\(count)"
      case .row: "row"
      }
    let suffix =
      switch zero {
      case .symmetric: ""
      case .point: "_asym"
      case .bias: "_bias"
      }
    return "int\(bits)_\(columns)\(suffix)"
  }

  /// The format of rows of `columns` weights; nil where groups do not divide them.
  package func scheme(columns: Int) -> IntegerScheme? {
    switch group {
    case .columns(let count): columns % count == 0 ? IntegerScheme(self, columnsPerGroup: count) : nil
    case .row: columns > 0 ? IntegerScheme(self, columnsPerGroup: columns) : nil
    }
  }

  /// Every type. Six bits are MLX's alone, and so have biases.
  package static let all: [IntegerType] =
    [4, 8, 3, 2].flatMap { types(bits: $0, [.symmetric, .point, .bias]) } + types(bits: 6, [.bias])

  private static func types(bits: Int, _ zeros: [Zero]) -> [IntegerType] {
    [Group.columns(128), .columns(64), .columns(32), .row].flatMap { group in
      zeros.map { IntegerType(bits: bits, group: group, zero: $0) }
    }
  }

  /// All names in one, for messages.
  package static let pattern =
    "int{4,8,3,2}_{g128,g64,g32,row}, alone or followed by _asym or _bias, and int6_{g128,g64,g32,row}_bias"

  /// The type of that name, or nil.
  package static func named(_ name: String) -> IntegerType? {
    all.first { $0.name == name }
  }
}
