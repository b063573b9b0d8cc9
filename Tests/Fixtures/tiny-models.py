"""Trains tiny tokenizers with PyPI's `tokenizers` and `sentencepiece` and writes their files and the ids that they give.

    python tiny-models.py > tiny-models.json

Needs tokenizers 0.23, sentencepiece 0.2 and protobuf.
"""

import base64
import io
import json
import sys
import tempfile
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import (AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers)

LINES = [line for line in (Path(__file__).resolve().parents[2] / "calibration/general.txt").read_text().splitlines()
         if line][:400]
TEXTS = [
    "", " ", "Hello world", "  the  weather\tis nice,\n\nisn't it?  ", "Ünïcödé e\u0301 ﬁne ½ Ⅷ İstanbul ẞ",
    "你好,世界 日本語 한국어", "👩‍👩‍👧 👍🏽 🇩🇪", "unaffordable antidisestablishmentarianism 12345.67", "a\u0000b\u007fc\u00add\u200be\ufefff\ufffdg",
    "x\u00a0y\u2003z\u0085w\u2028v", "▁under ▁▁ score▁", "<s> [MASK] </s> [CLS] <mask>x", "CAPITALS and cafe\u0301s naïve", "हिन्दी العربية",
    "((a+b)*c)^2 == $5 ~ `x` | {y}", "the the the the", "qqqq" * 30,
]


def train_unigram(**options) -> bytes:
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        # What is replaced, as numbers of characters, and by what: small, so that the table is small.
        for old, new in [("ﬁ", "fi"), ("½", "1/2"), ("e\u0301", "é"), ("\t", " "), ("\n", " "), ("\u00a0", " "),
                         ("\u200b", ""), ("Ⅷ", "VIII"), ("A", "a"), ("\u2003", " ")]:
            rules.write(" ".join(f"{ord(c):X}" for c in old) + "\t" + " ".join(f"{ord(c):X}" for c in new) + "\n")
        rules.flush()
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(LINES), model_writer=model, model_type="unigram", pad_id=3, num_threads=1,
            normalization_rule_tsv=rules.name, minloglevel=2, **options)
        return model.getvalue()


def unigram_json(model: bytes, pre_tokenizer, more=()) -> str:
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model)
    tokenizer = Tokenizer(models.Unigram([(p.piece, p.score) for p in proto.pieces], 0, proto.trainer_spec.byte_fallback))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap), *more])
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.add_special_tokens(["<s>", "</s>", AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    return tokenizer.to_str()


def word_pieces(**options) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=30))
    tokenizer.normalizer = normalizers.BertNormalizer(**options)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(LINES, trainers.WordPieceTrainer(
        vocab_size=400, show_progress=False, limit_alphabet=80,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def from_json(name: str, document: str, more=None) -> dict:
    tokenizer = Tokenizer.from_str(document)
    return {"name": name, "files": {"tokenizer.json": document, **(more or {})},
            "cases": [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS]}


def from_model(name: str, model: bytes) -> dict:
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    return {"name": name, "model": base64.b64encode(model).decode(),
            "cases": [{"text": text, "ids": processor.encode(text)} for text in TEXTS if "<" not in text]}


def from_words(name: str, tokenizer: Tokenizer) -> dict:
    """BERT's own form: a list of words. The library's limit of 100 characters holds there."""
    tokenizer.model.max_input_chars_per_word = 100
    words = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    return {"name": name, "files": {"vocab.txt": "".join(f"{word}\n" for word, _ in words)},
            "cases": [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS]}


plain = train_unigram(vocab_size=300)
with_bytes = train_unigram(vocab_size=500, byte_fallback=True)
spaced = train_unigram(vocab_size=300, remove_extra_whitespaces=False, add_dummy_prefix=False)
metaspace = pre_tokenizers.Metaspace()
json.dump([
    from_model("SentencePiece", plain), from_model("SentencePiece with bytes", with_bytes),
    from_model("SentencePiece that keeps spaces", spaced),
    from_json("XLM-RoBERTa", unigram_json(plain, pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace]))),
    from_json("T5", unigram_json(plain, metaspace, [
        normalizers.Strip(False, True), normalizers.Replace(Regex(" {2,}"), "▁")])),
    from_json("Unigram with bytes", unigram_json(with_bytes, metaspace)),
    from_json("BERT", word_pieces().to_str(), {"tokenizer_config.json": '{"cls_token": "[CLS]", "mask_token": "[MASK]"}'}),
    from_json("BERT, cased", word_pieces(lowercase=False).to_str()),
    from_json("BERT, accents stay", word_pieces(strip_accents=False).to_str()),
    from_json("BERT, plain", word_pieces(clean_text=False, handle_chinese_chars=False, lowercase=False).to_str()),
    from_words("BERT's words", word_pieces()),
], sys.stdout, ensure_ascii=False)
print()
