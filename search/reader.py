"""An extractive reader: the characters of a passage that answer a question, or nothing.

A model for SQuAD 2 scores each token as the start and as the end of the answer, and the [CLS] token as "no answer
here". The best span of at most 30 tokens is taken, long texts are read in windows that overlap, and the score is the
span's minus the lowest "no answer" of the windows, as in run_squad.py of Devlin et al., "BERT", NAACL 2019
(https://arxiv.org/abs/1810.04805, section 4.3). transformers 5 has no pipeline for it any more.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.blocks import harmless
from index.embed import Vector
from index.errors import ModelError
from index.models import Model
from search.transformer import brief, find_transformer, quieten

BATCH = 16
MOST_TOKENS = 384  # in a window: question, text and special tokens, as these models are trained
OVERLAP_TOKENS = 128
MOST_QUESTION_TOKENS = 64
MOST_ANSWER_TOKENS = 30
MOST_CHARACTERS = 50_000  # of a text, about 8,000 words or 40 windows; the rest is not read
FEWEST_TOKENS = 16  # a window must hold some text beside the question


@dataclass(frozen=True)
class Span:
    """An answer as offsets into its text, 0 <= start < end <= len(text).

    score: logits, above 0 where the model, if it learnt from unanswerable questions too, holds it for an answer.
    """

    start: int
    end: int
    score: float


@dataclass(frozen=True)
class _Window:
    """One stretch of one text beside the question.

    inputs: what the model reads, by name. tokens: (t,) positions in it that are the text's own. places: (t, 2) the
    characters of the text that each of those covers. null: the position of [CLS].
    """

    text: int
    inputs: dict[str, list[int]]
    tokens: NDArray[np.int64]
    places: NDArray[np.int64]
    null: int


class Reader:
    """A question-answering model with its tokenizer, opened once and used by any number of threads."""

    def __init__(self, model: Model, tokenizer: Any, network: Any) -> None:
        self.model = model
        self._tokenizer = tokenizer
        self._network = network
        self._inputs = [name for name in tokenizer.model_input_names if name in _parameters(network)]
        positions = getattr(network.config, "max_position_embeddings", None) or MOST_TOKENS
        self._window = min(MOST_TOKENS, tokenizer.model_max_length, positions)
        # Truncation is state of the tokenizer that each call sets: without this, one thread reads with another's.
        self._lock = Lock()

    @classmethod
    def open(cls, name_or_path: str) -> Self:
        """Open a reader by the path of its folder or its name on the hub, and try it once.

        Raises ModelError where it is not found, is of another kind, has no fast tokenizer or no safetensors weights,
        or does not load or read.
        """
        model = find_transformer(name_or_path, ("ForQuestionAnswering",), "an extractive reader")
        reader = cls(model, *_load(model))
        if reader._window < FEWEST_TOKENS:
            raise ModelError(f"{model.name} reads {reader._window} tokens at a time, which is too few: name another")
        reader.spans("a", ["a"])
        return reader

    def spans(self, question: str, texts: Sequence[str]) -> list[Span | None]:
        """Return the best span of each text, or None where a text has no characters that can be one.

        Raises ModelError where the model cannot read them or gives something that is not a number.
        """
        clean = [harmless(text[:MOST_CHARACTERS]) for text in texts]
        best: dict[int, Span] = {}
        nulls: dict[int, float] = {}
        try:
            with self._lock:
                read = list(self._read(harmless(question[:MOST_CHARACTERS]), clean))
        except Exception as error:  # a model whose parts do not fit raises whatever torch does
            raise ModelError(f"{self.model.name} cannot read passages ({brief(error)}): name another model") from error
        for window, starts, ends in read:
            null = float(starts[window.null] + ends[window.null])
            found = _best_span(clean[window.text], window, starts[window.tokens], ends[window.tokens])
            if not np.isfinite((null, found.score)).all():
                raise ModelError(f"{self.model.name} gives no numbers: its weights are damaged, get it anew")
            nulls[window.text] = min(null, nulls.get(window.text, null))
            if window.text not in best or found.score > best[window.text].score:
                best[window.text] = found
        return [_against(best.get(number), nulls.get(number, 0.0)) for number in range(len(texts))]

    def _read(self, question: str, texts: Sequence[str]) -> Iterator[tuple[_Window, Vector, Vector]]:
        """Yield each window in which a span can stand, with the start and end logits of its tokens."""
        import torch

        windows = sorted(self._windows(question, texts), key=lambda window: len(window.inputs["input_ids"]))
        for first in range(0, len(windows), BATCH):
            batch = windows[first : first + BATCH]
            with torch.inference_mode():
                output = self._network(**self._padded([window.inputs for window in batch]))
            starts, ends = output.start_logits.float().cpu().numpy(), output.end_logits.float().cpu().numpy()
            yield from zip(batch, starts, ends, strict=True)

    def _windows(self, question: str, texts: Sequence[str]) -> Iterator[_Window]:
        """Cut texts into windows of the model's length, each with the whole question before it."""
        filled = [number for number, text in enumerate(texts) if not text.isspace() and text]
        if not filled:
            return
        question, length = self._shortened(question)
        room = self._window - length - self._tokenizer.num_special_tokens_to_add(pair=True)
        cut = self._tokenizer(
            [question] * len(filled),
            [texts[number] for number in filled],
            truncation="only_second",
            max_length=self._window,
            stride=min(OVERLAP_TOKENS, room // 2),
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        for at, sample in enumerate(cut["overflow_to_sample_mapping"]):
            number = filled[sample]
            places = np.array(cut["offset_mapping"][at], dtype=np.int64).reshape(-1, 2)
            # Some tokenizers give white space tokens of its own, or of no width.
            inside = [
                sequence == 1 and bool(texts[number][start:end].strip())
                for sequence, (start, end) in zip(cut.sequence_ids(at), places, strict=True)
            ]
            tokens = np.flatnonzero(inside)
            if len(tokens):
                inputs = {name: cut[name][at] for name in self._inputs}
                null = inputs["input_ids"].index(self._tokenizer.cls_token_id)
                yield _Window(number, inputs, tokens, places[tokens], null)

    def _shortened(self, question: str) -> tuple[str, int]:
        """Return a question cut to what leaves room for a text, and the number of its tokens."""
        most = min(MOST_QUESTION_TOKENS, self._window // 3)
        settings = {"add_special_tokens": False, "truncation": True, "max_length": most}
        read = self._tokenizer(question, return_offsets_mapping=True, **settings)
        cut = question[: max((end for _, end in read["offset_mapping"]), default=0)]
        return cut, len(read["input_ids"])

    def _padded(self, rows: Sequence[dict[str, list[int]]]) -> dict[str, Any]:
        """Return the rows as tensors (rows, longest) on the model's device."""
        import torch
        from torch.nn.utils.rnn import pad_sequence

        fill = {"input_ids": self._tokenizer.pad_token_id or 0}
        return {
            name: pad_sequence(
                [torch.tensor(row[name]) for row in rows], batch_first=True, padding_value=fill.get(name, 0)
            ).to(self._network.device)
            for name in self._inputs
        }


def best_pair(starts: Vector, ends: Vector, *, most: int = MOST_ANSWER_TOKENS) -> tuple[int, int]:
    """Return the first and the last of at most `most` tokens (t,) whose two logits have the greatest sum, t > 0.

    The earliest is taken among equals, and the shortest of these.
    """
    sums = starts[:, None] + ends[None, :]
    allowed = np.triu(np.tri(len(starts), k=most - 1, dtype=bool))
    first, last = divmod(int(np.where(allowed, sums, -np.inf).argmax()), len(starts))
    return first, last


def _best_span(text: str, window: _Window, starts: Vector, ends: Vector) -> Span:
    first, last = best_pair(starts, ends)
    start, end = int(window.places[first, 0]), int(window.places[first : last + 1, 1].max())
    found = text[start:end]
    # Some tokens begin with the space before their word.
    start, end = end - len(found.lstrip()), start + len(found.rstrip())
    return Span(start, end, float(starts[first] + ends[last]))


def _against(span: Span | None, null: float) -> Span | None:
    return span and Span(span.start, span.end, span.score - null)


def _parameters(network: Any) -> frozenset[str]:
    return frozenset(inspect.signature(network.forward).parameters)


def _load(model: Model) -> tuple[Any, Any]:
    quieten()
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    settings = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(model.folder), **settings)
        network, report = AutoModelForQuestionAnswering.from_pretrained(
            str(model.folder),
            use_safetensors=True,
            dtype=torch.float32,  # half precision is slow on a CPU
            output_loading_info=True,
            **settings,
        )
        network = network.eval().to("cuda" if torch.cuda.is_available() else "cpu")
    except Exception as error:  # whatever a library raises over files it cannot use
        raise ModelError(f"{model.name} cannot be loaded ({brief(error)}): get it anew, or name another") from error
    if report["missing_keys"]:  # these would be random numbers
        raise ModelError(f"{model.name} lacks the weights {min(report['missing_keys'])}: get it anew, or name another")
    if not tokenizer.is_fast or tokenizer.cls_token_id is None:
        raise ModelError(f"{model.name} has no fast tokenizer with a [CLS] token: name a model like BERT or RoBERTa")
    return tokenizer, network
