"""What the checks of containers share: products of the demo model, and the logits and weights that Planish gives them.

Each check makes all of its products in one run: the container's own, and for every type an f32 folder of the decoded weights,
which says what the solver chose.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy
from safetensors import safe_open
from safetensors.numpy import load_file

ROOT = Path(__file__).resolve().parent.parent.parent
MODEL, TEXT = ROOT / "demo/model", ROOT / "calibration/heldout.txt"
CALIBRATION = ROOT / "calibration/general.txt"
# A model that other programs quantize here: one of real text where it lies beside the checkout, else that of the demo.
REAL_MODEL = ROOT / "../shared/models/wikicode-6m"
OTHER_MODEL = REAL_MODEL if REAL_MODEL.exists() else MODEL
CONTEXT = 64
TOLERANCE = 1e-2


@dataclass
class Variant:
    """One product: a type in a container, with the container's options."""

    name: str
    type: str
    options: dict = field(default_factory=dict)


class Check:
    """One run of a check script: `python check_X.py PLANISH OUT`."""

    def __init__(self, container: str, *flags: str):
        parser = argparse.ArgumentParser()
        parser.add_argument("planish")
        parser.add_argument("out", type=Path)
        for flag in flags:
            parser.add_argument(flag, action="store_true")
        self.arguments = parser.parse_args()
        self.container = container
        self.out = self.arguments.out.resolve()
        self.out.mkdir(parents=True, exist_ok=True)
        self.program = str(Path(self.arguments.planish).resolve())
        self.figures: list[tuple[str, float]] = []
        # Checkpoints that will be loaded, and read back, and those that were.
        self.declared: dict[str, int] = {"loaded": 0, "read back": 0}
        self.made: dict[str, int] = {"loaded": 0, "read back": 0}

    def declare(self, loaded: int = 0, read_back: int = 0) -> None:
        """Says how many more checkpoints the library will load, and how many of its own will be read back here."""
        self.declared["loaded"] += loaded
        self.declared["read back"] += read_back

    def read_back_is_the_same(self, name: str) -> None:
        """Counts a checkpoint of the library's own that came back from Planish as it was."""
        self.made["read back"] += 1
        print(f"  {name}: read back")

    def holds(self, condition: bool, what: str) -> None:
        if not condition:
            sys.exit(f"{self.container}: {what}")

    def planish(self, *arguments: object) -> str:
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True)
        self.holds(done.returncode == 0, f"planish {' '.join(map(str, arguments))}: {done.returncode}\n{done.stderr}")
        return done.stdout

    def folder(self, variant: Variant) -> Path:
        return self.out / variant.name

    def build(self, variants: list[Variant], model: Path = MODEL) -> None:
        """Makes all products in one run, each beside what it decodes to: under one calibration, since a product whose inputs are rounded
        would otherwise see another text than the plain numbers beside it."""
        emit = []
        for variant in variants:
            own = {"type": variant.type} | {k: v for k, v in variant.options.items() if k in ("solver", "overrides")}
            emit += [
                {self.container: {"path": str(self.folder(variant))} | variant.options | own},
                {"safetensors": {"path": str(self.folder(variant)) + "-f32", "dtype": "f32"} | own}]
        file = self.out / "pipeline.json"  # JSON is YAML
        file.write_text(json.dumps({
            "planish": 1, "name": self.container, "model": {"path": str(model)},
            "calibrate": {"corpus": str(CALIBRATION), "tokens": 2048, "context": 128, "share": True},
            "quantize": {"type": variants[0].type}, "emit": emit}))
        self.planish("run", file)

    def decoded(self, variant: Variant) -> dict[str, numpy.ndarray]:
        """The weights that the solver chose."""
        return load_file(Path(f"{self.folder(variant)}-f32") / "model.safetensors")

    def read_back(self, folder: Path, name: str) -> dict[str, numpy.ndarray]:
        """What Planish reads of any checkpoint, as f32."""
        file, plain = self.out / f"{name}.json", self.out / f"{name}-read"
        file.write_text(json.dumps({
            "planish": 1, "model": {"path": str(folder)}, "quantize": {"type": "f32"},
            "emit": [{"safetensors": {"path": str(plain), "dtype": "f32"}}]}))
        self.planish("run", file)
        return load_file(plain / "model.safetensors")

    def logits(self, folder: Path, text: Path = TEXT, count: int = CONTEXT) -> tuple[list[int], numpy.ndarray]:
        """The first tokens of a text, and what Planish's own evaluation of a folder gives after each."""
        file = self.out / f"{folder.name}.logits.safetensors"
        self.planish("eval", folder, "--text", text, "--context", count, "--tokens", count, "--logits", file)
        with safe_open(file, "numpy") as tensors:
            return tensors.get_tensor("tokens").tolist(), tensors.get_tensor("logits")

    def compare_logits(self, folder: Path, theirs: numpy.ndarray, ours: numpy.ndarray, tolerance: float = TOLERANCE) -> None:
        worst = float(numpy.abs(theirs.astype(numpy.float64) - ours).max())
        self.holds(worst <= tolerance, f"{folder.name}: logits differ by {worst:.3g}, more than {tolerance}")
        self.figures.append((folder.name, worst))
        self.made["loaded"] += 1

    def compare_weights(
        self, name: str, theirs: dict[str, numpy.ndarray], ours: dict[str, numpy.ndarray], tolerance: float = 0
    ) -> None:
        """Every matrix of `theirs` equals the one of `ours` under its name, up to a share of its largest weight."""
        self.holds(len(theirs) > 0, f"{name}: no quantized matrix was found")
        for tensor, matrix in theirs.items():
            self.holds(tensor in ours, f"{name}: {tensor} is not there")
            difference = float(numpy.abs(matrix.astype(numpy.float32) - ours[tensor]).max())
            bound = tolerance * float(numpy.abs(ours[tensor]).max())
            self.holds(difference <= bound, f"{name}: {tensor} differs by {difference:.3g}, more than {bound:.3g}")

    def close(self) -> None:
        """Ends the script with a failure unless all that was declared was done."""
        self.holds(sum(self.declared.values()) > 0, "the script declares no checks")
        for kind, count in self.declared.items():
            self.holds(self.made[kind] == count, f"{self.made[kind]} of {count} checkpoints were {kind}")

    def report(self, library: str) -> None:
        for name, worst in self.figures:
            print(f"  {name}: logits within {worst:.2g}")
        self.close()
        print(f"{self.container}: {self.made['loaded']} checkpoints loaded by {library}, {self.made['read back']} of its own read back")
