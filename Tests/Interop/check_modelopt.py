"""ModelOpt's packing, restated from nvidia-modelopt 0.47 (`torch/quantization/qtensor/nvfp4_tensor.py`, `torch/export`), decodes Planish's
folders, and Planish decodes what it packs."""

import json
import shutil

import numpy
import torch
from common import OTHER_MODEL, Check, Variant
from safetensors.torch import load_file, save_file

VARIANTS = [Variant("nvfp4", "nvfp4_global"), Variant("fp8", "fp8_row")]
NUMBERS = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6])
BOUNDS = torch.tensor([0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5])


def decoded(folder) -> dict[str, numpy.ndarray]:
    settings = json.loads((folder / "hf_quant_config.json").read_text())["quantization"]
    tensors, found = load_file(folder / "model.safetensors"), {}
    for name, weight in tensors.items():
        if f"{name}_scale" not in tensors:
            continue
        scale = tensors[f"{name}_scale"].float()
        if settings["quant_algo"].startswith("FP8"):
            found[name] = (weight.float() * scale.reshape(scale.numel(), 1)).numpy()
            continue
        codes = torch.stack([weight & 15, weight >> 4], -1).reshape(weight.shape[0], -1).long()
        numbers = NUMBERS[codes].reshape(weight.shape[0], -1, settings["group_size"])
        found[name] = (numbers * (scale * tensors[f"{name}_scale_2"])[..., None]).reshape(weight.shape[0], -1).numpy()
    return found


def nvfp4(weight):
    """NVFP4QTensor.quantize: the global scale from the largest weight, and local ones from the largest of each group."""
    second = weight.abs().max() / (6 * 448)
    groups = weight.reshape(weight.shape[0], -1, 16)
    scale = (groups.abs().amax(-1) / (6 * second)).clamp(min=2 ** -9, max=448).to(torch.float8_e4m3fn)
    x = groups / (scale.float() * second)[..., None]
    place = torch.searchsorted(BOUNDS, x.abs().contiguous(), right=False)
    # Halves go to the even number.
    odd = torch.tensor([0.75, 1.75, 2.5])
    place = place + (x.abs()[..., None] == odd).any(-1)
    codes = (place + 8 * (x < 0)).to(torch.uint8).reshape(weight.shape[0], -1)
    return {"": codes[:, ::2] | codes[:, 1::2] << 4, "_scale": scale, "_scale_2": second}


def fp8(weight):
    scale = weight.abs().max() / 448
    return {"": (weight / scale).to(torch.float8_e4m3fn), "_scale": scale}


def theirs(check: Check) -> None:
    kinds = {"NVFP4": nvfp4, "FP8": fp8}
    check.declare(read_back=len(kinds))
    for algorithm, quantize in kinds.items():
        name = f"theirs-{algorithm.lower()}"
        folder = check.out / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(OTHER_MODEL, folder)
        tensors = {}
        for key, weight in load_file(OTHER_MODEL / "model.safetensors").items():
            if ".layers." not in key or weight.ndim != 2:
                tensors[key] = weight
                continue
            for suffix, part in quantize(weight.float()).items():
                tensors[key + suffix] = part.contiguous()
            tensors[f"{key.removesuffix('.weight')}.input_scale"] = torch.tensor(0.01)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        settings = {"quant_algo": algorithm, "kv_cache_quant_algo": None, "exclude_modules": ["lm_head"]}
        if algorithm == "NVFP4":
            settings["group_size"] = 16
        (folder / "hf_quant_config.json").write_text(json.dumps(
            {"producer": {"name": "modelopt", "version": "0.47.0"}, "quantization": settings}))
        check.compare_weights(name, decoded(folder), check.read_back(folder, name), tolerance=2e-7)
        check.read_back_is_the_same(name)


check = Check("modelopt")
torch.set_num_threads(2)
check.build(VARIANTS)
for variant in VARIANTS:
    check.compare_weights(variant.name, decoded(check.folder(variant)), check.decoded(variant))
    print(f"  {variant.name}: weights are equal")
theirs(check)
check.report("ModelOpt's packing")
