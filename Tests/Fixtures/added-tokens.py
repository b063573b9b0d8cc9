"""Loads small tokenizers with files beside them in transformers, and writes down what became of their tokens.

    python added-tokens.py > added-tokens.json

Needs transformers (5.23) and gguf (0.19). Each case has the files beside the vocabulary, the added tokens by id with their
flags, the special tokens by name, the ids of texts, and the special ids that llama.cpp's converter finds in `tokenizer.json`.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"

import gguf
import transformers
from transformers import AutoTokenizer

HOME = Path(__file__).resolve().parent
TEXTS = ["<|a|>hi<|b|>", "x <|a|> y", "x<|b|>y", " <|a|> <|b|>", "hi  <|c|>  hi", "hi", "<s>hi</s>", "aHIa hi a", "<|a|> x y <|a|>   x  hi"]


def printable_bytes() -> list[str]:
    """GPT-2's characters for bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]


def byte_level() -> dict:
    vocabulary = {c: i for i, c in enumerate(printable_bytes())}
    vocabulary |= {"<s>": 256, "</s>": 257, "hi": 258}
    return {"version": "1.0", "added_tokens": [
        {"id": 256, "content": "<s>", "special": True, "normalized": False, "lstrip": False, "rstrip": False, "single_word": False}],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False, "trim_offsets": True},
        "post_processor": None, "decoder": None, "truncation": None, "padding": None,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": ["h i"]}}


WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hi", "x", "y", "a", "##hi", "<", "|", ">", "b", "c", "s", "/"]
VOCABULARIES = {
    "tokenizer.json": lambda folder: (folder / "tokenizer.json").write_text(json.dumps(byte_level())),
    "vocab.txt": lambda folder: (folder / "vocab.txt").write_text("".join(w + "\n" for w in WORDS)),
}
FIRST = {"tokenizer.json": 259, "vocab.txt": len(WORDS)}
CLASS = {"tokenizer.json": "PreTrainedTokenizerFast", "vocab.txt": "BertTokenizer"}


def token(content: str, **flags) -> dict:
    return {"content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True} | flags


def cases(kind: str) -> dict[str, dict]:
    """The files of each case, without the class."""
    n = FIRST[kind]
    listed = {str(n): token("<|a|>"), str(n + 1): token("<|b|>")}
    config, mapped, added = "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"
    return {
        "nothing": {config: {}},
        "two tokens": {config: {"added_tokens_decoder": listed}},
        "two tokens, one is the end": {config: {"added_tokens_decoder": listed, "eos_token": "<|b|>"}},
        "in another order": {config: {"added_tokens_decoder": dict(reversed(listed.items()))}},
        "white space before": {config: {"added_tokens_decoder": {str(n): token("<|a|>", lstrip=True)}}},
        "white space behind": {config: {"added_tokens_decoder": {str(n): token("<|a|>", rstrip=True)}}},
        "white space on both sides": {config: {"added_tokens_decoder": {str(n): token("<|c|>", lstrip=True, rstrip=True)}}},
        "white space that two tokens want": {config: {"added_tokens_decoder": {
            str(n): token("<|a|>", rstrip=True), str(n + 1): token(" x "), str(n + 2): token(" y ", lstrip=True, rstrip=True)}}},
        "whole words": {config: {"added_tokens_decoder": {str(n): token("hi a", single_word=True, special=False)}}},
        "not special": {config: {"added_tokens_decoder": {str(n): token("<|a|>", special=False), str(n + 1): token("<|b|>", special=False)}}},
        "in the normalized text": {config: {"added_tokens_decoder": {str(n): token("aHIa", special=False, normalized=True)}}},
        "in the text itself": {config: {"added_tokens_decoder": {str(n): token("aHIa", special=False)}}},
        "flags left out": {config: {"added_tokens_decoder": {str(n): {"content": "<|a|>"}, str(n + 1): {"content": "<|b|>", "special": True}}}},
        "not special, but the end": {config: {"added_tokens_decoder": {str(n): token("<|a|>", special=False, lstrip=True)}, "eos_token": "<|a|>"}},
        "other flags for a token that is there": {config: {"added_tokens_decoder": {
            ("256" if kind == "tokenizer.json" else "2"): token("<s>" if kind == "tokenizer.json" else "[CLS]", lstrip=True, rstrip=True)}}},
        "a word of the vocabulary": {config: {"added_tokens_decoder": {
            ("258" if kind == "tokenizer.json" else "5"): token("hi", special=False)}}},
        "the end, named alone": {config: {"eos_token": "<|b|>"}},
        "the end, in the vocabulary": {config: {"eos_token": "</s>" if kind == "tokenizer.json" else "y"}},
        "names for one that is there": {config: dict.fromkeys(
            ["bos_token", "eos_token", "pad_token"], "<s>" if kind == "tokenizer.json" else "[CLS]")},
        "several named": {config: {"eos_token": "<|b|>", "pad_token": "<|a|>", "bos_token": "<|b|>", "unk_token": "[UNK]"}},
        "an object": {config: {"eos_token": token("<|b|>", lstrip=True) | {"__type": "AddedToken"}}},
        "null": {config: {"eos_token": None, "additional_special_tokens": None, "added_tokens_decoder": listed}},
        "further tokens": {config: {"additional_special_tokens": ["<|a|>", "<|b|>"]}},
        "further tokens under the new name": {config: {"extra_special_tokens": ["<|b|>", "<|a|>"]}},
        "further tokens with names": {config: {"extra_special_tokens": {"image_token": "<|a|>", "sound_token": "<|b|>"}}},
        "a name of this model": {config: {"image_token": "<|a|>", "eos_token": "<|b|>"}},
        "names and lists": {config: {"added_tokens_decoder": listed, "additional_special_tokens": ["<|c|>", "<|a|>"], "pad_token": "<|d|>"}},
        "added_tokens.json": {config: {}, added: {"<|a|>": n, "<|b|>": n + 1}},
        "added_tokens.json and the end": {config: {"eos_token": "<|b|>"}, added: {"<|b|>": n + 1, "<|a|>": n}},
        "added_tokens.json and further tokens": {config: {"additional_special_tokens": ["<|a|>"]}, added: {"<|a|>": n, "<|b|>": n + 1}},
        "added_tokens.json and a name of this model": {config: {"image_token": "<|a|>", "pad_token": "a"}, added: {"<|a|>": n, "<|b|>": n + 1}},
        "special_tokens_map.json": {config: {}, mapped: {"eos_token": token("<|b|>", rstrip=True), "additional_special_tokens": ["<|a|>"]}},
        "special_tokens_map.json as well": {config: {"eos_token": "<|b|>"}, mapped: {"eos_token": token("<|b|>"), "pad_token": "<|a|>"}},
        "special_tokens_map.json that is not read": {config: {"added_tokens_decoder": {}}, mapped: {"eos_token": "<|b|>"}},
        "added_tokens.json that is not read": {config: {"added_tokens_decoder": {}}, added: {"<|b|>": n}},
    }


def load(kind: str, files: dict) -> dict:
    files = {name: dict(content) for name, content in files.items()}
    files["tokenizer_config.json"] = {"tokenizer_class": CLASS[kind]} | files["tokenizer_config.json"]
    with tempfile.TemporaryDirectory() as path:
        folder = Path(path)
        VOCABULARIES[kind](folder)
        for name, content in files.items():
            (folder / name).write_text(json.dumps(content))
        tokenizer = AutoTokenizer.from_pretrained(path)
        added = {str(i): {"content": t.content, "special": t.special, "normalized": t.normalized, "lstrip": t.lstrip,
                          "rstrip": t.rstrip, "single_word": t.single_word}
                 for i, t in sorted(tokenizer.added_tokens_decoder.items())}
        return {"files": files, "added": added, "names": tokenizer.special_tokens_map, "count": len(tokenizer),
                "ids": [tokenizer(text)["input_ids"] for text in TEXTS],
                "special_ids": gguf.SpecialVocab(path).special_token_ids if kind == "tokenizer.json" else {}}


result = [{"vocabulary": kind, "name": name} | load(kind, files)
          for kind in VOCABULARIES for name, files in cases(kind).items()]
json.dump({"transformers": transformers.__version__, "texts": TEXTS, "tokenizer.json": byte_level(), "vocab.txt": WORDS,
           "cases": result}, sys.stdout, indent=1, ensure_ascii=False)
print()
