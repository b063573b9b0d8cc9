"""Makes a mixture of experts of the demo model, so that recipes and tests have one: Mixtral's form, four experts, two to a token.

    python demo/experts.py demo/model build/experts

Each expert is the model's own feed-forward layer with a tenth of its size in noise; routers are random. That is how a dense model
is made ready for further training; this one is not trained any further.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import numpy as np

EXPERTS = 4
PER_TOKEN = 2
NOISE = 0.1
SEED = 20
PARTS = {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}


def read(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a safetensors file that holds F16 alone."""
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F16":
            raise SystemExit(f"experts: {path}: {name}: found {entry['dtype']}, expected F16")
        first, last = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[start + first : start + last], np.float16).reshape(entry["shape"])
    return tensors


def write(path: Path, tensors: dict[str, np.ndarray]) -> None:
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [offset, offset + tensor.nbytes]}
        offset += tensor.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor).tobytes())


def with_experts(weights: dict[str, np.ndarray], config: dict) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(SEED)
    made = {name: tensor for name, tensor in weights.items() if ".mlp." not in name}
    for layer in range(config["num_hidden_layers"]):
        block = f"model.layers.{layer}.block_sparse_moe"
        made[f"{block}.gate.weight"] = rng.normal(0, 0.05, (EXPERTS, config["hidden_size"])).astype(np.float16)
        for expert in range(EXPERTS):
            for part, dense in PARTS.items():
                base = weights[f"model.layers.{layer}.mlp.{dense}.weight"].astype(np.float32)
                noise = rng.standard_normal(base.shape, np.float32) * base.std() * NOISE
                made[f"{block}.experts.{expert}.{part}.weight"] = (base + noise).astype(np.float16)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    config = json.loads((options.source / "config.json").read_text())
    shutil.copytree(options.source, options.output, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.safetensors", "README.md"))
    write(options.output / "model.safetensors", with_experts(read(options.source / "model.safetensors"), config))
    for key in ("attention_bias", "mlp_bias", "rope_scaling"):
        config.pop(key, None)
    config |= {
        "architectures": ["MixtralForCausalLM"],
        "model_type": "mixtral",
        "num_local_experts": EXPERTS,
        "num_experts_per_tok": PER_TOKEN,
        "sliding_window": None,
        "router_jitter_noise": 0.0,
    }
    (options.output / "config.json").write_text(json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    main()
