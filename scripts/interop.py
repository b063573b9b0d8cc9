"""Checks products of Planish with other programs: PyPI's gguf reads every type bit for bit as Planish does, and, where
it is at hand, stock llama.cpp tokenizes, runs and measures them.

    python scripts/interop.py PLANISH OUT [LLAMA_CPP_BIN]
"""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy
from gguf import GGUFReader
from gguf.quants import dequantize
from tally import Tally

ROOT = Path(__file__).resolve().parent.parent
MODEL, TEXT = ROOT / "demo/model", ROOT / "calibration/heldout.txt"
TYPES = ["f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q2_k", "q3_k_m", "q4_k_m", "q5_k_m", "q6_k",
         "iq4_nl", "iq4_xs", "tq1_0", "tq2_0"]
# Solved, as they are refused where nothing is known about inputs; between them they hold every type whose codes are vectors.
VECTOR_TYPES = ["iq1_s", "iq1_m", "iq2_xxs", "iq2_xs", "iq2_m", "iq3_xxs", "iq3_xs"]
# Between them these hold every type that llama-quantize writes into a model without experts.
STOCK_TYPES = ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K_M", "Q4_K_M", "IQ4_NL", "IQ4_XS", "TQ1_0", "TQ2_0",
               "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_M", "IQ3_XXS", "IQ3_M"]
CONTEXT, SEQUENCES = 256, 16
TYPE, STOCK, TOKENS, SPEECH = "types of ours", "types of llama-quantize", "tokens", "a product that speaks"
PERPLEXITY, MATRICES = "perplexity", "importance matrices"
tally = Tally("interop")
check = tally.holds


def planish(*arguments: object) -> str:
    done = subprocess.run([PLANISH, *map(str, arguments)], capture_output=True, text=True)
    check(done.returncode == 0, f"planish {' '.join(map(str, arguments))}: status {done.returncode}\n{done.stderr}")
    return done.stdout


def pipeline(name: str, model: Path, kind: str, product: Path) -> None:
    """Stores `model` as `kind`: types of vectors solved on a little text, others by plain rounding."""
    file = OUT / f"{name}.json"  # JSON is YAML
    recipe = {"planish": 1, "model": {"path": str(model)}, "quantize": {"type": kind}, "emit": [{"gguf": str(product)}]}
    if kind in VECTOR_TYPES:
        recipe["calibrate"] = {"corpus": str(TEXT), "tokens": 8 * CONTEXT, "context": CONTEXT}
    file.write_text(json.dumps(recipe))
    planish("run", file)


def same_bits(kind: str, packed: Path) -> None:
    """Planish reads `packed` into f32, and PyPI's gguf must decode the same numbers."""
    plain = OUT / f"{packed.stem}-f32.gguf"
    pipeline(plain.stem, packed, "f32", plain)
    ours = {tensor.name: tensor for tensor in GGUFReader(plain).tensors}
    theirs = GGUFReader(packed).tensors
    check({t.name for t in theirs} == set(ours), f"{kind}: the tensors differ")
    for tensor in theirs:
        decoded = dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32).reshape(-1)
        mine = numpy.asarray(ours[tensor.name].data).view(numpy.float32).reshape(-1)
        check(numpy.array_equal(decoded.view(numpy.uint32), mine.view(numpy.uint32)),
              f"{kind}: {tensor.name} ({tensor.tensor_type.name}) decodes to other numbers")
    tally.made_one(STOCK if kind.startswith("stock") else TYPE)


def stock_llama(programs: Path) -> None:
    """llama.cpp and Planish agree on tokens, on perplexity and on divergence, and the product can speak."""
    def llama(program: str, *arguments: object) -> str:
        done = subprocess.run([programs / program, *map(str, arguments)], capture_output=True, text=True,
                              errors="replace", stdin=subprocess.DEVNULL, timeout=600)
        check(done.returncode == 0, f"{program}: status {done.returncode}\n{done.stderr[-2000:]}")
        return done.stdout

    def says(pattern: str, program: str, *arguments: object) -> re.Match:
        """Runs a program that now and then succeeds without printing its answer: it logs from another thread, which may
        be why."""
        for _ in range(5):
            if found := re.search(pattern, llama(program, *arguments), re.M):
                return found
        sys.exit(f"interop: {program} printed nothing like {pattern} in five runs")

    reference, product = OUT / "f16.gguf", OUT / "q4_k_m.gguf"
    ids = llama("llama-tokenize", "-m", product, "-f", TEXT, "--ids", "--log-disable")
    mine = planish("tokenize", product, "--text", TEXT, "--special").split()
    check(json.loads(ids) == [int(i) for i in mine], "llama-tokenize and planish tokenize differ")
    tally.made_one(TOKENS)

    says(r"The capital of.*\w", "llama-completion", "-m", product, "-p", "The capital of", "-n", 16, "--temp", 0,
         "-no-cnv")
    tally.made_one(SPEECH)

    common = ["-f", TEXT, "-c", CONTEXT, "--chunks", SEQUENCES, "--kl-divergence-base", OUT / "base.kld"]
    llama("llama-perplexity", "-m", reference, *common)
    mean = says(r"^Mean PPL\(Q\) *: *([0-9.]+)", "llama-perplexity", "-m", product, *common, "--kl-divergence")
    theirs = float(mean.group(1))
    ours = json.loads(planish("eval", product, "--against", reference, "--text", TEXT, "--context", CONTEXT,
                              "--tokens", CONTEXT * SEQUENCES, "--json"))
    value = ours["result"]["perplexity"]["value"]
    check(math.isclose(value, theirs, rel_tol=0.005), f"perplexity: planish {value}, llama-perplexity {theirs}")
    tally.made_one(PERPLEXITY)
    print(f"interop: perplexity of q4_k_m: planish {value:.4f}, llama-perplexity {theirs:.4f}")

    importance_matrices(llama)
    for kind in STOCK_TYPES:
        quantized = OUT / f"stock-{kind}.gguf"
        llama("llama-quantize", "--imatrix", OUT / "theirs.imatrix.gguf", reference, quantized, kind)
        same_bits(f"stock {kind}", quantized)


def importance_matrices(llama) -> None:
    """llama-quantize takes Planish's importance matrix, and Planish takes that of llama-imatrix; both say the same."""
    ours, theirs, source = OUT / "ours.imatrix.gguf", OUT / "theirs.imatrix.gguf", OUT / "f16.gguf"
    text = OUT / "calibration.txt"  # so short that both take all of its windows
    text.write_text(TEXT.read_text(encoding="utf-8")[:16_000], encoding="utf-8")
    windows = len(planish("tokenize", MODEL, "--text", text).split()) // CONTEXT
    calibration = {"corpus": str(text), "tokens": CONTEXT * windows, "context": CONTEXT}
    file = OUT / "imatrix.json"
    file.write_text(json.dumps({"planish": 1, "model": {"path": str(MODEL)}, "calibrate": calibration,
                                "quantize": {"type": "q4_k_m"}, "emit": [{"gguf": str(OUT / "unused.gguf")}]}))
    planish("imatrix", file, "-o", ours)
    llama("llama-quantize", "--imatrix", ours, source, OUT / "stock.gguf", "Q4_K_M")
    llama("llama-imatrix", "-m", source, "-f", text, "-c", CONTEXT, "--chunks", windows, "-o", theirs)
    file.write_text(json.dumps({"planish": 1, "model": {"path": str(MODEL)}, "calibrate": {"imatrix": str(theirs)},
                                "quantize": {"type": "q4_k_m"}, "emit": [{"gguf": str(OUT / "from-imatrix.gguf")}]}))
    planish("run", file)
    sums = [{t.name: t.data.reshape(-1) for t in GGUFReader(path).tensors if t.name.endswith(".in_sum2")}
            for path in (ours, theirs)]
    common = sums[0].keys() & sums[1].keys()
    check(len(common) >= len(sums[1]) > 0, "the importance matrices name other tensors")
    for name in common:
        # llama.cpp keeps keys and values in half precision, and its products round inputs.
        apart = numpy.abs(sums[0][name] - sums[1][name]).max() / sums[1][name].max()
        check(apart < 0.01, f"importance of {name}: sums of squares differ by {apart:.4f} of the largest")
    tally.made_one(MATRICES)


if __name__ == "__main__":
    PLANISH, OUT = sys.argv[1], Path(sys.argv[2]).resolve()
    OUT.mkdir(parents=True, exist_ok=True)
    tally.declare(TYPE, len(TYPES + VECTOR_TYPES))
    tally.declare(STOCK, len(STOCK_TYPES))
    for kind in (TOKENS, SPEECH, PERPLEXITY, MATRICES):
        tally.declare(kind, 1)
    for kind in TYPES + VECTOR_TYPES:
        pipeline(kind, MODEL, kind, OUT / f"{kind}.gguf")
        same_bits(kind, OUT / f"{kind}.gguf")
    if len(sys.argv) > 3:
        stock_llama(Path(sys.argv[3]))
    else:
        for kind in (STOCK, TOKENS, SPEECH, PERPLEXITY, MATRICES):
            tally.skip(kind, "stock llama.cpp is not at hand")
    tally.close()
