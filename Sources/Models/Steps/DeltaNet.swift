/// A gated delta net, as the configuration of a model has it.
package struct DeltaNet: Sendable, Equatable {
  package var heads: DeltaHeads
  /// How many tokens, itself included, a token's queries, keys and values are a mixture of.
  package var taps: Int
  /// Which layers have it in the place of attention.
  package var layers: [Bool]
  /// Whether one matrix makes both numbers that gate a state.
  package var hasJointGates: Bool
  /// What files say of `layers`, in short: the last of every so many has attention.
  package var interval = DeltaNet.usualInterval
  /// Added to the squared length of queries and keys before they are brought to length 1.
  package var lengthEpsilon: Float = 1e-6

  package init(heads: DeltaHeads, taps: Int, layers: [Bool], hasJointGates: Bool) {
    (self.heads, self.taps, self.layers, self.hasJointGates) = (heads, taps, layers, hasJointGates)
  }

  package static let usualInterval = 4

  /// Columns of queries, keys and values together.
  package var channels: Int { 2 * heads.keyColumns + heads.valueColumns }
}

/// Heads of a delta net. Several heads of values may share one of queries and keys.
package struct DeltaHeads: Sendable, Equatable {
  /// How heads of values stand.
  package enum Order: Sendable, Equatable {
    /// Those that share a head of keys stand together.
    case grouped
    /// Heads of keys take turns.
    case tiled
  }

  package var keyHeads: Int
  /// A multiple of `keyHeads`.
  package var valueHeads: Int
  package var keySize: Int
  package var valueSize: Int
  package var order: Order

  package init(keyHeads: Int, valueHeads: Int, keySize: Int, valueSize: Int, order: Order = .grouped) {
    precondition(valueHeads % keyHeads == 0, "every head of keys is shared by as many heads of values")
    (self.keyHeads, self.valueHeads, self.keySize, self.valueSize) = (keyHeads, valueHeads, keySize, valueSize)
    self.order = order
  }

  package var keyColumns: Int { keyHeads * keySize }
  package var valueColumns: Int { valueHeads * valueSize }
  package var valuesPerKey: Int { valueHeads / keyHeads }

  /// The heads of values that share a head of keys.
  func valueHeads(of key: Int) -> [Int] {
    (0..<valuesPerKey).map { order == .grouped ? key * valuesPerKey + $0 : $0 * keyHeads + key }
  }

  func keyHead(of value: Int) -> Int { order == .grouped ? value / valuesPerKey : value % keyHeads }
}
