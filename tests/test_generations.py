"""The index folder: its pointer, its manifest, its lock, and what is kept of older generations."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.errors import IndexFolderError
from index.generations import (
    BUILDING,
    FORMAT,
    KEPT,
    Manifest,
    ModelMark,
    current_generation,
    measured_files,
    publish,
    read_manifest,
    start_generation,
    write_lock,
    write_manifest,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index" / "generations").mkdir(parents=True)
    return tmp_path / "index"


def published(folder: Path, content: bytes = b"content") -> Path:
    """Make one whole generation with a file in it and one in a folder of it."""
    number, building = start_generation(folder)
    (building / "data.bin").write_bytes(content)
    (building / "lexical").mkdir()
    (building / "lexical" / "meta.json").write_text("{}")
    mark = ModelMark("letters", "0" * 64, 26)
    write_manifest(building, Manifest(number, "2023-09-13T00:00:00+00:00", mark, 1, 2, 3, measured_files(building)))
    return publish(folder, building)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "generations").iterdir())


def refusal(folder: Path) -> str:
    with pytest.raises(IndexFolderError) as caught:
        read_manifest(current_generation(folder) or folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_published_generation_is_current_and_says_what_it_holds(folder: Path) -> None:
    generation = published(folder)
    assert current_generation(folder) == generation
    manifest = read_manifest(generation)
    assert (manifest.generation, manifest.format, manifest.model.dimension) == (1, FORMAT, 26)
    assert manifest.files == measured_files(generation)
    assert sorted(manifest.files) == ["data.bin", "lexical/meta.json"]
    assert manifest.files["data.bin"] == (7, "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73")


def test_a_manifest_is_json_that_anybody_can_read(folder: Path) -> None:
    generation = published(folder)
    values = json.loads((generation / "manifest.json").read_text(encoding="utf-8"))
    assert values["model"] == {"name": "letters", "digest": "0" * 64, "dimension": 26}


def test_only_the_newest_generations_are_kept(folder: Path) -> None:
    for _ in range(KEPT + 3):
        published(folder)
    assert names(folder) == [f"{number:08}" for number in range(4, KEPT + 4)]
    assert current_generation(folder) == folder / "generations" / f"{KEPT + 3:08}"


def test_the_generation_that_was_current_is_kept_also_after_going_back(folder: Path) -> None:
    for _ in range(2):
        published(folder)
    (folder / "CURRENT").write_text("00000001\n")  # back from 2, which nobody wants any more
    published(folder)
    assert "00000001" in names(folder)


def test_a_number_is_never_given_twice(folder: Path) -> None:
    for _ in range(2):
        published(folder)
    (folder / "CURRENT").write_text("00000001\n")
    number, _ = start_generation(folder)
    assert number == 3


def test_what_a_dead_build_left_is_cleared_away(folder: Path) -> None:
    number, dead = start_generation(folder)
    (dead / "lexical").mkdir()
    (dead / "lexical" / "half").write_bytes(b"x")
    again, building = start_generation(folder)
    assert (number, again) == (1, 1)
    assert list(building.iterdir()) == []
    assert names(folder) == ["00000001" + BUILDING]


def test_a_folder_that_is_not_there_or_empty_or_never_finished_has_no_generation(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "empty").mkdir()
    start_generation(folder)
    for path in (tmp_path / "missing", tmp_path / "empty", folder):
        assert current_generation(path) is None


def test_a_file_is_no_index_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(IndexFolderError, match="is a file"):
        current_generation(tmp_path / "file")


def test_a_folder_of_other_things_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "letter.doc").write_text("x")
    with pytest.raises(IndexFolderError, match="is not an index"):
        current_generation(tmp_path)


@pytest.mark.parametrize("content", [b"00000009\n", b"", b"../../etc\n", b"\xff\xfe", b"not a number"])
def test_a_pointer_that_leads_nowhere_is_an_error(folder: Path, content: bytes) -> None:
    published(folder)
    (folder / "CURRENT").write_bytes(content)
    with pytest.raises(IndexFolderError, match="CURRENT"):
        current_generation(folder)


@pytest.mark.parametrize("name", ["data.bin", "lexical/meta.json"])
@pytest.mark.parametrize("size", [None, 0, 1, 100])
def test_a_missing_file_or_one_of_another_size_is_named(folder: Path, name: str, size: int | None) -> None:
    path = published(folder) / name
    path.unlink()
    if size is not None:
        path.write_bytes(b"x" * size)
    assert name in refusal(folder)


def test_a_newer_format_says_to_update_and_an_older_one_to_index_again(folder: Path) -> None:
    path = published(folder) / "manifest.json"
    values = json.loads(path.read_text())
    for form, says in ((FORMAT + 1, "update briefings"), (FORMAT - 1, "index the articles again")):
        path.write_text(json.dumps({**values, "format": form}))
        assert says in refusal(folder)


def test_a_newer_format_is_named_even_where_it_has_other_fields(folder: Path) -> None:
    path = published(folder) / "manifest.json"
    path.write_text(json.dumps({"format": FORMAT + 1, "something": "else"}))
    assert f"format {FORMAT + 1}" in refusal(folder)


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"format": 1}', '{"format": "1"}', '{"format": null}', "null", "\0"]
)
def test_a_manifest_that_cannot_be_read_is_an_error_of_one_line(folder: Path, content: str) -> None:
    (published(folder) / "manifest.json").write_text(content)
    assert refusal(folder)


def test_a_manifest_is_written_as_it_is_read(folder: Path) -> None:
    generation = published(folder)
    manifest = read_manifest(generation)
    write_manifest(generation, manifest)
    assert asdict(read_manifest(generation)) == asdict(manifest)


def test_the_lock_is_held_once_and_the_refusal_names_the_holder(folder: Path) -> None:
    with write_lock(folder):
        with pytest.raises(IndexFolderError) as caught, write_lock(folder):
            pass
        since = datetime.now(UTC).date().isoformat()
        assert f"is being written by process {os.getpid()} on {socket.gethostname()} since {since}" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_the_lock_is_free_again_after_it_was_held_and_after_an_error(folder: Path) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), write_lock(folder):
            raise ZeroDivisionError
    with write_lock(folder):
        pass


def test_the_lock_makes_the_folder(tmp_path: Path) -> None:
    with write_lock(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b" / "generations").is_dir()


def test_a_folder_that_cannot_be_made_is_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(IndexFolderError, match="cannot be written"), write_lock(tmp_path / "file" / "index"):
        pass


def test_the_pointer_is_replaced_and_never_written_in_place(folder: Path) -> None:
    published(folder)
    with (folder / "CURRENT").open() as opened:
        published(folder)
        assert opened.read().split()[0] == "00000001"
    assert (folder / "CURRENT").read_text().split()[0] == "00000002"


def test_who_holds_the_lock_is_forgotten_also_after_an_error(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), write_lock(folder):
        assert (folder / "write.lock.holder").exists()
        raise ZeroDivisionError
    assert not (folder / "write.lock.holder").exists()


def test_a_name_that_is_too_long_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match="cannot be read"):
        current_generation(tmp_path / ("x" * 300))
