"""Makes the harder twin of a Llama folder: the same function, with outlier channels as large models have them.

    python demo/outlier_twin.py demo/model /tmp/twin
    python demo/outlier_twin.py demo/model /tmp/twin --verify      also compares the outputs (needs torch)

A weight matrix that reads channel c of its input computes W[:, c] * x[c]. Scaling x[c] up by s and W[:, c] down by s changes
nothing but the range: the activations get an outlier channel, and the small column shares a quantization block with columns s
times its size, whose step is far too coarse for it. Three places allow this without touching the residual stream:

- an RMSNorm's weight and the matrices that read it: q, k, v behind the first norm, gate and up behind the second;
- a row of v and, for each query head that shares its key/value head, the matching column of o;
- a row of up and the matching column of down, since the gated product is linear in up.

Every scale is a power of two, so FP16 values stay exact but for a few subnormal ones.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

SEED = "outliers, first edition"
SCALES = (16.0, 32.0)
RESIDUAL_CHANNELS = 6  # the same ones behind every norm, as in large models
CHANNELS_PER_HEAD = 2  # of each key/value head
HIDDEN_CHANNELS = 12  # of each feed-forward layer


def add_outliers(weights: dict[str, np.ndarray], config: dict) -> None:
    """Scales channel pairs in place."""
    rng = random.Random(SEED)
    heads, groups = config["num_attention_heads"], config["num_key_value_heads"]
    width = config.get("head_dim") or config["hidden_size"] // heads
    residual = _drawn(rng, config["hidden_size"], RESIDUAL_CHANNELS)

    def part(layer: int, name: str) -> np.ndarray:
        return weights[f"model.layers.{layer}.{name}.weight"]

    for layer in range(config["num_hidden_layers"]):
        for channel, scale in residual:
            part(layer, "input_layernorm")[channel] *= scale
            part(layer, "post_attention_layernorm")[channel] *= scale
            for reader in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.gate_proj", "mlp.up_proj"):
                part(layer, reader)[:, channel] /= scale
        for group in range(groups):
            for channel, scale in _drawn(rng, width, CHANNELS_PER_HEAD):
                part(layer, "self_attn.v_proj")[group * width + channel] *= scale
                for head in range(group * heads // groups, (group + 1) * heads // groups):
                    part(layer, "self_attn.o_proj")[:, head * width + channel] /= scale
        for channel, scale in _drawn(rng, config["intermediate_size"], HIDDEN_CHANNELS):
            part(layer, "mlp.up_proj")[channel] *= scale
            part(layer, "mlp.down_proj")[:, channel] /= scale


def _drawn(rng: random.Random, size: int, count: int) -> list[tuple[int, float]]:
    return [(channel, rng.choice(SCALES)) for channel in rng.sample(range(size), count)]


def make_twin(source: Path, output: Path) -> None:
    """Copies the folder and replaces its weights."""
    config = json.loads((source / "config.json").read_text())
    weights = load_file(source / "model.safetensors")
    add_outliers(weights, config)
    shutil.copytree(source, output, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.safetensors", "README.md"))
    save_file(weights, output / "model.safetensors", metadata={"format": "pt"})
    (output / "model.safetensors").chmod(0o644)


def verify(source: Path, output: Path) -> float:
    """The largest difference of logits, relative to the largest logit, over held-out text."""
    import torch
    from tokenizers import Tokenizer

    from evaluate import CALIBRATION, load

    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokens = torch.tensor(tokenizer.encode((CALIBRATION / "heldout.txt").read_text()).ids[: 8 * 512]).view(8, 512)
    with torch.inference_mode():
        plain, twin = load(source)(tokens), load(output)(tokens)
    return ((plain - twin).abs().max() / plain.abs().max()).item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--verify", action="store_true", help="compare the twin's outputs with the source's")
    options = parser.parse_args()
    make_twin(options.source, options.output)
    if options.verify:
        print(f"largest relative difference of logits: {verify(options.source, options.output):.1e}")


if __name__ == "__main__":
    main()
