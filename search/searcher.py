"""The one object behind the command line, the app and every other way in.

with Searcher.open("briefings-index") as briefings:
    hits = briefings.search("who fled Karabakh?", k=5, since="2023-09-01")
    answer = briefings.ask("what does Russia want from Kim?")
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, Unpack

from index.blocks import harmless
from index.embed import Encoder, open_encoder
from index.lexical import RowFilter
from index.names import Names
from index.store import Store
from search.answer import ANSWERED_FROM, compose_answer, score_sentences
from search.collapse import Chosen, choose, looked_at
from search.explain import Explanation, Trace, explain_hits, explain_passage
from search.followup import without_topic
from search.narrowing import Narrowing, row_filter
from search.question import Question, QuestionError, UnreadableQuestionError, read_question
from search.reader import Reader
from search.recency import favour_recent
from search.rerank import Reranker, rerank
from search.results import Answer, Hit
from search.retrieve import CANDIDATES, DEFAULT_RANKING, Ranked, Ranking, rank_passages
from search.timeline import Entry, timeline

MOST_QUESTION_CHARACTERS = 4_000
MOST_HITS = 1_000

Favour = Literal["recent"]


class Options(Narrowing, total=False):
    """What a question is narrowed to, and how its hits are chosen.

    Wire copies are one hit that lists the others, and an article gives at most three passages while
    others have some left; all_copies shows each on its own score. favour="recent" adds a little for new articles,
    never more than MOST_FOR_RECENCY. asked_on: the day from which "this week" in a question counts; where it is not
    given, such words name no time.
    """

    all_copies: bool
    favour: Favour | None
    asked_on: date | None


class Searcher:
    """An index and its model, opened once and used by any number of threads."""

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        *,
        ranking: Ranking = DEFAULT_RANKING,
        reranker: Reranker | None = None,
        reader: Reader | None = None,
    ) -> None:
        self.store = store
        self.ranking = ranking
        self.encoder = encoder
        self.names = Names(store.people())
        self.reranker = reranker
        self.reader = reader

    @classmethod
    def open(
        cls,
        folder: Path | str,
        *,
        generation: int | None = None,
        ranking: Ranking = DEFAULT_RANKING,
        reranker: str | None = None,
        reader: str | None = None,
    ) -> Self:
        """Open an index folder with the model that it was built with.

        generation: the number of an older one that is kept, where not the current one is wanted. reranker: a
        cross-encoder, by path or name, that orders the best passages. reader: an extractive reader that finds the
        words that answer. Raises IndexFolderError where there is no whole index and ModelError where a model is not
        there.
        """
        store = Store.open(folder, generation)
        try:
            encoder = open_encoder(store.manifest.model.name, store.manifest.model.digest)
            return cls(
                store,
                encoder,
                ranking=ranking,
                reranker=Reranker.open(reranker) if reranker else None,
                reader=Reader.open(reader) if reader else None,
            )
        except BaseException:
            store.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index."""
        self.store.close()

    def search(self, question: str, *, k: int = 10, **options: Unpack[Options]) -> list[Hit]:
        """Return the k best passages, best first.

        Raises QuestionError where the question is empty or too long, or a filter cannot be met by any article.
        """
        with self.store.watched():
            return self._hits(self._trace(question, k, options).chosen)

    def ask(
        self, question: str, *, k: int = 10, least_confidence: float = ANSWERED_FROM, **options: Unpack[Options]
    ) -> Answer:
        """Return the sentences that answer, quoted and cited, with the k best passages. Raises as `search` does.

        Below least_confidence, from 0 to 1, there is no answer but a reason; at 0 the nearest sentences always are.
        """
        with self.store.watched():
            return self._answer(self._trace(question, k, options), least_confidence)

    def timeline(
        self, question: str, *, k: int = 10, least_confidence: float = ANSWERED_FROM, **options: Unpack[Options]
    ) -> tuple[Answer, list[Entry]]:
        """Return the answer, and the sentences about the question by the day of what they tell, the earliest first.

        There is no timeline where there is no answer. Raises as `search` does.
        """
        with self.store.watched():
            trace = self._trace(question, k, options)
            answer = self._answer(trace, least_confidence)
            if not answer.answered:
                return answer, []
            sentences = score_sentences(self.store, self.encoder, self.names, trace.question, answer.hits)
            return answer, timeline(sentences)

    def explain(self, question: str, *, k: int = 10, **options: Unpack[Options]) -> list[Explanation]:
        """Return where each stage put each hit that `search` returns, in order. Raises as `search` does."""
        with self.store.watched():
            return explain_hits(self.store, self._trace(question, k, options, whole=True))

    def why(self, question: str, passage_id: str, *, k: int = 10, **options: Unpack[Options]) -> Explanation:
        """Return what became of one passage: each stage's rank and score, and why it is or is not a hit of `search`.

        Raises as `search` does, and QuestionError for a passage that is not in the index.
        """
        with self.store.watched():
            number = self.store.passage_number(harmless(passage_id))
            if number is None:
                raise QuestionError(
                    f"no passage {passage_id!r} here: 'search --json' shows passage ids, as in ARTICLE#0"
                )
            return explain_passage(self.store, self._trace(question, k, options, whole=True), number)

    def rank_articles(
        self, question: str, *, depth: int = 100, asked_on: date | None = None
    ) -> list[tuple[str, float]]:
        """Return up to `depth` article ids, each with its best passage's score, best first. asked_on: see `Options`."""
        _check_count("depth", depth)
        with self.store.watched():
            ranked = self._rank(self.read(question, asked_on), RowFilter(), max(CANDIDATES, 4 * depth))
            keys = self.store.article_keys([passage.number for passage in ranked])
        best: dict[str, float] = {}
        for article_id, passage in zip(keys, ranked, strict=True):
            best.setdefault(article_id, passage.score)
        return list(best.items())[:depth]

    def rank_passage_ids(
        self, question: str, *, depth: int = 100, asked_on: date | None = None
    ) -> list[tuple[str, float]]:
        """Return up to `depth` passage ids with their scores, best first. asked_on: see `Options`."""
        _check_count("depth", depth)
        with self.store.watched():
            ranked = self._rank(self.read(question, asked_on), RowFilter(), max(CANDIDATES, depth))
            hits = self._hits([Chosen(found) for found in ranked[:depth]])
        return [(hit.passage.passage_id, hit.score) for hit in hits]

    def _trace(self, question: str, k: int, options: Options, *, whole: bool = False) -> Trace:
        """Rank and choose; `whole` keeps every candidate, where only those that may be shown are needed."""
        rows = row_filter(self.store, options)
        _check_count("k", k)
        favour = options.get("favour")
        asked = self.read(question, options.get("asked_on"))
        most = None if whole or favour else looked_at(k)
        ranked = self._rank(asked, rows, max(CANDIDATES, 3 * k), most=most, favour=favour)
        apart = options.get("all_copies", False)
        chosen = [Chosen(passage) for passage in ranked[:k]] if apart else choose(self.store, self.names, ranked, k)
        return Trace(asked, rows, ranked, chosen, apart)

    def _answer(self, trace: Trace, least_confidence: float) -> Answer:
        pointed = without_topic(trace.question.text)
        answer = compose_answer(
            self.store,
            self.encoder,
            self.names,
            trace.question,
            self._hits(trace.chosen),
            pointed=self.read(pointed) if pointed != trace.question.text else None,
            reader=self.reader,
            least_confidence=least_confidence,
        )
        return replace(answer, period=trace.question.period)

    def read(self, question: str, asked_on: date | None = None) -> Question:
        """Read a question: its vectors, names, direction and time. Raises QuestionError as `search` does."""
        return read_question(_checked(question), self.encoder, self.names, self.store.lexical, asked_on)

    def named_states(self, question: str) -> list[tuple[str, str]]:
        """Return what a question calls each state or body that it names, with the name under which all are known."""
        asked = _checked(question)
        return [(asked[each.start : each.end], each.state) for each in self.names.mentions(asked, typed=True)]

    def _rank(
        self,
        question: Question,
        rows: RowFilter,
        candidates: int,
        *,
        most: int | None = None,
        favour: Favour | None = None,
    ) -> list[Ranked]:
        ranked = rank_passages(
            self.store, self.names, question, rows, candidates=candidates, most=most, ranking=self.ranking
        )
        if self.reranker and ranked:
            ranked = rerank(self.store, self.reranker, question.text, ranked)
        if favour is None:
            return ranked
        if favour != "recent":
            raise QuestionError(f"favour is {favour!r}: only 'recent' can be favoured")
        return favour_recent(self.store, ranked)

    def _hits(self, chosen: Sequence[Chosen]) -> list[Hit]:
        passages = self.store.passages(number for each in chosen for number in (each.ranked.number, *each.copies))
        self.store.vouch(passage.article for passage in passages.values())
        return [
            Hit(
                rank,
                each.ranked.score,
                passages[each.ranked.number],
                each.ranked.signals,
                each.also_in,
                tuple(passages[number].passage_id for number in each.copies),
            )
            for rank, each in enumerate(chosen, start=1)
        ]


def _check_count(name: str, count: int) -> None:
    if not 1 <= count <= MOST_HITS:
        raise QuestionError(f"{name} is {count}: ask for 1 to {MOST_HITS:,}")


def _checked(question: str) -> str:
    asked = " ".join(harmless(question).split())
    if not asked:
        raise UnreadableQuestionError("the question is empty: type what you want to know")
    if len(asked) > MOST_QUESTION_CHARACTERS:
        raise UnreadableQuestionError(
            f"the question has {len(asked):,} characters, and {MOST_QUESTION_CHARACTERS:,} are read: shorten it"
        )
    return asked
