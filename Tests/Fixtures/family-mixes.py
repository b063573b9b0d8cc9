"""Writes Tests/Fixtures/family-mixes.json: what llama-quantize chooses for the tensors of every family, in every mix.

    python family-mixes.py path/to/llama-quantize

The models are those of families-gguf.json, with rows that every type fits and more layers: those that they do not have are like the
second. They hold zeros only; --dry-run reports types without quantizing. Families that get the same share one entry. Needs gguf and
numpy.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np

HERE = Path(__file__).resolve().parent
LAYERS, COLUMNS = 8, 256
MIXES = """q1_0 iq1_s iq1_m iq2_xxs iq2_xs q2_0 iq2_s iq2_m iq3_xxs iq3_xs iq3_s iq3_m q2_k_s q2_k q3_k_s q3_k_m q3_k_l iq4_xs iq4_nl
q4_0 q4_1 q4_k_s q4_k_m q5_0 q5_1 q5_k_s q5_k_m q6_k q8_0 tq1_0 tq2_0""".split()


def layer(name: str) -> int | None:
    found = re.match(r"blk\.(\d+)\.", name)
    return int(found[1]) if found else None


def at(name: str, index: int) -> str:
    return re.sub(r"^blk\.\d+\.", f"blk.{index}.", name)


def wide(tensors: dict) -> dict[str, list[int]]:
    """The tensors of a model of more layers, in the order of layers, each with its sides, the row's first."""
    shapes = {name: entry[1] for name, entry in tensors.items()}
    names = [name for name in shapes if (layer(name) or 0) < LAYERS]
    for index in range(max(layer(name) or 0 for name in names) + 1, LAYERS):
        names += [at(name, index) for name in names if layer(name) == 1]
    names.sort(key=lambda name: -1 if layer(name) is None else layer(name))
    return {name: [COLUMNS, *(min(2, side) for side in sides[1:])] if len(sides) > 1 else sides
            for name in names for sides in [shapes[name if name in shapes else at(name, 1)]]}


def write(path: Path, description: dict) -> None:
    metadata = description["metadata"]
    architecture = metadata["general.architecture"]
    old = metadata[f"{architecture}.block_count"]
    if architecture == "deepseek2":
        # llama.cpp knows by the number of layers which models have none.
        metadata = {"deepseek2.attention.q_lora_rank": 16, **metadata}
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in metadata.items():
        if key in ("general.architecture", f"{architecture}.vocab_size") or key.startswith("tokenizer."):
            continue
        if key == f"{architecture}.block_count":
            value = LAYERS
        # Sections of positions are as many in every model.
        if isinstance(value, list) and len(value) == old and not key.endswith(".dimension_sections"):
            value = (value[:2] + [value[1]] * LAYERS)[:LAYERS]
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, float):
            writer.add_float32(key, value)
        elif isinstance(value, list):
            writer.add_array(key, value)
        elif not re.match(r"\d+ values", value):
            writer.add_string(key, value)
    writer.add_vocab_size(2)
    for name, sides in wide(description["tensors"]).items():
        writer.add_tensor(name, np.zeros(sides[::-1], np.float16 if len(sides) > 1 else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_importance(path: Path) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type("imatrix")
    writer.add_array("imatrix.datasets", ["x"])
    writer.add_uint32("imatrix.chunk_count", 1)
    writer.add_uint32("imatrix.chunk_size", 512)
    writer.add_tensor("x.weight.in_sum2", np.ones((1, COLUMNS), np.float32))
    writer.add_tensor("x.weight.counts", np.ones((1, 1), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def ranges(kinds: list[tuple[int, str]]) -> str:
    """Such as `0-1 q4_k, 2-7 iq2_xs`."""
    parts: list[list] = []
    for index, kind in sorted(kinds):
        if parts and parts[-1][1:] == [index - 1, kind]:
            parts[-1][1] = index
        else:
            parts.append([index, index, kind])
    return ", ".join(f"{first}-{last} {kind}" for first, last, kind in parts)


def choices(program: str, model: Path, mix: str, importance: Path) -> dict[str, str]:
    done = subprocess.run([program, "--dry-run", "--imatrix", importance, model, mix], capture_output=True, text=True)
    found: dict[str, list[tuple[int, str]]] = {}
    for name, sides, rest in re.findall(r"\]\s+(\S+)\s+- \[([^]]*)\], type = +\w+, (.*)", done.stdout + done.stderr):
        # Norms are left as they are, in however many rows they stand.
        if not name.endswith(".weight") or name.endswith("_norm.weight") or [side.strip() for side in sides.split(",")][1:2] in ([], ["1"]):
            continue
        kind = re.search(r"\((\w+)\)\s*$", rest)
        role = re.sub(r"blk\.\d+\.|\.weight", "", name)
        found.setdefault(role, []).append((layer(name) or 0, kind[1].lower() if kind else "same"))
    if not found:
        sys.exit(f"{model} {mix}: {done.stdout}{done.stderr}")
    groups: dict[str, list[str]] = {}
    for role, kinds in sorted(found.items()):
        groups.setdefault(ranges(kinds), []).append(role)
    return {" ".join(roles): kinds for kinds, roles in groups.items()}


def main() -> None:
    program = sys.argv[1]
    entries: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        model, importance = Path(folder) / "m.gguf", Path(folder) / "i.gguf"
        write_importance(importance)
        for name, description in json.loads((HERE / "families-gguf.json").read_text()).items():
            write(model, description)
            found = {mix: choices(program, model, mix, importance) for mix in MIXES}
            entry = entries.setdefault(json.dumps(found, sort_keys=True), {"variants": [], "mixes": found})
            entry["variants"].append(name)
            print(name, flush=True)
    answer = {"layers": LAYERS, "columns": COLUMNS, "families": list(entries.values())}
    text = json.dumps(answer, indent=1)
    (HERE / "family-mixes.json").write_text(re.sub(r"\n {5,}", " ", text) + "\n")


if __name__ == "__main__":
    main()
