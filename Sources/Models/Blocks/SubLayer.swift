/// Steps of a block whose matrices are calibrated together: what each of them reads is known before any of them is run.
package struct SubLayer: Sendable, Equatable {
  package let steps: Range<Int>
  /// The roles of its tensors.
  package let roles: Set<Role>
  /// Those of them that an earlier sub-layer has, too.
  package let repeated: Set<Role>
  /// What the steps from here on read: the stream, and what stands beside it.
  package let live: Set<Edge>
  /// Whether some sites are seen only while its matrices are run, as those of experts are.
  package let hasInnerSites: Bool
}

extension BlockSteps {
  /// All steps as one.
  package var whole: SubLayer { subLayer(steps.indices) }

  /// The block cut before each matrix whose input hangs on a matrix of the same sub-layer: there where the fewest columns stand
  /// on edges, and as late as can be.
  package var subLayers: [SubLayer] {
    var cuts: [Int] = []
    var lastMatrix: Int?
    var pending: Set<Edge> = []
    for (index, step) in steps.enumerated() {
      // What is seen only while a step runs hangs on all that the step reads.
      let inputs = hasInnerSites(index) ? step.reads : sites[index]
      if let last = lastMatrix, !pending.isDisjoint(with: inputs) {
        let widths = (last + 1...index).map { (index: $0, columns: width(before: $0)) }
        let narrowest = widths.reversed().min { $0.columns < $1.columns }
        cuts.append(narrowest?.index ?? index)
        pending = []
      }
      if inputs.isEmpty {
        if pending.isDisjoint(with: step.reads) { continue }
      } else {
        lastMatrix = index
      }
      pending.formUnion(step.writes(columns).map(\.edge))
    }
    return zip([0] + cuts, cuts + [steps.count]).map { subLayer($0..<$1) }
  }

  /// Columns of what stands on edges before a step.
  private func width(before index: Int) -> Int { live(before: index).reduce(0) { $0 + (columns[$1] ?? 0) } }

  private func subLayer(_ range: Range<Int>) -> SubLayer {
    let own = Set(range.flatMap { tensors[$0].map(\.role) })
    return SubLayer(
      steps: range, roles: own, repeated: own.intersection(tensors[..<range.lowerBound].joined().map(\.role)),
      live: live(before: range.lowerBound),
      hasInnerSites: range.contains(where: hasInnerSites))
  }
}

extension SubLayer {
  /// The step of experts among those of a block that are its own.
  package func route(_ block: BlockSteps) -> Route? { block.steps[steps].lazy.compactMap { $0 as? Route }.first }
}
