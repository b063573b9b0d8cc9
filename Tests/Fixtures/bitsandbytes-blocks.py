"""Prints what bitsandbytes (0.50.2, on the CPU) makes of two rows of 192 weights, for the tests of its types.

    python bitsandbytes-blocks.py nf4|fp4
"""

import base64
import sys
import textwrap

import numpy
import torch
from bitsandbytes.functional import dequantize_4bit, quantize_4bit


def print_text(name: str, data: bytes) -> None:
    print(name)
    print(textwrap.indent("\n".join(textwrap.wrap(base64.b64encode(data).decode(), 110)), "      "))


random = numpy.random.default_rng(7)
# Half-precision numbers, with an outlier and a block of zeros.
weights = (random.standard_normal((2, 192)) * 0.05).astype(numpy.float16)
weights[0, 70] = 0.75
weights[1, 128:] = 0
source = torch.from_numpy(weights.astype(numpy.float32))
packed, state = quantize_4bit(source, blocksize=64, quant_type=sys.argv[1])
values = dequantize_4bit(packed, state)
scales = state.absmax.numpy().reshape(-1)
codes = packed.numpy().reshape(-1, 32)
print_text("weights, float16", weights.tobytes())
# In our order: scale and codes of one block after the other.
print_text("packed", b"".join(scale.tobytes() + block.tobytes() for scale, block in zip(scales, codes)))
print_text("values, float32", values.numpy().astype(numpy.float32).tobytes())
