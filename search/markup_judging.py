"""What was judged, an evaluation and a comparison as HTML for the app; escaped at the last moment, as in `markup`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from index.wording import count_of
from search.compare import CONFIDENCE, Comparison
from search.judgements import Judgement
from search.markup import escaped
from search.report import verdicts

Row = tuple[str, Sequence[str]]


def judged_html(judgements: Sequence[Judgement], most: int = 50) -> str:
    """Return what was judged, question by question, the last judged first, and who judged how much."""
    by_question: defaultdict[str, list[Judgement]] = defaultdict(list)
    for judgement in reversed(judgements):
        by_question[judgement.query_id].append(judgement)
    rows = [(found[0].question, _counts(found)) for found in list(by_question.values())[:most]]
    others = count_of(len(by_question) - most, "more question")
    more = f'<p class="bf-note">and {others}</p>' if len(by_question) > most else ""
    users = Counter(judgement.user for judgement in judgements)
    by = ", ".join(f"<bdi>{escaped(user)}</bdi> ({number:,})" for user, number in users.most_common(most))
    return (
        f'<section class="bf" aria-label="What was judged">{_table(("Question", "Relevant", "Not", "Answer"), rows)}'
        f'{more}<p class="bf-told">Judgements by {by}</p></section>'
    )


def _counts(found: Sequence[Judgement]) -> Sequence[str]:
    passages = [judgement.relevance for judgement in found if not judgement.of_answer]
    answers = [judgement.relevance for judgement in found if judgement.of_answer]
    parts = ((answers.count(1), "right"), (answers.count(0), "wrong"))
    told = ", ".join(f"{number:,} {word}" for number, word in parts if number)
    return (f"{passages.count(1):,}", f"{passages.count(0):,}", told or "–")


def judgement_html(judgement: Judgement, title: str) -> str:
    """Return one judgement on a line: what was judged, how, by whom and when."""
    if judgement.of_answer:
        said = "Right" if judgement.relevance else "Wrong"
        what = " ".join(quote.text for quote in judgement.quotes) or "These briefings do not say."
    else:
        said = "Relevant" if judgement.relevance else "Not relevant"
        what = title or judgement.article_id
    place = [f"shown as number {judgement.rank}"] if judgement.rank else []
    facts = [*place, f"generation {judgement.generation}", judgement.judged_at[:10]]
    told = "".join(f"<span>{escaped(fact)}</span>" for fact in facts)
    return (
        f'<div class="bf bf-judged"><p dir="auto"><b>{said}</b>: {escaped(_short(what))}</p>'
        f'<p class="bf-told"><span><bdi>{escaped(judgement.user)}</bdi></span>{told}</p></div>'
    )


def pooling_html() -> str:
    """Return what judgements cannot tell, as they are of what was shown."""
    return (
        '<p class="bf bf-told">Only what somebody was shown is judged. What another ranking would find instead counts'
        " as not relevant, so judge what it shows, too, before you trust that it is worse. Each question is asked of"
        " the whole index, without the filters of the page Ask.</p>"
    )


def evaluation_html(label: str, means: Mapping[str, float], questions: int) -> str:
    """Return the means of an evaluation as a table."""
    rows = [(name, (f"{value:.4f}",)) for name, value in means.items()]
    told = count_of(questions, "judged question")
    return (
        f'<section class="bf" aria-label="Evaluation"><h2>{escaped(label)}, {told}</h2>'
        f"{_table(('Measure', 'Mean'), rows)}</section>"
    )


def comparison_table_html(comparison: Comparison, label_a: str, label_b: str) -> str:
    """Return a comparison as a table, with what it says in words."""
    said = "".join(f"<p>{escaped(line)}</p>" for line in verdicts(comparison))
    rows = [
        (
            found.measure,
            (
                f"{found.mean_a:.4f}",
                f"{found.mean_b:.4f}",
                _signed(found.difference),
                f"{_signed(found.low)} to {_signed(found.high)}",
                f"{found.p:.4f}",
                f"{found.p_holm:.4f}",
                f"{found.wins:,} / {found.ties:,} / {found.losses:,}",
            ),
        )
        for found in comparison.measures
    ]
    head = (
        "Measure",
        "A",
        "B",
        "B − A",
        f"{CONFIDENCE * 100:.0f} % interval",
        "p",
        "p (Holm)",
        "B wins / ties / loses",
    )
    return (
        '<section class="bf" aria-label="Comparison">'
        f"<h2>A: {escaped(label_a)} · B: {escaped(label_b)}</h2>"
        f'<div class="bf-verdict">{said}</div>{_table(head, rows)}</section>'
    )


def _table(head: Sequence[str], rows: Sequence[Row]) -> str:
    """Return a table whose rows become blocks on a narrow screen, each number with its column's name."""
    columns = "".join(f'<th scope="col">{escaped(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row" dir="auto">{escaped(first)}</th>'
        + "".join(
            f'<td data-label="{escaped(name)}">{escaped(cell)}</td>' for name, cell in zip(head[1:], cells, strict=True)
        )
        + "</tr>"
        for first, cells in rows
    )
    return f'<table class="bf-table"><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>'


def _signed(value: float) -> str:
    return (f"{value:+.4f}" if value else "0").replace("-", "−")


def _short(text: str, most: int = 160) -> str:
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]} …"
