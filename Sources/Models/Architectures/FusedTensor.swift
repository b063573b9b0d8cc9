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

  package init(
    _ name: String, _ roles: [Role], isInterleaved: Bool = false, isTransposed: Bool = false,
    isRow: Bool = false
  ) {
    self.init(name, roles, isInterleaved ? .turns : .runs, isTransposed: isTransposed, isRow: isRow)
  }

  package init(
    _ name: String, _ roles: [Role], _ arrangement: StoredPlace.Part.Arrangement, isTransposed: Bool = false,
    isRow: Bool = false, isOnly: Bool = false
  ) {
    self.name = name
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
  func place(
    of role: Role, after prefix: String, sides: [Int], expert: WeightSpec.Expert?
  ) -> StoredPlace? {
    guard let index = roles.firstIndex(of: role) else { return nil }
    let part = roles.count == 1 ? nil : StoredPlace.Part(index, of: roles.count, arrangement)
    return StoredPlace(
      prefix + name, matrix: isRow ? [1] + sides : sides, stack: expert, part: part,
      storage: isTransposed ? .transposed : .plain)
  }
}
