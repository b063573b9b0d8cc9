"""Builds the standard calibration text: real text of many kinds and languages, from packages whose licenses allow it.

    python calibration/standard/build.py CACHE          fetches what is missing into CACHE, writes the texts and the table of README.md
    python calibration/standard/build.py CACHE --check  builds in memory; exits with 1 where the committed texts differ

It needs pip, apt-get with lists, dpkg-deb and PyYAML. Everything is picked by hashes of names, so equal packages give equal bytes. No file of an
origin is in both texts, and of books that are one file the held-out text has the end; no line of 60 characters is in both.
"""

from __future__ import annotations

import argparse
import ast
import bz2
import csv
import gzip
import hashlib
import html
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import yaml

HERE = Path(__file__).resolve().parent
# Characters of one document, at most: some windows of 512 tokens.
LONGEST = 6000
# One file in so many is held out, with this share of the bytes.
HELD_OUT = 6
HELD_OUT_SHARE = 0.15
# A line of so many characters may not be in both texts.
TELLING = 60

# A text with its place in the package and its language.
Document = tuple[str, str, str]


@dataclass(frozen=True)
class Part:
    """What is taken of a package."""

    kind: str
    kilobytes: int
    documents: Callable[[dict[str, bytes]], Iterator[Document]]


@dataclass(frozen=True)
class Origin:
    """A package, where it is from, and what its license is."""

    registry: str  # pypi, debian, or debian-source
    package: str
    version: str
    license: str
    what: str
    parts: tuple[Part, ...]


# --- fetching


def run(*words: str, folder: Path) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"build: {' '.join(words)}: status {done.returncode}\n{done.stderr[-2000:]}")


def fetched(origin: Origin, cache: Path) -> Path:
    """The archive of a package in the cache."""
    folder = cache / f"{origin.package}-{origin.version.replace('~', '-')}"
    folder.mkdir(parents=True, exist_ok=True)
    endings = (".whl", ".tar.gz", ".deb", ".tar.xz")

    def found() -> list[Path]:
        return sorted(p for p in folder.iterdir() if p.name.endswith(endings) and ".debian.tar" not in p.name)

    if not found():
        if origin.registry == "pypi":
            run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *BINARY.get(origin.package, SOURCE), f"{origin.package}=={origin.version}", folder=folder)
        elif origin.registry == "debian":
            run("apt-get", "download", f"{origin.package}={origin.version}", folder=folder)
        else:
            source_package(f"{origin.package}={origin.version}", folder)
    if len(found()) != 1:
        sys.exit(f"build: {folder}: found {len(found())} archives of {origin.package}, expected one")
    return found()[0]


SOURCE = ["--no-binary", ":all:"]
BINARY = {"chatterbot-corpus": [], "vega-datasets": []}


def source_package(name: str, folder: Path) -> None:
    """Fetches a source package with the machine's own list of binary packages, turned to sources."""
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    sources = folder / "sources.sources"
    sources.write_text(Path("/etc/apt/sources.list.d/debian.sources").read_text().replace("Types: deb\n", "Types: deb-src\n"))
    options = ["-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=-", "-o", f"Dir::State::lists={lists}", "-o", "APT::Sandbox::User=root"]
    run("apt-get", *options, "update", folder=folder)
    run("apt-get", *options, "source", "--download-only", name, folder=folder)


def files(archive: Path) -> dict[str, bytes]:
    """What a package holds, by paths without the package's own folder."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as whole:
            return {name: whole.read(name) for name in whole.namelist() if not name.endswith("/")}
    if archive.suffix == ".deb":
        stream = io.BytesIO(subprocess.run(["dpkg-deb", "--fsys-tarfile", str(archive)], check=True, capture_output=True).stdout)
        cut = 0
    else:
        stream = io.BytesIO(archive.read_bytes())
        cut = 1
    found = {}
    with tarfile.open(fileobj=stream) as whole:
        for member in whole:
            if member.isfile():
                path = PurePosixPath(member.name)
                parts = [part for part in path.parts if part != "."][cut:]
                found["/".join(parts)] = whole.extractfile(member).read()
    return found


# --- what is taken


def decoded(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def matching(pattern: str, language: str | Callable[[re.Match], str], clean: Callable[[str], str] = lambda text: text):
    """Files whose path matches; their language is given, or follows from the match."""
    compiled = re.compile(pattern)

    def documents(found: dict[str, bytes]) -> Iterator[Document]:
        for path in sorted(found):
            match = compiled.search(path)
            text = decoded(found[path]) if match else None
            if text and len(text) > 400:
                yield path, language if isinstance(language, str) else language(match), clean(text)

    return documents


def code(text: str) -> str:
    """Without the license in front, which all files of a package share."""
    head = re.match(r"\s*(/\*.*?\*/|(?:(?://|#|--|%|;)[^\n]*\n)+)", text, re.S)
    return text[head.end():] if head and re.search(r"licen[sc]e|copyright", head[0], re.I) else text


def markdown(text: str) -> str:
    """Without pictures, pieces of HTML that only lay out, and references to files of code."""
    text = re.sub(r"<img[^>]*>|!\[[^\]]*\]\([^)]*\)|</?div[^>]*>|\{!.*?!\}", "", text)
    return re.sub(r"```Python[^\n]*\n\s*```", "", text)


def page(text: str) -> str:
    """The text of an HTML page; tables become Markdown."""
    text = re.sub(r"(?s)<(script|style|head|svg).*?</\1>|<!--.*?-->", "", text)
    text = text.rpartition("Search Changelog")[2]
    text = re.sub(r"\s*</t[dh]>\s*<t[dh][^>]*>\s*", " | ", text)
    text = re.sub(r"(?s)<tr[^>]*>\s*<t[dh][^>]*>(.*?)(?:</t[dh]>)?\s*</tr>", lambda m: "\n| " + " ".join(m[1].split()) + " |\n", text)
    text = re.sub(r"(?i)<(p|h\d|li|pre|blockquote|div|ul|ol|dl|dt|dd|table)\b[^>]*>", "\n\n", text)
    text = re.sub(r"(?i)<br[^>]*>", "\n", text)
    text = html.unescape(re.sub(r"<[^>]+>", "", text))
    return re.sub(r"\|\n+\|", "|\n|", text)


def metamath(found: dict[str, bytes]) -> Iterator[Document]:
    """Theorems with what is said about them; the proofs' codes are left out."""
    path = next(name for name in sorted(found) if name.endswith("/set.mm") or name.endswith("/set.mm.gz"))
    data = found[path]
    if path.endswith(".gz"):
        data = gzip.decompress(data)
    text = data.decode("utf-8")
    blocks = re.findall(r"\$\(\s(.*?)\$\)\s*(\S+) \$p (.*?) \$=", text, re.S)
    for first in range(0, len(blocks), 12):
        lines = []
        for comment, label, statement in blocks[first : first + 12]:
            words = re.sub(r"\((Contributed|Revised|Proof|New usage)[^)]*\)", "", comment)
            words = re.sub(r"` (.*?) `", r"`\1`", " ".join(words.split())).replace("~ ", "")
            lines.append(f"{label}: {' '.join(statement.split())}\n{words.strip()}")
        yield f"{path}/{first}", "en", "\n\n".join(lines)


def docstrings(found: dict[str, bytes]) -> Iterator[Document]:
    """Docstrings that hold formulas."""
    for path in sorted(found):
        if not re.search(r"^sympy/.*\.py$", path) or "/tests/" in path:
            continue
        try:
            tree = ast.parse(found[path])
        except SyntaxError:
            continue
        texts = []
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)):
                text = ast.get_docstring(node)
                if text and len(text) > 500 and ("math::" in text or r"`" in text):
                    texts.append(text)
        if texts:
            yield path, "en", "\n\n".join(texts)


def conversations(found: dict[str, bytes]) -> Iterator[Document]:
    topics = "ai|computers|conversations|food|health|history|literature|science|greetings|money|sports|trivia|coding|tech_support|movies"
    for path in sorted(found):
        match = re.search(rf"chatterbot_corpus/data/(\w+)/({topics})\.yml$", path)
        if not match:
            continue
        lines = []
        for turns in yaml.safe_load(found[path]).get("conversations", []):
            speakers = ["User", "Assistant"]
            lines.append("\n".join(f"{speakers[i % 2]}: {' '.join(str(turn).split())}" for i, turn in enumerate(turns)))
        # Some questions have many answers; each file is read once.
        yield path, LANGUAGES.get(match[1], match[1]), "\n\n".join(dict.fromkeys(lines))


LANGUAGES = {
    "zh": "zh-Hans", "english": "en", "german": "de", "french": "fr", "italian": "it", "spanish": "es", "portuguese": "pt", "dutch": "nl", "swedish": "sv", "russian": "ru",
    "ukrainian": "uk", "turkish": "tr", "chinese": "zh-Hans", "traditionalchinese": "zh-Hant", "japanese": "ja", "korean": "ko", "hindi": "hi", "bengali": "bn",
    "persian": "fa", "hebrew": "he", "indonesian": "id", "marathi": "mr", "tamil": "ta", "telugu": "te", "urdu": "ur", "yoruba": "yo", "oriya": "or", "hinglish": "hi-Latn", "thai": "th",
}  # fmt: skip

SPOKEN = (
    "ar bg bn ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko lo lt lv mk ml mn mr ms my nb ne nl pa pl pt ro ru si sk sl "
    "so sq sr-Cyrl sr-Latn sv sw ta te th tl tr uk ur uz vi yo zh-Hans zh-Hant zu"
).split()  # fmt: skip


def rights(found: dict[str, bytes]) -> Iterator[Document]:
    """The Universal Declaration of Human Rights in many languages, another fifth of it in each of five."""
    for path in sorted(found):
        match = re.search(r"ShortTexts/([\w-]+)\.txt$", path)
        text = decoded(found[path]) if match and match[1] in SPOKEN else None
        if text:
            lines = [line for line in text.splitlines() if line.strip()]
            fifth = SPOKEN.index(match[1]) % 5
            yield path, match[1], "\n".join(lines[len(lines) * fifth // 5 : len(lines) * (fifth + 1) // 5])


def book(pattern: str, start: str = "", language: str = "en"):
    """A book that is one file, from some words on: pieces of it in order."""

    def documents(found: dict[str, bytes]) -> Iterator[Document]:
        path = next(name for name in sorted(found) if re.search(pattern, name))
        data = bz2.decompress(found[path]) if path.endswith(".bz2") else found[path]
        text = data.decode("utf-8", errors="replace").replace("\r", "")
        yield path, language, text[max(0, text.find(start)) :]

    return documents


def tables(found: dict[str, bytes]) -> Iterator[Document]:
    """Rows of tables: as Markdown, as comma-separated values, and as objects of JSON, in turn."""
    for path in sorted(found):
        name = path.rpartition("/")[2]
        if "_data/" not in path or not re.search(r"\.(csv|json)$", name) or name in UNCLEAR:
            continue
        text = found[path].decode("utf-8")
        rows = json.loads(text) if name.endswith(".json") else list(csv.DictReader(io.StringIO(text)))
        for number, first in enumerate(range(0, min(len(rows), 40 * 12), 40)):
            some = rows[first : first + 40]
            keys = list(some[0])
            form = (number + len(name)) % 3
            if form == 0:
                lines = ["| " + " | ".join(keys) + " |", "|" + "---|" * len(keys)]
                lines += ["| " + " | ".join(str(row.get(key, "")) for key in keys) + " |" for row in some]
            elif form == 1:
                lines = [",".join(keys)] + [",".join(str(row.get(key, "")) for key in keys) for row in some]
            else:
                lines = [json.dumps(row, ensure_ascii=False) for row in some]
            yield f"{path}/{number}", "en", f"{name.partition('.')[0]}\n\n" + "\n".join(lines)


# Tables whose own origin is not said to be free.
UNCLEAR = {"la-riots.csv", "stocks.csv", "ohlc.json", "cars.json", "driving.json"}

ORIGINS = [
    Origin("debian-source", "libexttextcat", "3.4.5-1", "BSD-3-Clause", "the Universal Declaration of Human Rights", (Part("prose", 110, rights),)),
    Origin("pypi", "fastapi", "0.92.0", "MIT", "documentation and its translations", (
        Part("prose", 170, matching(r"^docs/(?!en/)(\w+)/docs/.*\.md$", lambda match: LANGUAGES.get(match[1], match[1]), markdown)),
        Part("prose", 110, matching(r"^docs/en/docs/(?!release).*\.md$", "en", markdown)),
    )),
    Origin("pypi", "Brotli", "1.1.0", "MIT; books in the public domain", "Carroll, Milton and Shakespeare; C", (
        Part("prose", 130, book(r"testdata/alice29\.txt$")),
        Part("prose", 110, book(r"testdata/plrabn12\.txt$")),
        Part("conversations", 60, book(r"testdata/asyoulik\.txt$")),
        Part("code", 40, matching(r"^c/(enc|dec|tools)/[^/]*\.c$", "c", code)),
    )),
    Origin("debian", "golang-1.19-src", "1.19.8-2", "BSD-3-Clause; book in the public domain", "Newton's Opticks; Go", (
        Part("mathematics", 70, book(r"testdata/Isaac\.Newton-Opticks\.txt", "Produced by")),
        Part("code", 45, matching(r"/src/(strings|sort|bufio|net/http|encoding/json|go/printer|container/\w+|text/template)/[^/]*(?<!_test)\.go$", "go", code)),
    )),
    Origin("debian", "sqlite3-doc", "3.40.1-2+deb12u2", "public domain", "documentation, with SQL and tables", (
        Part("prose", 260, matching(r"/(?!c3ref|releaselog|syntax|session)[\w-]+\.html$", "en", page)),
    )),
    Origin("pypi", "Django", "4.2.16", "BSD-3-Clause", "documentation; Python", (
        Part("prose", 200, matching(r"^docs/(topics|intro|howto|faq)/.*\.txt$", "en")),
        Part("code", 40, matching(r"^django/(core|db/models|forms|http|utils|views)/.*\.py$", "python", code)),
    )),
    Origin("debian", "metamath-databases", "0.0.0~20210101.git55fe226-2", "CC0-1.0", "theorems of set theory and analysis", (Part("mathematics", 90, metamath),)),
    Origin("pypi", "sympy", "1.13.3", "BSD-3-Clause", "mathematics in prose and formulas; Python", (
        Part("mathematics", 110, docstrings),
        Part("code", 20, matching(r"^sympy/(ntheory|geometry|combinatorics)/[^/]*\.py$", "python", code)),
    )),
    Origin("pypi", "chatterbot-corpus", "1.3.3", "BSD-3-Clause", "short conversations", (Part("conversations", 90, conversations),)),
    Origin("pypi", "vega-datasets", "0.9.0", "BSD-3-Clause; measurements of public bodies", "tables", (Part("tables", 110, tables),)),
    Origin("pypi", "pybind11", "2.12.0", "BSD-3-Clause", "C++", (Part("code", 40, matching(r"include/pybind11/.*\.h$", "c++", code)),)),
    Origin("debian", "librust-regex-dev", "1.7.1-1", "Apache-2.0 or MIT", "Rust", (Part("code", 40, matching(r"/src/[^/]*\.rs$", "rust", code)),)),
    Origin("pypi", "JPype1", "1.5.0", "Apache-2.0", "Java", (Part("code", 40, matching(r"\.java$", "java", code)),)),
    Origin("debian", "libjs-vue", "2.6.14+dfsg-5", "MIT", "JavaScript", (Part("code", 35, book(r"/vue\.js$", "/*  */", "javascript")),)),
    Origin("debian", "ruby-rack", "2.2.22-0+deb12u2", "MIT", "Ruby", (Part("code", 35, matching(r"\.rb$", "ruby", code)),)),
    Origin("debian", "php-twig", "3.5.1-1+deb12u3", "BSD-3-Clause", "PHP", (Part("code", 35, matching(r"Twig/(?!autoload).*\.php$", "php", lambda text: re.sub(r"(?s)/\*.*?\*/", "", text, count=1))),)),
    Origin("debian", "bats", "1.8.2-1", "MIT", "shell", (Part("code", 35, matching(r"/(bin|lib|libexec)/.*bats[\w.-]*$|bats-core/[\w.-]+$", "shell", code)),)),
    Origin("debian", "lua-penlight", "1.13.1-3", "MIT", "Lua", (Part("code", 40, matching(r"\.lua$", "lua", code)),)),
]  # fmt: skip


# --- the two texts


def pieces(text: str) -> list[str]:
    """A text cut between paragraphs, or lines where those are long, into documents of at most LONGEST characters."""
    text = re.sub(r"[ \t]+\n", "\n", text.replace("\r\n", "\n").replace("\f", "\n"))
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    blocks = [part for block in text.split("\n\n") for part in ([block] if len(block) <= LONGEST else lines_of(block))]
    found, current = [], ""
    for block in blocks:
        if current and len(current) + len(block) + 2 > LONGEST:
            found.append(current)
            current = ""
        current = f"{current}\n\n{block}" if current else block
    return [piece for piece in [*found, current] if len(piece) > 200]


def lines_of(block: str) -> list[str]:
    found, current = [], ""
    for line in block.split("\n"):
        if current and len(current) + len(line) + 1 > LONGEST:
            found.append(current)
            current = ""
        current = f"{current}\n{line}" if current else line
    return [*found, current]


def digest(*words: object) -> str:
    return hashlib.sha256("/".join(map(str, words)).encode()).hexdigest()


def telling(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines() if len(line.strip()) >= TELLING}


def chosen(origin: Origin, part: Part, found: dict[str, bytes]) -> tuple[list[dict], list[dict]]:
    """Documents of a part for calibration, and others that are held out, within its bytes."""
    pools: tuple[list, list] = ([], [])
    documents = list(part.documents(found))
    for path, language, text in documents:
        cut = pieces(text)
        for number, piece in enumerate(cut):
            alone = len(documents) == 1
            held_out = number >= len(cut) * (HELD_OUT - 1) // HELD_OUT if alone else int(digest(origin.package, path)[:8], 16) % HELD_OUT == 0
            entry = {"kind": part.kind, "language": language, "origin": origin.package, "text": piece}
            pools[held_out].append((digest(origin.package, path, number), entry))
    limits = (part.kilobytes * 1000, part.kilobytes * 1000 * HELD_OUT_SHARE)
    return tuple(taken(sorted(pool, key=lambda item: item[0]), limit) for pool, limit in zip(pools, limits))


def taken(pool: list[tuple[str, dict]], limit: float) -> list[dict]:
    """Documents up to a number of bytes, those of all languages in turn."""
    queues: dict[str, list[dict]] = {}
    for _, entry in pool:
        queues.setdefault(entry["language"], []).append(entry)
    size, found = 0, []
    while any(queues.values()) and size < limit:
        for queue in queues.values():
            if queue and size < limit:
                entry = queue.pop(0)
                size += len(entry["text"].encode())
                found.append(entry)
    return found


def texts(cache: Path) -> tuple[list[dict], list[dict]]:
    calibration, held_out = [], []
    for origin in ORIGINS:
        found = files(fetched(origin, cache))
        for part in origin.parts:
            first, second = chosen(origin, part, found)
            if not first:
                sys.exit(f"build: {origin.package}: found nothing for {part.kind}")
            calibration += first
            held_out += second
    known = set().union(*(telling(entry["text"]) for entry in calibration))
    held_out = [entry for entry in held_out if not telling(entry["text"]) & known]
    # In any order: a run may take a text from its start.
    return tuple(sorted(entries, key=lambda entry: digest(entry["text"])) for entries in (calibration, held_out))


def licenses(cache: Path) -> str:
    """What the packages say of their own licenses, word for word."""
    found = []
    for origin in ORIGINS:
        held = files(fetched(origin, cache))
        pattern = r"(^|/)(LICEN[SC]E(\.\w+)?|COPYING|METADATA)$" if origin.registry != "debian" else r"usr/share/doc/[^/]+/copyright$"
        path = min((name for name in held if re.search(pattern, name)), key=lambda name: ("METADATA" in name, name.count("/"), name), default=None)
        if path is None:
            sys.exit(f"build: {origin.package}: found no license")
        found.append(f"{'=' * 20} {origin.package} {origin.version}: {path}\n\n{held[path].decode('utf-8').strip()}\n")
    return "\n".join(found)


def lines(entries: list[dict]) -> str:
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)


def table(calibration: list[dict], held_out: list[dict]) -> str:
    """What README.md says of the origins."""

    def size(entries: list[dict], **fields: str) -> str:
        return f"{sum(len(e['text'].encode()) for e in entries if all(e[k] == v for k, v in fields.items())):,}"

    rows = ["| package | version | license | what | bytes | held out |", "|---|---|---|---|---:|---:|"]
    for origin in ORIGINS:
        registry = "PyPI" if origin.registry == "pypi" else "Debian"
        source = ", source" if origin.registry == "debian-source" else ""
        name = origin.package
        rows.append(f"| {registry} `{name}`{source} | {origin.version} | {origin.license} | {origin.what} | {size(calibration, origin=name)} | {size(held_out, origin=name)} |")
    rows += ["", "| kind | documents | bytes | held out |", "|---|---:|---:|---:|"]
    for kind in sorted({entry["kind"] for entry in calibration}):
        rows.append(f"| {kind} | {sum(e['kind'] == kind for e in calibration)} | {size(calibration, kind=kind)} | {size(held_out, kind=kind)} |")
    rows.append(f"| all | {len(calibration)} | {size(calibration)} | {size(held_out)} |")
    languages = {kind: sorted({e["language"] for e in calibration if (e["kind"] == "code") == (kind == "code")}) for kind in ("code", "prose")}
    rows += ["", f"Programming languages ({len(languages['code'])}): {', '.join(languages['code'])}.", "", f"Others ({len(languages['prose'])}): {', '.join(languages['prose'])}."]
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    calibration, held_out = texts(options.cache.resolve())
    readme = HERE / "README.md"
    head, mark, rest = readme.read_text().partition("<!-- origins -->\n")
    if not mark:
        sys.exit("build: README.md has no place for the table")
    end = rest.index("<!-- end -->")
    made = {
        "calibration.jsonl": lines(calibration),
        "heldout.jsonl": lines(held_out),
        "LICENSES.txt": licenses(options.cache.resolve()),
        "README.md": f"{head}{mark}\n{table(calibration, held_out)}\n\n{rest[end:]}",
    }
    if options.check:
        unlike = [name for name, text in made.items() if not (HERE / name).exists() or (HERE / name).read_text() != text]
        for name in unlike:
            print(f"{name}: differs from what the script makes")
        sys.exit(1 if unlike else 0)
    for name, text in made.items():
        (HERE / name).write_text(text)
        print(f"{name}: {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main()
