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
from index.records import Article
from index.wording import count_of
from search.confidence import LEAST_CONFIDENCE
from search.narrowing import Searched
from search.results import Answer, Citation, Disagreement
from search.timeline import Entry

STYLE = f"<style>{resources.files('search').joinpath('page.css').read_text(encoding='utf-8')}</style>"

Span = tuple[int, int, int]  # from, to, and the number of the citation that quotes it

CARD_CHARACTERS = 240  # of its passage, before a quote and behind it, that are shown where its number is pointed at

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


def marked(text: str, spans: Iterable[Span], words: Sequence[tuple[int, int]] = ()) -> str:
    """Return text as HTML with the spans marked and numbered; where two overlap, the first keeps the words.

    words: where single words stand, in order, that are to be made out within and without the spans.
    """
    pieces = []
    place = 0
    for start, end, number in sorted(spans):
        first, last = max(start, place), min(end, len(text))
        if first < last:
            pieces.append(_with_words(text, place, first, words))
            inside = _with_words(text, first, last, words)
            pieces.append(f'<mark id="quote-{number}">{inside}</mark><sup>{number}</sup>')
            place = last
    return "".join(pieces) + _with_words(text, place, len(text), words)


def _with_words(text: str, start: int, end: int, words: Sequence[tuple[int, int]]) -> str:
    pieces = []
    place = start
    for first, last in words:
        if place <= first < last <= end:
            pieces.append(f'{escaped(text[place:first])}<span class="bf-word">{escaped(text[first:last])}</span>')
            place = last
    return "".join(pieces) + escaped(text[place:end])


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
    facts = _facts(articles, sources, days)
    line = f'<p class="bf-facts">{escaped(" · ".join(facts))}</p>' if facts else ""
    return (
        '<header class="bf bf-masthead"><h1>Briefings</h1>'
        "<p>Ask in your own words. Every answer is quoted word for word, with the article it stands in.</p>"
        f"{line}</header>"
    )


def answer_html(answer: Answer, searched: str = "") -> str:
    """Return the answer card: numbered quotes with their articles, or that there is none, why, and what was searched.

    searched: markup, as `searched_html` gives it.
    """
    if not answer.answered:
        return (
            '<section class="bf bf-answer bf-refusal" aria-labelledby="bf-answer">'
            '<h2 id="bf-answer">These briefings do not say.</h2>'
            f'<p dir="auto">{escaped(answer.reason)}</p>{_notes_html(answer)}{searched}</section>'
        )
    figures = "".join(
        _figure(list(group))
        for _, group in groupby(answer.citations, lambda citation: citation.hit.passage.article.article_id)
    )
    return (
        '<section class="bf bf-answer" aria-labelledby="bf-answer">'
        f'<h2 id="bf-answer">What the briefings say</h2>{figures}'
        f"{''.join(map(_differing, answer.disagreements))}"
        f'<p class="bf-sure">{_how_sure(answer.confidence)}</p>{_notes_html(answer)}</section>'
    )


def _notes_html(answer: Answer) -> str:
    return "".join(f'<p class="bf-sure" dir="auto">{escaped(note)}</p>' for note in answer.notes)


def searched_html(searched: Searched, narrowed: str, names: Sequence[tuple[str, str]]) -> str:
    """Return what was searched, and that a state or leader was searched for under the other names of the state.

    narrowed: the filters in words, "" without any.
    """
    told = " · ".join(_facts(searched.articles, searched.sources, searched.days) or ["nothing"])
    told += f". Narrowed to: {narrowed}" if narrowed else ""
    also = "".join(
        f"<li>“{escaped(written)}” was searched for under the other names of {escaped(state)}, too.</li>"
        for written, state in dict.fromkeys(names)
    )
    return f'<p class="bf-searched">Searched: {escaped(told)}</p>' + (f"<ul>{also}</ul>" if also else "")


def _facts(articles: int, sources: int, days: tuple[str, str] | None) -> list[str]:
    facts = [count_of(articles, "article")] if articles else []
    facts += [count_of(sources, "source")] if sources else []
    if days:
        first, last = (spelled_day(day) for day in days)
        facts.append(first if first == last else f"{first} to {last}")
    return facts


def _how_sure(confidence: float) -> str:
    """Return in words how likely it is that the briefings answer the question at all."""
    if confidence >= LEAST_CONFIDENCE[0.01]:
        return "These passages fit the question closely."
    if confidence >= LEAST_CONFIDENCE[0.05]:
        return "These passages fit the question well."
    return "These passages fit the question only loosely: read them before you quote them."


def _differing(disagreement: Disagreement) -> str:
    """Return the figures that articles give for one thing, each with whose it is; none is preferred."""
    told = " – ".join(
        f"<b>{escaped(value)}</b> ({', '.join(source_and_day(citation.hit.passage.article))})"
        for value, citation in disagreement.values
    )
    sentences = "".join(
        f'<li dir="auto">{escaped(citation.quote)} <span class="bf-told">'
        f"{''.join(f'<span>{part}</span>' for part in source_and_day(citation.hit.passage.article))}"
        f"{link_html(citation.hit.passage.article.url)}</span></li>"
        for _, citation in disagreement.values
    )
    return (
        f'<div class="bf-note"><p dir="auto">Reports differ: {told}</p>'
        f'<details class="bf-around"><summary>The sentences</summary><ul>{sentences}</ul></details></div>'
    )


def _figure(citations: Sequence[Citation]) -> str:
    """Return the quotes that one article gives in a row, and the line that says whose they are."""
    # No quotation marks are added: sentences bring their own, and what is copied from here is exact.
    quotes = "".join(
        f'<p dir="auto">{_quote(citation)} '
        f'<a class="bf-cite" href="#passage-{citation.hit.rank}"'
        f' aria-label="Citation {citation.marker}: passage {citation.hit.rank} below">[{citation.marker}]</a>'
        f"{_card(citation)}</p>"
        for citation in citations
    )
    hit = citations[0].hit
    parts = source_and_day(hit.passage.article)
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


def _card(citation: Citation) -> str:
    """Return what is shown of a quote's passage where its number is pointed at; the passages below say the same."""
    passage = citation.hit.passage
    start, end = citation.start - passage.start, citation.end - passage.start
    first, last = max(0, start - CARD_CHARACTERS), min(len(passage.text), end + CARD_CHARACTERS)
    before, behind = passage.text[first:start], passage.text[end:last]
    if first:  # begin and end with a whole word
        before = f"… {before.partition(' ')[2] or before}"
    if last < len(passage.text):
        behind = f"{behind.rpartition(' ')[0] or behind} …"
    heading = f'<span dir="auto">{escaped(passage.section.heading)}</span>' if passage.section.heading else ""
    told = "".join(f"<span>{part}</span>" for part in source_and_day(passage.article))
    return (
        '<span class="bf-card" aria-hidden="true" dir="auto">'
        f'<span class="bf-strong" dir="auto">{escaped(passage.title)}</span>'
        f'<span class="bf-told">{told}{heading}{link_html(passage.article.url, focusable=False)}</span>'
        f'<span class="bf-quoted">{escaped(before)}<mark>{escaped(citation.quote)}</mark>{escaped(behind)}</span>'
        "</span>"
    )


def followed_html(typed: str, searched_for: str) -> str:
    """Return what was searched for in place of a follow-up question that leant on the one before it."""
    return (
        f'<p class="bf bf-followed" dir="auto">You asked “{escaped(typed)}”. Searched for:'
        f" <b>{escaped(searched_for)}</b> Change it in the box above if you meant something else.</p>"
    )


def respelled_html(words: Sequence[tuple[str, str]]) -> str:
    """Return which words no briefing has, each with the name that they have instead."""
    told = " ".join(
        f"No briefing has “{escaped(written)}”; they write <b>{escaped(name)}</b>." for written, name in words
    )
    return f'<p class="bf bf-followed" dir="auto">{told} Ask for that instead:</p>'


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
    return "".join(f"<span>{part}</span>" for part in parts) + link_html(first.url)


def source_and_day(article: Article) -> list[str]:
    """Return in HTML who published an article, and when."""
    parts = [f"<bdi>{escaped(article.source)}</bdi>"] if article.source else ["Source unknown"]
    if article.published:
        day = escaped(article.published)
        return [*parts, f'<time datetime="{day}">{escaped(spelled_day(article.published))}</time>']
    return [*parts, "Date unknown"]


def link_html(url: str | None, *, focusable: bool = True) -> str:
    """Return a link to where an article was published, or nothing where its address is none of the web.

    focusable: whether it is come to by key, which it must not be where a screen reader is told nothing of it.
    """
    address = web_address(url)
    if address is None:
        return ""
    target, host = (escaped(part) for part in address)
    by_key = "" if focusable else ' tabindex="-1"'
    return (
        f'<span><a href="{target}" target="_blank" rel="noopener noreferrer nofollow"'
        f' aria-label="Read the article at {host}, in a new tab"{by_key}><bdi>{host}</bdi>&nbsp;↗</a></span>'
    )


def welcome_html(folder: Path, uploads: Path) -> str:
    """Return the page that stands where there is no index yet: how to begin."""
    return (
        '<section class="bf bf-welcome" aria-labelledby="bf-welcome"><h2 id="bf-welcome">Nothing to read yet</h2>'
        "<p>Give it a handful of briefings or a few thousand: text, web pages, PDF, Word, mail, feeds. They stay on"
        " the computer that runs this page.</p><ol>"
        f"<li>Add files or a folder below. They are kept in <code>{escaped(str(uploads))}</code>.</li>"
        "<li>Or, in a terminal, index the folder that you have:"
        f" <code>briefings index PATH... --index {escaped(str(folder))}</code></li></ol></section>"
    )


def about_html(manifest: Manifest, folder: Path) -> str:
    """Return what index this is and how it was made."""
    rows = (
        ("Folder", str(folder)),
        ("Built", f"{spelled_day(manifest.created[:10])}, generation {manifest.generation}"),
        ("Holds", f"{count_of(manifest.articles, 'article')}, {count_of(manifest.passages, 'passage')}"),
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
        f'<div class="bf bf-problems"><p>Set aside: {count_of(len(problems), "file or line", "files or lines")}</p>'
        f"<ul>{items}</ul>{more}</div>"
    )
