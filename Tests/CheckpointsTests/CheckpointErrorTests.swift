import Checkpoints
import Testing

@Suite struct CheckpointErrorTests {
  @Test func errorsAreDisarmedWhereTheyAreWorded() {
    let error = CheckpointError.noSuchTensor(path: "p", tensor: "a\u{1B}[2J\nplanish: all is well", similar: ["\u{9B}"])
    #expect(error.description == #"p: no tensor a\u001b[2J\u000aplanish: all is well; it has \u009b"#)
  }
}
