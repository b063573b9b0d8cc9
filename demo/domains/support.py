"""Customer support: tickets and their fixes, departments, return windows, refunds and tracking."""

from __future__ import annotations

import random

from . import words
from .common import Domain, Item, choose, number_item, say, times

_DEVICES = [
    "lamp",
    "radio",
    "kettle",
    "printer",
    "phone",
    "camera",
    "heater",
    "toaster",
    "speaker",
    "tablet",
    "clock",
    "fan",
    "scale",
    "router",
    "mixer",
]
# what goes wrong, what fixes it
_FAULTS = [
    ("will not switch on", "check the plug and the fuse"),
    ("makes a loud noise", "tighten the screws at the back"),
    ("gets too hot", "clean the air vents"),
    ("shows a blank screen", "hold the power button for ten seconds"),
    ("loses its settings", "replace the small battery"),
    ("does not find the network", "restart the router and wait a minute"),
    ("smells of smoke", "unplug it at once and send it back"),
    ("leaks water", "replace the rubber seal"),
    ("blinks red", "charge it for two hours"),
    ("blinks blue", "pair it again in the menu"),
    ("prints pale pages", "replace the ink"),
    ("jams with paper", "open the rear door and pull the sheet out"),
    ("has no sound", "turn off the mute switch"),
    ("runs slowly", "remove what you no longer use"),
    ("shows the wrong time", "set the time zone"),
    ("stops after a minute", "clean the filter"),
    ("will not charge", "try another cable"),
    ("shows error seven", "install the latest update"),
]
_DEPARTMENTS = {
    "billing": [
        "I was charged twice",
        "my invoice shows the wrong sum",
        "I want to pay by instalments",
        "the refund has not come",
        "my card was refused",
    ],
    "delivery": [
        "my parcel has not arrived",
        "the courier left it in the rain",
        "I want to change the delivery address",
        "the box was empty",
        "it went to my neighbour",
    ],
    "repairs": [
        "the handle broke off",
        "it stopped working after a week",
        "the glass is cracked",
        "the motor smells burnt",
        "a screw is missing",
    ],
    "accounts": [
        "I forgot my password",
        "I want to change my name",
        "please delete my account",
        "I cannot sign in",
        "my e-mail address has changed",
    ],
    "sales": [
        "do you have it in green",
        "I would like to order fifty",
        "is there a larger model",
        "when will it be in stock",
        "do you give a discount to schools",
    ],
}


def _order_number(rng: random.Random) -> str:
    return "".join(rng.choice("ABCDEFGHKLMNPRSTUVWXYZ") for _ in range(2)) + str(rng.randint(100, 9999))


def _fix(rng: random.Random) -> Item:
    fault, fix = rng.choice(_FAULTS)
    device, name = rng.choice(_DEVICES), rng.choice(words.NAMES)
    context = say(
        rng,
        [
            "Customer: My {d} {f}.\nAgent: Please",
            "{n} writes that the {d} {f}. The agent's advice: please",
            "Ticket {o}: the {d} {f}. Solution:",
        ],
        d=device,
        f=fault,
        n=name,
        o=_order_number(rng),
    )
    return choose(rng, context, fix, [other for _, other in _FAULTS])


def _department(rng: random.Random) -> Item:
    department = rng.choice(list(_DEPARTMENTS))
    text = rng.choice(_DEPARTMENTS[department])
    context = say(
        rng,
        [
            '"{t}," says {n}. This goes to the department of',
            "Message from {n}: {t}. Forward to:",
            'Which team helps if a customer says "{t}"? Answer:',
        ],
        t=text,
        n=rng.choice(words.NAMES),
    )
    return choose(rng, context, department, _DEPARTMENTS)


def _return(rng: random.Random) -> Item:
    """Is the thing still inside the return window?"""
    window = rng.choice([14, 20, 30, 45, 60])
    passed = window + rng.choice([-1, 1]) * rng.randint(1, 12)
    device, name = rng.choice(_DEVICES), rng.choice(words.NAMES)
    gap = abs(window - passed)
    context = say(
        rng,
        [
            "Goods may be returned within {w} days. {n} bought the {d} {p} days ago. The return is",
            "Return window: {w} days. Bought: {p} days ago. The return of the {d} is",
        ],
        w=window,
        n=name,
        d=device,
        p=passed,
    )
    accepted, refused = "accepted with {} left", "refused, {} too late"
    right, other = (accepted, refused) if passed < window else (refused, accepted)
    exact, off = times(gap, "day"), times(gap + rng.choice([1, 2, 10]), "day")
    return choose(rng, context, right.format(exact), [other.format(exact), right.format(off), other.format(off)])


def _refund(rng: random.Random) -> Item:
    price, fee, count = rng.randint(20, 99), rng.choice([3, 4, 5, 6, 8, 9]), rng.choice([1, 1, 2, 3])
    device = rng.choice(_DEVICES)
    what = f"a {device}" if count == 1 else f"{count} {device}s"
    context = say(
        rng,
        [
            "{n} returns {t} bought at {p} crowns{e}. A fee of {f} crowns is kept. The refund is",
            "Refund for {t} at {p} crowns{e}, less a fee of {f} crowns:",
        ],
        n=rng.choice(words.NAMES),
        t=what,
        p=price,
        e="" if count == 1 else " each",
        f=fee,
    )
    return number_item(
        rng,
        context,
        price * count - fee,
        also=[price * count, price * count + fee],
        tail=" crowns.",
    )


def _recall(rng: random.Random) -> Item:
    """The agent repeats a detail of the order."""
    numbers = [_order_number(rng) for _ in range(3)]
    people, devices = rng.sample(words.NAMES, 3), rng.sample(_DEVICES, 3)
    rows = list(zip(people, devices, numbers, strict=False))
    lines = [
        say(rng, ["Order {o}: {n}, one {d}.", "{n} ordered a {d}, number {o}."], o=o, n=n, d=d) for n, d, o in rows
    ]
    n, d, o = rng.choice(rows)
    if rng.random() < 0.5:
        return choose(rng, " ".join(lines) + f" The order number of {n} is", o, [*numbers, _order_number(rng)])
    return choose(
        rng,
        " ".join(lines) + f" Order {o} is for",
        f"a {d}",
        [f"a {device}" for device in devices + [rng.choice(_DEVICES)]],
    )


def _tone(rng: random.Random) -> Item:
    """The reply that suits the customer's mood."""
    moods = {
        "an apology": [
            "This is the third time I call!",
            "I am very angry.",
            "What a disgrace!",
            "I have waited for weeks!",
        ],
        "thanks": [
            "Your colleague was wonderful.",
            "Everything works, well done!",
            "What a quick delivery!",
            "I love it.",
        ],
        "a question": [
            "It does not work.",
            "Something is wrong with it.",
            "It is broken, I think.",
            "There is a problem.",
        ],
        "a farewell": ["That is all, goodbye.", "Good night.", "Nothing else, bye.", "See you next time."],
    }
    mood = rng.choice(list(moods))
    context = say(
        rng,
        ["Customer {n}: {t} The agent should begin with", '"{t}" says {n}. A good reply starts with'],
        n=rng.choice(words.NAMES),
        t=rng.choice(moods[mood]),
    )
    return choose(rng, context, mood, moods)


def _chat(rng: random.Random) -> str:
    """A whole conversation."""
    customer, agent = rng.sample(words.NAMES, 2)
    device, order = rng.choice(_DEVICES), _order_number(rng)
    fault, fix = rng.choice(_FAULTS)
    return say(
        rng,
        "Agent: [Hello|Good morning|Welcome], this is {a}. [How can I help|What can I do for you]?\nCustomer: [Hi|Hello], I am {c}. My {d} {f}. [I bought it last month.|It is quite new.|My order number is {o}.]\n"
        "Agent: I am sorry to hear that, {c}. Please {x}.\nCustomer: [Done|One moment|I tried]. [Now it works, thank you!|It still {f}.|That helped.]\nAgent: [Is there anything else?|I have made a note under {o}.|Thank you for calling, {c}.]",
        a=agent,
        c=customer,
        d=device,
        f=fault,
        o=order,
        x=fix,
    )


def _mail(rng: random.Random) -> str:
    customer, agent = rng.sample(words.NAMES, 2)
    department = rng.choice(list(_DEPARTMENTS))
    text = rng.choice(_DEPARTMENTS[department])
    return say(
        rng,
        "[Subject|Ticket]: order {o}\n[Dear team|Hello], {t}. [Please answer soon|I hope you can help|What now]? {c}\n\n[Dear|Hello] {c}, [thank you for your message|we are sorry]. The department of {p} will [write to you|call you] on {d}. [Kind regards|Best wishes], {a}",
        o=_order_number(rng),
        t=text,
        c=customer,
        p=department,
        d=rng.choice(words.WEEKDAYS),
        a=agent,
    )


SKILLS = [(4, _fix), (3, _department), (3, _return), (2, _refund), (3, _recall), (1, _tone)]
PASSAGES = [(2, _chat), (1, _mail)]
DOMAIN = Domain(SKILLS, PASSAGES)
