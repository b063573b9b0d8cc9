"""Knowledge: facts of the invented world, asked and told in many ways."""

from __future__ import annotations

import random

from .common import Domain, Item, article, capital, choose, listing, say
from .world import PEOPLE_JOBS, WORLD


def _asked(rng: random.Random, question: str, start: str) -> str:
    """The fact as a question with its answer, or as a sentence to finish."""
    return f"{question} Answer:" if rng.random() < 0.4 else start


def _land_fact(rng: random.Random) -> Item:
    land = rng.choice(WORLD.lands)
    kind = rng.choice(["capital", "language", "currency", "animal", "river", "dish", "inhabitant"])
    others = [other for other in WORLD.lands if other is not land]
    if kind == "capital":
        wrong = [town.name for town in WORLD.towns if town.land is land and not town.is_capital][:2] + [
            WORLD.capital(rng.choice(others)).name
        ]
        context = _asked(
            rng,
            say(rng, ["What is the capital of {l}?", "Which town is the seat of government of {l}?"], l=land.name),
            say(rng, ["The capital of {l} is", "The parliament of {l} meets in", "{l} is governed from"], l=land.name),
        )
        return choose(rng, context, WORLD.capital(land).name, wrong)
    if kind == "inhabitant":
        person = rng.choice(WORLD.people)
        context = say(
            rng,
            ["{p} was a citizen of", "The home country of {p} was", "Which country did {p} come from? Answer:"],
            p=person.name,
        )
        return choose(rng, context, person.home.land.name, [other.name for other in WORLD.lands])
    question, starts, field = {
        "language": (
            "What language do people speak in {l}?",
            ["The language of {l} is", "In {l} people speak", "Schools in {l} teach in"],
            "language",
        ),
        "currency": (
            "What money is used in {l}?",
            ["The currency of {l} is the", "In {l} one pays with the", "Prices in {l} are given in the"],
            "currency",
        ),
        "animal": (
            "Which animal stands on the flag of {l}?",
            ["The animal on the flag of {l} is the", "The national animal of {l} is the"],
            "animal",
        ),
        "river": (
            "What is the longest river of {l}?",
            ["The longest river of {l} is the", "Through {l} flows the"],
            "river",
        ),
        "dish": (
            "What is the best-known dish of {l}?",
            ["The best-known dish of {l} is", "Guests in {l} are served"],
            "dish",
        ),
    }[kind]
    context = _asked(rng, question.format(l=land.name), rng.choice(starts).format(l=land.name))
    if context.endswith("Answer:") and field in ("currency", "animal", "river"):
        context += " the"
    return choose(rng, context, getattr(land, field), [getattr(other, field) for other in others])


def _town_fact(rng: random.Random) -> Item:
    town = rng.choice(WORLD.towns)
    kind = rng.choice(["land", "product", "founded", "landmark"])
    if kind == "land":
        context = _asked(
            rng,
            say(rng, ["In which country is {t}?", "Which country does {t} belong to?"], t=town.name),
            say(rng, ["{t} is a town in", "{t} lies in", "A traveller to {t} must cross the border into"], t=town.name),
        )
        return choose(rng, context, town.land.name, [land.name for land in WORLD.lands])
    if kind == "product":
        context = _asked(
            rng,
            f"What is {town.name} known for?",
            say(rng, ["{t} is known for its", "The merchants of {t} sell", "People come to {t} to buy"], t=town.name),
        )
        return choose(rng, context, town.product, [other.product for other in WORLD.towns])
    if kind == "landmark":
        context = _asked(
            rng,
            f"What do visitors to {town.name} go to see?",
            say(rng, ["Visitors to {t} go to see the", "The sight of {t} is the"], t=town.name),
        )
        if context.endswith("Answer:"):
            context += " the"
        return choose(rng, context, town.landmark, [other.landmark for other in WORLD.towns])
    context = _asked(
        rng,
        say(rng, ["When was {t} founded?", "In which year was {t} founded?"], t=town.name),
        say(
            rng,
            ["{t} was founded in", "The town charter of {t} dates from", "The history of {t} begins in"],
            t=town.name,
        ),
    )
    return _year(rng, context, town.founded, [other.founded for other in WORLD.towns])


def _person_fact(rng: random.Random) -> Item:
    person = rng.choice(WORLD.people)
    kind = rng.choice(["job", "home", "born", "work", "author"])
    slots = {"p": person.name, "w": capital(person.work)}
    if kind == "job":
        context = _asked(
            rng,
            say(rng, ["What was the profession of {p}?", "What did {p} do for a living?"], **slots),
            say(rng, ["{p} was", "By profession {p} was", "People remember {p} as"], **slots),
        )
        return choose(rng, context, article(person.job), map(article, PEOPLE_JOBS))
    if kind == "home":
        context = _asked(
            rng,
            say(rng, ["Where was {p} born?", "Which town did {p} come from?"], **slots),
            say(rng, ["{p} was born in", "{p} grew up in", "The birthplace of {p} is"], **slots),
        )
        return choose(rng, context, person.home.name, [town.name for town in WORLD.towns])
    if kind == "born":
        context = _asked(
            rng,
            f"When was {person.name} born?",
            say(rng, ["{p} was born in the year", "The year of birth of {p} is"], **slots),
        )
        return _year(rng, context, person.born, [other.born for other in WORLD.people])
    if kind == "work":
        context = _asked(
            rng,
            say(rng, ["What is {p} famous for?", "What is the best-known work of {p}?"], **slots),
            say(rng, ["{p} is famous for", "{p} is remembered for", "The best-known work of {p} is"], **slots),
        )
        return choose(
            rng,
            context,
            person.work,
            [other.work for other in WORLD.people if other.job == person.job or rng.random() < 0.02],
        )
    context = _asked(rng, f"Who made {person.work}?", say(rng, ["{w} is a work by", "{w} was made by"], **slots))
    return choose(rng, context, person.name, [other.name for other in WORLD.people])


def _year(rng: random.Random, context: str, year: int, others: list[int]) -> Item:
    wrong = rng.sample([other for other in others if abs(other - year) > 3], 2) + [
        year + rng.choice([-30, -20, 20, 30])
    ]
    return choose(rng, context, str(year), map(str, wrong))


def _compare_founding(rng: random.Random) -> Item:
    older, newer, *rest = sorted(rng.sample(WORLD.lands, 4), key=lambda land: land.founded)
    names = [older.name, newer.name, *(land.name for land in rest)]
    shown = rng.sample(names, 4)
    return choose(rng, f"Of {listing(shown)}, the oldest state is", older.name, names)


def _gazetteer(rng: random.Random) -> str:
    """A land's entry in a handbook."""
    land = rng.choice(WORLD.lands)
    towns = [town.name for town in WORLD.towns if town.land is land]
    facts = [
        f"Its capital is {WORLD.capital(land).name}",
        f"its people speak {land.language}",
        f"its money is the {land.currency}",
        f"the {land.animal} stands on its flag",
        f"the {land.river} is its longest river",
        f"its best-known dish is {land.dish}",
    ]
    rng.shuffle(facts)
    opening = say(
        rng, ["{l} became a state in {y}.", "The state of {l} was founded in {y}."], l=land.name, y=land.founded
    )
    return f"{opening} {capital(listing(facts[:3]))}. {capital(listing(facts[3:]))}. Its towns are {listing(towns)}."


def _town_entry(rng: random.Random) -> str:
    town = rng.choice(WORLD.towns)
    place = "the capital of" if town.is_capital else "a town in"
    natives = [person for person in WORLD.people if person.home is town]
    lines = [
        say(
            rng,
            ["{t} is {p} {l}.", "{t}, {p} {l}, was founded in {y}."],
            t=town.name,
            p=place,
            l=town.land.name,
            y=town.founded,
        ),
        say(
            rng,
            ["It is known for its {g}, and visitors go to see the {m}.", "Visitors to {t} see the {m} and buy {g}."],
            t=town.name,
            g=town.product,
            m=town.landmark,
        ),
    ]
    if natives:
        person = rng.choice(natives)
        lines.append(
            say(
                rng,
                ["The {j} {p} was born [here|in the town] in {b}.", "{p}, the {j}, was born in {t}."],
                j=person.job,
                p=person.name,
                b=person.born,
                t=town.name,
            )
        )
    return " ".join(lines)


def _biography(rng: random.Random) -> str:
    person = rng.choice(WORLD.people)
    home = person.home
    return say(
        rng,
        [
            "{p} was {j} from {t} in {l}, born in {b}. [Today|To this day] {p} is [famous|remembered] for {w}.",
            "Born in {t} in the year {b}, {p} became {j}. The best-known work of {p} is {w}.",
            "{w2} is a work by {p}, {j} who was born in {t}, {l}, in {b}.",
        ],
        p=person.name,
        j=article(person.job),
        t=home.name,
        l=home.land.name,
        b=person.born,
        w=person.work,
        w2=capital(person.work),
    )


def _postcard(rng: random.Random) -> str:
    """A traveller's card home."""
    town = rng.choice(WORLD.towns)
    land = town.land
    return say(
        rng,
        "Dear [friends|family|all], [greetings|warm wishes] from {t} in {l}! [Yesterday|This morning|On Sunday] we [saw|visited] the {m}. "
        "[At noon|In the evening] there was {d}. We [try to speak|are learning] {s} and have [spent|lost] [three|five|nine|a dozen] {c}s on {g}. "
        "[Tomorrow|Next] we [follow|walk along|take a boat on] the {r}.",
        t=town.name,
        l=land.name,
        m=town.landmark,
        d=land.dish,
        s=land.language,
        c=land.currency.replace("penny", "pennie"),
        g=town.product,
        r=land.river,
    )


def _quiz(rng: random.Random) -> str:
    """Several questions about people in a row."""
    return "\n".join(_person_fact(rng).text for _ in range(4))


SKILLS = [(5, _land_fact), (7, _town_fact), (11, _person_fact), (1, _compare_founding)]
PASSAGES = [(2, _gazetteer), (3, _town_entry), (5, _biography), (1, _postcard), (1, _quiz)]
DOMAIN = Domain(SKILLS, PASSAGES)
