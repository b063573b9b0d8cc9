import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct QuantizedFolderTests {
  /// The weights are those that the program which packed them decodes; but for the order of one product and one sum, which
  /// differs between processors, exactly.
  @Test(arguments: QuantizedFixture.names)
  func weightsAreThoseOfTheProgramThatWroteThem(_ name: String) throws {
    let folder = try HuggingFaceFolder(path: QuantizedFixture.path(name))
    let matrices = try QuantizedFixture.expectedMatrices(name)
    #expect(Set(folder.tensors.all.map(\.name)) == Set(matrices.map(\.name)))
    for matrix in matrices {
      let expected = try matrix.matrix().array()
      let found = try folder.matrix(matrix.name).array()
      #expect(found.count == expected.count)
      let largest = expected.reduce(0) { max($0, abs($1)) }
      #expect(largest > 0)
      let tolerance: Float = name.hasPrefix("bitsandbytes") || name.hasPrefix("mlx") ? 2e-7 : 0
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance * largest }, "\(name)")
      #expect(try folder.tensor(matrix.name).shape == matrix.shape)
    }
  }

  @Test(arguments: QuantizedFixture.names)
  func someRowsAreThoseOfAll(_ name: String) throws {
    let folder = try HuggingFaceFolder(path: QuantizedFixture.path(name))
    for matrix in try QuantizedFixture.expectedMatrices(name) {
      let all = try folder.matrix(matrix.name)
      for rows in [5..<23, all.rows - 1..<all.rows, 0..<0, all.rows / 2 - 3..<all.rows / 2 + 9] {
        let some = try folder.rows(rows, of: matrix.name, workers: Workers(count: 2))
        #expect(some.array() == all.copy(rows: rows).array(), "\(name) \(rows)")
      }
    }
  }

  @Test func everyProgramHasFixtures() {
    for program in [
      "gptq-", "awq-", "compressed-tensors-", "bitsandbytes-", "mlx-", "exl2-", "fp8-", "fbgemm-", "mxfp4-", "bitnet-",
    ] {
      #expect(QuantizedFixture.names.contains { $0.hasPrefix(program) }, "\(program)")
    }
  }

  @Test func storageIsNamedByItsType() throws {
    func type(_ name: String) throws -> String {
      try HuggingFaceFolder(path: QuantizedFixture.path(name)).tensor("m.weight").storage.name
    }
    #expect(try type("gptq-4-32-sym") == "int4_g32")
    #expect(try type("gptq-3-32-asym") == "int3_g32_asym")
    #expect(try type("gptq-8-128-sym") == "int8_row")
    #expect(try type("awq-32") == "int4_g32_asym")
    #expect(try type("compressed-tensors-8-channel-sym") == "int8_row")
    #expect(try type("compressed-tensors-w8a8-token") == "int8_row")
    #expect(try type("bitsandbytes-nf4") == "nf4")
    #expect(try type("bitsandbytes-nf4-double") == "nf4_dq")
    #expect(try type("bitsandbytes-int8") == "int8_row")
    #expect(try type("mlx-6-128") == "int6_g128_bias")
    #expect(try type("exl2-8-5-2") == "exl2_8_5_2")
    #expect(try type("compressed-tensors-fp8-tensor") == "fp8_tensor")
    #expect(try type("compressed-tensors-fp8-channel") == "fp8_row")
    #expect(try type("compressed-tensors-fp8-block") == "fp8_b24x48")
    #expect(try type("compressed-tensors-int8-group") == "int8_g32")
    #expect(try type("compressed-tensors-mxfp8") == "mxfp8")
    #expect(try type("compressed-tensors-nvfp4") == "nvfp4")
    #expect(try type("fp8-block-ue8m0") == "fp8_b16x64")
    #expect(try type("fp8-autofp8") == "fp8_tensor")
    #expect(try type("fbgemm-row") == "fp8_row")
    #expect(try type("bitnet-divides") == "ternary")
  }

  @Test func bytesAreThoseOfAllParts() throws {
    let tensor = try HuggingFaceFolder(path: QuantizedFixture.path("gptq-4-32-sym")).tensor("m.weight")
    // qweight 32 × 128 / 2, qzeros 4 × 32 / 2, scales 2 · 4 × 32, g_idx 4 · 128.
    #expect(tensor.byteCount == 2048 + 64 + 256 + 512)
  }

  @Test func groupIndicesMayBeLeftOut() throws {
    var fixture = try QuantizedFixture("gptq-4-32-sym")
    fixture.tensors["m.g_idx"] = nil
    #expect(try fixture.open().matrix("m.weight").array() == QuantizedFixture.expected("gptq-4-32-sym"))
  }

  /// What `dynamic` says about a module comes before what is said about all.
  @Test func modulesMayHaveSettingsOfTheirOwn() throws {
    var fixture = try QuantizedFixture("gptq-8-128-sym")
    fixture.set("bits", 4)
    fixture.set("dynamic", ["-:^n$": [:], "+:^m$": ["bits": 8]] as [String: Any])
    #expect(try fixture.open().matrix("m.weight").array() == QuantizedFixture.expected("gptq-8-128-sym"))
    var groups = try QuantizedFixture("awq-32")
    groups.set("group_size", 64)
    groups.set("dynamic", ["m$": ["group_size": 32]])
    #expect(try groups.open().matrix("m.weight").array() == QuantizedFixture.expected("awq-32"))
  }

  /// `bnb_4bit_quant_storage` changes what bytes are called, and nothing else.
  @Test(
    arguments: ["bitsandbytes-nf4", "bitsandbytes-fp4", "bitsandbytes-nf4-double"],
    [("I8", 1), ("BF16", 2), ("F16", 2), ("F32", 4), ("F64", 8)])
  func bytesMayBeCalledByAnotherType(_ name: String, _ storage: (type: String, bytes: Int)) throws {
    var fixture = try QuantizedFixture(name)
    let count = fixture.tensors["m.weight"]?.bytes.count ?? 0
    for shape in [[count / storage.bytes, 1], [1, count / storage.bytes], [count / storage.bytes]] {
      fixture.tensors["m.weight"]?.type = storage.type
      fixture.tensors["m.weight"]?.shape = shape
      #expect(try fixture.open().matrix("m.weight").array() == QuantizedFixture(name).open().matrix("m.weight").array())
      #expect(try fixture.open().tensors.all.map(\.name) == ["m.weight"])
    }
    fixture.tensors["m.weight"]?.shape = [count / storage.bytes / 2, 1]
    fixture.tensors["m.weight"]?.bytes.removeLast(count - count / storage.bytes / 2 * storage.bytes)
    let error = #expect(throws: CheckpointError.self) { _ = try fixture.open() }
    #expect(error?.description.contains("2048 bytes for [32, 128]") == true)
  }
}
