"""What Python's `re` makes of patterns: those that configurations hold, and random ones.

    python python-patterns.py > python-patterns.json
    python python-patterns.py 100000 7 > more.json      # more random ones, of another seed

Needs Python 3.11 or 3.12. Each entry is a pattern with, for each text, the sum of 1 where `match`, 2 where `fullmatch` and 4 where
`search` finds something; or without texts where the pattern is no expression.
"""

import json
import random
import re
import signal
import sys
import warnings

warnings.simplefilter("ignore")

KNOWN = [
    r"model\.layers\.[0-9]+\.self_attn\..*", r".*\.18\..*gate.*", r".*\.19\..*gate.*", r".*\.(?:q|k|v)_proj",
    r"model\.layers\.(?:[0-9]|1[0-5])\.mlp\.(?:gate|up|down)_proj$", r".*lm_head", r"^(?!.*vision).*", r".*mlp\.gate$",
    r".*(?<!lm_head)$", r"(?i).*MLP.*", r"(.*\.)?(layers\.0\.q_proj)$", r"(.*\.)?(a|b)$", r"(.*\.)?(a)(b)$", r"a**", r"a{1}{1}",
    r"(a*)*", r"(?:a|ab)(?:c|bcd)(?:d*)", r"^a|b$", r"a|", r"|a", r"()", r"(?:)*x", r"x{,3}", r"x{,}", r"x{", r"x{}", r"x{1", r"x{a}",
    r"\bq_proj\b", r"\Ba", r"[^]a]", r"[]a]", r"[a-]", r"[\w-]", r"[\w-a]", r"[z-a]", r"[a-\d]", r"[[]", r"[]", r"[^]", r"[a", r"(?P<n>a)b",
    r"(?P<n>a)(?P<n>b)", r"(?P<1>a)", r"\d+", r"\x41", r"\x4", r"\u0041", r"\U00000041", r"\U00110000", r"\101", r"\0", r"\08", r"\400",
    r"\8", r"[\8]", r"[\101]", r"\q", r"\_", r"\-", r"\.", "\\", r"a\Z", r"\Aa", r"\z", r"[\b]", r"[\A]", r"(?#c)a", r"(?#c", r"a(?#c)*", r"(?i)a(?-i:b)",
    r"(?s:.)", r"(?s).", r"(?m)^b$", r"^b$", r"(?a)\w", r"\w", r"(?u)\w", r"(?au)a", r"(?i-i:a)", r"(?-i)a", r"(?i", r"(?:a", r"a)", r"(?z)a", r"(?=a)*b",
    r"(?!a)b", r"(?<=a)b", r"(?<=a|bc)d", r"(?<=a*)b", r"(?<=(?=a)a)b", r"(?<!^)a", r"^*", r"$*", r"(?:^)*a", r"\b+", r"a?+?", r"a*??", r"a{2,1}", r"a{2,3}?",
    r"(|a)+b", r"(a|b)*abb", r"(?:(?:a?){3}a{3})", r"\s\S", r"[\s\S]*", r"[^\n]*", r"a.b", r"(?i)[a-z]+", r"(?i)[^k]", r"(?i)s", r"(?i:i)", r"(?ai)i", r"b(?i)a",
    r"((?i)a)", r"(?i)(?s)a.", r"(?=(?!b)a)a", r"(?<![ab])c", r"[a-c-e]", r"[--/]", r"[+--]", r"#", r" ", r"-", r"&&", r"[a&&b]", r"[a||b]", r"[a~~b]", "\n", "a\n$",
    r"(?<=\n)b", r"(?P<é>a)", r"é", r"[é-ë]", r"\é", r"ſ", r"(?P<n", r"(?<a", r"(?P=n)", r"(?P!a)", r"(?", r"(", r"*", r"a|*", r"(*a)", r"{1}", r"a{100001}",
]
REFUSED = [
    r"(a)\1", r"(?P<n>a)(?P=n)", r"a*+", r"a++b", r"a?+", r"a{1,2}+", r"(?>a|ab)c", r"(a)?(?(1)b|c)", r"(?x)a b", r"(?x:a b)", r"\N{BULLET}",
    r"(?i)é", r"(?i:[à-ý])", r"((a{90}){90}){90}",
]
TEXTS = [
    "", "a", "b", "ab", "abc", "aaa", "abb", "a\n", "\n", "a\nb", "b\n", "A", "x", "xx", "d", "bcd", "ad", "_", "0", "é", "K", "ſ", "İ", "a b", "k", "i", "-", "]", "[", "{", "x{",
    "model.layers.0.self_attn.q_proj", "model.layers.18.mlp.gate_proj", "lm_head", "model.layers.3.mlp.down_proj", "model.vision.mlp",
    "layers.0.q_proj", "xlayers.0.q_proj", "a.b", "cab", "aabb", "\x08", "\x1f", "٣", "²", "中", "q", "ac", "c", "\\",
]


def quantified(generator, part):
    return part + generator.choice(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{,2}", "{2,}", "*?", "+?", "??", "{1,2}?"])


def pattern(generator, depth=0):
    branches = []
    for _ in range(generator.choice([1, 1, 1, 2, 3])):
        parts = ""
        for _ in range(generator.randint(0, 4)):
            kind = generator.random()
            if kind < 0.45 or depth > 3:
                atom = generator.choice(["a", "b", "c", ".", "_", "-", r"\.", r"\d", r"\w", r"\W", r"\s", r"\S", "0", "q", "\n", "é"])
            elif kind < 0.6:
                atom = "[" + generator.choice(["", "^"]) + "".join(generator.choice(
                    ["a", "b", "a-c", "0-9", r"\d", r"\w", r"\S", "-", "_", ".", "é", "\n", r"\n"]) for _ in range(generator.randint(1, 4))) + "]"
            elif kind < 0.7:
                parts += generator.choice(["^", "$", r"\b", r"\B", r"\A", r"\Z"])
                continue
            else:
                atom = generator.choice(["(", "(?:", "(?:", "(?=", "(?!", "(?i:", "(?s:", "(?m:", "(?<=", "(?<!", "(?a:"]) \
                    + pattern(generator, depth + 1) + ")"
            parts += quantified(generator, atom)
        branches.append(parts)
    return "|".join(branches)


def damaged(generator, text):
    place = generator.randint(0, len(text))
    return text[:place] + generator.choice(list(r"()[]{}*+?|\^$.-,:=!<>iam0a") + ["(?", "{1}", "\\b"]) + text[place:]


def entry(text, texts):
    try:
        compiled = re.compile(text)
    except (re.error, OverflowError):
        return {"pattern": text}
    # Some random patterns would keep a backtracking engine busy for years.
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        return {"pattern": text, "texts": texts, "results": [
            (1 if compiled.match(t) else 0) + (2 if compiled.fullmatch(t) else 0) + (4 if compiled.search(t) else 0) for t in texts]}
    except TimeoutError:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def give_up(*_):
    raise TimeoutError


def main():
    count, seed = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 2 else (600, 1)
    generator = random.Random(seed)
    signal.signal(signal.SIGALRM, give_up)
    entries = [entry(text, TEXTS) for text in KNOWN] + [{"pattern": text, "refused": True} for text in REFUSED]
    for index in range(count):
        text = pattern(generator)
        if index % 3 == 2:
            text = damaged(generator, text)
        texts = generator.sample(TEXTS, 6) + ["".join(generator.choice("abc_-.0q\né ") for _ in range(generator.randint(0, 8))) for _ in range(4)]
        entries.append(entry(text, texts))
    json.dump([e for e in entries if e], sys.stdout, ensure_ascii=False, indent=None, separators=(",", ":"))
    print()


main()
