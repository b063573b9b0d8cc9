import Foundation
import TestSupport

/// Gives one target many inputs, in this process.
package struct FuzzRun {
  package struct Result: Sendable {
    package var answered = 0
    package var refused = 0
    package var slowest = 0.0
    package var largest = 0
    package var findings: [Finding] = []

    package init(
      answered: Int = 0, refused: Int = 0, slowest: Double = 0, largest: Int = 0, findings: [Finding] = []
    ) {
      self.answered = answered
      self.refused = refused
      self.slowest = slowest
      self.largest = largest
      self.findings = findings
    }
  }

  /// An input that cost more than it may.
  package struct Finding: Sendable {
    package let number: Int
    package let what: String

    package init(number: Int, what: String) {
      self.number = number
      self.what = what
    }
  }

  private let target: FuzzTarget
  private let seeds: [[UInt8]]
  private let seed: UInt64
  private let folder: FuzzFolder

  package init(_ target: FuzzTarget, seed: UInt64) throws {
    self.target = target
    self.seed = seed
    seeds = try target.seeds()
    folder = try FuzzFolder()
    try target.prepare(folder)
    // What is made once for a process, such as tables, is no cost of an input.
    for input in seeds { try? target.read(input, folder) }
  }

  /// The input of a number.
  package func input(_ number: Int) -> [UInt8] {
    var mutator = Mutator(target, seeds: seeds, seed: seed, number: number)
    return mutator.input()
  }

  /// Reads one input, whatever it costs.
  package func read(_ input: [UInt8]) throws { try target.read(input, folder) }

  /// - Parameter progress: called before each input with its number.
  package func run(_ numbers: Range<Int>, progress: (Int) -> Void) -> Result {
    var result = Result()
    for number in numbers {
      let input = input(number)
      progress(number)
      FuzzMeter.resetPeak()
      let before = FuzzMeter.memory().now
      let start = ProcessorTime.seconds
      do {
        try target.read(input, folder)
        result.answered += 1
      } catch {
        // The words of an error are made of the input too.
        if "\(error)".isEmpty { result.findings.append(Finding(number: number, what: "an error without words")) }
        result.refused += 1
      }
      let seconds = ProcessorTime.seconds - start
      let bytes = max(0, FuzzMeter.memory().peak - before)
      if seconds > FuzzMeter.mostSeconds {
        result.findings.append(Finding(number: number, what: String(format: "%.1f seconds", seconds)))
      }
      if bytes > FuzzMeter.mostBytes(input: input.count) {
        result.findings.append(Finding(number: number, what: "\(bytes >> 20) MiB for \(input.count) bytes"))
      }
      result.slowest = max(result.slowest, seconds)
      result.largest = max(result.largest, bytes)
    }
    return result
  }
}
