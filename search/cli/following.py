"""`briefings index --watch`: index again whenever something below the folders has changed, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from index.articles import Problem, shown
from index.build import BuildReport
from index.errors import BriefingsError, IndexBusyError, InputError
from search.cli.common import say

AGAIN_WHEN_BUSY = 1.0  # seconds until it is tried again where another process writes
AGAIN_WHEN_FAILED = 60.0  # and where the work failed, though nothing changes: a disk may have room again

# Indexes once and tells of it, given whether a person may be asked and which problems were told of already.
Rebuild = Callable[[bool, Collection[Problem]], BuildReport]


def follow(folders: Sequence[Path], index: Path, rebuild: Rebuild) -> int:
    """Index, and again after each change, until Ctrl-C or SIGTERM; return the exit code.

    Raises InputError where one of the paths is not a folder, and what the first rebuild raises, unless it is that
    there are no articles yet.
    """
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"{shown(folder)} is not a folder that is there: --watch takes folders")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Also where a shell started this in the background, and had it ignore Ctrl-C: whoever sends it the signal means it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _follow(folders, index, rebuild)
    except KeyboardInterrupt:
        say("briefings: stopped watching; nothing is lost")
    return 0


def _follow(folders: Sequence[Path], index: Path, rebuild: Rebuild) -> None:
    from index.watch import Watch  # a run without --watch needs no watchdog

    first = True
    failed = ""
    known: Collection[Problem] = ()
    with Watch(folders, without=index) as watch:
        while True:
            try:
                known = set(_when_free(lambda: rebuild(first, known)).problems)  # noqa: B023  # runs at once
                sys.stdout.flush()
                failed = ""
            except (BriefingsError, OSError) as error:
                if isinstance(error, BrokenPipeError) or (first and not isinstance(error, InputError)):
                    raise
                if str(error) != failed:
                    say(f"briefings: {error}; still watching")
                failed = str(error)
            if first:
                say(f"watching {', '.join(map(shown, folders))}: Ctrl-C ends it")
            first = False
            watch.wait(AGAIN_WHEN_FAILED if failed else None)


def _when_free(work: Callable[[], BuildReport]) -> BuildReport:
    """Do some work when no other process writes the index, and say once that this is waited for."""
    told = False
    while True:
        try:
            return work()
        except IndexBusyError as error:
            if not told:
                say(f"briefings: {error}; trying again until then")
            told = True
            time.sleep(AGAIN_WHEN_BUSY)
