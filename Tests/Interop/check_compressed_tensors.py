"""transformers with compressed-tensors loads Planish's checkpoints, and Planish those that compressed-tensors wrote."""

import os
import shutil

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import compressed_tensors
import torch
import transformers
from common import OTHER_MODEL, Check, Variant
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, CompressedTensorsConfig

VARIANTS = [
    Variant("int4_g128", "int4_g128"), Variant("int4_g32_asym", "int4_g32_asym"), Variant("int4_row", "int4_row"),
    Variant("int8_g64", "int8_g64"), Variant("int8_row_asym", "int8_row_asym"),
    Variant("mixed", "int4_g64", {"overrides": [
        {"tensors": "blk.0.ffn_*.weight", "type": "int8_row"}, {"tensors": "blk.1.attn_q.weight", "type": "f16"}]}),
]


def load(folder, dequantize: bool = True):
    """The model, decoded in f32: from half-precision scales the library rounds every weight once more.

    Without `dequantize` its modules decode when they first run, which knows several schemes side by side but reads no zero
    points; with it transformers decodes while it loads, by the first scheme alone.
    """
    wide = folder.with_name(f"{folder.name}-wide")
    shutil.rmtree(wide, ignore_errors=True)
    shutil.copytree(folder, wide)
    tensors = load_file(wide / "model.safetensors")
    save_file({name: tensor.float() if name.endswith("_scale") else tensor for name, tensor in tensors.items()},
              wide / "model.safetensors", metadata={"format": "pt"})
    model = AutoModelForCausalLM.from_pretrained(
        wide, dtype=torch.float32, quantization_config=CompressedTensorsConfig(dequantize=dequantize)).eval()
    with torch.no_grad():
        model(torch.tensor([[0]]))
    return model


def matrices(model) -> dict:
    return {f"{name}.weight": module.weight.detach().float().numpy() for name, module in model.named_modules()
            if isinstance(module, torch.nn.Linear) and ".layers." in f".{name}"}


def ours(check: Check) -> None:
    check.build(VARIANTS)
    for variant in VARIANTS:
        folder = check.folder(variant)
        model = load(folder, dequantize=variant.name != "mixed")
        tokens, expected = check.logits(folder)
        with torch.no_grad():
            found = model(torch.tensor([tokens])).logits[0].float().numpy()
        check.compare_logits(folder, found, expected)
        check.compare_weights(variant.name, matrices(model), check.decoded(variant))


def theirs(check: Check) -> None:
    """Checkpoints that compressed-tensors packs, by its own scales of the largest weight."""
    from compressed_tensors.compressors import ModelCompressor
    from compressed_tensors.quantization import QuantizationConfig, apply_quantization_config

    for bits, strategy, size, symmetric in [
        (4, "group", 64, True), (4, "group", 32, False), (8, "channel", None, True),
    ]:
        name = f"theirs-{bits}-{strategy}{size or ''}-{'sym' if symmetric else 'asym'}"
        model = AutoModelForCausalLM.from_pretrained(OTHER_MODEL, dtype=torch.float32)
        config = QuantizationConfig(config_groups={"group_0": {
            "targets": ["Linear"], "weights": {
                "num_bits": bits, "type": "int", "symmetric": symmetric, "strategy": strategy,
                "group_size": size}}}, ignore=["lm_head"], quantization_status="frozen", format="pack-quantized")
        apply_quantization_config(model, config)
        top = 2 ** (bits - 1)
        for module in model.modules():
            if getattr(module, "quantization_scheme", None) is None:
                continue
            weight = module.weight.detach()
            groups = weight.reshape(weight.shape[0], -1, size or weight.shape[1])
            low, high = groups.amin(-1).clamp(max=0), groups.amax(-1).clamp(min=0)
            if symmetric:
                scale = torch.maximum(-low, high) / (top - 0.5)
            else:
                scale = (high - low) / (2 * top - 1)
                module.weight_zero_point.data.copy_((-low / scale).round() - top)
            module.weight_scale.data.copy_(scale.half().float())
        compressor = ModelCompressor.from_pretrained_model(model, "pack-quantized")
        compressor.compress_model(model)
        folder = check.out / name
        shutil.rmtree(folder, ignore_errors=True)
        model.save_pretrained(folder)
        compressor.update_config(folder)
        for file in OTHER_MODEL.glob("tokenizer*"):
            shutil.copy(file, folder)
        check.compare_weights(name, matrices(load(folder)), check.read_back(folder, name))
        print(f"  {name}: read back")


check = Check("compressed_tensors")
torch.set_num_threads(2)
ours(check)
if OTHER_MODEL.exists():
    theirs(check)
check.report(f"compressed-tensors {compressed_tensors.__version__}, transformers {transformers.__version__}")
