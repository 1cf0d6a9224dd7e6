"""The commands that read an index: search and ask, one question or a batch."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO

from index.blocks import harmless
from index.errors import BriefingsError
from search.answer import ANSWERED_FROM
from search.chat import KEY_VARIABLE, Endpoint
from search.cli.common import (
    Parser,
    a_day,
    add_index_option,
    add_reader_option,
    add_rerank_option,
    command,
    filled,
    put_json,
    say,
    with_progress,
)
from search.confidence import least_confidence
from search.export import FORMATS, OptionalModels, Provenance, export_for
from search.followup import Turn, complete
from search.narrowing import check_days
from search.period import today
from search.prose import write_prose
from search.question import QuestionError, UnreadableQuestionError
from search.render import (
    answer_json,
    answer_text,
    explanation_json,
    explanations_text,
    hit_json,
    hits_text,
    prose_json,
    prose_text,
    terminal,
    timeline_json,
    timeline_text,
)
from search.results import Answer
from search.searcher import MOST_HITS, Options, Searcher
from search.trec import Query, read_queries, run_lines

SHOWN = 10  # passages, where -k does not say
RUN_DEPTH = 100  # articles a question in a TREC run, where -k does not say


def add_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the commands of this module."""
    parser = command(
        commands,
        "search",
        _search,
        summary="Show the best passages for a question.",
        example="briefings search 'who fled Karabakh?' -k 5 --since 2023-09-01",
    )
    _add_question_options(parser)
    parser.add_argument(
        "--trec",
        type=filled,
        metavar="RUN",
        help=f"with --queries: write a TREC run of articles (- for stdout); -k counts articles, default {RUN_DEPTH}",
    )
    parser.add_argument("--explain", action="store_true", help="show where each stage of the ranking put each passage")
    parser.add_argument(
        "--why",
        type=filled,
        metavar="PASSAGE",
        help="show what became of one passage, such as ARTICLE#0, returned or not",
    )
    parser = command(
        commands,
        "ask",
        _ask,
        summary="Answer a question in the briefings' own words, with sources.",
        example="briefings ask 'what does Russia want from Kim?'",
    )
    _add_question_options(parser)
    add_reader_option(parser)
    parser.add_argument(
        "--timeline", action="store_true", help="the sentences about the question by the day of what they tell"
    )
    parser.add_argument(
        "--after",
        action="append",
        type=filled,
        metavar="QUESTION",
        help="a question asked before, from which this one is completed: 'and what does Kim get?'; may be repeated",
    )
    parser.add_argument(
        "--max-risk",
        type=_risk,
        metavar="SHARE",
        help="answer only where at most this share of answers, such as 0.05, is to questions not answered here",
    )
    parser.add_argument(
        "--llm",
        type=filled,
        metavar="URL",
        help=f"have a server of the OpenAI chat protocol tell the quotes in prose; its key is read from {KEY_VARIABLE}",
    )
    parser.add_argument(
        "--llm-model", type=filled, metavar="NAME", help="with --llm: the model that the server is to use"
    )
    parser.add_argument(
        "--export",
        action="append",
        type=filled,
        metavar="FILE",
        help=f"also write the answer to a file: {' '.join(FORMATS)}; may be repeated",
    )


def _risk(text: str) -> float:
    try:
        risk = float(text)
        least_confidence(risk)
    except QuestionError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number: write a share such as 0.05") from None
    return risk


def _count(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number: ask for 1 to {MOST_HITS:,}") from None
    if not 1 <= count <= MOST_HITS:
        raise argparse.ArgumentTypeError(f"it is {count}: ask for 1 to {MOST_HITS:,}")
    return count


def _add_question_options(parser: Parser) -> None:
    parser.add_argument("question", nargs="?", metavar="QUESTION", help="the question; - reads it from stdin")
    parser.add_argument("-k", type=_count, metavar="N", help=f"how many passages (default {SHOWN})")
    parser.add_argument(
        "--since", type=a_day, metavar="DAY", help="only articles of this day or later, such as 2023-09-01"
    )
    parser.add_argument("--until", type=a_day, metavar="DAY", help="only articles of this day or earlier")
    parser.add_argument("--source", action="append", metavar="NAME", help="only this source; may be repeated")
    parser.add_argument("--exclude-source", action="append", metavar="NAME", help="not this source; may be repeated")
    parser.add_argument("--language", action="append", metavar="CODE", help="only this language, such as en")
    parser.add_argument("--section", action="append", metavar="HEADING", help="only sections headed so")
    parser.add_argument("--exclude-section", action="append", metavar="HEADING", help="not the sections headed so")
    parser.add_argument("--all-copies", action="store_true", help="show each wire copy as a hit of its own")
    parser.add_argument("--favour", choices=("recent",), help="add a little for new articles")
    parser.add_argument(
        "--asked-on",
        type=a_day,
        metavar="DAY",
        help="from when 'this week' in a question counts (default: today; in a batch, the line's metadata.date)",
    )
    parser.add_argument("--queries", type=Path, metavar="FILE", help="a batch: BEIR queries, one JSON object a line")
    parser.add_argument("--json", action="store_true", help="JSON; with --queries one object a line")
    add_rerank_option(parser)
    add_index_option(parser)


def _say_if_empty(call: argparse.Namespace, briefings: Searcher) -> None:
    """Say where nothing can be found because nothing is there, as after --sync of a folder that was emptied."""
    if not briefings.store.manifest.articles:
        say(f"{call.index} holds no articles: add some with 'briefings index PATH --index {call.index}'")


def _search(call: argparse.Namespace) -> int:
    _check(call)
    with Searcher.open(call.index, reranker=call.rerank) as briefings:
        _say_if_empty(call, briefings)
        if call.trec:
            _write_run(call, briefings)
        elif call.explain or call.why:
            _explain(call, briefings)
        elif call.queries:
            for query in with_progress(read_queries(call.queries), "searching"):
                found = _searched(call, briefings, query.text, _options(call, query.asked_on), in_batch=True)
                put_json({"_id": query.query_id, **found})
        elif call.json:
            put_json(_searched(call, briefings, _question(call), _options(call)))
        else:
            hits = briefings.search(_question(call), k=_shown(call), **_options(call))
            terminal().print(hits_text(hits))
    return 0


def _explain(call: argparse.Namespace, briefings: Searcher) -> None:
    question = _question(call)
    if call.why:
        found = [briefings.why(question, call.why, k=_shown(call), **_options(call))]
    else:
        found = briefings.explain(question, k=_shown(call), **_options(call))
    if call.json:
        put_json(
            {
                "question": question,
                **_index_json(call, briefings),
                "passages": [explanation_json(each) for each in found],
            }
        )
    else:
        terminal().print(explanations_text(found))


def _searched(
    call: argparse.Namespace, briefings: Searcher, question: str, options: Options, *, in_batch: bool = False
) -> dict[str, object]:
    started = time.perf_counter()
    try:
        hits = briefings.search(question, k=_shown(call), **options)
    except UnreadableQuestionError as error:
        # One bad question does not end a batch; it finds nothing, and an evaluation counts it as zero.
        if not in_batch:
            raise
        say(f"briefings: {error}")
        hits = []
    took = (time.perf_counter() - started) * 1000
    return {
        "question": question,
        **_index_json(call, briefings),
        "took_ms": round(took, 1),
        "hits": [hit_json(hit) for hit in hits],
    }


def _index_json(call: argparse.Namespace, briefings: Searcher) -> dict[str, object]:
    return {"index": {"path": str(call.index), "generation": briefings.store.manifest.generation}}


def _write_run(call: argparse.Namespace, briefings: Searcher) -> None:
    queries = read_queries(call.queries)
    depth = RUN_DEPTH if call.k is None else call.k
    with output(call.trec) as out:
        for query in with_progress(queries, "searching"):
            try:
                asked_on = _asked_on(call, query.asked_on)
                ranked = briefings.rank_articles(query.text, depth=depth, asked_on=asked_on)
                out.writelines(run_lines(query.query_id, ranked))
            except UnreadableQuestionError as error:
                say(f"briefings: question {query.query_id}: {error}")


def _ask(call: argparse.Namespace) -> int:
    _check(call)
    endpoint = Endpoint(call.llm, call.llm_model) if call.llm else None
    with Searcher.open(call.index, reranker=call.rerank, reader=call.reader) as briefings:
        _say_if_empty(call, briefings)
        if call.queries:
            for query in with_progress(read_queries(call.queries), "answering"):
                answered = answer_json(_answered(call, briefings, query))
                put_json({"_id": query.query_id, **answered, **_models_json(_models(briefings))})
            return 0
        question = _question(call)
        searched_for = _completed(call, briefings, question)
        if searched_for != question:
            say(f"searched for: {searched_for}")
        if call.timeline:
            _show_timeline(call, briefings, question, searched_for)
            return 0
        asked = _provenance(call, briefings, question)
        answer = briefings.ask(searched_for, k=_shown(call), least_confidence=_least(call), **_options(call))
    prose = write_prose(answer, endpoint, briefings.names) if endpoint else None
    if prose and prose.failure:
        say(f"no prose: {prose.failure}")
    elif prose and endpoint:
        models = replace(asked.optional, llm=endpoint.model, llm_server=endpoint.server)
        asked = replace(asked, optional=models, prose=prose)
    for name in call.export or ():
        with output(name) as out:
            out.write(export_for(name)(answer, asked))
    if call.json:
        told = {"prose": prose_json(prose)} if endpoint else {}
        put_json({**answer_json(answer), **_typed(call, question), **_models_json(asked.optional), **told})
    else:
        if prose and (prose.sentences or prose.struck):
            terminal().print(prose_text(prose))
        terminal().print(answer_text(answer))
    return 0


def _completed(call: argparse.Namespace, briefings: Searcher, question: str) -> str:
    """Return the question completed from those asked before it, each of which may lean on the one before."""
    previous: Turn | None = None
    for earlier in call.after or ():
        asked = complete(earlier, previous, briefings.names)
        previous = Turn(asked, briefings.ask(asked, **_options(call)).text)
    return complete(question, previous, briefings.names)


def _least(call: argparse.Namespace) -> float:
    return ANSWERED_FROM if call.max_risk is None else least_confidence(call.max_risk)


def _typed(call: argparse.Namespace, question: str) -> dict[str, object]:
    """Return the question as it was typed, where it was completed from others."""
    return {"asked": question} if call.after else {}


def _show_timeline(call: argparse.Namespace, briefings: Searcher, question: str, searched_for: str) -> None:
    answer, entries = briefings.timeline(searched_for, k=_shown(call), least_confidence=_least(call), **_options(call))
    if call.json:
        put_json({**timeline_json(answer, entries), **_typed(call, question), **_models_json(_models(briefings))})
    else:
        terminal().print(timeline_text(entries) if entries else answer_text(answer))


def _models(briefings: Searcher) -> OptionalModels:
    return OptionalModels(
        reranker=briefings.reranker.model.name if briefings.reranker else "",
        reader=briefings.reader.model.name if briefings.reader else "",
    )


def _models_json(models: OptionalModels) -> dict[str, object]:
    return {"optional_models": models.named} if models.named else {}


def _provenance(call: argparse.Namespace, briefings: Searcher, question: str) -> Provenance:
    manifest = briefings.store.manifest
    return Provenance(
        asked=question if call.after else "",
        after=tuple(call.after or ()),
        asked_at=datetime.now(UTC).isoformat(timespec="seconds"),
        index=harmless(str(call.index)),  # a path need not be text
        generation=manifest.generation,
        model=manifest.model.name,
        since=call.since.isoformat() if call.since else None,
        until=call.until.isoformat() if call.until else None,
        source=tuple(call.source or ()),
        exclude_source=tuple(call.exclude_source or ()),
        language=tuple(call.language or ()),
        section=tuple(call.section or ()),
        exclude_section=tuple(call.exclude_section or ()),
        asked_on=call.asked_on.isoformat() if call.asked_on else None,
        optional=_models(briefings),
    )


def _answered(call: argparse.Namespace, briefings: Searcher, query: Query) -> Answer:
    options = _options(call, query.asked_on)
    try:
        return briefings.ask(query.text, k=_shown(call), least_confidence=_least(call), **options)
    except UnreadableQuestionError as error:
        say(f"briefings: {error}")
        return Answer(query.text, (), (), str(error), 0.0)


def _check(call: argparse.Namespace) -> None:
    """Refuse what cannot be meant before an index or a model is opened for it."""
    check_days(call.since, call.until)
    trec = getattr(call, "trec", None)
    if trec and not call.queries:
        raise QuestionError("--trec needs --queries FILE")
    if trec and (any(v for n, v in _options(call).items() if n not in ("all_copies", "asked_on")) or call.json):
        raise QuestionError("--trec writes a run over all articles: leave out --json and the filters")
    if call.queries and (getattr(call, "explain", False) or getattr(call, "why", None)):
        raise QuestionError("--explain and --why take one QUESTION, not --queries")
    if getattr(call, "timeline", False) and (call.queries or call.export):
        raise QuestionError("--timeline takes one QUESTION, and neither --queries nor --export")
    if bool(getattr(call, "llm", None)) != bool(getattr(call, "llm_model", None)):
        raise QuestionError("--llm URL and --llm-model NAME go together: give both or neither")
    if getattr(call, "llm", None) and (call.queries or call.timeline):
        raise QuestionError("--llm takes one QUESTION, and neither --queries nor --timeline")
    if getattr(call, "after", None) and call.queries:
        raise QuestionError("--after takes one QUESTION, not --queries")
    exports = getattr(call, "export", None) or ()
    if exports and call.queries:
        raise QuestionError("--export writes one answer: give a QUESTION, not --queries; --json writes them all")
    for export in exports:
        export_for(export)
    if call.queries and call.question:
        raise QuestionError("give a QUESTION or --queries FILE, not both")
    if call.queries and not (trec or call.json):
        raise QuestionError("--queries needs --json" + (" or --trec RUN" if hasattr(call, "trec") else ""))
    if not call.queries and not call.question:
        raise QuestionError("no question: write it in quotes behind the command")


def _question(call: argparse.Namespace) -> str:
    # Bounded, for anything can be piped in; the searcher says what is too long.
    return sys.stdin.read(1_000_000) if call.question == "-" else str(call.question)


def _shown(call: argparse.Namespace) -> int:
    return SHOWN if call.k is None else int(call.k)


def _asked_on(call: argparse.Namespace, stated: date | None = None) -> date | None:
    """Return the day a question is asked on: a batch's as its line or the option states, else today."""
    given: date | None = stated or call.asked_on
    return given if given or call.queries else today()


def _options(call: argparse.Namespace, asked_on: date | None = None) -> Options:
    return {
        "since": call.since,
        "until": call.until,
        "source": call.source,
        "exclude_source": call.exclude_source,
        "language": call.language,
        "section": call.section,
        "exclude_section": call.exclude_section,
        "all_copies": call.all_copies,
        "favour": call.favour,
        "asked_on": _asked_on(call, asked_on),
    }


@contextmanager
def output(name: str) -> Iterator[IO[str]]:
    """Open a file that appears only when it is whole, or standard output for "-"."""
    if name == "-":
        yield sys.stdout
        return
    path = Path(name)
    if not path.name or path.is_dir():
        raise BriefingsError(f"{name} is a folder: name a file in it")
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8") as out:
            yield out
        unfinished.replace(path)
    except OSError as error:
        raise BriefingsError(f"{path} cannot be written ({error.strerror}): name another file") from error
    finally:
        unfinished.unlink(missing_ok=True)
