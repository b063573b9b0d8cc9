"""Prints what llama-quantize chooses for every tensor of small models of many shapes, as a Swift fixture.

    python mix-formats.py path/to/llama-quantize > ../MixesTests/LlamaQuantizeChoices.swift

The models hold zeros only; --dry-run reports types without quantizing. Needs gguf and numpy.
"""

import itertools
import os
import re
import subprocess
import sys
import tempfile

import gguf
import numpy as np

program = sys.argv[1]
MIXES = """q1_0 iq1_s iq1_m iq2_xxs iq2_xs q2_0 iq2_s iq2_m iq3_xxs iq3_xs iq3_s iq3_m q2_k_s q2_k q3_k_s q3_k_m q3_k_l iq4_xs iq4_nl q4_0 q4_1 q4_k_s q4_k_m q5_0 q5_1 q5_k_s q5_k_m q6_k q8_0
tq1_0 tq2_0""".split()
# architecture, layers, heads, key-value heads, experts, tied, columns, feed-forward columns
MODELS = [
    ("llama", 6, 8, 4, 0, True, 256, 768),
    ("llama", 5, 8, 4, 0, True, 64, 172),
    ("llama", 8, 8, 8, 0, False, 256, 512),
    ("llama", 32, 32, 8, 0, False, 256, 512),
    ("llama", 80, 64, 8, 0, False, 256, 512),
    ("llama", 80, 64, 64, 0, False, 256, 512),
    ("llama", 32, 32, 8, 8, False, 256, 512),
    ("llama", 16, 8, 2, 4, False, 256, 512),
    ("qwen2", 80, 64, 8, 0, False, 256, 512),
    ("falcon", 32, 64, 1, 0, False, 256, 512),
    ("llama", 8, 8, 8, 0, False, 288, 320),
]


def tensors(arch, layers, experts, tied, columns, inner):
    yield "token_embd.weight", (2, columns)
    if not tied:
        yield "output.weight", (2, columns)
    yield "output_norm.weight", (columns,)
    for i in range(layers):
        yield f"blk.{i}.attn_norm.weight", (columns,)
        if arch == "falcon":
            yield f"blk.{i}.attn_qkv.weight", (2, columns)
        else:
            for part in "qkv":
                yield f"blk.{i}.attn_{part}.weight", (2, columns)
        yield f"blk.{i}.attn_output.weight", (2, columns)
        stack, end = ((experts,), "_exps") if experts else ((), "")
        if experts:
            yield f"blk.{i}.ffn_gate_inp.weight", (experts, columns)
        if arch != "falcon":
            yield f"blk.{i}.ffn_gate{end}.weight", (*stack, 2, columns)
        yield f"blk.{i}.ffn_up{end}.weight", (*stack, 2, columns)
        yield f"blk.{i}.ffn_down{end}.weight", (*stack, 2, inner)


def write(path, arch, layers, heads, kv, experts, tied, columns, inner):
    writer = gguf.GGUFWriter(path, arch)
    writer.add_context_length(512)
    writer.add_embedding_length(columns)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_layer_norm_eps(1e-5)
    writer.add_vocab_size(2)
    if experts:
        writer.add_expert_count(experts)
        writer.add_expert_used_count(2)
    for name, shape in tensors(arch, layers, experts, tied, columns, inner):
        writer.add_tensor(name, np.zeros(shape, np.float16 if len(shape) > 1 else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_importance(path):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type("imatrix")
    writer.add_array("imatrix.datasets", ["x"])
    writer.add_uint32("imatrix.chunk_count", 1)
    writer.add_uint32("imatrix.chunk_size", 512)
    writer.add_tensor("x.weight.in_sum2", np.ones((1, 256), np.float32))
    writer.add_tensor("x.weight.counts", np.ones((1, 1), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def runs(types):
    return " ".join(f"{len(list(group))}x{kind}" for kind, group in itertools.groupby(types))


def choices(model, mix, importance):
    command = [program, "--dry-run"] + (["--imatrix", importance] if importance else []) + [model, mix]
    output = subprocess.run(command, capture_output=True, text=True)
    text = output.stdout + output.stderr
    found = {}
    for name, rest in re.findall(r"\]\s+(\S+)\s+- \[[^]]*\], type = +\w+, (.*)", text):
        kind = re.search(r"\((\w+)\)\s*$", rest)
        role = re.sub(r"blk\.\d+\.|\.weight|_exps", "", name)
        found.setdefault(role, []).append((int((re.findall(r"blk\.(\d+)", name) or [0])[0]), kind.group(1).lower() if kind else "same"))
    # It refuses types of about two bits without importance, and rows that no type of a mix fits.
    if not found:
        if "imatrix" in text.lower() or "no tensor type fallback" in text:
            return None
        sys.exit(text)
    return {role: runs([kind for _, kind in sorted(kinds)]) for role, kinds in found.items()}


print('''/// What llama-quantize reports for models of many shapes, made by `Tests/Fixtures/mix-formats.py`.
///
/// A line that starts with `model` gives architecture, layers, query heads, key and value heads, experts, output,
/// columns, columns of the down projection, and guidance; it holds for the lines that follow. Each of those gives a mix
/// and, for each tensor name, its types from the first layer to the last; `same` is a tensor left as it was. With
/// importance, only mixes are listed that differ from those without.
enum LlamaQuantizeChoices {
  static let lines = """''')
with tempfile.TemporaryDirectory() as folder:
    path, importance = os.path.join(folder, "m.gguf"), os.path.join(folder, "i.gguf")
    write_importance(importance)
    for model in MODELS:
        write(path, *model)
        unguided = {}
        for guidance in ["none", "importance"]:
            arch, layers, heads, kv, experts, tied, columns, inner = model
            print("    model", arch, layers, heads, kv, experts, "tied" if tied else "own", columns, inner, guidance)
            for mix in MIXES:
                found = choices(path, mix, importance if guidance == "importance" else None)
                if found is None:
                    continue
                groups = {}
                for role, kinds in found.items():
                    groups.setdefault(kinds, []).append(role)
                line = "    " + mix + ": " + "; ".join(",".join(roles) + " " + kinds for kinds, roles in groups.items())
                if mix not in unguided or unguided[mix] != line:
                    unguided.setdefault(mix, line)
                    print(line)
print('''    """
}''')
