"""What indexing would keep of a file, for a person who wants to see it first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from index.articles import Problem, find_files, read_file
from index.errors import InputError
from index.learning import cleaned_by
from index.passages import passages_of
from index.records import Article
from index.rules import Rule
from index.sections import sections_of
from search.render import Json


@dataclass(frozen=True)
class Inspected:
    """The articles of a file and what was set aside."""

    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]


def inspected(path: Path, rules: Sequence[Rule] = (), *, most: int | None = None) -> Inspected:
    """Read a file or folder as `briefings index` would, with the rules that an index has learned.

    most: articles of each file that are read, where that is bounded.

    Raises InputError where there is nothing to read.
    """
    files, problems = find_files([path])
    if not files:
        raise InputError("; ".join(f"{problem.where} {problem.reason}" for problem in problems))
    articles: list[Article] = []
    for file in files:
        try:
            with file.path.open("rb") as content:
                for found in islice(read_file(file, content), most):
                    if isinstance(found, Problem):
                        problems.append(found)
                    else:
                        articles.append(cleaned_by(rules, found))
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror}): check its permissions") from error
    if problems and not articles:
        raise InputError("; ".join(f"{problem.where} {problem.reason}" for problem in problems[:3]))
    return Inspected(tuple(articles), tuple(problems))


def inspected_json(found: Inspected) -> Json:
    """Return articles with their sections, passages and dropped blocks as one JSON object."""
    return {
        "articles": [_article_json(article) for article in found.articles],
        "problems": [{"where": problem.where, "reason": problem.reason} for problem in found.problems],
    }


def inspected_text(found: Inspected) -> RenderableType:
    """Return the same for a terminal, cut short where a passage or a dropped block is long."""
    parts: list[RenderableType] = []
    for article in found.articles:
        known = [article.source, article.published, article.author, article.url, article.language]
        parts.append(Text(f"{article.article_id}: {article.title or '(no headline)'}", style="bold"))
        parts.append(Text("  " + " · ".join(value or "unknown" for value in known)))
        heading = None
        for passage in passages_of(article):
            if passage.section != heading:
                heading = passage.section
                parts.append(Text(f"  § {heading.heading or '(no head)'} [{heading.kind}]", style="cyan"))
            parts.append(Padding(Text(f"{passage.passage_id}  {_short(passage.text)}"), (0, 0, 0, 4)))
        parts.extend(
            Padding(Text(f"dropped by {block.rule}: {_short(block.text)}", style="dim"), (0, 0, 0, 2))
            for block in (*article.dropped, *article.around)
        )
    parts.extend(Text(f"set aside: {problem.where} {problem.reason}") for problem in found.problems)
    return Group(*parts)


def _article_json(article: Article) -> Json:
    return {
        "article_id": article.article_id,
        "title": article.title,
        "source": article.source,
        "published": article.published,
        "author": article.author,
        "url": article.url,
        "language": article.language,
        "text": article.text,
        "sections": [
            {"heading": section.heading, "kind": section.kind, "start": section.start, "end": section.end}
            for section in sections_of(article)
        ],
        "passages": [
            {
                "passage_id": passage.passage_id,
                "section": passage.section.heading,
                "start": passage.start,
                "end": passage.end,
                "text": passage.text,
            }
            for passage in passages_of(article)
        ],
        "dropped": [{"rule": block.rule, "text": block.text} for block in (*article.dropped, *article.around)],
    }


def _short(text: str, most: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
