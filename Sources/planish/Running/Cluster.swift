import Foundation
import Tensors

#if MPI
  import MPIRanks
#endif

/// The processes that run a command together, where `mpirun` started several.
enum Cluster {
  /// Whether this program can be one of several.
  static var isBuiltIn: Bool {
    #if MPI
      true
    #else
      false
    #endif
  }

  /// How many processes were started together, as launchers tell each of them.
  static var started: Int {
    let environment = ProcessInfo.processInfo.environment
    let names = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"]
    return names.lazy.compactMap { environment[$0].flatMap { Int($0) } }.first ?? 1
  }

  #if MPI
    private static let joined: MPIRanks? = started > 1 ? MPIRanks() : nil
    static var ranks: any Ranks { joined ?? OneRank() }
  #else
    static var ranks: any Ranks { OneRank() }
  #endif

  /// What a rank calls itself, where there are several: `rank 2 of 4 on node7: `.
  static var name: String {
    #if MPI
      joined.map { "rank \($0.index) of \($0.count) on \($0.host): " } ?? ""
    #else
      ""
    #endif
  }

  /// Ends this process.
  ///
  /// - Parameter isTogether: whether all ranks come to an end by themselves; else this one ends them.
  static func end(_ status: Int32, isTogether: Bool) -> Never {
    #if MPI
      if let joined {
        if isTogether { joined.leave() } else { joined.abort(status: status) }
      }
    #endif
    exit(status)
  }

  /// What all ranks have to find out alike before they begin: where one fails, all end, and the first says why.
  ///
  /// - Parameter facts: what has to be the same on all of them, by name.
  static func agree<T>(
    _ body: () throws(Failure) -> T, on facts: (T) -> [String: String]
  ) throws(Failure) -> T {
    guard ranks.count > 1 else { return try body() }
    let result: Result<T, Failure>
    do throws(Failure) { result = .success(try body()) } catch { result = .failure(error) }
    let all = ranks.gathered(Verdict(name: name, result.map(facts)))
    if let failed = all.first(where: { $0.problem != nil }) {
      if ranks.isFirst, case .failure(var failure) = result {
        failure.isTogether = true
        throw failure
      }
      throw Failure.ofAll(.failed, failed.name + (failed.problem ?? ""))
    }
    for other in all.dropFirst() {
      for (fact, value) in all[0].facts.sorted(by: { $0.key < $1.key }) where other.facts[fact] != value {
        throw Failure.ofAll(
          .failed,
          """
          \(other.name)found \(fact) \(other.facts[fact] ?? "that is not there"), expected \(value) as the first rank has; all \
          ranks need the same program, files and kernels (docs/cluster.md)
          """)
      }
    }
    return try result.get()
  }

  /// What a rank came to.
  private struct Verdict: Codable {
    let name: String
    let facts: [String: String]
    let problem: String?

    init(name: String, _ result: Result<[String: String], Failure>) {
      self.name = name
      switch result {
      case .success(let facts): (self.facts, problem) = (facts, nil)
      case .failure(let failure): (facts, problem) = ([:], failure.problems.map(\.message).joined(separator: "\n"))
      }
    }
  }
}

extension Failure {
  /// One that all ranks have at the same time.
  fileprivate static func ofAll(_ status: ExitStatus, _ message: String) -> Failure {
    var failure = Failure(status, message)
    failure.isTogether = true
    return failure
  }
}
