"""Lists the keys of generation_config.json that transformers' GenerationConfig reads, with their defaults.

    python generation-config-keys.py > generation-config-keys.json

Needs transformers (5.23).
"""

import ast
import inspect
import json
import sys
import textwrap

import transformers
from transformers import GenerationConfig

# What the class keeps as an attribute, and what it takes out of the file's members by name.
keys = set(vars(GenerationConfig()))
for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(GenerationConfig.__init__)))):
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("pop", "get"):
        keys |= {part.value for part in node.args[:1] if isinstance(part, ast.Constant)}
assert len(keys) > 50, f"{len(keys)} keys: transformers has changed"
json.dump({"transformers": transformers.__version__, "keys": sorted(keys)}, sys.stdout, indent=1)
print()
