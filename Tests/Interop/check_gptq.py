"""GPTQModel loads Planish's checkpoints on a CPU, and Planish those that GPTQModel wrote.

    python check_gptq.py PLANISH OUT [--all]

GPTQModel takes its time on a CPU: without --all only a few variants are loaded.
"""

import os
import re
import shutil

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("GPTQMODEL_CPU_WORKERS", "2")
os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")  # compiling takes longer than computing

from pathlib import Path

import torch
from common import OTHER_MODEL, Check, Variant
from gptqmodel import BACKEND, GPTQModel
from gptqmodel.version import __version__

FEW = [
    Variant("int4_g128", "int4_g128"), Variant("int4_g32_asym", "int4_g32_asym", {"format": "gptq_v2"}),
    Variant("int4_g64-act", "int4_g64", {"solver": {"gptq": {"groups": "activation"}}}),
    Variant("mixed", "int4_g64_asym", {"format": "gptq_v2", "overrides": [
        {"tensors": "blk.0.ffn_*.weight", "type": "int8_g32"}, {"tensors": "blk.1.attn_{q,k,v}.weight", "type": "f16"}]}),
]
MORE = [
    Variant("int2_g32_asym-v1", "int2_g32_asym", {"format": "gptq"}), Variant("int3_g64", "int3_g64"),
    Variant("int3_g32_asym", "int3_g32_asym"), Variant("int4_row", "int4_row"),
    Variant("int4_g64_asym-v1", "int4_g64_asym", {"format": "gptq"}), Variant("int8_g128", "int8_g128"),
    Variant("int8_row_asym", "int8_row_asym"), Variant("int2_g64-v2", "int2_g64", {"format": "gptq_v2"}),
]


def load(folder):
    # GPTQModel takes asymmetric checkpoints of the first version from itself alone; their bytes are what is tried here.
    for file in ("config.json", "quantize_config.json"):
        text = (folder / file).read_text()
        (folder / file).write_text(re.sub(r'"planish:[^"]*"', f'"gptqmodel:{__version__}"', text))
    model = GPTQModel.load(str(folder), device="cpu", backend=BACKEND.GPTQ_TORCH, dtype=torch.float16)
    return model.model.float().eval()  # The kernel takes half precision only to begin with.


def matrices(model) -> dict:
    """The weights that GPTQModel computes with: `dequantize_weight` gives `[inputs, outputs]`."""
    found = {}
    with torch.no_grad():
        for name, module in model.named_modules():
            if hasattr(module, "qweight"):
                found[f"{name}.weight"] = module.dequantize_weight().float().T.contiguous().numpy()
    return found


check = Check("gptq", "--all")
# GPTQModel writes a folder of logs wherever it runs.
os.chdir(check.out)
torch.set_num_threads(2)
variants = FEW + (MORE if check.arguments.all else [])
check.declare(loaded=len(variants))
check.build(variants)
for variant in variants:
    folder = check.folder(variant)
    model = load(folder)
    tokens, expected = check.logits(folder)
    with torch.no_grad():
        found = model(torch.tensor([tokens])).logits[0].float().numpy()
    check.compare_logits(folder, found, expected)
    # Scales may come as half precision, and their products are then rounded to it.
    check.compare_weights(variant.name, matrices(model), check.decoded(variant), tolerance=5e-4)

if check.arguments.all:
    from gptqmodel import QuantizeConfig

    texts = (Path(__file__).resolve().parent.parent.parent / "calibration/general.txt").read_text().split("\n\n")
    kinds = [(4, 128, True, False, "gptq"), (4, 32, False, True, "gptq_v2"), (3, 32, True, False, "gptq")]
    check.declare(read_back=len(kinds))
    for bits, size, sym, act, form in kinds:
        name = f"theirs-{bits}-{size}-{'sym' if sym else 'asym'}{'-act' if act else ''}-{form}"
        config = QuantizeConfig(bits=bits, group_size=size, sym=sym, desc_act=act, format=form)
        model = GPTQModel.load(str(OTHER_MODEL), config, device="cpu")
        model.quantize([text for text in texts if len(text) > 200][:16], batch_size=1)
        folder = check.out / name
        shutil.rmtree(folder, ignore_errors=True)
        model.save(str(folder))
        check.compare_weights(name, matrices(load(folder)), check.read_back(folder, name), tolerance=5e-4)
        check.read_back_is_the_same(name)
check.report(f"GPTQModel {__version__}")
