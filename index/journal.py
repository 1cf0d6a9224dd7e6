"""Embedding work that a build has done, kept until its generation is published.

Embedding is nearly all of a build's time. If the build is interrupted, the next one takes what is here.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import numpy as np

from index.embed import Encoded, Vector
from index.tokens import Bits, sign_bits

NAME = "embedded.sqlite"


class Journal:
    """Vectors and token bits by embedding key, committed a batch at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError:  # half-written by a machine that went down: its work is done again
            self.delete()
            self._connection = self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def add(self, keys: Iterable[bytes], encoded: Iterable[Encoded]) -> None:
        """Keep a batch of embedded texts."""
        rows = [
            (key, result.vector.tobytes(), sign_bits(result.tokens).tobytes())
            for key, result in zip(keys, encoded, strict=True)
        ]
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO texts VALUES (?, ?, ?, ?)", [(*row, _check(*row)) for row in rows]
            )

    def __contains__(self, key: bytes) -> bool:
        try:
            row = self._connection.execute("SELECT vector, bits, digest FROM texts WHERE key = ?", (key,)).fetchone()
        except sqlite3.DatabaseError:  # damaged on the disk: its work is done again
            self._connection.close()
            self.delete()
            self._connection = self._open()
            return False
        return row is not None and row[2] == _check(key, row[0], row[1])

    def get(self, key: bytes, dimension: int) -> tuple[Vector, Bits]:
        """Return the vector (d,) and the packed token rows (t, ceil(d / 8)) of one text."""
        vector, bits = self._connection.execute("SELECT vector, bits FROM texts WHERE key = ?", (key,)).fetchone()
        width = (dimension + 7) // 8
        return np.frombuffer(vector, dtype=np.float32), np.frombuffer(bits, dtype=np.uint8).reshape(-1, width)

    def delete(self) -> None:
        """Remove the journal: what it holds stands in a generation."""
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS texts (key BLOB PRIMARY KEY, vector BLOB, bits BLOB, digest BLOB)"
        )
        return connection


def _check(key: bytes, vector: object, bits: object) -> bytes:
    """Return the digest that tells a row from one that a disk has changed, whatever type it has become."""
    return hashlib.sha256(b"%b\0%r\0%r" % (key, vector, bits)).digest()[:8]
