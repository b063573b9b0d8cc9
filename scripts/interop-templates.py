"""Renders conversations with chat templates in Planish and in jinja2, and lines of data sets in Planish and in
transformers' apply_chat_template, and compares the texts.

    python scripts/interop-templates.py PLANISH OUT [FOLDER]

Takes the templates of Tests/Fixtures/chat-templates and the *.jinja files of FOLDER, such as llama.cpp's
models/templates, which holds those of dozens of published models. Each is given the lines of chat-messages.py (null members,
tools, documents, names of reasoning) and the conversations of chat-templates.py.
"""

import datetime
import html
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from tally import Tally

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "Tests/Fixtures"
SPECIAL = ["<s>", "</s>"]
OURS, THEIRS, CONVERSATIONS = "templates of our own", "templates of published models", "conversations"
TRANSFORMERS = "lines as transformers renders or refuses them"
tally = Tally("interop-templates")


def printable_bytes() -> list[str]:
    """GPT-2's characters for bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]


def write_model(folder: Path, template: str) -> None:
    """A tokenizer whose ids are the bytes of the text, so that ids tell what was rendered."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps({
        "added_tokens": [{"id": 256 + i, "content": text, "special": True} for i, text in enumerate(SPECIAL)],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False},
        "model": {"type": "BPE", "vocab": {c: i for i, c in enumerate(printable_bytes())}, "merges": []}}))
    (folder / "tokenizer_config.json").write_text(json.dumps(
        {"bos_token": SPECIAL[0], "eos_token": SPECIAL[1], "chat_template": template}))


def text_of(ids: list[int]) -> str:
    return b"".join(bytes([i]) if i < 256 else SPECIAL[i - 256].encode() for i in ids).decode()


def module(path: Path):
    """A Python file whose name is no name of a module."""
    spec = importlib.util.spec_from_file_location(path.stem.replace("-", "_"), path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


class FixedDay(datetime.datetime):
    """The day that templates are told here, whenever this runs."""

    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26)


# Templates that add texts to one that is `safe`: jinja2 escapes those as HTML, and Planish leaves them as they are.
ESCAPES = {"meetkai-functionary-medium-v3.1.jinja"}
# Templates that hand `tojson` what Python's json cannot write; Planish writes it as a list.
MORE_THAN_TRANSFORMERS = {"llama-cpp-deepseek-r1.jinja"}


def with_transformers(planish: str, out: Path, folders: list[Path], conversations: list) -> int:
    """Compares every template and line with apply_chat_template; the number of pairs that differ."""
    import transformers.utils.chat_template_utils as utils
    utils.datetime = FixedDay
    messages = module(FIXTURES / "chat-messages.py")
    lines = list(messages.LINES.values()) + [{"messages": conversation} for conversation in conversations]
    names = list(messages.SPECIAL.values())
    same, refused, wrong = 0, 0, 0
    model = out / "with-transformers"
    model.mkdir(parents=True, exist_ok=True)
    (model / "tokenizer.json").write_text(json.dumps(messages.tokenizer_json()))
    data = out / "lines.jsonl"

    def ours(lines: list[dict]):
        data.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return subprocess.run([planish, "tokenize", model, "--text", data, "--field", "messages", "--json"],
                              capture_output=True, text=True)

    for path in sorted(path for folder in folders for path in folder.glob("*.jinja")):
        config = messages.SPECIAL | {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": path.read_text()}
        (model / "tokenizer_config.json").write_text(json.dumps(config))
        tokenizer = messages.load(config, {})
        tally.declare(TRANSFORMERS, len(lines))
        rendered = [messages.render(tokenizer, line) for line in lines]
        accepted = [(line, text["expected"]) for line, text in zip(lines, rendered) if "expected" in text]
        for line, text in zip(lines, rendered):
            if "expected" not in text and ours([line]).returncode != 0:
                refused += 1
                tally.made_one(TRANSFORMERS)
            elif "expected" not in text and path.name in MORE_THAN_TRANSFORMERS:
                tally.made_one(TRANSFORMERS)
            elif "expected" not in text:
                print(f"{path.name}: transformers refuses {json.dumps(line)}", file=sys.stderr)
                wrong += 1
        if not accepted:
            continue
        done = ours([line for line, _ in accepted])
        if done.returncode:
            print(f"{path.name}: {done.stderr}", file=sys.stderr)
            wrong += len(accepted)
            continue
        for (line, expected), ids in zip(accepted, json.loads(done.stdout)["result"]["documents"], strict=True):
            text = b"".join(bytes([i]) if i < 256 else names[i - 256].encode() for i in ids).decode()
            if text == expected or (path.name in ESCAPES and text == html.unescape(expected)):
                same += 1
                tally.made_one(TRANSFORMERS)
            else:
                print(f"{path.name}: {json.dumps(line)}\n  planish      {text!r}\n  transformers {expected!r}", file=sys.stderr)
                wrong += 1
    print(f"interop-templates: {refused} lines are refused by transformers and by Planish")
    return wrong if same >= 300 else max(wrong, 1)


def rendered(planish: str, out: Path, entry: dict, cases: list[dict], more: dict) -> list[str]:
    """What Planish makes of the conversations."""
    write_model(out / "model", entry["template"])
    conversations = out / "conversations.jsonl"
    conversations.write_text("".join(json.dumps({"messages": c["messages"], **more}) + "\n" for c in cases))
    done = subprocess.run([planish, "tokenize", out / "model", "--text", conversations, "--field", "messages", "--json"],
                          capture_output=True, text=True)
    if done.returncode:
        print(f"{entry['name']}: {done.stderr}", file=sys.stderr)
        return [""] * len(cases)
    return [text_of(ids) for ids in json.loads(done.stdout)["result"]["documents"]]


def check_folder(planish: str, out: Path, folder: Path, kind: str, shown: list) -> int:
    """Every template of a folder, with each conversation that it does not refuse: how many texts differ. Adds to `shown`
    what conversations there are."""
    made = subprocess.run([sys.executable, FIXTURES / "chat-templates.py", folder], capture_output=True, check=True)
    names = {path.stem for path in folder.glob("*.jinja")}
    tally.declare(kind, len(names))
    wrong, refused = 0, 0
    for entry in json.loads(made.stdout):
        if not shown:
            shown += [case["messages"] for case in entry["cases"]]
        cases = [case for case in entry["cases"] if "expected" in case]
        refused += len(entry["cases"]) - len(cases)
        if entry["name"] in names:
            tally.made_one(kind)
        more = {key: value for key, value in entry["variables"].items() if key not in ("bos_token", "eos_token")}
        if not cases or more.keys() - {"tools"}:
            continue  # no corpus asks for the start of an answer
        tally.declare(CONVERSATIONS, len(cases))
        for case, text in zip(cases, rendered(planish, out, entry, cases, more), strict=True):
            if text == case["expected"]:
                tally.made_one(CONVERSATIONS)
            else:
                print(f"{entry['name']}:\n  planish {text!r}\n  jinja2  {case['expected']!r}", file=sys.stderr)
                wrong += 1
    print(f"interop-templates: {folder.name}: {refused} conversations are refused by their templates")
    return wrong


def main(planish: str, out: Path, folders: list[Path]) -> None:
    shown = []
    wrong = check_folder(planish, out, FIXTURES / "chat-templates", OURS, shown)
    for folder in folders:
        wrong += check_folder(planish, out, folder, THEIRS, shown)
    if not folders:
        tally.declare(THEIRS, 1)
        tally.skip(THEIRS, "no folder of them was named")
    wrong += with_transformers(planish, out, [FIXTURES / "chat-templates", *folders], shown)
    if wrong:
        sys.exit(f"interop-templates: {wrong} conversations have another text")
    tally.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve(), list(map(Path, sys.argv[3:])))
