"""mlx-lm loads Planish's checkpoints on a CPU, and Planish those that mlx-lm wrote."""

import shutil
from importlib.metadata import version

import mlx.core as mx
import numpy
from common import OTHER_MODEL, Check, Variant
from mlx_lm.convert import convert
from mlx_lm.utils import load_model

VARIANTS = [
    Variant("int4_g64_bias", "int4_g64_bias"), Variant("int2_g32_bias", "int2_g32_bias"),
    Variant("int3_g64_bias", "int3_g64_bias"), Variant("int6_g128_bias", "int6_g128_bias"),
    Variant("int8_g32_bias", "int8_g32_bias"), Variant("mxfp4", "mxfp4"), Variant("nvfp4", "nvfp4"),
    Variant("mixed", "int4_g64_bias", {"overrides": [
        {"tensors": "token_embd.weight", "type": "int6_g64_bias"}, {"tensors": "blk.0.ffn_*", "type": "int8_g128_bias"},
        {"tensors": "blk.1.attn_q.weight", "type": "f16"}, {"tensors": "blk.2.*", "type": "mxfp4"}]}),
]
mx.set_default_device(mx.cpu)


def load(folder):
    model, _ = load_model(folder)
    return model


def matrices(model) -> dict:
    found = {}
    for name, module in model.named_modules():
        if hasattr(module, "scales"):
            if module.mode == "affine":
                scales, biases = module.scales.astype(mx.float32), module.biases.astype(mx.float32)
                values = mx.dequantize(module.weight, scales, biases, module.group_size, module.bits)
            else:
                values = mx.dequantize(
                    module.weight, module.scales, group_size=module.group_size, bits=module.bits, mode=module.mode,
                    dtype=mx.float32)
            found[f"{name}.weight"] = numpy.array(values.astype(mx.float32))
    return found


def widened(model):
    """The model with its half-precision numbers in f32: otherwise it computes in half precision."""
    from mlx.utils import tree_map

    model.update(tree_map(lambda x: x.astype(mx.float32) if x.dtype == mx.float16 else x, model.parameters()))
    return model


check = Check("mlx")
check.declare(loaded=len(VARIANTS))
check.build(VARIANTS)
for variant in VARIANTS:
    folder = check.folder(variant)
    model = load(folder)
    # One rounding of f32: mlx may fuse the product and the sum.
    check.compare_weights(variant.name, matrices(model), check.decoded(variant), tolerance=2e-7)
    tokens, expected = check.logits(folder)
    found = widened(model)(mx.array([tokens]))[0].astype(mx.float32)
    check.compare_logits(folder, numpy.array(found), expected)

kinds = [(4, 64, "affine"), (8, 32, "affine"), (3, 64, "affine"), (6, 128, "affine"), (2, 32, "affine")]
kinds += [(4, 32, "mxfp4"), (4, 16, "nvfp4"), (8, 32, "mxfp8")]
check.declare(read_back=len(kinds))
for bits, size, mode in kinds:
    name = f"theirs-{mode}-{bits}-{size}"
    folder = check.out / name
    shutil.rmtree(folder, ignore_errors=True)
    convert(str(OTHER_MODEL), str(folder), quantize=True, q_bits=bits, q_group_size=size, q_mode=mode, dtype="float16")
    check.compare_weights(name, matrices(load(folder)), check.read_back(folder, name), tolerance=2e-7)
    check.read_back_is_the_same(name)
check.report(f"mlx {version('mlx')}, mlx-lm {version('mlx-lm')}")
