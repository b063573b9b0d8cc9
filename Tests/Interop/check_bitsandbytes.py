"""transformers with bitsandbytes loads Planish's checkpoints, and Planish those that bitsandbytes wrote."""

import os
import shutil

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import bitsandbytes
import numpy
import torch
import transformers
from bitsandbytes.functional import dequantize_4bit
from common import OTHER_MODEL, Check, Variant
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

VARIANTS = [Variant(kind, kind) for kind in ("nf4", "nf4_dq", "fp4", "fp4_dq")]
INTEGERS = Variant("int8_row", "int8_row")


def load(folder):
    """The model, computing in f32: half precision is the default, and bfloat16 on processors that have it."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, device_map="cpu").eval()
    for module in model.modules():
        if isinstance(module, bitsandbytes.nn.Linear4bit):
            module.compute_dtype = module.weight.quant_state.dtype = torch.float32
            module.compute_type_is_set, module.support_avx512bf16_for_cpu = True, False
    for parameter in model.parameters():
        if parameter.dtype == torch.float16:
            parameter.data = parameter.data.float()
    return model


def matrices(model) -> dict:
    """The weights that bitsandbytes computes with."""
    found = {}
    for name, module in model.named_modules():
        if isinstance(module, bitsandbytes.nn.Linear4bit):
            state = module.weight.quant_state
            found[f"{name}.weight"] = dequantize_4bit(module.weight.data, state).float().numpy().reshape(state.shape)
        elif isinstance(module, bitsandbytes.nn.Linear8bitLt):
            scales = module.weight.SCB if module.weight.SCB is not None else module.state.SCB
            found[f"{name}.weight"] = (module.weight.data.float() * (scales.float() / 127).reshape(-1, 1)).numpy()
    return found


def plain(folder, weights: dict):
    """A model in f32 with those weights."""
    model = AutoModelForCausalLM.from_pretrained(f"{folder}-f32", dtype=torch.float32).eval()
    with torch.no_grad():
        for name, matrix in weights.items():
            model.get_parameter(name).copy_(torch.from_numpy(matrix))
    return model


def logits(model, tokens) -> numpy.ndarray:
    with torch.no_grad():
        return model(torch.tensor([tokens])).logits[0].float().numpy()



transformers.utils.logging.set_verbosity_error()
check = Check("bitsandbytes")
torch.set_num_threads(2)
check.declare(loaded=len(VARIANTS) + 1)
check.build(VARIANTS + [INTEGERS])
for variant in VARIANTS:
    folder = check.folder(variant)
    model = load(folder)
    tokens, expected = check.logits(folder)
    check.compare_logits(folder, logits(model, tokens), expected)
    # bitsandbytes multiplies in another order on some processors: one rounding of f32.
    check.compare_weights(variant.name, matrices(model), check.decoded(variant), tolerance=2e-7)
# LLM.int8 rounds activations too; its weights are what can be compared, and a model that has them.
weights = matrices(load(check.folder(INTEGERS)))
check.compare_weights(INTEGERS.name, weights, check.decoded(INTEGERS), tolerance=2e-7)
tokens, expected = check.logits(check.folder(INTEGERS))
check.compare_logits(check.folder(INTEGERS), logits(plain(check.folder(INTEGERS), weights), tokens), expected)

KINDS = {
    "theirs-nf4": {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4"},
    "theirs-nf4-double": {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True},
    "theirs-fp4": {"load_in_4bit": True, "bnb_4bit_quant_type": "fp4"},
    "theirs-int8": {"load_in_8bit": True},
}
check.declare(read_back=len(KINDS))
for name, options in KINDS.items():
    model = AutoModelForCausalLM.from_pretrained(
        OTHER_MODEL, dtype=torch.float32, device_map="cpu", quantization_config=BitsAndBytesConfig(**options))
    folder = check.out / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    for file in OTHER_MODEL.glob("tokenizer*"):
        shutil.copy(file, folder)
    check.compare_weights(name, matrices(load(folder)), check.read_back(folder, name), tolerance=2e-7)
    check.read_back_is_the_same(name)
check.report(f"bitsandbytes {bitsandbytes.__version__}, transformers {transformers.__version__}")
