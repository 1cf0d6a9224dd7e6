"""Hits and answers as JSON values and as terminal text.

The JSON is the contract that scripts rely on: fields are added, never renamed. Article text goes to the
terminal as plain text; control characters were replaced when it was indexed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from index.records import Passage
from search.answer import ScoredSentence
from search.explain import Explanation
from search.period import Period
from search.prose import Prose
from search.results import Answer, Citation, Disagreement, Hit
from search.timeline import Entry

NARROWEST = 20  # columns

Json = dict[str, Any]


def hit_json(hit: Hit) -> Json:
    """Return a hit as a JSON object."""
    passage = hit.passage
    signals = hit.signals
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "article_id": passage.article.article_id,
        "passage_id": passage.passage_id,
        **_place(passage),
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "signals": {
            "bm25": _rounded(signals.bm25),
            "dense": _rounded(signals.dense),
            "late": _rounded(signals.late),
            "article_bm25": _rounded(signals.article_bm25),
            "article_dense": _rounded(signals.article_dense),
            "article_late": _rounded(signals.article_late),
            "neighbours": _rounded(signals.neighbours),
            "direction": _rounded(signals.direction),
            "period": _rounded(signals.period),
            "year": _rounded(signals.year),
            "recency": _rounded(signals.recency),
            "reranker": _rounded(signals.reranker),
        },
        "also_in": [
            {
                "article_id": article.article_id,
                "title": article.title,
                "source": article.source,
                "published": article.published,
                "url": article.url,
            }
            for article in hit.also_in
        ],
    }


def citation_json(citation: Citation) -> Json:
    """Return a citation as a JSON object; anyone with the article can check it by offsets and digest."""
    return {
        "marker": citation.marker,
        **_quote_json(citation),
        "also": [_quote_json(each) for each in citation.also],
        "span": _span_json(citation),
    }


def _span_json(citation: Citation) -> Json | None:
    if citation.span is None:
        return None
    start, end = citation.span
    return {"start": start, "end": end, "text": citation.hit.passage.article.text[start:end]}


def answer_json(answer: Answer) -> Json:
    """Return an answer or a refusal as a JSON object."""
    return {
        "question": answer.question,
        "answered": answer.answered,
        "answer": answer.text,
        "reason": answer.reason,
        "confidence": round(answer.confidence, 4),
        "citations": [citation_json(citation) for citation in answer.citations],
        "hits": [hit_json(hit) for hit in answer.hits],
        "disagreements": [
            [{"value": value, **_quote_json(citation)} for value, citation in each.values]
            for each in answer.disagreements
        ],
        **(_period_json(answer.period) if answer.period else {}),
        **({"unnamed": list(answer.unnamed)} if answer.unnamed else {}),
    }


def _period_json(period: Period) -> Json:
    days = {"since": period.since.isoformat(), "until": period.until.isoformat()}
    return {"period": {"words": period.words, **days}}


def _quote_json(quoted: Citation | ScoredSentence) -> Json:
    passage = quoted.hit.passage
    return {
        "article_id": passage.article.article_id,
        **_place(passage),
        "start": quoted.start,
        "end": quoted.end,
        "quote": passage.article.text[quoted.start : quoted.end],
        "sha256": passage.article.sha256,
    }


def hits_text(hits: Sequence[Hit]) -> RenderableType:
    """Return hits for a terminal: rank, headline and source above each passage."""
    if not hits:
        return Text("Nothing in these briefings passes the filters.")
    return Group(*(_hit_text(hit) for hit in hits))


def answer_text(answer: Answer, *, shown_hits: int = 3) -> RenderableType:
    """Return an answer for a terminal: quotes, then where each stands; or the refusal and what came nearest."""
    if not answer.answered:
        refusal = Text("These briefings do not say.", style="bold")
        parts: list[RenderableType] = [refusal, Text(answer.reason), *_notes_text(answer)]
        if answer.hits:
            parts.extend([Text(), Text("Nearest passages:"), hits_text(answer.hits[:shown_hits])])
        return Group(*parts)
    quotes = Text()
    for citation in answer.citations:
        quotes.append("“" if len(quotes) == 0 else " “")
        begun = len(quotes)
        quotes.append(f"{citation.quote}”")
        if citation.span:
            start, end = (begun + place - citation.start for place in citation.span)
            quotes.stylize("bold underline", start, end)
        quotes.append(f" [{citation.marker}]", style="cyan")
    apart = [Text(), *map(_disagreement_text, answer.disagreements)] if answer.disagreements else []
    return Group(quotes, *apart, Text(), *_sources_text(answer.citations), *_notes_text(answer))


def _notes_text(answer: Answer) -> list[RenderableType]:
    return [Text(note, style="dim") for note in answer.notes]


def prose_text(prose: Prose) -> RenderableType:
    """Return for a terminal what a model wrote of the quotes below it, as far as they bear it out."""
    told = Text()
    for sentence in prose.sentences:
        told.append(f"{sentence.text} ")
        told.append("".join(f"[{marker}]" for marker in sentence.markers) + " ", style="cyan")
    parts: list[RenderableType] = [told] if prose.sentences else []
    if prose.struck:
        count = len(prose.struck)
        which = "sentence was struck out: the quotes do not bear it out"
        many = "sentences were struck out: the quotes do not bear them out"
        parts.append(Text(f"{count} {which if count == 1 else many}, as far as words can tell.", style="yellow"))
    return Group(Text("Told by a language model from the quotes below:", style="dim"), *parts, Text())


def prose_json(prose: Prose | None) -> Json | None:
    """Return what a model wrote as a JSON object; of what was struck out only the count, for nothing bears it out."""
    if prose is None:
        return None
    return {
        "sentences": [{"text": each.text, "markers": list(each.markers)} for each in prose.sentences],
        "struck": len(prose.struck),
        "failure": prose.failure,
    }


def _disagreement_text(disagreement: Disagreement) -> Text:
    told = [
        f"{value} ({', '.join(filter(None, (_outlet(each), each.hit.passage.article.published)))})"
        for value, each in disagreement.values
    ]
    return Text.assemble(("Reports differ: ", "yellow"), " – ".join(told))


def _outlet(citation: Citation) -> str:
    return citation.hit.passage.article.source or citation.hit.passage.article.article_id


def explanation_json(explanation: Explanation) -> Json:
    """Return where each stage put a passage, and what became of it, as a JSON object."""
    passage = explanation.passage
    return {
        "rank": explanation.rank,
        "article_id": passage.article.article_id,
        "passage_id": passage.passage_id,
        **_place(passage),
        "fate": explanation.fate,
        "stages": [
            {"stage": stage.name, "rank": stage.rank, "among": stage.among, "score": _rounded(stage.score)}
            for stage in explanation.stages
        ],
    }


def explanations_text(explanations: Sequence[Explanation]) -> RenderableType:
    """Return a table a passage for a terminal: each stage's score, and its rank among those that it scored."""
    if not explanations:
        return Text("Nothing in these briefings passes the filters.")
    return Group(*(_explanation_text(explanation) for explanation in explanations))


def _explanation_text(explanation: Explanation) -> RenderableType:
    passage = explanation.passage
    head = Text.assemble((f"{passage.passage_id} ", "cyan"), _place_text(passage))
    table = Table("stage", Column("rank", justify="right"), Column("score", justify="right"), box=None, pad_edge=False)
    for stage in explanation.stages:
        table.add_row(stage.name, f"{stage.rank:,} of {stage.among:,}", f"{stage.score:.4f}")
    what = Group(Text(explanation.fate), table) if explanation.stages else Text(explanation.fate)
    return Group(head, Padding(what, (0, 0, 1, 3)))


def timeline_json(answer: Answer, entries: Sequence[Entry]) -> Json:
    """Return a timeline as a JSON object; `from_text` says whether the day is the sentence's or its article's."""
    return {
        "question": answer.question,
        "answered": answer.answered,
        "reason": answer.reason,
        "timeline": [
            {
                "first": entry.date.first if entry.date else None,
                "last": entry.date.last if entry.date else None,
                "precision": entry.date.precision if entry.date else None,
                "from_text": bool(entry.date and entry.date.from_text),
                **_quote_json(entry.sentence),
                "reported_in": [
                    {"article_id": each.article_id, "source": each.source, "published": each.published}
                    for each in entry.reported_in
                ],
            }
            for entry in entries
        ],
    }


def timeline_text(entries: Sequence[Entry]) -> RenderableType:
    """Return a timeline for a terminal: the day, the sentence, and where it was first reported."""
    table = Table(Column("day", no_wrap=True), Column("what the briefings say", overflow="fold"), box=None)
    for entry in entries:
        first, *others = entry.reported_in
        told = ", ".join(value for value in (first.source or first.article_id, first.published) if value)
        also = f"; also {', '.join(each.source or each.article_id for each in others)}" if others else ""
        quote = Text.assemble(entry.sentence.text, (f" — first reported by {told}{also}", "cyan"))
        table.add_row(Text(_day_text(entry), style="bold"), quote)
    return table


def _day_text(entry: Entry) -> str:
    date = entry.date
    if date is None:
        return "unknown"
    if not date.from_text:
        return f"reported {date.first}"
    whole = {"day": date.first, "month": date.first[:7], "year": date.first[:4]}
    return whole.get(date.precision, f"{date.first} to {date.last}")


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command, which ends as it does for output that is not drawn."""
        raise BrokenPipeError


def terminal() -> Console:
    """Return the console for results: standard output, coloured only where a person reads it."""
    console = _Terminal(highlight=False, markup=False, emoji=False, soft_wrap=False)
    console.width = max(console.width, NARROWEST)  # one that does not know its width says 0: nothing would be drawn
    return console


def _sources_text(citations: Sequence[Citation]) -> Iterator[Text]:
    """Yield where the quotes stand, once for each section that some are from."""
    for _, together in groupby(
        citations, key=lambda citation: (citation.hit.passage.article.article_id, citation.hit.passage.section)
    ):
        same = list(together)
        markers = "".join(f"[{citation.marker}]" for citation in same)
        place = Text.assemble((f"{markers} ", "cyan"), _place_text(same[0].hit.passage))
        also = list(dict.fromkeys(_outlet(each) for citation in same for each in citation.also))
        yield place.append(f" (also said by {', '.join(also)})") if also else place


def _hit_text(hit: Hit) -> RenderableType:
    head = Text.assemble((f"{hit.rank}. ", "cyan"), _place_text(hit.passage))
    if hit.also_in:
        head.append(f" (also in {', '.join(article.source or article.article_id for article in hit.also_in)})")
    body = " ".join(hit.passage.text.split())
    return Group(head, Padding(Text(body), (0, 0, 1, 3)))


def _place_text(passage: Passage) -> Text:
    article = passage.article
    place = Text(article.title or article.article_id, style="bold")
    if passage.section.heading:
        place.append(f" › {passage.section.heading}", style="not bold")
    known = [value for value in (article.source, article.published, article.url) if value]
    if known:
        place.append(" — " + " · ".join(known), style="not bold")
    return place


def _place(passage: Passage) -> Json:
    article = passage.article
    return {
        "title": article.title,
        "section": passage.section.heading,
        "source": article.source,
        "published": article.published,
        "url": article.url,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
