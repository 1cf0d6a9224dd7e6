"""The file of vectors: FAISS's own, byte by byte, and read a few at a time."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

from index.flat import FlatReader, FlatWriter, Numbers

DIMENSION = 5


def written(path: Path, numbers: Numbers) -> Path:
    """Write a vector for each number, three at a time, beside the file that FAISS makes of them."""
    vectors = np.random.default_rng(1).standard_normal((len(numbers), DIMENSION)).astype(np.float32)
    with FlatWriter(path, DIMENSION) as writer:
        for first in range(0, len(numbers), 3):
            writer.add(numbers[first : first + 3].tolist(), vectors[first : first + 3])
        assert len(writer) == len(numbers)
    oracle = faiss.IndexIDMap2(faiss.IndexFlatIP(DIMENSION))
    oracle.add_with_ids(vectors, numbers)
    faiss.write_index(oracle, str(path.with_suffix(".oracle")))
    return path


@pytest.mark.parametrize("numbers", [[], [4], [1, 2, 3, 7, 8, 9, 2**40], [9, 2, 5]])
def test_the_bytes_are_those_that_faiss_writes(tmp_path: Path, numbers: list[int]) -> None:
    path = written(tmp_path / "flat", np.array(numbers, dtype=np.int64))
    assert path.read_bytes() == path.with_suffix(".oracle").read_bytes()


@pytest.mark.parametrize("wanted", [[], [7], [9, 1], [2**40, 2, 3, 3]])
def test_the_vectors_read_are_those_that_faiss_holds(tmp_path: Path, wanted: list[int]) -> None:
    path = written(tmp_path / "flat", np.array([1, 9, 3, 2, 7, 2**40], dtype=np.int64))
    oracle = faiss.read_index(str(path))
    with FlatReader(path) as reader:
        found = reader.read(wanted)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, [oracle.reconstruct(number) for number in wanted] or np.empty((0, 5)))


@pytest.mark.parametrize("number", [0, 2, 4])
def test_a_number_that_is_not_there_is_no_other_vector(tmp_path: Path, number: int) -> None:
    path = written(tmp_path / "flat", np.array([1, 3], dtype=np.int64))
    with FlatReader(path) as reader, pytest.raises(KeyError):
        reader.read([number])


def test_a_file_of_another_kind_or_size_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "flat", np.array([1, 3], dtype=np.int64))
    whole = path.read_bytes()
    for content in (b"", whole[:20], whole[:-1], whole + b"\0", b"x" + whole[1:]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="not of the kind or size"):
            FlatReader(path)


def test_a_file_whose_writing_failed_is_not_taken_for_whole(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), FlatWriter(tmp_path / "flat", DIMENSION) as writer:
        writer.add([1], np.ones((1, DIMENSION), dtype=np.float32))
        raise RuntimeError
    with pytest.raises(ValueError, match="not of the kind or size"):
        FlatReader(tmp_path / "flat")
