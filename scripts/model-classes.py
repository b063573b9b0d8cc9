"""Writes docs/model-classes.md: for every class that PyPI's transformers lists for causal language models whether Planish knows it,
and if not, what is missing.

    python scripts/model-classes.py            writes the page
    python scripts/model-classes.py --check    fails where the page is not what would be written

Families are read from Sources/Models, the list of classes from transformers' source, which need not be imported. A class of which
nothing is said here is an error.
"""

import ast
import importlib.util
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/model-classes.md"
HEAD = """# Causal language models of transformers

For people who look for a model by the class in its `config.json`. Each class that transformers {version} lists for causal language models,
with the `model_type` that it goes by. How families differ: [models.md](models.md). This page is made by
`scripts/model-classes.py`.

{supported} of {all} are supported.

| `architectures` | `model_type` | |
|---|---|---|
"""
# What is missing, and for which model types.
MISSING = {
    "latent attention": "axk1 axk2 glm4_moe_lite longcat_flash minicpm3 youtu",
    "latent attention and sparse attention by an indexer": "deepseek_v32 deepseek_v4 dots3_note dots3_note_text glm_moe_dsa",
    "the gated delta rule as its class has it": "bailing_hybrid kimi_linear olmo_hybrid qwen4_exp qwen4_exp_text",
    "the class of the text under the type of the whole, which is supported by its own class": "llama4 qwen3_5 qwen3_5_moe",
    "a state space": "bamba falcon_mamba jamba mamba mamba2 zamba zamba2",
    "a short convolution": "lfm3",
    "a recurrence of its own": "minimax recurrent_gemma rwkv xlstm",
    "per-layer embeddings, and keys and values that layers share": "gemma4_unified gemma4_unified_text",
    "a model that drafts for another": "gemma4_assistant gemma4_unified_assistant",
    "attention with sinks beside positions of each layer's own": "granite_swa granitemoe_swa",
    "root mean square norms without weights": "nanochat",
    "experts chosen by sparse mixing, for which llama.cpp takes a softmax": "phimoe",
    "windows beside experts": "mellum",
    "heads that gate what attention makes": "afmoe laguna",
    "values and keys of other sizes": "mimo_v2_flash",
    "experts as its class has them": "aria_text cohere2_moe dbrx flex_olmo hy_v3 hy_v4 jetmoe minimax_m3_vl_text solar_open zaya",
    "sub-norms and ternary weights": "bitnet",
    "layers with cross-attention to other parts": "mllama",
    "nothing is known of it here": "codegen gptj beam blt cohere_compass_text cpmant cwm diffllama doge emu3 flint helium hrm_text hyperclovax inkling2_text "
                                   "inkling_text kolibri1 modernbert-decoder vaultgemma gpt_neo gpt_neox_japanese iquestcoder opt persimmon "
                                   "gpt-sw3 openai-gpt xglm biogpt ctrl xlnet reformer",
    "text is one part of a model of images or sound": "fuyu git got_ocr2 moshi moss_transcribe_diarize musicgen musicgen_melody "
                                                       "phi4_multimodal trocr whisper",
    "an encoder and a decoder, of which this class runs the decoder": "bart bigbird_pegasus blenderbot blenderbot-small marian mbart mvp "
                                                                      "pegasus plbart prophetnet",
    "an encoder that is run as a decoder": "bert bert-generation big_bird camembert data2vec-text electra ernie megatron-bert rembert roberta "
                                           "roberta-prelayernorm roc_bert roformer xlm xlm-roberta xlm-roberta-xl xmod",
}


def classes() -> tuple[str, dict[str, str]]:
    """transformers' version, and its classes by model type."""
    found = importlib.util.find_spec("transformers")
    if found is None:
        sys.exit("model-classes: transformers is not installed: pip install transformers")
    folder = Path(found.submodule_search_locations[0])
    version = re.search(r'__version__ = "([^"]+)"', (folder / "__init__.py").read_text()).group(1)
    for node in ast.walk(ast.parse((folder / "models/auto/modeling_auto.py").read_text())):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES":
            pairs = ast.literal_eval(node.value.args[0])
            return version, {kind: name if isinstance(name, str) else name[0] for kind, name in pairs}
    sys.exit("model-classes: this transformers does not list its causal language models where others do")


def known() -> tuple[set[str], set[str]]:
    """Model types of families, and classes of models of several parts."""
    types, wrappers = set(), set()
    for file in (ROOT / "Sources/Models/Architectures/Families").glob("*.swift"):
        for listed in re.findall(r"var modelTypes: \[String\] \{ \[(.*?)\] \}", file.read_text()):
            types |= set(re.findall(r'"([^"]+)"', listed))
    text = (ROOT / "Sources/Models/Architectures/Wrappers/Wrappers.swift").read_text()
    wrappers |= set(re.findall(r'className: "([^"]+)"', text))
    return types, wrappers


def main() -> None:
    version, listed = classes()
    types, wrappers = known()
    reasons = {kind: reason for reason, kinds in MISSING.items() for kind in kinds.split()}
    rows, supported, unsaid = [], 0, []
    for kind, name in sorted(listed.items(), key=lambda item: (item[1].lower(), item[0])):
        # These stand here as decoders, and there as encoders.
        is_known = (kind in types and kind not in ("bert", "roberta", "xlm-roberta")) or name in wrappers
        supported += is_known
        if not is_known and kind not in reasons:
            unsaid.append(kind)
        rows.append(f"| `{name}` | `{kind}` | {'supported' if is_known else 'missing: ' + reasons.get(kind, '')} |")
    if unsaid:
        sys.exit(f"model-classes: say what is missing for {', '.join(unsaid)}")
    page = HEAD.format(version=version, supported=supported, all=len(listed)) + "\n".join(rows) + "\n"
    if "--check" in sys.argv and PAGE.read_text() != page:
        sys.exit("model-classes: docs/model-classes.md is not what this script writes: run it")
    PAGE.write_text(page)
    print(f"model-classes: {supported} of {len(listed)} are supported", file=sys.stderr)


if __name__ == "__main__":
    main()
