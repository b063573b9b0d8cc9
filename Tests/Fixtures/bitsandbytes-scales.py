"""Prints how bitsandbytes (0.50.2, on the CPU) quantizes the scales of a matrix of 70 rows of 320 weights, for the tests
of NestedScales.

    python bitsandbytes-scales.py
"""

import base64
import textwrap

import numpy
import torch
from bitsandbytes.functional import create_dynamic_map, quantize_4bit


def print_text(name: str, data: bytes) -> None:
    print(name)
    print(textwrap.indent("\n".join(textwrap.wrap(base64.b64encode(data).decode(), 110)), "    "))


random = numpy.random.default_rng(9)
weights = (random.standard_normal((70, 320)) * 0.05).astype(numpy.float32)
source = torch.from_numpy(weights)
_, plain = quantize_4bit(source, blocksize=64, quant_type="nf4")
_, state = quantize_4bit(source, blocksize=64, quant_type="nf4", compress_statistics=True)
print_text("absmax, float32", plain.absmax.numpy().astype(numpy.float32).tobytes())
print_text("absmax, uint8", state.absmax.numpy().tobytes())
print_text("nested absmax, float32", state.state2.absmax.numpy().astype(numpy.float32).tobytes())
print_text("offset, float32", numpy.float32(state.offset.item()).tobytes())
print_text("map, float32", create_dynamic_map(signed=True).numpy().astype(numpy.float32).tobytes())
