"""Prints where Oniguruma, in PyPI's `tokenizers`, cuts texts by patterns, as entries of `PatternExpectation.all`.

    python pattern-expectations.py < patterns.json

The input is an object with `patterns`, those of `GGUFPreTokenizer.all` for instance, and `texts`, those of
`TokenizerTexts.all` but the empty one.
"""

import itertools
import json
import sys
import textwrap

from tokenizers import Regex, pre_tokenizers


def lengths(pattern: str, text: str) -> str:
    pieces = pre_tokenizers.Split(Regex(pattern), "isolated").pre_tokenize_str(text)
    counts = [(size, len(list(group))) for size, group in itertools.groupby(end - start for _, (start, end) in pieces)]
    return " ".join(str(size) if count == 1 else f"{size}*{count}" for size, count in counts)


def literal(pattern: str) -> str:
    parts = [pattern[i:i + 90] for i in range(0, len(pattern), 90)]
    lines = []
    for part in parts:
        plain = all(32 <= ord(c) < 127 for c in part)
        if plain:
            lines.append(f'##"{part}"##')
        else:
            escaped = "".join(c if 32 <= ord(c) < 127 and c not in '\\"' else "\\u{%X}" % ord(c) for c in part)
            lines.append(f'"{escaped}"')
    return "\n        + ".join(lines)


given = json.load(sys.stdin)
for pattern in dict.fromkeys(given["patterns"]):
    rows = textwrap.wrap(" / ".join(lengths(pattern, text) for text in given["texts"]), 105)
    print("    PatternExpectation(")
    print(f"      pattern: {literal(pattern)},")
    print('      pieces: """')
    print(" \\\n".join(f"        {row}" for row in rows))
    print('        """),')
