"""Answers, passages and notices as HTML for the app, with every word of an article escaped at the last moment.

What comes in is plain text that anybody may have written; what goes out is markup that shows exactly that text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from datetime import date
from importlib import resources
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from index.generations import Manifest
from search.results import Answer, Citation, Disagreement, Hit, Signals
from search.timeline import Entry

STYLE = f"<style>{resources.files('search').joinpath('page.css').read_text(encoding='utf-8')}</style>"

Span = tuple[int, int, int]  # from, to, and the number of the citation that quotes it

SIGNALS = (("bm25", "words in common", 1), ("dense", "meaning", 2), ("late", "closest wording", 2))

_SURROGATE = re.compile("[\ud800-\udfff]")
_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")
# Streamlit finds emoji, icons and addresses in text whose backslashes are already gone: a word joiner parts them.
_SHORTCODE = re.compile(r"(?<=:)(?=[\w/+-])|(?<=:)(?=\\?/)|(?<=@)|(?<=www)(?=\.)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def escaped(text: str) -> str:
    """Return text as HTML that shows it, inside an element or a quoted attribute."""
    return html.escape(_SURROGATE.sub("\ufffd", text), quote=True)


def markdown_label(text: str) -> str:
    """Return text as Markdown that shows it, for the widgets that read their labels as Markdown."""
    parted = _SHORTCODE.sub(_WORD_JOINER, _SURROGATE.sub("\ufffd", " ".join(text.split())))
    return _MARKDOWN.sub(r"\\\1", parted)


def marked(text: str, spans: Iterable[Span]) -> str:
    """Return text as HTML with the spans marked and numbered; where two overlap, the first keeps the words."""
    pieces = []
    place = 0
    for start, end, number in sorted(spans):
        first, last = max(start, place), min(end, len(text))
        if first < last:
            pieces.append(escaped(text[place:first]))
            pieces.append(f'<mark id="quote-{number}">{escaped(text[first:last])}</mark><sup>{number}</sup>')
            place = last
    return "".join(pieces) + escaped(text[place:])


def spelled_day(published: str) -> str:
    """Return an ISO day as "13 September 2023", or what was given where it is no such day."""
    try:
        day = date.fromisoformat(published)
    except ValueError:
        return published
    return f"{day.day} {day:%B} {day.year}"


def web_address(url: str | None) -> tuple[str, str] | None:
    """Return a link's address and the host to show for it, or None where it is not a link to a website."""
    try:
        parts = urlsplit((url or "").strip())
        host = parts.hostname
    except ValueError:
        return None
    if not url or not host or parts.scheme.lower() not in {"http", "https"}:
        return None
    return url.strip(), host.removeprefix("www.")


def masthead_html(articles: int, sources: int, days: tuple[str, str] | None) -> str:
    """Return the head of the page: what this is, and what it has to answer from."""
    facts = [_counted(articles, "article")] if articles else []
    facts += [_counted(sources, "source")] if sources else []
    if days:
        first, last = (spelled_day(day) for day in days)
        facts.append(first if first == last else f"{first} to {last}")
    line = f'<p class="bf-facts">{escaped(" · ".join(facts))}</p>' if facts else ""
    return (
        '<header class="bf bf-masthead"><h1>Briefings</h1>'
        "<p>Ask in your own words. Every answer is quoted word for word, with the article it stands in.</p>"
        f"{line}</header>"
    )


def answer_html(answer: Answer) -> str:
    """Return the answer card: numbered quotes with their articles, or that there is none and why."""
    if not answer.answered:
        return (
            '<section class="bf bf-answer bf-refusal" aria-labelledby="bf-answer">'
            '<h2 id="bf-answer">These briefings do not say.</h2>'
            f'<p dir="auto">{escaped(answer.reason)}</p></section>'
        )
    figures = "".join(
        _figure(list(group))
        for _, group in groupby(answer.citations, lambda citation: citation.hit.passage.article.article_id)
    )
    return (
        '<section class="bf bf-answer" aria-labelledby="bf-answer">'
        f'<h2 id="bf-answer">What the briefings say</h2>{figures}'
        f"{''.join(map(_differing, answer.disagreements))}</section>"
    )


def _differing(disagreement: Disagreement) -> str:
    """Return the figures that articles give for one thing, each with whose it is; none is preferred."""
    told = " – ".join(
        f"<b>{escaped(value)}</b> ({', '.join(_source_and_day(citation.hit))})"
        for value, citation in disagreement.values
    )
    return f'<p class="bf-note" dir="auto">Reports differ: {told}</p>'


def _figure(citations: Sequence[Citation]) -> str:
    """Return the quotes that one article gives in a row, and the line that says whose they are."""
    # No quotation marks are added: sentences bring their own, and what is copied from here is exact.
    quotes = "".join(
        f'<p dir="auto">{_quote(citation)} '
        f'<a class="bf-cite" href="#passage-{citation.hit.rank}"'
        f' aria-label="Citation {citation.marker}: passage {citation.hit.rank} below">[{citation.marker}]</a></p>'
        for citation in citations
    )
    hit = citations[0].hit
    parts = _source_and_day(hit)
    backing = {each.hit.passage.article.article_id: each.hit.passage.article for one in citations for each in one.also}
    if backing:
        others = ", ".join(f"<bdi>{escaped(article.source or article.title)}</bdi>" for article in backing.values())
        parts.append(f"also said by {others}")
    told = "".join(f"<span>{part}</span>" for part in parts)
    return (
        f"<figure><blockquote>{quotes}</blockquote>"
        f'<figcaption><span class="bf-from" dir="auto">{escaped(hit.passage.title)}</span>{told}</figcaption></figure>'
    )


def _quote(citation: Citation) -> str:
    """Return a quote with the few words that answer in bold, where they are known."""
    quote = citation.quote
    if citation.span is None:
        return escaped(quote)
    start, end = (place - citation.start for place in citation.span)
    return f"{escaped(quote[:start])}<strong>{escaped(quote[start:end])}</strong>{escaped(quote[end:])}"


def followed_html(typed: str, searched_for: str) -> str:
    """Return what was searched for in place of a follow-up question that leant on the one before it."""
    return (
        f'<p class="bf bf-followed" dir="auto">You asked “{escaped(typed)}”. Searched for:'
        f" <b>{escaped(searched_for)}</b> Change it in the box above if you meant something else.</p>"
    )


def timeline_html(entries: Sequence[Entry]) -> str:
    """Return the sentences about a question by the day of what they tell, each with who reported it first."""
    items = "".join(
        f'<li><p class="bf-day">{_day(entry)}</p><div><p class="bf-said" dir="auto">{escaped(entry.sentence.text)}</p>'
        f'<p class="bf-told">{_reported(entry)}</p></div></li>'
        for entry in entries
    )
    told = "The day is the one that a sentence names. Where it names none, it is the day on which it was published."
    return (
        '<section class="bf bf-timeline" aria-labelledby="bf-timeline">'
        '<h2 id="bf-timeline">In the order it happened</h2>'
        f'<ol>{items}</ol><p class="bf-note">{told}</p></section>'
    )


def _day(entry: Entry) -> str:
    day = entry.date
    if day is None:
        return "Day unknown"
    if not day.from_text:
        return f"{escaped(spelled_day(day.first))}<small>reported</small>"
    whole = {"month": f"{date.fromisoformat(day.first):%B %Y}", "year": day.first[:4], "day": spelled_day(day.first)}
    return escaped(whole.get(day.precision, f"{spelled_day(day.first)} to {spelled_day(day.last)}"))


def _reported(entry: Entry) -> str:
    first, *others = entry.reported_in
    parts = [f"first reported by <bdi>{escaped(first.source or first.title or first.article_id)}</bdi>"]
    if first.published:
        parts.append(escaped(spelled_day(first.published)))
    if others:
        parts.append(f"also in {', '.join(f'<bdi>{escaped(each.source or each.title)}</bdi>' for each in others)}")
    return "".join(f"<span>{part}</span>" for part in parts) + _link(first.url)


def passages_head_html(answer: Answer) -> str:
    """Return the heading of the passages that were found."""
    heading = "Where it says so" if answer.answered else "The nearest passages"
    return f'<h2 class="bf bf-head" id="bf-passages">{heading}</h2>'


def passage_html(answer: Answer, hit: Hit) -> str:
    """Return one passage, with the sentences marked that the answer quotes, and why it ranks where it does."""
    passage = hit.passage
    spans = [
        (citation.start - passage.start, citation.end - passage.start, citation.marker)
        for citation in answer.citations
        if citation.hit.rank == hit.rank
    ]
    told = [f'<span dir="auto">{escaped(passage.section.heading)}</span>'] if passage.section.heading else []
    told = [f"<span>{part}</span>" for part in _source_and_day(hit)] + told
    if hit.also_in:
        others = ", ".join(f"<bdi>{escaped(article.source or article.title)}</bdi>" for article in hit.also_in)
        told.append(f"<span>also in {others}</span>")
    # A BM25 score has no end, so its best on the page fills the bar; the others are cosines.
    most = {"bm25": max(each.signals.bm25 or 0.0 for each in answer.hits), "dense": 1.0, "late": 1.0}
    return (
        f'<article class="bf bf-passage" id="passage-{hit.rank}" tabindex="-1">'
        f'<span class="bf-rank" aria-hidden="true">{hit.rank}</span><h3 dir="auto">{escaped(passage.title)}</h3>'
        f'<p class="bf-told">{"".join(told)}{_link(passage.article.url)}</p>'
        f'<p class="bf-text" dir="auto">{marked(passage.text, spans)}</p>'
        f'<div class="bf-why" role="group" aria-label="Why passage {hit.rank} ranks here">'
        f"{''.join(_bar(label, _signal(hit.signals, name), most[name], digits) for name, label, digits in SIGNALS)}"
        "</div></article>"
    )


def passages_note_html() -> str:
    """Return what the bars of the passages tell."""
    return (
        '<p class="bf bf-note">The bars tell why a passage ranks where it does: how many of your words it uses,'
        " how near it is in meaning, and how closely single words of yours are matched. The first is drawn against"
        " the best passage on this page, the others from 0 to 1.</p>"
    )


def _source_and_day(hit: Hit) -> list[str]:
    article = hit.passage.article
    parts = [f"<bdi>{escaped(article.source)}</bdi>"] if article.source else ["Source unknown"]
    if article.published:
        day = escaped(article.published)
        return [*parts, f'<time datetime="{day}">{escaped(spelled_day(article.published))}</time>']
    return [*parts, "Date unknown"]


def _link(url: str | None) -> str:
    address = web_address(url)
    if address is None:
        return ""
    target, host = (escaped(part) for part in address)
    return (
        f'<span><a href="{target}" target="_blank" rel="noopener noreferrer nofollow"'
        f' aria-label="Read the article at {host}, in a new tab"><bdi>{host}</bdi>&nbsp;↗</a></span>'
    )


def _signal(signals: Signals, name: str) -> float | None:
    value: float | None = getattr(signals, name)
    return value


def _bar(label: str, value: float | None, most: float, digits: int) -> str:
    if value is None:
        return f'<div class="bf-signal"><span>{label}</span><span>not measured</span></div>'
    share = min(1.0, max(0.0, value / most)) if most > 0 else 0.0
    return (
        f'<div class="bf-signal"><span>{label}</span><span>{value:.{digits}f}</span>'
        f'<span class="bf-bar" role="meter" aria-label="{label}" aria-valuemin="0" aria-valuemax="{max(most, 0.0):.3f}"'
        f' aria-valuenow="{max(value, 0.0):.3f}"><span style="width:{share:.1%}"></span></span></div>'
    )


def welcome_html(folder: Path, uploads: Path) -> str:
    """Return the page that stands where there is no index yet: how to begin."""
    return (
        '<section class="bf bf-welcome" aria-labelledby="bf-welcome"><h2 id="bf-welcome">Nothing to read yet</h2>'
        "<p>Give it a handful of briefings or a few thousand: text, web pages, PDF, Word, mail, feeds. They stay on"
        " the computer that runs this page.</p><ol>"
        f"<li>Add files below. They are kept in <code>{escaped(str(uploads))}</code>.</li>"
        "<li>Or, in a terminal, index the folder that you have:"
        f" <code>briefings index PATH... --index {escaped(str(folder))}</code></li></ol></section>"
    )


def about_html(manifest: Manifest, folder: Path) -> str:
    """Return what index this is and how it was made."""
    rows = (
        ("Folder", str(folder)),
        ("Built", f"{spelled_day(manifest.created[:10])}, generation {manifest.generation}"),
        ("Holds", f"{_counted(manifest.articles, 'article')}, {_counted(manifest.passages, 'passage')}"),
        ("Model", f"{manifest.model.name}, {manifest.model.dimension} numbers a passage"),
    )
    told = "".join(f"<dt>{name}</dt><dd>{escaped(value)}</dd>" for name, value in rows)
    return f'<dl class="bf bf-about">{told}</dl>'


def problems_html(problems: Sequence[tuple[str, str]], most: int = 100) -> str:
    """Return the files that were set aside, each with the reason, or nothing where there are none."""
    if not problems:
        return ""
    items = "".join(f"<li><b>{escaped(where)}</b> {escaped(reason)}</li>" for where, reason in problems[:most])
    more = f"<p>and {len(problems) - most:,} more</p>" if len(problems) > most else ""
    return (
        f'<div class="bf bf-problems"><p>Set aside: {_counted(len(problems), "file or line", "files or lines")}</p>'
        f"<ul>{items}</ul>{more}</div>"
    )


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
