"""Prints the Swift test of a block format: two rows quantized by ggml, and their values as PyPI's gguf decodes them.

    python ggml-blocks.py path/to/libggml-base.so q4_k > ../SchemesTests/Formats/Q4_KTests.swift

ggml_quantize_chunk with an importance matrix is what llama-quantize runs on every row. Types that gguf cannot decode (q1_0, q2_0) are
decoded by ggml itself. Needs gguf and numpy.
"""

import base64
import ctypes
import sys

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, quants

library, name = sys.argv[1:3]
# Number in ggml, columns and bytes of a block of types that gguf does not know.
UNKNOWN = {"q1_0": (41, 128, 18), "q2_0": (42, 64, 18)}
kind = UNKNOWN[name][0] if name in UNKNOWN else GGMLQuantizationType[name.upper()]
random = np.random.default_rng(7)
rows = np.stack([random.standard_normal(512) * 0.02, random.laplace(size=512) * 0.02])
rows[1, 100] = 0.9
rows = np.ascontiguousarray(rows.astype(np.float16).astype(np.float32))
importance = np.exp(random.standard_normal(512)).astype(np.float16).astype(np.float32)

ggml = ctypes.CDLL(library)
ggml.ggml_quantize_chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p] + [ctypes.c_int64] * 3 + [ctypes.c_void_p]
ggml.ggml_quantize_init.argtypes = [ctypes.c_int]
ggml.ggml_quantize_init(int(kind))
columns, size = UNKNOWN[name][1:] if name in UNKNOWN else GGML_QUANT_SIZES[kind]
packed = np.zeros((2, 512 // columns * size), np.uint8)
ggml.ggml_quantize_chunk(int(kind), rows.ctypes.data, packed.ctypes.data, 0, 2, 512, importance.ctypes.data)
if name in UNKNOWN:
    values = np.zeros((2, 512), np.float32)
    getattr(ggml, f"dequantize_row_{name}")(
        ctypes.c_void_p(packed.ctypes.data), ctypes.c_void_p(values.ctypes.data), ctypes.c_int64(values.size))
else:
    values = quants.dequantize(packed, kind)


def text(array):
    code = base64.b64encode(array.tobytes()).decode()
    return "\n".join("      " + code[i : i + 112] for i in range(0, len(code), 112))


print(f'''import Testing

/// Made by `Tests/Fixtures/ggml-blocks.py LIBRARY {name}`.
@Suite struct {name.upper()}Tests {{
  static let fixture = GGMLBlocks(
    format: "{name}",
    packed: """
{text(packed)}
      """,
    values: """
{text(values)}
      """)

  @Test func `unpacks what ggml packed`() throws {{
    try Self.fixture.expectSameValues()
  }}''')
if "unpack-only" not in sys.argv:
    print('''
  @Test func `leaves no more weighted error than ggml`() throws {
    try Self.fixture.expectNoMoreError()
  }''')
print("}")
if name == "q4_0":
    print(f'''
/// The rows that all fixtures are made from, `[2, 512]` in half precision, and the importance of their columns.
enum GGMLInput {{
  static let rows = """
{text(rows.astype(np.float16))}
    """
  static let importance = """
{text(importance.astype(np.float16))}
    """
}}''')
