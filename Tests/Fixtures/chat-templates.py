"""Renders chat templates with jinja2, set up as transformers' apply_chat_template sets it up, and writes what comes out.

    python chat-templates.py > chat-templates.json
    python chat-templates.py FOLDER > elsewhere.json    # the *.jinja files of another folder

Needs jinja2. An entry without `expected` is a conversation that the template refuses.
"""

import json
import sys
from pathlib import Path

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

HOME = Path(__file__).resolve().parent / "chat-templates"
TOOL = {"type": "function", "name": "weather", "parameters": {
    "type": "object", "required": ["city"], "properties": {
        "city": {"type": "string"}, "unit": {"enum": ["°C", "°F"]}, "days": {"type": ["integer", "null"]},
        "place": {"type": "object", "properties": {"north": {"type": "number"}}}}}}


def user(text): return {"role": "user", "content": text}
def system(text): return {"role": "system", "content": text}
def model(text): return {"role": "assistant", "content": text}


CONVERSATIONS = [
    [user("Hello")],
    [system("  Be brief. "), user("What is 2 + 2?\n"), model(" 4 "), user("And 3 × 3?\r\n\r\nThanks")],
    [user("\n  Ünïcödé e\u0301 👩‍👩‍👧 \t"), model("<think>\nhm, 'well'\n</think>\n\nIt is \"so\" \\n."), user("{{ no template }}"),
     model("<|end|></s> & <b>")],
    [system("First."), system("Second."), user("Hi"), model("<think>x</think>y")],
    [model("I begin."), user("You may not.")],
    [user("A"), user("B")],
    [user("long " * 40), model(""), user("x")],
]
# Names of what is checked, and templates that show it.
FEATURES = {
    "white space": "a\n  {% if true %}\n  b\n  {%- endif %}\nc {%+ if true %} d {% endif -%}   \n\n e{# note #}\n f {{- 1 -}} \n g",
    "line ends": "a\r\nb\rc\n{{ 'x\r\ny' }}\n\n",
    "comments": "{# one #}\n{#- two -#}\n  x\n   {# three #}\ny",
    "raw": "{% raw %}\n {{ x }} {% if %}\n{% endraw %}\n{%- raw -%} \n y {% endraw %} z",
    "loop": "{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}"
            "{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.cycle('a', 'b') }}{{ loop.changed(m.role) }}"
            "{{ loop.previtem.role if loop.previtem is defined }}{{ loop.nextitem.role if loop.nextitem }};{% endfor %}",
    "loop scope": "{% set x = 1 %}{% for m in messages %}{{ x }}{% set x = loop.index + 5 %}{{ x }}{% endfor %}{{ x }}",
    "loop over nothing": "{% for x in [] %}a{% else %}none{% endfor %}{% for x in undefined_thing %}a{% else %}b{% endfor %}",
    "loop with a condition": "{% for m in messages if m.role == 'user' %}{{ loop.index }}/{{ loop.length }}{{ m.role }} {% endfor %}",
    "loop control": "{% for i in range(10) %}{% if i == 2 %}{% continue %}{% endif %}{% if i > 4 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "loop over pairs": "{% for k, v in {'a': 1, 'b': [2, 3]}.items() %}{{ k }}={{ v }},{% endfor %}{% for k in {'z': 1} %}{{ k }}{% endfor %}",
    "loop over a text": "{% for c in 'äb👍' %}[{{ c }}]{% endfor %}",
    "nested loops": "{% for i in range(2) %}{% for j in range(3) %}{{ loop.depth }}{{ i }}{{ j }} {% endfor %}{% endfor %}",
    "namespace": "{% set ns = namespace(a=1, b='x') %}{% for i in range(3) %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}{{ ns.b }}{{ ns.c is defined }}",
    "tuples": "{% set a, b = 1, 'two' %}{{ a }}{{ b }}{{ (1, 2) }}{{ (1,) }}{{ () }}{% set c = 1, %}{{ c }}",
    "captured": "{% set x %}a {{ 1 + 1 }} b{% endset %}[{{ x }}]{% set y | upper | trim %} up {% endset %}[{{ y }}]",
    "filter block": "{% filter upper %}shout {{ 'ing' }}{% endfilter %}",
    "with": "{% set a = 1 %}{% with a = 2, b = 3 %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "macros": "{% macro f(a, b='B', c=none) %}{{ a }}-{{ b }}-{{ c }}{{ d }}{% endmacro %}{% set d = 'D' %}{{ f(1) }} {{ f(1, c=2) }} {{ f(b=1, a=2) }} {{ f() }}",
    "arithmetic": "{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ 1.5 + 1 }} {{ 2 * 'ab' }} {{ -3 }} {{ 1e3 }} {{ 1_000 }} {{ 3.0 }} {{ 0.1 + 0.2 }}",
    "precedence": "{{ 1 + 2 * 3 }} {{ 2 * 3 ~ 'x' }} {{ not true or true }} {{ not (true and false) }} {{ 1 + 1 == 2 and 'b' in 'abc' }} {{ 'a' if false else 'b' if false else 'c' }} {{ 'x' ~ 1 ~ none }}",
    "comparisons": "{{ 1 < 2 < 3 }} {{ 1 < 2 > 3 }} {{ 'a' < 'b' }} {{ 1 == 1.0 }} {{ 1 != '1' }} {{ [1, 2] == [1, 2] }} {{ none == none }} {{ true == 1 }} {{ 'x' not in ['y'] }} {{ 2 >= 2 }}",
    "or and and": "{{ '' or 'b' }} {{ 'a' and 'b' }} {{ 0 and x.y }} {{ none or false }}",
    "slices": "{{ 'abcdef'[1:3] }} {{ 'abcdef'[::-1] }} {{ [1, 2, 3][-2:] }} {{ [1, 2, 3][:-1] }} {{ [1, 2, 3][5:] }} {{ 'abc'[-1] }} {{ [1, 2, 3, 4][::2] }} {{ [1, 2, 3, 4][3:0:-2] }} {{ (1, 2, 3)[1:] }}",
    "texts": r"{{ 'a\tb\\n\'q\'\x41\u00e9\101\q' }}{{ 'one' 'two' }}{{ \"it's\" }}".replace('\\"', '"'),
    "printing": "{{ none }} {{ true }} {{ [1, 'a', \"it's\", none, 1.5, {'k': 'v\n'}] }} {{ {'a': (1, 'é')} }} {{ 'x' }} {{ 10000000000000000.0 }} {{ 123456.0 }}",
    "defined": "{{ x is defined }}{{ x is undefined }}{{ x is not defined }}{{ messages is defined }}{{ messages[0].nothing is defined }}{{ messages[99] is defined }}{{ tools is none }}{{ tools is defined }}",
    "tests": "{{ 'a' is string }}{{ 1 is string }}{{ 1 is number }}{{ true is number }}{{ 1 is integer }}{{ 1.0 is float }}{{ true is boolean }}{{ {} is mapping }}{{ [] is sequence }}"
             "{{ 'a' is iterable }}{{ none is none }}{{ 3 is odd }}{{ 4 is even }}{{ 9 is divisibleby 3 }}{{ 1 is eq 1 }}{{ 2 is gt(1) }}{{ 1 is in [1] }}{{ 'a' is lower }}{{ true is true }}{{ 1 is sameas 1 }}{{ range is callable }}{{ 5 is iterable }}",
    "string methods": "{{ ' a '.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ ' a '.lstrip() }}|{{ ' a '.rstrip() }}|{{ 'a,b,c'.split(',') }}|{{ 'a,b,c'.split(',', 1) }}|{{ ' a  b '.split() }}|{{ 'a,b,c'.rsplit(',', 1) }}"
                      "|{{ 'abc'.startswith('ab') }}|{{ 'abc'.endswith(('x', 'c')) }}|{{ 'aBc dEf'.title() }}|{{ 'aBc'.upper() }}|{{ 'aBc'.lower() }}|{{ 'hELLO wORLD'.capitalize() }}|{{ 'aaa'.replace('a', 'b', 2) }}|{{ 'abcb'.find('b') }}{{ 'abcb'.rfind('b') }}{{ 'abcb'.find('z') }}{{ 'abcb'.count('b') }}"
                      "|{{ '-'.join(['a', 'b']) }}|{{ '12'.isdigit() }}{{ 'a1'.isalpha() }}{{ ' '.isspace() }}{{ 'a1'.isalnum() }}|{{ 'a\nb\r\nc'.splitlines() }}|{{ 'abc'.removeprefix('a') }}{{ 'abc'.removesuffix('c') }}|{{ 'a=b=c'.partition('=') }}|{{ 'a=b=c'.rpartition('=') }}|{{ '{}-{b}-{{}}'.format(1, b='x') }}",
    "dictionaries": "{% set d = {'a': 1, 'b': none} %}{{ d.a }}{{ d['a'] }}{{ d.get('x') }}{{ d.get('x', 2) }}{{ d.keys() | list }}{{ d.values() | list }}{{ 'a' in d }}{{ d | length }}{{ d.items() | list }}{{ d | items | list }}{{ dict(a=1, b=2) }}{{ d.c is defined }}",
    "filters": "{{ '  x ' | trim }}|{{ 'xax' | trim('x') }}|{{ [1, 2, 3] | join(', ') }}|{{ [1, 2] | length }}|{{ 'äb' | length }}|{{ x | default('d') }}|{{ '' | default('e') }}|{{ '' | default('e', true) }}|{{ none | d('n') }}|{{ 'a-b' | replace('-', '+') }}|{{ [3, 1, 2] | sort }}|{{ [3, 1] | first }}{{ [3, 1] | last }}"
               "|{{ 'abc' | list }}|{{ 'abc' | reverse }}|{{ [1, 2] | reverse | list }}|{{ '3' | int + 1 }}|{{ 'x' | int }}|{{ 3.7 | int }}|{{ '1.5' | float }}|{{ -3 | abs }}|{{ 'a' | upper }}{{ 'B' | lower }}|{{ 'hello world' | title }}|{{ 'hELLO' | capitalize }}|{{ 5 | string }}|{{ '<a href=\"x\">&' | e }}|{{ '<' | safe }}",
    "list filters": "{{ ['b', 'A', 'c'] | sort }}{{ ['b', 'A', 'c'] | sort(reverse=true) }}{{ ['b', 'A', 'b'] | unique | list }}{{ [1, 2, 3] | sum }}{{ [3, 1, 2] | min }}{{ [3, 1, 2] | max }}{{ [0, 1, '', 'x'] | select | list }}{{ [1, 2, 3] | select('odd') | list }}{{ [1, 2, 3] | reject('gt', 1) | list }}"
                    "{{ messages | map(attribute='role') | list }}{{ messages | map(attribute='x', default='-') | list }}{{ ['a', 'b'] | map('upper') | join }}{{ messages | selectattr('role', 'in', ['user']) | list | length }}{{ messages | rejectattr('content') | list | length }}{{ {'b': 1, 'a': 2} | dictsort }}{{ messages | sort(attribute='role') | map(attribute='role') | join(',') }}",
    "tojson": "{{ messages | tojson }}{{ {'b': [1, 2.5, true, none], 'a': 'é\"<>&\\n\\t/'} | tojson(indent=2) }}{{ {'b': 1, 'a': {}} | tojson(sort_keys=true) }}{{ [] | tojson(indent=4) }}{{ [[1], {}] | tojson(indent=1) }}{{ {'a': [1, 2]} | tojson(separators=(',', ':')) }}",
    "indent": "{{ 'a\nb\n\nc' | indent }}|{{ 'a\nb' | indent(2, true) }}|{{ 'a\nb' | indent('> ', first=true) }}|{{ 'a\n\nb' | indent(1, blank=true) }}",
    "dates": "{{ strftime_now('%d %b %Y, %Y-%m-%d %B %A %H:%M %j %%') }}",
    "generation": "{% for m in messages %}{% generation %}{{ m.role }}{% endgeneration %}\n{% endfor %}",
    "refusals": "{{ raise_exception('no: ' ~ messages | length) }}",
    "undefined attribute": "{{ x.y }}",
    "undefined call": "{{ x() }}",
    "adding a number to a text": "{{ 'a' + 1 }}",
    "changing a list": "{% set x = [] %}{{ x.append(1) }}",
    "undefined prints nothing": "[{{ x }}{{ messages[0].y }}{{ 'a' if false }}]",
    "attributes of none": "[{{ none.x }}{{ none['x'] is defined }}]",
    "numbers after a dot": "{{ [[1, 2], 3].0.1 }}",
    "nested brackets": "{{ {'a': {'b': [1, {'c': 2}]}}['a']['b'][1].c }}",
    "in": "{{ 'b' in 'abc' }}{{ 'x' in {'x': 1} }}{{ 1 in (1, 2) }}{{ 'tool_calls' in messages[0] }}",
}


class Generation(Extension):
    """Stands for transformers' AssistantTracker, as far as text goes."""
    tags = {"generation"}

    def parse(self, parser):
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class Refused(Exception):
    pass


def refuse(message):
    raise Refused(message)


def day(form):
    """Planish gives templates a fixed day."""
    import datetime
    return datetime.datetime(2024, 7, 26).strftime(form)


def environment():
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    made.filters["tojson"] = lambda x, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    made.globals["raise_exception"] = refuse
    made.globals["strftime_now"] = day
    return made


def entry(name, source, conversations, variables):
    cases = []
    template = environment().from_string(source)
    for messages in conversations:
        case = {"messages": messages}
        try:
            shared = {"tools": None, "documents": None, "add_generation_prompt": False, **variables}
            case["expected"] = template.render(messages=messages, **shared)
        except (Refused, jinja2.exceptions.TemplateError, TypeError):
            pass
        cases.append(case)
    return {"name": name, "template": source, "variables": variables, "cases": cases}


SPECIAL = {"bos_token": "<s>", "eos_token": "</s>"}
entries = []
folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HOME
for path in sorted(folder.glob("*.jinja")):
    source = path.read_text(encoding="utf-8")
    for more in ({}, {"add_generation_prompt": True}) if folder == HOME else ({},):
        entries.append(entry(f"{path.stem}{' with prompt' if more else ''}", source, CONVERSATIONS, SPECIAL | more))
    if folder.resolve() == HOME and "tools" in source:
        entries.append(entry(f"{path.stem} with tools", source, CONVERSATIONS[:2], SPECIAL | {"tools": [TOOL]}))
if folder.resolve() == HOME:
    for name, source in FEATURES.items():
        entries.append(entry(name, source, CONVERSATIONS[1:2], SPECIAL))
json.dump(entries, sys.stdout, ensure_ascii=False, indent=1)
print()
