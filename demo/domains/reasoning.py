"""Reasoning: ordering, chains of rules, following objects and gifts, elimination and calendars."""

from __future__ import annotations

import itertools
import random

from . import words
from .common import Domain, Item, article, choose, listing, say


def _ordering(rng: random.Random) -> Item:
    """Three to five people on a scale; each premise compares neighbours, in any order and either direction."""
    people = rng.sample(words.NAMES, rng.choice([4, 4, 5]))
    _, more, most, less, least = rng.choice(words.SCALES)
    premises = [
        say(rng, ["{a} is {m} than {b}.", "{b} is {l} than {a}."], a=a, b=b, m=more, l=less)
        for a, b in itertools.pairwise(people)
    ]
    rng.shuffle(premises)
    top = rng.random() < 0.5
    context = (
        " ".join(premises)
        + " "
        + say(rng, ["The {w} of them is", "Who is the {w}? Answer:", "So the {w} is"], w=most if top else least)
    )
    return choose(rng, context, people[0] if top else people[-1], people)


def _ordering_pair(rng: random.Random) -> Item:
    people = rng.sample(words.NAMES, 4)
    _, more, _, less, _ = rng.choice(words.SCALES)
    premises = [
        say(rng, ["{a} is {m} than {b}.", "{b} is {l} than {a}."], a=a, b=b, m=more, l=less)
        for a, b in itertools.pairwise(people)
    ]
    rng.shuffle(premises)
    low, high = sorted(rng.sample(range(4), 2))
    context = " ".join(premises) + f" {people[low]} and {people[high]} are compared. The {more} one is"
    return choose(rng, context, people[low], people)


def _queue(rng: random.Random) -> Item:
    """Places in a line, given relative to each other."""
    people = rng.sample(words.NAMES, 4)
    places = ["first", "second", "third", "fourth"]
    hints = (
        [f"{people[0]} is first in the queue."]
        if rng.random() < 0.7
        else [f"{people[1]} is second in the queue.", f"{people[0]} is just in front of {people[1]}."]
    )
    hints += [
        say(rng, ["{b} is [right|just] behind {a}.", "{a} is [right|just] in front of {b}."], a=a, b=b)
        for a, b in zip(people[len(hints) - 1 :], people[len(hints) :], strict=False)
    ]
    rng.shuffle(hints)
    asked = rng.randrange(1, len(people))
    return choose(rng, " ".join(hints) + f" The {places[asked]} in the queue is", people[asked], people)


def _rules(rng: random.Random) -> Item:
    """A chain of `every x is a y` with a second chain beside it."""
    length = rng.choice([1, 2, 2])
    kinds = rng.sample(words.JOBS, 2 * (length + 1))
    true_chain, false_chain = kinds[: length + 1], kinds[length + 1 :]
    place = rng.choice(["club", "village", "guild", "school", "play", "town"])
    premises = [
        f"Every {a} in the {place} is {article(b)}."
        for chain in (true_chain, false_chain)
        for a, b in itertools.pairwise(chain)
    ]
    rng.shuffle(premises)
    name = rng.choice(words.NAMES)
    context = (
        " ".join(premises)
        + " "
        + say(
            rng,
            ["{n} is {a} in the {p}. So {n} must also be", "{n}, from the {p}, is {a}. It follows that {n} is also"],
            n=name,
            a=article(true_chain[0]),
            p=place,
        )
    )
    wrong = [false_chain[-1], false_chain[1], rng.choice([job for job in words.JOBS if job not in kinds])]
    right = true_chain[-1]
    if length > 1:
        context += " in the end"
    return choose(rng, context, article(right), map(article, wrong))


def _object(rng: random.Random) -> Item:
    """Things are carried from place to place; where is one of them at last?"""
    actors, things, places = rng.sample(words.NAMES, 3), rng.sample(words.THINGS, 2), rng.sample(words.CONTAINERS, 4)
    at = dict(zip(things, places, strict=False))
    lines = [
        say(rng, ["{n} put the {t} in the {p}.", "The {t} lay in the {p}."], n=rng.choice(actors), t=t, p=p)
        for t, p in at.items()
    ]
    for _ in range(rng.randint(1, 3)):
        thing = rng.choice(things)
        at[thing] = rng.choice([place for place in places if place != at[thing]])
        lines.append(
            say(
                rng,
                [
                    "{n} moved the {t} to the {p}.",
                    "[Then|Later] {n} put the {t} in the {p}.",
                    "{n} took the {t} and hid it in the {p}.",
                ],
                n=rng.choice(actors),
                t=thing,
                p=at[thing],
            )
        )
    asked = rng.choice(things)
    context = (
        " ".join(lines)
        + " "
        + say(rng, ["Now the {t} is in the", "Where is the {t}? It is in the", "At the end the {t} is in the"], t=asked)
    )
    return choose(rng, context, at[asked], places)


def _gifts(rng: random.Random) -> Item:
    """A thing passes from hand to hand."""
    people, thing, other = rng.sample(words.NAMES, 4), *rng.sample(words.THINGS, 2)
    holder = {thing: people[0], other: people[1]}
    lines = [f"{people[0]} had {article(thing)} and {people[1]} had {article(other)}."]
    for _ in range(rng.randint(1, 3)):
        moved = thing if rng.random() < 0.65 else other
        giver = holder[moved]
        holder[moved] = rng.choice([person for person in people if person != giver])
        lines.append(
            say(
                rng,
                ["{a} gave the {t} to {b}.", "{a} [handed|passed] the {t} to {b}.", "{b} got the {t} from {a}."],
                a=giver,
                b=holder[moved],
                t=moved,
            )
        )
    context = (
        " ".join(lines)
        + " "
        + say(rng, ["Now the {t} belongs to", "Who has the {t}? Answer:", "The {t} is now with"], t=thing)
    )
    return choose(rng, context, holder[thing], people)


def _elimination(rng: random.Random) -> Item:
    colours = rng.sample(words.COLOURS, 4)
    thing = rng.choice(words.THINGS)
    right, *wrong = colours
    shown = rng.sample(colours, 4)
    rng.shuffle(wrong)
    clues = [
        say(
            rng,
            ["It is not in the {c} one.", "The {c} box is empty.", "{n} looked into the {c} box and found nothing."],
            c=c,
            n=rng.choice(words.NAMES),
        )
        for c in wrong
    ]
    context = f"There are four boxes: {listing(shown)}. {article(thing).capitalize()} is in one of them. {' '.join(clues)} The {thing} is in the box that is"
    return choose(rng, context, right, colours)


def _calendar(rng: random.Random) -> Item:
    name, other = rng.sample(words.NAMES, 2)
    start, first, second = rng.randrange(7), rng.randint(1, 4), rng.randint(1, 2)
    day = lambda n: words.WEEKDAYS[n % 7]
    count = lambda n: ["one day", "two days", "three days", "four days"][n - 1]
    if rng.random() < 0.7:
        context = say(
            rng,
            [
                "{n} arrives on {s}. {o} arrives {c} later. {o} arrives on",
                "Today is {s}. The [fair|concert|match|meeting] is in {c}. It is on",
            ],
            n=name,
            o=other,
            s=day(start),
            c=count(first),
        )
        end = start + first
    else:
        context = f"{name} arrives on {day(start)}. {other} comes {count(first)} later and leaves {count(second)} after that. {other} leaves on"
        end = start + first + second
    return choose(rng, context, day(end), [day(end + d) for d in (1, -1, 2, -2)])


_CAUSES = [
    ("it rains", "It rained", "the market closes"),
    ("the market closes", "The market closed", "the baker goes home"),
    ("the baker goes home", "The baker went home", "the oven cools"),
    ("the bell rings", "The bell rang", "the dog barks"),
    ("the dog barks", "The dog barked", "the baby wakes"),
    ("the baby wakes", "The baby woke", "the lamp is lit"),
    ("the bridge is shut", "The bridge was shut", "the ferry sails"),
    ("the ferry sails", "The ferry sailed", "the mail comes early"),
    ("the mail comes early", "The mail came early", "the clerk sings"),
    ("the river floods", "The river flooded", "the mill stops"),
    ("the mill stops", "The mill stopped", "flour grows dear"),
    ("snow falls", "Snow fell", "the school stays shut"),
    ("the school stays shut", "The school stayed shut", "the children skate"),
]


def _causes(rng: random.Random) -> Item:
    rules = rng.sample(_CAUSES, 4)
    first = rules[0]
    premises = [f"If {cause}, {effect}." for cause, _, effect in rng.sample(rules, 4)]
    return choose(
        rng, " ".join(premises) + f" {first[1]}. What follows? Answer:", first[2], [effect for _, _, effect in rules]
    )


def _owners(rng: random.Random) -> Item:
    """Who owns what, from a table told in prose."""
    people, animals = rng.sample(words.NAMES, 4), rng.sample(words.ANIMALS, 4)
    pairs = list(zip(people, animals, strict=False))
    told = [
        say(rng, ["{p} keeps {a}.", "{p} has {a}.", "The owner of [the|a] {b} is {p}."], p=p, a=article(a), b=a)
        for p, a in rng.sample(pairs, 4)
    ]
    person, animal = rng.choice(pairs)
    if rng.random() < 0.5:
        return choose(rng, " ".join(told) + f" The {animal} belongs to", person, people)
    return choose(rng, " ".join(told) + f" The animal of {person} is the", animal, animals)


def _directions(rng: random.Random) -> Item:
    """Turns of a walker, who faces one of four winds at the end."""
    winds = ["north", "east", "south", "west"]
    name, facing = rng.choice(words.NAMES), rng.randrange(4)
    steps = [f"{name} faces {winds[facing]}."]
    for _ in range(rng.randint(1, 3)):
        turn, phrase = rng.choice([(1, "turns right"), (3, "turns left"), (2, "turns around")])
        facing = (facing + turn) % 4
        steps.append(f"{name} {phrase}.")
    return choose(
        rng, " ".join(steps) + say(rng, [" Now {n} faces", " In the end {n} faces"], n=name), winds[facing], winds
    )


def _mystery(rng: random.Random) -> str:
    """A small story that ends with a deduction."""
    thief, honest, detective = rng.sample(words.NAMES, 3)
    thing, room, other_room = rng.choice(words.THINGS), *rng.sample(words.ROOMS, 2)
    return say(
        rng,
        "{w}. The {t} was gone from the {r}. [Only|Nobody but] {a} and {b} had been in the house. {b} had spent the [evening|whole day|morning] in the {o}, "
        'and the [cook|gardener|maid] had seen it. "Then it was {a}," said {d}, "for whoever took the {t} was in the {r}, and {b} was not." '
        "[And so it was|{a} nodded and gave it back|The {t} was found in {a}'s bag].",
        w=rng.choice(words.WEATHER),
        t=thing,
        r=room,
        o=other_room,
        a=thief,
        b=honest,
        d=detective,
    )


def _ladder(rng: random.Random) -> str:
    """An ordering whose solution is told step by step."""
    a, b, c, d = rng.sample(words.NAMES, 4)
    _, more, most, less, least = rng.choice(words.SCALES)
    return say(
        rng,
        "{b} is {m} than {c}, {a} is {m} than {b}, and {d} is {l} than {c}. [Let us put them in order.|What is the order?] {a} comes before {b}, {b} before {c}, "
        "and {c} before {d}. So from {M} to {L} they are {a}, {b}, {c} and {d}. The {M} is {a} and the {L} is {d}.",
        a=a,
        b=b,
        c=c,
        d=d,
        m=more,
        l=less,
        M=most,
        L=least,
    )


def _search(rng: random.Random) -> str:
    """Somebody looks for a thing, room by room."""
    name, other = rng.sample(words.NAMES, 2)
    thing, rooms = rng.choice(words.THINGS), rng.sample(words.ROOMS, 4)
    lines = [say(rng, ["{n} had lost {t}.", "{n} was looking for {t}."], n=name, t=article(thing))]
    lines += [
        say(
            rng,
            [
                "It was not in the {r}.",
                "The {r} was empty.",
                "{n} searched the {r} and found nothing.",
                "In the {r} there was only {u}.",
            ],
            n=name,
            r=room,
            u=article(rng.choice([t for t in words.THINGS if t != thing])),
        )
        for room in rooms[:3]
    ]
    lines.append(
        say(
            rng,
            [
                "Only the {r} was left, so the {t} had to be there.",
                '"Then it must be in the {r}," said {o}, and there it was.',
            ],
            r=rooms[3],
            t=thing,
            o=other,
        )
    )
    return " ".join(lines)


SKILLS = [
    (3, _ordering),
    (1, _ordering_pair),
    (2, _queue),
    (2, _rules),
    (4, _object),
    (3, _gifts),
    (2, _elimination),
    (2, _calendar),
    (2, _causes),
    (3, _owners),
    (3, _directions),
]
PASSAGES = [(1, _mystery), (3, _ladder), (2, _search)]
ASKED = [(1, _ordering_pair), (1, _object), (1, _causes)]
DOMAIN = Domain(SKILLS, PASSAGES, asked=ASKED)
