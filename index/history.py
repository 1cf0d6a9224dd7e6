"""The generations of an index: which are kept, how to go back to one, how to copy one elsewhere."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from index.errors import IndexFolderError
from index.generations import (
    BUILDING,
    Manifest,
    check_files,
    existing_generation,
    generation_numbered,
    kept_generations,
    point_at,
    publish,
    read_manifest,
    write_lock,
)
from index.write import told_as_folder_errors


@dataclass(frozen=True)
class Kept:
    """A generation on disk; `damaged` says what keeps it from being opened, by its manifest and its files' sizes."""

    generation: int
    current: bool
    created: str = ""
    articles: int = 0
    passages: int = 0
    bytes: int = 0
    damaged: str = ""


def kept(folder: Path | str) -> list[Kept]:
    """Return the generations that are kept, the newest first. Raises IndexFolderError where there is no index."""
    target = Path(folder)
    current = existing_generation(target)
    return [_kept(path, current) for path in reversed(kept_generations(target))]


def rollback(folder: Path | str, number: int | None = None) -> Kept:
    """Make an older generation the current one again: the one of that number, else the newest before the current.

    Every byte of it is checked first. Raises IndexFolderError where it is not kept or not whole.
    """
    target = Path(folder)
    existing_generation(target)
    with write_lock(target), told_as_folder_errors(target):
        current = existing_generation(target)
        generation = _before(target, current) if number is None else generation_numbered(target, number)
        if generation == current:
            raise IndexFolderError(f"generation {number} of {target} is the current one: 'briefings status' lists all")
        check_files(generation, read_manifest(generation))
        point_at(target, generation)
        return _kept(generation, generation)


def snapshot(folder: Path | str, target: Path | str) -> Kept:
    """Copy the current generation into a new folder, which is then an index of its own; check every byte.

    Raises IndexFolderError where the folder is there already, or the copy is not what was written.
    """
    source, copy = Path(folder), Path(target)
    generation = existing_generation(source)
    manifest = read_manifest(generation)
    if copy.resolve().is_relative_to(source.resolve()):
        raise IndexFolderError(f"{copy} is inside of {source}: name a folder outside of it")
    is_new = not copy.exists()
    if not is_new and (not copy.is_dir() or any(copy.iterdir())):
        raise IndexFolderError(f"{copy} is there already: name a new folder")
    with told_as_folder_errors(copy), write_lock(copy):
        building = copy / "generations" / f"{generation.name}{BUILDING}"
        try:
            _copy(generation, building, manifest)
            return _kept(*[publish(copy, building)] * 2)
        except BaseException:
            shutil.rmtree(copy if is_new else building, ignore_errors=True)
            raise


def _copy(generation: Path, building: Path, manifest: Manifest) -> None:
    try:
        for name in ("manifest.json", *manifest.files):
            (building / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(generation / name, building / name)
    except FileNotFoundError as error:
        raise IndexFolderError(f"{generation} was dropped while it was copied: run the same command again") from error
    try:
        check_files(building, manifest)
    except IndexFolderError:
        check_files(generation, manifest)  # the message is to name the one that is damaged
        raise


def _before(folder: Path, current: Path) -> Path:
    older = [path for path in kept_generations(folder) if path.name < current.name]
    if not older:
        raise IndexFolderError(f"no older generation is kept in {folder}: 'briefings status' lists what there is")
    return older[-1]


def _kept(path: Path, current: Path) -> Kept:
    number = int(path.name)
    try:
        manifest = read_manifest(path)
    except IndexFolderError as error:
        return Kept(number, path == current, damaged=str(error))
    size = sum(size for size, _ in manifest.files.values())
    return Kept(number, path == current, manifest.created, manifest.articles, manifest.passages, size)
