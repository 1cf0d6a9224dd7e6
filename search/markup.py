"""Answers, passages and notices as HTML for the app, with every word of an article escaped at the last moment.

What comes in is plain text that anybody may have written; what goes out is markup that shows exactly that text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from index.generations import Manifest
from search.results import Answer, Citation, Disagreement, Hit, Signals

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


def passages_html(answer: Answer) -> str:
    """Return the passages that were found, best first, with the quoted sentences marked."""
    if not answer.hits:
        return ""
    heading = "Where it says so" if answer.answered else "The nearest passages"
    # A BM25 score has no end, so its best on the page fills the bar; the others are cosines.
    most = {"bm25": max(hit.signals.bm25 or 0.0 for hit in answer.hits), "dense": 1.0, "late": 1.0}
    items = "".join(_passage(hit, answer.citations, most) for hit in answer.hits)
    return (
        '<section class="bf bf-passages" aria-labelledby="bf-passages">'
        f'<h2 id="bf-passages">{heading}</h2><ol>{items}</ol>'
        '<p class="bf-note">The bars tell why a passage ranks where it does: how many of your words it uses,'
        " how near it is in meaning, and how closely single words of yours are matched. The first is drawn against"
        " the best passage on this page, the others from 0 to 1.</p></section>"
    )


def _passage(hit: Hit, citations: Sequence[Citation], most: dict[str, float]) -> str:
    passage = hit.passage
    spans = [
        (citation.start - passage.start, citation.end - passage.start, citation.marker)
        for citation in citations
        if citation.hit.rank == hit.rank
    ]
    told = [f'<span dir="auto">{escaped(passage.section.heading)}</span>'] if passage.section.heading else []
    told = [f"<span>{part}</span>" for part in _source_and_day(hit)] + told
    if hit.also_in:
        others = ", ".join(f"<bdi>{escaped(article.source or article.title)}</bdi>" for article in hit.also_in)
        told.append(f"<span>also in {others}</span>")
    return (
        f'<li><article id="passage-{hit.rank}" tabindex="-1">'
        f'<span class="bf-rank" aria-hidden="true">{hit.rank}</span><h3 dir="auto">{escaped(passage.title)}</h3>'
        f'<p class="bf-told">{"".join(told)}{_link(passage.article.url)}</p>'
        f'<p class="bf-text" dir="auto">{marked(passage.text, spans)}</p>'
        f'<div class="bf-why" role="group" aria-label="Why passage {hit.rank} ranks here">'
        f"{''.join(_bar(label, _signal(hit.signals, name), most[name], digits) for name, label, digits in SIGNALS)}"
        "</div></article></li>"
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
        "<p>Give it a handful of briefings or a few thousand: text, Markdown, web pages, or JSON Lines. They stay on"
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


# The app's colour scheme is the theme's, so light-dark() follows the switch in its menu.
STYLE = """<style>
.stApp {
  --bf-sans: ui-sans-serif, -apple-system, "Segoe UI", Roboto, "Source Sans", sans-serif;
  --bf-serif: Charter, "Bitstream Charter", "Iowan Old Style", "Source Serif", Georgia, "Times New Roman", serif;
  --bf-ink: light-dark(#211e1a, #ece7dd);
  --bf-quiet: light-dark(#625a4e, #b3aa9b);
  --bf-line: light-dark(#d9d1c2, #413d36);
  --bf-card: light-dark(#ffffff, #1f1d1a);
  --bf-accent: light-dark(#8a1c2b, #f0a3a3);
  --bf-mark: light-dark(#fdeaa8, #57471a);
}
.stMainBlockContainer { max-width: 50rem; padding-top: 3.9rem; padding-bottom: 4rem; }
.st-key-question [data-testid="stTextInputRootElement"] { height: 3rem; background: var(--bf-card); }
.st-key-question input { font-size: 1.08rem; background: transparent; }
.st-key-press button { height: 3rem; }
.bf, .bf * { box-sizing: border-box; }
.bf { color: var(--bf-ink); overflow-wrap: anywhere; line-height: 1.5; }
.bf :where(h1, h2, h3, p, ol, ul, dl, dd, figure, blockquote) { margin: 0; padding: 0; color: inherit; border: 0; }
.bf a { color: var(--bf-accent); text-decoration: underline; text-underline-offset: .18em;
  text-decoration-thickness: 1px; }
.bf a:hover { text-decoration-thickness: 2px; }
.bf :focus-visible { outline: 3px solid var(--bf-accent); outline-offset: 3px; border-radius: 2px; }
.bf code { font-size: .88em; padding: .1em .35em; border-radius: 3px; color: inherit;
  background: color-mix(in srgb, currentColor 8%, transparent); overflow-wrap: anywhere; white-space: normal; }

.bf-masthead { border-top: 4px solid var(--bf-ink); border-bottom: 1px solid var(--bf-ink); padding: .9rem 0 .8rem; }
.bf-masthead h1 { font: 700 clamp(2.3rem, 6vw, 3.2rem)/1 var(--bf-serif); letter-spacing: -.025em; }
.bf-masthead p { font: italic 1.08rem/1.45 var(--bf-serif); color: var(--bf-quiet); margin-top: .55rem; }
.bf-masthead .bf-facts { font: 500 .86rem/1.4 var(--bf-sans); }

.bf h2 { font-family: inherit; font-size: .8rem; font-weight: 700; letter-spacing: .09em; text-transform: uppercase;
  line-height: 1.4; color: var(--bf-accent); }
.bf-answer { background: var(--bf-card); border: 1px solid var(--bf-line); border-left: 4px solid var(--bf-accent);
  border-radius: 4px; padding: 1.35rem 1.6rem 1.45rem; }
.bf-answer figure + figure { margin-top: 1.25rem; padding-top: 1.2rem; border-top: 1px solid var(--bf-line); }
.bf-answer blockquote { margin-top: .7rem; }
.bf-answer blockquote p { font: 400 1.36rem/1.5 var(--bf-serif); }
.bf-answer blockquote p + p { margin-top: .6rem; }
.bf-answer a.bf-cite { font: 600 .82rem/1 var(--bf-sans); text-decoration: none;
  white-space: nowrap; padding: .2em .1em; }
.bf-answer a.bf-cite:hover { text-decoration: underline; }
.bf-answer figcaption, .bf-told { font-size: .86rem; line-height: 1.5; color: var(--bf-quiet); margin-top: .6rem; }
.bf-from { color: var(--bf-ink); font-weight: 600; }
.bf :is(figcaption, .bf-told) > span + span::before { content: "·"; margin: 0 .45em; color: var(--bf-quiet); }
.bf-refusal { border-left-color: var(--bf-quiet); }
.bf-refusal h2 { font: 600 1.5rem/1.3 var(--bf-serif); letter-spacing: -.01em; text-transform: none;
  color: var(--bf-ink); }
.bf-refusal p { margin-top: .45rem; color: var(--bf-quiet); }

.bf-passages { margin-top: 1.4rem; }
.bf.bf-passages ol { list-style: none; margin-top: .3rem; padding: 0; }
.bf-passages li { margin: 0; padding: 0; }
.bf-passages li + li { border-top: 1px solid var(--bf-line); }
.bf-passages article { position: relative; padding: 1.35rem 0 1.3rem 3rem; scroll-margin-top: 4rem; }
.bf-passages article:focus { outline: none; }
.bf-passages article:target { box-shadow: -1rem 0 0 0 transparent, inset 4px 0 0 0 var(--bf-accent); }
.bf-rank { position: absolute; left: 1rem; top: 1.28rem; font: 400 1.3rem/1.3 var(--bf-serif); color: var(--bf-quiet); }
.bf-passages h3 { font: 650 1.17rem/1.35 var(--bf-serif); letter-spacing: -.005em; }
.bf-passages .bf-told { margin-top: .2rem; }
.bf-text { font: 400 1.03rem/1.62 var(--bf-serif); margin-top: .6rem; white-space: pre-line; }
.bf-text mark { background: var(--bf-mark); color: inherit; padding: .1em .15em; margin: 0 -.15em;
  border-radius: 2px; box-decoration-break: clone; -webkit-box-decoration-break: clone; scroll-margin-top: 6rem; }
.bf-text sup { font: 600 .68rem/1 var(--bf-sans); color: var(--bf-quiet); margin-left: .3em; }
.bf-why { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1.4rem; margin-top: .9rem; }
.bf-signal { display: grid; grid-template-columns: 1fr auto; gap: .3rem .5rem; font-size: .78rem; line-height: 1.3;
  color: var(--bf-quiet); font-variant-numeric: tabular-nums; }
.bf-bar { grid-column: 1 / -1; height: 4px; border-radius: 2px; overflow: hidden;
  background: color-mix(in srgb, currentColor 20%, transparent); }
.bf-bar > span { display: block; height: 100%; background: currentColor; }
.bf-note { font-size: .8rem; color: var(--bf-quiet); border-top: 1px solid var(--bf-line);
  padding-top: .9rem; }

.bf-try { margin: .2rem 0 -.4rem; font-size: .86rem; color: var(--bf-quiet); }
.bf-welcome { padding: .6rem 0 .2rem; }
.bf-welcome h2 { font: 600 1.6rem/1.3 var(--bf-serif); letter-spacing: -.01em; text-transform: none;
  color: var(--bf-ink); }
.bf-welcome p { margin-top: .4rem; max-width: 38rem; }
.bf.bf-welcome ol { margin-top: .9rem; padding-left: 1.4rem; }
.bf-welcome li { margin: .35rem 0; padding-left: .25rem; }
dl.bf.bf-about { margin: 0; padding: 0; display: grid; grid-template-columns: auto 1fr; gap: .3rem .9rem;
  font-size: .82rem; }
.bf-about dt { color: var(--bf-quiet); font-weight: 400; }
.bf-about dd { margin: 0; }
.bf-problems { font-size: .84rem; }
.bf.bf-problems ul { margin-top: .3rem; padding-left: 1.1rem; }

@media (max-width: 40rem) {
  .stMainBlockContainer { padding-left: 1.1rem; padding-right: 1.1rem; }
  .bf-answer { padding: 1.1rem 1.1rem 1.2rem; }
  .bf-answer blockquote p { font-size: 1.2rem; }
  .bf-passages article { padding-left: 0; }
  .bf-passages article:target { padding-left: .9rem; }
  .bf-rank { display: none; }
  .bf-why { grid-template-columns: 1fr; gap: .55rem; }
}
</style>"""
