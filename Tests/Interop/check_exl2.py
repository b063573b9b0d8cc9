"""Decodes Planish's EXL2 checkpoints by the format's description, in numpy: its own runtime needs a GPU.

What exllamav2 (0.3.2) reads of a matrix [inputs, outputs]: `q_weight` i32 holds the codes of sorted inputs, 32 of them in as
many words as a code has bits, lowest bits first; `q_groups` i16 the bits of each group and its first row of words;
`q_scale` i32 four bits for each group and output, less one; `q_scale_max` f16 one number for each group; `q_invperm` i32 the
place of each input. A weight is (code - 2^(bits-1)) times s², times a 256th of the group's number, the last product in half
precision. Kernels take inputs in runs of 8, 6, 5, 4, 3 and 2 bits, in this order, 32 at a time.
"""

import json

import numpy
from common import Check, Variant
from safetensors.numpy import load_file

VARIANTS = [
    Variant("exl2-2.5", "exl2_2.5"), Variant("exl2-4.25", "exl2_4.25"), Variant("exl2-6", "exl2_6"),
    Variant("exl2-rtn", "exl2_3.5", {"solver": "rtn"}),
    Variant("exl2-mixed", "exl2_5", {"overrides": [{"tensors": "blk.1.attn_q.weight", "type": "f16"}]}),
]


def decode(check: Check, name: str, part: dict[str, numpy.ndarray]) -> tuple[numpy.ndarray, int]:
    """One matrix [outputs, inputs], and the bits that it takes."""
    words, scales, largest = part["q_weight"].view(numpy.uint32), part["q_scale"].view(numpy.uint32), part["q_scale_max"]
    groups, places = part["q_groups"].reshape(-1, 2), part["q_invperm"]
    inputs, outputs = len(places), words.shape[1]
    check.holds(sorted(places.tolist()) == list(range(inputs)), f"{name}: q_invperm is no permutation")
    check.holds(outputs % 32 == 0, f"{name}: {outputs} outputs")
    widths = groups[:, 0].tolist()
    check.holds(widths == sorted(widths, reverse=True), f"{name}: widths {widths} do not fall")
    sorted_rows = []
    for index, (bits, first) in enumerate(groups.tolist()):
        end = groups[index + 1, 1] if index + 1 < len(groups) else len(words)
        run = words[first:end]
        count = len(run) * 32 // bits
        check.holds(count % 32 == 0, f"{name}: a group of {count} inputs")
        codes = numpy.zeros((count, outputs), numpy.int64)
        for row in range(count):
            for bit in range(bits):
                word, shift = divmod(row * bits + bit, 32)
                codes[row] |= ((run[word] >> numpy.uint32(shift)) & 1).astype(numpy.int64) << bit
        roots = numpy.stack([(scales[index, column // 8] >> numpy.uint32(4 * (column % 8))) & 15
                             for column in range(outputs)]).astype(numpy.int64) + 1
        scale = (roots * roots).astype(numpy.float16) * (largest[index] * numpy.float16(1 / 256))
        sorted_rows.append((codes - 2 ** (bits - 1)).astype(numpy.float32) * scale.astype(numpy.float32))
    matrix = numpy.concatenate(sorted_rows)
    check.holds(len(matrix) == inputs, f"{name}: codes for {len(matrix)} of {inputs} inputs")
    return matrix[places].T, 8 * sum(array.nbytes for array in part.values())


check = Check("exl2")
check.declare(read_back=len(VARIANTS))
check.build(VARIANTS)
for variant in VARIANTS:
    folder = check.folder(variant)
    settings = json.loads((folder / "config.json").read_text())["quantization_config"]
    check.holds(settings["quant_method"] == "exl2", f"{variant.name}: {settings}")
    stored = load_file(folder / "model.safetensors")
    modules = sorted(name.removesuffix(".q_weight") for name in stored if name.endswith(".q_weight"))
    decoded, bits, weights = {}, 0, 0
    for module in modules:
        part = {name.removeprefix(f"{module}."): array for name, array in stored.items()
                if name.startswith(f"{module}.q_")}
        decoded[f"{module}.weight"], taken = decode(check, module, part)
        bits, weights = bits + taken, weights + decoded[f"{module}.weight"].size
    check.compare_weights(variant.name, decoded, check.decoded(variant))
    check.compare_weights(variant.name, decoded, check.read_back(folder, variant.name))
    target = float(variant.type.removeprefix("exl2_"))
    check.holds(settings["bits"] == target, f"{variant.name}: {settings['bits']} bits in config.json")
    check.holds(target - 0.1 <= bits / weights <= target, f"{variant.name}: {bits / weights:.3f} bits a weight")
    print(f"  {variant.name}: {len(modules)} matrices decoded, {bits / weights:.3f} bits a weight")
    check.read_back_is_the_same(variant.name)
check.close()
print(f"exl2: {len(VARIANTS)} checkpoints read back as the format's description says")
