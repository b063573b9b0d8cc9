"""Writes Tests/Fixtures/quantized: one small matrix as the runtimes' own programs store it, and what they decode it to.

    pip install torch==2.15.0 GPTQModel==7.7.0 compressed-tensors==0.20.0 bitsandbytes==0.50.2 'mlx[cpu]==0.32.4' \
        safetensors==0.8.0
    pip install --no-deps autoawq==0.2.9
    python quantized.py

Every folder holds config.json with what the program says about its weights, model.safetensors with the module `m`, and
expected.safetensors with its matrix `m.weight` in f32.
"""

import json
import os
import tempfile
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TORCHDYNAMO_DISABLE"] = "1"
ROOT = Path(__file__).resolve().parent / "quantized"
os.chdir(tempfile.mkdtemp())  # GPTQModel writes a folder of logs wherever it runs.

import bitsandbytes.functional as bnb
import mlx.core as mx
import numpy
import torch
from safetensors.torch import save_file

ROWS, COLUMNS = 32, 128


def weights(seed: int) -> torch.Tensor:
    return torch.randn(ROWS, COLUMNS, generator=torch.Generator().manual_seed(seed)) * 0.1


def write(name: str, config: dict, tensors: dict, expected: torch.Tensor) -> None:
    folder = ROOT / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config) + "\n")
    save_file({f"m.{key}": value.contiguous() for key, value in tensors.items()}, folder / "model.safetensors")
    save_file({"m.weight": expected.float().contiguous()}, folder / "expected.safetensors")


def grid(matrix: torch.Tensor, bits: int, size: int, symmetric: bool):
    """Scales (half precision) and zero points `[rows, groups]` for groups of columns that stand side by side."""
    groups = matrix.reshape(ROWS, -1, size)
    top = 2**bits - 1
    if symmetric:
        scales = (groups.abs().amax(-1) * 2 / top).half()
        return scales, torch.full_like(scales, 2 ** (bits - 1), dtype=torch.int32)
    low, high = groups.amin(-1), groups.amax(-1)
    scales = ((high - low) / top).half()
    return scales, (-low / scales.float()).round().clamp(1, top).int()


def gptq(name: str, bits: int, size: int, symmetric: bool, form: str, act: bool = False) -> None:
    from gptqmodel.nn_modules.qlinear.torch import TorchLinear
    from gptqmodel.quantization import QuantizeConfig
    from gptqmodel.utils.model import convert_gptq_v2_to_v1_format_module

    matrix = weights(bits * 1000 + size)
    index = torch.arange(COLUMNS, dtype=torch.int32) // size
    if act:
        index = index[torch.randperm(COLUMNS, generator=torch.Generator().manual_seed(5))]
    order = torch.argsort(index, stable=True)
    scales, zeros = grid(matrix[:, order], bits, size, symmetric)
    linear = torch.nn.Linear(COLUMNS, ROWS, bias=False)
    linear.weight.data = matrix
    module = TorchLinear(
        bits=bits, group_size=size, sym=symmetric, desc_act=act, in_features=COLUMNS, out_features=ROWS, bias=False,
        pack_dtype=torch.int32, register_buffers=True)
    module.pack(linear, scales.float(), zeros.float(), index)
    module.post_init()
    module.eval()
    scales = module.scales.detach().clone()
    module.scales = scales.float()
    expected = module.dequantize_weight().T
    if form == "gptq":
        convert_gptq_v2_to_v1_format_module(module, QuantizeConfig(bits=bits, group_size=size, device="cpu"))
    tensors = {"qweight": module.qweight, "qzeros": module.qzeros, "scales": scales.half(), "g_idx": module.g_idx}
    write(name, {"quantization_config": {
        "quant_method": "gptq", "bits": bits, "group_size": size, "desc_act": act, "sym": symmetric, "checkpoint_format": form,
        "pack_dtype": "int32"}}, tensors, expected)


def awq(name: str, size: int) -> None:
    from gptqmodel.quantization.awq.utils.packing_utils import dequantize_gemm, pack_awq

    matrix = weights(size)
    scales, zeros = grid(matrix, 4, size, False)
    expanded = (scales.float().repeat_interleave(size, 1), zeros.repeat_interleave(size, 1))
    codes = (matrix / expanded[0] + expanded[1]).round().clamp(0, 15).int()
    qweight, qzeros = pack_awq(codes.T.contiguous(), zeros.T.contiguous(), 4)
    expected = dequantize_gemm(qweight, qzeros, scales.T.contiguous().float(), 4, size).T
    write(name, {"quantization_config": {
        "quant_method": "awq", "bits": 4, "group_size": size, "zero_point": True, "version": "gemm"}},
        {"qweight": qweight, "qzeros": qzeros, "scales": scales.T}, expected)


def autoawq(name: str, size: int) -> None:
    """AutoAWQ's own packer. The package imports no current transformers, so its folders are entered without its `__init__`."""
    import importlib.util
    import sys
    import types

    root = Path(importlib.util.find_spec("awq").submodule_search_locations[0])
    for package in ("awq", "awq.modules", "awq.modules.linear", "awq.utils"):
        sys.modules[package] = types.ModuleType(package)
        sys.modules[package].__path__ = [str(root.parent / package.replace(".", "/"))]
    from awq.modules.linear.gemm import WQLinear_GEMM
    from awq.utils.packing_utils import dequantize_gemm

    matrix = weights(size + 1)
    scales, zeros = grid(matrix, 4, size, False)
    linear = torch.nn.Linear(COLUMNS, ROWS, bias=False)
    linear.weight.data = matrix
    module = WQLinear_GEMM.from_linear(linear, 4, size, scales=scales.T.contiguous(), zeros=zeros.T.contiguous())
    expected = dequantize_gemm(module.qweight, module.qzeros, module.scales.float(), 4, size).T
    write(name, {"quantization_config": {
        "quant_method": "awq", "bits": 4, "group_size": size, "zero_point": True, "version": "gemm",
        "modules_to_not_convert": None}},
        {"qweight": module.qweight, "qzeros": module.qzeros, "scales": module.scales}, expected)


def compressed(name: str, bits: int, size: int | None, symmetric: bool) -> None:
    from compressed_tensors.compressors import PackedQuantizationCompressor
    from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme

    matrix = weights(bits + (size or 0))
    scales, zeros = grid(matrix, bits, size or COLUMNS, symmetric)
    args = QuantizationArgs(
        num_bits=bits, symmetric=symmetric, strategy="group" if size else "channel", group_size=size)
    state = {"weight": matrix, "weight_scale": scales.float(), "weight_zero_point": (zeros - 2 ** (bits - 1)).to(torch.int8)}
    scheme = QuantizationScheme(targets=["Linear"], weights=args, format="pack-quantized")
    packed = PackedQuantizationCompressor.compress(dict(state), scheme)
    expected = PackedQuantizationCompressor.decompress(dict(packed), scheme)["weight"]
    packed["weight_scale"] = packed["weight_scale"].half()
    config = {"quant_method": "compressed-tensors", "format": "pack-quantized", "quantization_status": "compressed",
              "config_groups": {"group_0": json.loads(scheme.model_dump_json())}, "ignore": ["lm_head"]}
    write(name, {"quantization_config": config}, packed, expected)


def eight_bit_inputs(name: str, strategy: str, symmetric: bool) -> None:
    """Weights and inputs of eight bits; expected.safetensors also holds inputs `x` and what they are rounded to."""
    from compressed_tensors.compressors import IntQuantizationCompressor
    from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
    from compressed_tensors.quantization.lifecycle.forward import fake_quantize
    from compressed_tensors.quantization.utils import calculate_qparams, compute_dynamic_scales_and_zp

    matrix = weights(88)
    scales = (matrix.abs().amax(-1, keepdim=True) / 127).half()
    inputs = torch.randn(24, COLUMNS, generator=torch.Generator().manual_seed(9)) + (0 if symmetric else 0.7)
    inputs[3, 5] = 9.0
    dynamic = strategy == "token"
    args = QuantizationArgs(num_bits=8, symmetric=symmetric, strategy=strategy, dynamic=dynamic)
    scheme = QuantizationScheme(
        targets=["Linear"], weights=QuantizationArgs(num_bits=8, symmetric=True, strategy="channel"),
        input_activations=args, format="int-quantized")
    packed = IntQuantizationCompressor.compress({"weight": matrix, "weight_scale": scales.float()}, scheme)
    expected = IntQuantizationCompressor.decompress(dict(packed), scheme)["weight"]
    packed["weight_scale"] = packed["weight_scale"].half()
    if dynamic:
        # The library takes batches of sequences.
        scale, zero = (number[0] for number in compute_dynamic_scales_and_zp(inputs[None], args, None))
    else:
        # Some inputs lie beyond the range.
        scale, zero = calculate_qparams(inputs.min() * 0.5, inputs.max() * 0.5, args)
        packed["input_scale"] = scale = scale.half().float()
        if not symmetric:
            packed["input_zero_point"] = zero.to(torch.int8)
    rounded = fake_quantize(inputs, scale, zero, args)
    config = {"quant_method": "compressed-tensors", "format": "int-quantized", "quantization_status": "compressed",
              "config_groups": {"group_0": json.loads(scheme.model_dump_json())}, "ignore": ["lm_head"]}
    write(name, {"quantization_config": config}, packed, expected)
    save_file({"m.weight": expected.float().contiguous(), "x": inputs, "rounded": rounded.contiguous()},
              ROOT / name / "expected.safetensors")


def four_bits(name: str, codebook: str, double: bool) -> None:
    codes, state = bnb.quantize_4bit(weights(7), blocksize=64, quant_type=codebook, compress_statistics=double)
    expected = bnb.dequantize_4bit(codes, state)
    tensors = {"weight": codes} | {f"weight.{key}": value for key, value in state.as_dict(packed=True).items()}
    write(name, {"quantization_config": {
        "quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": codebook}}, tensors, expected)


def eight_bits(name: str) -> None:
    codes, scales, _ = bnb.int8_vectorwise_quant(weights(8).half())
    expected = bnb.int8_vectorwise_dequant(codes, scales)
    write(name, {"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}},
          {"weight": codes, "SCB": scales, "weight_format": torch.tensor(0, dtype=torch.uint8)}, expected)


def exl2(name: str, runs: list[tuple[int, int, int]]) -> None:
    """No program writes EXL2 without a GPU: packed here as exllamav2's `pack` describes it.

    Runs are of (bits, groups, inputs in a group).
    """
    matrix = weights(sum(bits for bits, _, _ in runs)).numpy().T  # [inputs, outputs]
    order = numpy.random.default_rng(4).permutation(COLUMNS)
    words, scales, largest, groups = [], [], [], []
    expected = numpy.zeros((COLUMNS, ROWS), numpy.float32)
    place = 0
    for bits, size in [(bits, size) for bits, count, size in runs for _ in range(count)]:
        rows = order[place:place + size]
        place += size
        block = matrix[rows]
        wish = numpy.abs(block).max(0) / (2 ** (bits - 1) - 0.5)
        top = numpy.float16(wish.max())
        roots = numpy.clip(numpy.round(numpy.sqrt(wish / float(top)) * 16), 1, 16).astype(int)
        scale = ((roots * roots).astype(numpy.float16) * (top * numpy.float16(1 / 256))).astype(numpy.float32)
        codes = numpy.clip(numpy.round(block / scale) + 2 ** (bits - 1), 0, 2**bits - 1).astype(int)
        expected[rows] = (codes - 2 ** (bits - 1)).astype(numpy.float32) * scale
        groups += [bits, sum(len(run) for run in words)]
        run = numpy.zeros((size * bits // 32, ROWS), numpy.uint32)
        for row in range(size):
            for bit in range(bits):
                word, shift = divmod(row * bits + bit, 32)
                run[word] |= ((codes[row] >> bit) & 1).astype(numpy.uint32) << numpy.uint32(shift)
        words.append(run)
        packed = numpy.zeros(ROWS // 8, numpy.uint32)
        for column in range(ROWS):
            packed[column // 8] |= numpy.uint32(int(roots[column] - 1) << (4 * (column % 8)))
        scales.append(packed)
        largest.append(top)
    tensors = {
        "q_weight": numpy.concatenate(words).view(numpy.int32), "q_scale": numpy.stack(scales).view(numpy.int32),
        "q_scale_max": numpy.array(largest, numpy.float16), "q_groups": numpy.array(groups, numpy.int16),
        "q_invperm": numpy.argsort(order).astype(numpy.int32)}
    config = {"quant_method": "exl2", "version": "0.3.2", "bits": 4.0, "head_bits": 6,
              "calibration": {"rows": 100, "length": 2048, "dataset": "(default)"}}
    write(name, {"quantization_config": config}, {key: torch.from_numpy(value) for key, value in tensors.items()},
          torch.from_numpy(expected.T.copy()))


def mlx(name: str, bits: int, size: int) -> None:
    matrix = mx.array(weights(bits).numpy()).astype(mx.float16)
    codes, scales, biases = mx.quantize(matrix, group_size=size, bits=bits)
    expected = mx.dequantize(codes, scales.astype(mx.float32), biases.astype(mx.float32), group_size=size, bits=bits)
    tensors = {key: torch.from_numpy(numpy.array(value)) for key, value in
               {"weight": codes, "scales": scales, "biases": biases}.items()}
    write(name, {"quantization": {"group_size": size, "bits": bits, "mode": "affine"}}, tensors,
          torch.from_numpy(numpy.array(expected.astype(mx.float32))))


mx.set_default_device(mx.cpu)
gptq("gptq-4-32-sym", 4, 32, True, "gptq")
gptq("gptq-4-64-asym-act", 4, 64, False, "gptq", act=True)
gptq("gptq-2-32-asym-v2", 2, 32, False, "gptq_v2")
gptq("gptq-3-32-asym", 3, 32, False, "gptq")
gptq("gptq-8-128-sym", 8, 128, True, "gptq")
awq("awq-32", 32)
awq("awq-128", 128)
autoawq("awq-64-autoawq", 64)
compressed("compressed-tensors-4-32-asym", 4, 32, False)
compressed("compressed-tensors-4-64-sym", 4, 64, True)
compressed("compressed-tensors-8-channel-sym", 8, None, True)
eight_bit_inputs("compressed-tensors-w8a8-tensor", "tensor", True)
eight_bit_inputs("compressed-tensors-w8a8-tensor-asym", "tensor", False)
eight_bit_inputs("compressed-tensors-w8a8-token", "token", True)
four_bits("bitsandbytes-nf4", "nf4", False)
four_bits("bitsandbytes-nf4-double", "nf4", True)
four_bits("bitsandbytes-fp4", "fp4", False)
eight_bits("bitsandbytes-int8")
mlx("mlx-2-32", 2, 32)
mlx("mlx-3-64", 3, 64)
mlx("mlx-4-64", 4, 64)
mlx("mlx-6-128", 6, 128)
mlx("mlx-8-32", 8, 32)
exl2("exl2-4", [(4, 2, 64)])
exl2("exl2-6-3", [(6, 1, 32), (3, 3, 32)])
exl2("exl2-8-5-2", [(8, 1, 32), (5, 1, 64), (2, 1, 32)])
