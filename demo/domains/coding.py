"""Coding: small functions in Python and Swift with their calls and results."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import words
from .common import Domain, Item, choose, slips_and_strangers, weighted

_NAMES = """adjust apply blend change check convert count_up cover double_up estimate extend fix grade handle limit mark measure merge
modify move price process rate reduce refine scale score select settle shift solve split step sum_up test total transform trim tune
update value weigh""".split()
_NUMBERS = ["x", "n", "value", "amount", "count", "level", "size", "points"]
_LISTS = ["values", "items", "numbers", "row", "scores", "data"]


Call = Callable[[random.Random], tuple[object, object, list]]  # draws an argument; gives its result and wrong results


@dataclass(frozen=True)
class Function:
    """A function in both languages, and what its calls give."""

    name: str
    purpose: str
    python: str
    swift: str
    call: Call


def _show(value: object, language: str) -> str:
    """A literal of the language."""
    if isinstance(value, bool):
        return str(value) if language == "python" else str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_show(v, language) for v in value) + "]"
    return str(value)


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def _function(
    name: str, parameter: str, types: tuple[str, str], purpose: str, python: list[str], swift: list[str], call: Call
) -> Function:
    """Wraps a body given as lines in both languages."""
    docs = f'    """{purpose}"""\n'
    python_source = f"def {name}({parameter}):\n{docs}" + "\n".join("    " + line for line in python)
    swift_source = (
        f"/// {purpose}\nfunc {_camel(name)}(_ {parameter}: {types[0]}) -> {types[1]} {{\n"
        + "\n".join("    " + line for line in swift)
        + "\n}"
    )
    return Function(name, purpose, python_source, swift_source, call)


def _numeric(evaluate: Callable[[int], int], low: int, high: int) -> Call:
    """A call with a number; slips come from neighbouring arguments."""

    def call(draw: random.Random):
        x = draw.randint(low, high)
        right = evaluate(x)
        slips = [evaluate(x + 1), evaluate(x - 1)]
        return x, right, slips_and_strangers(draw, right, slips)

    return call


def _affine(rng: random.Random) -> Function:
    a, b, p = rng.randint(2, 9), rng.randint(1, 10), rng.choice(_NUMBERS)
    sign = rng.choice("+-")
    evaluate = lambda x: a * x + b if sign == "+" else a * x - b
    body = f"return {a} * {p} {sign} {b}"
    verb = "add" if sign == "+" else "subtract"
    return _function(
        rng.choice(_NAMES),
        p,
        ("Int", "Int"),
        f"Multiply by {a}, then {verb} {b}.",
        [body],
        [body],
        _numeric(evaluate, 2, 10),
    )


def _branch(rng: random.Random) -> Function:
    limit, a, b, p = rng.randint(5, 40), rng.randint(1, 20), rng.randint(1, 20), rng.choice(_NUMBERS)
    evaluate = lambda x: x - a if x > limit else x + b
    return _function(
        rng.choice(_NAMES),
        p,
        ("Int", "Int"),
        f"Take {a} from what is over {limit}; add {b} to the rest.",
        [f"if {p} > {limit}:", f"    return {p} - {a}", f"return {p} + {b}"],
        [f"if {p} > {limit} {{", f"    return {p} - {a}", "}", f"return {p} + {b}"],
        _numeric(evaluate, 1, 60),
    )


def _clamp(rng: random.Random) -> Function:
    low, p = rng.randint(0, 20), rng.choice(_NUMBERS)
    high = low + rng.randint(5, 40)
    evaluate = lambda x: max(low, min(x, high))

    def call(draw: random.Random):
        x = draw.randint(0, high + 20)
        return x, evaluate(x), [low, high, x, high - low, low + 1]

    return _function(
        rng.choice(_NAMES),
        p,
        ("Int", "Int"),
        f"Keep the number between {low} and {high}.",
        [f"return max({low}, min({p}, {high}))"],
        [f"return max({low}, min({p}, {high}))"],
        call,
    )


def _loop(rng: random.Random) -> Function:
    start, step, p = rng.randint(0, 20), rng.randint(2, 9), rng.choice(_NUMBERS)
    evaluate = lambda x: start + step * x
    return _function(
        rng.choice(_NAMES),
        p,
        ("Int", "Int"),
        f"Start at {start} and add {step} each time.",
        [f"total = {start}", f"for _ in range({p}):", f"    total += {step}", "return total"],
        [f"var total = {start}", f"for _ in 0..<{p} {{", f"    total += {step}", "}", "return total"],
        _numeric(evaluate, 1, 9),
    )


def _remainder(rng: random.Random) -> Function:
    m, p = rng.randint(2, 9), rng.choice(_NUMBERS)
    evaluate = lambda x: x % m

    def call(draw: random.Random):
        x = draw.randint(m, 60)
        return x, evaluate(x), [n for n in range(m + 3) if n != evaluate(x)]

    return _function(
        rng.choice(_NAMES),
        p,
        ("Int", "Int"),
        f"Return what is left after division by {m}.",
        [f"return {p} % {m}"],
        [f"return {p} % {m}"],
        call,
    )


def _parity(rng: random.Random) -> Function:
    """Strings picked by a comparison."""
    p, limit = rng.choice(_NUMBERS), rng.randint(10, 60)
    a, b, c, d = rng.sample(words.COLOURS + words.THINGS, 4)
    evaluate = lambda x: a if x < limit else b

    def call(draw: random.Random):
        x = draw.randint(1, 80)
        return x, evaluate(x), [a, b, c, d]

    return _function(
        rng.choice(_NAMES),
        p,
        ("Int", "String"),
        f'Return "{a}" below {limit}, otherwise "{b}".',
        [f'return "{a}" if {p} < {limit} else "{b}"'],
        [f'return {p} < {limit} ? "{a}" : "{b}"'],
        call,
    )


def _numbers(draw: random.Random, low: int = 3, high: int = 5) -> list[int]:
    return draw.sample(range(1, 60), draw.randint(low, high))


# purpose, Python expression, Swift expression, result type, evaluation
_LIST_FORMS: list[tuple[str, str, str, str, Callable]] = [
    ("Return the largest number.", "max({p})", "{p}.max()!", "Int", max),
    ("Return the smallest number.", "min({p})", "{p}.min()!", "Int", min),
    ("Return how many numbers there are.", "len({p})", "{p}.count", "Int", len),
    ("Return the first number.", "{p}[0]", "{p}[0]", "Int", lambda v: v[0]),
    ("Return the last number.", "{p}[-1]", "{p}.last!", "Int", lambda v: v[-1]),
    ("Return the number at index 1.", "{p}[1]", "{p}[1]", "Int", lambda v: v[1]),
    ("Return the number at index 2.", "{p}[2]", "{p}[2]", "Int", lambda v: v[2]),
    ("Return the numbers in reverse order.", "{p}[::-1]", "Array({p}.reversed())", "[Int]", lambda v: v[::-1]),
    ("Return the numbers from small to large.", "sorted({p})", "{p}.sorted()", "[Int]", sorted),
    ("Return all but the first number.", "{p}[1:]", "Array({p}.dropFirst())", "[Int]", lambda v: v[1:]),
    ("Return all but the last number.", "{p}[:-1]", "Array({p}.dropLast())", "[Int]", lambda v: v[:-1]),
    (
        "Return the even numbers.",
        "[v for v in {p} if v % 2 == 0]",
        "{p}.filter {{ $0 % 2 == 0 }}",
        "[Int]",
        lambda v: [n for n in v if n % 2 == 0],
    ),
    ("Add one to each number.", "[v + 1 for v in {p}]", "{p}.map {{ $0 + 1 }}", "[Int]", lambda v: [n + 1 for n in v]),
]


def _list(rng: random.Random) -> Function:
    purpose, python, swift, kind, evaluate = rng.choice(_LIST_FORMS)
    p = rng.choice(_LISTS)

    def call(draw: random.Random):
        values = _numbers(draw)
        right = evaluate(values)
        if kind == "[Int]":
            wrong = [
                values,
                values[::-1],
                sorted(values),
                values[1:],
                values[:-1],
                [n + 1 for n in values],
                [n for n in values if n % 2],
            ]
        elif right == len(values):
            wrong = [2, 3, 4, 5, 6]
        else:
            wrong = values
        return values, right, wrong

    return _function(
        rng.choice(_NAMES),
        p,
        ("[Int]", kind),
        purpose,
        ["return " + python.format(p=p)],
        ["return " + swift.format(p=p)],
        call,
    )


def _total(rng: random.Random) -> Function:
    p, start = rng.choice(_LISTS), rng.randint(0, 9)

    def call(draw: random.Random):
        values = [draw.randint(1, 9) for _ in range(draw.randint(2, 4))]
        right = start + sum(values)
        return values, right, slips_and_strangers(draw, right, [right - start, right - values[0]])

    return _function(
        rng.choice(_NAMES),
        p,
        ("[Int]", "Int"),
        f"Add up the numbers, starting from {start}.",
        [f"total = {start}", f"for v in {p}:", "    total += v", "return total"],
        [f"var total = {start}", f"for v in {p} {{", "    total += v", "}", "return total"],
        call,
    )


def _words(rng: random.Random) -> Function:
    p = rng.choice(["words", "names", "labels", "parts"])
    purpose, python, swift, evaluate = rng.choice(
        [
            ("Join the words with hyphens.", '"-".join({p})', '{p}.joined(separator: "-")', "-".join),
            ("Join the words with spaces.", '" ".join({p})', '{p}.joined(separator: " ")', " ".join),
            ("Return the first word.", "{p}[0]", "{p}[0]", lambda v: v[0]),
            ("Return the last word.", "{p}[-1]", "{p}.last!", lambda v: v[-1]),
            ("Return the word that comes first in the alphabet.", "min({p})", "{p}.min()!", min),
            (
                "Join the words in reverse order.",
                '" ".join({p}[::-1])',
                '{p}.reversed().joined(separator: " ")',
                lambda v: " ".join(v[::-1]),
            ),
        ]
    )

    def call(draw: random.Random):
        values = draw.sample(words.THINGS + words.ANIMALS, 3)
        right = evaluate(values)
        if right in values:
            wrong = values + [draw.choice(words.COLOURS)]
        else:
            wrong = [f(values) for f in ("-".join, " ".join, "".join)] + [
                " ".join(values[::-1]),
                "-".join(values[::-1]),
                " ".join(values[1:]),
            ]
        return values, right, wrong

    return _function(
        rng.choice(_NAMES),
        p,
        ("[String]", "String"),
        purpose,
        ["return " + python.format(p=p)],
        ["return " + swift.format(p=p)],
        call,
    )


def _table(rng: random.Random) -> Function:
    keys = rng.sample(words.THINGS + words.COLOURS, 4)
    values = rng.sample(range(2, 99), 4)
    table = dict(zip(keys, values, strict=False))
    rows = ", ".join(f'"{k}": {v}' for k, v in table.items())
    p = rng.choice(["key", "name", "word", "label"])

    def call(draw: random.Random):
        key = draw.choice(keys)
        return key, table[key], values

    return _function(
        rng.choice(_NAMES),
        p,
        ("String", "Int"),
        f"Look up the {p} in the table.",
        [f"table = {{{rows}}}", f"return table[{p}]"],
        [f"let table = [{rows}]", f"return table[{p}]!"],
        call,
    )


FUNCTIONS = [
    (2, _affine),
    (2, _branch),
    (3, _clamp),
    (1, _loop),
    (1, _remainder),
    (3, _parity),
    (6, _list),
    (1, _total),
    (4, _words),
    (3, _table),
]


def _source(function: Function, language: str, documented: bool) -> str:
    source = getattr(function, language)
    if documented:
        return source
    purpose = function.purpose
    return (
        source.replace(f'    """{purpose}"""\n', "") if language == "python" else source.replace(f"/// {purpose}\n", "")
    )


def _call_line(rng: random.Random, function: Function, language: str, argument: object) -> tuple[str, str]:
    """The text up to the result, and what follows it."""
    call = f"{function.name if language == 'python' else _camel(function.name)}({_show(argument, language)})"
    if language == "python":
        return rng.choice([(f"assert {call} ==", ""), (f"print({call})  # prints", ""), (f"{call}  # returns", "")])
    return rng.choice([(f"assert({call} ==", ")"), (f"print({call})  // prints", ""), (f"{call}  // returns", "")])


def _result(rng: random.Random, functions: Sequence[tuple[int, Callable]] = FUNCTIONS) -> Item:
    """What does the call return? Sometimes an earlier call shows the way."""
    function, language = weighted(rng, functions)(rng), rng.choice(["python", "swift"])
    lines = [_source(function, language, documented=rng.random() < 0.7) + "\n"]
    if rng.random() < 0.5:
        argument, result, _ = function.call(rng)
        before, after = _call_line(rng, function, language, argument)
        lines.append(f"{before} {_show(result, language)}{after}")
    argument, result, wrong = function.call(rng)
    before, after = _call_line(rng, function, language, argument)
    return choose(rng, "\n".join([*lines, before]), _show(result, language), [_show(w, language) for w in wrong], after)


def _body(rng: random.Random) -> Item:
    """Which body does what the comment says?"""
    language, p = rng.choice(["python", "swift"]), rng.choice(_LISTS)
    purpose, python, swift, kind, _ = rng.choice(_LIST_FORMS)
    name = rng.choice(_NAMES)
    expression = lambda form: (form[1] if language == "python" else form[2]).format(p=p)
    context = (
        f'def {name}({p}):\n    """{purpose}"""\n    return'
        if language == "python"
        else f"/// {purpose}\nfunc {_camel(name)}(_ {p}: [Int]) -> {kind} {{\n    return"
    )
    return choose(
        rng,
        context,
        expression((purpose, python, swift)),
        [expression(form) for form in _LIST_FORMS if (form[3] == "[Int]") == (kind == "[Int]")],
        "" if language == "python" else "\n}",
    )


def _session(rng: random.Random) -> str:
    """A function with several calls, or the same function in both languages."""
    function, language = weighted(rng, FUNCTIONS)(rng), rng.choice(["python", "swift"])
    lines = [_source(function, language, documented=True) + "\n"]
    for _ in range(rng.randint(2, 4)):
        argument, result, _ = function.call(rng)
        before, after = _call_line(rng, function, language, argument)
        lines.append(f"{before} {_show(result, language)}{after}")
    return "\n".join(lines)


def _translation(rng: random.Random) -> str:
    function = weighted(rng, FUNCTIONS)(rng)
    first, second = rng.sample(["python", "swift"], 2)
    return (
        f"The same function in {first.capitalize()} and in {second.capitalize()}:\n\n"
        f"{_source(function, first, True)}\n\n{_source(function, second, True)}"
    )


def _explained(rng: random.Random) -> str:
    """A call, told in words."""
    function = weighted(rng, FUNCTIONS)(rng)
    argument, result, _ = function.call(rng)
    given, got = _show(argument, "python"), _show(result, "python")
    reader = rng.choice(words.NAMES)
    opening = rng.choice(
        [f"{reader} wrote a function.", f"{reader} asked what this function does.", "Here is a small function."]
    )
    return f"{opening}\n\n{_source(function, 'python', rng.random() < 0.5)}\n\n{function.purpose} Given {given}, `{function.name}` returns {got}."


SKILLS = [(9, _result), (3, _body)]
PASSAGES = [(3, _session), (1, _translation), (2, _explained)]


def _asked_result(rng: random.Random) -> Item:
    """What do calls return that need numbers to be compared or worked out, and no list to be read again?"""
    return _result(rng, [(2, _clamp), (1, _loop), (1, _remainder), (1, _total)])


ASKED = [(1, _asked_result), (1, _body)]
DOMAIN = Domain(SKILLS, PASSAGES, separator="\n\n", asked=ASKED)
