"""GPTQModel's kernel for AWQ loads Planish's checkpoints on a CPU, and Planish those that it packs.

AutoAWQ, where the layout comes from, is no longer maintained and imports no current transformers.
"""

import json
import os
import shutil

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("GPTQMODEL_CPU_WORKERS", "2")
os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")

import numpy
import torch
from common import OTHER_MODEL, Check, Variant
from gptqmodel import BACKEND, GPTQModel
from gptqmodel.quantization.awq.utils.packing_utils import dequantize_gemm, pack_awq
from gptqmodel.version import __version__
from safetensors.numpy import load_file, save_file

VARIANTS = [
    Variant("int4_g128_asym", "int4_g128_asym"), Variant("int4_g32_asym", "int4_g32_asym"), Variant("int4_g64", "int4_g64"),
]


def load(folder):
    model = GPTQModel.load(str(folder), device="cpu", backend=BACKEND.AWQ_TORCH, dtype=torch.float16)
    return model.model.eval()


def dequantized(qweight, qzeros, scales, size):
    values = dequantize_gemm(qweight, qzeros, scales, 4, size)
    return values.float().T.contiguous().numpy()


def matrices(model) -> dict:
    return {f"{name}.weight": dequantized(m.qweight, m.qzeros, m.scales.float(), m.group_size)
            for name, m in model.named_modules() if hasattr(m, "qweight")}


def plain(folder, weights):
    """A model in f32 with those weights: the kernel itself computes in half precision."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(f"{folder}-f32", dtype=torch.float32).eval()
    with torch.no_grad():
        for name, matrix in weights.items():
            model.get_parameter(name).copy_(torch.from_numpy(matrix))
    return model


def theirs(check: Check, size: int) -> None:
    """A checkpoint in the layout of AutoAWQ, packed by GPTQModel."""
    name = f"theirs-g{size}"
    folder = check.out / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    tensors, expected = {}, {}
    for tensor, matrix in load_file(OTHER_MODEL / "model.safetensors").items():
        if ".layers." not in tensor or matrix.ndim < 2 or matrix.shape[1] % size:
            tensors[tensor] = matrix.astype(numpy.float16)
            continue
        groups = torch.from_numpy(matrix.astype(numpy.float32)).reshape(matrix.shape[0], -1, size)
        low, high = groups.amin(-1).clamp(max=0), groups.amax(-1).clamp(min=0)
        scales = ((high - low) / 15).half()
        zeros = (-low / scales.float()).round().clamp(0, 15)
        codes = (groups / scales.float()[..., None] + zeros[..., None]).round().clamp(0, 15)
        codes = codes.reshape(matrix.shape[0], -1).int().T.contiguous()
        qweight, qzeros = pack_awq(codes, zeros.int().T.contiguous(), 4)
        scales, module = scales.T.contiguous(), tensor.removesuffix(".weight")
        tensors |= {f"{module}.qweight": qweight.numpy(), f"{module}.qzeros": qzeros.numpy(),
                    f"{module}.scales": scales.numpy()}
        expected[tensor] = dequantized(qweight, qzeros, scales.float(), size)
    save_file(tensors, folder / "model.safetensors")
    for file in OTHER_MODEL.glob("*.json"):
        shutil.copyfile(file, folder / file.name)
    config = json.loads((OTHER_MODEL / "config.json").read_text())
    config["quantization_config"] = {
        "quant_method": "awq", "bits": 4, "group_size": size, "zero_point": True, "version": "gemm",
        "modules_to_not_convert": None}
    (folder / "config.json").write_text(json.dumps(config))
    check.compare_weights(name, expected, check.read_back(folder, name))
    check.read_back_is_the_same(name)


check = Check("awq")
os.chdir(check.out)  # GPTQModel writes a folder of logs wherever it runs.
torch.set_num_threads(2)
check.declare(loaded=len(VARIANTS))
check.build(VARIANTS)
for variant in VARIANTS:
    folder = check.folder(variant)
    weights = matrices(load(folder))
    check.compare_weights(variant.name, weights, check.decoded(variant))
    tokens, expected = check.logits(folder)
    with torch.no_grad():
        found = plain(folder, weights)(torch.tensor([tokens])).logits[0].numpy()
    check.compare_logits(folder, found, expected)
sizes = (32, 64)
check.declare(read_back=len(sizes))
for size in sizes:
    theirs(check, size)
check.report(f"GPTQModel {__version__}")
