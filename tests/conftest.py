"""What several test files share: a real index, an encoder that counts letters, small real models, real data.

`letters` embeds a word as the counts of its letters a to z, so a reader can do the arithmetic; everything
around it is the real code. `tiny_bert` makes real sentence-transformers models that are a few kilobytes large.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

if TYPE_CHECKING:
    from index.build import BuildReport

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the checkout, installed or not
os.environ["HF_HUB_OFFLINE"] = "1"  # nothing here may depend on a model hub

from index.embed import Encoded, Role, Vector  # noqa: E402  # the two lines above must come first
from index.models import Model  # noqa: E402

settings.register_profile("briefings", max_examples=80, deadline=None, derandomize=True, database=None)
settings.load_profile("briefings")

VOCABULARY = """
    [PAD] [UNK] [CLS] [SEP] [MASK] query passage : the a kim putin wants grain shells from russia oil . , ?
    w x y z ##s ##ing ##w ##x ##y ##z
"""


class Letters:
    """An encoder that counts letters: "abba" is two a and two b, and each word is one token."""

    dimension = 26

    def encode(self, texts: Sequence[str], *, role: Role) -> list[Encoded]:
        """Embed texts, in their order; both roles alike."""
        results: list[Encoded] = []
        for text, spans in zip(texts, self.token_spans(texts), strict=True):
            words = np.array([letter_counts(text[start:end]) for start, end in spans], dtype=np.float32)
            results.append(Encoded(unit(letter_counts(text)), unit(words.reshape(-1, 26)), spans))
        return results

    def token_spans(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Return where the words of each text stand."""
        return [word_spans(text) for text in texts]


def letter_counts(text: str) -> Vector:
    """Count a to z, without regard to case."""
    return np.array([text.lower().count(chr(code)) for code in range(97, 123)], dtype=np.float32)


def unit(rows: Vector) -> Vector:
    """Scale rows to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: Vector = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled


def word_spans(text: str) -> NDArray[np.int32]:
    """Return where each run of characters that are no white space begins and ends."""
    spans: list[tuple[int, int]] = []
    at = 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        spans.append((start, at))
    return np.array(spans, dtype=np.int32).reshape(-1, 2)


@pytest.fixture(scope="session")
def letters() -> Letters:
    return Letters()


def letters_model(name: str) -> Model:
    """Stand in for `find_model`: any name is a model, known by the digest of its name."""
    return Model(name, ROOT, hashlib.sha256(name.encode()).hexdigest())


@pytest.fixture
def build_with_letters(monkeypatch: pytest.MonkeyPatch, letters: Letters) -> Callable[..., BuildReport]:
    """Return the real `build`, with the letter counter in the place of the model."""
    from index.build import build

    monkeypatch.setattr("index.build.find_model", letters_model)
    monkeypatch.setattr("index.build.encoder_of", lambda _: letters)
    return build


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an index of examples/briefings, built once with the default model. It must not be written to."""
    from index.build import build

    folder = tmp_path_factory.mktemp("sample") / "briefings-index"
    build(folder, [ROOT / "examples" / "briefings"])
    return folder


Row = tuple[str, str, str | None, str]  # id, source, day, text


@pytest.fixture(scope="session")
def index_of() -> Callable[[Path, Sequence[Row]], Path]:
    """Index rows in a folder with the default model, and return the index."""

    def indexed(folder: Path, rows: Sequence[Row]) -> Path:
        from index.build import build

        lines = [
            json.dumps({"_id": key, "title": "", "text": text, "metadata": {"source": source, "date": day}})
            for key, source, day, text in rows
        ]
        (folder / "rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
        build(folder / "index", [folder / "rows.jsonl"])
        return folder / "index"

    return indexed


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real evaluation data, which is beside the checkout on some machines only."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("../shared, the real evaluation data, is not on this machine")
    return folder


@pytest.fixture(scope="session")
def tiny_bert() -> Callable[..., Path]:
    """Return a function that saves a small BERT with random weights, whole and as sentence-transformers does."""
    return save_tiny_bert


def save_tiny_bert(
    folder: Path,
    *,
    pooling: str = "mean",
    normalize: bool = True,
    dense: int | None = None,
    prompts: dict[str, str] | None = None,
    include_prompt: bool = True,
    decoder: bool = False,
) -> Path:
    """Save a BERT of 2 layers and 16 numbers to a folder, and return that folder.

    With `decoder`, it is a Mistral instead, whose batches are padded on the left.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, MistralConfig, MistralModel, PreTrainedTokenizerFast

    words = VOCABULARY.split()
    pieces = Tokenizer(models.WordPiece({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    pieces.normalizer = normalizers.BertNormalizer(lowercase=True)
    pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    pieces.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=pieces,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        model_max_length=32,
        padding_side="left" if decoder else "right",
    )
    torch.manual_seed(7)
    sizes = {
        "vocab_size": len(words),
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 64,
        "initializer_range": 0.5,
    }
    encoder = MistralModel(MistralConfig(**sizes, num_key_value_heads=2)) if decoder else BertModel(BertConfig(**sizes))
    inner = folder.with_name(folder.name + "-bert")
    encoder.eval().save_pretrained(inner)
    tokenizer.save_pretrained(inner)
    parts = [
        modules.Transformer(str(inner), max_seq_length=32),
        modules.Pooling(16, pooling_mode=pooling, include_prompt=include_prompt),
    ]
    if dense:
        parts.append(modules.Dense(16, dense))
    if normalize:
        parts.append(modules.Normalize())
    SentenceTransformer(modules=parts, device="cpu", prompts=prompts).save(str(folder))
    return folder
