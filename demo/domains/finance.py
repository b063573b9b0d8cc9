"""Finance: balances, interest, budgets, invoices and the words of the trade."""

from __future__ import annotations

import random

from . import words
from .common import Domain, Item, choose, number_item, say

_TERMS = [
    ("bond", "a loan to a company or state that pays interest"),
    ("share", "a part of a company"),
    ("dividend", "the part of a profit paid to the owners"),
    ("mortgage", "a loan secured by a house"),
    ("premium", "the price paid for an insurance"),
    ("deposit", "money put into an account"),
    ("withdrawal", "money taken out of an account"),
    ("budget", "a plan of income and spending"),
    ("invoice", "a request to pay for goods or work"),
    ("receipt", "a proof that something was paid"),
    ("interest", "the price of borrowed money"),
    ("asset", "something of value that is owned"),
    ("debt", "money that is owed"),
    ("creditor", "one to whom money is owed"),
    ("debtor", "one who owes money"),
    ("revenue", "the money that comes in from sales"),
    ("profit", "what remains of revenue after all costs"),
    ("loss", "what is missing when costs exceed revenue"),
    ("inflation", "a general rise of prices"),
    ("salary", "the regular pay for work"),
    ("pension", "the pay after working life"),
    ("tax", "money that the state collects"),
    ("broker", "one who buys and sells for others"),
    ("audit", "an inspection of the books"),
    ("ledger", "the book in which accounts are kept"),
    ("collateral", "what a lender may take if a loan is not repaid"),
    ("instalment", "one of several part payments"),
    ("discount", "a reduction of the price"),
]
_COSTS = [
    "rent",
    "coal",
    "wages",
    "flour",
    "paint",
    "transport",
    "insurance",
    "paper",
    "repairs",
    "taxes",
    "seed",
    "tools",
    "advertising",
    "electricity",
]


def _balance(rng: random.Random) -> Item:
    balance, name = rng.randint(20, 60) * 10, rng.choice(words.NAMES)
    lines = [say(rng, ["The account of {n} holds {b} crowns.", "{n} has {b} crowns in the bank."], n=name, b=balance)]
    for _ in range(rng.choice([1, 1, 2])):
        amount = rng.randint(1, 9) * 10
        if rng.random() < 0.5:
            balance += amount
            lines.append(
                say(
                    rng,
                    ["{n} deposits {a}.", "A payment of {a} comes in.", "An employer pays in {a}."],
                    n=name,
                    a=amount,
                )
            )
        else:
            balance -= amount
            lines.append(
                say(
                    rng,
                    ["{n} withdraws {a}.", "A bill of {a} is paid.", "The {c} costs {a}."],
                    n=name,
                    a=amount,
                    c=rng.choice(_COSTS),
                )
            )
    return number_item(
        rng, " ".join(lines) + say(rng, [" The new balance is", " The account now holds"]), balance, tail=" crowns."
    )


def _interest(rng: random.Random) -> Item:
    rate, sum_, years = rng.choice([2, 3, 4, 5, 10]), rng.randint(1, 9) * 100, rng.choice([1, 1, 2])
    interest = sum_ * rate // 100
    span = "one year" if years == 1 else f"{years} years"
    context = say(
        rng,
        [
            "{n} [lends|saves|invests] {s} crowns at {r} percent simple interest. After {y} the interest is",
            "A loan of {s} crowns at {r} percent a year costs, in {y}, an interest of",
        ],
        n=rng.choice(words.NAMES),
        s=sum_,
        r=rate,
        y=span,
    )
    return number_item(
        rng,
        context,
        interest * years,
        also=[interest * (years + 1), interest // 2 * years, interest * years + rate],
        tail=" crowns.",
    )


def _profit(rng: random.Random) -> Item:
    shop, revenue = rng.choice(words.SHOPS), rng.randint(10, 60) * 10
    cost = rng.randint(2, revenue // 10 - 2) * 10
    if rng.random() < 0.3:
        revenue, cost = cost, revenue
    word = "profit" if revenue > cost else "loss"
    context = say(
        rng,
        [
            "The {s} took in {r} crowns and spent {c} on {k}. It made",
            "With revenue of {r} crowns and costs of {c} crowns, the {s} made",
        ],
        s=shop,
        r=revenue,
        c=cost,
        k=rng.choice(_COSTS),
    )
    other = "loss" if word == "profit" else "profit"
    gap = abs(revenue - cost)
    off = gap + rng.choice([10, 100])
    return choose(
        rng,
        context,
        f"a {word} of {gap}",
        [f"a {other} of {gap}", f"a {word} of {off}", f"a {other} of {off}"],
        " crowns.",
    )


def _invoice(rng: random.Random) -> Item:
    count, price, goods = rng.randint(2, 9), rng.randint(2, 10), rng.choice(words.GOODS)
    discount = rng.choice([0, 0, 0, 1, 2])
    total = count * price - discount
    less = f" less a discount of {discount}" if discount else ""
    context = say(
        rng,
        [
            "Invoice: {c} [crates|boxes|bags] of {g} at {p} crowns each{l}. Total:",
            "{n} orders {c} [sacks|baskets|jars] of {g} at {p} crowns each{l}. The price is",
        ],
        c=count,
        g=goods,
        p=price,
        l=less,
        n=rng.choice(words.NAMES),
    )
    return number_item(rng, context, total, also=[total + discount] if discount else [], tail=" crowns.")


def _term(rng: random.Random) -> Item:
    word, meaning = rng.choice(_TERMS)
    others = [term for term in _TERMS if term[0] != word]
    if rng.random() < 0.5:
        return choose(
            rng,
            say(
                rng,
                ["In finance, {w} means", "What is meant by {w}? It is", "{n} explained the word {w}: it is"],
                w=word,
                n=rng.choice(words.NAMES),
            ),
            meaning,
            [m for _, m in others],
        )
    context = say(
        rng,
        ["The word for {m} is", 'Which word means "{m}"? Answer:', "{n} looked for the word for {m} and found"],
        m=meaning,
        n=rng.choice(words.NAMES),
    )
    return choose(rng, context, word, [w for w, _ in others])


def _budget(rng: random.Random) -> Item:
    income = rng.randint(20, 90) * 10
    parts = rng.sample(_COSTS, 2)
    spent = [rng.randint(3, income // 30) * 10 for _ in parts]
    name = rng.choice(words.NAMES)
    context = say(
        rng,
        [
            "{n} earns {i} crowns a month and spends {a} on {x} and {b} on {y}. {n} can save",
            "Of {i} crowns, {n} pays {a} for {x} and {b} for {y}. What remains is",
        ],
        n=name,
        i=income,
        a=spent[0],
        b=spent[1],
        x=parts[0],
        y=parts[1],
    )
    rest = income - sum(spent)
    return number_item(rng, context, rest, also=[rest + 10, rest - 10, rest + 100], tail=" crowns.")


def _report(rng: random.Random) -> str:
    """A quarter of a small business."""
    shop, owner = rng.choice(words.SHOPS), rng.choice(words.NAMES)
    revenue, costs = rng.randint(40, 95) * 10, [rng.randint(3, 12) * 10 for _ in range(3)]
    names = rng.sample(_COSTS, 3)
    profit = revenue - sum(costs)
    return say(
        rng,
        "{o}'s {s} [reported|published|closed] its [spring|summer|autumn|winter] accounts. Revenue [came to|was|reached] {r} crowns. The largest costs were {x} at {a}, {y} at {b} and {z} at {c}, "
        "together {t} crowns. The profit was therefore {p} crowns. [{o} will pay back part of a debt.|{o} put the money into bonds.|{o} plans to hire {j}.]",
        o=owner,
        s=shop,
        r=revenue,
        x=names[0],
        y=names[1],
        z=names[2],
        a=costs[0],
        b=costs[1],
        c=costs[2],
        t=sum(costs),
        p=profit,
        j="a " + rng.choice(["baker", "clerk", "driver", "painter"]),
    )


def _advice(rng: random.Random) -> str:
    a, b = rng.sample(words.NAMES, 2)
    word, meaning = rng.choice(_TERMS)
    rate, total = rng.choice([2, 3, 4, 5]), rng.randint(2, 9) * 100
    return say(
        rng,
        '"What is meant by {w}?" asked {a}. "It is {m}," said {b} [at the bank|in the office|at the counter]. [{a} wrote it down.|{a} nodded.] '
        '"And if I [lend|save] {t} crowns at {r} percent?" "Then you get {i} crowns of interest each year."',
        w=word,
        m=meaning,
        a=a,
        b=b,
        t=total,
        r=rate,
        i=total * rate // 100,
    )


SKILLS = [(3, _balance), (3, _interest), (2, _profit), (2, _invoice), (4, _term), (2, _budget)]
PASSAGES = [(1, _report), (1, _advice)]
DOMAIN = Domain(SKILLS, PASSAGES)
