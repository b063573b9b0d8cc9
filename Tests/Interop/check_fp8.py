"""transformers decodes Planish's FP8 folders on a CPU, and Planish the blocks that DeepSeek's own rule makes of a model."""

import json
import os
import shutil

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy
import torch
import transformers
from common import OTHER_MODEL, Check, Variant
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, FineGrainedFP8Config

VARIANTS = [
    Variant("fp8", "fp8_b128"),
    Variant("plain-parts", "fp8_b128", {"overrides": [{"tensors": "blk.1.attn_{q,k,v}.weight", "type": "f16"}]}),
]
SIDE = 128


def load(folder):
    """The model, decoded in f32: without a GPU transformers multiplies no FP8."""
    settings = {key: value for key, value in json.loads((folder / "config.json").read_text())["quantization_config"].items()
                if key in ("activation_scheme", "weight_block_size", "modules_to_not_convert")}
    return AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, quantization_config=FineGrainedFP8Config(**settings, dequantize=True)).eval()


def matrices(model) -> dict:
    return {f"{name}.weight": module.weight.detach().float().numpy() for name, module in model.named_modules()
            if isinstance(module, torch.nn.Linear) and ".layers." in f".{name}"}


def theirs(check: Check) -> None:
    """A folder of blocks under the scale of their largest weight, as DeepSeek's `weight_quant` has it."""
    check.declare(read_back=1)
    folder = check.out / "theirs"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(OTHER_MODEL, folder)
    tensors, decoded = {}, {}
    for name, weight in load_file(OTHER_MODEL / "model.safetensors").items():
        tensors[name] = weight
        if ".layers." not in name or weight.ndim != 2:
            continue
        rows, columns = weight.shape
        blocks = weight.float().reshape(rows // SIDE, SIDE, columns // SIDE, SIDE)
        scales = blocks.abs().amax((1, 3), keepdim=True) / 448
        codes = (blocks / scales).to(torch.float8_e4m3fn)
        tensors[name] = codes.reshape(rows, columns).contiguous()
        tensors[f"{name}_scale_inv"] = scales.reshape(rows // SIDE, columns // SIDE).contiguous()
        decoded[name] = (codes.float() * scales).reshape(rows, columns).numpy()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {
        "quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": [SIDE, SIDE]}
    (folder / "config.json").write_text(json.dumps(config))
    check.compare_weights("theirs", decoded, check.read_back(folder, "theirs"))
    check.read_back_is_the_same("theirs")


check = Check("fp8")
torch.set_num_threads(2)
check.build(VARIANTS)
for variant in VARIANTS:
    folder = check.folder(variant)
    ours = matrices(load(folder))
    check.holds(len(ours) >= 7, f"{variant.name}: {len(ours)} matrices")
    expected = check.decoded(variant)
    # What is plain is half precision in one of them.
    plain = [name for name in ours if variant.name == "plain-parts" and ".layers.1.self_attn." in name and "o_proj" not in name]
    check.compare_weights(variant.name, {name: ours[name] for name in ours if name not in plain}, expected)
    tensors = load_file(folder / "model.safetensors")
    for name in plain:
        check.holds(numpy.array_equal(ours[name], tensors[name].float().numpy()), f"{variant.name}: {name} is not plain")
    print(f"  {variant.name}: {len(ours)} matrices are equal")
theirs(check)
check.report(f"transformers {transformers.__version__}")
