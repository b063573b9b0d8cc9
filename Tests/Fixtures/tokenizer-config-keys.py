"""Lists the keys of tokenizer_config.json that transformers reads, and writes them down with the classes that do.

    python tokenizer-config-keys.py > tokenizer-config-keys.json

`base` are those that its loader and its base classes ask for by name, found in their source; `classes` are the parameters
of tokenizers' classes with their defaults. Needs transformers (5.23).
"""

import ast
import importlib
import inspect
import json
import pkgutil
import sys
import textwrap

import transformers
from transformers import AutoTokenizer, models
from transformers.tokenization_utils_base import PreTrainedTokenizerBase
from transformers.tokenization_utils_tokenizers import TokenizersBackend

# What a file's members are called on their way through these functions.
SOURCES = {"kwargs", "init_kwargs", "local_kwargs", "tokenizer_config"}
FUNCTIONS = [
    AutoTokenizer.from_pretrained, PreTrainedTokenizerBase.from_pretrained, PreTrainedTokenizerBase._from_pretrained,
    PreTrainedTokenizerBase.__init__, TokenizersBackend.convert_to_native_format, TokenizersBackend.__init__,
    TokenizersBackend._convert_from_sentencepiece, TokenizersBackend._patch_mistral_regex,
]


def keys_of(function) -> set[str]:
    """The texts that are asked for in a file's members: members["x"], members.get("x"), "x" in members."""
    keys = set()
    source = inspect.getsource(inspect.unwrap(getattr(function, "__func__", function)))
    for node in ast.walk(ast.parse(textwrap.dedent(source))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            found = node.args[:1] if node.func.value.id in SOURCES else []
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            found = [node.slice] if node.value.id in SOURCES else []
        elif isinstance(node, ast.Compare) and isinstance(node.comparators[0], ast.Name):
            found = [node.left] if node.comparators[0].id in SOURCES else []
        else:
            continue
        keys |= {part.value for part in found if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return keys


def classes() -> dict[str, dict]:
    """The parameters of every class of tokenizers that the library of that name runs, with their defaults."""
    found = {}
    for module in pkgutil.walk_packages(models.__path__, "transformers.models."):
        if ".tokenization_" not in module.name:
            continue
        try:
            loaded = importlib.import_module(module.name)
        except (ImportError, NameError):
            continue  # of a package that is not installed
        for name, kind in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(kind, TokenizersBackend) and kind.__module__ == module.name and "__init__" in vars(kind):
                found[kind.__name__] = {
                    parameter.name: parameter.default if is_plain(parameter.default) else str(parameter.default)
                    for parameter in inspect.signature(kind.__init__).parameters.values()
                    if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY) and parameter.name != "self"}
    return found


def is_plain(value) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


base = set().union(*map(keys_of, FUNCTIONS)) | set(PreTrainedTokenizerBase.SPECIAL_TOKENS_ATTRIBUTES)
found = dict(sorted(classes().items()))
assert len(base) > 40 and len(found) > 50, f"{len(base)} keys and {len(found)} classes: transformers has changed"
json.dump({"transformers": transformers.__version__, "base": sorted(base), "classes": found}, sys.stdout, indent=1,
          ensure_ascii=False)
print()
