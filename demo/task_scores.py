"""Scores multiple-choice suites by itself, item by item, for a comparison with `planish eval --task`.

python demo/task_scores.py demo/model calibration/tasks/law.jsonl            one line an item, then the two accuracies

Each line holds the choice with the highest log-likelihood and the one with the highest log-likelihood over characters,
as `acc` and `acc_norm` of lm-evaluation-harness choose them. One text is run at a time: slow, and nothing to get wrong.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from tokenizers import Tokenizer

from evaluate import DEMO, load


@torch.inference_mode()
def likelihood(model, tokenizer: Tokenizer, context: str, choice: str) -> float:
    """ln p(choice | context), the choice's tokens being those of the whole text beyond the context's."""
    stripped = context.rstrip()
    before = tokenizer.encode(stripped).ids
    choice_ids = tokenizer.encode(context + choice).ids[len(before) :]
    text = torch.tensor([before + choice_ids])
    scores = model(text[:, :-1]).log_softmax(-1)[0]
    return sum(scores[len(before) - 1 + place, token].item() for place, token in enumerate(choice_ids))


def best(scores: list[float]) -> int:
    return scores.index(max(scores))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="a Hugging Face folder or a GGUF file")
    parser.add_argument("suite", type=Path)
    options = parser.parse_args()
    model = load(options.model)
    tokenizer = Tokenizer.from_file(str(DEMO / "model" / "tokenizer.json"))
    items = [json.loads(line) for line in options.suite.read_text(encoding="utf-8").splitlines()]
    plain = normalized = 0
    for item in items:
        scores = [likelihood(model, tokenizer, item["context"], choice) for choice in item["choices"]]
        first = best(scores)
        second = best([score / len(choice) for score, choice in zip(scores, item["choices"], strict=True)])
        plain += first == item["answer"]
        normalized += second == item["answer"]
        print(first, second)
    print(f"acc {plain} of {len(items)}, acc_norm {normalized} of {len(items)}")


if __name__ == "__main__":
    main()
