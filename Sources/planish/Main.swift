import ArgumentParser
import Foundation
import LinearAlgebra
import Pipeline
import Tensors

/// The program: parses the command line and turns whatever happens into an exit status.
@main
struct Main {
  static func main() {
    BLAS.restartWithWidestKernels()
    Heap.keepsFreedMemory()
    Interruption.install()
    CutFile.install()
    let commands = PlanishCommand.configuration.subcommands.map { $0._commandName }
    let name = CommandLine.arguments.dropFirst().first { commands.contains($0) } ?? "planish"
    do {
      var command = try PlanishCommand.parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      end(failure, name)
    } catch {
      let status = PlanishCommand.exitCode(for: error)
      let message = PlanishCommand.fullMessage(for: error)
      guard status != .success else {
        print(message)
        return
      }
      let told = message.hasPrefix("Error: ") ? String(message.dropFirst(7)) : message
      end(Failure(.wrongRequest, told), name)
    }
  }

  /// Says what went wrong, to programs too, and ends.
  private static func end(_ failure: Failure, _ command: String) -> Never {
    if CommandLine.arguments.contains("--json") {
      Terminal.answer(RecordEncoding.encode(Answer(failure.result, command, errors: failure.problems)))
    }
    Terminal.complain(failure.message)
    exit(failure.status.rawValue)
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
      QuantizeCommand.self, InitCommand.self, RunCommand.self, PlanCommand.self, EvalCommand.self, CompareCommand.self,
      InspectCommand.self,
      TokenizeCommand.self, ImatrixCommand.self, CleanCommand.self, DoctorCommand.self, SchemaCommand.self,
    ])
}
