"""Language: agreement, forms of verbs and nouns, word meanings, paraphrase, sentiment and reference."""

from __future__ import annotations

import random

from . import words
from .common import Domain, Item, article, capital, choose, listing, say


def _agreement(rng: random.Random) -> Item:
    """The verb agrees with the head noun, not with the nearer one."""
    head, near = rng.sample([pair for pair in words.PLURALS if pair[0] != pair[1]], 2)
    many = rng.random() < 0.5
    subject, distractor = head[many], near[rng.random() < 0.6]
    place = rng.choice(["near", "behind", "beside", "above", "under", "next to"])
    adjective = rng.choice(["old", "small", "large", "new", "fine", "strange", "quiet"])
    past = rng.random() < 0.5
    context = f"The {adjective + ' ' if rng.random() < 0.5 else ''}{subject} {place} the {distractor}"
    if rng.random() < 0.5:
        right, wrong = (
            (("were", "was") if many else ("was", "were")) if past else (("are", "is") if many else ("is", "are"))
        )
        tail = " " + rng.choice(["old.", "gone.", "well known.", "new.", "famous.", "dirty."])
        others = ["be", "am", "been"]
    else:
        right, wrong = ("have", "has") if many else ("has", "have")
        tail = " " + rng.choice(["gone.", "changed.", "arrived.", "grown.", "a name."])
        others = ["having", "haves"]
    return choose(rng, context, right, [wrong, *others][:3], tail)


def _third_person(verb: str) -> str:
    if verb.endswith("y") and verb[-2] not in "aeou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("sh", "ch", "s", "x")) else "s")


def _past(rng: random.Random) -> Item:
    base, past, participle, ing = rng.choice(words.VERBS)
    name, other = rng.choice(words.NAMES), rng.choice(words.VERBS)
    forms = [base, past, participle, ing, base + "s", base + "ed"]
    context, right = rng.choice(
        [
            (f'The past tense of "{base}" is', past),
            (f"Today we {base}; yesterday we", past),
            (f'The participle of "{base}" is', participle),
            (f"I {base} now, and I have often", participle),
            (f"To {base}: right now {name} is", ing),
            (f"I {base}, and {name} often", _third_person(base)),
        ]
    )
    wrong = [form for form in forms if form != right] + [other[1], other[2]]
    return choose(rng, context, right, list(dict.fromkeys(wrong))[:3])


def _plural(rng: random.Random) -> Item:
    one, many = rng.choice(words.PLURALS)
    context = say(
        rng,
        [
            'The plural of "{o}" is',
            "One {o}, two",
            "I saw one {o}; {n} saw three",
            "There was {a} here, and there were many",
        ],
        o=one,
        a=article(one),
        n=rng.choice(words.NAMES),
    )
    wrong = [one + "s", one + "es", one[:-1] + "ies", one[:-1] + "ves", one + "en", one]
    return choose(rng, context, many, [form for form in wrong if form != many][:4])


def _opposite(rng: random.Random) -> Item:
    first, second = rng.choice(words.OPPOSITES)
    if rng.random() < 0.5:
        first, second = second, first
    context = say(
        rng,
        [
            'The opposite of "{w}" is',
            '"{w}" is the opposite of',
            'If it is not "{w}", it is',
            'What is the opposite of "{w}"? It is',
        ],
        w=first,
    )
    return choose(
        rng,
        context,
        f'"{second}"',
        [f'"{rng.choice(pair)}"' for pair in rng.sample(words.OPPOSITES, 6) if first not in pair],
    )


def _synonym(rng: random.Random) -> Item:
    first, second = rng.choice(words.SYNONYMS)
    if rng.random() < 0.5:
        first, second = second, first
    context = say(
        rng, ['Another word for "{w}" is', '"{w}" means the same as', 'Instead of "{w}" one may say'], w=first
    )
    return choose(
        rng,
        context,
        f'"{second}"',
        [f'"{rng.choice(pair)}"' for pair in rng.sample(words.SYNONYMS, 6) if first not in pair],
    )


def _category(rng: random.Random) -> Item:
    kind = rng.choice(list(words.CATEGORIES))
    member = rng.choice(words.CATEGORIES[kind])
    if rng.random() < 0.5:
        context = say(
            rng,
            ["{m} is a kind of", "What is {m}? It is a kind of", "[Everybody|{n}] knows that {m} is a kind of"],
            m=article(member),
            n=rng.choice(words.NAMES),
        )
        return choose(rng, capital(context), kind, words.CATEGORIES)
    others = rng.sample([other for other in words.CATEGORIES if other != kind], 3)
    wrong = [rng.choice(words.CATEGORIES[other]) for other in others]
    shown = rng.sample([member, *wrong], 4)
    return choose(rng, f"Among {listing(shown)}, the {kind} is the", member, wrong)


def _passive(rng: random.Random) -> Item:
    """The sentence that says the same in other words."""
    a, b = rng.sample(words.NAMES, 2)
    (_, past, participle), (_, past2, participle2) = rng.sample(words.HANDLING, 2)
    thing, other = rng.sample(words.THINGS, 2)
    if rng.random() < 0.6:
        context = say(rng, ["{a} {v} the {t}. In other words:", '"{a} {v} the {t}" means:'], a=a, v=past, t=thing)
        make = lambda who, verb, what: f"the {what} was {verb} by {who}"
        return choose(
            rng,
            context,
            make(a, participle, thing),
            [
                make(b, participle, thing),
                make(a, participle, other),
                make(a, participle2, thing),
                make(b, participle2, thing),
            ],
        )
    context = say(
        rng, ["The {t} was {v} by {a}. In other words:", '"The {t} was {v} by {a}" means:'], a=a, v=participle, t=thing
    )
    make = lambda who, verb, what: f"{who} {verb} the {what}"
    return choose(
        rng,
        context,
        make(a, past, thing),
        [make(b, past, thing), make(a, past, other), make(a, past2, thing), make(b, past2, thing)],
    )


_VISITS = [
    "hotel",
    "play",
    "soup",
    "book",
    "film",
    "concert",
    "guide",
    "room",
    "service",
    "museum",
    "waiter",
    "tour",
    "garden",
    "meal",
    "lecture",
]
_VERDICTS = ["delighted", "disappointed", "of two minds", "still undecided"]


def _review_text(rng: random.Random, mood: int) -> str:
    """A review in one of four moods: pleased, displeased, mixed, not yet known."""
    first, second = rng.sample(_VISITS, 2)
    good, good2 = rng.sample(words.PRAISE, 2)
    bad, bad2 = rng.sample(words.BLAME, 2)
    name = rng.choice(words.NAMES)
    slots = {"a": first, "b": second, "n": name}
    if mood == 0:
        return say(
            rng,
            [
                "The {a} was {x} and the {b} [was|seemed] {y}.",
                "{n} says the {a} was {x}; the {b} was [simply|really] {y}.",
                "What {z} {a}! And the {b} was {y} too.",
                "I expected {p} {a}, but it was {x}, and the {b} was {y}.",
            ],
            x=good,
            y=good2,
            z=article(good),
            p=article(bad),
            **slots,
        )
    if mood == 1:
        return say(
            rng,
            [
                "The {a} was {x} and the {b} [was|seemed] {y}.",
                "{n} says the {a} was {x}; the {b} was [simply|really] {y}.",
                "What {z} {a}! And the {b} was {y} too.",
                "I expected {p} {a}, but it was {x}, and the {b} was {y}.",
            ],
            x=bad,
            y=bad2,
            z=article(bad),
            p=article(good),
            **slots,
        )
    if mood == 2:
        x, y = rng.sample([good, bad], 2)
        return say(
            rng,
            [
                "The {a} was {x}, but the {b} was {y}.",
                "{n} found the {a} {x} and the {b} {y}.",
                "Though the {a} was {x}, the {b} was {y}.",
            ],
            x=x,
            y=y,
            **slots,
        )
    return say(
        rng,
        [
            "I have not [seen|tried] the {a} yet; they say it is {x}.",
            "{n} will see the {a} [tomorrow|next week] and then the {b}.",
            "We go to the {a} on Sunday; some call it {x}, others {y}.",
        ],
        x=rng.choice([good, bad]),
        y=bad,
        **slots,
    )


def _sentiment(rng: random.Random) -> Item:
    mood = rng.randrange(4)
    context = say(rng, ["Review: {r} The reviewer is", '"{r}" The writer is'], r=_review_text(rng, mood))
    return choose(rng, context, _VERDICTS[mood], _VERDICTS)


def _reference(rng: random.Random) -> Item:
    """Who did it? A relative clause or a passive hides the actor."""
    a, b, c, d = rng.sample(words.NAMES, 4)
    thing = rng.choice(words.THINGS)
    _, past, participle = rng.choice(words.HANDLING)
    form = rng.randrange(4)
    if form == 0:
        return choose(
            rng, f"{a}, who knows {b}, {past} the {thing} for {c}. The {thing} was {participle} by", a, [b, c, d]
        )
    if form == 1:
        return choose(
            rng,
            f"The {thing} that {a} showed to {b} was {participle} by {c}, said {d}. It was {participle} by",
            c,
            [a, b, d],
        )
    if form == 2:
        return choose(
            rng, f"{a} asked {b} to thank {c}, and {d} heard it. The one who was to be thanked is", c, [a, b, d]
        )
    return choose(
        rng, f"Not {a} but {b} {past} the {thing}; {c} and {d} only watched. It was {participle} by", b, [a, c, d]
    )


def _comparison(rng: random.Random) -> Item:
    name, other = rng.sample(words.NAMES, 2)
    adjective, comparative, superlative, _, _ = rng.choice(words.SCALES)
    form = rng.randrange(3)
    context, right = [
        (f"{name} is {adjective}, but {other} is even", comparative),
        (f"Of all the children {name} is the", superlative),
        (f"{name} is just as", adjective),
    ][form]
    tail = ["", "", f" as {other}."][form] or "."
    return choose(
        rng, context, right, [adjective, comparative, superlative, "more " + adjective, adjective + "ly"], tail
    )


def _order(rng: random.Random) -> Item:
    """Which word order is a sentence?"""
    name, job, thing, room = (
        rng.choice(words.NAMES),
        rng.choice(words.JOBS),
        rng.choice(words.THINGS),
        rng.choice(words.ROOMS),
    )
    _, past, _ = rng.choice(words.HANDLING)
    right = f"the {job} {past} the {thing} in the {room}"
    wrong = [
        f"{past} {job} the the {thing} {room} in the",
        f"the {thing} in {past} the {job} {room} the",
        f"the {job} the {past} {thing} the in {room}",
        f"in {job} the the {thing} {past} {room} the",
    ]
    return choose(rng, f"{name} wrote a good sentence:", right, wrong)


_OPENINGS = [
    "{n} was {j} who owned {t}.",
    "In a small house by the mill lived {j} named {n}.",
    "{n}, {j}, had lost {t}.",
    "Every morning {n} the {k} walked past the {s}.",
]


def _fable(rng: random.Random) -> str:
    """A short tale with two animals."""
    a, b = rng.sample(words.ANIMALS, 2)
    thing, room = rng.choice(words.THINGS), rng.choice(words.ROOMS)
    good, bad = rng.choice(
        [
            ("patient", "hasty"),
            ("generous", "greedy"),
            ("modest", "proud"),
            ("brave", "timid"),
            ("diligent", "lazy"),
            ("polite", "rude"),
        ]
    )
    verb = rng.choice(words.HANDLING)
    return say(
        rng,
        "{A} and {B} [lived|stayed|slept] in the same {r}. The {a} was {g} and the {b} was {x}. [One day|One evening|In spring] they found {T}. "
        '["It is mine," said the {b}.|The {b} wanted it at once.|The {b} would not share it.] ["Let us share it," said the {a}.|The {a} only smiled.|The {a} waited until evening.] '
        "[At night|The next day|Soon after] the {t} was {v}, and [the {b} wept|nobody knew by whom|the {b} learned something]. [To be {g} is better than to be {x}|Who is {x} ends alone|So it goes with those who are {x}].",
        A=capital(article(a)),
        B=article(b),
        T=article(thing),
        a=a,
        b=b,
        r=room,
        g=good,
        x=bad,
        t=thing,
        v=verb[2],
    )


def _letter(rng: random.Random) -> str:
    """A letter between friends."""
    a, b, c = rng.sample(words.NAMES, 3)
    base, past, participle = rng.choice(words.HANDLING)
    thing, other = rng.sample(words.THINGS, 2)
    return say(
        rng,
        "Dear {a}, [thank you for your letter|it was good to hear from you|I hope you are well]. {w}. [Last week|On {d}|Yesterday] I {v} the {t} that {c} gave me. "
        "[Do you still have|Have you kept|Please send me] the {o}? [We miss you|Come and see us soon|The {s} is open again]. [Yours|With love|Best wishes], {b}",
        a=a,
        b=b,
        c=c,
        w=rng.choice(words.WEATHER),
        v=past,
        t=thing,
        o=other,
        d=rng.choice(words.WEEKDAYS),
        s=rng.choice(words.SHOPS),
    )


def _day(rng: random.Random) -> str:
    """A scene of everyday life."""
    n, o = rng.sample(words.NAMES, 2)
    job = rng.choice(words.JOBS)
    thing, shop = rng.choice(words.THINGS), rng.choice(words.SHOPS)
    lost, passed = (
        rng.choice([t for t in words.THINGS if t != thing]),
        rng.choice([s for s in words.SHOPS if s != shop]),
    )
    opening = say(rng, _OPENINGS, n=n, j=article(job), k=job, t=article(lost), s=passed)
    first, second = rng.sample(words.HANDLING, 2)
    return say(
        rng,
        "{o1} {w}. {n} {v} the {t} and [went|walked|drove] to the {s}. [There|At the door|On the way] {o} was waiting. "
        '"[Have you {p} the {u}|Where is the {u}|Did you bring the {u}]?" asked {o}. "[Of course|Not yet|I think so]," said {n}. '
        "[They laughed and went in|Then the rain began|{o} nodded|Nobody spoke for a while].",
        o1=opening,
        w=rng.choice(words.WEATHER),
        n=n,
        o=o,
        v=first[1],
        t=thing,
        s=shop,
        p=second[2],
        u=rng.choice(words.THINGS),
    )


def _reviews(rng: random.Random) -> str:
    mood = rng.randrange(4)
    name = rng.choice(words.NAMES)
    return f'{name} wrote: "{_review_text(rng, mood)}" {name} is {_VERDICTS[mood]}.'


def _news(rng: random.Random) -> str:
    """A notice in a local paper."""
    a, b = rng.sample(words.NAMES, 2)
    return say(
        rng,
        '[The|Our] {s} [was reopened|closes for repairs|has a new owner|celebrates its birthday] [on|last|this] {d}. ["{v} work,"|"It is {v},"|"Quite {v},"] [said|wrote] {a} {f}, {j}. '
        "[Visitors|Neighbours|Guests] [brought|were given|could buy] {g} and {h}, and {b} {k} [played the {i}|told a story|made a speech]. "
        "[The mayor came late|The {o} of the day was {x}|{w}|Nobody left before dark].",
        s=rng.choice(words.SHOPS),
        d=rng.choice(words.WEEKDAYS),
        v=rng.choice(words.PRAISE).capitalize(),
        a=a,
        b=b,
        f=rng.choice(words.SURNAMES),
        k=rng.choice(words.SURNAMES),
        j=article(rng.choice(words.JOBS)),
        g=rng.choice(words.GOODS),
        h=rng.choice(words.GOODS),
        i=rng.choice(words.CATEGORIES["instrument"]),
        o=rng.choice(["star", "surprise", "guest"]),
        x=article(rng.choice(words.ANIMALS)),
        w=rng.choice(words.WEATHER),
    )


def _lesson(rng: random.Random) -> str:
    """A teacher asks for forms and meanings."""
    teacher, pupil = rng.sample(words.NAMES, 2)
    base, past, participle, _ = rng.choice(words.VERBS)
    one, many = rng.choice(words.PLURALS)
    first, second = rng.choice(words.OPPOSITES)
    parts = [
        f'"What is the past tense of {base}?" "{capital(past)}," said {pupil}, "and the participle is {participle}."',
        f'"And the plural of {one}?" "{capital(many)}."',
        f'"What is the opposite of {first}?" "{capital(second)}."',
    ]
    rng.shuffle(parts)
    return say(
        rng,
        '{t} [opened the book|wrote on the board|turned to {p}]. {x} ["Well done," said {t}.|{t} smiled.|The bell rang.]',
        t=teacher,
        p=pupil,
        x=" ".join(parts[: rng.randint(2, 3)]),
    )


SKILLS = [
    (4, _agreement),
    (3, _past),
    (2, _plural),
    (4, _opposite),
    (4, _synonym),
    (3, _category),
    (3, _passive),
    (3, _sentiment),
    (3, _reference),
    (1, _comparison),
    (1, _order),
]
PASSAGES = [(3, _fable), (2, _letter), (4, _day), (2, _reviews), (2, _news), (2, _lesson)]
DOMAIN = Domain(SKILLS, PASSAGES)
