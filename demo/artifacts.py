"""Everything that follows from the generator alone: the corpora, the task suites and the tokenizer, as files."""

from __future__ import annotations

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from corpus import END_OF_TEXT, SHARES, mixture, plain, suite, training_runs
from domains import DOMAINS

VOCABULARY = 2048
SUITE_ITEMS = 400
CORPUS_CHARACTERS = 200_000
MIXED_CHARACTERS = 260_000
TOKENIZER_SHARDS = 6

# The pre-tokenizer of Qwen 2, which GGUF readers know as `qwen2`: each digit is a token of its own.
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def write_corpora(folder: Path) -> None:
    """`general.txt`, `heldout.txt`, one JSON Lines file per domain, and the task suites."""
    (folder / "tasks").mkdir(parents=True, exist_ok=True)
    general = mixture("calibration-general", SHARES, MIXED_CHARACTERS)
    heldout = mixture("heldout", SHARES, MIXED_CHARACTERS)
    _write(folder / "general.txt", plain("\n\n".join(general)) + "\n")
    _write(folder / "heldout.txt", plain("\n\n".join(heldout)) + "\n")
    for domain in DOMAINS:
        rows = [{"text": plain(text)} for text in mixture("calibration", {domain: 1.0}, CORPUS_CHARACTERS)]
        _write_lines(folder / f"{file_name(domain)}.jsonl", rows)
        items = [
            {"context": item.context, "choices": item.choices, "answer": item.answer}
            for item in suite(domain, SUITE_ITEMS)
        ]
        _write_lines(folder / "tasks" / f"{domain}.jsonl", items)


def file_name(domain: str) -> str:
    """The corpus of the coding domain is called `code`, as users expect."""
    return "code" if domain == "coding" else domain


def train_tokenizer() -> Tokenizer:
    """Byte-level BPE learnt from the first training shards."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END_OF_TEXT],
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    texts = (plain(text) for shard in range(TOKENIZER_SHARDS) for text in training_runs(shard))
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def write_tokenizer(folder: Path) -> None:
    """tokenizer.json and the two files that Hugging Face reads beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "tokenizer.json", train_tokenizer().to_str(pretty=True) + "\n")
    token = {"content": END_OF_TEXT, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False}
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "added_tokens_decoder": {"0": {**token, "special": True}},
            "add_bos_token": False,
            "add_eos_token": False,
            "add_prefix_space": False,
            "bos_token": END_OF_TEXT,
            "eos_token": END_OF_TEXT,
            "clean_up_tokenization_spaces": False,
            "model_max_length": 1024,
        },
    )
    _write_json(folder / "special_tokens_map.json", {"bos_token": END_OF_TEXT, "eos_token": END_OF_TEXT})


def compare(demo: Path, calibration: Path, scratch: Path) -> list[Path]:
    """Regenerates everything under `scratch`; returns the files that differ or are missing."""
    write_corpora(scratch / "calibration")
    write_tokenizer(scratch / "model")
    differing: list[Path] = []
    for made_root, kept_root in ((scratch / "calibration", calibration), (scratch / "model", demo / "model")):
        for made in sorted(path for path in made_root.rglob("*") if path.is_file()):
            kept = kept_root / made.relative_to(made_root)
            if not kept.is_file() or kept.read_bytes() != made.read_bytes():
                differing.append(kept)
    return differing


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def _write_json(path: Path, value: object) -> None:
    _write(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _write_lines(path: Path, rows: list[dict]) -> None:
    _write(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
