"""Token vectors on disk: one sign bit a number, with a checksum for each block of the file.

A token of 384 numbers takes 48 bytes. A float question vector times a row of +1 and -1 keeps nearly all of
what the full vectors tell about order (the figures are in the README).

The file is by far the largest of an index and is not read through when an index is opened: each block is checked
whenever rows of it are read. A CRC-32 of 4 KiB finds every change within 32 bits of one another, takes a microsecond,
and all of them a thousandth of the file's size.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.embed import Vector
from index.generations import CHECKS, missing_or_damaged

Bits = NDArray[np.uint8]

BLOCK = 4096  # bytes of token rows under one checksum; the last block may be shorter
_CHECK = struct.Struct("<I")


def sign_bits(tokens: Vector) -> Bits:
    """Pack (t, d) float32 rows into (t, ceil(d / 8)) bytes; a bit is 1 where the number is above zero."""
    return np.packbits(tokens > 0, axis=1)


def ones(bits: Bits, dimension: int) -> Vector:
    """Unpack (t, ceil(d / 8)) bytes into (t, d) float32 rows of 1 where a sign bit is set, else 0."""
    rows: Vector = np.unpackbits(bits, axis=1, count=dimension).astype(np.float32)
    return rows


def checksums(path: Path) -> bytes:
    """Return the checksums of a file's blocks, in order."""
    with path.open("rb") as file:
        return b"".join(_CHECK.pack(zlib.crc32(block)) for block in iter(lambda: file.read(BLOCK), b""))


def write_checksums(path: Path) -> None:
    """Write the checksums of a file of token rows beside it."""
    path.with_name(CHECKS).write_bytes(checksums(path))


class TokenRows:
    """A file of token rows, of which some are read at a time, by any number of threads."""

    def __init__(self, path: Path, *, rows: int, dimension: int, checked: bool = True) -> None:
        """Open a file. Raises IndexFolderError where it, or its checksums, are not of the size that they should be.

        checked: whether blocks are checked as they are read; not where the whole file has been.
        """
        self.path = path
        self.shape = rows, (dimension + 7) // 8
        size = rows * self.shape[1]
        self._checks = path.with_name(CHECKS).read_bytes() if checked else None
        blocks = -(-size // BLOCK)
        if path.stat().st_size != size or (self._checks is not None and len(self._checks) != blocks * _CHECK.size):
            raise missing_or_damaged(path, path.parent)
        self._file = path.open("rb", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> Bits:
        """Return consecutive rows (t, ceil(d / 8)). Raises IndexFolderError where they are not what was written."""
        start, stop, _ = rows.indices(len(self))
        width = self.shape[1]
        first = start * width // BLOCK
        after = -(-stop * width // BLOCK)
        # Not by way of a mapped file: a sector that cannot be read would then end the process, and its pages would
        # count as memory of this process.
        try:
            content = os.pread(self._file.fileno(), (after - first) * BLOCK, first * BLOCK)
        except OSError as error:
            raise missing_or_damaged(self.path, self.path.parent) from error
        wanted = range(start * width - first * BLOCK, stop * width - first * BLOCK)
        if len(content) < wanted.stop or not self._are_whole(first, content):
            raise missing_or_damaged(self.path, self.path.parent)
        return np.frombuffer(content, np.uint8, count=len(wanted), offset=wanted.start).reshape(-1, width)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _are_whole(self, first: int, content: bytes) -> bool:
        if self._checks is None:
            return True
        blocks = memoryview(content)
        found = (zlib.crc32(blocks[at : at + BLOCK]) for at in range(0, len(content), BLOCK))
        return all(
            _CHECK.unpack_from(self._checks, number * _CHECK.size)[0] == check
            for number, check in enumerate(found, start=first)
        )
