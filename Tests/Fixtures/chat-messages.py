"""Renders conversations with transformers' apply_chat_template, and writes down what comes out.

    python chat-messages.py > chat-messages.json

Needs transformers (5.23) and jinja2. It is about what a template is given, and which one is taken; what templates do with it
is the matter of chat-templates.py. A case without `expected` is one that transformers refuses.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"

import transformers
from transformers import AutoTokenizer

SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "image_token": "<image>"}


def printable_bytes() -> list[str]:
    """GPT-2's characters for bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]


def tokenizer_json() -> dict:
    """A tokenizer whose ids are the bytes of a text."""
    return {"version": "1.0", "truncation": None, "padding": None, "normalizer": None, "post_processor": None, "decoder": None,
            "added_tokens": [{"id": 256 + i, "content": text, "special": True, "normalized": False, "lstrip": False,
                              "rstrip": False, "single_word": False} for i, text in enumerate(SPECIAL.values())],
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False, "trim_offsets": True},
            "model": {"type": "BPE", "vocab": {c: i for i, c in enumerate(printable_bytes())}, "merges": []}}


USER = {"role": "user", "content": "hi"}
CALL = {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": {"x": None}}}]}
TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}}
LINES = {
    "a question": {"messages": [USER]},
    "content null": {"messages": [USER, CALL | {"content": None}]},
    "no content": {"messages": [USER, CALL]},
    "every member null": {"messages": [USER | {"tool_calls": None, "name": None}, {"role": "assistant", "content": "yes", "tool_calls": None}]},
    "null inside": {"messages": [{"role": "user", "content": [{"type": "text", "text": "x", "more": None}]}]},
    "thinking": {"messages": [USER, {"role": "assistant", "content": "yes", "thinking": "because"}]},
    "reasoning": {"messages": [USER, {"role": "assistant", "reasoning": "because", "content": "yes"}]},
    "reasoning_content": {"messages": [USER, {"role": "assistant", "content": "yes", "reasoning_content": "because"}]},
    "all three": {"messages": [USER, {"role": "assistant", "reasoning": "1", "content": "yes", "thinking": "2", "reasoning_content": "3"}]},
    "two of three": {"messages": [USER, {"role": "assistant", "reasoning": "1", "content": "yes", "thinking": "2", "reasoning_content": None}]},
    "empty reasoning": {"messages": [USER, {"role": "assistant", "content": "yes", "thinking": "", "reasoning": "1"}]},
    "reasoning alone": {"messages": [USER, {"role": "assistant", "content": None, "thinking": "because"}]},
    "reasoning of the user": {"messages": [USER | {"thinking": "hm"}]},
    "tools": {"messages": [USER], "tools": [TOOL]},
    "no tools": {"messages": [USER], "tools": []},
    "tools null": {"messages": [USER], "tools": None},
    "documents": {"messages": [USER], "documents": [{"title": "t", "text": "x"}]},
    "documents null": {"messages": [USER], "documents": None},
    "the start of an answer": {"messages": [USER], "add_generation_prompt": True},
    "no start of an answer": {"messages": [USER], "add_generation_prompt": False},
    "more variables": {"messages": [USER], "chat_template_kwargs": {"enable_thinking": False, "depth": 3, "bos_token": "<other>"}},
    "more variables and a start": {"messages": [USER], "chat_template_kwargs": {"add_generation_prompt": True}},
}
TEMPLATES = {
    "members": "{% for m in messages %}{% for k, v in m.items() %}{{ k }}={{ v }};{% endfor %}|{% endfor %}",
    "as JSON": "{{ messages | tojson }}{{ tools | tojson }}{{ documents | tojson }}",
    "plain": "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}",
    "asks for members": "{% for m in messages %}{% if 'tool_calls' in m %}[{{ m.tool_calls | length }}]{% endif %}{% if m.content is defined %}"
                        "{{ m.content }}{% else %}none{% endif %}{% if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif %}{% endfor %}",
    "thinking alone": "{% for m in messages %}{% if 'thinking' in m %}({{ m.thinking }}){% endif %}{{ m['content'] }}{% endfor %}",
    "variables": "{{ bos_token }}{{ eos_token }}{{ pad_token }}{{ unk_token }}{{ image_token }}{{ tools is none }}{{ documents is none }}"
                 "{{ add_generation_prompt }}{{ enable_thinking is defined }}{{ depth }}",
}
NAMED = [{"name": "default", "template": "D{{ messages[0].content }}"}, {"name": "tool_use", "template": "T{{ messages[0].content }}{{ tools | length }}"},
         {"name": "rag", "template": "R"}]
SOURCES = {
    "several": ({"chat_template": NAMED}, {}),
    "several, the default last": ({"chat_template": NAMED[::-1]}, {}),
    "no default": ({"chat_template": NAMED[1:]}, {}),
    "by name": ({"chat_template": {entry["name"]: entry["template"] for entry in NAMED}}, {}),
    "a file of its own": ({}, {"chat_template.jinja": "F{{ messages[0].content }}"}),
    "a file beside the key": ({"chat_template": "K"}, {"chat_template.jinja": "F{{ messages[0].content }}"}),
    "a file beside several": ({"chat_template": NAMED}, {"chat_template.jinja": "F{{ messages[0].content }}"}),
    "files": ({"chat_template": "K"}, {"chat_template.jinja": "F", "additional_chat_templates/tool_use.jinja": "FT{{ tools | length }}"}),
    "a file for tools alone": ({"chat_template": "K"}, {"additional_chat_templates/tool_use.jinja": "FT{{ tools | length }}"}),
}


def load(config: dict, files: dict):
    with tempfile.TemporaryDirectory() as path:
        folder = Path(path)
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer_json()))
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
        for name, text in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        return AutoTokenizer.from_pretrained(path)


def render(tokenizer, line: dict) -> dict:
    more = {key: value for key, value in line.items() if key not in ("messages", "chat_template_kwargs")}
    more |= line.get("chat_template_kwargs") or {}
    try:
        return {"expected": tokenizer.apply_chat_template(line["messages"], tokenize=False, **more)}
    except Exception:
        return {}


def main() -> None:
    base = {"tokenizer_class": "PreTrainedTokenizerFast"} | SPECIAL
    result = []
    sources = [(name, {"chat_template": text}, {}, LINES) for name, text in TEMPLATES.items()]
    few = {name: LINES[name] for name in ["a question", "tools", "no tools", "tools null"]}
    sources += [(name, config, files, few) for name, (config, files) in SOURCES.items()]
    for name, config, files, lines in sources:
        tokenizer = load(base | config, files)
        result += [{"name": f"{name}: {label}", "config": base | config, "files": files, "line": line} | render(tokenizer, line)
                   for label, line in lines.items()]
    json.dump({"transformers": transformers.__version__, "tokenizer.json": tokenizer_json(), "cases": result}, sys.stdout,
              indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
