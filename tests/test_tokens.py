"""Token vectors as sign bits: packing, unpacking, and the file they are mapped from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import IndexFolderError
from index.tokens import ones, open_bits, sign_bits


def test_a_bit_is_one_where_the_number_is_above_zero() -> None:
    row = np.array([1.0, -1.0, 0.0, 0.5, -0.1, 2.0, 3.0, -4.0], dtype=np.float32)
    assert sign_bits(row[np.newaxis]).tolist() == [[0b10010110]]


def test_bits_beyond_the_last_number_are_zero_and_do_not_come_back() -> None:
    bits = sign_bits(np.ones((2, 10), dtype=np.float32))
    assert bits.tolist() == [[0b11111111, 0b11000000]] * 2
    assert ones(bits, 10).tolist() == [[1.0] * 10] * 2


@given(st.integers(0, 9), st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_unpacking_gives_what_was_above_zero(rows: int, dimension: int, seed: int) -> None:
    tokens = np.random.default_rng(seed).standard_normal((rows, dimension)).astype(np.float32)
    back = ones(sign_bits(tokens), dimension)
    assert back.dtype == np.float32
    assert np.array_equal(back, tokens > 0)


def test_a_row_takes_48_bytes_for_384_numbers() -> None:
    assert sign_bits(np.zeros((3, 384), dtype=np.float32)).shape == (3, 48)


def test_a_file_of_rows_is_mapped_read_only(tmp_path: Path) -> None:
    bits = sign_bits(np.random.default_rng(1).standard_normal((5, 26)).astype(np.float32))
    (tmp_path / "tokens.bits").write_bytes(bits.tobytes())
    mapped = open_bits(tmp_path / "tokens.bits", rows=5, dimension=26)
    assert isinstance(mapped, np.memmap)
    assert np.array_equal(mapped, bits)
    with pytest.raises(ValueError, match="read-only"):
        mapped[0, 0] = 1


@pytest.mark.parametrize("size", [0, 19, 21, 40])
def test_a_file_of_another_size_is_refused(tmp_path: Path, size: int) -> None:
    (tmp_path / "tokens.bits").write_bytes(b"\x00" * size)
    with pytest.raises(IndexFolderError, match="not of the size"):
        open_bits(tmp_path / "tokens.bits", rows=5, dimension=26)


def test_no_rows_are_an_empty_array(tmp_path: Path) -> None:
    (tmp_path / "tokens.bits").write_bytes(b"")
    assert open_bits(tmp_path / "tokens.bits", rows=0, dimension=26).shape == (0, 4)
