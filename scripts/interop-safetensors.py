"""Checks that transformers loads Planish's safetensors products and computes the same logits as Planish.

    python scripts/interop-safetensors.py PLANISH OUT

Needs torch and transformers (the demo's requirements.txt has both); runs on the CPU.
"""

import json
import subprocess
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

ROOT = Path(__file__).resolve().parent.parent
MODEL, TEXT = ROOT / "demo/model", ROOT / "calibration/heldout.txt"
CONTEXT, SEQUENCES = 256, 8
# Type, element type, and the size of shards: one file and several, all three ways to keep a zero.
PRODUCTS = [("int4_g64", "f16", None), ("int4_g32_asym", "bf16", 3_000_000), ("int3_row_bias", "f32", None),
            ("nf4", "f16", 3_000_000), ("q4_k_m", "f16", None)]
# Perplexities of one model computed by two programs in single precision.
TOLERANCE = 1e-4


def planish(*arguments: object) -> str:
    done = subprocess.run([PLANISH, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"interop: planish {' '.join(map(str, arguments))}: status {done.returncode}\n{done.stderr}")
    return done.stdout


def perplexity(model, ids: torch.Tensor) -> float:
    """As Planish and llama-perplexity score: whole sequences, from the middle of each on."""
    first = CONTEXT // 2
    losses = []
    for sequence in ids:
        with torch.no_grad():
            logits = model(sequence[None]).logits[0].float()
        losses.append(torch.nn.functional.cross_entropy(logits[first:-1], sequence[first + 1:], reduction="none"))
    return torch.cat(losses).mean().exp().item()


if __name__ == "__main__":
    PLANISH, OUT = sys.argv[1], Path(sys.argv[2]).resolve()
    OUT.mkdir(parents=True, exist_ok=True)
    for kind, dtype, shard in PRODUCTS:
        product, file = OUT / f"{kind}-{dtype}", OUT / f"{kind}.json"  # JSON is YAML
        options = {"path": str(product), "dtype": dtype} | ({"shard_bytes": shard} if shard else {})
        file.write_text(json.dumps({
            "planish": 1, "model": {"path": str(MODEL)}, "quantize": {"type": kind},
            "emit": [{"safetensors": options}]}))
        planish("run", file)
        shards = sorted(product.glob("model*.safetensors"))
        if (len(shards) > 1) != (shard is not None):
            sys.exit(f"interop: {product} has {len(shards)} files of weights")

        stored = AutoModelForCausalLM.from_pretrained(product, dtype="auto")
        expected = {"f16": torch.float16, "bf16": torch.bfloat16, "f32": torch.float32}[dtype]
        if stored.dtype != expected:
            sys.exit(f"interop: transformers takes {product} for {stored.dtype}")
        AutoTokenizer.from_pretrained(product)
        model = stored.float()
        ids = [int(i) for i in planish("tokenize", product, "--text", TEXT).split()][:CONTEXT * SEQUENCES]
        theirs = perplexity(model, torch.tensor(ids).view(SEQUENCES, CONTEXT))
        ours = json.loads(planish("eval", product, "--text", TEXT, "--context", CONTEXT, "--tokens",
                                  CONTEXT * SEQUENCES, "--json"))["result"]["perplexity"]["value"]
        apart = abs(ours / theirs - 1)
        print(f"interop: {kind} as {dtype}: perplexity by planish {ours:.5f}, by transformers {theirs:.5f}")
        if apart > TOLERANCE:
            sys.exit(f"interop: {kind} as {dtype}: they are {apart:.2e} apart")
    print(f"interop: transformers and planish agree on {len(PRODUCTS)} products")
