"""Folders that are followed: what changes below them, told once it has settled.

The system tells of each change as it happens (inotify on Linux). Several changes in a row are one, and a file that is
being written is waited for, so that it is read at its end and not in part.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from watchdog import events
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

from index.articles import kind_of
from index.errors import InputError

QUIET = 1.0  # seconds without a change after which what changed is read
PATIENCE = 5.0  # seconds after which a file that somebody holds open and does not write to is read as it is
LOOK = 2.0  # seconds between two looks whether a folder is still the one that is followed

# What our own reading of the files gives rise to (opened, closed without writing) is not among these. A folder is
# "modified" whenever anything in it is.
_TOLD = [
    events.FileCreatedEvent,
    events.FileModifiedEvent,
    events.FileClosedEvent,
    events.FileAttribEvent,
    events.FileMovedEvent,
    events.FileDeletedEvent,
    events.DirCreatedEvent,
    events.DirAttribEvent,
    events.DirMovedEvent,
    events.DirDeletedEvent,
]


class Watch:
    """Follows folders from when it is entered until it is left.

    without: a folder below them that does not count: the index, which each rebuild changes.
    Raises InputError on entering where the system does not let folders be followed.
    """

    def __init__(self, folders: Iterable[Path], *, without: Path) -> None:
        self._folders = list(folders)
        self._without = os.path.realpath(without)
        self._observer = Observer()
        self._followed: dict[Path, tuple[tuple[int, int] | None, ObservedWatch | None]] = {}
        self._lock = threading.Lock()
        self._told = threading.Event()
        self._last = 0.0
        self._written: set[str] = set()

    def __enter__(self) -> Self:
        self._observer.start()
        try:
            self._follow()
        except BaseException:
            self._stop()
            raise
        self._told.clear()  # what stands there at the beginning is no change
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def wait(self, at_most: float | None = None) -> None:
        """Return when something has changed since the last return and no more is changing, or after `at_most`."""
        ends = time.monotonic() + at_most if at_most is not None else None
        while not self._settled():
            if ends is not None and time.monotonic() >= ends and not self._told.is_set():
                return
            if self._told.is_set():
                time.sleep(QUIET / 10)
            else:
                self._told.wait(LOOK if ends is None else min(LOOK, max(0.0, ends - time.monotonic())))
            self._follow()

    def _settled(self) -> bool:
        with self._lock:
            if not self._told.is_set():
                return False
            if time.monotonic() - self._last < (PATIENCE if self._written else QUIET):
                return False
            self._written.clear()
            self._told.clear()
            return True

    def _follow(self) -> None:
        """Follow each folder that has come, or has come back as another one, since the last look."""
        for folder in self._folders:
            before, watch = self._followed.get(folder, (None, None))
            now = _identity(folder)
            if folder in self._followed and now == before:
                continue
            if watch:
                with suppress(KeyError):  # the observer has let go of a folder that went
                    self._observer.unschedule(watch)
            self._followed[folder] = (now, self._schedule(folder) if now else None)
            self._tell()

    def _schedule(self, folder: Path) -> ObservedWatch | None:
        root = os.path.realpath(folder)  # watchdog does not follow a link
        try:
            return self._observer.schedule(_Ear(self, root), root, recursive=True, event_filter=_TOLD)
        except FileNotFoundError:  # gone since it was looked at
            return None
        except OSError as error:
            raise InputError(
                f"{folder} cannot be followed ({error.strerror or error}): index it without --watch, again and again"
            ) from error

    def _stop(self) -> None:
        self._observer.stop()
        self._observer.join()

    def _tell(self) -> None:
        self._last = time.monotonic()
        self._told.set()

    def hear(self, event: events.FileSystemEvent, root: str) -> None:
        """Take in what the system tells, in the observer's thread."""
        paths = [os.fsdecode(path) for path in (event.src_path, event.dest_path) if path]
        if not any(self._counts(path, root, is_folder=event.is_directory) for path in paths):
            return
        with self._lock:
            if event.event_type == events.EVENT_TYPE_MODIFIED or _is_begun(event):
                self._written.add(paths[0])
            elif event.event_type != events.EVENT_TYPE_ATTRIB:
                self._written.discard(paths[0])
            self._tell()

    def _counts(self, path: str, root: str, *, is_folder: bool) -> bool:
        if path == self._without or path.startswith(f"{self._without}{os.sep}"):
            return False
        if any(part.startswith(".") for part in Path(os.path.relpath(path, root)).parts if path != root):
            return False
        return is_folder or kind_of(Path(path).name) is not None


class _Ear(events.FileSystemEventHandler):
    """Passes on what is heard below one folder."""

    def __init__(self, watch: Watch, root: str) -> None:
        self._watch = watch
        self._root = root

    def dispatch(self, event: events.FileSystemEvent) -> None:
        """Pass on one event."""
        self._watch.hear(event, self._root)


def _is_begun(event: events.FileSystemEvent) -> bool:
    """Return whether a file was made that has nothing in it yet; one that was moved here is whole."""
    if event.is_directory or event.event_type != events.EVENT_TYPE_CREATED:
        return False
    try:
        return Path(os.fsdecode(event.src_path)).stat().st_size == 0
    except OSError:
        return False


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)
