/// What is learned while a pipeline file is read: mistakes, positions, and every option as it was understood.
///
/// Readers share one log and never throw, so that one pass finds every mistake.
final class ReadingLog {
  let folders: BaseFolders
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var options: [ResolvedValue.Option] = []
  /// Where each value stands, by its path in words.
  private(set) var positions: [String: SourcePosition] = [:]
  private(set) var claims: [Claim] = []

  init(folders: BaseFolders) {
    self.folders = folders
  }

  func report(_ position: SourcePosition, _ message: String) {
    diagnostics.append(Diagnostic(position, message))
  }

  /// Notes an option as understood, written or defaulted.
  func echo(_ path: SpecPath, _ value: ResolvedValue) {
    options.append(.init(path: path.components[...], value: value))
  }

  func place(_ path: SpecPath, at position: SourcePosition) {
    positions[path.description] = position
  }

  func claim(_ claim: Claim) {
    claims.append(claim)
  }

  /// The tree of the options noted since there were `count`, seen from `path`.
  func resolved(since count: Int = 0, under path: SpecPath = .root) -> ResolvedValue {
    let own = options[count...].map {
      ResolvedValue.Option(path: $0.path.dropFirst(path.components.count), value: $0.value)
    }
    return own.isEmpty ? .mapping([]) : ResolvedValue(assembling: own)
  }
}
