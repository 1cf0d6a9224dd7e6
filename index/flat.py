"""FAISS's own file of vectors for exact search, written and read a few vectors at a time.

FAISS writes such a file from an index that it holds in memory whole: 1.5 kB a passage. A build holds no more than the
vectors at hand, so that its memory does not grow with the index. The bytes are those that `faiss.write_index` writes
for IndexIDMap2(IndexFlatIP(d)), and a test holds them to that.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.embed import Vector

Numbers = NDArray[np.int64]

# Of the outer and of the inner index: its kind, dimension, vectors, two unused numbers, whether it is trained (always),
# and its metric (0: inner product). Then how many float32 numbers follow, these, how many ids, and these.
_HEADER = struct.Struct("<4siqqq?i4siqqq?iq")
_COUNT = struct.Struct("<q")
_UNUSED = 1 << 20


class FlatWriter:
    """A file of vectors that is being written; it is whole when the context ends."""

    def __init__(self, path: Path, dimension: int) -> None:
        self._dimension = dimension
        self._numbers = array("q")
        self._file = path.open("wb")
        self._file.write(_header(dimension, 0))

    def __len__(self) -> int:
        return len(self._numbers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._file:
            if kind is None:
                self._file.write(_COUNT.pack(len(self)) + np.array(self._numbers, dtype="<i8").tobytes())
                self._file.seek(0)
                self._file.write(_header(self._dimension, len(self)))

    def add(self, numbers: Sequence[int], vectors: Vector) -> None:
        """Write vectors (n, d) under these numbers."""
        self._file.write(np.asarray(vectors, dtype="<f4").tobytes())
        self._numbers.extend(numbers)


class FlatReader:
    """A file of vectors of which a few are read at a time."""

    def __init__(self, path: Path) -> None:
        """Open a file. Raises ValueError where it is not one that a FlatWriter, or FAISS, has written."""
        self._file = path.open("rb")
        try:
            head = self._file.read(_HEADER.size)
            self.dimension, count = struct.unpack_from("<iq", head.ljust(_HEADER.size, b"\0"), 4)
            if head != _header(self.dimension, count) or path.stat().st_size != self._ids_at(count) + 8 * count:
                raise ValueError(f"{path.name} is not of the kind or size that it was written in")
            self._file.seek(self._ids_at(count))
            self._numbers: Numbers = np.frombuffer(self._file.read(), dtype="<i8").astype(np.int64)
        except BaseException:
            self._file.close()
            raise
        self._order = np.argsort(self._numbers, kind="stable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def read(self, numbers: Sequence[int]) -> Vector:
        """Return the vectors (n, d) under these numbers. Raises KeyError where there is none."""
        places = np.searchsorted(self._numbers, numbers, sorter=self._order)
        vectors = np.empty((len(places), self.dimension), dtype="<f4")
        for row, (number, place) in enumerate(zip(numbers, places, strict=True)):
            at = self._order[place] if place < len(self._order) else None
            if at is None or self._numbers[at] != number:
                raise KeyError(number)
            self._file.seek(_HEADER.size + int(at) * vectors.itemsize * self.dimension)
            self._file.readinto(vectors[row].data)
        return vectors.astype(np.float32, copy=False)

    def _ids_at(self, count: int) -> int:
        return int(_HEADER.size + 4 * count * self.dimension + _COUNT.size)


def _header(dimension: int, count: int) -> bytes:
    same = (dimension, count, _UNUSED, _UNUSED, True, 0)
    return _HEADER.pack(b"IxM2", *same, b"IxFI", *same, count * dimension)
