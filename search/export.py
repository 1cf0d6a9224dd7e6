"""An answer as a file to keep: Markdown, JSON, CSV, BibTeX or RIS, as the file's name ends.

Each holds the question, how it was asked, and every citation with what it takes to check it. Article text is written
so that it stays text, whatever program opens the file.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from search.escapes import as_cell, as_markdown, bibtex_comment
from search.excerpts import (
    EXCERPT_COLUMNS,
    Excerpt,
    bibtex_entry,
    by_article,
    cited_excerpt,
    markdown_place,
    noted,
    ris_fields,
    ris_record,
)
from search.prose import Prose
from search.question import QuestionError
from search.render import Json, answer_json, prose_json
from search.results import Answer, Citation

Role = Literal["quoted", "also", "differing"]


@dataclass(frozen=True)
class OptionalModels:
    """The models that had a part in an answer because somebody named them, as they were named; "" for none.

    llm_server: the name and port of the server that ran the language model.
    """

    reranker: str = ""
    reader: str = ""
    llm: str = ""
    llm_server: str = ""

    @property
    def named(self) -> dict[str, str]:
        """Return those that had a part, by what they are."""
        return {part: name for part, name in vars(self).items() if name}


@dataclass(frozen=True)
class Provenance:
    """How an answer came about. asked_at: ISO 8601, UTC. index: the path of its folder.

    asked: the question as it was typed, where it was completed from those before it, which are `after`. asked_on: the
    day from which "this week" counts, where that is not the day of asked_at. optional: the models that were named
    beside the index's own. prose: what one of them told of the quotes.
    """

    asked_at: str
    index: str
    generation: int
    model: str
    since: str | None = None
    until: str | None = None
    source: tuple[str, ...] = ()
    exclude_source: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    exclude_section: tuple[str, ...] = ()
    asked_on: str | None = None
    asked: str = ""
    after: tuple[str, ...] = ()
    optional: OptionalModels = OptionalModels()
    prose: Prose | None = None

    @property
    def filters(self) -> str:
        """Return what the question was narrowed to, in words."""
        told = [f"since {self.since}"] if self.since else []
        told += [f"until {self.until}"] if self.until else []
        for words, names in (
            ("source", self.source),
            ("not source", self.exclude_source),
            ("language", self.language),
            ("section", self.section),
            ("not section", self.exclude_section),
        ):
            told += [f"{words} {name}" for name in names]
        told += [f"as asked on {self.asked_on}"] if self.asked_on else []
        return ", ".join(told) or "none"


Export = Callable[[Answer, Provenance], str]


def export_for(name: str) -> Export:
    """Return the function for a file of that name. Raises QuestionError where its suffix is none of FORMATS."""
    found = FORMATS.get(PurePath(name).suffix.lower())
    if found is None:
        *most, last = FORMATS
        raise QuestionError(f"--export is {name!r}: name a file that ends in {', '.join(most)} or {last}")
    return found


def cited(answer: Answer) -> Iterator[tuple[Role, Citation]]:
    """Yield every citation once: each quote with those that make the same point, then those that differ."""
    told = [(role, each) for one in answer.citations for role, each in _with_backing(one)]
    told += [("differing", each) for one in answer.disagreements for _, each in one.values]
    seen: set[tuple[str, int, int]] = set()
    for role, each in told:
        place = (each.hit.passage.article.article_id, each.start, each.end)
        if place not in seen:
            seen.add(place)
            yield role, each


def _with_backing(citation: Citation) -> Iterator[tuple[Role, Citation]]:
    yield "quoted", citation
    for each in citation.also:
        yield "also", each


def _facts(answer: Answer, asked: Provenance) -> list[tuple[str, str]]:
    """Return how the answer came about, as names and values."""
    typed = [("Asked as", asked.asked)] if asked.asked else []
    return [
        ("Question", answer.question),
        *typed,
        *(("After", before) for before in asked.after),
        ("Answered", "yes" if answer.answered else f"no. {answer.reason}"),
        ("Asked at", asked.asked_at),
        ("Filters", asked.filters),
        ("Index", f"{asked.index}, generation {asked.generation}"),
        ("Model", asked.model),
        *_optional_facts(asked),
    ]


def _optional_facts(asked: Provenance) -> Iterator[tuple[str, str]]:
    used = asked.optional
    if used.reranker:
        yield "Reranker", used.reranker
    if used.reader:
        yield "Reader", used.reader
    if used.llm:
        yield "Language model", f"{used.llm}, at {used.llm_server}"
    if asked.prose:
        told = [f"{each.text} {''.join(f'[{marker}]' for marker in each.markers)}" for each in asked.prose.sentences]
        yield "Told by the language model", " ".join([*told, f"({len(asked.prose.struck)} struck out)"])


def export_json(answer: Answer, asked: Provenance) -> str:
    """Return the JSON of `ask --json`, with the authors and how it was asked; `briefings verify` takes it."""
    values = answer_json(answer)
    for citation, value in zip(answer.citations, values["citations"], strict=True):
        _add_author(value, citation)
        for backing, backing_value in zip(citation.also, value["also"], strict=True):
            _add_author(backing_value, backing)
    for disagreement, figures in zip(answer.disagreements, values["disagreements"], strict=True):
        for (_, citation), value in zip(disagreement.values, figures, strict=True):
            _add_author(value, citation)
    if asked.asked:
        values["asked"] = asked.asked
        values["after"] = list(asked.after)
    values["asked_at"] = asked.asked_at
    values["filters"] = {
        "since": asked.since,
        "until": asked.until,
        "source": list(asked.source),
        "exclude_source": list(asked.exclude_source),
        "language": list(asked.language),
        "section": list(asked.section),
        "exclude_section": list(asked.exclude_section),
    }
    values["index"] = {"path": asked.index, "generation": asked.generation}
    values["model"] = asked.model
    if asked.optional.named:
        values["optional_models"] = asked.optional.named
    if asked.prose:
        values["prose"] = prose_json(asked.prose)
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def _add_author(value: Json, citation: Citation) -> None:
    value["author"] = citation.hit.passage.article.author


def export_csv(answer: Answer, asked: Provenance) -> str:
    """Return a row a citation, each with how it was asked; a refusal is one row without a citation.

    An apostrophe stands before what a spreadsheet would take for a formula.
    """
    shared: dict[str, object] = {
        "question": answer.question,
        "asked": asked.asked,
        "after": "; ".join(asked.after),
        "asked_at": asked.asked_at,
        "since": asked.since,
        "until": asked.until,
        "source_filter": "; ".join(asked.source),
        "exclude_source": "; ".join(asked.exclude_source),
        "language_filter": "; ".join(asked.language),
        "section_filter": "; ".join(asked.section),
        "exclude_section": "; ".join(asked.exclude_section),
        "index": asked.index,
        "generation": asked.generation,
        "model": asked.model,
        "answered": "yes" if answer.answered else "no",
        "reason": answer.reason,
    }
    rows = [{**shared, **_citation_cells(role, each)} for role, each in cited(answer)] or [shared]
    optional = vars(asked.optional)
    table = io.StringIO()
    # The last columns are the youngest: a program that counts columns still finds the others where they were.
    writer = csv.DictWriter(table, [*shared, *CITATION_COLUMNS, *optional], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: as_cell(value) for name, value in {**row, **optional}.items()} for row in rows)
    return table.getvalue()


CITATION_COLUMNS = ("marker", "role", *EXCERPT_COLUMNS)


def _citation_cells(role: Role, citation: Citation) -> dict[str, object]:
    marker = "" if role == "differing" else citation.marker
    return {"marker": marker, "role": role, **vars(cited_excerpt(citation))}


def export_markdown(answer: Answer, asked: Provenance) -> str:
    """Return the quotes as block quotes, their sources by number, and how it was asked."""
    lines = [f"# {as_markdown(answer.question)}", ""]
    if not answer.answered:
        lines += [f"These briefings do not say. {as_markdown(answer.reason)}", ""]
    for citation in answer.citations:
        lines += [f"> {as_markdown(citation.quote)} \\[{citation.marker}\\]", ""]
    for note in answer.notes:
        lines += [as_markdown(note), ""]
    if answer.citations:
        lines += ["## Sources", ""]
        lines += [f"{citation.marker}. {markdown_place(cited_excerpt(citation))}" for citation in answer.citations] + [
            ""
        ]
    backed = [each for citation in answer.citations for each in citation.also]
    if backed:
        lines += ["## Also said by", ""]
        lines += [
            f"- \\[{each.marker}\\] “{as_markdown(each.quote)}” {markdown_place(cited_excerpt(each))}"
            for each in backed
        ] + [""]
    for disagreement in answer.disagreements:
        lines += ["## Reports differ", ""]
        lines += [
            f"- {as_markdown(value)}: “{as_markdown(each.quote)}” {markdown_place(cited_excerpt(each))}"
            for value, each in disagreement.values
        ] + [""]
    lines += ["## How it was asked", ""]
    lines += [f"- {name}: {as_markdown(value)}" for name, value in _facts(answer, asked)]
    return "\n".join(lines) + "\n"


def export_bibtex(answer: Answer, asked: Provenance) -> str:
    """Return an entry for each cited article, its quotes in the note, below comments on how it was asked."""
    head = "".join(bibtex_comment(name, value) for name, value in _facts(answer, asked))
    return "\n".join([head, *(bibtex_entry(excerpts, map(noted, excerpts)) for excerpts in _by_article(answer))])


def export_ris(answer: Answer, asked: Provenance) -> str:
    """Return a record for each cited article, its quotes in the notes; a refusal is one record that says so."""
    facts = [("N1", f"{name}: {value}") for name, value in _facts(answer, asked)]
    records = [
        [("TY", "NEWS"), *ris_fields(excerpts, map(noted, excerpts)), *facts, ("ER", "")]
        for excerpts in _by_article(answer)
    ] or [[("TY", "GEN"), ("TI", answer.question), *facts, ("ER", "")]]
    return "\n".join(ris_record(record) for record in records)


def _by_article(answer: Answer) -> list[list[Excerpt]]:
    return by_article(cited_excerpt(each) for _, each in cited(answer))


FORMATS: dict[str, Export] = {
    ".md": export_markdown,
    ".json": export_json,
    ".csv": export_csv,
    ".bib": export_bibtex,
    ".ris": export_ris,
}
