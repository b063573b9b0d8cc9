"""Renders conversations with chat templates in Planish and in jinja2, and lines of data sets in Planish and in
transformers' apply_chat_template, and compares the texts.

    python scripts/interop-templates.py PLANISH OUT [FOLDER]

Takes the templates of Tests/Fixtures/chat-templates and the *.jinja files of FOLDER, such as llama.cpp's
models/templates, which holds those of dozens of published models. Each is given the lines of chat-messages.py (null members,
tools, documents, names of reasoning) and the conversations of chat-templates.py.
"""

import datetime
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "Tests/Fixtures"
SPECIAL = ["<s>", "</s>"]


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
        rendered = [messages.render(tokenizer, line) for line in lines]
        accepted = [(line, text["expected"]) for line, text in zip(lines, rendered) if text.get("expected")]
        for line, text in zip(lines, rendered):
            if "expected" not in text and ours([line]).returncode != 0:
                refused += 1
            elif "expected" not in text:
                print(f"{path.name}: transformers refuses {json.dumps(line)}", file=sys.stderr)
                wrong += 1
        done = ours([line for line, _ in accepted])
        if done.returncode:
            print(f"{path.name}: {done.stderr}", file=sys.stderr)
            wrong += len(accepted)
            continue
        for (line, expected), ids in zip(accepted, json.loads(done.stdout)["ids"], strict=True):
            text = b"".join(bytes([i]) if i < 256 else names[i - 256].encode() for i in ids).decode()
            if text == expected:
                same += 1
            else:
                print(f"{path.name}: {json.dumps(line)}\n  planish      {text!r}\n  transformers {expected!r}", file=sys.stderr)
                wrong += 1
    print(f"interop-templates: {same} lines have the text of transformers ({refused} are refused by both)")
    return wrong if same >= 300 else max(wrong, 1)


def main(planish: str, out: Path, folders: list[Path]) -> None:
    same, wrong, refused = 0, 0, 0
    shown = []
    for folder in folders:
        made = subprocess.run([sys.executable, FIXTURES / "chat-templates.py", folder], capture_output=True, check=True)
        for entry in json.loads(made.stdout):
            shown = shown or [case["messages"] for case in entry["cases"]]
            cases = [case for case in entry["cases"] if "expected" in case]
            refused += len(entry["cases"]) - len(cases)
            more = {key: value for key, value in entry["variables"].items() if key not in ("bos_token", "eos_token")}
            if not cases or more.keys() - {"tools"}:
                continue  # no corpus asks for the start of an answer
            write_model(out / "model", entry["template"])
            conversations = out / "conversations.jsonl"
            conversations.write_text("".join(json.dumps({"messages": c["messages"], **more}) + "\n" for c in cases))
            done = subprocess.run([planish, "tokenize", out / "model", "--text", conversations, "--field", "messages",
                                   "--json"], capture_output=True, text=True)
            if done.returncode:
                print(f"{entry['name']}: {done.stderr}", file=sys.stderr)
                wrong += len(cases)
                continue
            for case, ids in zip(cases, json.loads(done.stdout)["ids"], strict=True):
                if text_of(ids) == case["expected"]:
                    same += 1
                else:
                    print(f"{entry['name']}:\n  planish {text_of(ids)!r}\n  jinja2  {case['expected']!r}", file=sys.stderr)
                    wrong += 1
    print(f"interop-templates: {same} conversations have the same text ({refused} are refused by their templates)")
    wrong += with_transformers(planish, out, folders, shown)
    if wrong or not same:
        sys.exit(f"interop-templates: {wrong} conversations have another text")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve(), [FIXTURES / "chat-templates", *map(Path, sys.argv[3:])])
