"""A comparison as terminal text, as JSON values and as a page that opens anywhere, without a network.

Ids, questions and articles are what anybody may have written: the page escapes them at the last moment, and the
terminal gets no control character of theirs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from index.records import Article
from index.wording import count_of
from search.compare import (
    CONFIDENCE,
    FLIPS,
    MOST_ENUMERATED,
    RESAMPLES,
    SEED,
    Comparison,
    MeasureComparison,
    QuestionPair,
    RankedArticle,
    Swing,
)
from search.markup import escaped

NO_DIFFERENCE = "No difference that these questions can show"
SNIPPET = 130  # characters of an article
TERMINAL_SNIPPET = 90

# Controls, lone surrogates, and marks that turn the direction of what follows.
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")

Json = dict[str, Any]


@dataclass(frozen=True)
class Labels:
    """What a report calls things: the files, and where known the questions' texts and the articles by their ids."""

    run_a: str
    run_b: str
    qrels: str
    questions: Mapping[str, str] = field(default_factory=dict)
    articles: Mapping[str, Article] = field(default_factory=dict)


def verdicts(comparison: Comparison) -> list[str]:
    """Return in words which measures show a difference, and which do not."""
    shown = [found for found in comparison.measures if found.significant]
    if not shown:
        return [f"{NO_DIFFERENCE}."]
    rest = [found.measure for found in comparison.measures if not found.significant]
    return [*map(_verdict, shown), *([f"{NO_DIFFERENCE} in {', '.join(rest)}."] if rest else [])]


def _verdict(found: MeasureComparison) -> str:
    better, low, high = ("B", found.low, found.high) if found.difference > 0 else ("A", -found.high, -found.low)
    p = "p < 0.001" if found.p_holm < 0.001 else f"p = {found.p_holm:.3f}"
    return (
        f"{found.measure}: {better} is better by {abs(found.difference):.3f}"
        f" ({CONFIDENCE:.0%} interval {low:.3f} to {high:.3f}, {p} after Holm's correction)."
    ).replace("%", " %")


# ---- for programs ------------------------------------------------------------------------------------------


def comparison_json(comparison: Comparison, labels: Labels) -> Json:
    """Return the comparison as a JSON object, with every setting that could move a number."""
    return {
        "run_a": _plain(labels.run_a),
        "run_b": _plain(labels.run_b),
        "qrels": _plain(labels.qrels),
        "questions": len(comparison.pairs),
        "measures": {found.measure: _measure_json(found) for found in comparison.measures},
        "swings": [_swing_json(swing, labels) for swing in comparison.swings],
        "settings": {
            "confidence": CONFIDENCE,
            "resamples": RESAMPLES,
            "flips": FLIPS,
            "enumerated_up_to": MOST_ENUMERATED,
            "seed": SEED,
        },
    }


def _measure_json(found: MeasureComparison) -> Json:
    numbers = ("mean_a", "mean_b", "difference", "low", "high", "p", "p_holm")
    return {
        **{name: round(getattr(found, name), 6) for name in numbers},
        **{"wins": found.wins, "ties": found.ties, "losses": found.losses, "significant": found.significant},
    }


def _swing_json(swing: Swing, labels: Labels) -> Json:
    pair = swing.pair
    text = labels.questions.get(pair.question_id)
    return {
        "_id": pair.question_id,
        "question": None if text is None else _plain(text),
        **{name: round(getattr(pair, name), 6) for name in ("a", "b", "difference")},
        "results_a": [_result_json(found, labels) for found in swing.results_a],
        "results_b": [_result_json(found, labels) for found in swing.results_b],
    }


def _result_json(found: RankedArticle, labels: Labels) -> Json:
    article = labels.articles.get(found.article_id)
    return {
        "rank": found.rank,
        "article_id": found.article_id,
        "relevance": found.relevance,
        "title": _plain(article.title) if article else None,
        "text": _snippet(article) if article else None,
    }


# ---- for the terminal --------------------------------------------------------------------------------------


def comparison_text(comparison: Comparison, labels: Labels) -> RenderableType:
    """Return the comparison for a terminal: the table, what it says in words, and the largest swings."""
    parts: list[RenderableType] = [
        Text(count_of(len(comparison.pairs), "judged question")),
        Text(f"A  {_plain(labels.run_a)}"),
        Text(f"B  {_plain(labels.run_b)}"),
        Text(),
        _measures_table(comparison),
        Text("p after Holm's correction; W/T/L: questions that B wins, ties and loses.", style="dim"),
        Text(),
        *(Text(line, style="bold") for line in verdicts(comparison)),
    ]
    if comparison.swings:
        parts.extend([Text(), Text(_swings_heading(comparison), style="bold")])
    for swing in comparison.swings:
        parts.extend([Text(), *_swing_text(swing, labels)])
    return Group(*parts)


def _measures_table(comparison: Comparison) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("measure", overflow="fold")
    for heading in ("A", "B", "B - A", f"{CONFIDENCE * 100:.0f} % interval", "p Holm", "W/T/L"):
        table.add_column(heading, justify="right", no_wrap=True)
    for found in comparison.measures:
        table.add_row(
            *(found.measure, f"{found.mean_a:.4f}", f"{found.mean_b:.4f}", _signed(found.difference, 4)),
            *(f"{found.low:.4f} to {found.high:.4f}", _p(found.p_holm)),
            f"{found.wins}/{found.ties}/{found.losses}",
        )
    return table


def _swing_text(swing: Swing, labels: Labels) -> Iterator[RenderableType]:
    pair = swing.pair
    head = Text.assemble((_plain(pair.question_id), "bold cyan"), f"  {_signed(pair.difference)}  ")
    head.append(f"(A {pair.a:.3f}, B {pair.b:.3f})")
    if pair.question_id in labels.questions:
        head.append(f"  {_plain(labels.questions[pair.question_id])}", style="bold")
    yield head
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=True, header_style="dim")
    for name in "AB":
        table.add_column("#", justify="right", no_wrap=True)
        table.add_column(name, ratio=1, overflow="fold")
        table.add_column("rel", justify="right", no_wrap=True)
    for place in range(max(len(swing.results_a), len(swing.results_b))):
        sides = (_side_text(results, place, labels) for results in (swing.results_a, swing.results_b))
        table.add_row(*(cell for side in sides for cell in side))
    yield table


def _side_text(results: Sequence[RankedArticle], place: int, labels: Labels) -> tuple[Text, Text, Text]:
    if place >= len(results):
        return Text(), Text("no results" if not results and place == 0 else "", style="dim"), Text()
    found = results[place]
    relevant = bool(found.relevance and found.relevance > 0)
    cell = Text(_plain(found.article_id), style="bold" if relevant else "")
    article = labels.articles.get(found.article_id)
    if article:
        cell.append(f"\n{_plain(article.title)}", style="not bold")
        if found.rank == 1:
            cell.append(f"\n{_snippet(article, TERMINAL_SNIPPET)}", style="not bold dim")
    return Text(str(found.rank)), cell, Text("-" if found.relevance is None else str(found.relevance))


def _swings_heading(comparison: Comparison) -> str:
    count = len(comparison.swings)
    which = "The question that differs" if count == 1 else f"The {count} questions that differ"
    return f"{which} most, by {comparison.measures[0].measure}"


# ---- for a browser -----------------------------------------------------------------------------------------


def comparison_html(comparison: Comparison, labels: Labels) -> str:
    """Return the comparison as one page without scripts, links or anything to load."""
    names = [("A", labels.run_a), ("B", labels.run_b), ("Judgements", labels.qrels)]
    files = "".join(f"<dt>{name}</dt><dd><bdi>{_shown(value)}</bdi></dd>" for name, value in names)
    said = "".join(f"<p>{_shown(line)}</p>" for line in verdicts(comparison))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Should anything ever slip through the escaping, the browser still neither runs nor fetches it.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{_shown(labels.run_b)} compared with {_shown(labels.run_a)}</title>\n{STYLE}\n</head>\n<body><main>\n"
        f"<header><h1>Two rankings compared</h1>\n<dl>{files}<dt>Questions</dt><dd>{len(comparison.pairs):,}"
        f' with a relevant document</dd></dl>\n<div class="verdicts">{said}</div></header>\n'
        f"{_measures_html(comparison)}\n{_figure_html(comparison)}\n{_swings_html(comparison, labels)}\n"
        f"{_method_html()}\n</main></body>\n</html>\n"
    )


def _measures_html(comparison: Comparison) -> str:
    low = min(0.0, *(found.low for found in comparison.measures))
    high = max(0.0, *(found.high for found in comparison.measures))
    rows = "".join(
        f'<tr{" class=significant" if found.significant else ""}><th scope="row">{_shown(found.measure)}</th>'
        f"<td>{found.mean_a:.4f}</td><td>{found.mean_b:.4f}</td><td>{_minus(_signed(found.difference, 4))}</td>"
        f"<td>{_minus(f'{found.low:.4f} to {found.high:.4f}')}</td><td>{_interval_svg(found, low, high)}</td>"
        f"<td>{_shown(_p(found.p))}</td><td>{_shown(_p(found.p_holm))}"
        f'<span class="star">{"*" if found.significant else ""}</span></td>'
        f"<td>{found.wins:,}</td><td>{found.ties:,}</td><td>{found.losses:,}</td></tr>\n"
        for found in comparison.measures
    )
    return (
        '<section aria-labelledby="measures"><h2 id="measures">Measures</h2>\n'
        '<div class="wide" tabindex="0" role="region" aria-labelledby="measures"><table class="measures">'
        "<caption><b>Table 1.</b> Means over all judged questions, and the difference B − A with its"
        f" {CONFIDENCE * 100:.0f} % interval, drawn against zero. An asterisk marks p &lt; {1 - CONFIDENCE:.2f} after"
        " Holm’s correction.</caption>\n"
        '<thead><tr><th scope="col">Measure</th><th scope="col">A</th><th scope="col">B</th><th scope="col">B − A</th>'
        f'<th scope="col" colspan="2">{CONFIDENCE * 100:.0f} % interval</th><th scope="col"><i>p</i></th>'
        '<th scope="col"><i>p</i> (Holm)</th><th scope="col">B wins</th><th scope="col">Ties</th>'
        f'<th scope="col">A wins</th></tr></thead>\n<tbody>{rows}</tbody></table></div></section>'
    )


def _interval_svg(found: MeasureComparison, low: float, high: float) -> str:
    width, middle = 120, 8
    zero, left, right, dot = (
        6 + (width - 12) * ((value - low) / (high - low) if high > low else 0.5)
        for value in (0.0, found.low, found.high, found.difference)
    )
    return (
        f'<svg class="interval" viewBox="0 0 {width} 16" width="{width}" height="16" aria-hidden="true">'
        f'<path class="axis" d="M{zero:.1f} 0V16"/><path class="range" d="M{left:.1f} {middle}H{right:.1f}'
        f'M{left:.1f} 5V11M{right:.1f} 5V11"/><circle cx="{dot:.1f}" cy="{middle}" r="3"/></svg>'
    )


def _figure_html(comparison: Comparison) -> str:
    first = comparison.measures[0]
    drawn = (
        _plot_svg(comparison.pairs, first)
        if first.wins or first.losses
        else "<p>A and B score the same on every question: there is nothing to draw.</p>"
    )
    return (
        '<section aria-labelledby="questions"><h2 id="questions">Question by question</h2>\n'
        f'<figure><div class="wide" tabindex="0" role="region" aria-labelledby="questions">{drawn}</div>'
        f"<figcaption><b>Figure 1.</b> Difference in {_shown(first.measure)}, B − A, one bar a question,"
        " sorted: up and plain where B is better, down and hatched where A is. The dashed line is the mean, the band"
        f" its {CONFIDENCE * 100:.0f} % interval.</figcaption></figure></section>"
    )


def _plot_svg(pairs: Sequence[QuestionPair], first: MeasureComparison) -> str:
    """Draw the differences, sorted, on a canvas of 960 by 360."""
    left, right, top, bottom = 64.0, 950.0, 44.0, 326.0
    most, least = max(pairs[0].difference, 0.0), min(pairs[-1].difference, 0.0)
    step = _tick(most - least)
    most, least = math.ceil(most / step - 1e-9) * step, math.floor(least / step + 1e-9) * step

    def y(value: float) -> float:
        return top + (most - value) / (most - least) * (bottom - top)

    ticks = [step * at for at in range(round(least / step), round(most / step) + 1)]
    grid = "".join(
        f'<path class="grid" d="M{left} {y(tick):.1f}H{right}"/>'
        f'<text class="tick" x="{left - 8}" y="{y(tick) + 4:.1f}">{_minus(_signed(tick, 2) if tick else "0")}</text>'
        for tick in ticks
    )
    width = (right - left) / len(pairs)
    bars = "".join(
        f'<rect class="{"gain" if pair.difference > 0 else "loss"}" x="{left + width * at:.2f}"'
        f' y="{y(max(pair.difference, 0.0)):.2f}" width="{width * (0.8 if width > 3 else 1):.2f}"'
        f' height="{abs(y(pair.difference) - y(0)):.2f}"><title>{_shown(pair.question_id)}:'
        f" {_minus(_signed(pair.difference))}</title></rect>"
        for at, pair in enumerate(pairs)
        if pair.difference
    )
    wins, ties, losses = (count_of(number, "question") for number in (first.wins, first.ties, first.losses))
    mean = _minus(_signed(first.difference))
    described = (
        f"Bars for {count_of(len(pairs), 'question')}, sorted from the largest gain of B to its largest loss. B is"
        f" better on {wins}, A on {losses}, and {ties} show no difference. The mean difference is {mean}."
    )
    return (
        f'<svg class="plot{"" if width > 3 else " thin"}" viewBox="0 0 960 360" role="img"'
        ' aria-labelledby="plot-title plot-desc">'
        f'<title id="plot-title">Differences in {_shown(first.measure)} between B and A</title>'
        f'<desc id="plot-desc">{described}</desc>'
        '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="under" width="5" height="5"/><path class="stroke" d="M1 0V5"/></pattern></defs>'
        f'{grid}<rect class="band" x="{left}" y="{y(first.high):.2f}" width="{right - left}"'
        f' height="{y(first.low) - y(first.high):.2f}"/>{bars}'
        f'<path class="axis" d="M{left} {y(0):.1f}H{right}"/>'
        f'<path class="mean" d="M{left} {y(first.difference):.2f}H{right}"/>'
        f'<text class="end" x="{right}" y="{min(y(first.difference), y(0)) - 6:.1f}">'
        f"mean {mean}</text>"
        f"{_key('gain', f'B better on {wins}', left)}{_key('loss', f'A better on {losses}', left + 230)}"
        f'<text x="{left + 460}" y="19">no difference on {ties}</text>'
        f'<text class="middle" x="{(left + right) / 2}" y="350">{count_of(len(pairs), "question")},'
        f" sorted by difference</text>"
        f'<text class="middle" transform="translate(14 {(top + bottom) / 2}) rotate(-90)">'
        f"{_shown(first.measure)}, B − A</text></svg>"
    )


def _key(kind: str, words: str, x: float) -> str:
    return f'<rect class="{kind}" x="{x}" y="8" width="12" height="12"/><text x="{x + 19}" y="19">{words}</text>'


def _tick(span: float) -> float:
    """Return 1, 2 or 5 times a power of ten that divides a span into about five."""
    rough = span / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999)


def _swings_html(comparison: Comparison, labels: Labels) -> str:
    if not comparison.swings:
        return ""
    swings = "\n".join(_swing_html(swing, labels) for swing in comparison.swings)
    return (
        f'<section aria-labelledby="swings"><h2 id="swings">{_shown(_swings_heading(comparison))}</h2>\n'
        f"<p>The best results of both systems, and relevant ones further down.</p>\n{swings}</section>"
    )


def _swing_html(swing: Swing, labels: Labels) -> str:
    pair = swing.pair
    text = labels.questions.get(pair.question_id)
    asked = f'<span dir="auto">{_shown(text)}</span>' if text else ""
    return (
        f'<article class="swing"><h3><code>{_shown(pair.question_id)}</code> {asked}</h3>'
        f'<p class="values">A {pair.a:.3f}<span>B {pair.b:.3f}</span><span class="{_winner(pair)}">difference'
        f" {_minus(_signed(pair.difference))}, {'B' if pair.difference > 0 else 'A'} better</span></p>"
        f'<div class="sides">{_side_html("A", swing.results_a, labels)}{_side_html("B", swing.results_b, labels)}</div>'
        "</article>"
    )


def _winner(pair: QuestionPair) -> str:
    return "b" if pair.difference > 0 else "a"


def _side_html(name: str, results: Sequence[RankedArticle], labels: Labels) -> str:
    rows = "".join(
        _result_html(found, before, labels) for before, found in zip((None, *results), results, strict=False)
    )
    return (
        f'<table><caption>{name}</caption><thead><tr><th scope="col">Rank</th><th scope="col">Article</th>'
        f'<th scope="col">Relevance</th></tr></thead><tbody>'
        f"{rows or '<tr><td></td><td>no results</td><td></td></tr>'}</tbody></table>"
    )


def _result_html(found: RankedArticle, before: RankedArticle | None, labels: Labels) -> str:
    relevant = bool(found.relevance and found.relevance > 0)
    kinds = [*(["relevant"] if relevant else []), *(["gap"] if before and found.rank > before.rank + 1 else [])]
    article = labels.articles.get(found.article_id)
    told = (
        f'<span class="title" dir="auto">{_shown(article.title)}</span>'
        f'<span class="text" dir="auto">{_shown(_snippet(article))}</span>'
        if article
        else ""
    )
    judged = "not judged" if found.relevance is None else f"{'✓ ' if relevant else ''}{found.relevance}"
    return (
        f'<tr class="{" ".join(kinds)}"><td>{found.rank}</td><td><code>{_shown(found.article_id)}</code>{told}</td>'
        f"<td>{judged}</td></tr>"
    )


def _method_html() -> str:
    return (
        "<footer><h2>Method</h2><p>Each question is one pair; a judged question that a run has nothing for counts zero."
        f" Intervals: percentile bootstrap over questions (Efron 1979), {RESAMPLES:,} resamples, each measure alone."
        " <i>p</i>: paired two-sided randomisation test (Smucker, Allan and Carterette 2007), enumerated where at most"
        f" {MOST_ENUMERATED} questions differ, else {FLIPS:,} random sign flips. Correction over the measures: Holm"
        f" 1979. Seed {SEED}.</p></footer>"
    )


# ---- words and numbers -------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Return text on one line, without characters that a terminal or a page could act on."""
    return _UNSHOWABLE.sub("\ufffd", " ".join(text.split()))


def _shown(text: str) -> str:
    return escaped(_plain(text))


def _snippet(article: Article, most: int = SNIPPET) -> str:
    text = _plain(article.text[: most * 4])
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


def _signed(value: float, digits: int = 3) -> str:
    return f"{value:+.{digits}f}" if value else f"{0:.{digits}f}"


def _minus(number: str) -> str:
    return number.replace("-", "−")


def _p(value: float) -> str:
    return "<0.0001" if value < 0.0001 else f"{value:.4f}"


STYLE = """<style>
:root { color-scheme: light dark; --ink: #1d1b18; --quiet: #5f594f; --line: #cfc8bb; --page: #ffffff; --b: #1c5a9e;
  --a: #a8480f; --band: #1c5a9e1f; --good: #eef5ec; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9e5dd; --quiet: #aca497; --line: #47423a; --page: #181715; --b: #86b9f2; --a: #f0a36c;
    --band: #86b9f22b; --good: #222c20; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  font: 16px/1.55 Charter, "Bitstream Charter", "Iowan Old Style", Georgia, "Times New Roman", serif; }
main { max-width: 64rem; margin: 0 auto; padding: 3rem 1.5rem 4rem; }
h1 { font-size: 2rem; line-height: 1.15; letter-spacing: -.015em; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.75rem 0 .5rem; }
h3 { font-size: 1.05rem; line-height: 1.4; margin: 0; }
p { margin: .4rem 0; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .15rem 1.2rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; }
code { font: .86em ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.verdicts { margin-top: 1.3rem; padding-left: 1rem; border-left: 3px solid var(--ink); font-size: 1.1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums lining-nums; }
caption, figcaption { text-align: left; color: var(--quiet); font-size: .92rem; line-height: 1.45;
  padding: .3rem 0 .6rem; }
caption b, figcaption b { color: var(--ink); }
.measures { border-bottom: 2px solid var(--ink); overflow-wrap: normal; }
.measures thead { border-top: 2px solid var(--ink); border-bottom: 1px solid var(--ink); }
.measures :is(th, td) { padding: .34rem .55rem; text-align: right; white-space: nowrap; font-weight: 400; }
.measures thead th { vertical-align: bottom; }
.measures :is(th, td):first-child { text-align: left; padding-left: 0; }
.measures :is(th, td):last-child { padding-right: 0; }
.measures thead th[colspan] { text-align: center; }
.measures .significant :is(th, td) { font-weight: 700; }
.star { display: inline-block; width: .5em; text-align: left; }
.interval { display: block; fill: var(--ink); }
figure { margin: .5rem 0 0; }
svg path { fill: none; stroke: var(--ink); }
svg .grid { stroke: var(--line); stroke-width: .75; }
.interval .axis { stroke: var(--quiet); stroke-dasharray: 2 2; }
.interval .range { stroke-width: 1.5; }
.plot { display: block; width: 100%; min-width: 40rem; height: auto; }
.plot text { font-size: 13px; fill: var(--ink); }
.plot .tick { text-anchor: end; fill: var(--quiet); font-variant-numeric: tabular-nums; }
.plot .middle { text-anchor: middle; }
.plot .end { text-anchor: end; paint-order: stroke; stroke: var(--page); stroke-width: 4px; }
.plot .gain { fill: var(--b); }
.plot .loss { fill: url(#hatch); stroke: var(--a); stroke-width: 1; }
.thin rect { shape-rendering: crispEdges; }
.thin .loss { stroke: none; }
.plot .under { fill: var(--page); }
.plot .stroke { stroke: var(--a); stroke-width: 2.5; }
.plot .band { fill: var(--band); }
.plot .mean { stroke-dasharray: 6 4; }
.swing { margin-top: 1.4rem; padding-top: 1rem; border-top: 1px solid var(--line); break-inside: avoid; }
.swing h3 code { color: var(--quiet); font-weight: 400; margin-right: .4em; }
.values { color: var(--quiet); font-size: .95rem; font-variant-numeric: tabular-nums lining-nums;
  margin: .15rem 0 .7rem; }
.values span::before { content: "·"; margin: 0 .5em; color: var(--quiet); }
.values .a { color: var(--a); }
.values .b { color: var(--b); }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1.8rem; align-items: start; }
.sides caption { font-weight: 700; color: var(--ink); padding: 0; }
.sides :is(th, td) { vertical-align: top; text-align: left; padding: .3rem .5rem; font-size: .92rem; line-height: 1.4; }
.sides th { color: var(--quiet); font-weight: 400; font-size: .82rem; border-bottom: 1px solid var(--line); }
.sides :is(th, td):first-child { text-align: right; width: 3rem; }
.sides :is(th, td):last-child { text-align: right; width: 5.6rem; color: var(--quiet); white-space: nowrap; }
.sides .relevant { background: var(--good); }
.sides .relevant td:last-child { font-weight: 700; color: var(--ink); }
.sides .gap td { border-top: 2px dotted var(--quiet); }
.title, .text { display: block; }
.title { font-weight: 600; }
.text { color: var(--quiet); font-size: .86rem; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .9rem; }
footer h2 { font-size: 1rem; margin: .9rem 0 0; color: var(--ink); }
@media (max-width: 44rem) { main { padding: 1.5rem 1rem 2rem; } .sides { grid-template-columns: 1fr; gap: 1rem; } }
@media print { main { max-width: none; padding: 0; } body { font-size: 10.5pt; } }
</style>"""
