"""Checks GGUF files of every model family with llama.cpp: names, shapes, types and metadata are those of its own
converter, and, where its programs are at hand, it computes the same perplexity as Planish.

    python scripts/interop-models.py PLANISH OUT [LLAMA_CPP_BIN]

The models are those of Tests/Fixtures/families.py, which also recorded what the converter makes of them.
"""

import fnmatch
import json
import math
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "Tests/Fixtures"
sys.path.insert(0, str(FIXTURES))
import families  # noqa: E402
from tally import Tally  # noqa: E402

TEXT = ROOT / "calibration/heldout.txt"
CONTEXT, SEQUENCES = 128, 24
# Of all mixes the one with most rules (Tests/MixesTests has the others), in variants of these types of models.
MIX, MIXED = "q4_k_m", ("qwen3_5", "qwen3_next", "lfm2", "granitemoehybrid", "falcon_h1", "nemotron_h", "gemma4", "llama4")
# Keys of Planish alone, of the converter alone, and keys whose values may differ: each with the reason.
OURS = {
    "planish.*": "the recipe of a product",
    "general.quantized_by": "who made it",
    "general.file_type": "what was asked for; the converter forgets it in some families",
    "*.attention.key_length": "llama.cpp derives the same from other keys where it is missing",
    "*.attention.value_length": "likewise",
    "*.attention.head_count_kv": "likewise: as many as heads of queries",
    "*.rope.dimension_count": "likewise: the whole head",
    "*.rope.freq_base": "likewise: 10000; with a model of another base only ours is right",
    "*.rope.freq_base_swa": "likewise",
    "*.rope.scaling.*": "how far frequencies are scaled; the converter leaves out what is llama.cpp's default",
    "*.vocab_size": "likewise: the number of tokens",
    "*.expert_feed_forward_length": "likewise: derived from tensors",
    "*.expert_gating_func": "the default, said",
    "tokenizer.ggml.add_eos_token": "what tokenizer_config.json says",
    "tokenizer.ggml.add_bos_token": "what tokenizer_config.json says",
    "tokenizer.ggml.pre": "the default, said",
    "tokenizer.ggml.add_space_prefix": "the default, said",
    "tokenizer.ggml.unknown_token_id": "what the tokenizer says",
}
THEIRS = {
    "general.size_label": "parameters in words",
    "general.license": "of model cards, which these models have none of",
    "general.languages": "likewise",
    "tokenizer.ggml.unknown_token_id": "llama.cpp reads it from the types of tokens",
    "tokenizer.ggml.padding_token_id": "a default of the converter",
    "tokenizer.ggml.add_sep_token": "of pairs of texts, which rerankers read",
}
# Of one architecture alone.
OURS_OF = {"deepseek2": {"deepseek2.expert_weights_norm": "the default, said"},
           "bert": {f"tokenizer.ggml.{name}_token_id": "the converter reads such tokens from tokenizer.json alone"
                    for name in ["bos", "eos", "seperator", "cls", "mask"]},
           "modern-bert": {"tokenizer.ggml.cls_token_id": "likewise"}}
THEIRS_OF = {"nemotron": {"nemotron.attention.layer_norm_rms_epsilon": "of norms that the family does not have"},
             "gemma": {"tokenizer.ggml.eot_token_id": "107 whatever the tokenizer says; llama.cpp finds the token by its text"},
             "phi2": {"tokenizer.ggml.add_bos_token": "false whatever the tokenizer says; llama.cpp's default"},
             "exaone-moe": {"exaone-moe.nextn_predict_layers": "none; the default, said"},
             "hunyuan-moe": {"tokenizer.ggml.seperator_token_id": "config.json's, of which the tokenizer knows nothing"},
             "modern-bert": {"modern-bert.attention.layer_norm_rms_epsilon": "of norms that the family does not have",
                             "modern-bert.classifier.pooling_type": "of classifiers"},
             "glm4moe": {"glm4moe.nextn_predict_layers": "none; the default, said"}}
VALUES_OF = {
    "bert": {"tokenizer.ggml.pre": "llama.cpp has no choice of pre-tokenizers for WordPiece and reads none",
             "tokenizer.ggml.remove_extra_whitespaces": "the converter takes clean_up_tokenization_spaces, which is about decoding; ours is what encoding does"},
    "chatglm": {"chatglm.context_length": "the converter asks for a key of older files, and takes the hidden size without it",
                "chatglm.attention.layer_norm_rms_epsilon": "likewise, and takes 1e-5"},
    "hunyuan-dense": {"tokenizer.ggml.eos_token_id": "the converter takes config.json's eod_token_id; ours is the tokenizer's"},
    "gemma3n": {"gemma3n.activation_sparsity_scale": "the last bit of a quantile"},
    "gpt-oss": {"general.file_type": "of most tensors where codes are kept; ours is what was asked for"},
    "nemotron": {"tokenizer.ggml.unknown_token_id": "1 whatever the tokenizer says"},
    **{family: {f"{family}.context_length": "the converter says 2^20 whatever the model was trained for"}
       for family in ["granitehybrid", "nemotron_h", "nemotron_h_moe"]},
    "bloom": {"bloom.context_length": "the converter takes the hidden size where a file says nothing; the models were trained with 2048"},
}
VALUES = {
    "general.name": "the pipeline's own",
    "tokenizer.ggml.add_space_prefix": "what the tokenizer says; the converter assumes that of Gemma's own",
}
DESCRIPTIONS, PERPLEXITIES, MIXES = "files like the converter's", "perplexities of llama.cpp", "mixes of llama-quantize"
tally = Tally("interop-models")
check = tally.holds


def run(*arguments: object) -> tuple[str, str]:
    """What a program prints, and what it logs."""
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, timeout=600)
    check(done.returncode == 0, f"{' '.join(map(str, arguments))}: status {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout, done.stderr


def product(folder: Path, kind: str) -> Path:
    """Stores a model as `kind` by plain rounding."""
    file, gguf = folder / f"{kind}.json", folder.parent / f"{folder.name}-{kind}.gguf"
    quantize = {"type": kind, "solver": "rtn"}
    # What is in four-bit numbers stays so, as the converter has it.
    if folder.name in families.MXFP4:
        quantize["overrides"] = [{"tensors": "blk.*.ffn_*_exps.weight", "type": "mxfp4"}]
    file.write_text(json.dumps({
        "planish": 1, "model": {"path": str(folder)}, "quantize": quantize, "emit": [{"gguf": str(gguf)}]}))  # JSON is YAML
    run(PLANISH, "run", file)
    return gguf


def excused(key: str, reasons: dict[str, str]) -> bool:
    return any(fnmatch.fnmatch(key, pattern) for pattern in reasons)


def same_description(name: str, ours: dict, theirs: dict) -> None:
    """Names, shapes and types of tensors, and all metadata but the keys that are excused."""
    check(ours["tensors"].keys() == theirs["tensors"].keys(),
          f"{name}: tensors {sorted(ours['tensors'].keys() ^ theirs['tensors'].keys())}")
    for tensor, description in theirs["tensors"].items():
        # llama.cpp takes sides that are not there for 1.
        mine, other = ([kind, [side for side in sides if side != 1], digest] for kind, sides, *digest in (
            ours["tensors"][tensor], description))
        check(mine == other, f"{name}: {tensor}: {ours['tensors'][tensor]}, not {description}")
    mine, other = ours["metadata"], theirs["metadata"]
    family = other["general.architecture"]
    for key in mine.keys() - other.keys():
        check(excused(key, {**OURS, **OURS_OF.get(family, {})}), f"{name}: only Planish writes {key} = {mine[key]}")
    for key in other.keys() - mine.keys():
        check(excused(key, {**THEIRS, **THEIRS_OF.get(family, {})}), f"{name}: only the converter writes {key} = {other[key]}")
    for key in mine.keys() & other.keys():
        a, b = mine[key], other[key]
        same = math.isclose(a, b, rel_tol=1e-6) if isinstance(a, float) and isinstance(b, float) else a == b
        check(same or excused(key, {**VALUES, **VALUES_OF.get(family, {})}), f"{name}: {key} is {a}, not {b}")
    tally.made_one(DESCRIPTIONS)


def same_perplexity(name: str, file: Path, programs: Path) -> None:
    """llama.cpp loads a file and is as surprised by a text as Planish is."""
    # It logs from another thread, and now and then ends before all is printed: so it goes on for another pass, and the mean
    # after the chunks that are asked for is read.
    pattern = rf"\[{SEQUENCES}\]([0-9.]+),"
    for _ in range(8):
        said = "".join(
            run(programs / "llama-perplexity", "-m", file, "-f", TEXT, "-c", CONTEXT, "--chunks", 2 * SEQUENCES, "-t", 1))
        if found := re.search(pattern, said):
            break
    check(found is not None, f"{name}: llama-perplexity printed no estimate in eight runs: {said[-500:]}")
    theirs = float(found.group(1))
    answer, _ = run(PLANISH, "eval", file, "--text", TEXT, "--context", CONTEXT, "--tokens", CONTEXT * SEQUENCES,
                    "--json")
    ours = json.loads(answer)["result"]["perplexity"]["value"]
    print(f"interop-models: {name}: perplexity {ours:.3f}, llama.cpp {theirs:.3f}")
    check(math.isclose(ours, theirs, rel_tol=0.01), f"{name}: perplexity {ours}, llama.cpp {theirs}")
    tally.made_one(PERPLEXITIES)


def same_mix(name: str, folder: Path, programs: Path) -> None:
    """Every tensor of a mixed file has the type that llama-quantize gives it."""
    theirs = folder.parent / f"{folder.name}-stock.gguf"
    run(programs / "llama-quantize", folder.parent / f"{folder.name}-f16.gguf", theirs, MIX.upper(), 1)
    types = [{tensor: kind for tensor, (kind, _) in families.describe(file)["tensors"].items()}
             for file in [product(folder, MIX), theirs]]
    # What neither quantizes has the type that it had: here single precision, there that of the file between.
    floats = {"F32", "F16", "BF16"}
    differing = {tensor: (kind, types[1].get(tensor)) for tensor, kind in types[0].items()
                 if types[1].get(tensor) != kind and not {kind, types[1].get(tensor)} <= floats}
    check(not differing, f"{name}: {MIX}: ours and theirs are {differing}")
    tally.made_one(MIXES)


def check_variant(variant: dict, is_mixed: bool) -> None:
    """All checks of one model; they write nothing that those of another read."""
    name = variant["name"]
    folder = OUT / name
    families.write_folder(variant, folder)
    families.write_tokenizer(variant, folder)
    same_description(name, families.describe(product(folder, "f16")), RECORDED[name])
    if len(sys.argv) <= 3:
        return
    # Encoders predict no tokens: interop-embeddings.py compares their embeddings.
    if "embedding" not in variant:
        same_perplexity(name, product(folder, "q8_0"), Path(sys.argv[3]))
    if is_mixed:
        same_mix(name, folder, Path(sys.argv[3]))


if __name__ == "__main__":
    PLANISH, OUT = sys.argv[1], Path(sys.argv[2]).resolve()
    RECORDED = json.loads((FIXTURES / "families-gguf.json").read_text())
    variants = json.loads((FIXTURES / "families.json").read_text())["models"]
    tally.declare(DESCRIPTIONS, len(variants))
    tally.declare(PERPLEXITIES, sum("embedding" not in variant for variant in variants))
    mixed = [variant["name"] for variant in variants if variant["config"]["model_type"].startswith(MIXED)]
    tally.declare(MIXES, len(mixed))
    # Programs for models as small as these are busy with starting: as many at a time as there are processors.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        checks = [pool.submit(check_variant, variant, variant["name"] in mixed) for variant in variants]
        try:
            for each in checks:
                each.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    if len(sys.argv) <= 3:
        tally.skip(PERPLEXITIES, "stock llama.cpp is not at hand")
        tally.skip(MIXES, "stock llama.cpp is not at hand")
    tally.close()
