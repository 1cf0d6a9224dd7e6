"""Text to vectors: one forward pass yields a passage's unit vector and the vectors of its tokens.

The pooled vector finds candidates; the token vectors rank them by late interaction (Khattab and Zaharia,
"ColBERT", SIGIR 2020, https://arxiv.org/abs/2004.12832), here from a model that was never trained for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError
from index.models import EncoderSettings, Model, cached_export, exported, find_model, load_sentence_transformer

Role = Literal["query", "document"]
Vector = NDArray[np.float32]
BATCH = 16  # on two cores, larger batches of length-sorted texts are no faster


@dataclass(frozen=True)
class Encoded:
    """What one text became. Tokens leave out the model's special ones and those of a prompt.

    vector: (d,) float32, unit length. tokens: (t, d) float32, unit rows. spans: (t, 2) int32, the characters
    of the text that each token covers. A text cut at the model's limit has tokens only up to there.
    """

    vector: Vector
    tokens: Vector
    spans: NDArray[np.int32]


class Encoder(Protocol):
    """What embeds: the two classes below, or letters counted in a test."""

    @property
    def dimension(self) -> int:
        """Return how many numbers a vector has."""
        ...

    def encode(self, texts: Sequence[str], *, role: Role) -> list[Encoded]:
        """Embed texts, in their order."""
        ...

    def token_spans(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Return `Encoded.spans` of each text as a document, without embedding it."""
        ...


def open_encoder(name: str, digest: str) -> Encoder:
    """Return the encoder of an indexed model, without loading torch where the model was exported earlier.

    Raises ModelError where the model under that name is no longer the one with that digest.
    """
    cached = cached_export(digest)
    if cached is not None and cached[1].runtime == "onnx":
        return OnnxEncoder(*cached)
    model = find_model(name)
    if model.digest != digest:
        raise ModelError(
            f"{name} has changed since this index was built with it: put that model back, or index again elsewhere"
        )
    return encoder_of(model)


def encoder_of(model: Model) -> Encoder:
    """Return the encoder of a model: ONNX Runtime for BERT-like ones, sentence-transformers for the rest."""
    folder, settings = exported(model)
    if settings.runtime == "onnx":
        return OnnxEncoder(folder, settings)
    return TorchEncoder(model, settings)


class OnnxEncoder:
    """Run an exported model in ONNX Runtime; its vectors agree with sentence-transformers to 1e-4."""

    def __init__(self, folder: Path, settings: EncoderSettings) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self.settings = settings
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime and tokenizers raise classes of their own, and plain ones
            raise ModelError(f"the exported model in {folder} is damaged: delete that folder") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(settings.most_tokens)

    @property
    def dimension(self) -> int:
        """Return how many numbers a vector has."""
        return self.settings.dimension

    def encode(self, texts: Sequence[str], *, role: Role) -> list[Encoded]:
        """Embed texts in batches of like length; the order of the result is that of `texts`."""
        prompt = self.settings.query_prompt if role == "query" else self.settings.document_prompt
        encodings = self._tokenizer.encode_batch([prompt + text for text in texts])
        order = sorted(range(len(texts)), key=lambda number: len(encodings[number].ids))
        results: dict[int, Encoded] = {}
        for first in range(0, len(order), BATCH):
            batch = order[first : first + BATCH]
            rows = self._forward([encodings[number] for number in batch])
            for number, hidden in zip(batch, rows, strict=True):
                keep, spans = _kept(encodings[number].special_tokens_mask, encodings[number].offsets, len(prompt))
                results[number] = Encoded(_unit(self._pool(hidden)), _unit(hidden[keep]), spans)
        return [results[number] for number in range(len(texts))]

    def token_spans(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Return `Encoded.spans` of each text as a document, without embedding it."""
        prompt = self.settings.document_prompt
        encodings = self._tokenizer.encode_batch([prompt + text for text in texts])
        return [_kept(found.special_tokens_mask, found.offsets, len(prompt))[1] for found in encodings]

    def _forward(self, encodings: Sequence[Any]) -> Iterator[Vector]:
        longest = max(len(encoding.ids) for encoding in encodings)
        ids = np.full((len(encodings), longest), self.settings.pad_token_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        types = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            ids[row, :length] = encoding.ids
            mask[row, :length] = 1
            types[row, :length] = encoding.type_ids
        values = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        (hidden,) = self._session.run(None, {name: values[name] for name in self.settings.inputs})
        for row, encoding in enumerate(encodings):
            yield hidden[row, : len(encoding.ids)]

    def _pool(self, hidden: Vector) -> Vector:
        pooled: Vector
        if self.settings.pooling == "cls":
            pooled = hidden[0]
        elif self.settings.pooling == "max":
            pooled = hidden.max(axis=0)
        else:
            pooled = hidden.mean(axis=0)
        return pooled


class TorchEncoder:
    """Run any sentence-transformers model as it is; slower to start, and right for what ONNX does not cover."""

    def __init__(self, model: Model, settings: EncoderSettings) -> None:
        self.settings = settings
        self._transformer = load_sentence_transformer(model)

    @property
    def dimension(self) -> int:
        """Return how many numbers a vector has."""
        return self.settings.dimension

    def encode(self, texts: Sequence[str], *, role: Role) -> list[Encoded]:
        """Embed texts one batch after another; the order of the result is that of `texts`."""
        results: list[Encoded] = []
        for first in range(0, len(texts), BATCH):
            results.extend(self._encode_batch(texts[first : first + BATCH], role))
        return results

    def token_spans(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Return `Encoded.spans` of each text as a document, without embedding it."""
        return [spans for _, spans in self._marks(texts, self.settings.document_prompt)]

    def _encode_batch(self, texts: Sequence[str], role: Role) -> Iterator[Encoded]:
        import torch

        prompt = self.settings.query_prompt if role == "query" else self.settings.document_prompt
        with torch.no_grad():
            # The prompt goes in by itself, since some models leave it out of the pooling.
            features = self._transformer.preprocess(list(texts), prompt=prompt or None)
            mask = features["attention_mask"].bool()  # padding may stand on either side
            output = self._transformer(features)
            for row, (keep, spans) in enumerate(self._marks(texts, prompt)):
                tokens = self._after_pooling(output["token_embeddings"][row][mask[row]][torch.from_numpy(keep)])
                yield Encoded(_unit(output["sentence_embedding"][row].numpy()), _unit(tokens), spans)

    def _after_pooling(self, rows: Any) -> Vector:
        """Send token vectors the way of the pooled one, so that both have the same length."""
        pooled = False
        for module in self._transformer:
            if pooled and len(rows):
                rows = module({"sentence_embedding": rows})["sentence_embedding"]
            pooled = pooled or type(module).__name__ == "Pooling"
        vectors: Vector = rows.numpy().reshape(-1, self.dimension)
        return vectors

    def _marks(self, texts: Sequence[str], prompt: str) -> list[tuple[NDArray[np.bool_], NDArray[np.int32]]]:
        if not texts:
            return []
        marks = self._transformer.tokenizer(
            [prompt + text for text in texts],
            truncation=True,
            max_length=self._transformer.max_seq_length,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
        pairs = zip(marks["special_tokens_mask"], marks["offset_mapping"], strict=True)
        return [_kept(special, offsets, len(prompt)) for special, offsets in pairs]


def _kept(
    special: Sequence[int], offsets: Sequence[tuple[int, int]], prompt: int
) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Return which tokens are the text's own, and the characters of the text that each of those covers."""
    spans = np.array(offsets, dtype=np.int32).reshape(-1, 2)
    keep = ~np.array(special, dtype=bool) & (spans[:, 0] >= prompt) & (spans[:, 1] > spans[:, 0])
    return keep, spans[keep] - prompt


def _unit(rows: Vector) -> Vector:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: Vector = np.ascontiguousarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)
    return scaled
