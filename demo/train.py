"""Makes the demo: corpora, task suites, tokenizer and the trained model.

python demo/train.py --data            writes the corpora, the task suites and the tokenizer
python demo/train.py --train           trains the model and exports it (about an hour on two idle cores)
python demo/train.py --check           regenerates the data in a temporary folder and compares it byte for byte
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import distributed, multiprocessing

import artifacts
from corpus import END_OF_TEXT, answer_mask, plain, training_runs
from model import Config, Llama

DEMO = Path(__file__).resolve().parent
CALIBRATION = DEMO.parent / "calibration"
MODEL = DEMO / "model"

SEED = 20
STEPS = 8000
WORKERS = 2
TOKENS_PER_STEP = 2048 * WORKERS
WARMUP = 100
DECAY = 0.3  # the last part of the steps, in which the rate falls to zero
MATRIX_RATE, OTHER_RATE = 0.01, 3e-3
LENGTHS = (256, 512, 256, 256, 512, 256, 256, 1024)  # the context lengths of the steps, in turn
ANSWER_WEIGHT = 4  # answers to items count more than the text around them, much of which nobody can foresee


def rate_factor(step: int, progress: float) -> float:
    """Warm-up, a plateau, then a linear fall to zero as `progress` goes from 0 to 1."""
    return min(1.0, (step + 1) / WARMUP, max(0.0, 1 - progress) / DECAY)


def token_stream() -> Iterator[list[tuple[int, int]]]:
    """Endless fresh training text as pairs of token id and loss weight, one shard at a time."""
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    end = (tokenizer.token_to_id(END_OF_TEXT), 1)
    shard = 0
    while True:
        pairs: list[tuple[int, int]] = []
        for text in training_runs(shard):
            encoding, mask = tokenizer.encode(plain(text)), answer_mask(text)
            pairs += [
                (token, ANSWER_WEIGHT if mask[stop - 1] else 1)
                for token, (_, stop) in zip(encoding.ids, encoding.offsets, strict=True)
            ]
            pairs.append(end)
        yield pairs
        shard += 1


def worker(rank: int, folder: Path, steps: int, minutes: float | None, scratch: Path) -> None:
    """One of the training processes; all draw the same stream, each takes its own part of every step, and gradients are averaged.

    A process for each core with one thread waits for the others once a step, where threads would wait in every operation.
    Muon moves the matrices and AdamW the rest. The schedule follows the number of steps or, with `minutes`, the clock."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    distributed.init_process_group("gloo", init_method=f"file://{scratch}/rendezvous", rank=rank, world_size=WORKERS)
    model = Llama(Config(vocab_size=artifacts.VOCABULARY))
    matrices = [p for name, p in model.named_parameters() if p.dim() == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.dim() != 2 or "embed" in name]
    optimizers = [
        (torch.optim.Muon(matrices, lr=MATRIX_RATE, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"), MATRIX_RATE),
        (torch.optim.AdamW(others, lr=OTHER_RATE, betas=(0.9, 0.95), weight_decay=0.0), OTHER_RATE),
    ]
    forward = torch.compile(model, dynamic=False)
    stream, pool = token_stream(), []
    started, smoothed, step = time.time(), None, 0
    while True:
        clock = torch.tensor([(time.time() - started) / (60 * minutes) if minutes else step / steps])
        distributed.broadcast(clock, 0)  # so that all stop at the same step
        progress = clock.item()
        if progress >= 1:
            break
        while len(pool) < TOKENS_PER_STEP + WORKERS:
            pool += next(stream)
        share = TOKENS_PER_STEP // WORKERS
        tokens, weights = torch.tensor(pool[rank * share : (rank + 1) * share + 1]).unbind(1)
        del pool[:TOKENS_PER_STEP]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = forward(tokens[:-1].view(-1, LENGTHS[step % len(LENGTHS)]))
        losses = F.cross_entropy(logits.float().flatten(0, 1), tokens[1:], reduction="none")
        ((losses * weights[1:]).sum() / weights[1:].sum()).backward()
        average_gradients(model)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer, rate in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate * rate_factor(step, progress)
            optimizer.step()
            optimizer.zero_grad()
        loss = losses.mean().item()
        smoothed = loss if smoothed is None else 0.98 * smoothed + 0.02 * loss
        step += 1
        if rank == 0 and step % 50 == 0:
            seconds = time.time() - started
            speed = step * TOKENS_PER_STEP / seconds
            print(
                f"step {step}  {100 * progress:.1f} %  loss {smoothed:.4f}  {speed:.0f} tokens/s  {seconds:.0f} s",
                flush=True,
            )
        if rank == 0 and step % 100 == 0:
            model.export(scratch, end_of_text=0)
    if rank == 0:
        model.export(folder, end_of_text=0)
        print(f"{step} steps, {step * TOKENS_PER_STEP} tokens")
    distributed.destroy_process_group()


def average_gradients(model: Llama) -> None:
    """Replaces every gradient by its mean over the processes, in one message."""
    gradients = [parameter.grad for parameter in model.parameters()]
    joined = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(joined)
    joined /= WORKERS
    for gradient, mean in zip(gradients, joined.split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


def train(folder: Path, steps: int, minutes: float | None, scratch: Path) -> None:
    """Trains in one process for each core and exports the result."""
    scratch.mkdir(parents=True, exist_ok=True)
    (scratch / "rendezvous").unlink(missing_ok=True)
    multiprocessing.spawn(worker, args=(folder, steps, minutes, scratch), nprocs=WORKERS)


def check() -> int:
    """1 if a committed file is not what the generator writes, naming each."""
    with tempfile.TemporaryDirectory() as scratch:
        differing = artifacts.compare(DEMO, CALIBRATION, Path(scratch))
    for path in differing:
        print(f"differs: {path.relative_to(DEMO.parent)}", file=sys.stderr)
    print(
        "demo: every corpus, task suite and tokenizer file is as generated"
        if not differing
        else f"demo: {len(differing)} files differ"
    )
    return 1 if differing else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--data", action="store_true", help="write corpora, task suites and tokenizer")
    action.add_argument("--train", action="store_true", help="train and export the model")
    action.add_argument(
        "--check", action="store_true", help="compare the committed data with what the generator writes"
    )
    parser.add_argument("--steps", type=int, default=STEPS, help="training steps (default: the published recipe)")
    parser.add_argument("--minutes", type=float, help="train for a time instead of a number of steps")
    parser.add_argument("--output", type=Path, default=MODEL, help="the model folder")
    parser.add_argument(
        "--scratch",
        type=Path,
        default=Path(tempfile.gettempdir()) / "demo-train",
        help="where snapshots go while training",
    )
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
