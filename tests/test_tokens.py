"""Token vectors as sign bits: packing, unpacking, and the file they are read from."""

from __future__ import annotations

import binascii
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import IndexFolderError
from index.generations import BITS, CHECKS
from index.tokens import BLOCK, Bits, TokenRows, ones, sign_bits, write_checksums


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


@pytest.fixture
def rows() -> Bits:
    """Return 1,000 rows of 5 bytes, none like another, in one block and part of a second."""
    bits = sign_bits(np.random.default_rng(1).standard_normal((1000, 40)).astype(np.float32))
    assert BLOCK < bits.nbytes < 2 * BLOCK
    return bits


def written(folder: Path, bits: Bits) -> Path:
    path = folder / BITS
    path.write_bytes(bits.tobytes())
    write_checksums(path)
    return path


@pytest.mark.parametrize(
    "wanted",
    [slice(0, 1), slice(3, 3), slice(0, 1000), slice(818, 820), slice(819, 821), slice(995, 1000), slice(None)],
)
def test_rows_are_read_as_they_were_written(tmp_path: Path, rows: Bits, wanted: slice) -> None:
    with TokenRows(written(tmp_path, rows), rows=1000, dimension=40) as stored:
        assert np.array_equal(stored[wanted], rows[wanted])
        assert stored[wanted].shape == rows[wanted].shape
        assert len(stored) == 1000


@given(st.integers(0, 4999), st.integers(0, 7))
def test_a_changed_bit_is_told_of_by_whoever_reads_its_block_and_by_nobody_else(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    bits = sign_bits(np.random.default_rng(1).standard_normal((1000, 40)).astype(np.float32))
    path = written(tmp_path_factory.mktemp("rows"), bits)
    with TokenRows(path, rows=1000, dimension=40) as stored:  # also where the bit changes after it was opened
        content = bytearray(bits.tobytes())
        content[at] ^= 1 << bit
        path.write_bytes(content)
        with pytest.raises(
            IndexFolderError, match=r"tokens\.bits is missing or damaged: run 'briefings doctor --repair"
        ):
            stored[at // 5 : at // 5 + 1]
        other = slice(0, 100) if at >= BLOCK else slice(900, 1000)
        assert np.array_equal(stored[other], bits[other])


def test_a_file_that_was_cut_off_while_it_is_open_is_told_of(tmp_path: Path, rows: Bits) -> None:
    path = written(tmp_path, rows)
    with TokenRows(path, rows=1000, dimension=40, checked=False) as stored:
        os.truncate(path, 4998)
        assert np.array_equal(stored[:999], rows[:999])
        with pytest.raises(IndexFolderError, match="missing or damaged"):
            stored[999:]


def test_checksums_are_crc_32_of_four_kilobytes_each(tmp_path: Path, rows: Bits) -> None:
    path = written(tmp_path, rows)
    content = path.read_bytes()
    assert path.with_name(CHECKS).read_bytes() == struct.pack(
        "<2I", binascii.crc32(content[:4096]), binascii.crc32(content[4096:])
    )


@pytest.mark.parametrize("size", [0, 19, 21, 40])
@pytest.mark.parametrize("name", [BITS, CHECKS])
def test_a_file_of_another_size_is_refused(tmp_path: Path, name: str, size: int) -> None:
    written(tmp_path, np.zeros((5, 4), dtype=np.uint8))
    (tmp_path / name).write_bytes(b"\x00" * size)
    with pytest.raises(IndexFolderError, match="missing or damaged"):
        TokenRows(tmp_path / BITS, rows=5, dimension=26)


def test_no_rows_are_an_empty_array(tmp_path: Path) -> None:
    with TokenRows(written(tmp_path, np.zeros((0, 4), dtype=np.uint8)), rows=0, dimension=26) as stored:
        assert stored[:].shape == (0, 4)
