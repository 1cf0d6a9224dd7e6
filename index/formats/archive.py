"""Archives (.zip, .tar.gz, .tgz): their members one by one, unpacked in memory and within bounds.

Nothing is written to disk, so no name in an archive leads anywhere; sizes that it states are not believed.
"""

from __future__ import annotations

import gzip
import io
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from index.errors import InputError
from index.formats.zipped import ZIP_ERRORS

MOST_UNPACKED_BYTES = 500_000_000
MOST_MEMBERS = 20_000
MOST_DEPTH = 2  # an archive in an archive is read, one in that is not

Member = tuple[str, BinaryIO | InputError]


class OverBudgetError(InputError):
    """Raise where an archive, with all that it holds, goes beyond a bound: the rest of it is not read."""


class Budget:
    """What may still be unpacked of one archive and of the archives in it."""

    def __init__(self) -> None:
        self._bytes = MOST_UNPACKED_BYTES
        self._members = MOST_MEMBERS

    def take_bytes(self, count: int) -> None:
        """Count bytes that came out. Raises OverBudgetError."""
        self._bytes -= count
        if self._bytes < 0:
            raise OverBudgetError(
                f"unpacks to more than {MOST_UNPACKED_BYTES // 1_000_000} MB: unpack it and name its folder"
            )

    def take_member(self) -> None:
        """Count a member, whatever its kind. Raises OverBudgetError."""
        self._members -= 1
        if self._members < 0:
            raise OverBudgetError(f"holds more than {MOST_MEMBERS:,} files: unpack it and name its folder")


class _Counted(io.RawIOBase):
    """What a decoder gives, counted, with its failures told as InputError."""

    def __init__(self, stream: BinaryIO, budget: Budget | None) -> None:
        self._stream = stream
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        target = memoryview(buffer)
        try:
            data = self._stream.read(len(target))
        except (*ZIP_ERRORS, tarfile.TarError) as error:
            raise InputError("is damaged in its archive: pack it again") from error
        if self._budget:
            self._budget.take_bytes(len(data))
        target[: len(data)] = data
        return len(data)


def members(kind: str, content: BinaryIO, budget: Budget, wanted: Callable[[str], bool]) -> Iterator[Member]:
    """Yield the wanted files of an archive, each to be read before the next one is asked for.

    Raises InputError where the archive is damaged, OverBudgetError where it goes beyond a bound.
    """
    yield from _zip_members(content, budget, wanted) if kind == ".zip" else _tar_members(content, budget, wanted)


def _zip_members(content: BinaryIO, budget: Budget, wanted: Callable[[str], bool]) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(content)
    except ZIP_ERRORS as error:
        raise InputError("is no zip archive or a damaged one: pack it again") from error
    for info in archive.infolist():
        budget.take_member()
        name = _plain_name(info.filename)
        mode = info.external_attr >> 16
        if info.is_dir() or (stat.S_IFMT(mode) and not stat.S_ISREG(mode)) or not _seen(name) or not wanted(name):
            continue
        if info.flag_bits & 1:
            yield name, InputError("is encrypted: pack it again without a password")
            continue
        try:
            member = archive.open(info)
        except ZIP_ERRORS as error:
            yield name, _unread(error)
            continue
        with member:
            yield name, io.BufferedReader(_Counted(member, budget))  # type: ignore[arg-type]


def _unread(error: Exception) -> InputError:
    if isinstance(error, NotImplementedError):
        return InputError("is packed by a method that is not read: pack it again as an ordinary zip")
    return InputError("is damaged in its archive: pack it again")


def _tar_members(content: BinaryIO, budget: Budget, wanted: Callable[[str], bool]) -> Iterator[Member]:
    # All that is unpacked is counted, also of members that are passed over.
    unpacked = io.BufferedReader(_Counted(gzip.GzipFile(fileobj=content), budget))  # type: ignore[arg-type]
    damaged = InputError("is no .tar.gz archive or a damaged one: pack it again")
    try:
        archive = tarfile.open(fileobj=unpacked, mode="r|")  # noqa: SIM115  (its file is not ours to close)
        while True:
            info = archive.next()
            if info is None:
                return
            budget.take_member()
            archive.members.clear()  # type: ignore[attr-defined]  # it would keep them all
            name = _plain_name(info.name)
            if not info.isreg() or not _seen(name) or not wanted(name):
                continue
            if info.issparse():  # its holes could be read for ever
                yield name, InputError("is packed with holes: pack it again without --sparse")
                continue
            member = archive.extractfile(info)
            if member is not None:
                yield name, io.BufferedReader(_Counted(member, None))  # type: ignore[arg-type]
    except (*ZIP_ERRORS, tarfile.TarError) as error:
        raise damaged from error


def _plain_name(name: str) -> str:
    """Return the path of a member with nothing in it that leads out of its archive."""
    return "/".join(part for part in re.split(r"[/\\]+", name) if part not in ("", ".", ".."))


def _seen(name: str) -> bool:
    return bool(name) and not any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))
