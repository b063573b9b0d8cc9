import ArgumentParser

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Looks at this machine: kernels, cores, memory, limits, and what would make runs faster.")

  @OptionGroup var format: FormatOptions

  func run() throws {
    let diagnosis = Diagnosis.ofThisMachine()
    guard !format.json else { return Answer.give(diagnosis, "doctor") }
    Terminal.answer(diagnosis.text)
  }
}
