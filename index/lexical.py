"""A lexical index: BM25 over title, section and body of each passage, or of each whole article, by tantivy.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; k1 1.2, b 0.75.
"""

from __future__ import annotations

import math
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

from index.blocks import one_line
from index.errors import IndexFolderError

_ANALYZER = "briefings_en"
_WORD = re.compile(r"[^\W_]+")
# What makes a sentence a question says nothing of its subject, and is rare enough in news to look as if it did.
# "May" is a month, too; "us" stays, as "US" is written the same.
_QUESTION_WORDS = """
    i me my myself we our ours you your yours he him his she her hers its them theirs what which who whom whose those
    am were been being have has had having do does did doing done would should could ought can cannot because until
    while about against between through during before after above below from up down out off over under again further
    once here when where why how all any both each few more most other some nor only own same so than too very shall
    might must tell please didn doesn isn aren wasn weren hasn haven hadn wouldn couldn shouldn ain ll ve re s t
""".split()  # noqa: SIM905 - a hundred quotation marks would not make it plainer
# A capital makes a name of such a word ("He Jiankui", "the WHO") unless a sentence or what is said begins with it.
_CAPITALISED = rf"(?:{'|'.join(word.capitalize() for word in _QUESTION_WORDS)})\b"
_OPENING = re.compile(rf"(?:\A\W*|[.?!:;…][\"'”’)]?\s[\"“‘(]?|[\"“‘(]){_CAPITALISED}")
_INSIDE = re.compile(rf"\b(?!I\b){_CAPITALISED}")
_HEADLINE = 2  # so many of them further in are no names, but capitals as in a headline: "What Does Kim Get From Putin?"
_HEAP_BYTES = 64_000_000
_LINKS = "briefings-lexical-"
_LINKS_LAST_SECONDS = 600.0  # an index is opened in milliseconds; by its age, as a process may be another container's
_SHORT_TERM = 6  # letters; of a shorter one, two others make another word
ALIAS_WEIGHT = 0.5  # of what the name that was asked for is worth
MOST_EXPANDED = 8  # different names of a question that are searched for under others, too
# A headline names what the passage is about, a section head less often does.
FIELD_WEIGHTS = {"title": 1.0, "section": 0.5, "body": 1.0}


@dataclass(frozen=True)
class LexicalRow:
    """What a lexical index keeps of one passage or article; `day` is YYYYMMDD, 0 where the date is unknown."""

    number: int
    title: str
    section: str
    body: str
    day: int
    source: str


@dataclass(frozen=True)
class Named:
    """A stretch of a text that names somebody, and their other names."""

    start: int
    end: int
    others: tuple[str, ...]


@dataclass(frozen=True)
class RowFilter:
    """Which rows may be ranked: days are inclusive; names are compared without regard to case.

    A row passes that is of one of the sources and in none of without_sources; an empty tuple leaves nothing out.
    sections: headings of the section that a passage stands in.
    """

    since: int | None = None
    until: int | None = None
    sources: tuple[str, ...] = ()
    without_sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    without_sections: tuple[str, ...] = ()

    @property
    def needs_database(self) -> bool:
        """Return whether a lexical index, which knows days and sources only, cannot tell which rows pass."""
        return bool(self.languages or self.sections or self.without_sections)


def write_lexical(folder: Path, rows: Iterable[LexicalRow]) -> None:
    """Write a new lexical index of these rows into an empty folder."""
    index = tantivy.Index(_schema(), path=str(folder))
    index.register_tokenizer(_ANALYZER, _analyzer())
    # One thread: the same rows then give the same files and the same order among equal scores.
    writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
    for row in rows:
        writer.add_document(
            tantivy.Document(
                number=row.number,
                title=row.title,
                section=row.section,
                body=row.body,
                day=row.day,
                source=row.source.casefold(),
            )
        )
    writer.commit()
    writer.wait_merging_threads()
    for lock in folder.glob("*.lock"):
        lock.unlink()  # nobody will write here again


class Lexical:
    """A lexical index opened for reading."""

    def __init__(self, folder: Path) -> None:
        try:
            with _linked(folder) as links:
                self._index = tantivy.Index.open(links)
                analyzers = _analyzer(), _analyzer(without=_QUESTION_WORDS)
                self._index.register_tokenizer(_ANALYZER, analyzers[0])
                self._index.config_reader(reload_policy="manual")
                # Every file of the index is mapped here; the links are needed no more, and none is left behind.
                self._searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            raise IndexFolderError(
                f"{folder} is damaged, or the folder for temporary files is full ({one_line(str(error))[:100]}):"
                " run 'briefings doctor', or index the articles again into a new folder"
            ) from error
        self._analyzer, self._question_analyzer = analyzers
        self._schema = self._index.schema

    def numbers(self) -> NDArray[np.int64]:
        """Return the numbers of all rows, in order."""
        every = self._searcher.search(tantivy.Query.all_query(), limit=max(1, self._searcher.num_docs), count=False)
        addresses = [address for _, address in every.hits]
        return np.sort(np.array(self._searcher.fast_field_values("number", addresses), dtype=np.int64))

    def terms(self, text: str) -> list[str]:
        """Return the words of a text as the index knows them: lower case, stemmed, without stop words."""
        return list(self._analyzer.analyze(text))

    def question_terms(self, text: str) -> list[str]:
        """Return the words of a question as the index knows them, without those that only make it a question."""
        return self.part_terms(without_openings(text))

    def part_terms(self, text: str) -> list[str]:
        """Return the same of a part of a question that `without_openings` has read: what has a capital is a name."""
        return list(self._question_analyzer.analyze(text))

    def rarity(self, terms: Iterable[str]) -> dict[str, float]:
        """Return how rare each term is among the bodies: log(1 + all / those that have it)."""
        bodies = self._searcher.num_docs
        counts = {term: self._searcher.doc_freq("body", term) for term in terms}
        return {term: math.log(1 + bodies / (count + 0.5)) for term, count in counts.items()}

    def has(self, term: str) -> bool:
        """Return whether any row has a term, in whichever field."""
        return any(self._searcher.doc_freq(field, term) for field in FIELD_WEIGHTS)

    def like(self, term: str, limit: int) -> list[int]:
        """Return the numbers of up to `limit` rows with a term that few letters part from this one."""
        changes = 1 if len(term) < _SHORT_TERM else 2
        queries = [tantivy.Query.fuzzy_term_query(self._schema, field, term, changes) for field in FIELD_WEIGHTS]
        found = self._searcher.search(_any_of(queries), limit=limit, count=False).hits
        return [int(number) for number in self._searcher.fast_field_values("number", [at for _, at in found])]

    def search(
        self,
        text: str,
        limit: int,
        rows: RowFilter,
        names: Sequence[Named] = (),
        *,
        only: NDArray[np.int64] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rank rows by BM25. The text is a question or words, never query syntax.

        Where the text names somebody, a row that uses another name of theirs has at most ALIAS_WEIGHT of what the
        name in the text is worth, unless it has that name, too. only: numbers of the rows to score, where not all;
        a filter that needs the database is met by these (see `Store.by_words`).
        Returns their numbers (n,) and scores (n,), best first, n at most `limit`; only rows that share a
        word with the text and pass the filter are there.
        """
        words = self._words_query(without_openings(text), names)
        if words is None or limit < 1:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        if rows.needs_database and only is None:
            raise ValueError("the rows of this filter are to be named: search with Store.by_words")
        must = [(tantivy.Occur.Must, words), *((tantivy.Occur.Must, query) for query in self._filters(rows))]
        if rows.without_sources:
            must.append((tantivy.Occur.MustNot, self._of_sources(rows.without_sources)))
        if only is not None:
            within = tantivy.Query.term_set_query(self._schema, "number", only.tolist())
            must.append((tantivy.Occur.Must, tantivy.Query.const_score_query(within, 0.0)))
        found = self._searcher.search(tantivy.Query.boolean_query(must), limit=limit, count=False).hits
        numbers = np.array(
            self._searcher.fast_field_values("number", [address for _, address in found]), dtype=np.int64
        )
        scores = np.array([score for score, _ in found], dtype=np.float32)
        order = np.lexsort((numbers, -scores))
        return numbers[order], scores[order]

    def _words_query(self, text: str, names: Sequence[Named]) -> tantivy.Query | None:
        clauses: list[tantivy.Query] = []
        expanded: set[tuple[str, ...]] = set()
        end = 0
        for name in names:
            clauses.extend(self._term_queries(text[end : name.start]))
            written = text[name.start : name.end]
            if name.others in expanded or len(expanded) == MOST_EXPANDED:
                clauses.extend(self._term_queries(written))
            else:
                clauses.extend(self._name_queries(written, name.others))
                expanded.add(name.others)
            end = name.end
        clauses.extend(self._term_queries(text[end:]))
        return _any_of(clauses) if clauses else None

    def _term_queries(self, text: str) -> Iterator[tantivy.Query]:
        for term in self.part_terms(text):
            for field, weight in FIELD_WEIGHTS.items():
                yield tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, field, term), weight)

    def _name_queries(self, written: str, others: Sequence[str]) -> Iterator[tantivy.Query]:
        """Yield what the words of a name are worth, or, where that is more, what another name is."""
        asked = list(self._term_queries(written))
        worth = self._worth(self.part_terms(written))
        forms = {form for other in others if (form := self._phrase(other)) and self.terms(other) != self.terms(written)}
        aliases = [self._alias_query(form, worth) for form in sorted(forms)]
        if asked or aliases:
            yield tantivy.Query.disjunction_max_query([*([_any_of(asked)] if asked else []), *aliases])

    def _alias_query(self, form: tuple[tuple[int, str], ...], worth: float) -> tantivy.Query:
        """Return a query for a phrase, a rare one being worth no more than the name that was asked for."""
        weight = ALIAS_WEIGHT * min(1.0, worth / self._worth([term for _, term in form])) if worth else ALIAS_WEIGHT
        fields: list[tantivy.Query] = []
        for field, field_weight in FIELD_WEIGHTS.items():
            if len(form) == 1:
                query = tantivy.Query.term_query(self._schema, field, form[0][1])
            else:
                query = tantivy.Query.phrase_query(self._schema, field, list(form))
            fields.append(tantivy.Query.boost_query(query, weight * field_weight))
        return _any_of(fields)

    def _worth(self, terms: Sequence[str]) -> float:
        return sum(self.rarity(terms).values())

    def _phrase(self, words: str) -> tuple[tuple[int, str], ...]:
        """Return the terms of a phrase with their places in it: stop words leave a gap, as they do in the index."""
        return tuple((at, term) for at, word in enumerate(_WORD.findall(words)) for term in self.terms(word))

    def _filters(self, rows: RowFilter) -> Sequence[tantivy.Query]:
        queries: list[tantivy.Query] = []
        if rows.since is not None or rows.until is not None:
            queries.append(
                tantivy.Query.range_query(
                    self._schema, "day", tantivy.FieldType.Integer, rows.since or 1, rows.until or 99999999
                )
            )
        if rows.sources:
            queries.append(self._of_sources(rows.sources))
        return [tantivy.Query.const_score_query(query, 0.0) for query in queries]

    def _of_sources(self, sources: Sequence[str]) -> tantivy.Query:
        return tantivy.Query.term_set_query(self._schema, "source", [source.casefold() for source in sources])


def without_openings(text: str) -> str:
    """Return a text, of the same length, with the question words in lower case that are not part of a name."""
    text = _OPENING.sub(lambda found: found[0].lower(), text)
    if len(_INSIDE.findall(text)) < _HEADLINE:
        return text
    return _INSIDE.sub(lambda found: found[0].lower(), text)


def _any_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _linked(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """Link the files of a lexical index into a folder that can be written.

    tantivy takes a lock file beside an index even to read it. Reading must change nothing, and must work for who may
    only read.
    """
    _sweep_links(Path(tempfile.gettempdir()))
    # tantivy may still put a file there while the folder goes; a link left behind is no reason to fail a build.
    links = tempfile.TemporaryDirectory(prefix=_LINKS, ignore_cleanup_errors=True)
    for path in folder.iterdir():
        if path.suffix != ".lock":
            Path(links.name, path.name).symlink_to(path.resolve())
    return links


def _sweep_links(scratch: Path) -> None:
    """Remove the folders of links that were left by processes which were killed while they opened an index."""
    for path in scratch.glob(f"{_LINKS}*"):
        with suppress(OSError):  # gone meanwhile, or another user's
            if time.time() - path.lstat().st_mtime > _LINKS_LAST_SECONDS:
                shutil.rmtree(path)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("number", indexed=True, fast=True)
    for field in FIELD_WEIGHTS:
        builder.add_text_field(field, tokenizer_name=_ANALYZER)
    builder.add_integer_field("day", indexed=True, fast=True)
    builder.add_text_field("source", tokenizer_name="raw", index_option="basic")
    return builder.build()


def _analyzer(without: Sequence[str] = ()) -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.custom_stopword([*without, *(["I"] if without else [])]))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stopword("english"))
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )
