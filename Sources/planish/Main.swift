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
      try check(command)
      try command.run()
      if Cluster.ranks.count > 1 { Cluster.end(0, isTogether: true) }
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

  /// Several processes make one run, and nothing else.
  private static func check(_ command: any ParsableCommand) throws(Failure) {
    guard Cluster.started > 1 else { return }
    var problem: String?
    if !Cluster.isBuiltIn {
      problem = "a program without ranks, expected one that `make mpi` built"
    } else if let run = command as? RunCommand {
      if run.blocks != nil { problem = "--blocks, expected a run of all blocks: ranks share each of them" }
    } else {
      problem = "`\(type(of: command)._commandName)`, expected `run`: other commands are for one process"
    }
    guard let problem else { return }
    var failure = Failure(.wrongRequest, "found \(Cluster.started) processes with \(problem)")
    failure.isTogether = true
    throw failure
  }

  /// Says what went wrong, to programs too, and ends.
  private static func end(_ failure: Failure, _ command: String) -> Never {
    let ranks = Cluster.ranks
    // What all know, the first says.
    guard ranks.isFirst || !failure.isTogether else { Cluster.end(failure.status.rawValue, isTogether: true) }
    guard ranks.isFirst else {
      Terminal.complain(Cluster.name + failure.message)
      Cluster.end(failure.status.rawValue, isTogether: false)
    }
    if CommandLine.arguments.contains("--json") {
      Terminal.answer(RecordEncoding.encode(Answer(failure.result, command, errors: failure.problems)))
    }
    Terminal.complain(failure.message)
    // Once gates are judged, the others have nothing left to do.
    Cluster.end(failure.status.rawValue, isTogether: failure.isTogether || failure.status == .rejected)
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
      QuantizeCommand.self, InitCommand.self, RunCommand.self, MergeCommand.self, PlanCommand.self, EvalCommand.self,
      CompareCommand.self, InspectCommand.self,
      TokenizeCommand.self, ImatrixCommand.self, CleanCommand.self, DoctorCommand.self, SchemaCommand.self,
    ])
}
