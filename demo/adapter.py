"""Trains an adapter for finance: a low-rank update of the demo model, in the form that peft saves, for pipelines/lora-finance.yaml.

    python demo/adapter.py                 writes build/adapters/finance (some minutes on two idle cores)

It learns from finance documents of seeds that no other file here uses, and prints the loss on others before and after.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from corpus import END_OF_TEXT, answer_mask, documents, plain
from model import Llama, write_json

DEMO = Path(__file__).resolve().parent
MODEL = DEMO / "model"
DOMAIN = "finance"

SEED = 20
STEPS = 300
RANK, ALPHA = 4, 8
TARGETS = ("q_proj", "v_proj", "o_proj", "down_proj")
BATCH, CONTEXT = 8, 256
RATE = 2e-3
ANSWER_WEIGHT = 4  # as the model itself was trained


class LowRank(nn.Module):
    """A matrix that stays as it is, and the product of two thin ones beside it."""

    def __init__(self, base: nn.Linear):
        super().__init__()
        self.base = base
        self.a = nn.Parameter(torch.randn(RANK, base.in_features) / base.in_features**0.5)
        self.b = nn.Parameter(torch.zeros(base.out_features, RANK))

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + F.linear(F.linear(x, self.a), self.b) * (ALPHA / RANK)


def with_adapter(model: Llama) -> dict[str, LowRank]:
    """Puts a low-rank update beside each target; returns them by the names of their modules."""
    model.requires_grad_(False)
    found = [name for name, module in model.named_modules() if name.endswith(TARGETS) and isinstance(module, nn.Linear)]
    for name in found:
        parent, _, leaf = name.rpartition(".")
        setattr(model.get_submodule(parent), leaf, LowRank(model.get_submodule(name)))
    return {name: model.get_submodule(name) for name in found}


def batches(tokenizer: Tokenizer, split: str):
    """Endless batches of tokens and loss weights, `[BATCH, CONTEXT + 1]` each."""
    end = tokenizer.token_to_id(END_OF_TEXT)
    size = BATCH * (CONTEXT + 1)
    pool: list[tuple[int, int]] = []
    for text in documents(split, DOMAIN):
        encoding, mask = tokenizer.encode(plain(text)), answer_mask(text)
        pool += [(t, ANSWER_WEIGHT if mask[stop - 1] else 1) for t, (_, stop) in zip(encoding.ids, encoding.offsets, strict=True)]
        pool.append((end, 1))
        while len(pool) >= size:
            yield torch.tensor(pool[:size]).view(BATCH, CONTEXT + 1, 2).unbind(2)
            del pool[:size]


def loss(model: Llama, tokens: Tensor, weights: Tensor) -> Tensor:
    losses = F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten(), reduction="none")
    weights = weights[:, 1:].flatten()
    return (losses * weights).sum() / weights.sum()


@torch.inference_mode()
def held_out(model: Llama, tokenizer: Tokenizer) -> float:
    measured = [loss(model, *batch).item() for batch in itertools.islice(batches(tokenizer, "adapter-heldout"), 16)]
    return sum(measured) / len(measured)


def save(folder: Path, adapter: dict[str, LowRank]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, module in adapter.items():
        tensors[f"base_model.model.{name}.lora_A.weight"] = module.a.detach().half().contiguous()
        tensors[f"base_model.model.{name}.lora_B.weight"] = module.b.detach().half().contiguous()
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    (folder / "adapter_model.safetensors").chmod(0o644)
    write_json(
        folder / "adapter_config.json",
        {
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "base_model_name_or_path": "demo/model",
            "r": RANK,
            "lora_alpha": ALPHA,
            "lora_dropout": 0.0,
            "target_modules": sorted(TARGETS),
            "bias": "none",
            "fan_in_fan_out": False,
            "inference_mode": True,
        },
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--output", type=Path, default=DEMO.parent / "build/adapters" / DOMAIN)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    model = Llama.load(MODEL)
    before = held_out(model, tokenizer)
    adapter = with_adapter(model)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=RATE, weight_decay=0.0)
    for step, batch in enumerate(itertools.islice(batches(tokenizer, "adapter"), options.steps)):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 20) * (1 - step / options.steps)
        optimizer.zero_grad()
        value = loss(model, *batch)
        value.backward()
        optimizer.step()
        if step % 50 == 49:
            print(f"step {step + 1}  loss {value.item():.4f}", flush=True)
    print(f"held-out loss {before:.4f} before, {held_out(model, tokenizer):.4f} after")
    save(options.output, adapter)


if __name__ == "__main__":
    main()
