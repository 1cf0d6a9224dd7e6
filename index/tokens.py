"""Token vectors on disk: one sign bit a number, memory-mapped.

A token of 384 numbers takes 48 bytes. A float question vector times a row of +1 and -1 keeps nearly all of
what the full vectors tell about order (the figures are in the README).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embed import Vector
from index.errors import IndexFolderError

Bits = NDArray[np.uint8]


def sign_bits(tokens: Vector) -> Bits:
    """Pack (t, d) float32 rows into (t, ceil(d / 8)) bytes; a bit is 1 where the number is above zero."""
    return np.packbits(tokens > 0, axis=1)


def ones(bits: Bits, dimension: int) -> Vector:
    """Unpack (t, ceil(d / 8)) bytes into (t, d) float32 rows of 1 where a sign bit is set, else 0."""
    rows: Vector = np.unpackbits(bits, axis=1, count=dimension).astype(np.float32)
    return rows


def open_bits(path: Path, *, rows: int, dimension: int) -> Bits:
    """Map a file of token rows without reading it. Raises IndexFolderError where its size is not that."""
    width = (dimension + 7) // 8
    if path.stat().st_size != rows * width:
        raise IndexFolderError(f"{path} is not of the size its index says: run 'briefings index' into a new folder")
    if rows == 0:
        return np.empty((0, width), dtype=np.uint8)
    return np.memmap(path, dtype=np.uint8, mode="r", shape=(rows, width))
