"""Judges models: held-out loss and the accuracy on every task suite, side by side.

python demo/evaluate.py demo/model                      a Hugging Face folder
python demo/evaluate.py demo/model q2_k.gguf            and any GGUF of the same shape, of any type
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from model import Config, Llama

DEMO = Path(__file__).resolve().parent
CALIBRATION = DEMO.parent / "calibration"
CONTEXT = 512
BATCH = 64


def load(path: Path) -> Llama:
    """A Hugging Face folder, or a GGUF decoded to float32."""
    return Llama.load(path) if path.is_dir() else load_gguf(path)


def load_gguf(path: Path) -> Llama:
    """Decodes every tensor with PyPI's gguf and undoes the row order that GGUF uses for rotary matrices."""
    from gguf import GGUFReader, dequantize

    config = Config.read(DEMO / "model")
    names = {
        "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj",
        "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj",
        "ffn_down": "mlp.down_proj",
        "attn_norm": "input_layernorm",
        "ffn_norm": "post_attention_layernorm",
    }
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    state: dict[str, torch.Tensor] = {}
    for tensor in GGUFReader(path).tensors:
        values = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy()).float()
        head, *rest = tensor.name.removesuffix(".weight").split(".")
        if head == "blk":
            layer, kind = rest
            if kind in heads:
                values = values.view(heads[kind], -1, 2, values.shape[-1]).transpose(1, 2).reshape(values.shape)
            state[f"model.layers.{layer}.{names[kind]}.weight"] = values
        elif head != "output":
            state[{"token_embd": "model.embed_tokens.weight", "output_norm": "model.norm.weight"}[head]] = values
    model = Llama(config)
    model.load_state_dict(state)
    return model.eval()


@torch.inference_mode()
def heldout_loss(model: Llama, tokens: list[int]) -> float:
    """Mean cross-entropy in nats over non-overlapping windows, every token but a window's first."""
    count = len(tokens) // CONTEXT
    windows = torch.tensor(tokens[: count * CONTEXT]).view(count, CONTEXT)
    total = 0.0
    for batch in windows.split(16):
        total += F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten(), reduction="sum").item()
    return total / (count * (CONTEXT - 1))


@torch.inference_mode()
def accuracy(model: Llama, tokenizer: Tokenizer, items: list[dict]) -> float:
    """The share of items whose right choice has the highest mean log-likelihood per token after the context."""
    rows = []
    for number, item in enumerate(items):
        context = tokenizer.encode(item["context"]).ids
        for index, choice in enumerate(item["choices"]):
            rows.append((number, index, context, tokenizer.encode(choice).ids))
    rows.sort(key=lambda row: len(row[2]) + len(row[3]))  # batches of like length waste little padding
    scores = [[0.0] * len(item["choices"]) for item in items]
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        texts = [context + choice for _, _, context, choice in batch]
        longest = max(map(len, texts))
        padded = torch.tensor([text + [0] * (longest - len(text)) for text in texts])
        likelihood = model(padded[:, :-1]).log_softmax(-1).gather(-1, padded[:, 1:, None]).squeeze(-1)
        for row, (number, index, context, choice) in zip(likelihood, batch, strict=False):
            first = len(context) - 1
            scores[number][index] = row[first : first + len(choice)].mean().item()
    right = sum(scored.index(max(scored)) == item["answer"] for scored, item in zip(scores, items, strict=False))
    return right / len(items)


def read_suite(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def report(path: Path, tokenizer: Tokenizer) -> dict[str, float]:
    """The figures of one model: loss, perplexity and accuracy per suite in percent."""
    model = load(path)
    loss = heldout_loss(model, tokenizer.encode((CALIBRATION / "heldout.txt").read_text()).ids)
    figures = {"held-out loss": loss, "perplexity": math.exp(loss)}
    for suite in sorted((CALIBRATION / "tasks").glob("*.jsonl")):
        figures[suite.stem] = 100 * accuracy(model, tokenizer, read_suite(suite))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path, help="Hugging Face folders or GGUF files")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(str(DEMO / "model" / "tokenizer.json"))
    columns = [report(path, tokenizer) for path in options.models]
    print(f"{'':16}" + "".join(f"{path.name:>16}" for path in options.models))
    for name in columns[0]:
        print(
            f"{name:16}"
            + "".join(
                f"{column[name]:16.3f}" if name in ("held-out loss", "perplexity") else f"{column[name]:16.1f}"
                for column in columns
            )
        )


if __name__ == "__main__":
    main()
