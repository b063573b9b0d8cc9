"""Writes the folders of Tests/Fixtures/quantized whose weights are small floating-point numbers, or integers beside them.

    pip install torch==2.15.0 transformers==5.23.0 compressed-tensors==0.20.1 safetensors==0.8.0
    python quantized-floats.py

Codes and scales are made by compressed-tensors and transformers, and expected.safetensors holds what these decode them to in
single precision. Two of transformers' formats are quantized by kernels that need a GPU: bytes of `mxfp4` are
those that compressed-tensors makes of the same definition, and rows of `fbgemm_fp8` are its FP8 for each channel. Where inputs are
rounded too, expected.safetensors also holds inputs `x` and what compressed-tensors rounds them to.
"""

import json
import os
from pathlib import Path
from types import SimpleNamespace

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TORCHDYNAMO_DISABLE"] = "1"

import torch
from compressed_tensors.compressors import BaseCompressor
from compressed_tensors.compressors.nvfp4.helpers import unpack_fp4_from_uint8
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from compressed_tensors.quantization.lifecycle.forward import dequantize, fake_quantize
from compressed_tensors.quantization.quant_scheme import PRESET_SCHEMES
from compressed_tensors.quantization.utils import (
    calculate_qparams, compute_dynamic_scales_and_zp, generate_gparam, maybe_pad_tensor_for_block_quant)
from safetensors.torch import save_file
from transformers.integrations import bitnet as bitnet_layers
from transformers.integrations.finegrained_fp8 import Fp8Dequantize, Fp8Quantize
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

ROOT = Path(__file__).resolve().parent / "quantized"
ROWS, COLUMNS = 32, 128


def weights(seed: int, *shape: int) -> torch.Tensor:
    matrix = torch.randn(*(shape or (ROWS, COLUMNS)), generator=torch.Generator().manual_seed(seed)) * 0.1
    # Columns of different sizes, so that groups have different scales.
    return matrix * torch.logspace(-2, 1, matrix.shape[-1])


def write(name: str, config: dict, tensors: dict, expected: dict) -> None:
    folder = ROOT / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"quantization_config": config}) + "\n")
    save_file({key: value.contiguous() for key, value in tensors.items()}, folder / "model.safetensors")
    save_file({key: value.float().contiguous() for key, value in expected.items()}, folder / "expected.safetensors")


def scales(matrix: torch.Tensor, args: QuantizationArgs, global_scale: torch.Tensor | None) -> torch.Tensor:
    """The scales that the program's observers give a matrix."""
    if args.strategy == "tensor":
        low, high = torch.aminmax(matrix)
    elif args.strategy == "channel":
        low, high = matrix.amin(-1, keepdim=True), matrix.amax(-1, keepdim=True)
    elif args.strategy == "block":
        height, width = args.block_structure
        blocks = maybe_pad_tensor_for_block_quant(matrix, (height, width))
        blocks = blocks.unflatten(1, (-1, width)).unflatten(0, (-1, height)).transpose(1, 2)
        low, high = blocks.amin((2, 3)), blocks.amax((2, 3))
    else:
        groups = matrix.unflatten(-1, (-1, args.group_size))
        low, high = groups.amin(-1), groups.amax(-1)
    return calculate_qparams(low, high, args, global_scale=global_scale)[0]


def compress(matrix: torch.Tensor, scheme: QuantizationScheme) -> tuple[dict, torch.Tensor]:
    """Tensors of a module, and its weights in single precision."""
    args = scheme.weights
    global_scale = None
    if args.strategy == "tensor_group":
        global_scale = generate_gparam(*torch.aminmax(matrix))
    state = {"weight": matrix, "weight_scale": scales(matrix, args, global_scale)}
    if global_scale is not None:
        state["weight_global_scale"] = global_scale
    compressor = BaseCompressor.get_value_from_registry(scheme.format)
    packed = compressor.compress(dict(state), scheme)
    if args.num_bits == 4 and args.type == "float":
        # The program decodes to bfloat16; the same functions do it in single precision.
        codes = unpack_fp4_from_uint8(packed["weight_packed"], *matrix.shape, dtype=torch.float32)
        scale = compressor._decompress_scale(packed["weight_scale"], torch.float32)
        expected = dequantize(codes, scale, args=args, dtype=torch.float32, global_scale=global_scale)
    elif scheme.format == "mxfp8-quantized":
        scale = compressor._decompress_scale(packed["weight_scale"]).float()
        expected = dequantize(packed["weight"], scale, args=args)
    else:
        expected = compressor.decompress(dict(packed), scheme)["weight"]
    return packed, expected


def inputs(scheme: QuantizationScheme, tensors: dict) -> dict:
    """Inputs, what they are rounded to, and among the tensors the scales that the checkpoint holds."""
    args = scheme.input_activations
    if args is None:
        return {}
    x = torch.randn(24, COLUMNS, generator=torch.Generator().manual_seed(9)) * torch.logspace(-1, 1, COLUMNS)
    x[3, 5] = 90.0
    x[7] = 0
    x[8, 32:64] = 0
    global_scale = None
    if args.strategy == "tensor_group":
        tensors["m.input_global_scale"] = global_scale = generate_gparam(*torch.aminmax(x))
    if args.dynamic:
        # The library takes batches of sequences.
        scale, zero = compute_dynamic_scales_and_zp(x[None], args, None, global_scale=global_scale)
        rounded = fake_quantize(x[None], scale, zero, args, global_scale=global_scale)[0]
    else:
        # Some inputs lie beyond the range.
        scale, zero = calculate_qparams(x.min() * 0.5, x.max() * 0.5, args)
        tensors["m.input_scale"] = scale
        rounded = fake_quantize(x, scale, zero, args)
    return {"x": x, "rounded": rounded}


def configuration(groups: dict[str, QuantizationScheme], form: str) -> dict:
    return {"quant_method": "compressed-tensors", "format": form, "quantization_status": "compressed",
            "config_groups": {key: json.loads(scheme.model_dump_json()) for key, scheme in groups.items()},
            "ignore": ["lm_head"]}


def compressed(name: str, form: str, seed: int, weight: QuantizationArgs, activations: QuantizationArgs | None = None) -> None:
    scheme = QuantizationScheme(targets=["Linear"], weights=weight, input_activations=activations, format=form)
    packed, expected = compress(weights(seed), scheme)
    tensors = {f"m.{key}": value for key, value in packed.items()}
    write(name, configuration({"group_0": scheme}, form), tensors, {"m.weight": expected} | inputs(scheme, tensors))


def preset(name: str, form: str, seed: int, preset: str, **changes) -> None:
    args = PRESET_SCHEMES[preset]
    weight = args["weights"]
    if changes:
        weight = QuantizationArgs(**(weight.model_dump() | changes))
    compressed(name, form, seed, weight, args.get("input_activations"))


def mixed(name: str) -> None:
    """FP8 attention beside four-bit experts, each group with a format of its own."""
    eight = QuantizationScheme(targets=["re:.*m$"], **PRESET_SCHEMES["FP8_DYNAMIC"], format="float-quantized")
    four = QuantizationScheme(targets=["Linear"], **PRESET_SCHEMES["NVFP4A16"], format="nvfp4-pack-quantized")
    tensors, expected = {}, {}
    for module, scheme in [("m", eight), ("n", four)]:
        packed, expected[f"{module}.weight"] = compress(weights(17), scheme)
        tensors |= {f"{module}.{key}": value for key, value in packed.items()}
    write(name, configuration({"group_0": eight, "group_1": four}, "mixed-precision"), tensors, expected)


def fine_grained(name: str, config: dict, key: str, matrix: torch.Tensor, **others: torch.Tensor) -> None:
    settings = {"scale_fmt": "float"} | config
    quantizer = SimpleNamespace(quantization_config=SimpleNamespace(**settings))
    tensors = Fp8Quantize(quantizer).convert({key: matrix})
    scale = key + "_scale_inv"
    expected = Fp8Dequantize(quantizer)._dequantize_one(tensors[key], tensors[scale], torch.float32)
    if config["weight_block_size"] is None:
        tensors[scale] = tensors[scale].squeeze()
    write(name, {"quant_method": "fp8", "modules_to_not_convert": ["lm_head"]} | config, tensors | others, {key: expected})


def auto_fp8(name: str) -> None:
    """As AutoFP8 stores what compressed-tensors computes for it: a scale for a matrix, and one for its inputs."""
    scheme = QuantizationScheme(targets=["Linear"], **PRESET_SCHEMES["FP8"], format="float-quantized")
    packed, expected = compress(weights(23), scheme)
    tensors = {f"m.{key}": value for key, value in packed.items()}
    tensors["m.weight_scale"] = tensors["m.weight_scale"].squeeze()
    known = inputs(scheme, tensors)
    tensors["m.input_scale"] = tensors["m.input_scale"].squeeze()
    write(name, {"quant_method": "fp8", "activation_scheme": "static", "ignored_layers": ["lm_head"]}, tensors,
          {"m.weight": expected} | known)


def fbgemm(name: str) -> None:
    scheme = QuantizationScheme(targets=["Linear"], **PRESET_SCHEMES["FP8_DYNAMIC"], format="float-quantized")
    packed, expected = compress(weights(29), scheme)
    write(name, {"quant_method": "fbgemm_fp8", "activation_scale_ub": 1200.0, "modules_to_not_convert": ["lm_head"]},
          {f"m.{key}": value for key, value in packed.items()}, {"m.weight": expected})


def experts(name: str) -> None:
    """Experts as gpt-oss stores them, `[experts, outputs, groups, 16]`, which decode to `[experts, inputs, outputs]`."""
    scheme = QuantizationScheme(targets=["Linear"], **PRESET_SCHEMES["MXFP4A16"], format="mxfp4-pack-quantized")
    packed, _ = compress(weights(31, 2 * ROWS, COLUMNS), scheme)
    blocks = packed["weight_packed"].reshape(2, ROWS, COLUMNS // 32, 16)
    exponents = packed["weight_scale"].reshape(2, ROWS, COLUMNS // 32)
    expected = convert_moe_packed_tensors(blocks, exponents, dtype=torch.float32)
    write(name, {"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn", "lm_head"]},
          {"m.experts.gate_up_proj_blocks": blocks, "m.experts.gate_up_proj_scales": exponents},
          {"m.experts.gate_up_proj": expected})


def bitnet(name: str, linear: str | None, dtype: torch.dtype) -> None:
    """A ternary matrix as transformers packs it, and inputs as its layers round them."""
    matrix = weights(37)
    size = matrix.abs().mean()
    ternary = (matrix / size).round().clamp(-1, 1)
    multiplies = linear == "autobitlinear"
    scale = (size if multiplies else 1 / size).to(dtype).reshape(1)
    tensors = {"m.weight": bitnet_layers.pack_weights(ternary.clone()), "m.weight_scale": scale}
    unpacked = bitnet_layers.unpack_weights(tensors["m.weight"], torch.float32)
    assert torch.equal(unpacked, ternary)
    x = torch.randn(24, COLUMNS, generator=torch.Generator().manual_seed(9)) * torch.logspace(-1, 1, COLUMNS)
    x[3, 5] = 90.0
    x[7] = 0
    x[8] *= 1e-9
    layer = bitnet_layers.BitLinear(COLUMNS, ROWS, bias=False, dtype=torch.float32)
    codes, factor = layer.activation_quant(x)
    config = {"quant_method": "bitnet", "modules_to_not_convert": ["lm_head"]}
    if linear:
        config |= {"linear_class": linear, "quantization_mode": "offline"}
    write(name, config, tensors,
          {"m.weight": unpacked * scale.float() if multiplies else unpacked / scale.float(), "x": x, "rounded": codes / factor})


preset("compressed-tensors-fp8-tensor", "float-quantized", 1, "FP8")
preset("compressed-tensors-fp8-channel", "float-quantized", 2, "FP8_DYNAMIC")
preset("compressed-tensors-fp8-block", "float-quantized", 3, "FP8_BLOCK", block_structure=[24, 48])
preset("compressed-tensors-nvfp4", "nvfp4-pack-quantized", 4, "NVFP4")
preset("compressed-tensors-nvfp4a16", "nvfp4-pack-quantized", 5, "NVFP4A16")
preset("compressed-tensors-mxfp4", "mxfp4-pack-quantized", 6, "MXFP4")
preset("compressed-tensors-mxfp8", "mxfp8-quantized", 7, "MXFP8")
preset("compressed-tensors-mxfp4-fp8", "mxfp4-pack-quantized", 8, "MXFP4XFP8")
compressed("compressed-tensors-int8-tensor", "int-quantized", 9, QuantizationArgs(num_bits=8, strategy="tensor"))
compressed("compressed-tensors-int8-group", "int-quantized", 10,
           QuantizationArgs(num_bits=8, strategy="group", group_size=32))
mixed("compressed-tensors-mixed")
block = {"activation_scheme": "dynamic", "weight_block_size": [16, 64]}
fine_grained("fp8-block", block, "m.weight", weights(11))
fine_grained("fp8-block-ue8m0", block | {"scale_fmt": "ue8m0"}, "m.weight", weights(12))
fine_grained("fp8-tensor", {"activation_scheme": "static", "weight_block_size": None}, "m.weight", weights(13),
             **{"m.activation_scale": torch.tensor(0.02)})
fine_grained("fp8-experts", block, "m.experts.down_proj", weights(14, 2, ROWS, COLUMNS))
auto_fp8("fp8-autofp8")
fbgemm("fbgemm-row")
experts("mxfp4-experts")
bitnet("bitnet-divides", None, torch.bfloat16)
bitnet("bitnet-multiplies", "autobitlinear", torch.float32)


def small_floats(path: Path) -> None:
    """Every finite number of the small formats, as torch stores it and as torch or compressed-tensors converts it to float32."""
    tensors = {}
    for name, dtype in [("f8_e4m3", torch.float8_e4m3fn), ("f8_e5m2", torch.float8_e5m2), ("f8_e8m0", torch.float8_e8m0fnu)]:
        numbers = torch.arange(256, dtype=torch.uint8).view(dtype)
        finite = numbers.float().isfinite()
        tensors[name] = numbers.view(torch.uint8)[finite].view(dtype)
        tensors[f"{name}.expected"] = numbers.float()[finite]
    pairs = torch.arange(256, dtype=torch.uint8).reshape(16, 16)
    tensors["f4"] = pairs.view(torch.float4_e2m1fn_x2)
    tensors["f4.expected"] = unpack_fp4_from_uint8(pairs, 16, 32, dtype=torch.float32)
    save_file(tensors, path)


small_floats(ROOT.parent / "small-floats.safetensors")
