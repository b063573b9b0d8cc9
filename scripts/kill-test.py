"""Kills `planish run` at random moments; see scripts/kill-test. Needs no package."""
import collections
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAM, KILLS, FOLDER = Path(sys.argv[1]).resolve(), int(sys.argv[2]), Path(sys.argv[3]).resolve()
SEED = int(os.environ.get("KILL_SEED", time.time_ns() % 1_000_000))
RANDOM = random.Random(SEED)
WAITING = FOLDER / "report" / ".manifest.json.planish-tmp"
PRODUCTS = ["q4.gguf", "folder", "own.gguf"]
MODEL = Path("demo/model").resolve()
PIPELINE = """planish: 1
model: {path: model}
quantize: {solver: rtn, type: q4_0}
emit: [{gguf: out/q4.gguf}, {safetensors: out/folder}, {gguf: {path: out/own.gguf, type: q8_0}}]
report: report
"""


def small_model(folder):
    """The demo model with its first block alone: most of the time should go into files."""
    shutil.copytree(MODEL, folder)
    file = folder / "model.safetensors"
    content = file.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header, data, kept, body = json.loads(content[8:8 + length]), content[8 + length:], {}, b""
    for name, tensor in header.items():
        if name == "__metadata__" or name.startswith("model.layers.") and not name.startswith("model.layers.0."):
            continue
        first, last = tensor["data_offsets"]
        kept[name] = {**tensor, "data_offsets": [len(body), len(body) + last - first]}
        body += data[first:last]
    text = json.dumps(kept).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text + body)
    config = json.loads((folder / "config.json").read_text())
    config["num_hidden_layers"] = 1
    (folder / "config.json").write_text(json.dumps(config))


def run(type_, kill_after=None, at_names=False):
    """Runs the pipeline; answers the exit status, negative for a signal, how long it took and what it said.

    Kills it after some seconds; with `at_names` they count from when the last record is written and names are about to be given.
    """
    start = time.monotonic()
    process = subprocess.Popen(
        [PROGRAM, "run", "p.yaml", "--set", f"quantize.type={type_}"], cwd=FOLDER, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE)
    while at_names and process.poll() is None and not WAITING.exists():
        time.sleep(0.0002)
    try:
        _, errors = process.communicate(timeout=kill_after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        _, errors = process.communicate()
    return process.returncode, time.monotonic() - start, errors.decode()


def digest(path):
    """Of a file or a folder with all that is in it; None for nothing."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    if path.is_dir():
        parts = [(str(f.relative_to(path)), digest(f)) for f in sorted(path.rglob("*")) if f.is_file()]
        return hashlib.sha256(repr(parts).encode()).hexdigest()
    return None


def state():
    return [digest(FOLDER / "out" / name) for name in PRODUCTS]


def names():
    return sorted(str(f.relative_to(FOLDER)) for f in FOLDER.rglob("*"))


def record(name):
    path = FOLDER / "report" / name
    return json.loads(path.read_text())["recipeDigest"] if path.exists() else None


def published(type_):
    """What an undisturbed run makes: its products, the digest in its records, and all names."""
    status, seconds, errors = run(type_)
    assert status == 0, errors
    return state(), record("manifest.json"), names(), seconds


shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)
(FOLDER / "p.yaml").write_text(PIPELINE)
small_model(FOLDER / "model")
types = ["q4_0", "q5_1"]
known = {}
for type_ in types:
    products, told, all_names, seconds = published(type_)
    known[type_] = (products, told)
length = min(published(type_)[3] for type_ in types)
print(f"seed {SEED}; an undisturbed run takes {length:.2f} s and leaves {len(all_names)} files and folders")

outcomes = collections.Counter()
wrong = []
kills = 0
current = types[1]
while kills < KILLS:
    new = types[1] if current == types[0] else types[0]
    # Half of the kills anywhere, half within a few milliseconds of when names are given.
    at_names = kills % 2 == 1
    moment = RANDOM.uniform(0, 0.02) if at_names else RANDOM.uniform(0, length)
    WAITING.unlink(missing_ok=True)
    status, _, errors = run(new, moment, at_names)
    if status == 0:
        outcomes["ended before its kill"] += 1
        current = new
        continue
    if status != -signal.SIGKILL:
        wrong.append(f"kill {kills}: ended with {status}: {errors}")
    kills += 1
    after = state()
    # A product with a type of its own may have the same bytes in both, and is on no side then.
    sides = {("old" if part == old else "new" if part == fresh else "WRONG")
             for part, old, fresh in zip(after, known[current][0], known[new][0]) if part != old or old != fresh}
    if "WRONG" in sides:
        wrong.append(f"kill {kills} after {moment:.3f} s: a product is neither the earlier one nor the new one")
    for name in ["manifest.json", "report.json"]:
        told = record(name)
        for type_, side in [(current, "old"), (new, "new")]:
            if told == known[type_][1] and told is not None and sides != {side}:
                wrong.append(f"kill {kills} after {moment:.3f} s: {name} tells of products that are not there")
    left = any(".planish-" in name for name in names())
    outcomes[" and ".join(sorted(sides)) + (", something left over" if left else "")] += 1
    status, _, errors = run(new)
    if status != 0:
        wrong.append(f"kill {kills} after {moment:.3f} s: the run after it ended with {status}: {errors}")
    if state() != known[new][0] or names() != all_names:
        wrong.append(f"kill {kills} after {moment:.3f} s: the run after it left something else")
    current = new

for outcome, count in sorted(outcomes.items()):
    print(f"{count:6d}  {outcome}")
print(f"{kills} kills, {len(wrong)} wrong")
for line in wrong:
    print(line, file=sys.stderr)
sys.exit(1 if wrong else 0)
