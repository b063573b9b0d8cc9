"""Runs pipelines as several processes under mpirun and compares them with one process: products byte for byte, figures of reports exactly.
Then kills a rank in the middle of a run and goes on from the journal. Needs no package.

Usage: scripts/ranks.py PROGRAM FOLDER, with a program that `make mpi` built."""
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAM, FOLDER = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
ROOT = Path(__file__).resolve().parent.parent
# More ranks than cores, as root, and in containers that may not read each other's memory.
os.environ |= {
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none", "OMPI_MCA_hwloc_base_binding_policy": "none",
}
HEAD = f"""planish: 1
model: {{path: {FOLDER}/model}}
validate: {{corpus: {ROOT}/calibration/heldout.txt, tokens: 256, context: 64}}
report: report
"""
TEXT = f"corpus: {ROOT}/calibration/general.txt, tokens: 1024, context: 64"
GGUF = "{{gguf: {{path: out/{}.gguf, type: {}, solver: {}}}}}"
PIPELINES = {
    # Every solver, a type of vectors, a folder, and products that part.
    "solvers": f"""calibrate: {{{TEXT}}}
quantize: {{type: q4_k_m}}
emit: [{GGUF.format("gptq", "q4_k_m", "gptq")}, {GGUF.format("rtn", "q4_0", "rtn")},
  {GGUF.format("vectors", "iq2_xxs", "gptq")}, {{gptq: {{path: out/hqq, type: int4_g32_asym, solver: hqq}}}},
  {{gptq: {{path: out/gptq, type: int4_g32, solver: {{gptq: {{groups: activation}}}}}}}}]
""",
    "transforms": f"""calibrate: {{{TEXT}}}
transform: [rotate, smoothquant, {{awq: {{grid: 4}}}}]
quantize: {{type: q4_0}}
emit: [{{gguf: out/q4_0.gguf}}, {{compressed_tensors: {{path: out/w8a8, activations: int8, type: int8_row}}}}]
""",
    "gradients": f"""calibrate: {{{TEXT}, gradients: {{tokens: 256}}}}
quantize: {{type: q4_0}}
emit: [{{gguf: out/q4_0.gguf}}]
""",
    "original": f"""calibrate: {{{TEXT}, inputs: original}}
quantize: {{type: q4_0}}
emit: [{{gguf: out/q4_0.gguf}}]
""",
}
BLOCKS = 3
SHAPES = [(1, 2), (2, 1), (2, 2), (4, 1), (4, 2)]
wrong = []


def write_model():
    """The first blocks of the demo model."""
    source, target = ROOT / "demo" / "model", FOLDER / "model"
    shutil.copytree(source, target)
    config = json.loads((source / "config.json").read_text()) | {"num_hidden_layers": BLOCKS}
    (target / "config.json").write_text(json.dumps(config))
    data = (source / "model.safetensors").read_bytes()
    length = int.from_bytes(data[:8], "little")
    header, body, parts, end = {}, data[8 + length:], [], 0
    for name, entry in json.loads(data[8:8 + length]).items():
        layer = name.split("layers.")[1].split(".")[0] if "layers." in name else "0"
        if name == "__metadata__" or int(layer) >= BLOCKS:
            continue
        first, last = entry["data_offsets"]
        parts.append(body[first:last])
        header[name] = entry | {"data_offsets": [end, end + last - first]}
        end += last - first
    text = json.dumps(header).encode()
    (target / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + b"".join(parts))


def command(folder, ranks, workers, *options):
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    return launcher + [PROGRAM, "run", "p.yaml", "--jobs", str(workers), *options], {
        "cwd": folder, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


def run(folder, ranks, workers, *options):
    arguments, settings = command(folder, ranks, workers, *options)
    began = time.monotonic()
    result = subprocess.run(arguments, **settings)
    assert result.returncode == 0, f"{folder.name}, {ranks} ranks of {workers}: {result.stderr.decode()}"
    return time.monotonic() - began


def products(folder):
    files = sorted(path for path in (folder / "out").rglob("*") if path.is_file() and ".planish" not in path.parts)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def figures(folder):
    """All of a report but what a run takes and when it was."""
    left_out = {"seconds", "date", "workers", "stages", "resources", "peakBytes"}

    def kept(value):
        if isinstance(value, dict):
            return {key: kept(own) for key, own in value.items() if key not in left_out}
        return [kept(own) for own in value] if isinstance(value, list) else value

    return kept(json.loads((folder / "report" / "report.json").read_text()))


def made(folder):
    return products(folder), figures(folder)


def check(name, holds):
    print(("same   " if holds else "OTHER  ") + name, flush=True)
    if not holds:
        wrong.append(name)


shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)
write_model()
for name, pipeline in PIPELINES.items():
    folder = FOLDER / name
    folder.mkdir()
    (folder / "p.yaml").write_text(HEAD + pipeline)
    run(folder, 1, 1, "--no-journal")
    expected = made(folder)
    for ranks, workers in SHAPES:
        shutil.rmtree(folder / "out")
        seconds = run(folder, ranks, workers, "--no-journal")
        check(f"{name}: {ranks} x {workers} ({seconds:.1f} s)", made(folder) == expected)

# A rank that is killed ends the run, which says which one it was; what was done stays.
folder = FOLDER / "transforms"
expected = made(folder)
shutil.rmtree(folder / "out")
arguments, settings = command(folder, 2, 1)
process = subprocess.Popen(arguments, **settings)


def ranks_of(process):
    found = subprocess.run(["pgrep", "-P", str(process.pid), "-f", "p.yaml"], capture_output=True, text=True).stdout
    return [int(line) for line in found.split()]


def blocks():
    if not (folder / "out").exists():
        return 0
    text = subprocess.run([PROGRAM, "clean", folder / "out", "--json"], capture_output=True, check=True).stdout
    return min((entry["journal"]["blocks"] for entry in json.loads(text)["result"]["journals"]), default=0)


while process.poll() is None and blocks() < 2:
    time.sleep(0.05)
victims = ranks_of(process)
check("two ranks are there", len(victims) == 2)
os.kill(victims[-1], signal.SIGKILL)
_, errors = process.communicate(timeout=120)
check("the run ends and names a rank", process.returncode != 0 and b"rank 1" in errors)
check("its blocks are left", blocks() >= 2)
arguments, settings = command(folder, 4, 1)
result = subprocess.run(arguments, **settings)
check("four ranks go on", result.returncode == 0 and b"goes on behind block" in result.stderr)
check("and end in the same bytes", products(folder) == expected[0])

# What is not alike is said before anything is computed.
arguments = ["mpirun", "-n", "1", PROGRAM, "run", "p.yaml", ":", "-n", "1", PROGRAM, "run", "p.yaml", "--set",
             "calibrate.seed=5"]
result = subprocess.run(arguments, **settings)
check("other options are refused by name", result.returncode != 0 and b"rank 1 of 2" in result.stderr)
result = subprocess.run(["mpirun", "-n", "2", PROGRAM, "plan", "p.yaml"], **settings)
check("other commands are refused", result.returncode != 0 and b"expected `run`" in result.stderr)

print(f"{len(wrong)} wrong")
sys.exit(1 if wrong else 0)
