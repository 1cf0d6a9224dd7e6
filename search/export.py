"""An answer as a file to keep: Markdown, JSON, CSV, BibTeX or RIS, as the file's name ends.

Each holds the question, how it was asked, and every citation with what it takes to check it. Article text is written
so that it stays text, whatever program opens the file.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal
from urllib.parse import quote as percent_encoded

from index.blocks import web_address
from index.records import Article
from search.question import QuestionError
from search.render import Json, answer_json
from search.results import Answer, Citation

Role = Literal["quoted", "also", "differing"]

# A spreadsheet runs what begins like this (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# All that begins markup in CommonMark, and in what others add to it: tables, mathematics, footnotes, bare links.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:$^=@/])")
# BibTeX counts braces whether or not a backslash stands before them, so those of a text are spelled out.
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        **{character: f"\\{character}" for character in "$&%#_"},
    }
)
_NOT_IN_A_KEY = re.compile("[^a-z0-9]+")
_IN_A_URL = "-._~:/?#[]@!$&'()*+,;=%"


@dataclass(frozen=True)
class Provenance:
    """How an answer came about. asked_at: ISO 8601, UTC. index: the path of its folder."""

    asked_at: str
    index: str
    generation: int
    model: str
    since: str | None = None
    until: str | None = None
    source: tuple[str, ...] = ()

    @property
    def filters(self) -> str:
        """Return what the question was narrowed to, in words."""
        told = [f"since {self.since}"] if self.since else []
        told += [f"until {self.until}"] if self.until else []
        told += [f"source {name}" for name in self.source]
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
        place = (_article(each).article_id, each.start, each.end)
        if place not in seen:
            seen.add(place)
            yield role, each


def _with_backing(citation: Citation) -> Iterator[tuple[Role, Citation]]:
    yield "quoted", citation
    for each in citation.also:
        yield "also", each


def _article(citation: Citation) -> Article:
    return citation.hit.passage.article


def _facts(answer: Answer, asked: Provenance) -> list[tuple[str, str]]:
    """Return how the answer came about, as names and values."""
    return [
        ("Question", answer.question),
        ("Answered", "yes" if answer.answered else f"no. {answer.reason}"),
        ("Asked at", asked.asked_at),
        ("Filters", asked.filters),
        ("Index", f"{asked.index}, generation {asked.generation}"),
        ("Model", asked.model),
    ]


def _line(text: str) -> str:
    return " ".join(text.split())


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
    values["asked_at"] = asked.asked_at
    values["filters"] = {"since": asked.since, "until": asked.until, "source": list(asked.source)}
    values["index"] = {"path": asked.index, "generation": asked.generation}
    values["model"] = asked.model
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def _add_author(value: Json, citation: Citation) -> None:
    value["author"] = _article(citation).author


def export_csv(answer: Answer, asked: Provenance) -> str:
    """Return a row a citation, each with how it was asked; a refusal is one row without a citation.

    An apostrophe stands before what a spreadsheet would take for a formula.
    """
    shared: dict[str, object] = {
        "question": answer.question,
        "asked_at": asked.asked_at,
        "since": asked.since,
        "until": asked.until,
        "source_filter": "; ".join(asked.source),
        "index": asked.index,
        "generation": asked.generation,
        "model": asked.model,
        "answered": "yes" if answer.answered else "no",
        "reason": answer.reason,
    }
    rows = [{**shared, **_citation_cells(role, each)} for role, each in cited(answer)] or [shared]
    table = io.StringIO()
    writer = csv.DictWriter(table, [*shared, *CITATION_COLUMNS], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return table.getvalue()


CITATION_COLUMNS = (
    "marker", "role", "quote", "title", "section", "source", "author", "published", "url", "article_id", "start", "end",
    "sha256",
)  # fmt: skip


def _citation_cells(role: Role, citation: Citation) -> dict[str, object]:
    article = _article(citation)
    values = (
        "" if role == "differing" else citation.marker,
        role,
        citation.quote,
        article.title,
        citation.hit.passage.section.heading,
        article.source,
        article.author,
        article.published,
        article.url,
        article.article_id,
        citation.start,
        citation.end,
        citation.sha256,
    )
    return dict(zip(CITATION_COLUMNS, values, strict=True))


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def export_markdown(answer: Answer, asked: Provenance) -> str:
    """Return the quotes as block quotes, their sources by number, and how it was asked."""
    lines = [f"# {_markdown(answer.question)}", ""]
    if not answer.answered:
        lines += [f"These briefings do not say. {_markdown(answer.reason)}", ""]
    for citation in answer.citations:
        lines += [f"> {_markdown(citation.quote)} \\[{citation.marker}\\]", ""]
    if answer.citations:
        lines += ["## Sources", ""]
        lines += [f"{citation.marker}. {_markdown_place(citation)}" for citation in answer.citations] + [""]
    backed = [each for citation in answer.citations for each in citation.also]
    if backed:
        lines += ["## Also said by", ""]
        lines += [f"- \\[{each.marker}\\] “{_markdown(each.quote)}” {_markdown_place(each)}" for each in backed] + [""]
    for disagreement in answer.disagreements:
        lines += ["## Reports differ", ""]
        lines += [
            f"- {_markdown(value)}: “{_markdown(each.quote)}” {_markdown_place(each)}"
            for value, each in disagreement.values
        ] + [""]
    lines += ["## How it was asked", ""]
    lines += [f"- {name}: {_markdown(value)}" for name, value in _facts(answer, asked)]
    return "\n".join(lines) + "\n"


def _markdown_place(citation: Citation) -> str:
    article = _article(citation)
    heading = citation.hit.passage.section.heading
    place = _markdown(article.title or article.article_id) + (f" › {_markdown(heading)}" if heading else "")
    known = [_markdown(value) for value in (article.source, article.author, article.published) if value]
    if article.url:
        known.append(f"<{article.url}>" if web_address(article.url) else _markdown(article.url))
    about = f" — {', '.join(known)}" if known else ""
    return (
        f"{place}{about} (article {_markdown(article.article_id)}, characters {citation.start} to {citation.end},"
        f" sha256 {citation.sha256})"
    )


def _markdown(text: str) -> str:
    """Return text as one line of Markdown that shows it."""
    return _MARKDOWN.sub(r"\\\1", _line(text))


def export_bibtex(answer: Answer, asked: Provenance) -> str:
    """Return an entry for each cited article, its quotes in the note, below comments on how it was asked."""
    # BibTeX knows no comments: what stands between entries is passed over, up to the next at sign.
    head = "".join(f"% {name}: {_line(value).replace('@', '(at)')}\n" for name, value in _facts(answer, asked))
    return "\n".join([head, *(_bibtex_entry(citations) for citations in _by_article(answer))])


def _bibtex_entry(citations: list[Citation]) -> str:
    article = _article(citations[0])
    day = article.published or ""
    author = _latex(article.author or "")
    values = {
        "title": f"{{{_latex(article.title or article.article_id)}}}",
        # A comma would part a last name from a first one, and ours may part authors.
        "author": f"{{{author}}}" if "," in author else author,
        "journal": _latex(article.source or ""),
        "date": day,
        "year": day[:4],
        # A link is set as it is: a backslash would become part of it.
        "url": percent_encoded(article.url or "", safe=_IN_A_URL, errors="replace"),
        "note": _latex("; ".join(map(_noted, citations))),
        "articleid": _latex(article.article_id),
        "sha256": article.sha256,
    }
    fields = ",\n".join(f"  {name} = {{{value}}}" for name, value in values.items() if value)
    return f"@{'article' if article.source else 'misc'}{{{_bibtex_key(article.article_id)},\n{fields}\n}}\n"


def _bibtex_key(article_id: str) -> str:
    """Return the id in letters that a key may have, cut short; its digest keeps two that look alike apart."""
    slug = _NOT_IN_A_KEY.sub("-", article_id.lower())[:40].strip("-") or "article"
    return f"{slug}-{hashlib.sha256(article_id.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _latex(text: str) -> str:
    return _line(text).translate(_LATEX)


def export_ris(answer: Answer, asked: Provenance) -> str:
    """Return a record for each cited article, its quotes in the notes; a refusal is one record that says so."""
    facts = [("N1", f"{name}: {value}") for name, value in _facts(answer, asked)]
    records = [[("TY", "NEWS"), *_ris_fields(citations), *facts, ("ER", "")] for citations in _by_article(answer)] or [
        [("TY", "GEN"), ("TI", answer.question), *facts, ("ER", "")]
    ]
    return "\n".join("".join(f"{tag}  - {_line(value)}\n" for tag, value in record) for record in records)


def _ris_fields(citations: list[Citation]) -> list[tuple[str, str]]:
    article = _article(citations[0])
    known = [
        ("TI", article.title or article.article_id),
        ("T2", article.source),
        ("AU", article.author),
        ("DA", article.published),
        ("UR", article.url),
        ("AN", article.article_id),
    ]
    notes = [("N1", _noted(citation)) for citation in citations]
    return [(tag, value) for tag, value in known if value] + [*notes, ("N1", f"sha256: {article.sha256}")]


def _noted(citation: Citation) -> str:
    heading = citation.hit.passage.section.heading
    section = f"section “{heading}”, " if heading else ""
    return f"“{citation.quote}” ({section}characters {citation.start} to {citation.end})"


def _by_article(answer: Answer) -> list[list[Citation]]:
    together: dict[str, list[Citation]] = {}
    for _, each in cited(answer):
        together.setdefault(_article(each).article_id, []).append(each)
    return list(together.values())


FORMATS: dict[str, Export] = {
    ".md": export_markdown,
    ".json": export_json,
    ".csv": export_csv,
    ".bib": export_bibtex,
    ".ris": export_ris,
}
