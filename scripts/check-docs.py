"""Holds the documents to the program: every command line, every block of YAML and JSON, and the schema of pipeline files.

    python scripts/check-docs.py PLANISH

Commands are given to the program's own parser. Those that are cheap are run, in a folder that holds the demo model under the names that the
documents use: `quantize` with --print, `run` as `plan`. Needs PyYAML and jsonschema.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import yaml

from tally import Tally

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build/check-docs"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "calibration").rglob("README.md")), ROOT / "demo/README.md"]
HUB = "models--HuggingFaceTB--SmolLM2-135M-Instruct"

tally = Tally("check-docs")


@dataclass(frozen=True)
class Block:
    """A block of code in a page."""

    place: str
    language: str
    text: str


@dataclass(frozen=True)
class CommandLine:
    place: str
    words: tuple[str, ...]
    # Whether it stands in a sentence, where a command may be named without all that it needs.
    isMention: bool


class Program:
    """The program, and what its parser says of itself."""

    def __init__(self, path: Path):
        self.path = path
        self.tree = json.loads(self.run(["--experimental-dump-help"], WORK).stdout)["command"]
        self.commands = {command["commandName"]: command for command in self.tree["subcommands"]}

    def run(self, words: list[str], folder: Path) -> subprocess.CompletedProcess:
        environment = os.environ | {"HF_HUB_CACHE": str(folder / "hub")}
        return subprocess.run([str(self.path), *words], cwd=folder, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, timeout=300)

    def options(self, command: str) -> set[str]:
        arguments = self.commands[command]["arguments"] if command in self.commands else self.tree["arguments"]
        names = [name for argument in arguments for name in argument.get("names", [])]
        return {("-" if name["kind"] == "short" else "--") + name["name"] for name in names} | {"-h", "--help", "--version", "--generate-completion-script"}


# --- reading pages


def blocks(page: Path) -> list[Block]:
    text, found = page.read_text(), []
    for match in re.finditer(r"^( *)```(\w+)\n(.*?)^ *```", text, re.S | re.M):
        place = f"{page.relative_to(ROOT)}:{text[: match.start()].count(chr(10)) + 1}"
        found.append(Block(place, match[2], textwrap.dedent(match[3])))
    return found


def command_lines(page: Path) -> list[CommandLine]:
    text, found = page.read_text(), []

    def add(script: str, at: int, isMention: bool) -> None:
        place = f"{page.relative_to(ROOT)}:{text[:at].count(chr(10)) + 1}"
        for line in script.replace("\\\n", " ").splitlines():
            for words in simple_commands(line):
                found.append(CommandLine(place, words, isMention))

    for match in re.finditer(r"^ *```(sh|yaml)\n(.*?)^ *```", text, re.S | re.M):
        add(match[2], match.start(2), False)
    prose = re.sub(r"```.*?```", lambda match: " " * len(match[0]), text, flags=re.S)
    for match in re.finditer(r"`(planish [^`\n]*)`", prose):
        add(match[1], match.start(), True)
    for match in re.finditer(r"^ {4}(planish .*)$", prose, re.M):
        add(match[1], match.start(), False)
    return found


def simple_commands(line: str) -> list[tuple[str, ...]]:
    """The calls of planish in a line of a shell script. Brackets and dots of a synopsis are left out."""
    line = re.sub(r"\[([^\]\s][^\]]*)\]…?", r"\1", line).replace("…", "")
    try:
        words = shlex.split(line.removeprefix("$ "), comments=True)
    except ValueError:
        return []
    found, current = [], []
    for word in [*words, ";"]:
        if word in (";", "&&", "|", "||", ">", ">>", "2>", "<"):
            start = next((index for index, part in enumerate(current) if re.fullmatch(r"(\S*/)?planish", part)), None)
            if start is not None and all(part in ("run:", "-") or "=" in part for part in current[:start]):
                found.append(tuple(current[start + 1 :]))
            current = []
        else:
            current.append(word)
    return found


# --- commands


# Placeholders that stand for one of a few words.
STANDS_FOR = {"TARGET": "q4_k_m"}


def is_placeholder(word: str) -> bool:
    return re.search(r"(^|[=/])[A-Z][A-Z_]+(\.\w+)?$", word) is not None


def parse(program: Program, line: CommandLine) -> None:
    """Gives a command line to the program where nothing is that it names; says what the parser does not know."""
    said = f"{line.place}: planish {shlex.join(line.words)}"
    named = line.words[0] if line.words and not line.words[0].startswith("-") else None
    if named == "COMMAND":
        return
    tally.holds(named is None or named in program.commands, f"{said}: no such command")
    options = {word.partition("=")[0] for word in line.words if re.match(r"--?[a-z]", word)}
    unknown = options - program.options(named or "")
    tally.holds(not unknown, f"{said}: no such option: {' '.join(sorted(unknown))}")
    if line.isMention and len(line.words) == 1 + len(options):
        return
    result = program.run([STANDS_FOR.get(word, word) for word in line.words], WORK / "empty")
    refused = re.search(r"^(?:planish: error: |Error: )?(.*)\n(?:.*\n)*?Usage: ", result.stderr, re.M)
    tally.holds(refused is None, f"{said}: {refused and refused[1]}")


def project() -> Path:
    """A folder with the names that the documents use."""
    folder = WORK / "project"
    folder.mkdir()
    for name in ("demo", "calibration", "pipelines"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("model", "SmolLM2-135M"):
        (folder / name).symlink_to(ROOT / "demo/model")
    for name, text in (("text.txt", "general.txt"), ("heldout.txt", "heldout.txt")):
        (folder / name).symlink_to(ROOT / "calibration" / text)
    (folder / "build").mkdir()
    hub = folder / "hub" / HUB
    (hub / "snapshots").mkdir(parents=True)
    (hub / "refs").mkdir()
    (hub / "snapshots/0123").symlink_to(ROOT / "demo/model")
    (hub / "refs/main").write_text("0123")
    return folder


def run(program: Program, line: CommandLine, folder: Path, schema: dict) -> bool:
    """Runs a command line where that is cheap; whether it was run."""
    words = list(line.words)
    if line.isMention or any(is_placeholder(word) for word in words):
        return False
    if words[:1] == ["quantize"]:
        words.append("--print")
    elif words[:1] == ["run"] or words[:1] == ["plan"]:
        if not (folder / words[1]).exists():
            return False
        words[0] = "plan"
    elif words[0] not in ("init", "schema", "doctor", "--version", "--generate-completion-script"):
        return False
    result = program.run(words, folder)
    tally.holds(result.returncode == 0, f"{line.place}: planish {shlex.join(words)}: status {result.returncode}\n{result.stderr}")
    if words[0] == "quantize":
        valid(yaml.safe_load(result.stdout), schema, f"{line.place}: the pipeline file of planish {shlex.join(words)}")
    return True


# --- pipeline files


def valid(value: object, schema: dict, what: str, part: bool = False) -> None:
    mistake = first_mistake(value, schema, part)
    tally.holds(mistake is None, f"{what}: {mistake}")


def first_mistake(value: object, schema: dict, part: bool = False) -> str | None:
    rules = {"$ref": "#/definitions/part", "definitions": schema["definitions"]} if part else schema
    errors = sorted(jsonschema.Draft7Validator(rules).iter_errors(value), key=lambda error: list(map(str, error.path)))
    return f"{'.'.join(map(str, errors[0].path))}: {errors[0].message[:300]}" if errors else None


BASE = """\
planish: 1
model: {path: model}
calibrate: {corpora: [text.txt], tokens: 4096}
quantize: {type: q4_k_m, solver: gptq}
emit: [{gguf: build/a.gguf}]
validate: {corpora: [heldout.txt], gates: {mean_kld: {max: 0.1}}}
report: build/report
"""

# What is wrong, what stands in BASE and what takes its place.
MISTAKES = [
    ("no version", "planish: 1\n", ""),
    ("another version", "planish: 1", "planish: 2"),
    ("a version that is text", "planish: 1", "planish: one"),
    ("no model", "model: {path: model}\n", ""),
    ("a model that is a path", "{path: model}", "model"),
    ("a model without a path", "{path: model}", "{drop: [x]}"),
    ("an unknown key at the top", "report: build/report", "reports: build/report"),
    ("an unknown key of the model", "{path: model}", "{path: model, revision: main}"),
    ("an adapter without a path", "{path: model}", "{path: model, adapters: [{weight: 1}]}"),
    ("texts that are no list", "corpora: [text.txt]", "corpora: text.txt"),
    ("a text without a path", "corpora: [text.txt]", "corpora: [{share: 1}]"),
    ("a share below nothing", "corpora: [text.txt]", "corpora: [{path: text.txt, share: -1}]"),
    ("tokens that are text", "tokens: 4096", "tokens: many"),
    ("no tokens", "tokens: 4096", "tokens: 0"),
    ("a context of one token", "tokens: 4096", "tokens: 4096, context: 1"),
    ("unknown inputs", "tokens: 4096", "tokens: 4096, inputs: rounded"),
    ("an unknown key of calibrate", "tokens: 4096", "token: 4096"),
    ("no type", "type: q4_k_m, ", ""),
    ("an unknown type", "q4_k_m", "q4_k_x"),
    ("an unknown solver", "solver: gptq", "solver: gptp"),
    ("a damping below nothing", "solver: gptq", "solver: {gptq: {damping: -1}}"),
    ("an unknown order", "solver: gptq", "solver: {gptq: {order: random}}"),
    ("an option that the solver does not have", "solver: gptq", "solver: {rtn: {damping: 1}}"),
    ("an override without tensors", "solver: gptq", "solver: gptq, overrides: [{type: q6_k}]"),
    ("no products", "emit: [{gguf: build/a.gguf}]\n", ""),
    ("a product that is no list", "[{gguf: build/a.gguf}]", "{gguf: build/a.gguf}"),
    ("an unknown product", "gguf: build", "ggml: build"),
    ("a product without a path", "{gguf: build/a.gguf}", "{gguf: {type: q4_0}}"),
    ("a gate that is a number", "{max: 0.1}", "0.1"),
    ("a gate without a limit", "{max: 0.1}", "{confidence: 0.95}"),
    ("an unknown measure", "mean_kld", "mean_kl"),
    ("a confidence above one", "{max: 0.1}", "{max: 0.1, confidence: 95}"),
    ("an unknown transform", "report: build/report", "transform: [awk]"),
    ("a report that is a mapping", "report: build/report", "report: {path: build/report}"),
    ("a variant without products", "report: build/report", "variants: {b: {quantize: {type: q6_k}}}"),
    ("a variant with a model of its own", "report: build/report", "variants: {b: {model: {path: b}, emit: [{gguf: build/b.gguf}]}}"),
]


def check_recipes(schema: dict) -> None:
    kind = "recipes that the schema accepts"
    whole = sorted((ROOT / "pipelines").glob("*.yaml"))
    parts = sorted((ROOT / "pipelines/parts").glob("*.yaml"))
    corpora = sorted((ROOT / "calibration/recipes").glob("*.yaml"))
    tally.declare(kind, len(whole) + len(parts) + len(corpora))
    for path in [*whole, *parts, *corpora]:
        value = yaml.safe_load(path.read_text())
        if path in corpora:
            value = {"calibrate": value}
        valid(value, schema, str(path.relative_to(ROOT)), part=path not in whole)
        tally.made_one(kind)


def check_mistakes(program: Program, schema: dict, folder: Path) -> None:
    kinds = ("mistakes that the schema rejects", "mistakes that the program rejects")
    for kind in kinds:
        tally.declare(kind, len(MISTAKES))
    valid(yaml.safe_load(BASE), schema, "the file without a mistake")
    file = folder / "mistake.yaml"
    file.write_text(BASE)
    result = program.run(["plan", file.name], folder)
    tally.holds(result.returncode == 0, f"the file without a mistake: {result.stderr}")
    for what, right, wrong in MISTAKES:
        tally.holds(BASE.count(right) == 1, f"{what}: found {BASE.count(right)} places to make it, expected one")
        text = BASE.replace(right, wrong)
        tally.holds(first_mistake(yaml.safe_load(text), schema) is not None, f"{what}: the schema accepts it")
        tally.made_one(kinds[0])
        file.write_text(text)
        result = program.run(["plan", file.name], folder)
        told = re.search(r"mistake\.yaml:\d+:\d+: error: ", result.stderr)
        tally.holds(result.returncode == 2 and told is not None, f"{what}: status {result.returncode}, expected 2 and its place\n{result.stderr}")
        tally.made_one(kinds[1])
    file.unlink()


def check_yaml(program: Program, schema: dict, folder: Path, found: list[Block]) -> None:
    kind = "blocks of YAML"
    tally.declare(kind, len(found))
    (folder / "pages").mkdir()
    for block in found:
        value = yaml.safe_load(block.text)
        if value is None:
            tally.holds("yaml-language-server: $schema=" in block.text, f"{block.place}: found comments only")
        elif "planish" in value:
            valid(value, schema, block.place)
            file = folder / "pages/pipeline.yaml"
            file.write_text(block.text)
            result = program.run(["plan", str(file)], folder)
            tally.holds(result.returncode == 0, f"{block.place}: {result.stderr}")
        elif not is_workflow(value):
            valid(value, schema, block.place, part="extends" not in value)
        tally.made_one(kind)


def is_workflow(value: dict) -> bool:
    """Whether a block is of GitHub's or GitLab's files, which have jobs with commands."""
    jobs = value.get("jobs", value)
    return all(isinstance(job, dict) and ("steps" in job or "script" in job) for job in jobs.values())


def check_json(found: list[Block]) -> None:
    kind = "blocks of JSON"
    tally.declare(kind, len(found))
    for block in found:
        value = json.loads(block.text)
        if "schema" not in value:
            tally.made_one(kind)
            continue
        name = re.fullmatch(r"planish\.(\w+)/\d+", value["schema"])[1]
        rules = json.loads((ROOT / f"docs/schemas/{name}.json").read_text())
        errors = [error.message for error in jsonschema.Draft202012Validator(rules).iter_errors(value)]
        tally.holds(not errors, f"{block.place}: {errors[:1]}")
        tally.made_one(kind)


def check_written(program: Program, schema_file: Path) -> None:
    """Files that the program writes and the repository holds."""
    kind = "pages that the program writes"
    written = {schema_file: ["schema"], ROOT / "docs/keys.md": ["schema", "--reference"]}
    tally.declare(kind, len(written))
    for path, words in written.items():
        made = program.run(words, WORK).stdout
        tally.holds(path.read_text() == made, f"{path.relative_to(ROOT)}: differs; write it with planish {' '.join(words)} > {path.relative_to(ROOT)}")
        tally.made_one(kind)


def check_commands(program: Program, schema: dict, folder: Path) -> None:
    found = [line for page in PAGES for line in command_lines(page)]
    parsed, ran = "command lines parsed", "command lines run"
    tally.declare(parsed, len(found))
    seen: set[tuple[str, ...]] = set()
    for line in found:
        if line.words not in seen:
            parse(program, line)
        tally.made_one(parsed)
        if line.words not in seen and run(program, line, folder, schema):
            tally.declare(ran, 1)
            tally.made_one(ran)
        seen.add(line.words)


def main() -> None:
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "empty").mkdir(parents=True)
    os.environ.pop("OPENBLAS_CORETYPE", None)
    program = Program(Path(sys.argv[1]).resolve())
    schema_file = ROOT / "docs/schemas/pipeline.json"
    schema = json.loads(schema_file.read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    folder = project()
    check_written(program, schema_file)
    check_recipes(schema)
    check_mistakes(program, schema, folder)
    found = [block for page in PAGES for block in blocks(page)]
    # keys.md has an example of every key; the test of the reference reads each of them.
    check_yaml(program, schema, folder, [block for block in found if block.language == "yaml" and not block.place.startswith("docs/keys.md")])
    check_json([block for block in found if block.language == "json"])
    check_commands(program, schema, folder)
    tally.close()


if __name__ == "__main__":
    main()
