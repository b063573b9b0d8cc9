import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct ONNXFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [4, 8], [true, false]) func blocksDecodeAsDescribed(bits: Int, hasZeros: Bool) throws {
    let fixture = ONNXFixture(bits: bits, hasZeros: hasZeros)
    let file = try ONNXFile(path: fixture.write(to: folder))
    let tensor = try file.tensor("m.weight")
    #expect(tensor.shape == [2, 32])
    #expect(tensor.storage.name == "int\(bits)_g16\(hasZeros ? "_asym" : "")")
    let matrix = try file.matrix("m.weight")
    for row in 0..<2 {
      for column in 0..<32 { #expect(matrix[row, column] == fixture.value(row, column, bits: bits)) }
    }
    // Rows by themselves.
    #expect(try file.rows(1..<2, of: "m.weight").array() == Array(matrix.array()[32...]))
  }

  @Test func plainProductsStandOnTheirSideAndTablesDoNot() throws {
    let file = try ONNXFile(path: ONNXFixture(scales: .float16).write(to: folder))
    #expect(file.tensors.all.map(\.name) == ["m.weight", "p.weight", "t.weight"])
    let product = try file.matrix("p.weight")
    #expect(product.rows == 2 && product.array() == [1, 3, 5, 2, 4, 6])
    #expect(try file.rows(1..<2, of: "p.weight").array() == [2, 4, 6])
    #expect(try file.matrix("t.weight").array() == [1, -1, 0.5, 8])
    #expect(try file.matrix("m.weight")[1, 0] == ONNXFixture(scales: .float16).value(1, 0, bits: 4))
  }

  /// One table of blocks that is gathered from and multiplied with.
  @Test func aTableIsReadByTwoOperations() throws {
    var fixture = ONNXFixture()
    fixture.model.graph.nodes += [
      ONNXNode("Reshape", name: "flat", inputs: ["m.weight_Q4", "shape"], outputs: ["flat"]),
      ONNXNode(
        "GatherBlockQuantized", name: "rows", domain: "com.microsoft",
        inputs: ["flat", "ids", "m.weight_scales", "m.weight_zero_points"], outputs: ["rows"],
        attributes: [
          .init("bits", .integer(4)), .init("block_size", .integer(16)), .init("quantize_axis", .integer(1)),
        ]),
    ]
    let file = try ONNXFile(path: fixture.write(to: folder))
    #expect(file.tensors.all.map(\.name) == ["m.weight", "p.weight", "t.weight"])
    #expect(try file.matrix("m.weight")[0, 3] == fixture.value(0, 3, bits: 4))
  }

  @Test func constantsBeginWithPagesAndFillSeveralFiles() throws {
    var fixture = ONNXFixture()
    fixture.shardBytes = 8192 + 20
    let one = try fixture.write(to: folder)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("")).sorted()
    #expect(files.filter { $0.hasPrefix("model.onnx") } == ["model.onnx", "model.onnx.data", "model.onnx.data_1"])
    let first = try Data(contentsOf: URL(filePath: folder.path("model.onnx.data")))
    #expect(first.count == 8192 + 2)
    #expect(Array(first[4096..<4112]) == fixture.tensors[1].bytes)
    #expect(try ONNXFile(path: one).matrix("t.weight").array() == [1, -1, 0.5, 8])
  }

  /// What is written is what is read, in every field that is read.
  @Test func modelsAreWrittenAsTheyAre() throws {
    var fixture = ONNXFixture()
    fixture.model.graph.nodes.append(
      ONNXNode(
        "Op", name: "n", domain: "d", inputs: ["", "a"], outputs: ["b"],
        attributes: [
          .init("f", .float(-1.5)), .init("i", .integer(-7)), .init("s", .text("grün")),
          .init("t", .tensor(type: .int64, shape: [1], bytes: [1, 0, 0, 0, 0, 0, 0, 0])),
        ]))
    fixture.model.metadata = [.init("key", "value")]
    fixture.model.graph.inputs = [ONNXValue("x", .int64, [.named("n"), .fixed(3)])]
    let bytes = fixture.model.bytes
    // The text of the message, by hand: field 2 with eight bytes.
    #expect(Array(bytes[0..<4]) == [0x08, 10, 0x12, 7])
    #expect(String(decoding: bytes[4..<11], as: UTF8.self) == "planish")
    // A negative integer takes ten bytes.
    let negative: [UInt8] = [0x18] + [0xF9] + [UInt8](repeating: 0xFF, count: 8) + [1]
    #expect(Data(bytes).firstRange(of: Data(negative)) != nil)
    _ = try ONNXFile(path: fixture.write(to: folder))
  }

  // MARK: - Malformed files

  struct Fault: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let says: [String]
    let harm: @Sendable (inout ONNXFixture) -> Void

    init(_ description: String, says: String..., harm: @escaping @Sendable (inout ONNXFixture) -> Void) {
      (testDescription, self.says, self.harm) = (description, says, harm)
    }

    static let all: [Fault] = [
      Fault("another program", says: "producer", "pytorch", "planish") { $0.model.producer = "pytorch" },
      Fault("no program", says: "producer", "no name") { $0.model.producer = "" },
      Fault("bits that nobody reads", says: "m.weight_Q4", "codes of 3 bits", "_Q3") { $0.set("bits", .integer(3)) },
      Fault("no block size", says: "m.product", "no integer block_size") { $0.set("block_size", nil) },
      Fault("a block size of another kind", says: "no integer block_size") { $0.set("block_size", .float(16)) },
      Fault("an odd block size", says: "block_size", "48", "16, 32, 64") { $0.set("block_size", .integer(48)) },
      Fault("another block size", says: "m.weight_Q4", "16 bytes for a block") { $0.set("block_size", .integer(32)) },
      Fault("other sides", says: "N and K", "3 and 32", "2 and 32") { $0.set("N", .integer(3)) },
      Fault("inputs of eight bits", says: "accuracy_level 4") { $0.set("accuracy_level", .integer(4)) },
      Fault("another order", says: "weight_prepacked 1") { $0.set("weight_prepacked", .integer(1)) },
      Fault("an attribute of the future", says: "the attribute group") { $0.set("group", .integer(1)) },
      Fault("an index of groups", says: "m.product", "index of groups") {
        $0.model.graph.nodes[0].inputs.append("t.weight")
      },
      Fault("no scales", says: "m.product", "inputs") { $0.model.graph.nodes[0].inputs.removeLast(2) },
      Fault("codes that are computed", says: "the input y", "a constant") {
        $0.model.graph.nodes[0].inputs[1] = "y"
      },
      Fault("a scale too few", says: "m.weight_scales", "[2, 2]: a scale for each block") {
        $0.say(of: "m.weight_scales") { $0 = .init(name: $0.name, shape: [2, 1], type: "F32") }
        $0.tensors[1].bytes.removeLast(8)
      },
      Fault("scales of integers", says: "m.weight_scales", "I32", "F32 or F16") {
        $0.say(of: "m.weight_scales") { $0 = .init(name: $0.name, shape: [2, 2], type: "I32") }
      },
      Fault("zero points of another width", says: "m.weight_zero_points", "[2, 1]") {
        $0.say(of: "m.weight_zero_points") { $0 = .init(name: $0.name, shape: [1, 2, 1], type: "U8") }
      },
      Fault("codes as numbers", says: "m.weight_Q4", "f16", "U8") {
        $0.say(of: "m.weight_Q4") { $0 = .init(name: $0.name, shape: [2, 2, 4], type: "F16") }
      },
      Fault("codes of two sides", says: "m.weight_Q4", "[rows, blocks, bytes of a block]") {
        $0.say(of: "m.weight_Q4") { $0 = .init(name: $0.name, shape: [4, 8], type: "U8") }
      },
      Fault("a plain product of one side", says: "p.weight", "[6]", "[columns, rows]") {
        $0.say(of: "p.weight") { $0 = .init(name: $0.name, shape: [6], type: "F32") }
      },
      Fault("a value that two operations make", says: "the value y", "each value once") {
        $0.model.graph.nodes[1].outputs = ["y"]
      },
      Fault("codes that two operations read otherwise", says: "m.weight_Q4", "two operations") {
        var other = $0.model.graph.nodes[0]
        (other.name, other.outputs) = ("other", ["other"])
        other.inputs.removeLast()
        $0.model.graph.nodes.append(other)
      },
      Fault("a number as it and as blocks", says: "m.weight", "numbers and quantized") {
        $0.say(of: "t.weight") { $0 = .init(name: "m.weight", shape: $0.shape, type: $0.type) }
      },
      Fault("no such file", says: "no-such-file") { $0.place(.file("no-such-file", offset: 0, length: 32)) },
      Fault("a file elsewhere", says: "../model.onnx.data", "a file beside this one") {
        $0.place(.file("../model.onnx.data", offset: 0, length: 32))
      },
      Fault("this folder", says: "the location .", "a file beside this one") {
        $0.place(.file("..", offset: 0, length: 32))
      },
      Fault("a place behind the end", says: "32 bytes from 1048576 on", "model.onnx.data") {
        $0.place(.file("model.onnx.data", offset: 1 << 20, length: 32))
      },
      Fault("a place before the beginning", says: "from -1 on") {
        $0.place(.file("model.onnx.data", offset: -1, length: 32))
      },
      Fault("another length", says: "31 bytes", "32 bytes") {
        $0.place(.file("model.onnx.data", offset: 0, length: 31))
      },
      Fault("a side too long", says: "the sides", "sides whose product fits") {
        $0.place(.file("model.onnx.data", offset: 0, length: 32), shape: [1 << 40, 1 << 40])
      },
      Fault("a negative side", says: "the sides", "-2") {
        $0.place(.file("model.onnx.data", offset: 0, length: 32), shape: [-2, 16])
      },
      Fault("one name twice", says: "m.weight_Q4", "a name that is taken") {
        let place = ONNXInitializer.Place.file("model.onnx.data", offset: 0, length: 32)
        $0.initializers = [String](repeating: "m.weight_Q4", count: 2).map {
          ONNXInitializer(name: $0, type: .uint8, shape: [2, 2, 8], place: place)
        }
      },
    ]
  }

  @Test(arguments: Fault.all) func whatIsWrongIsNamed(_ fault: Fault) throws {
    var fixture = ONNXFixture()
    _ = try ONNXFile(path: fixture.write(to: folder))
    fault.harm(&fixture)
    let path = try fixture.write(to: folder)
    let error = try #require(throws: CheckpointError.self) { _ = try ONNXFile(path: path) }
    for text in fault.says { #expect("\(error)".contains(text), "\(error) lacks \(text)") }
  }

  /// Bytes that are no message, by hand.
  private static let noMessages: [([UInt8], String)] = [
    ([0x08, 0x80], "a number that does not end"), ([0x3A, 0x05, 0x00], "5 bytes for the field 7"),
    ([0x0B], "the field 1 of kind 3"), ([0x00], "the field 0"),
    ([0x08] + [UInt8](repeating: 0xFF, count: 11), "more than ten bytes"),
    ([0x15, 0x01, 0x02], "4 bytes for the field 2"), ([0x38, 0x01], "the field 7 in another form"),
    ([0x12, 0x01, 0xFF], "not UTF-8"), ([0x08, 0x01], "0 graphs"), ([0x3A, 0x00, 0x3A, 0x00], "2 graphs"),
    ([0xCA, 0x01, 0x00], "functions of its own"),
  ]

  @Test(arguments: noMessages) func bytesThatAreNoMessage(_ bytes: [UInt8], _ says: String) throws {
    let path = folder.path("model.onnx")
    try Data(bytes).write(to: URL(filePath: path))
    let error = try #require(throws: CheckpointError.self) { _ = try ONNXFile(path: path) }
    #expect("\(error)".contains(says), "\(error) lacks \(says)")
  }

  @Test func everyFileThatIsCutShortIsRefused() throws {
    let path = try ONNXFixture().write(to: folder)
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    for count in 0..<bytes.count {
      try Data(bytes[..<count]).write(to: URL(filePath: path))
      // What stands before the graph may end anywhere between two fields; then the graph is missing.
      if let file = try? ONNXFile(path: path) { #expect(file.tensors.all.count == 3) }
    }
  }
}

extension ONNXFixture {
  /// Says another place of the first constant.
  fileprivate mutating func place(_ place: ONNXInitializer.Place, shape: [Int] = [2, 2, 8]) {
    initializers = [ONNXInitializer(name: "m.weight_Q4", type: .uint8, shape: shape, place: place)]
  }
}
