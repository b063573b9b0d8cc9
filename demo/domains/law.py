"""Law: deadlines, contracts, who is liable, and the words of the courts, under the plain rules of an invented country."""

from __future__ import annotations

import random

from . import words
from .common import Domain, Item, capital, choose, number_item, say, times

_TERMS = [
    ("plaintiff", "the one who brings a claim to court"),
    ("defendant", "the one against whom a claim is brought"),
    ("verdict", "the decision of a jury"),
    ("witness", "one who tells the court what was seen"),
    ("tenant", "one who rents a home"),
    ("landlord", "one who lets a home"),
    ("heir", "one who inherits"),
    ("will", "a paper that says who inherits"),
    ("contract", "an agreement that binds both sides"),
    ("appeal", "a request that a higher court look again"),
    ("bail", "money left so that an accused person may go home"),
    ("patent", "the sole right to use an invention"),
    ("copyright", "the right of an author in a work"),
    ("perjury", "a lie told under oath"),
    ("arson", "setting fire to property"),
    ("theft", "taking what belongs to another"),
    ("libel", "a harmful untruth in print"),
    ("statute", "a law made by parliament"),
    ("oath", "a solemn promise to tell the truth"),
    ("guardian", "one who acts for a child"),
    ("notary", "an official who certifies papers"),
    ("easement", "a right to cross another's land"),
    ("damages", "money paid for harm done"),
    ("alibi", "a proof of having been elsewhere"),
]
# what happened, who answers for it, why
_LIABILITY = [
    ("{a}'s dog bit {b}", "a", "who keeps a dog answers for it"),
    ("{a} sold {b} a {t} that {a} knew was broken", "a", "a seller must tell of known faults"),
    ("{b} tripped over a {t} that {a} had left on the stairs", "a", "who leaves a danger must pay for it"),
    ("{a} lent {b} a {t}, and {b} lost it", "b", "a borrower must return what was lent"),
    ("{a} ordered a {t} from {b} and then refused to pay", "a", "a contract must be kept"),
    ("{b} was paid by {a} to mend a {t} and never did", "b", "a contract must be kept"),
    ("{a}'s tree fell on {b}'s fence after a warning", "a", "an owner must heed a warning"),
    ("{b} broke {a}'s window with a {t}", "b", "who breaks a thing must pay for it"),
    ("{a} drove too fast and hit {b}'s cart", "a", "who breaks a rule of the road pays for the harm"),
    ("{b} printed a poem of {a} without asking", "b", "an author's work may not be used without leave"),
]


def _notice(rng: random.Random) -> Item:
    """A notice given in time or too late, and by how much."""
    needed = rng.choice([14, 20, 30, 45, 60, 90])
    given = needed + rng.choice([-1, 1]) * rng.randint(1, min(12, needed - 2))
    gap = abs(given - needed)
    name, matter = rng.choice(words.NAMES), rng.choice(["lease", "contract", "policy", "loan", "permit"])
    context = say(
        rng,
        [
            "The {m} asks for {x} days' notice. {n} gave {y} days. The notice was",
            "{n} must give {x} days' notice to end the {m} and gave {y}. The notice was",
        ],
        m=matter,
        x=needed,
        y=given,
        n=name,
    )
    early, late = "in time by", "too late by"
    right, other = (early, late) if given > needed else (late, early)
    exact, off = times(gap, "day"), times(gap + rng.choice([1, 2, 10]), "day")
    return choose(rng, context, f"{right} {exact}", [f"{other} {exact}", f"{right} {off}", f"{other} {off}"])


def _liable(rng: random.Random) -> Item:
    a, b, c, d = rng.sample(words.NAMES, 4)
    event, who, reason = rng.choice(_LIABILITY)
    told = say(rng, event, a=a, b=b, t=rng.choice(words.THINGS))
    witness = say(
        rng, ["{c} and {d} saw it.", "{c} told {d} about it.", "{c} is the judge and {d} the clerk."], c=c, d=d
    )
    if rng.random() < 0.6:
        context = say(rng, ["{e}. {w} The one who must pay is", "Case: {e}. {w} Liable is"], e=told, w=witness)
        return choose(rng, context, a if who == "a" else b, [a, b, c, d])
    return choose(
        rng, f"{told}. {a if who == 'a' else b} must pay, because", reason, [other for _, _, other in _LIABILITY]
    )


def _term(rng: random.Random) -> Item:
    word, meaning = rng.choice(_TERMS)
    if rng.random() < 0.5:
        context = say(rng, ["In law, the word {w} means", '"{w}" means', "What does {w} mean? It means"], w=word)
        return choose(rng, capital(context), meaning, [other for _, other in _TERMS])
    return choose(
        rng,
        say(
            rng,
            ["The legal word for {m} is", "Which word stands for {m}? Answer:", "{n}, a lawyer, calls {m}"],
            m=meaning,
            n=rng.choice(words.NAMES),
        ),
        word,
        [other for other, _ in _TERMS],
    )


def _shares(rng: random.Random) -> Item:
    """An estate divided by a simple rule."""
    heirs, each = rng.randint(2, 6), rng.randint(2, 12) * 10
    debt = rng.choice([0, 0, 10, 20])
    estate = heirs * each + debt
    owed = f", of which {debt} go to a creditor," if debt else ""
    context = say(
        rng,
        [
            "{n} left {e} crowns{o} to {h} children, who inherit equal shares. Each gets",
            "An estate of {e} crowns{o} is shared equally by {h} heirs. Each one gets",
        ],
        n=rng.choice(words.NAMES),
        e=estate,
        o=owed,
        h=heirs,
    )
    return number_item(rng, context, each, tail=" crowns.")


def _age(rng: random.Random) -> Item:
    """May somebody sign, vote or drive, under the rule that is quoted?"""
    limit, deed = rng.choice(
        [
            (16, "drive a cart"),
            (18, "sign a contract"),
            (21, "stand for the council"),
            (25, "become a judge"),
            (14, "work in a shop"),
            (18, "vote"),
        ]
    )
    gap = rng.choice([-1, 1]) * rng.randint(1, 6)
    name = rng.choice(words.NAMES)
    context = say(
        rng,
        ["One must be {k} to {d}. {n} is {a}. {n}", "The law lets nobody under {k} {d}. {n} is {a} years old and"],
        k=limit,
        d=deed,
        n=name,
        a=limit - gap,
    )
    waits = {years: f"may not {deed} for {times(years, 'more year')}" for years in range(1, 9)}
    may = f"may {deed}"
    return choose(
        rng,
        context,
        waits[gap] if gap > 0 else may,
        [may, *rng.sample([waits[k] for k in waits if k != gap], 3)][: 4 if gap < 0 else 3],
    )


def _case(rng: random.Random) -> str:
    """A short case with its judgment."""
    a, b, judge = rng.sample(words.NAMES, 3)
    surname = rng.choice(words.SURNAMES)
    event, who, reason = rng.choice(_LIABILITY)
    loser, winner = (a, b) if who == "a" else (b, a)
    return say(
        rng,
        "[In the spring|On {d}|Last year] {e}. {w} [went to court|brought a claim|asked for damages of {m} crowns]. {l} [said that nobody had seen it|denied it|said it was an accident]. "
        "Judge {s} [heard two witnesses|read the contract|looked at the place] and [found for|decided for] {w}, because {r}. {l} paid {m} crowns.",
        d=rng.choice(words.WEEKDAYS),
        e=say(rng, event, a=a, b=b, t=rng.choice(words.THINGS)),
        w=winner,
        l=loser,
        m=rng.randint(5, 90) * 10,
        s=surname,
        r=reason,
    )


def _office(rng: random.Random) -> str:
    client, lawyer = rng.sample(words.NAMES, 2)
    (word, meaning), (word2, meaning2) = rng.sample(_TERMS, 2)
    return say(
        rng,
        '{c} sat in the office of {l} [for an hour|until noon|all morning]. "[Please explain|What is] this: {w}?" "[It means|That means] {m}." "And {v}?" "It means {k}." [{c} thanked {l} and went home.|{c} signed the paper.|The clerk brought tea.]',
        c=client,
        l=lawyer,
        w=word,
        m=meaning,
        v=word2,
        k=meaning2,
    )


SKILLS = [(3, _notice), (3, _liable), (4, _term), (2, _shares), (2, _age)]
PASSAGES = [(2, _case), (1, _office)]
DOMAIN = Domain(SKILLS, PASSAGES)
