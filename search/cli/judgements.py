"""The command for what people judged in the app: judgements."""

from __future__ import annotations

import argparse
from collections import Counter

from index.errors import InputError
from index.wording import count_of
from search.cli.asking import output
from search.cli.common import Parser, add_index_option, command, filled, put, put_json, say
from search.judged import qrels, qrels_lines, queries, queries_lines, questions_with_relevant
from search.judgements import counted, judgements_file, read
from search.question import QuestionError


def add_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the commands of this module."""
    parser = command(
        commands,
        "judgements",
        _judgements,
        summary="Tell what was judged in the app, and write it as the files that 'briefings evaluate' reads.",
        example="briefings judgements --json",
    )
    parser.add_argument(
        "--queries", type=filled, metavar="FILE", help="write the questions here, as BEIR jsonl (- for stdout, alone)"
    )
    parser.add_argument(
        "--qrels", type=filled, metavar="FILE", help="write the judgements here, as BEIR tsv (- for stdout, alone)"
    )
    parser.add_argument(
        "--granularity", choices=("article", "passage"), default="article", help="what the qrels are to judge"
    )
    parser.add_argument("--json", action="store_true", help="the counts as one JSON object")
    add_index_option(parser)


def _judgements(call: argparse.Namespace) -> int:
    on_stdout = (call.queries == "-") + (call.qrels == "-")
    if on_stdout + call.json > 1:
        raise QuestionError("only one of --queries -, --qrels - and --json can write to stdout: name files")
    file = judgements_file(call.index)
    kept = read(file)
    found = counted(kept.judgements)
    if kept.damaged:
        lines = ", ".join(map(str, kept.damaged[:5])) + (" and others" if len(kept.damaged) > 5 else "")
        say(f"briefings: {file}: left out what is damaged, in line {lines}")
    if (call.queries or call.qrels) and not found:
        raise InputError(f"nothing is judged yet in {file}: judge passages in 'briefings app --index {call.index}'")
    if call.queries:
        with output(call.queries) as out:
            out.writelines(queries_lines(found))
    if call.qrels:
        with output(call.qrels) as out:
            out.writelines(qrels_lines(found, call.granularity))
    passages = sum(1 for judgement in found if not judgement.of_answer)
    judged = len(queries(found))
    counting = questions_with_relevant(qrels(found))
    if call.json:
        put_json(
            {
                "file": str(file),
                "judgements": len(found),
                "passages": passages,
                "answers": len(found) - passages,
                "questions": judged,
                "questions_with_relevant": counting,
                "users": dict(Counter(judgement.user for judgement in found)),
                "damaged_lines": list(kept.damaged),
            }
        )
    elif not on_stdout:
        told = f"{count_of(len(found), 'judgement')} on {count_of(judged, 'question')}"
        put(f"{told}, {counting:,} with a relevant passage: {file}")
    return 0
