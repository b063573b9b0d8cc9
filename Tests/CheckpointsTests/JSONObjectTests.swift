import Checkpoints
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct JSONObjectTests {
  /// Files of transformers may say Infinity; no number that is read as one may be it.
  @Test func infinityIsNoNumberOfASetting() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("config.json")
    try Data(#"{"scale": Infinity, "list": [1, -Infinity], "x": 2}"#.utf8).write(to: URL(fileURLWithPath: path))
    let object = try JSONObject(contentsOf: path, .python)
    #expect(try object.number("x") == 2)
    expectCheckpointError(saying: ["scale: found inf, expected a number"]) { _ = try object.number("scale") }
    expectCheckpointError(saying: ["scale: found inf, expected a number"]) { _ = try object.optionalNumber("scale") }
    expectCheckpointError(saying: ["list: found an array of 2, expected an array of numbers"]) {
      _ = try object.numbers("list")
    }
    expectCheckpointError(saying: ["found", "expected a JSON value"]) { _ = try JSONObject(contentsOf: path) }
  }

  @Test func accessorsNameTheKeyAndBothKinds() throws {
    let object = try JSONObject(
      #"{"n": 3, "x": 1.5, "s": "text", "deep": {"list": [{"k": null, "flag": 1}]}, "z": 0, "mixed": [1, "a"]}"#)
    #expect(try object.integer("n") == 3 && object.number("n") == 3 && object.number("x") == 1.5)
    #expect(try object.optionalInteger("absent") == nil)
    let inner = try object.object("deep").objects("list")[0]
    #expect(try inner.optionalString("k") == nil && !inner.has("k"))

    expectCheckpointError(saying: ["t.json: absent: found nothing, expected an integer"]) {
      _ = try object.integer("absent")
    }
    expectCheckpointError(saying: ["n: found 3, expected a string"]) { _ = try object.string("n") }
    expectCheckpointError(saying: ["x: found 1.5, expected an integer"]) { _ = try object.optionalInteger("x") }
    expectCheckpointError(saying: ["s: found \"text\", expected a number"]) { _ = try object.number("s") }
    expectCheckpointError(saying: ["z: found 0, expected an integer of at least 1"]) {
      _ = try object.positiveInteger("z")
    }
    expectCheckpointError(saying: ["mixed: found an array of 2, expected an array of integers"]) {
      _ = try object.integers("mixed")
    }
    expectCheckpointError(saying: ["deep.list[0].flag: found 1, expected true or false"]) { _ = try inner.bool("flag") }
    expectCheckpointError(saying: ["deep.list[0].k: found null, expected a string"]) { _ = try inner.string("k") }
  }

  @Test func aFileThatIsNoObjectSaysWhatItIs() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("config.json", "[1]")
    expectCheckpointError(saying: [path, "an array of 1", "an object"]) { _ = try JSONObject(contentsOf: path) }
  }

  @Test func errorsNameTheFile() {
    expectCheckpointError(saying: ["t.json:1:8", "'}'", "a key in quotes"]) { _ = try JSONObject("{\"a\":1,}") }
  }
}

extension JSONObject {
  fileprivate init(_ text: String) throws {
    let value = try JSONValue(Array(text.utf8).span.bytes, path: "t.json")
    self.init(path: "t.json", members: try #require(value.asMembers))
  }
}
