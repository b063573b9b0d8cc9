"""Streams of documents: which seeds belong to which split, and how documents are mixed and joined."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping

from domains import DOMAINS, Item
from domains.common import ANSWER_END, ANSWER_START

END_OF_TEXT = "<|endoftext|>"

# The share of the training text, in characters, that each domain gets.
SHARES: dict[str, float] = {
    "reasoning": 0.19,
    "coding": 0.18,
    "mathematics": 0.18,
    "language": 0.11,
    "knowledge": 0.12,
    "safety": 0.04,
    "finance": 0.06,
    "medicine": 0.04,
    "law": 0.04,
    "support": 0.04,
}


def seeded(split: str, domain: str, index: int) -> random.Random:
    """The only source of randomness: two splits never share a seed, and a string seed is the same on every machine."""
    return random.Random(f"{split}/{domain}/{index}")


def documents(split: str, domain: str) -> Iterator[str]:
    """The endless documents of one domain in one split."""
    index = 0
    while True:
        yield DOMAINS[domain].document(seeded(split, domain, index))
        index += 1


def mixture(split: str, shares: Mapping[str, float], characters: int) -> list[str]:
    """Documents of several domains, of `characters` in all, answers marked; the domain that lags most behind its share comes next."""
    streams = {domain: documents(split, domain) for domain in shares}
    written = dict.fromkeys(shares, 0)
    mixed: list[str] = []
    while sum(written.values()) < characters:
        domain = min(shares, key=lambda name: written[name] / shares[name])
        text = next(streams[domain])
        written[domain] += len(text)
        mixed.append(text)
    return mixed


def training_runs(shard: int, characters: int = 1_000_000) -> Iterator[str]:
    """Texts of one to eight joined documents, answers marked; the training stream puts an end-of-text token after each."""
    split = f"train-{shard}"
    mixed = mixture(split, SHARES, characters)
    rng = seeded(split, "order", 0)
    rng.shuffle(mixed)
    while mixed:
        length = rng.randint(1, 8)
        yield "\n\n".join(mixed[:length])
        del mixed[:length]


def plain(text: str) -> str:
    """The text without the marks around answers."""
    return text.replace(ANSWER_START, "").replace(ANSWER_END, "")


def answer_mask(text: str) -> bytearray:
    """For each character of `plain(text)`, whether it belongs to an answer."""
    mask, inside = bytearray(), False
    for piece in re.split(f"([{ANSWER_START}{ANSWER_END}])", text):
        if piece in (ANSWER_START, ANSWER_END):
            inside = piece == ANSWER_START
        else:
            mask += bytes([inside]) * len(piece)
    return mask


def suite(domain: str, count: int) -> list[Item]:
    """A task suite: four-choice items of the `tasks` split, each context once."""
    found: dict[str, Item] = {}
    index = 0
    while len(found) < count:
        item = DOMAINS[domain].question(seeded("tasks", domain, index))
        index += 1
        if len(item.choices) == 4:
            found.setdefault(item.context, item)
    return list(found.values())
