"""Writes family-gradients.json: gradients of a loss in the tiny models of families.json, as PyTorch computes them.

    python family-gradients.py

The loss is the mean cross-entropy of the next token over families.json's tokens; of encoders, the mean of the last hidden states'
squares. Of every linear layer two numbers are kept of the gradient that it hands back to its input, and of the gradient with respect to what
the first block reads: their Euclidean length, and their product with `direction`. All in double precision. Needs what families.py
needs.
"""

import json
import tempfile
from pathlib import Path

import numpy
import torch
import transformers

from families import HERE, TOKENS, write_folder


def direction(rows: int, columns: int) -> torch.Tensor:
    row, column = numpy.arange(rows)[:, None], numpy.arange(columns)[None]
    return torch.from_numpy(numpy.cos(37.0 * row + 11.0 * column + 0.5))


def digest(gradient: torch.Tensor) -> list[float]:
    gradient = gradient.detach().reshape(-1, gradient.shape[-1])
    return [float(gradient.norm()), float((gradient * direction(*gradient.shape)).sum())]


def gradients(variant: dict) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        write_folder(variant, Path(folder))
        is_encoder = variant["config"]["model_type"] == "bert"
        kind = transformers.AutoModel if is_encoder else transformers.AutoModelForCausalLM
        options = {"attn_implementation": "eager", "dtype": torch.float64}
        if is_encoder:
            options["add_pooling_layer"] = False
        if {"num_experts", "num_local_experts"} & variant["config"].keys():
            options["experts_implementation"] = "eager"
        model = kind.from_pretrained(folder, **options)
    model.eval()
    found = {}

    def hook(name):
        def keep(module, inputs, outputs):
            found[name] = digest(inputs[0])
        return keep

    for name, module in model.named_modules():
        if isinstance(module, (torch.nn.Linear, transformers.pytorch_utils.Conv1D)):
            module.register_full_backward_hook(hook(name))
    first = next(module for module in model.modules() if isinstance(module, torch.nn.ModuleList))[0]
    streams = []

    def keep_stream(module, arguments, keywords):
        stream = arguments[0] if arguments else keywords["hidden_states"]
        stream.retain_grad()
        streams.append(stream)

    first.register_forward_pre_hook(keep_stream, with_kwargs=True)
    output = model(torch.tensor([TOKENS]))
    if is_encoder:
        output.last_hidden_state.square().mean().backward()
    else:
        torch.nn.functional.cross_entropy(output.logits[0, :-1], torch.tensor(TOKENS[1:])).backward()
    return {"name": variant["name"], "stream": digest(streams[0].grad), "linears": found}


def main() -> None:
    families = json.loads((HERE / "families.json").read_text())
    made = [gradients(variant) for variant in families["models"] if "text_config" not in variant["config"]]
    text = ",\n".join(json.dumps(item) for item in made)
    (HERE / "family-gradients.json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
