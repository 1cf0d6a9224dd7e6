"""The passages of an answer, and whole articles, as HTML for the app, with every word of them escaped."""

from __future__ import annotations

from collections.abc import Sequence

from index.records import Article
from index.wording import count_of
from search.markup import escaped, link_html, marked, source_and_day
from search.reading import around, outline_of
from search.results import Answer, Citation, Hit, Signals

SIGNALS = (
    ("bm25", "words in common", 1),
    ("dense", "meaning", 2),
    ("late", "closest wording", 2),
    ("article_bm25", "words, whole article", 1),
    ("article_dense", "meaning, whole article", 2),
    ("article_late", "wording, whole article", 2),
)


def passages_head_html(answer: Answer) -> str:
    """Return the heading of the passages that were found."""
    heading = "Where it says so" if answer.answered else "The nearest passages"
    return f'<h2 class="bf bf-head" id="bf-passages">{heading}</h2>'


def passage_html(answer: Answer, hit: Hit, words: Sequence[tuple[int, int]] = ()) -> str:
    """Return one passage, with the sentences marked that the answer quotes, and why it ranks where it does.

    words: where the question's words stand in it, in order.
    """
    passage = hit.passage
    spans = [
        (citation.start - passage.start, citation.end - passage.start, citation.marker)
        for citation in answer.citations
        if citation.hit.rank == hit.rank
    ]
    told = [f'<span dir="auto">{escaped(passage.section.heading)}</span>'] if passage.section.heading else []
    told = [f"<span>{part}</span>" for part in source_and_day(passage.article)] + told
    if hit.also_in:
        told.append(f"<span>{_also_in(hit)}</span>")
    bars = "".join(
        _bar(label, value, _most(answer, name), digits)
        for name, label, digits in SIGNALS
        # What only some passages have is not said to be missing in the others.
        if (value := _signal(hit.signals, name)) is not None or not name.startswith("article_")
    )
    return (
        f'<article class="bf bf-passage" id="passage-{hit.rank}" tabindex="-1">'
        f'<span class="bf-rank" aria-hidden="true">{hit.rank}</span><h3 dir="auto">{escaped(passage.title)}</h3>'
        f'<p class="bf-told">{"".join(told)}{link_html(passage.article.url)}</p>'
        f'<p class="bf-text" dir="auto">{marked(passage.text, spans, words)}</p>{_around(hit)}'
        f'<div class="bf-why" role="group" aria-label="Why passage {hit.rank} ranks here">'
        f"{bars}{_directed(hit.signals.direction)}{_timely(hit.signals)}</div></article>"
    )


def _also_in(hit: Hit) -> str:
    """Return which other outlets print the same, and how many they are."""
    others = dict.fromkeys(article.source or article.title for article in hit.also_in)
    others.pop(hit.passage.article.source or "", None)
    if not others:  # the outlet itself has printed it twice
        return f"also in {', '.join(f'<bdi>{escaped(article.title)}</bdi>' for article in hit.also_in)}"
    named = ", ".join(f"<bdi>{escaped(name)}</bdi>" for name in others)
    return f"also in {count_of(len(others), 'other outlet')}: {named}"


def passages_note_html() -> str:
    """Return what the bars of the passages tell."""
    return (
        '<p class="bf bf-note">The bars tell why a passage ranks where it does: how many of your words it uses,'
        " how near it is in meaning, and how closely single words of yours are matched, each for the passage and for"
        " its whole article. Words are drawn against the best on this page, the others from 0 to 1. A part of the rank"
        " is that of passages in like articles. Where a question says who does it to whom, a passage that says so goes"
        " up, and one that turns it around goes down; where it names a year or a time, what is of that goes up.</p>"
    )


def _around(hit: Hit) -> str:
    """Return what stands around a passage in its article, to be opened."""
    before, behind = around(hit.passage)
    if not before and not behind:
        return ""
    parts = [
        f'<p class="bf-text" dir="auto"><span class="bf-strong">{label}</span>\n{escaped(text)}</p>'
        for label, text in (("Before it", before), ("After it", behind))
        if text
    ]
    return f'<details class="bf-around"><summary>What stands around it</summary>{"".join(parts)}</details>'


def article_html(article: Article, quotes: Sequence[Citation], at: tuple[int, int]) -> str:
    """Return a whole article with its outline, the quotes marked, and the passage that was opened made out."""
    spans = [(citation.start, citation.end, citation.marker) for citation in quotes]
    heads = outline_of(article)
    links = "".join(f'<li><a href="#bf-at-{head.start}">{escaped(head.heading)}</a></li>' for head in heads)
    outline = f'<nav aria-label="Outline"><ol>{links}</ol></nav>' if links else ""
    # A section begins behind its head. A head within the passage that was opened stays part of its one piece.
    spelled = {
        head.start - len(head.heading): head.start
        for head in heads
        if article.text.endswith(head.heading, 0, head.start)
        and (head.start <= at[0] or at[1] <= head.start - len(head.heading))
    }
    pieces, place = [], 0
    for stop in sorted({*(head.start for head in heads), *spelled, at[0], at[1], len(article.text)}):
        own = [(start - place, end - place, number) for start, end, number in spans if start < stop and end > place]
        opened = ' id="bf-opened" class="bf-opened"' if place == at[0] else ""
        opened = opened or (' class="bf-strong"' if spelled.get(place) == stop else "")
        anchor = f'<a id="bf-at-{place}"></a>' if place in {head.start for head in heads} else ""
        text = marked(article.text[place:stop], [(max(0, start), end, number) for start, end, number in own])
        pieces.append(f"{anchor}<span{opened}>{text}</span>" if text else anchor)
        place = stop
    told = "".join(f"<span>{part}</span>" for part in source_and_day(article))
    return (
        f'<div class="bf bf-article"><h2 dir="auto">{escaped(article.title)}</h2>'
        f'<p class="bf-told">{told}{link_html(article.url)}</p>'
        f'<div class="bf-pages">{outline}<p class="bf-text" dir="auto">{"".join(pieces)}</p></div></div>'
    )


def _signal(signals: Signals, name: str) -> float | None:
    value: float | None = getattr(signals, name)
    return value


def _most(answer: Answer, name: str) -> float:
    """Return what fills a bar: a BM25 score has no end, so it is the best on the page; the others are cosines."""
    return max(_signal(hit.signals, name) or 0.0 for hit in answer.hits) if name.endswith("bm25") else 1.0


def _directed(vote: float | None) -> str:
    """Return how far a passage says who does it to whom as the question does; nothing where it tells neither."""
    if not vote:
        return ""
    return _bar(f"who to whom, {'as you asked' if vote > 0 else 'turned around'}", abs(vote), 1.0, 2)


def _timely(signals: Signals) -> str:
    """Return that a passage is of a time or a year that the question names; nothing where it names neither."""
    told = ["of the time you asked for"] if signals.period else []
    told += {1.0: ["of the year you asked for"], -1.0: ["of other years"]}.get(signals.year or 0.0, [])
    return "".join(f'<p class="bf-signal">{words}</p>' for words in told)


def _bar(label: str, value: float | None, most: float, digits: int) -> str:
    if value is None:
        return f'<div class="bf-signal"><span>{label}</span><span>not measured</span></div>'
    share = min(1.0, max(0.0, value / most)) if most > 0 else 0.0
    return (
        f'<div class="bf-signal"><span>{label}</span><span>{value:.{digits}f}</span>'
        f'<span class="bf-bar" role="meter" aria-label="{label}" aria-valuemin="0" aria-valuemax="{max(most, 0.0):.3f}"'
        f' aria-valuenow="{max(value, 0.0):.3f}"><span style="width:{share:.1%}"></span></span></div>'
    )
