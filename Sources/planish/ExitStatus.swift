/// What the exit status says.
enum ExitStatus: Int32 {
  /// Published, or answered.
  case success = 0
  /// The run or its input failed.
  case failed = 1
  /// The pipeline file or the command line is wrong.
  case wrongRequest = 2
  /// A gate failed and nothing was published.
  case rejected = 3
  /// Stopped from the keyboard, as shells report it.
  case interrupted = 130
}

/// An end that is not success, with what to say about it.
struct Failure: Error {
  let status: ExitStatus
  let message: String
}

extension Failure {
  /// A run or an input that failed.
  init(because error: any Error) {
    self.init(status: .failed, message: "planish: error: \(error)")
  }
}
