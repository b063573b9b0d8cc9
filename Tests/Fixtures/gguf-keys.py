"""Lists the metadata keys that llama.cpp reads for each architecture that Planish knows, and writes gguf-keys.json.

    python gguf-keys.py LLAMA_CPP

Keys are read out of that source tree: what `load_hparams` asks every file for, what `load_arch_hparams` of an architecture asks
for besides, and all keys that any architecture has. They stand without the architecture's name.
"""

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ARCHITECTURES = ["llama", "qwen2", "qwen3", "smollm3", "granite", "olmo2", "phi3", "gemma2", "gemma3", "gpt2", "gptneox",
                 "starcoder2", "qwen2moe", "qwen3moe", "olmoe", "bert", "gemma", "chatglm", "glm4", "seed_oss", "stablelm",
                 "command-r", "cohere2", "exaone4", "hunyuan-dense", "ernie4_5", "arcee", "nemotron", "jais2", "starcoder", "bloom",
                 "mpt", "granitemoe", "glm4moe", "dots1", "minimax-m2", "ernie4_5-moe", "gpt-oss", "qwen35", "qwen35moe",
                 "qwen3next", "deepseek2", "lfm2", "lfm2moe", "phi2", "olmo", "falcon", "apertus", "mistral3", "exaone-moe", "hunyuan-moe", "llama4", "granitehybrid",
                 "falcon-h1", "nemotron_h", "nemotron_h_moe", "qwen2vl", "qwen3vl", "qwen3vlmoe", "gemma4", "gemma3n", "modern-bert"]
# Whose source has another name than `_` for `-`, or is that of another.
SOURCES = {"granitemoe": "granite-moe", "hunyuan-dense": "hunyuan-vl", "glm4moe": "glm4-moe", "ernie4_5-moe": "ernie4-5",
           "gpt-oss": "openai-moe", "granitehybrid": "granite-hybrid", "nemotron_h_moe": "nemotron-h"}
# Calls that read keys by themselves.
HELPERS = {"load_swa_pattern": ["LLM_KV_ATTENTION_SLIDING_WINDOW_PATTERN"]}


def body(source: str, head: str) -> str:
    """A function of a C++ file, from its head to the brace that stands alone."""
    begin = source.index(head)
    return source[begin:source.index("\n}\n", begin)]


def asked(text: str) -> set[str]:
    keys = set(re.findall(r"\bget_(?:key|arr|key_or_arr|arr_n)\w*\(\s*(LLM_KV_\w+)", text))
    return keys.union(*[names for call, names in HELPERS.items() if f"{call}(" in text])


def main() -> None:
    source = Path(sys.argv[1]) / "src"
    names = dict(re.findall(r'\{ (LLM_KV_\w+),\s*"([^"]+)"', (source / "llama-arch.cpp").read_text()))
    assert len(names) > 150, len(names)
    own = {key: name.removeprefix("%s.") for key, name in names.items() if name.startswith("%s.")}
    model = (source / "llama-model.cpp").read_text()
    readable = lambda keys: sorted(own[key] for key in keys if key in own)
    # What is for one architecture alone stands behind its name.
    common = re.sub(r"if \(arch == LLM_ARCH_WAVTOKENIZER_DEC\) \{.*?\n    \}\n", "", body(model, "void llama_model_base::load_hparams("),
                    flags=re.DOTALL)
    result = {"common": readable(asked(common)), "all": readable(own), "architectures": {}}
    for name in ARCHITECTURES:
        file = source / f"models/{SOURCES.get(name, name.replace('_', '-'))}.cpp"
        text = body(file.read_text(), "::load_arch_hparams(")
        result["architectures"][name] = readable(asked(text))
    assert "block_count" in result["common"] and all(result["architectures"].values()), result
    (HERE / "gguf-keys.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"gguf-keys: {len(result['common'])} of all, {len(result['all'])} known", file=sys.stderr)


if __name__ == "__main__":
    main()
