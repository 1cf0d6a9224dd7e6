"""Small files of JSON lines beside an index: read line by line, changed under a lock, never there in half.

    INDEX-notebook.jsonl         clipped quotes, see notebook.py
    INDEX-searches.jsonl         saved searches, see searches.py
    INDEX-judgements.jsonl       only added to, see judgements.py
    INDEX-*.jsonl.lock           held by the one process that writes

A change writes the whole file anew, flushes it and renames it over the old one: a process that is killed leaves the
old lines or the new ones. A line that is damaged is told and stays as it is; the others are read.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from filelock import FileLock, Timeout

from index.errors import BriefingsError

MOST_BYTES = 50_000_000
WAIT_SECONDS = 10.0  # for another that writes: a change takes milliseconds

Values = dict[str, object]
Record = TypeVar("Record")

_SURROGATE = re.compile("[\ud800-\udfff]")


class KeepingError(BriefingsError):
    """Raise when a file beside an index cannot be read or written, or is full."""


@dataclass(frozen=True)
class Damaged:
    """A line that cannot be read. number: from 1."""

    number: int
    reason: str


@dataclass(frozen=True)
class Kept(Generic[Record]):
    """What a file holds, in its order, and the lines of it that cannot be read."""

    records: tuple[Record, ...] = ()
    damaged: tuple[Damaged, ...] = ()


def beside(folder: Path, name: str) -> Path:
    """Return the path of a file beside an index, under the index's name."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}-{name}.jsonl")


def now() -> str:
    """Return this second, as files tell it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_kept(path: Path, read: Callable[[Values], Record]) -> Kept[Record]:
    """Read a file's records, where `read` raises ValueError for what is none. Raises KeepingError."""
    records: list[Record] = []
    damaged: list[Damaged] = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            records.append(read(_parsed(line)))
        except ValueError as error:
            damaged.append(Damaged(number, str(error)))
    return Kept(tuple(records), tuple(damaged))


def keep(path: Path, values: Mapping[str, object], *, most: int, renew: bool = False) -> None:
    """Add a record; one with its id stays as it is, or is renewed. Raises KeepingError, also for more than `most`."""

    def with_it(lines: list[bytes]) -> list[bytes]:
        others = [line for line in lines if line.strip() and _id_of(line) != values["id"]]
        if not renew and any(_id_of(line) == values["id"] for line in lines):
            return lines
        if len(others) >= most:
            raise KeepingError(f"{path} holds {most:,} lines, and no more are kept: export them and remove some")
        return [*others, _written(values)]

    _rewrite(path, with_it)


def change(path: Path, record_id: str, fields: Mapping[str, object]) -> None:
    """Change fields of the record with this id, if it is still there. Raises KeepingError."""
    _rewrite(path, lambda lines: [_changed(line, fields) if _id_of(line) == record_id else line for line in lines])


def discard(path: Path, record_id: str) -> None:
    """Remove the record with this id, if it is still there. Raises KeepingError."""
    _rewrite(path, lambda lines: [line for line in lines if _id_of(line) != record_id])


def _changed(line: bytes, fields: Mapping[str, object]) -> bytes:
    return _written({**_parsed(line), **fields})


def _written(values: Mapping[str, object]) -> bytes:
    text = json.dumps(values, ensure_ascii=False)
    return _SURROGATE.sub("\ufffd", text).encode()


def _parsed(line: bytes) -> Values:
    """Return the values of a line. Raises ValueError."""
    try:
        values = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    if not isinstance(values, dict):
        raise ValueError("is not a JSON object")
    return values


def _id_of(line: bytes) -> object:
    try:
        return _parsed(line).get("id")
    except ValueError:
        return None


def _lines(path: Path) -> list[bytes]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise KeepingError(f"{path} has more than {MOST_BYTES // 1_000_000} MB: move it away to begin a new one")
        return path.read_bytes().removesuffix(b"\n").split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise KeepingError(f"{path} cannot be read ({error.strerror}): check its permissions") from error


def _rewrite(path: Path, edit: Callable[[list[bytes]], list[bytes]]) -> None:
    with _locked(path):
        before = _lines(path)
        after = edit(before)
        if after != before:
            _replace(path, b"".join(line + b"\n" for line in after))


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise _not_written(path, error) from error


def flush_folder(folder: Path) -> None:
    """Have the names of a folder's files on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = FileLock(path.with_name(f"{path.name}.lock"))
    try:
        lock.acquire(timeout=WAIT_SECONDS)
    except Timeout:
        raise KeepingError(f"{path} is being written by another process: try again") from None
    except OSError as error:
        raise _not_written(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _not_written(path: Path, error: OSError) -> KeepingError:
    return KeepingError(f"{path} cannot be written ({error.strerror}): make room or check the folder's permissions")


def text_of(values: Values, name: str, *, most: int = 1_000_000) -> str:
    """Return a field that is text. Raises ValueError."""
    value = values.get(name)
    if not isinstance(value, str) or _SURROGATE.search(value) or len(value) > most:
        raise ValueError(f"has no text as its “{name}”")
    return value


def known_text(values: Values, name: str) -> str | None:
    """Return a field that is text or null. Raises ValueError."""
    return None if values.get(name) is None else text_of(values, name)


def whole_of(values: Values, name: str) -> int:
    """Return a field that is a whole number from 0 up. Raises ValueError."""
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"has no whole number as its “{name}”")
    return value


def texts_of(values: Values, name: str) -> tuple[str, ...]:
    """Return a field that is a list of texts. Raises ValueError."""
    value = values.get(name)
    if not isinstance(value, list):
        raise ValueError(f"has no list as its “{name}”")
    return tuple(text_of({name: each}, name) for each in value)
