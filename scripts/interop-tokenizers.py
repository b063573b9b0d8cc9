"""Compares the tokens of Planish with those of PyPI's `tokenizers` and `sentencepiece` on random Unicode, and, where they
are at hand, with those of stock llama.cpp.

    python scripts/interop-tokenizers.py PLANISH OUT [LLAMA_CPP_BIN] [TOKENIZER_JSON...]

The tokenizers are trained here, on the texts of the demo, one of each kind that Planish reads. Further files may be named.
"""

import base64
import json
import random
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tally import Tally
from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors,
                        trainers)

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "calibration/general.txt"
SEED, TEXTS = 20240726, 2000
LIBRARY, PIECES, LLAMA = "the Hugging Face library", "SentencePiece", "llama.cpp"
# Tokenizers of which a product is read by llama.cpp.
IN_PRODUCTS = ["gpt-2", "llama-3", "bert", "bert, cased", "t5", "xlm-roberta", "spm-nfkc"]
tally = Tally("interop-tokenizers")
GPT4O = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
         r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
         r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
          r"\s+(?!\S)|\s+")
RANGES = [(0x20, 0x7E)] * 6 + [
    (0x00, 0x1F), (0x7F, 0xFF), (0x100, 0x24F), (0x250, 0x36F), (0x370, 0x52F), (0x590, 0x6FF), (0x900, 0x97F),
    (0xE00, 0xE7F), (0x1100, 0x11FF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x20A0, 0x21FF), (0x2460, 0x24FF),
    (0x2E80, 0x30FF), (0x3130, 0x318F), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFB00, 0xFDFF),
    (0xFE00, 0xFFEF), (0x10300, 0x103FF), (0x1D400, 0x1D7FF), (0x1F300, 0x1FAFF), (0x20000, 0x2FA1F), (0xE0100, 0xE01EF)]
WORDS = ["the", "The", " of", " it's", "DON'T", "1234567", "3.14", "\n", "\r\n", "\t", "   ", " \n ", "\u00a0", "\u2581",
         "\u3000", "<|end|>", "<s>", "</s>", "[MASK]", "e\u0301", "\u1e9b\u0323", "ﬁ", "½", "Ⅷ", "İ", "ẞ", "Ω", "K", "ǅ", "가",
         "\u1100\u1161\u11a8", "👩‍👩‍👧", "🇩🇪", "👍🏽", "ป็น", "हिन्दी", "العربية", "中文", "日本語", "def f(x):", "    return", "!!!",
         "->", "http://a.b/c?d=e", "\ufeff", "\u200b", "\ufffd", "\x00", "\x7f", "\u0085", "\u2028", "İstanbul", "ŉ", "ﷺ"]


def texts(count: int) -> list[str]:
    """Texts of scalars from many scripts, with words between them that tokenizers treat in special ways."""
    chance = random.Random(SEED)
    result = ["", " ", "a"]
    while len(result) < count:
        parts = []
        for _ in range(chance.randint(1, 12)):
            if chance.random() < 0.4:
                parts.append(chance.choice(WORDS))
            else:
                low, high = chance.choice(RANGES)
                parts.append("".join(chr(chance.randint(low, high)) for _ in range(chance.randint(1, 6))))
        result.append((" " if chance.random() < 0.5 else "").join(parts))
    return result


# MARK: Tokenizers, one of each kind

def byte_level(pre_tokenizer=None, **options) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(**options))
    last = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pre_tokenizer is None)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizer, last]) if pre_tokenizer else last
    return train(tokenizer, trainers.BpeTrainer(
        vocab_size=2000, special_tokens=["<|end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))


def train(tokenizer: Tokenizer, trainer) -> Tokenizer:
    tokenizer.train([str(CORPUS)], trainer)
    return tokenizer


def split(pattern: str):
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def character_pairs() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    return train(tokenizer, trainers.BpeTrainer(vocab_size=1500, special_tokens=["<unk>", "<s>", "</s>", *bytes_]))


def word_pieces(**options) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=20))
    tokenizer.normalizer = normalizers.BertNormalizer(**options)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    train(tokenizer, trainers.WordPieceTrainer(
        vocab_size=2000, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def unigram_model(folder: Path, **options) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    sentencepiece.SentencePieceTrainer.train(
        input=str(CORPUS), model_prefix=str(folder / "tokenizer"), model_type="unigram", vocab_size=2000, pad_id=3,
        max_sentence_length=20_000, num_threads=1, minloglevel=2, **options)
    return folder / "tokenizer.model"


def unigram(model: Path, pre_tokenizer, normalizer=None) -> Tokenizer:
    """What transformers' converters make of a model of SentencePiece."""
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.read_bytes())
    pieces = [(piece.piece, piece.score) for piece in proto.pieces]
    tokenizer = Tokenizer(models.Unigram(pieces, 0, proto.trainer_spec.byte_fallback))
    map_ = normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)
    tokenizer.normalizer = normalizers.Sequence([map_, *(normalizer or [])])
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.add_special_tokens(["<s>", "</s>", AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    return tokenizer


def all_tokenizers() -> dict[str, Tokenizer]:
    nmt = unigram_model(OUT / "spm-nfkc")
    fallback = unigram_model(OUT / "spm-bytes", byte_fallback=True, normalization_rule_name="nfkc_cf")
    metaspace = pre_tokenizers.Metaspace()
    return {
        "gpt-2": byte_level(),
        "llama-3": byte_level(split(LLAMA3), ignore_merges=True),
        "gpt-4o": byte_level(split(GPT4O)),
        "starcoder": byte_level(pre_tokenizers.Digits(individual_digits=True)),
        "falcon": byte_level(pre_tokenizers.Sequence([pre_tokenizers.Punctuation("contiguous"), split(r"[0-9]{3}")])),
        "characters": character_pairs(),
        "bert": word_pieces(),
        "bert, cased": word_pieces(lowercase=False),
        "bert, plain": word_pieces(clean_text=False, handle_chinese_chars=False, strip_accents=False),
        "xlm-roberta": unigram(nmt, pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])),
        "t5": unigram(nmt, metaspace, [normalizers.Strip(False, True), normalizers.Replace(Regex(" {2,}"), "▁")]),
        "unigram with bytes": unigram(fallback, metaspace),
    } | {path.name: Tokenizer.from_file(str(path)) for path in FILES}


# MARK: Comparing

def planish(*arguments: object) -> str:
    done = subprocess.run([PLANISH, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"interop-tokenizers: planish {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def ours(model: Path, documents: Path, *flags: str) -> list[list[int]]:
    return json.loads(planish("tokenize", model, "--text", documents, "--json", *flags))["result"]["documents"]


def compare(kind: str, name: str, cases: list[str], mine: list[list[int]], theirs: list[list[int]]) -> None:
    wrong = [(text, a, b) for text, a, b in zip(cases, mine, theirs, strict=True) if a != b]
    for text, a, b in wrong[:5]:
        print(f"{name}: {text!r}\n  planish {a}\n  theirs  {b}", file=sys.stderr)
    print(f"interop-tokenizers: {name}: {len(cases) - len(wrong)} of {len(cases)} texts have the same tokens")
    if wrong:
        FAILED.append(name)
    tally.holds(len(cases) > 0, f"{name}: no texts")
    tally.made_one(kind)


def with_library(cases: list[str], documents: Path) -> None:
    settled, settled_documents = [settle(text) for text in cases], OUT / "settled.jsonl"
    write(settled, settled_documents)
    tokenizers = all_tokenizers()
    tally.declare(LIBRARY, len(tokenizers))
    for name, tokenizer in tokenizers.items():
        folder = OUT / name
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer.save(str(folder / "tokenizer.json"))
        mine, file = (settled, settled_documents) if name.startswith("bert") else (cases, documents)
        compare(LIBRARY, name, mine, ours(folder, file, "--special"), [tokenizer.encode(text).ids for text in mine])


def settle(text: str) -> str:
    """The text without the characters that the library puts into another category than Unicode does today: its tables for
    BERT are those of Unicode 8."""
    cut, clean = pre_tokenizers.BertPreTokenizer(), normalizers.BertNormalizer(lowercase=False)

    def is_settled(character: str) -> bool:
        kind = unicodedata.category(character)
        is_mark = kind[0] == "P" or character in "$+<=>^`|~"
        return (is_mark == (len(cut.pre_tokenize_str(f"a{character}a")) == 3) and kind != "Cn"
                and (kind not in ("Mn", "Cf") or clean.normalize_str(f"a{character}") == "a"))

    return "".join(c if c.isspace() or is_settled(c) else "x" for c in text)


def write(cases: list[str], path: Path) -> None:
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in cases), encoding="utf-8")


def with_sentencepiece(cases: list[str], documents: Path) -> None:
    folders = ["spm-nfkc", "spm-bytes"]
    tally.declare(PIECES, len(folders))
    for folder in folders:
        processor = sentencepiece.SentencePieceProcessor(model_file=str(OUT / folder / "tokenizer.model"))
        compare(PIECES, folder, cases, ours(OUT / folder, documents), [processor.encode(text) for text in cases])


def with_llama(programs: Path, cases: list[str]) -> None:
    """A product with each kind of tokenizer gives the same ids in llama.cpp: the model is that of the demo."""
    text = OUT / "joined.txt"
    text.write_text("\n".join(cases[:200]).replace("\0", ""), encoding="utf-8", newline="")
    configuration = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "add_bos_token": True}
    for name in IN_PRODUCTS:
        folder = OUT / name
        for file in ["config.json", "model.safetensors"]:
            shutil.copy(ROOT / "demo/model" / file, folder)
        special = {"cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"} if name.startswith("bert") else configuration
        (folder / "tokenizer_config.json").write_text(json.dumps(special))
        product = OUT / f"{name}.gguf"
        pipeline = OUT / "pipeline.json"  # JSON is YAML
        pipeline.write_text(json.dumps({
            "planish": 1, "model": {"path": str(folder)}, "quantize": {"type": "q8_0"}, "emit": [{"gguf": str(product)}]}))
        planish("run", pipeline)
        done = subprocess.run([programs / "llama-tokenize", "-m", product, "-f", text, "--ids", "--log-disable"],
                              capture_output=True, text=True, timeout=600)
        theirs = json.loads(done.stdout)
        mine, = json.loads(planish("tokenize", product, "--text", text, "--json", "--special"))["result"]["documents"]
        compare(LLAMA, f"{name} in llama.cpp", ["…"], [mine], [theirs])
        if mine != theirs:
            place = next(i for i, (a, b) in enumerate(zip(mine, theirs)) if a != b)
            print(f"  from token {place} on: {mine[place:place + 8]}, not {theirs[place:place + 8]}", file=sys.stderr)


if __name__ == "__main__":
    PLANISH, OUT = sys.argv[1], Path(sys.argv[2]).resolve()
    FILES = [Path(argument) for argument in sys.argv[3:] if argument.endswith(".json")]
    PROGRAMS = [Path(argument) for argument in sys.argv[3:] if not argument.endswith(".json")]
    FAILED: list[str] = []
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    cases = texts(TEXTS)
    documents = OUT / "texts.jsonl"
    write(cases, documents)
    with_library(cases, documents)
    with_sentencepiece(cases, documents)
    tally.declare(LLAMA, len(IN_PRODUCTS))
    if PROGRAMS:
        with_llama(PROGRAMS[0], cases)
    else:
        tally.skip(LLAMA, "its programs are not at hand")
    if FAILED:
        sys.exit(f"interop-tokenizers: other tokens in {', '.join(FAILED)}")
    tally.close()
