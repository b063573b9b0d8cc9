import Checkpoints
import Schemes
import Tensors
import TestSupport
import Testing

@Suite struct GGUFFileTests {
  @Test func readsWhatAnotherProgramWrote() throws {
    let folder = try TemporaryFolder()
    let file = try GGUFFile(path: folder.write("m.gguf", [UInt8](base64: ggufFixture)))
    #expect(file.version == 3)
    #expect(file.parts == [file.path])
    #expect(file.metadata.keys.first == "general.architecture")
    #expect(file.metadata.keys.count == 16)
    let metadata = file.metadata
    let values: [(String, GGUFValue)] = [
      ("k.uint8", .uint8(200)), ("k.int8", .int8(-100)), ("k.uint16", .uint16(60000)), ("k.int16", .int16(-30000)),
      ("k.uint32", .uint32(4_000_000_000)), ("k.int32", .int32(-2_000_000_000)), ("k.float32", .float32(0.5)),
      ("k.bool", .bool(true)), ("k.string", .string("é世")), ("k.uint64", .uint64(1 << 63)),
      ("k.int64", .int64(-(1 << 62))), ("k.float64", .float64(1e-300)), ("k.strings", .strings(["a", "", "ccc"])),
      ("k.int32s", .array(.int32, [.int32(1), .int32(-2), .int32(3)])),
      ("k.float32s", .array(.float32, [.float32(0.25), .float32(4)])),
    ]
    for (key, value) in values { #expect(metadata[key] == value, "\(key)") }

    #expect(file.tensors.all.map(\.name) == ["norm", "half", "blocks"])
    #expect(file.tensors.all.map(\.shape) == [[3], [3, 2], [2, 32]])
    #expect(file.tensors.all.map(\.storage.name) == ["f32", "f16", "q8_0"])
    #expect(try file.matrix("norm").array() == [1.5, -2, 3])
    #expect(try file.matrix("half").array() == [1, 2, 3, 4, 5, -0.5])
    // As gguf's own `dequantize` gives them.
    let blocks = try file.rows(1..<2, of: "blocks")
    #expect(Array(blocks.array()[..<4]) == [0, 0.9765625, 1.953125, 2.9296875])
    #expect(try file.matrix("blocks")[0, 1] == -30.990234)
  }

  @Test func metadataReadersNameTheKeyAndBothKinds() throws {
    let folder = try TemporaryFolder()
    let metadata = try GGUFFile(path: folder.write("m.gguf", [UInt8](base64: ggufFixture))).metadata
    #expect(try metadata.integer("k.uint8") == 200 && metadata.number("k.int32") == -2_000_000_000)
    #expect(try metadata.strings("k.strings") == ["a", "", "ccc"] && metadata.integers("k.int32s") == [1, -2, 3])
    #expect(try metadata.numbers("k.float32s") == [0.25, 4] && metadata.bool("k.bool"))
    #expect(try metadata.optionalString("absent") == nil)
    expectCheckpointError(saying: ["m.gguf: absent: found nothing, expected a string"]) {
      _ = try metadata.string("absent")
    }
    expectCheckpointError(saying: ["k.float32: found 0.5, expected an integer"]) {
      _ = try metadata.integer("k.float32")
    }
    expectCheckpointError(saying: ["k.uint64: found uint64, expected an integer"]) {
      _ = try metadata.integer("k.uint64")
    }
    expectCheckpointError(saying: ["k.int32s: found an array of 3 int32, expected an array of strings"]) {
      _ = try metadata.optionalStrings("k.int32s")
    }
    expectCheckpointError(saying: ["k.int8: found -100, expected an integer of at least 1"]) {
      _ = try metadata.positiveInteger("k.int8")
    }
  }

  @Test func typesAgreeWithTheFormatsThatDecodeThem() {
    for format in WeightFormats.all {
      guard let type = GGUFTensorType.named(format.name) else { continue }
      #expect(type.columnsPerBlock == format.columnsPerBlock, "\(format.name)")
      #expect(type.bytesPerBlock == format.bytesPerBlock, "\(format.name)")
    }
    #expect(Set(GGUFTensorType.all.map(\.id)).count == GGUFTensorType.all.count)
    #expect(Set(GGUFTensorType.all.map(\.name)).count == GGUFTensorType.all.count)
    #expect(GGUFTensorType.named("q4_k")?.byteCount(shape: [3, 512]) == 864)
    #expect(GGUFTensorType.named("q4_k")?.byteCount(shape: [3, 500]) == nil)
  }

  @Test func aTypeThatNoFormatDecodesIsKeptByName() throws {
    let folder = try TemporaryFolder()
    let bytes = GGUFBytes(tensors: [.init(name: "ids", sides: [2], type: 26)], data: 8).bytes
    let file = try GGUFFile(path: folder.write("m.gguf", bytes))
    #expect(try file.tensor("ids").storage.name == "i32")
    expectCheckpointError(saying: ["tensor ids", "i32", "cannot be read as weights"]) { _ = try file.matrix("ids") }
  }

  @Test func versionTwoAndGapsBetweenTensorsAreRead() throws {
    let folder = try TemporaryFolder()
    let bytes = GGUFBytes(
      version: 2,
      tensors: [.init(name: "b", sides: [1], offset: 128), .init(name: "a", sides: [2, 1], offset: 0)], data: 132
    ).bytes
    let file = try GGUFFile(path: folder.write("m.gguf", bytes))
    #expect(file.version == 2)
    #expect(try file.matrix("b").array() == [0] && file.matrix("a").columns == 2)
  }

  @Test func aFileWithoutTensorsMayEndWithItsHeader() throws {
    let folder = try TemporaryFolder()
    let file = try GGUFFile(path: folder.write("m.gguf", GGUFBytes(padded: false).bytes))
    #expect(file.tensors.all.isEmpty)
  }

  /// Whatever byte is changed, the reader answers or throws; it never reads outside the file.
  @Test func survivesEveryChangedByte() throws {
    let folder = try TemporaryFolder()
    let good = try [UInt8](base64: ggufFixture)
    var refused = 0
    for index in 0..<good.count {
      for change: UInt8 in [1, 0x80, 0xFF] {
        var bytes = good
        bytes[index] ^= change
        let path = try folder.writeQuickly("\(index)-\(change).gguf", bytes)
        do throws(CheckpointError) {
          let file = try GGUFFile(path: path)
          for tensor in file.tensors.all { _ = try tensor.matrix(workers: Workers(count: 1)) }
        } catch {
          refused += 1
        }
      }
    }
    // Magic, version, counts, lengths, types and shapes make up far more than this.
    #expect(refused > 400)
  }

  @Test func survivesEveryTruncation() throws {
    let folder = try TemporaryFolder()
    let good = try [UInt8](base64: ggufFixture)
    // The last tensor's padding may be missing: 68 bytes of blocks are padded to 96.
    for count in 0..<good.count - 28 {
      let path = try folder.writeQuickly("\(count).gguf", Array(good[..<count]))
      #expect(throws: CheckpointError.self, "\(count)") { _ = try GGUFFile(path: path) }
    }
  }

  @Test(.enabled(if: SharedMaterial.isPresent, "needs ../shared")) func agreesWithTheFolderItWasMadeFrom() throws {
    let file = try GGUFFile(path: SharedMaterial.path("models/reference/wikicode-6m-f16.gguf"))
    let folder = try HuggingFaceFolder(path: SharedMaterial.path("models/wikicode-6m"))
    #expect(try file.metadata.string("general.architecture") == "llama")
    let names = [
      "token_embd": "model.embed_tokens", "output_norm": "model.norm", "attn_norm": "input_layernorm",
      "ffn_down": "mlp.down_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
      "ffn_norm": "post_attention_layernorm", "attn_k": "self_attn.k_proj", "attn_q": "self_attn.q_proj",
      "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    ]
    for tensor in file.tensors.all {
      let parts = tensor.name.split(separator: ".").map(String.init)
      let name = try #require(names[parts[parts.count - 2]])
      let original = try folder.matrix(parts[0] == "blk" ? "model.layers.\(parts[1]).\(name).weight" : "\(name).weight")
      let stored = try tensor.matrix()
      #expect(stored.rows == original.rows && stored.columns == original.columns, "\(tensor.name)")
      // llama.cpp stores the two halves of each head of q and k interleaved.
      let isRotated = name.hasSuffix("q_proj") || name.hasSuffix("k_proj")
      let head = try folder.config.integer("head_dim")
      for row in 0..<stored.rows {
        let place = row % head
        let source = isRotated ? row - place + place / 2 + place % 2 * head / 2 : row
        #expect(stored.copy(rows: row..<row + 1).array() == original.copy(rows: source..<source + 1).array())
      }
    }
    #expect(file.tensors.all.count == folder.tensors.all.count)
  }

  @Test(
    .enabled(if: SharedMaterial.isPresent, "needs ../shared"),
    arguments: [
      "llama-spm", "llama-bpe", "gpt-2", "qwen2", "phi-3", "gemma-4", "bert-bge", "starcoder", "deepseek-coder",
    ]
  ) func readsVocabularies(_ name: String) throws {
    let file = try GGUFFile(path: SharedMaterial.path("tokenizers/ggml-vocab-\(name).gguf"))
    #expect(try file.metadata.strings("tokenizer.ggml.tokens").count > 10_000)
    #expect(file.tensors.all.isEmpty)
  }
}

/// Written by gguf 0.19.0 for Python:
///
///     w = gguf.GGUFWriter("t.gguf", "llama")
///     w.add_uint8("k.uint8", 200); w.add_int8("k.int8", -100); w.add_uint16("k.uint16", 60000)
///     w.add_int16("k.int16", -30000); w.add_uint32("k.uint32", 4000000000); w.add_int32("k.int32", -2000000000)
///     w.add_float32("k.float32", 0.5); w.add_bool("k.bool", True); w.add_string("k.string", "é世")
///     w.add_uint64("k.uint64", 2**63); w.add_int64("k.int64", -2**62); w.add_float64("k.float64", 1e-300)
///     w.add_array("k.strings", ["a", "", "ccc"]); w.add_array("k.int32s", [1, -2, 3])
///     w.add_array("k.float32s", [0.25, 4.0])
///     w.add_tensor("norm", np.array([1.5, -2, 3], dtype=np.float32))
///     w.add_tensor("half", np.array([[1, 2], [3, 4], [5, -0.5]], dtype=np.float16))
///     q8_0 = gguf.GGMLQuantizationType.Q8_0
///     blocks = gguf.quants.quantize(np.arange(64, dtype=np.float32).reshape(2, 32) - 32, q8_0)
///     w.add_tensor("blocks", blocks, raw_dtype=q8_0)
///     w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()
let ggufFixture = """
  R0dVRgMAAAADAAAAAAAAABAAAAAAAAAAFAAAAAAAAABnZW5lcmFsLmFyY2hpdGVjdHVyZQgAAAAFAAAAAAAAAGxsYW1hBwAAAAAA
  AABrLnVpbnQ4AAAAAMgGAAAAAAAAAGsuaW50OAEAAACcCAAAAAAAAABrLnVpbnQxNgIAAABg6gcAAAAAAAAAay5pbnQxNgMAAADQ
  iggAAAAAAAAAay51aW50MzIEAAAAAChr7gcAAAAAAAAAay5pbnQzMgUAAAAAbMqICQAAAAAAAABrLmZsb2F0MzIGAAAAAAAAPwYA
  AAAAAAAAay5ib29sBwAAAAEIAAAAAAAAAGsuc3RyaW5nCAAAAAUAAAAAAAAAw6nkuJYIAAAAAAAAAGsudWludDY0CgAAAAAAAAAA
  AACABwAAAAAAAABrLmludDY0CwAAAAAAAAAAAADACQAAAAAAAABrLmZsb2F0NjQMAAAAWfP4wh9upQEJAAAAAAAAAGsuc3RyaW5n
  cwkAAAAIAAAAAwAAAAAAAAABAAAAAAAAAGEAAAAAAAAAAAMAAAAAAAAAY2NjCAAAAAAAAABrLmludDMycwkAAAAFAAAAAwAAAAAA
  AAABAAAA/v///wMAAAAKAAAAAAAAAGsuZmxvYXQzMnMJAAAABgAAAAIAAAAAAAAAAACAPgAAgEAEAAAAAAAAAG5vcm0BAAAAAwAA
  AAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAGhhbGYCAAAAAgAAAAAAAAADAAAAAAAAAAEAAAAgAAAAAAAAAAYAAAAAAAAAYmxvY2tz
  AgAAACAAAAAAAAAAAgAAAAAAAAAIAAAAQAAAAAAAAAAAAAAAAAAAAAAAwD8AAADAAABAQAAAAAAAAAAAAAAAAAAAAAAAAAAAADwA
  QABCAEQARQC4AAAAAAAAAAAAAAAAAAAAAAAAAAAINIGFiY2RlZmdoaWprbG1ub3AxMjM0NTY3ODk6Ozw9Pj80DMABAgMEBQZHSEl
  KS0xNTk9QkZKTlJWWl5iZmtvc3d7fwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
  """
