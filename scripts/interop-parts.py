"""Checks that transformers loads folders of models with several parts, and of fused experts, as the classes that they were.

    python scripts/interop-parts.py PLANISH OUT

Models are those of Tests/Fixtures/families.py. Needs torch, transformers and compressed-tensors; GPTQ folders are loaded where
GPTQModel and Optimum are at hand too, but for fused experts: through them transformers loads no experts of GPTQ. Runs on the CPU.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")

import torch
import transformers
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "Tests/Fixtures"
sys.path.insert(0, str(FIXTURES))
import families  # noqa: E402
from tally import Tally  # noqa: E402

CALIBRATION = ROOT / "calibration/general.txt"
# Variants of families.json, what loads them, and the beginnings of what is carried along.
MODELS = {
    "gemma3-parts": (transformers.AutoModelForImageTextToText, ("vision_tower.", "multi_modal_projector.")),
    "mistral3-parts": (transformers.AutoModelForImageTextToText, ("vision_tower.", "multi_modal_projector.")),
    "qwen2-vl": (transformers.AutoModelForImageTextToText, ("visual.",)),
    "qwen2.5-vl-window": (transformers.AutoModelForImageTextToText, ("visual.",)),
    "qwen3-vl": (transformers.AutoModelForImageTextToText, ("model.visual.",)),
    "qwen3-moe-fused": (transformers.AutoModelForCausalLM, ()),
}
CONTAINERS = {"compressed_tensors": "int4_g32", "gptq": "int4_g32", "safetensors": "int4_g32"}
TOLERANCE = 2e-3  # of the largest logit, where weights or scales are in half precision
tally = Tally("interop-parts")


def planish(*arguments: object) -> str:
    done = subprocess.run([PLANISH, *map(str, arguments)], capture_output=True, text=True)
    tally.holds(done.returncode == 0, f"planish {' '.join(map(str, arguments))}: {done.returncode}\n{done.stderr}")
    return done.stdout


def build(model: Path) -> dict[str, Path]:
    """All products of one run."""
    products = {name: model.with_name(f"{model.name}-{name}") for name in CONTAINERS}
    file = model.with_name(f"{model.name}.json")  # JSON is YAML
    file.write_text(json.dumps({
        "planish": 1, "name": model.name, "model": {"path": str(model)},
        "calibrate": {"corpus": str(CALIBRATION), "tokens": 1024, "context": 64, "share": True},
        "quantize": {"type": "int4_g32"},
        "emit": [{name: {"path": str(path), "type": CONTAINERS[name]}} for name, path in products.items()]}))
    planish("run", file)
    return products


def same_tensors(original: Path, product: Path, prefixes: tuple[str, ...]) -> None:
    """What is carried along has the bytes that it had."""
    before, after = load_file(original / "model.safetensors"), load_file(product / "model.safetensors")
    carried = [name for name in before if name.startswith(prefixes)]
    tally.holds(bool(carried) == bool(prefixes), f"{original}: nothing to carry")
    for name in carried:
        tally.holds(name in after, f"{product}: {name} is gone")
        same = before[name].dtype == after[name].dtype and torch.equal(before[name], after[name])
        tally.holds(same, f"{product}: {name} is another")


def widened(folder: Path) -> Path:
    """A copy with scales in single precision: from half precision, compressed-tensors rounds every weight once more."""
    wide = folder.with_name(f"{folder.name}-wide")
    shutil.rmtree(wide, ignore_errors=True)
    shutil.copytree(folder, wide)
    tensors = load_file(wide / "model.safetensors")
    save_file({name: tensor.float() if name.endswith("_scale") else tensor for name, tensor in tensors.items()},
              wide / "model.safetensors", metadata={"format": "pt"})
    return wide


def load(folder: Path, container: str, family):
    more = {}
    if container == "compressed_tensors":
        folder = widened(folder)
        more["quantization_config"] = transformers.CompressedTensorsConfig(dequantize=True)
    model, info = family.from_pretrained(folder, dtype=torch.float32, output_loading_info=True, **more)
    differing = {key: value for key, value in info.items() if value}
    tally.holds(not differing, f"{folder}: {differing}")
    return model.eval()


def same_model(name: str, original: Path, product: Path, container: str, family) -> None:
    """The class of the original, its other parts to the last bit, and the logits that Planish foretells."""
    model = load(product, container, family)
    plain = family.from_pretrained(original, dtype=torch.float32)
    tally.holds(type(model) is type(plain), f"{product}: {type(model).__name__}")
    own = dict(model.named_parameters())
    for key, parameter in plain.named_parameters():
        if "vision_tower" in key or "projector" in key:
            tally.holds(torch.equal(own[key], parameter), f"{product}: {key} is another")
    file = product.with_suffix(".logits")
    planish("eval", product, "--text", CALIBRATION, "--context", 32, "--tokens", 32, "--logits", file)
    known = load_file(file)
    with torch.no_grad():
        logits = model(known["tokens"].long()[None]).logits[0].float()
    apart = float((logits - known["logits"]).abs().max() / known["logits"].abs().max())
    print(f"interop-parts: {name} as {container}: {type(model).__name__}, logits within {apart:.2g}")
    tally.holds(apart <= TOLERANCE, f"{product}: logits are {apart:.3g} apart")


if __name__ == "__main__":
    PLANISH, OUT = sys.argv[1], Path(sys.argv[2]).resolve()
    variants = {variant["name"]: variant for variant in json.loads((FIXTURES / "families.json").read_text())["models"]}
    kinds = {name: f"folders of {name}" for name in CONTAINERS}
    # Of fused experts, transformers puts no quantized matrices of each expert into their place.
    unread = {("qwen3-moe-fused", "gptq")}
    for container, kind in kinds.items():
        tally.declare(kind, sum((name, container) not in unread for name in MODELS))
    if importlib.util.find_spec("gptqmodel") is None or importlib.util.find_spec("optimum") is None:
        tally.skip(kinds["gptq"], "GPTQModel or Optimum is not at hand")
    for name, (family, prefixes) in MODELS.items():
        original = OUT / name
        families.write_folder(variants[name], original)
        families.write_tokenizer(variants[name], original)
        for container, product in build(original).items():
            same_tensors(original, product, prefixes)
            if kinds[container] not in tally.declared or (name, container) in unread:
                continue
            same_model(name, original, product, container, family)
            tally.made_one(kinds[container])
    tally.close()
