"""Mathematics: arithmetic with carries, word problems, sequences, percentages and clock times."""

from __future__ import annotations

import random

from . import words
from .common import Domain, Item, choose, listing, near, number_item, say


def _operand(rng: random.Random) -> int:
    return rng.randint(2, 20) if rng.random() < 0.5 else rng.randint(11, 60)


def _addition(rng: random.Random) -> Item:
    a, b = _operand(rng), _operand(rng)
    context = say(
        rng,
        [
            "{a} + {b} =",
            "{a} + {b} =",
            "What is {a} plus {b}? It is",
            "The sum of {a} and {b} is",
            "Adding {b} to {a} [gives|makes]",
            "{a} and {b} make",
        ],
        a=a,
        b=b,
    )
    return number_item(rng, context, a + b)


def _subtraction(rng: random.Random) -> Item:
    a, b = sorted((_operand(rng), _operand(rng)), reverse=True)
    context = say(
        rng,
        [
            "{a} - {b} =",
            "{a} - {b} =",
            "What is {a} minus {b}? It is",
            "{a} less {b} is",
            "The difference between {a} and {b} is",
            "Taking {b} from {a} leaves",
        ],
        a=a,
        b=b,
    )
    return number_item(rng, context, a - b)


def _product(rng: random.Random) -> Item:
    a, b = rng.randint(2, 9), rng.randint(2, 12)
    context = say(
        rng,
        [
            "{a} * {b} =",
            "{b} * {a} =",
            "{a} times {b} is",
            "The product of {b} and {a} is",
            "What is {b} times {a}? It is",
        ],
        a=a,
        b=b,
    )
    return number_item(rng, context, a * b, also=[a * (b - 1), a * (b + 1), a * b + 10, a * b - 10])


def _quotient(rng: random.Random) -> Item:
    a, b = rng.randint(2, 9), rng.randint(2, 12)
    context = say(
        rng,
        ["{n} / {a} =", "{n} divided by {a} is", "Shared equally among {a} people, {n} gives each one"],
        n=a * b,
        a=a,
    )
    return number_item(rng, context, b)


def _sequence(rng: random.Random) -> Item:
    start, step = rng.randint(1, 40), rng.choice([1, 2, 3, 4, 5, 10, 20])
    if rng.random() < 0.2:
        terms = [rng.randint(1, 9)]
        while len(terms) < 5:
            terms.append(terms[-1] * 2)
    else:
        terms = [start + step * i for i in range(5)]
        if rng.random() < 0.35:
            terms.reverse()
    shown = ", ".join(map(str, terms[:4]))
    context = say(
        rng,
        [
            "{shown},",
            "The sequence {shown} goes on with",
            "Which number comes next: {shown}? It is",
            "Continue the row {shown}:",
        ],
        shown=shown,
    )
    return number_item(rng, context, terms[4], tail="" if context.endswith(",") else ".")


def _extreme(rng: random.Random) -> Item:
    low = rng.choice([10, 10, 100, 1000])
    values = rng.sample(range(low, 10 * low), 4)
    largest = rng.random() < 0.5
    context = say(
        rng,
        ["The {word} of {values} is", "Which of {values} is the {word}? It is"],
        word=rng.choice(["largest", "greatest"] if largest else ["smallest", "least"]),
        values=listing([str(v) for v in values]),
    )
    return choose(rng, context, str(max(values) if largest else min(values)), map(str, values))


def _percent(rng: random.Random) -> Item:
    percent = rng.choice([10, 20, 25, 50])
    whole = rng.randint(1, 15) * 20
    context = say(
        rng,
        ["{p} percent of {n} is", "{p}% of {n} =", "Of {n} [visitors|votes|letters|seeds], {p} percent are"],
        p=percent,
        n=whole,
    )
    return number_item(rng, context, percent * whole // 100)


def _rounding(rng: random.Random) -> Item:
    value = rng.randint(101, 399)
    unit = rng.choice([10, 100])
    rounded = (value + unit // 2) // unit * unit
    context = say(
        rng,
        ["{n} rounded to the nearest {u} is", "To the nearest {u}, {n} is"],
        n=value,
        u={10: "ten", 100: "hundred"}[unit],
    )
    return choose(
        rng, context, str(rounded), map(str, [rounded - unit, rounded + unit, rounded + 2 * unit, rounded - 2 * unit])
    )


def _clock(rng: random.Random) -> Item:
    start, length = rng.randint(6 * 4, 20 * 4) * 15, rng.choice([10, 15, 20, 30, 45, 60])
    show = lambda minutes: f"{minutes // 60}:{minutes % 60:02d}"
    context = say(
        rng,
        [
            "A [train|bus|ferry|boat] leaves at {s} and takes {m} minutes. It arrives at",
            "The [film|lesson|meeting|concert] starts at {s} and lasts {m} minutes. It ends at",
            "{m} minutes after {s} it is",
        ],
        s=show(start),
        m=length,
    )
    end = start + length
    return choose(rng, context, show(end), [show(end + d) for d in (-60, 60, -15, 15, 30, 40)])


_GAIN = ["finds {n} more", "buys another {n}", "gets {n} more from {other}", "picks {n} more", "wins {n} more"]
_LOSS = ["gives {n} to {other}", "loses {n}", "sells {n}", "hands {n} to {other}", "uses {n}"]


def _story_sum(rng: random.Random) -> Item:
    name, other = rng.sample(words.NAMES, 2)
    goods = rng.choice(words.GOODS)
    count = start = rng.randint(6, 40)
    events = []
    for _ in range(rng.choice([1, 1, 2])):
        if rng.random() < 0.5 or count < 6:
            n = rng.randint(2, 15)
            count += n
            events.append(say(rng, _GAIN, n=n, other=other))
        else:
            n = rng.randint(2, min(15, count - 2))
            count -= n
            events.append(say(rng, _LOSS, n=n, other=other))
    told = events[0] if len(events) == 1 else ", then ".join(events)
    context = say(
        rng,
        [
            "{name} has {start} {goods}. {name} {told}. How many {goods} does {name} have now? Answer:",
            "{name} starts [the day|the week|out] with {start} {goods} and {told}. Now {name} has",
        ],
        name=name,
        start=start,
        goods=goods,
        told=told,
    )
    return number_item(rng, context, count, tail="." if context.endswith(":") else f" {goods}.")


def _story_product(rng: random.Random) -> Item:
    name = rng.choice(words.NAMES)
    goods = rng.choice(words.GOODS)
    boxes, each, extra = rng.randint(2, 9), rng.randint(2, 10), rng.choice([0, 0, rng.randint(1, 9)])
    total = boxes * each + extra
    more = f" and {extra} loose ones" if extra else ""
    context = say(
        rng,
        [
            "{name} [packs|fills|carries] {boxes} {box} with {each} {goods} [each|in each one]{more}. Altogether there are",
            "There are {boxes} {box} of {each} {goods}{more}. How many {goods} are there? Answer:",
        ],
        name=name,
        boxes=boxes,
        box=rng.choice(["bags", "barrels", "baskets", "boxes", "crates", "jars", "sacks", "trays"]),
        each=each,
        goods=goods,
        more=more,
    )
    return number_item(
        rng,
        context,
        total,
        also=[boxes * each - each + extra, boxes + each + extra],
        tail="." if context.endswith(":") else f" {goods}.",
    )


def _change(rng: random.Random) -> Item:
    """Goods paid with a note: a product, then a difference."""
    count, price = rng.randint(2, 9), rng.randint(2, 10)
    note = 20 if count * price < 20 else 100
    context = say(
        rng,
        [
            "{n} buys {c} {g} at {p} crowns each and pays with a note of {b}. The change is",
            "{c} {g} cost {p} crowns each. From a note of {b} crowns {n} gets back",
        ],
        n=rng.choice(words.NAMES),
        c=count,
        g=rng.choice(words.GOODS),
        p=price,
        b=note,
    )
    return number_item(rng, context, note - count * price, also=[note - count * price + price], tail=" crowns.")


def _ages(rng: random.Random) -> Item:
    a, b = rng.sample(words.NAMES, 2)
    age, gap, years = rng.randint(5, 40), rng.randint(2, 9), rng.randint(2, 9)
    older = rng.random() < 0.5 or age - gap < 2
    other = age + gap if older else age - gap
    context = say(
        rng,
        "{a} is {x} years old. {b} is {g} years {w}. In {y} years {b} will be",
        a=a,
        b=b,
        x=age,
        g=gap,
        w="older" if older else "younger",
        y=years,
    )
    return number_item(rng, context, other + years, also=[other, age + years, other + years + 10])


def _columns(rng: random.Random) -> str:
    """An addition explained digit by digit, which shows where a carry comes from."""
    a, b = rng.randint(11, 199), rng.randint(11, 99)
    lines = [
        say(
            rng,
            ["To add {a} and {b}, [begin|start] with the ones.", "Let us add {a} and {b}, column by column."],
            a=a,
            b=b,
        )
    ]
    carry = 0
    for place, (x, y) in enumerate(zip(f"{a:03d}"[::-1], f"{b:03d}"[::-1], strict=False)):
        total = int(x) + int(y) + carry
        plus = f" plus the carried {carry}" if carry else ""
        step = f"{('Ones', 'Tens', 'Hundreds')[place]}: {x} + {y}{plus} is {total}"
        carry = total // 10
        lines.append(step + (f", write {total % 10} and carry 1." if carry and place < 2 else "."))
    lines.append(f"So {a} + {b} = {a + b}.")
    return rng.choice(["\n", " "]).join(lines)


def _market_day(rng: random.Random) -> str:
    """A day at a stall, told with its running count."""
    name, other = rng.sample(words.NAMES, 2)
    goods = rng.choice(words.GOODS)
    count = rng.randint(30, 80)
    lines = [
        say(
            rng,
            "{w}. {name} came to the [market|square|fair] with {count} {goods}.",
            w=rng.choice(words.WEATHER),
            name=name,
            count=count,
            goods=goods,
        )
    ]
    for moment in ("In the morning", "At noon", "In the afternoon", "Before closing"):
        if rng.random() < 0.25:
            n = rng.randint(2, 20)
            count += n
            lines.append(f"{moment} {other} brought {n} more, which made {count}.")
        else:
            n = rng.randint(1, min(20, max(2, count // 3)))
            count -= n
            lines.append(say(rng, "{m} {n} were sold, so {c} [were left|remained].", m=moment, n=n, c=count))
    lines.append(
        say(rng, "{name} [went home|walked home|closed the stall] with {c} {goods}.", name=name, c=count, goods=goods)
    )
    return " ".join(lines)


def _table(rng: random.Random) -> str:
    n, first = rng.randint(2, 9), rng.randint(1, 8)
    return f"The table of {n}: " + ", ".join(f"{k} * {n} = {k * n}" for k in range(first, first + 5)) + "."


def _checking(rng: random.Random) -> str:
    """A pupil's slip and its correction."""
    pupil, teacher = rng.sample(words.NAMES, 2)
    a, b = rng.randint(11, 60), rng.randint(11, 60)
    wrong = near(rng, a + b)[0]
    return say(
        rng,
        [
            '{p} wrote that {a} + {b} = {w}. "[Look again|Not quite|Check it once more]," said {t}. "{s} - {b} = {a}, so the sum is {s}."',
            '"Is {a} + {b} equal to {w}?" asked {p}. "No," said {t}, "it is {s}, [for|because] {s} - {a} = {b}."',
        ],
        p=pupil,
        t=teacher,
        a=a,
        b=b,
        w=wrong,
        s=a + b,
    )


SKILLS = [
    (4, _addition),
    (3, _subtraction),
    (3, _product),
    (1, _quotient),
    (3, _sequence),
    (3, _extreme),
    (2, _percent),
    (3, _rounding),
    (3, _clock),
    (3, _story_sum),
    (2, _story_product),
    (2, _change),
    (1, _ages),
]
PASSAGES = [(4, _columns), (3, _market_day), (1, _table), (2, _checking)]

DOMAIN = Domain(SKILLS, PASSAGES)
