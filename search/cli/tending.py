"""The commands that keep an index in order: remove, doctor, rollback, snapshot."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from index.doctor import Diagnosis, Finding, examine, repair
from index.history import Kept, rollback, snapshot
from index.removal import Selection, matching, purge, remove
from index.store import ArticleRow, Store
from search.cli.common import Parser, add_index_option, command, filled_path, put, put_json, say
from search.cli.indexing import add_consent_options, agreement, build_progress, held


def add_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the commands of this module."""
    _add_remove(commands)
    parser = command(
        commands,
        "doctor",
        _doctor,
        summary="Check every byte of an index and that its parts agree; exit with 1 where something is broken.",
        example="briefings doctor --repair",
    )
    parser.add_argument("--repair", action="store_true", help="make again from the text what is broken")
    parser.add_argument("--json", action="store_true", help="what was found and done, as one JSON object")
    add_index_option(parser)

    parser = command(
        commands,
        "rollback",
        _rollback,
        summary="Make an older generation the current one again; the next 'briefings index' goes on from it.",
        example="briefings remove niger-coup.md && briefings rollback",
    )
    parser.add_argument(
        "generation",
        nargs="?",
        type=int,
        metavar="GENERATION",
        help="its number in 'status' (default: the one before)",
    )
    parser.add_argument("--json", action="store_true", help="what is current now, as one JSON object")
    add_index_option(parser)

    parser = command(
        commands,
        "snapshot",
        _snapshot,
        summary="Copy what an index holds now into a new folder, which is an index of its own.",
        example="briefings snapshot backup/2026-11-24",
    )
    parser.add_argument("folder", type=filled_path, metavar="FOLDER", help="a folder that is not there yet")
    parser.add_argument("--json", action="store_true", help="what was copied, as one JSON object")
    add_index_option(parser)


def _add_remove(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = command(
        commands,
        "remove",
        _remove,
        summary="Remove the articles that meet every condition given, and keep them out; each is listed.",
        example="briefings remove --source 'The Harbour Wire' --before 2023-01-01 --dry-run",
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="article ids, as 'search --json' shows them")
    parser.add_argument("--path", action="append", type=filled_path, default=[], help="read from this file or folder")
    parser.add_argument("--source", action="append", default=[], metavar="NAME", help="of this source")
    parser.add_argument("--before", type=_day, metavar="DAY", help="published before this day, as in 2023-09-13")
    parser.add_argument("--dry-run", action="store_true", help="list what would be removed, and remove nothing")
    parser.add_argument("--purge", action="store_true", help="also drop older generations, which still hold the text")
    add_consent_options(parser)
    parser.add_argument("--json", action="store_true", help="what was removed, as one JSON object")
    add_index_option(parser)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write one such as 2023-09-13") from None


def _remove(call: argparse.Namespace) -> int:
    selection = Selection(tuple(call.ids), tuple(call.path), tuple(call.source), call.before)
    if selection == Selection():
        return _purge(call)
    if call.dry_run:
        with Store.open(call.index) as store:
            gone, generation = matching(store, selection), store.manifest.generation
        _put_removed(call, gone, generation, (), ())
        return 0
    with build_progress() as show:
        report = remove(
            call.index, selection, agree=agreement(yes=call.yes), purge=call.purge, keep=call.keep, progress=show
        )
    _put_removed(call, report.removed, report.generation, report.still_held_by, report.dropped)
    if not report.removed:
        say("nothing matches: nothing was removed")
    if report.still_held_by:
        numbers = ", ".join(map(str, report.still_held_by))
        one = len(report.still_held_by) == 1
        held_by = f"generation {numbers} still holds" if one else f"generations {numbers} still hold"
        say(f"{held_by} what was removed: 'briefings remove --purge' drops {'it' if one else 'them'}")
    return 0


def _purge(call: argparse.Namespace) -> int:
    if not call.purge or call.dry_run:
        say("briefings remove: name articles by ID, --path, --source or --before (see 'briefings remove --help')")
        return 2
    dropped = purge(call.index)
    with Store.open(call.index) as store:
        generation = store.manifest.generation
    _put_removed(call, (), generation, (), dropped)
    return 0


def _put_removed(
    call: argparse.Namespace,
    removed: Sequence[ArticleRow],
    generation: int,
    still_held_by: Sequence[int],
    dropped: Sequence[int],
) -> None:
    if call.json:
        put_json(
            {
                "index": {"path": str(call.index), "generation": generation},
                "removed": [_row_json(row) for row in removed],
                "dry_run": call.dry_run,
                "still_held_by": list(still_held_by),
                "dropped": list(dropped),
            }
        )
        return
    for row in removed:
        known = " · ".join(filter(None, (row.title, row.source, row.published)))
        put(f"{'would remove' if call.dry_run else 'removed'} {row.article_id}{f'  {known}' if known else ''}")
    if call.purge:
        numbers = ", ".join(map(str, dropped))
        put(f"dropped generation{'s' * (len(dropped) != 1)} {numbers}" if dropped else "no older generation was kept")


def _row_json(row: ArticleRow) -> dict[str, object]:
    return {
        "article_id": row.article_id,
        "title": row.title,
        "source": row.source,
        "published": row.published,
        "origin": row.origin,
    }


def _doctor(call: argparse.Namespace) -> int:
    did: Sequence[str] = ()
    if call.repair:
        with build_progress() as show:
            outcome = repair(call.index, progress=show)
        found, did, still = outcome.before, outcome.did, outcome.after
    else:
        found = still = examine(call.index)
    if call.json:
        put_json(
            {
                "index": {"path": str(call.index)},
                "generations": list(still.generations),
                "broken": _findings_json(found.findings),
                "did": list(did),
                "still_broken": _findings_json(still.findings),
                "left_over": list(still.left_over),
            }
        )
    else:
        _put_diagnosis(call.index, found, did, still)
    return 1 if still.findings else 0


def _findings_json(findings: Sequence[Finding]) -> list[dict[str, str]]:
    return [{"where": finding.where, "what": finding.what} for finding in findings]


def _put_diagnosis(folder: Path, found: Diagnosis, did: Sequence[str], still: Diagnosis) -> None:
    for finding in found.findings:
        put(f"broken: {finding.where} {finding.what}")
    for line in did:
        put(line)
    for path in still.left_over:
        put(f"left over: {path}")
    numbers = ", ".join(map(str, still.generations))
    if not still.findings:
        put(f"{folder} is whole: every byte of generation{'s' * (len(still.generations) > 1)} {numbers} was checked.")
    else:
        say(f"briefings: {folder} is damaged: add --repair to make again what can be made from the text")


def _rollback(call: argparse.Namespace) -> int:
    now = rollback(call.index, call.generation)
    return _put_kept(call, call.index, now, "is current again")


def _snapshot(call: argparse.Namespace) -> int:
    return _put_kept(call, call.folder, snapshot(call.index, call.folder), f"was copied to {call.folder}")


def _put_kept(call: argparse.Namespace, folder: Path, kept: Kept, became: str) -> int:
    if call.json:
        put_json(
            {
                "index": {"path": str(folder), "generation": kept.generation},
                "created": kept.created,
                "articles": kept.articles,
                "passages": kept.passages,
                "bytes": kept.bytes,
            }
        )
    else:
        put(f"Generation {kept.generation}, made {kept.created}, {became}: {held(kept.articles, kept.passages)}.")
    return 0
