"""Makes the demo: corpora, task suites, tokenizer and the trained model.

    python demo/train.py --data            writes the corpora, the task suites and the tokenizer
    python demo/train.py --train           trains the model and exports it (about 75 minutes on two cores)
    python demo/train.py --check           regenerates the data in a temporary folder and compares it byte for byte
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import artifacts
from corpus import END_OF_TEXT, training_runs

DEMO = Path(__file__).resolve().parent
CALIBRATION = DEMO.parent / "calibration"
MODEL = DEMO / "model"

SEED = 20
STEPS = 4000
TOKENS_PER_STEP = 4096
WARMUP = 100
DECAY = 0.3                       # the last part of the steps, in which the rate falls to zero
MATRIX_RATE, OTHER_RATE = 0.01, 3e-3
LENGTHS = (512, 256, 512, 1024)   # the context lengths of the steps, in turn


def rate_factor(step: int, progress: float) -> float:
    """Warm-up, a plateau, then a linear fall to zero as `progress` goes from 0 to 1."""
    return min(1.0, (step + 1) / WARMUP, max(0.0, 1 - progress) / DECAY)


def token_stream() -> Iterator[list[int]]:
    """Endless fresh training text as token ids, one shard at a time."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    end = tokenizer.token_to_id(END_OF_TEXT)
    shard = 0
    while True:
        encodings = tokenizer.encode_batch(list(training_runs(shard)))
        yield [token for encoding in encodings for token in (*encoding.ids, end)]
        shard += 1


def train(folder: Path, steps: int, minutes: float | None, scratch: Path) -> None:
    """Trains with Muon on the matrices and AdamW on the rest, in bfloat16 where that is safe, and exports the result.

    The schedule follows the number of steps or, with `minutes`, the clock."""
    import torch
    import torch.nn.functional as F
    from model import Config, Llama

    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    scratch.mkdir(parents=True, exist_ok=True)
    model = Llama(Config(vocab_size=artifacts.VOCABULARY))
    matrices = [p for name, p in model.named_parameters() if p.dim() == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.dim() != 2 or "embed" in name]
    optimizers = [(torch.optim.Muon(matrices, lr=MATRIX_RATE, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"), MATRIX_RATE),
                  (torch.optim.AdamW(others, lr=OTHER_RATE, betas=(0.9, 0.95), weight_decay=0.0), OTHER_RATE)]
    forward = torch.compile(model, dynamic=False)
    stream, pool = token_stream(), []
    started, smoothed, step = time.time(), None, 0
    while True:
        progress = (time.time() - started) / (60 * minutes) if minutes else step / steps
        if progress >= 1:
            break
        while len(pool) < TOKENS_PER_STEP + 1:
            pool += next(stream)
        tokens = torch.tensor(pool[: TOKENS_PER_STEP + 1])
        del pool[:TOKENS_PER_STEP]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = forward(tokens[:-1].view(-1, LENGTHS[step % len(LENGTHS)]))
        loss = F.cross_entropy(logits.float().flatten(0, 1), tokens[1:])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer, rate in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate * rate_factor(step, progress)
            optimizer.step()
            optimizer.zero_grad()
        smoothed = loss.item() if smoothed is None else 0.98 * smoothed + 0.02 * loss.item()
        step += 1
        if step % 50 == 0:
            seconds = time.time() - started
            print(f"step {step}  {100 * progress:.1f} %  loss {smoothed:.4f}  {step * TOKENS_PER_STEP / seconds:.0f} tokens/s  {seconds:.0f} s", flush=True)
        if step % 200 == 0:
            model.export(scratch, end_of_text=0)
    model.export(folder, end_of_text=0)
    print(f"{step} steps, {step * TOKENS_PER_STEP} tokens")


def check() -> int:
    """1 if a committed file is not what the generator writes, naming each."""
    with tempfile.TemporaryDirectory() as scratch:
        differing = artifacts.compare(DEMO, CALIBRATION, Path(scratch))
    for path in differing:
        print(f"differs: {path.relative_to(DEMO.parent)}", file=sys.stderr)
    print("demo: every corpus, task suite and tokenizer file is as generated" if not differing else f"demo: {len(differing)} files differ")
    return 1 if differing else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--data", action="store_true", help="write corpora, task suites and tokenizer")
    action.add_argument("--train", action="store_true", help="train and export the model")
    action.add_argument("--check", action="store_true", help="compare the committed data with what the generator writes")
    parser.add_argument("--steps", type=int, default=STEPS, help="training steps (default: the published recipe)")
    parser.add_argument("--minutes", type=float, help="train for a time instead of a number of steps")
    parser.add_argument("--output", type=Path, default=MODEL, help="the model folder")
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()) / "demo-train", help="where snapshots go while training")
    options = parser.parse_args()
    if options.check:
        return check()
    if options.data:
        artifacts.write_corpora(CALIBRATION)
        artifacts.write_tokenizer(options.output)
    else:
        train(options.output, options.steps, options.minutes, options.scratch)
    return 0


if __name__ == "__main__":
    sys.exit(main())
