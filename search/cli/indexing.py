"""The commands that fill an index and look into it: index, inspect, status."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from index.articles import Problem
from index.build import BuildReport, build
from index.build import Progress as Step
from index.consent import Agree
from index.errors import InputError
from index.generations import KEPT
from index.history import Kept, kept
from index.rules import NAME as RULES
from index.rules import Rule, read_rules
from index.store import Store
from index.wording import count_of
from search.cli.common import Parser, add_index_option, command, filled, filled_path, progress, put, put_json, say
from search.cli.following import follow
from search.inspecting import inspected, inspected_json, inspected_text
from search.render import terminal


def add_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the commands of this module."""
    parser = command(
        commands,
        "index",
        _index,
        summary="Add articles to an index, or bring them up to date.",
        example="briefings index examples/briefings --index briefings-index",
    )
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        type=filled_path,
        help="files or folders; - reads their names from stdin, one a line",
    )
    parser.add_argument("--model", type=filled, metavar="NAME", help="a sentence-transformers model, by name or path")
    parser.add_argument("--sync", action="store_true", help="also remove the articles of files gone from these folders")
    parser.add_argument("--watch", action="store_true", help="go on, and index again whenever these folders change")
    parser.add_argument("--restore", action="store_true", help="also take in articles that 'remove' keeps out")
    add_consent_options(parser)
    parser.add_argument("--json", action="store_true", help="the summary as JSON")
    add_index_option(parser)

    parser = command(
        commands,
        "inspect",
        _inspect,
        summary="Show what would be kept of a file, what is dropped and why.",
        example="briefings inspect examples/briefings/black-sea-grain-deal.txt",
    )
    parser.add_argument("file", metavar="FILE", type=filled_path)
    parser.add_argument(
        "--index", type=filled_path, metavar="DIR", help=f"also show what the rules drop that this index has in {RULES}"
    )
    parser.add_argument("--json", action="store_true", help="everything as one JSON object")

    parser = command(commands, "status", _status, summary="Say what an index holds.", example="briefings status --json")
    parser.add_argument("--json", action="store_true", help="everything as one JSON object")
    add_index_option(parser)


def agreement(*, yes: bool, ask: bool = True) -> Agree:
    """Return what asks the person at the terminal; where there is none, or none is to be asked, nobody agrees."""

    def agree(gone: int, of: int) -> bool:
        if yes:
            return True
        if not (ask and sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        sys.stderr.write(f"Remove {gone:,} of {count_of(of, 'article')}? [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().casefold() in ("y", "yes")

    return agree


def add_consent_options(parser: Parser) -> None:
    """Add what commands take that may remove articles and that make a new generation."""
    parser.add_argument("--yes", action="store_true", help="do not ask when much would be removed")
    parser.add_argument("--keep", type=_count, default=KEPT, metavar="N", help=f"generations kept (default {KEPT})")


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of generations: keep 1 or more")
    return int(text)


def _index(call: argparse.Namespace) -> int:
    if call.watch:
        return follow(
            call.paths,
            call.index,
            lambda first, known: _brought_up_to_date(call, call.paths, ask=first, known=known),
        )
    report = _brought_up_to_date(call, _named(call.paths))
    # Bad files do not fail a run that did its work, but a run that took no article in did nothing.
    return 0 if report.added or report.changed or report.removed or report.unchanged else 1


def _brought_up_to_date(
    call: argparse.Namespace, paths: Sequence[Path], *, ask: bool = True, known: Collection[Problem] = ()
) -> BuildReport:
    """Index once and tell what came of it, less the problems that are known."""
    started = time.monotonic()
    with build_progress() as show:
        report = build(
            call.index,
            paths,
            model=call.model,
            sync=call.sync,
            restore=call.restore,
            agree=agreement(yes=call.yes, ask=ask),
            keep=call.keep,
            progress=show,
        )
    took = time.monotonic() - started
    for problem in report.problems:
        if problem not in known:
            say(f"set aside: {problem.where} {problem.reason}")
    if report.cleaned:
        articles = count_of(report.cleaned, "article")
        say(f"changed the text of {articles} by {call.index / RULES}: write keep there to have a paragraph back")
    if call.json:
        put_json(_report_json(call.index, report))
    else:
        put(f"{_did(report)} {call.index} holds {held(report.articles, report.passages)} ({took:.1f} s).")
    return report


def _named(paths: Sequence[Path]) -> list[Path]:
    """Return the paths with those that standard input lists in the place of "-"."""
    named: list[Path] = []
    for path in paths:
        named.extend(_listed(sys.stdin.buffer.read()) if str(path) == "-" else [path])
    return named


def _listed(data: bytes) -> list[Path]:
    """Return the paths that a list holds: one a line, or each before a NUL where there is one, as from find -print0."""
    names = data.split(b"\0") if b"\0" in data else data.removeprefix(b"\xef\xbb\xbf").splitlines()
    paths = [Path(os.fsdecode(name)) for name in names if name.strip()]
    if not paths:
        raise InputError("standard input names no files: write one a line, as in 'find articles/ -name \"*.md\" |'")
    return paths


def _did(report: BuildReport) -> str:
    counts = {
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "unchanged": report.unchanged,
        "set aside": len(report.problems),
    }
    did = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    embedded = f"{count_of(report.embedded, 'passage')} embedded" if report.embedded else "nothing to embed"
    return f"{did}: {embedded}."


def held(articles: int, passages: int) -> str:
    """Return in words how much an index holds."""
    return f"{count_of(articles, 'article')} in {count_of(passages, 'passage')}"


def _report_json(folder: Path, report: BuildReport) -> dict[str, object]:
    return {
        "index": {"path": str(folder), "generation": report.generation},
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "unchanged": report.unchanged,
        "articles": report.articles,
        "passages": report.passages,
        "embedded": report.embedded,
        "cleaned": report.cleaned,
        "set_aside": [{"where": problem.where, "reason": problem.reason} for problem in report.problems],
    }


@contextmanager
def build_progress() -> Iterator[Callable[[Step], None]]:
    """Yield what shows the steps of a build as a progress bar."""
    with progress() as bar:
        task = bar.add_task("reading", total=None, count="", rated=False)
        stage = "reading"

        def show(step: Step) -> None:
            nonlocal stage
            if step.stage != stage:
                stage = step.stage
                bar.reset(task)
            reading = stage == "reading"
            count = count_of(step.articles, "article") if reading else f"{step.done:,}/{step.total:,} passages"
            bar.update(task, description=stage, completed=step.done, total=step.total, count=count, rated=not reading)

        yield show


def _inspect(call: argparse.Namespace) -> int:
    rules: tuple[Rule, ...] = ()
    if call.index:
        file = read_rules(call.index)
        with Store.open(call.index) as store:
            # What a person has changed in the file since counts, as it will when the index is made again.
            rules = store.rules() if file.rules is None else file.rules
        for where, reason in file.problems:
            say(f"{where} {reason}")
    found = inspected(call.file, rules)
    if call.json:
        put_json(inspected_json(found))
    else:
        terminal().print(inspected_text(found))
    return 0


def _status(call: argparse.Namespace) -> int:
    with Store.open(call.index) as store:
        manifest = store.manifest
        dates = store.date_range()
        sources = store.sources()
        set_aside = store.problems()
        rules = store.rules()
    generations = kept(call.index)
    size = sum(size for size, _ in manifest.files.values())
    if call.json:
        put_json(
            {
                "index": {"path": str(call.index), "generation": manifest.generation},
                "created": manifest.created,
                "model": {
                    "name": manifest.model.name,
                    "digest": manifest.model.digest,
                    "dimension": manifest.model.dimension,
                },
                "articles": manifest.articles,
                "passages": manifest.passages,
                "bytes": size,
                "generations": [_kept_json(each) for each in generations],
                "published": {"first": dates[0], "last": dates[1]} if dates else None,
                "sources": [{"source": found.source or None, "articles": found.articles} for found in sources],
                "learned_rules": {"path": str(call.index / RULES), **_by_action(rules)},
                "set_aside": [{"where": where, "reason": reason} for where, reason in set_aside],
            }
        )
        return 0
    put(f"{call.index}: {held(manifest.articles, manifest.passages)}, {size / 1e6:,.1f} MB")
    put(f"  generation {manifest.generation}, made {manifest.created}, model {manifest.model.name}")
    put(f"  published {dates[0]} to {dates[1]}" if dates else "  no article says when it was published")
    for found in sources:
        put(f"  {found.articles:>7,} from {found.source or '(source unknown)'}")
    if rules:
        told = ", ".join(f"{count:,} to {action}" for action, count in _by_action(rules).items() if count)
        put(f"  {count_of(len(rules), 'rule')} on paragraphs that sources repeat, {told}: {call.index / RULES}")
    for each in generations:
        if each.generation != manifest.generation:
            what = f"{held(each.articles, each.passages)}, {each.bytes / 1e6:,.1f} MB, made {each.created}"
            put(f"  also kept: generation {each.generation}, {each.damaged or what}")
    for where, reason in set_aside:
        put(f"  set aside: {where} {reason}")
    return 0


def _by_action(rules: Sequence[Rule]) -> dict[str, int]:
    """Return how many paragraphs the rules drop and how many they keep."""
    return {action: sum(rule.action == action for rule in rules) for action in ("drop", "keep")}


def _kept_json(generation: Kept) -> dict[str, object]:
    return {
        "generation": generation.generation,
        "current": generation.current,
        "created": generation.created,
        "articles": generation.articles,
        "passages": generation.passages,
        "bytes": generation.bytes,
        "damaged": generation.damaged or None,
    }
