"""The invented world of the knowledge domain: lands, towns and people whose facts never change.

Everything follows from one fixed seed, so that training text, task suites and later versions of this file agree on the facts."""

from __future__ import annotations

import random
from dataclasses import dataclass

from . import words

SEED = "the world, first edition"
LANDS, TOWNS_PER_LAND, PEOPLE = 14, 4, 80


@dataclass(frozen=True)
class Land:
    name: str
    language: str
    currency: str
    animal: str
    river: str
    dish: str
    founded: int


@dataclass(frozen=True)
class Town:
    name: str
    land: Land
    product: str
    founded: int
    landmark: str
    is_capital: bool


@dataclass(frozen=True)
class Person:
    name: str
    job: str
    home: Town
    born: int
    work: str


_ONSETS = "B Br C D Dr F G Gr H J K Kr L M N P Pr Qu R S St T Tr V W Z Th Sh".split()
_VOWELS = "a e i o u ai ea ou".split()
_MIDDLES = "l r n m v d st nd rr ll lm rn sk th nt b g k".split()
_LAND_ENDS = "ia and ora une ar osa ey".split()
_TOWN_ENDS = "burg mouth ford stead holm wick ton haven gate field minster fell".split()
_SURNAME_ENDS = "er ing off ell sen ard ow ley ek ova".split()
_CURRENCIES = "crown mark florin ducat thaler shilling penny guilder dinar talent groat rial denar sovereign".split()
_DISHES = [
    "barley soup",
    "plum pie",
    "smoked eel",
    "lentil stew",
    "honey cake",
    "rye bread",
    "pickled herring",
    "chestnut soup",
    "roast goose",
    "cheese dumplings",
    "apple tart",
    "onion pie",
    "bean stew",
    "fried trout",
]
_RIVER_ENDS = "en el is a or une".split()
_PRODUCTS = """glass silk paper clocks salt wool copper pottery cider honey lace boats bells tea pepper leather candles cheese
violins rope ink soap tiles knives amber wine linen oranges mirrors carpets""".split()
_LANDMARKS = """stone bridge|old lighthouse|round tower|botanical garden|clock tower|great library|harbour wall|royal mint|market hall
town gate|observatory|covered bridge|windmill|cathedral|opera house|fish market|hanging garden|salt mine""".replace(
    "\n", "|"
).split("|")
PEOPLE_JOBS = "painter composer poet astronomer architect explorer physician mathematician botanist engineer novelist historian".split()
_WORK_KINDS = {
    "painter": "painting",
    "composer": "opera",
    "poet": "poem",
    "astronomer": "star atlas",
    "architect": "palace",
    "explorer": "travel diary",
    "physician": "handbook",
    "mathematician": "theorem",
    "botanist": "herbal",
    "engineer": "canal",
    "novelist": "novel",
    "historian": "chronicle",
}
_WORK_FIRST = (
    "Silver Winter Golden Silent Broken Distant Crimson Northern Hidden Burning Hollow Endless Early Amber".split()
)
_WORK_LAST = "Harbour Garden Mirror River Orchard Lantern Island Meadow Tower Voyage Window Forest Bridge Morning Shore Valley".split()


class World:
    """All facts, made once."""

    def __init__(self) -> None:
        rng = random.Random(SEED)
        taken: set[str] = set()  # only asked for membership, so its order does not matter

        def fresh(ends: list[str], short: bool = False) -> str:
            while True:
                name = (
                    rng.choice(_ONSETS)
                    + rng.choice(_VOWELS)
                    + rng.choice(_MIDDLES)
                    + ("" if short else rng.choice("aeio"))
                    + rng.choice(ends)
                )
                key = name[:4]
                if key not in taken and len(name) <= 12:
                    taken.add(key)
                    return name

        deal = lambda values, count: rng.sample(values, count)
        currencies, animals, dishes = deal(_CURRENCIES, LANDS), deal(words.ANIMALS, LANDS), deal(_DISHES, LANDS)
        self.lands: list[Land] = []
        self.towns: list[Town] = []
        for i in range(LANDS):
            name = fresh(_LAND_ENDS, short=True)
            stem = name.rstrip("aeiouy")
            land = Land(
                name,
                stem + rng.choice(["ish", "ian", "ese"]),
                currencies[i],
                animals[i],
                fresh(_RIVER_ENDS, short=True),
                dishes[i],
                rng.randint(1102, 1795),
            )
            self.lands.append(land)
            for k in range(TOWNS_PER_LAND):
                self.towns.append(
                    Town(
                        fresh(_TOWN_ENDS, short=True),
                        land,
                        rng.choice(_PRODUCTS),
                        rng.randint(land.founded - 300, land.founded),
                        rng.choice(_LANDMARKS),
                        k == 0,
                    )
                )
        works = [f"{first} {last}" for first in _WORK_FIRST for last in _WORK_LAST]
        titles = deal(works, PEOPLE)
        self.people: list[Person] = []
        for i in range(PEOPLE):
            job = rng.choice(PEOPLE_JOBS)
            name = f"{rng.choice(words.NAMES)} {fresh(_SURNAME_ENDS, short=True)}"
            self.people.append(
                Person(
                    name,
                    job,
                    rng.choice(self.towns),
                    rng.randint(1801, 1960),
                    f"the {_WORK_KINDS[job]} The {titles[i]}",
                )
            )

    def capital(self, land: Land) -> Town:
        """The seat of a land's government."""
        return next(town for town in self.towns if town.land is land and town.is_capital)


WORLD = World()
