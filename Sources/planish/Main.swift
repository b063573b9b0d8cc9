import ArgumentParser
import Foundation
import LinearAlgebra
import Tensors

/// The program: parses the command line and turns whatever happens into an exit status.
@main
struct Main {
  static func main() {
    BLAS.restartWithWidestKernels()
    Heap.keepsFreedMemory()
    Interruption.install()
    CutFile.install()
    do {
      var command = try PlanishCommand.parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      Terminal.complain(failure.message)
      exit(failure.status.rawValue)
    } catch {
      let status = PlanishCommand.exitCode(for: error)
      let message = PlanishCommand.fullMessage(for: error)
      guard status != .success else {
        print(message)
        return
      }
      Terminal.complain(message.hasPrefix("Error: ") ? "planish: error: \(message.dropFirst(7))" : message)
      exit(ExitStatus.wrongRequest.rawValue)
    }
  }
}

struct PlanishCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "planish",
    abstract: "Compiles language-model weights: one pipeline file in, a smaller model that kept its behaviour out.",
    discussion: """
      Exit status: 0 published or answered; 1 the run or its input failed; 2 the pipeline file or the command line is \
      wrong; 3 a gate failed and nothing was published.
      """,
    version: Version.text,
    subcommands: [
      RunCommand.self, PlanCommand.self, EvalCommand.self, CompareCommand.self, InspectCommand.self,
      TokenizeCommand.self, ImatrixCommand.self,
    ])
}
