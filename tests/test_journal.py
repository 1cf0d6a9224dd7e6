"""The journal of an unfinished build: what was embedded stays embedded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import Letters

from index.journal import Journal
from index.tokens import sign_bits

TEXTS = ["kim putin", "grain", "oil for food"]
KEYS = [bytes([number]) * 16 for number in range(3)]


def filled(path: Path, letters: Letters, copies: int = 1) -> None:
    with Journal(path) as journal:
        for copy in range(copies):
            keys = [key[:15] + bytes([copy]) for key in KEYS] if copy else KEYS
            journal.add(keys, letters.encode(TEXTS, role="document"))


def test_what_was_added_is_there_after_opening_again(tmp_path: Path, letters: Letters) -> None:
    filled(tmp_path / "j.sqlite", letters)
    with Journal(tmp_path / "j.sqlite") as journal:
        for key, encoded in zip(KEYS, letters.encode(TEXTS, role="document"), strict=True):
            assert key in journal
            vector, bits = journal.get(key, 26)
            assert np.array_equal(vector, encoded.vector)
            assert np.array_equal(bits, sign_bits(encoded.tokens))
        assert b"\xff" * 16 not in journal


def test_a_text_embedded_twice_is_kept_once(tmp_path: Path, letters: Letters) -> None:
    filled(tmp_path / "j.sqlite", letters)
    filled(tmp_path / "j.sqlite", letters)
    with Journal(tmp_path / "j.sqlite") as journal:
        assert journal.get(KEYS[0], 26)[1].shape == (2, 4)


def test_a_deleted_journal_leaves_no_file(tmp_path: Path, letters: Letters) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        journal.add(KEYS, letters.encode(TEXTS, role="document"))
        assert list(tmp_path.iterdir()) != []
    journal.delete()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"", b"no database at all, but some bytes", b"SQLite format 3\x00" + b"\xff" * 4096]
)
def test_a_file_that_is_no_journal_is_begun_anew(tmp_path: Path, letters: Letters, content: bytes) -> None:
    (tmp_path / "j.sqlite").write_bytes(content)
    with Journal(tmp_path / "j.sqlite") as journal:
        assert KEYS[0] not in journal
        journal.add(KEYS, letters.encode(TEXTS, role="document"))
        assert KEYS[0] in journal


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_journal_that_lost_its_end_is_begun_anew_or_still_true(
    tmp_path: Path, letters: Letters, share: float
) -> None:
    path = tmp_path / "j.sqlite"
    filled(path, letters, copies=200)
    with path.open("r+b") as file:
        file.truncate(int(path.stat().st_size * share))
    expected = letters.encode(TEXTS, role="document")[0].vector
    with Journal(path) as journal:
        for copy in range(200):
            key = KEYS[0][:15] + bytes([copy])
            assert key not in journal or np.array_equal(journal.get(key, 26)[0], expected)


@pytest.mark.parametrize("share", [number / 40 for number in range(40)])
def test_a_journal_with_a_changed_byte_gives_what_was_put_in_or_has_it_not(
    tmp_path: Path, letters: Letters, share: float
) -> None:
    path = tmp_path / "j.sqlite"
    filled(path, letters, copies=20)
    content = bytearray(path.read_bytes())
    content[int(share * len(content))] ^= 0x10
    path.write_bytes(content)
    expected = letters.encode(TEXTS, role="document")[0]
    with Journal(path) as journal:
        for copy in range(20):
            key = KEYS[0][:15] + bytes([copy])
            if key in journal:
                vector, bits = journal.get(key, 26)
                assert np.array_equal(vector, expected.vector)
                assert np.array_equal(bits, sign_bits(expected.tokens))
        journal.add(KEYS, letters.encode(TEXTS, role="document"))
        assert KEYS[0] in journal
