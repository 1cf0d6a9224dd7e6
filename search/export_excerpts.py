"""A list of excerpts as a file to keep: passages that were found, or a notebook of clipped quotes.

The formats are those of an answer (export.py), and each excerpt stands with its citation. The JSON is what
`briefings verify` takes: each excerpt is a citation of it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from search.escapes import as_cell, as_markdown, bibtex_comment
from search.excerpts import (
    EXCERPT_COLUMNS,
    Excerpt,
    bibtex_entry,
    by_article,
    markdown_place,
    noted,
    passage_excerpt,
    ris_fields,
    ris_record,
)
from search.export import Provenance
from search.results import Answer

Facts = Mapping[str, str | int | None]


@dataclass(frozen=True)
class Listed:
    """An excerpt of a list, and what else is told of it, by name ("clipped by")."""

    excerpt: Excerpt
    remarks: Facts


@dataclass(frozen=True)
class ExcerptList:
    """Excerpts under a title, and how they came about, by name ("asked at")."""

    title: str
    facts: Facts
    listed: tuple[Listed, ...]


def passage_list(answer: Answer, asked: Provenance) -> ExcerptList:
    """Return the passages of an answer or of a refusal as a list, best first."""
    facts: Facts = {
        "asked at": asked.asked_at,
        "filters": asked.filters,
        "index": asked.index,
        "generation": asked.generation,
        "model": asked.model,
    }
    listed = [
        Listed(passage_excerpt(hit), {"also in": "; ".join(each.source or each.title for each in hit.also_in) or None})
        for hit in answer.hits
    ]
    return ExcerptList(answer.question, facts, tuple(listed))


def list_markdown(excerpts: ExcerptList) -> str:
    """Return each excerpt as a block quote, with its place and its remarks below it."""
    lines = [f"# {as_markdown(excerpts.title)}", ""]
    for number, each in enumerate(excerpts.listed, start=1):
        lines += [f"> {as_markdown(each.excerpt.quote)} \\[{number}\\]", "", markdown_place(each.excerpt), ""]
        remarks = [f"- {as_markdown(line)}" for line in _told(each.remarks)]
        lines += [*remarks, ""] if remarks else []
    lines += ["## How it came about", "", *(f"- {as_markdown(line)}" for line in _told(excerpts.facts))]
    return "\n".join(lines) + "\n"


def list_json(excerpts: ExcerptList) -> str:
    """Return the list as a JSON object that `briefings verify` takes."""
    citations = [
        {"marker": number, **vars(each.excerpt), **_keyed(each.remarks)}
        for number, each in enumerate(excerpts.listed, start=1)
    ]
    quotes = " ".join(each.excerpt.quote for each in excerpts.listed)
    values = {"question": excerpts.title, "answer": quotes, "citations": citations, **_keyed(excerpts.facts)}
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def list_csv(excerpts: ExcerptList) -> str:
    """Return a row an excerpt; an apostrophe stands before what a spreadsheet would take for a formula."""
    shared = {"list": excerpts.title, **_keyed(excerpts.facts)}
    rows = [
        {"marker": number, **vars(each.excerpt), **_keyed(each.remarks), **shared}
        for number, each in enumerate(excerpts.listed, start=1)
    ]
    columns = list(rows[0]) if rows else ["marker", *EXCERPT_COLUMNS, *shared]
    table = io.StringIO()
    writer = csv.DictWriter(table, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: as_cell(value) for name, value in row.items()} for row in rows)
    return table.getvalue()


def list_bibtex(excerpts: ExcerptList) -> str:
    """Return an entry for each article, its excerpts and their remarks in the note."""
    notes = _notes(excerpts)
    head = "".join(bibtex_comment(name, value) for name, value in _head(excerpts))
    entries = [bibtex_entry(group, [notes[id(each)] for each in group]) for group in _grouped(excerpts)]
    return "\n".join([head, *entries])


def list_ris(excerpts: ExcerptList) -> str:
    """Return a record for each article, its excerpts and their remarks in the notes."""
    notes = _notes(excerpts)
    facts = [("N1", f"{name}: {value}") for name, value in _head(excerpts)]
    records = [
        [("TY", "NEWS"), *ris_fields(group, [notes[id(each)] for each in group]), *facts, ("ER", "")]
        for group in _grouped(excerpts)
    ] or [[("TY", "GEN"), ("TI", excerpts.title), *facts, ("ER", "")]]
    return "\n".join(map(ris_record, records))


def _grouped(excerpts: ExcerptList) -> list[list[Excerpt]]:
    return by_article(each.excerpt for each in excerpts.listed)


def _notes(excerpts: ExcerptList) -> dict[int, str]:
    """Return the note of each excerpt, by its identity: two clips may quote the same words."""
    return {id(each.excerpt): " ".join([noted(each.excerpt), *_told(each.remarks)]) for each in excerpts.listed}


def _head(excerpts: ExcerptList) -> list[tuple[str, str]]:
    return [("List", excerpts.title), *((name.capitalize(), str(value)) for name, value in _known(excerpts.facts))]


def _told(facts: Facts) -> list[str]:
    return [f"{name.capitalize()}: {value}" for name, value in _known(facts)]


def _known(facts: Facts) -> list[tuple[str, str | int]]:
    return [(name, value) for name, value in facts.items() if value is not None and value != ""]


def _keyed(facts: Facts) -> dict[str, str | int | None]:
    return {name.replace(" ", "_"): value for name, value in facts.items()}


LIST_FORMATS: dict[str, Callable[[ExcerptList], str]] = {
    ".md": list_markdown,
    ".json": list_json,
    ".csv": list_csv,
    ".bib": list_bibtex,
    ".ris": list_ris,
}
