/// Another tensor in which a folder may keep what one of a block's modules has: with the matrices of several roles in it, with
/// those of all experts, or under another name.
package struct FusedTensor: Sendable {
  /// In the block, whole.
  package let name: String
  /// What stands in it, in this order; of experts, each expert's.
  package let roles: [Role]
  /// How rows of the roles lie.
  package let arrangement: StoredPlace.Part.Arrangement
  /// Whether no folder keeps its matrices otherwise.
  package let isOnly: Bool
  /// Whether it holds matrices as they are multiplied from the right: `[columns, rows]`.
  package let isTransposed: Bool
  /// Whether a vector stands there as a matrix of one row.
  package let isRow: Bool
  /// Of latent attention: how many rows of each head are its keys, and how many its values.
  package let headRows: (keys: Int, values: Int)?

  package init(
    _ name: String, _ roles: [Role], isInterleaved: Bool = false, isTransposed: Bool = false,
    isRow: Bool = false, headRows: (keys: Int, values: Int)? = nil
  ) {
    self.init(
      name, roles, isInterleaved ? .turns : .runs, isTransposed: isTransposed, isRow: isRow, headRows: headRows)
  }

  package init(
    _ name: String, _ roles: [Role], _ arrangement: StoredPlace.Part.Arrangement, isTransposed: Bool = false,
    isRow: Bool = false, isOnly: Bool = false, headRows: (keys: Int, values: Int)? = nil
  ) {
    self.name = name
    self.headRows = headRows
    self.roles = roles
    self.arrangement = arrangement
    self.isOnly = isOnly
    self.isTransposed = isTransposed
    self.isRow = isRow
  }

  /// Where it holds a matrix.
  ///
  /// - Parameters:
  ///   - prefix: what goes before the names of the block.
  ///   - sides: of the matrix, outermost first.
  package func place(
    of role: Role, after prefix: String, sides: [Int], expert: WeightSpec.Expert?
  ) -> StoredPlace? {
    guard let index = roles.firstIndex(of: role) else { return nil }
    if let headRows { return place(of: role, headRows, after: prefix, sides: sides, head: expert) }
    let part: StoredPlace.Part? = roles.count == 1 ? nil : .share(index, of: roles.count, arrangement)
    return StoredPlace(
      prefix + name, matrix: isRow ? [1] + sides : sides, stack: expert, part: part,
      storage: isTransposed ? .transposed : .plain)
  }

  /// Of each head the rows of its keys, which the decoder reads by themselves and on their side, and behind them those of its values,
  /// which it reads for all heads at once.
  private func place(
    of role: Role, _ rows: (keys: Int, values: Int), after prefix: String, sides: [Int], head: WeightSpec.Expert?
  ) -> StoredPlace {
    let period = rows.keys + rows.values
    guard let head else {
      return StoredPlace(
        prefix + name, matrix: sides,
        part: .share(1, of: 2, .heads(sides[0] / rows.values, runs: [[rows.keys], [rows.values]])))
    }
    let first = head.index * period
    return StoredPlace(
      prefix + name, matrix: sides, part: .columns(first..<first + rows.keys, total: head.count * period),
      storage: .transposed)
  }
}
