"""Medicine: doses, signs, who treats what, and visits to a practice. Examples for a language model, never advice for a patient."""

from __future__ import annotations

import random

from . import words
from .common import Domain, Item, article, capital, choose, number_item, say, times

_SPECIALISTS = [
    ("heart", "a cardiologist"),
    ("skin", "a dermatologist"),
    ("eyes", "an ophthalmologist"),
    ("bones", "an orthopaedist"),
    ("lungs", "a pulmonologist"),
    ("nerves", "a neurologist"),
    ("kidneys", "a nephrologist"),
    ("teeth", "a dentist"),
    ("stomach", "a gastroenterologist"),
    ("blood", "a haematologist"),
    ("children", "a paediatrician"),
    ("mind", "a psychiatrist"),
    ("hormones", "an endocrinologist"),
    ("joints", "a rheumatologist"),
    ("ears", "an otologist"),
    ("tumours", "an oncologist"),
]
# condition, first sign, second sign, what helps
_CONDITIONS = [
    ("a cold", "a running nose", "sneezing", "rest and warm drinks"),
    ("influenza", "a sudden high fever", "aching limbs", "bed rest and plenty to drink"),
    ("a migraine", "a throbbing headache on one side", "fear of light", "a dark and quiet room"),
    ("asthma", "wheezing", "short breath at night", "an inhaler"),
    ("hay fever", "itching eyes in spring", "sneezing outdoors", "keeping the windows shut against pollen"),
    ("a sprained ankle", "a swollen ankle", "pain when walking", "cooling and a raised leg"),
    ("anaemia", "pale skin", "tiredness on the stairs", "iron"),
    ("diabetes", "great thirst", "sugar in the urine", "insulin"),
    ("pneumonia", "fever with a deep cough", "pain when breathing", "antibiotics"),
    ("measles", "red spots behind the ears", "white spots in the mouth", "rest in a dim room"),
    ("scurvy", "bleeding gums", "slow healing of wounds", "fresh lemons"),
    ("appendicitis", "pain low on the right side", "fever with a hard belly", "an operation"),
    ("conjunctivitis", "a red and sticky eye", "itching of the eyelid", "eye drops"),
    ("gout", "a hot and swollen big toe", "pain after rich meals", "less meat and beer"),
    ("tonsillitis", "a sore throat", "swollen tonsils", "soft food and a throat spray"),
    ("a burn", "red skin with blisters", "pain after touching a stove", "cool running water"),
    ("dehydration", "a dry mouth", "dark urine", "water with salt and sugar"),
    ("insomnia", "lying awake until morning", "tiredness by day", "a fixed hour for bed"),
    ("vertigo", "a spinning room", "unsteady steps", "slow head exercises"),
    ("a fracture", "a crooked arm", "pain after a fall", "a plaster cast"),
]
_FORMS = ["tablets", "drops", "capsules", "spoonfuls"]


def _dose(rng: random.Random) -> Item:
    each, daily, days = rng.randint(1, 6), rng.randint(2, 4), rng.randint(3, 14)
    form = rng.choice(_FORMS)
    context = say(
        rng,
        [
            "{n} takes {e} {t} times a day for {d} days. In all {n} takes",
            "Prescription: {e}, {t} times a day, for {d} days. The pharmacy hands out",
        ],
        n=rng.choice(words.NAMES),
        e=times(each, form.removesuffix("s"), form),
        t=daily,
        d=days,
    )
    total = each * daily * days
    return number_item(
        rng,
        context,
        total,
        also=[each * daily * (days + 1), each * daily * (days - 1), each * (daily + 1) * days, daily * days],
        tail=f" {form}.",
    )


def _weight_dose(rng: random.Random) -> Item:
    per, weight = rng.randint(2, 9), rng.randint(5, 40)
    context = say(
        rng,
        [
            "The child weighs {w} kilograms and gets {p} milligrams per kilogram. The dose is",
            "At {p} milligrams per kilogram, a [dog|child|patient] of {w} kilograms needs",
        ],
        w=weight,
        p=per,
    )
    return number_item(rng, context, per * weight, tail=" milligrams.")


def _specialist(rng: random.Random) -> Item:
    organ, doctor = rng.choice(_SPECIALISTS)
    name = rng.choice(words.NAMES)
    if rng.random() < 0.6:
        context = say(
            rng,
            [
                "For [trouble with|an illness of] the {o}, {n} [sees|goes to|visits]",
                "The doctor for the {o} is called",
                "{n} asks who treats the {o}. It is",
            ],
            n=name,
            o=organ,
        )
        return choose(rng, context, doctor, [other for _, other in _SPECIALISTS])
    return choose(rng, f"{capital(doctor)} treats the", organ, [other for other, _ in _SPECIALISTS])


def _sign(rng: random.Random) -> Item:
    condition = rng.choice(_CONDITIONS)
    name = rng.choice(words.NAMES)
    first, second = rng.sample(condition[1:3], 2)
    context = say(
        rng,
        [
            "{n} has {a} and {b}. The doctor [suspects|thinks of|finds]",
            "Signs: {a}, {b}. Likely cause:",
            "{a} and {b} are signs of",
        ],
        n=name,
        a=first,
        b=second,
    )
    return choose(rng, capital(context), condition[0], [other[0] for other in _CONDITIONS])


def _remedy(rng: random.Random) -> Item:
    condition = rng.choice(_CONDITIONS)
    context = say(
        rng,
        [
            "What helps against {c}? Answer:",
            "{n}, a nurse, says what helps against {c}:",
            "Against {c}, the doctor advises",
            "{n} has {c}. What helps is",
        ],
        c=condition[0],
        n=rng.choice(words.NAMES),
    )
    return choose(rng, context, condition[3], [other[3] for other in _CONDITIONS])


def _one_sign(rng: random.Random) -> Item:
    condition = rng.choice(_CONDITIONS)
    context = say(rng, ["A sign of {c} is", "{n} has {c} and complains of"], c=condition[0], n=rng.choice(words.NAMES))
    return choose(
        rng, context, rng.choice(condition[1:3]), [other[1] for other in _CONDITIONS if other is not condition]
    )


def _pulse(rng: random.Random) -> Item:
    seconds, factor = rng.choice([(10, 6), (15, 4), (20, 3), (30, 2)])
    beats = rng.randint(60, 110) // factor
    context = say(
        rng,
        [
            "The nurse counts {b} beats in {s} seconds. The pulse per minute is",
            "{n}'s heart beats {b} times in {s} seconds, which makes per minute",
        ],
        b=beats,
        s=seconds,
        n=rng.choice(words.NAMES),
    )
    return number_item(rng, context, beats * factor)


def _visit(rng: random.Random) -> str:
    """A visit to the practice."""
    patient, doctor = rng.sample(words.NAMES, 2)
    condition = rng.choice(_CONDITIONS)
    first, second = rng.sample(condition[1:3], 2)
    return say(
        rng,
        '{p}, {j} of {a}, [came to the practice|saw the doctor|came in] on {d} with {x}. ["Since when?" asked Doctor {o}.|Doctor {o} listened to the chest.|Doctor {o} took the temperature.] '
        "[Since {e} there had also been|{p} also spoke of|Then the nurse noticed] {y}. [It was|The doctor found|The tests showed] {c}. The advice was: {h}. {p} [felt better after {k} days|came back after {k} days|was well again in {k} days].",
        p=patient,
        j=article(rng.choice(words.JOBS)),
        a=rng.randint(18, 84),
        d=rng.choice(words.WEEKDAYS),
        x=first,
        y=second,
        o=doctor,
        e=rng.choice(words.WEEKDAYS),
        c=condition[0],
        h=condition[3],
        k=rng.randint(2, 12),
    )


def _ward(rng: random.Random) -> str:
    patient, nurse = rng.sample(words.NAMES, 2)
    each, daily, days = rng.randint(2, 5), rng.randint(2, 4), rng.randint(3, 10)
    organ, doctor = rng.choice(_SPECIALISTS)
    form = rng.choice(_FORMS)
    return say(
        rng,
        "{n} explained the plan to {p}: {e} {f}, {t} times a day, which makes {x} a day, and for {d} days {y} in all. [For the {o}, {p} should also see {s}.|{p} was sent to {s}, who treats the {o}.]",
        n=nurse,
        p=patient,
        e=each,
        f=form,
        t=daily,
        d=days,
        x=each * daily,
        y=each * daily * days,
        o=organ,
        s=doctor,
    )


SKILLS = [(3, _dose), (2, _weight_dose), (3, _specialist), (3, _sign), (3, _remedy), (2, _one_sign), (1, _pulse)]
PASSAGES = [(3, _visit), (1, _ward)]
DOMAIN = Domain(SKILLS, PASSAGES)
