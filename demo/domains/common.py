"""What all domains share: the multiple-choice item, the small template language, and number distractors."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

CHOICES = 4
ANSWER_START, ANSWER_END = "\x02", "\x03"  # mark answers in training text; no other text keeps them
_ALTERNATION = re.compile(r"\[([^\[\]]*)\]")
_BARE_ARTICLE = re.compile(r"\b([Aa]) (?=[aeiou])")


@dataclass(frozen=True)
class Item:
    """A question whose answer continues the context, so that plain language-model training teaches it."""

    context: str
    choices: tuple[str, ...]
    answer: int
    tail: str = "."

    @property
    def text(self) -> str:
        """The solved item with its answer marked, as documents show it."""
        return self.context + ANSWER_START + self.choices[self.answer] + ANSWER_END + self.tail


Skill = Callable[[random.Random], Item]
Passage = Callable[[random.Random], str]


def say(rng: random.Random, templates: str | Sequence[str], **slots: object) -> str:
    """Picks a template, resolves every `[this|that]`, innermost first, fills the `{slots}` and mends `a apple`."""
    template = templates if isinstance(templates, str) else rng.choice(templates)
    while match := _ALTERNATION.search(template):
        chosen = rng.choice(match[1].split("|"))
        template = template[: match.start()] + chosen + template[match.end() :]
    return _BARE_ARTICLE.sub(r"\1n ", template.format(**slots))


def choose(rng: random.Random, context: str, right: str, wrong: Iterable[str], tail: str = ".") -> Item:
    """An item with up to three distinct distractors; choices get the leading space that continues the context."""
    distractors = [text for text in dict.fromkeys(wrong) if text != right]
    if len(distractors) > CHOICES - 1:
        distractors = rng.sample(distractors, CHOICES - 1)
    choices = [right, *distractors]
    rng.shuffle(choices)
    return Item(context, tuple(" " + choice for choice in choices), choices.index(right), tail)


def number_item(rng: random.Random, context: str, value: int, also: Iterable[int] = (), tail: str = ".") -> Item:
    """An item with a whole number as its answer and `slips_and_strangers` beside it."""
    return choose(rng, context, str(value), map(str, slips_and_strangers(rng, value, also)), tail)


def slips_and_strangers(rng: random.Random, value: int, also: Iterable[int] = ()) -> list[int]:
    """Three wrong answers: a likely slip (one of `also`) or a near miss, and two other numbers of about the same size."""
    slips = [n for n in dict.fromkeys(also) if n != value and n >= 0]
    slip = rng.choice(slips or near(rng, value)[:6])
    gap = max(2, abs(value) // 5)
    low, high = min(value // 2, value - 8), max(2 * value, value + 8)
    step = 10 if value % 10 == 0 and value >= 50 else 1  # a round answer must not be known by its roundness
    numbers = range(low // step * step, high + 1, step)
    strangers = [n for n in numbers if abs(n - value) >= gap and n != slip and (n >= 0 or value < 0)]
    return [slip, *rng.sample(strangers, CHOICES - 2)]


def near(rng: random.Random, value: int) -> list[int]:
    """Wrong answers as a hurried reader makes them: a lost carry, a digit too many, two digits swapped."""
    digits = str(abs(value))
    offsets = [-1, 1, -2, 2, -10, 10]
    if abs(value) >= 40:
        offsets += [-9, 9, -11, 11, -20, 20]
    if abs(value) >= 200:
        offsets += [-100, 100, -110, 90]
    found = [value + offset for offset in offsets]
    if len(digits) >= 2 and digits[-1] != digits[-2]:
        swapped = digits[:-2] + digits[-1] + digits[-2]
        found.append(int(swapped) if value > 0 else -int(swapped))
    rng.shuffle(found)
    found = [n for n in dict.fromkeys(found) if n != value and (n >= 0 or value < 0)]
    return sorted(found, key=lambda n: len(str(n)) != len(str(value)))


def weighted(rng: random.Random, table: Sequence[tuple[int, Callable]]) -> Callable:
    """One entry of a `(weight, function)` table."""
    return rng.choices([entry for _, entry in table], weights=[weight for weight, _ in table])[0]


@dataclass(frozen=True)
class Domain:
    """A domain's skills and prose passages with their weights; `separator` stands between items in a document.

    `asked` are the skills of its task suite, where they are not all of them: one at which the model only guesses would tell
    nothing of a rounded model, which guesses as well."""

    skills: Sequence[tuple[int, Skill]]
    passages: Sequence[tuple[int, Passage]]
    separator: str = "\n"
    asked: Sequence[tuple[int, Skill]] | None = None

    def item(self, rng: random.Random) -> Item:
        """One multiple-choice item as the training text has them."""
        return weighted(rng, self.skills)(rng)

    def question(self, rng: random.Random) -> Item:
        """One multiple-choice item of the task suite."""
        return weighted(rng, self.asked or self.skills)(rng)

    def document(self, rng: random.Random) -> str:
        """A passage, a run of solved items, or a passage followed by items; answers are marked."""
        parts: list[str] = []
        shape = rng.random()
        if shape < 0.30:
            parts.append(weighted(rng, self.passages)(rng))
        if shape >= 0.12:
            solved = dict.fromkeys(self.item(rng).text for _ in range(rng.randint(3, 9)))
            parts.append(self.separator.join(solved))
        return "\n\n".join(parts)


def capital(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def article(noun: str) -> str:
    """The noun with `a` or `an` before it."""
    return ("an " if noun[0].lower() in "aeiou" else "a ") + noun


def listing(words: Sequence[str]) -> str:
    """`a`, `a and b`, or `a, b and c`."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def times(count: int, noun: str, plural: str | None = None) -> str:
    """`1 apple`, `3 apples`."""
    return f"{count} {noun}" if count == 1 else f"{count} {plural or noun + 's'}"
