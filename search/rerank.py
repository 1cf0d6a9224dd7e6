"""A cross-encoder over hits: question and passage are read together, and one number says how well they fit.

Slower than everything in retrieve.py, so it looks only at the best hits; optional, since no such model comes with
its weights from PyPI (Nogueira and Cho, "Passage Re-ranking with BERT", 2019, https://arxiv.org/abs/1901.04085).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from typing import Any, Self

import numpy as np

from index.blocks import harmless
from index.errors import ModelError
from index.models import Model
from index.passages import embedded_text
from index.store import Store
from search.retrieve import Ranked
from search.transformer import brief, find_transformer, quieten

RERANKED = 40  # passages: as slow as the model is, so many times
BATCH = 16
MOST_TOKENS = 512  # of question and passage together; the longer of the two is cut first
# Cut before the tokenizer, which takes 6 s for 10 million characters only to drop all but 512 tokens.
MOST_CHARACTERS = 16_000
MOST_QUESTION_CHARACTERS = 4_000  # as many as a Searcher takes; where both are long, cutting them takes seconds


class Reranker:
    """A cross-encoder with one output, opened once and used by any number of threads."""

    def __init__(self, model: Model, encoder: Any) -> None:
        self.model = model
        self._encoder = encoder
        # Padding and truncation are state of the tokenizer that calls may set; one question uses all cores anyway.
        self._lock = Lock()

    @classmethod
    def open(cls, name_or_path: str) -> Self:
        """Open a cross-encoder by the path of its folder or its name on the hub, and try it once.

        Raises ModelError where it is not found, is of another kind, has more than one output, has no safetensors
        weights, or does not load or score.
        """
        model = find_transformer(name_or_path, ("ForSequenceClassification", "CrossEncoder"), "a cross-encoder")
        reranker = cls(model, _load(model))
        reranker.scores("a", ["a"])
        return reranker

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return how well each text answers the question: the model's raw logit, higher is better, any sign.

        Raises ModelError where the model cannot read them or gives something that is not a number.
        """
        if not texts:
            return []
        asked = harmless(question[:MOST_QUESTION_CHARACTERS])
        pairs = [(asked, harmless(text[:MOST_CHARACTERS])) for text in texts]
        try:
            with self._lock:
                given = np.asarray(self._encoder.predict(pairs, batch_size=BATCH, show_progress_bar=False))
        except Exception as error:  # a model whose parts do not fit raises whatever torch does
            raise ModelError(f"{self.model.name} cannot score passages ({brief(error)}): name another model") from error
        if given.shape != (len(pairs),) or not np.isfinite(given).all():
            raise ModelError(f"{self.model.name} gives no numbers: its weights are damaged, get it anew")
        return [float(score) for score in given]


def rerank(store: Store, reranker: Reranker, question: str, ranked: Sequence[Ranked]) -> list[Ranked]:
    """Order the best RERANKED passages by the cross-encoder's scores; equal ones and the rest keep their order."""
    best, rest = ranked[:RERANKED], ranked[RERANKED:]
    passages = store.passages(each.number for each in best)
    texts = [
        embedded_text(passage, with_title=store.title_tells(passage.article.article_id))
        for passage in (passages[each.number] for each in best)
    ]
    scores = reranker.scores(question, texts)
    scored = [
        replace(each, score=score, signals=replace(each.signals, reranker=score))
        for each, score in zip(best, scores, strict=True)
    ]
    scored.sort(key=lambda each: -each.score)
    # Logits have any sign, so the rest is moved below them.
    return [*scored, *(replace(each, score=scored[-1].score - 1 - rest[0].score + each.score) for each in rest)]


def _load(model: Model) -> Any:
    quieten()
    import torch
    from sentence_transformers import CrossEncoder

    try:
        encoder = CrossEncoder(
            str(model.folder),
            local_files_only=True,
            trust_remote_code=False,
            # Half precision is slow on a CPU, and these are read there as a rule.
            model_kwargs={"use_safetensors": True, "dtype": torch.float32},
            # A sigmoid, the default, gives 1.0 to every good passage of a confident model.
            activation_fn=torch.nn.Identity(),
        )
        encoder.max_seq_length = min(encoder.max_seq_length or MOST_TOKENS, MOST_TOKENS)
        labels = encoder.num_labels
    except Exception as error:  # whatever a library raises over files it cannot use
        raise ModelError(f"{model.name} cannot be loaded ({brief(error)}): get it anew, or name another") from error
    if labels != 1:
        raise ModelError(f"{model.name} gives {labels} labels, and ranking needs one score: name a ranking model")
    return encoder
