"""Kills `planish run` at random moments while it calibrates; see scripts/kill-test. Needs no package."""
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
MODEL, TEXT = Path(sys.argv[4]).resolve(), Path(sys.argv[5]).resolve()
TOKENS = int(os.environ.get("KILL_TOKENS", 8192))
SEED = int(os.environ.get("KILL_SEED", time.time_ns() % 1_000_000))
RANDOM = random.Random(SEED)
# Two products that are solved side by side, after AWQ, with refits and descent: all that a block can have.
PIPELINE = f"""planish: 1
model: {{path: {MODEL}}}
calibrate: {{corpus: {TEXT}, tokens: {TOKENS}, context: 512}}
transform: [{{awq: {{grid: 8}}}}]
quantize: {{solver: gptq, type: q4_k_m}}
emit: [{{gguf: out/a.gguf}}, {{gguf: {{path: out/b.gguf, type: q3_k_m}}}}]
"""


def start(*options):
    return subprocess.Popen(
        [PROGRAM, "run", "p.yaml", "--json", *options], cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def products():
    return {name: hashlib.sha256((FOLDER / "out" / name).read_bytes()).hexdigest() for name in ["a.gguf", "b.gguf"]}


def blocks():
    """Blocks that each journal holds."""
    if not (FOLDER / "out").exists():
        return []
    text = subprocess.run([PROGRAM, "clean", FOLDER / "out", "--json"], capture_output=True, check=True).stdout
    return [entry["journal"]["blocks"] for entry in json.loads(text)["result"]["journals"]]


shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)
(FOLDER / "p.yaml").write_text(PIPELINE)
began = time.monotonic()
undisturbed = start("--no-journal")
_, errors = undisturbed.communicate()
assert undisturbed.returncode == 0, errors.decode()
length = time.monotonic() - began
expected = products()
print(f"seed {SEED}; an undisturbed run takes {length:.2f} s")

outcomes, wrong, kills, runs = collections.Counter(), [], 0, 0
while kills < KILLS:
    shutil.rmtree(FOLDER / "out", ignore_errors=True)
    runs += 1
    reached = 0
    # A run is killed until it ends by itself.
    while True:
        process = start()
        try:
            _, errors = process.communicate(timeout=RANDOM.uniform(0, length) if kills < KILLS else None)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            _, errors = process.communicate()
        if process.returncode == 0:
            break
        if process.returncode != -signal.SIGKILL:
            wrong.append(f"kill {kills}: ended with {process.returncode}: {errors.decode()}")
            break
        kills += 1
        now = min(blocks(), default=0)
        outcomes[f"at block {now}"] += 1
        if now + 1 < reached:
            wrong.append(f"kill {kills}: {now} blocks are left of {reached}")
        reached = max(reached, now)
    if products() != expected:
        wrong.append(f"after {kills} kills: other bytes than those of the undisturbed run")

for outcome, count in sorted(outcomes.items()):
    print(f"{count:6d}  {outcome}")
print(f"{kills} kills of {runs} runs, {len(wrong)} wrong")
for line in wrong:
    print(line, file=sys.stderr)
sys.exit(1 if wrong else 0)
