"""The page that looks after an index as HTML, with every name and word of a file escaped at the last moment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from index.history import Kept
from index.passages import passages_of
from index.records import Article
from index.sections import sections_of
from index.store import ArticleRow, SourceCount
from index.wording import count_of
from search.inspecting import Inspected
from search.markup import escaped, spelled_day

MOST_ROWS = 100
MOST_DROPPED = 40
MOST_CHARACTERS = 200


def state_html(heading: str, paragraph: str, command: str = "") -> str:
    """Return the page that stands in the place of an index that cannot be read: what is so, and what to do."""
    line = f"<p><code>{escaped(command)}</code></p>" if command else ""
    return (
        '<section class="bf bf-welcome" aria-labelledby="bf-state">'
        f'<h2 id="bf-state">{escaped(heading)}</h2><p>{escaped(paragraph)}</p>{line}</section>'
    )


def head_html(heading: str, told: str = "") -> str:
    """Return the heading of a part of the page, and what it is for."""
    line = f'<p class="bf-told">{escaped(told)}</p>' if told else ""
    return f'<div class="bf bf-part"><h2>{escaped(heading)}</h2>{line}</div>'


def note_html(text: str) -> str:
    """Return a quiet line; Streamlit's own captions are too pale to be read by everybody."""
    return f'<p class="bf bf-told">{escaped(text)}</p>'


def sources_html(sources: Sequence[SourceCount], most: int = 30) -> str:
    """Return the sources with their numbers of articles, most first."""
    items = "".join(
        f"<li><bdi>{escaped(found.source or 'Source unknown')}</bdi> <span>{found.articles:,}</span></li>"
        for found in sources[:most]
    )
    return f'<ul class="bf bf-sources">{items}</ul>{_more(len(sources), most)}'


def kept_html(kept: Kept) -> str:
    """Return one generation on disk: its number, when it was made, what it holds."""
    now = " <b>current</b>" if kept.current else ""
    if kept.damaged:
        told = escaped(kept.damaged)
    else:
        moment = f"{spelled_day(kept.created[:10])}, {kept.created[11:16]} UTC"
        told = escaped(f"{moment} · {count_of(kept.articles, 'article')} · {kept.bytes / 1e6:,.1f} MB")
    return f'<p class="bf bf-kept"><span>Generation {kept.generation}</span>{now}<br><small>{told}</small></p>'


def rows_html(rows: Sequence[ArticleRow]) -> str:
    """Return a list of articles: headline, source, day, id."""
    items = "".join(
        f'<li><b dir="auto">{escaped(row.title or row.article_id)}</b><span><bdi>'
        f"{escaped(row.source or 'Source unknown')}</bdi> · "
        f"{escaped(spelled_day(row.published) if row.published else 'Date unknown')}"
        f" · <code>{escaped(row.article_id)}</code></span></li>"
        for row in rows[:MOST_ROWS]
    )
    return f'<ul class="bf bf-rows">{items}</ul>{_more(len(rows), MOST_ROWS)}'


def findings_html(heading: str, findings: Sequence[tuple[str, str]]) -> str:
    """Return what was set aside or found broken: where, and what it is."""
    items = "".join(
        f"<li><b>{escaped(where)}</b><span>{escaped(what)}</span></li>" for where, what in findings[:MOST_ROWS]
    )
    return (
        f'<div class="bf"><p class="bf-told">{escaped(heading)}: {len(findings):,}</p>'
        f'<ul class="bf-rows">{items}</ul></div>{_more(len(findings), MOST_ROWS)}'
    )


def preview_html(name: str, found: Inspected | str, *, is_cut: bool = False) -> str:
    """Return what would be kept of a file and what not, or the reason why it cannot be read."""
    if isinstance(found, str):
        inside = f'<p class="bf-unread">Cannot be read: {escaped(found)}</p>'
    else:
        inside = "".join(map(_article_html, found.articles))
        inside += "<p>Only the beginning is shown: more articles follow in this file.</p>" if is_cut else ""
        if found.problems:
            inside += findings_html("Set aside", [(each.where, each.reason) for each in found.problems])
    return f'<article class="bf bf-preview"><p class="bf-file"><bdi>{escaped(name)}</bdi></p>{inside}</article>'


def _article_html(article: Article) -> str:
    sections = sections_of(article)
    words = sum(len(passage.text.split()) for passage in passages_of(article))
    heads = [section.heading or "(the beginning)" for section in sections]
    day = spelled_day(article.published) if article.published else "Date unknown"
    return (
        f'<h3 dir="auto">{escaped(article.title or "No headline")}</h3>'
        f'<p class="bf-told"><span><bdi>{escaped(article.source or "Source unknown")}</bdi></span>'
        f"<span>{escaped(day)}</span><span>{words:,} words kept</span></p>"
        f"{_collapsed('section', [('', head) for head in heads])}"
        f"{_collapsed('dropped block', [(block.rule, block.text) for block in (*article.dropped, *article.around)])}"
    )


def _collapsed(what: str, items: Sequence[tuple[str, str]]) -> str:
    if not items:
        return f'<p class="bf-told">No {what}</p>'
    listed = "".join(
        f'<li dir="auto">{f"<b>{escaped(rule)}</b> " if rule else ""}{escaped(_short(text))}</li>'
        for rule, text in items[:MOST_DROPPED]
    )
    more = f"<li>and {len(items) - MOST_DROPPED:,} more</li>" if len(items) > MOST_DROPPED else ""
    summary = count_of(len(items), what)
    return f"<details><summary>{summary}</summary><ul>{listed}{more}</ul></details>"


def read_only_welcome(folder: Path) -> str:
    """Return what a folder without an index says where nothing can be added."""
    return state_html(
        "Nothing to read yet",
        "There is no index in this folder, and this app only shows. Index articles in a terminal; then load the page"
        " again.",
        f"briefings index PATH... --index {folder}",
    )


def _short(text: str) -> str:
    line = " ".join(text[: MOST_CHARACTERS * 4].split())
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"


def _more(number: int, most: int) -> str:
    return f'<p class="bf bf-told">and {number - most:,} more</p>' if number > most else ""
