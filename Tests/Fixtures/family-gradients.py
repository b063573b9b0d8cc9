"""Writes family-gradients.json: gradients of a loss in the tiny models of families.json and in demo/model, as PyTorch computes them.

    python family-gradients.py
    python family-gradients.py NAME ...   makes these alone and keeps the others

The loss is the mean cross-entropy of the next token over families.json's tokens, or those that the file names; of encoders, the mean of the
squares of what the last block leaves. Of every linear layer two numbers are kept of the gradient that it hands back to its input, and of the
gradient with respect to what the first block reads: their Euclidean length, and their product with `direction`. All in double precision.
Needs what families.py needs.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy
import torch
import transformers

from families import HERE, TOKENS, WRAPPERS, write_folder

ROOT = HERE.parent.parent
DEMO = ROOT / "demo/model"


# Whose classes make something of the first token's state unless they are told not to.
POOLED = {"bert", "xlm-roberta", "roberta"}
# Whose classes change in place what a linear layer makes, which PyTorch forbids where that has a hook.
IN_PLACE = {"falcon", "olmo", "llama4_text"}
# What multiplies the input of a linear layer, by the key that says so: gradients are with respect to what stands before that.
INPUT_FACTORS = {"falcon_h1": {"q_proj": "attention_in_multiplier", "k_proj": "attention_in_multiplier", "v_proj": "attention_in_multiplier",
                               "in_proj": "ssm_in_multiplier"}}
# A linear layer that is two matrices of a file of its own, which are handed gradients by themselves.
JOINED = "input_linear"
# What checkpoints call blocks that the class calls `model.layers`.
BLOCKS = {"nemotron_h": "backbone.layers"}


class Copied(torch.nn.Module):
    """A module that gives out a copy of what it makes."""

    def __init__(self, inner: torch.nn.Module):
        super().__init__()
        self.inner = inner

    def forward(self, *inputs):
        made = self.inner(*inputs)
        return made.clone() if isinstance(made, torch.Tensor) else made


def direction(rows: int, columns: int) -> torch.Tensor:
    row, column = numpy.arange(rows)[:, None], numpy.arange(columns)[None]
    return torch.from_numpy(numpy.cos(37.0 * row + 11.0 * column + 0.5))


def digest(gradient: torch.Tensor) -> list[float]:
    gradient = gradient.detach().reshape(-1, gradient.shape[-1])
    return [float(gradient.norm()), float((gradient * direction(*gradient.shape)).sum())]


def of_variant(variant: dict) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        write_folder(variant, Path(folder))
        return {"name": variant["name"], **gradients(folder, variant["config"], TOKENS, "embedding" in variant)}


def of_demo() -> dict:
    """Of the model that this repository ships, which was trained, over a few lines of a text that it was not trained on."""
    text = (ROOT / "calibration/heldout.txt").read_text()[:600]
    tokens = transformers.AutoTokenizer.from_pretrained(DEMO)(text)["input_ids"][:96]
    return {"name": "demo", "tokens": tokens, **gradients(DEMO, json.loads((DEMO / "config.json").read_text()), tokens)}


def gradients(folder: str | Path, config: dict, tokens: list[int], is_encoder: bool = False) -> dict:
    kind = transformers.AutoModel if is_encoder else transformers.AutoModelForCausalLM
    options = {"attn_implementation": "eager", "dtype": torch.float64}
    if config["model_type"] in POOLED:
        options["add_pooling_layer"] = False
    if {"num_experts", "num_local_experts", "n_routed_experts"} & config.keys():
        options["experts_implementation"] = "eager"
    model = kind.from_pretrained(folder, **options)
    model.eval()
    found = {}

    def hook(name):
        def keep(module, inputs, outputs):
            key = INPUT_FACTORS.get(config["model_type"], {}).get(name.rpartition(".")[2])
            stored = name.replace("model.layers", BLOCKS.get(config["model_type"], "model.layers"))
            found[stored] = digest(inputs[0] * (config[key] if key else 1))
        return keep

    for name, module in list(model.named_modules()):
        if isinstance(module, (torch.nn.Linear, transformers.pytorch_utils.Conv1D)) and not name.endswith(JOINED):
            module.register_full_backward_hook(hook(name))
            if config["model_type"] in IN_PLACE:
                parent, _, last = name.rpartition(".")
                setattr(model.get_submodule(parent), last, Copied(module))
    first = next(module for module in model.modules() if isinstance(module, torch.nn.ModuleList))[0]
    streams = []

    def keep_stream(module, arguments, keywords):
        stream = arguments[0] if arguments else keywords["hidden_states"]
        stream.retain_grad()
        streams.append(stream)

    first.register_forward_pre_hook(keep_stream, with_kwargs=True)
    left = []
    if hasattr(model, "final_norm"):
        model.final_norm.register_forward_pre_hook(lambda module, inputs: left.append(inputs[0]))
    output = model(torch.tensor([tokens]))
    if is_encoder:
        (left or [output.last_hidden_state])[0].square().mean().backward()
    else:
        torch.nn.functional.cross_entropy(output.logits[0, :-1], torch.tensor(tokens[1:])).backward()
    return {"stream": digest(streams[0].grad), "linears": found}


def main() -> None:
    families = json.loads((HERE / "families.json").read_text())
    # Of one part among several the model of text has a variant of its own; where layers share keys, gradients go not through the stream alone,
    # nor where there are several streams.
    has_gradients = lambda config: (
        config["model_type"] not in WRAPPERS and not config.get("num_kv_shared_layers") and "altup_num_inputs" not in config)
    kept = {}
    if wanted := sys.argv[1:]:
        kept = {item["name"]: item for item in json.loads((HERE / "family-gradients.json").read_text()) if item["name"] not in wanted}
    variants = [variant for variant in families["models"] if has_gradients(variant["config"])]
    made = {variant["name"]: kept.get(variant["name"]) or of_variant(variant) for variant in variants
            if not wanted or variant["name"] in [*wanted, *kept]}
    text = ",\n".join(json.dumps(item) for item in [*made.values(), kept.get("demo") or of_demo()])
    (HERE / "family-gradients.json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
