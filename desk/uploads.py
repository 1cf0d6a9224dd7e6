"""Files from the browser, kept in a folder beside the index: what is taken, under which name, how much of it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from desk.opening import check_may_write
from index.articles import KINDS, MOST_FILE_BYTES, kind_of

# These limits hold for what is kept. Streamlit's own server.maxUploadSize refuses a larger file as it comes; it has no
# limit of how many come, and holds them in memory until their page is closed.
MOST_UPLOADS = 200
MOST_NAME_BYTES = 120
MOST_UPLOAD_BYTES = 200_000_000  # of all files of one go
MOST_KEPT_BYTES = 5_000_000_000  # of the whole folder: a disk that is full stops more than this app

Refusals = list[tuple[str, str]]
Standing = Literal["new", "same", "differs"]


class Upload(Protocol):
    """A file as the browser sent it."""

    @property
    def name(self) -> str:
        """Return the name that the sender gave it."""

    @property
    def size(self) -> int:
        """Return its length in bytes."""

    def getvalue(self) -> bytes:
        """Return its content."""


AnyUpload = TypeVar("AnyUpload", bound=Upload)


def safe_name(name: str) -> str:
    """Return the last part of a file's name, without what a file system or a walk over the folder trips on."""
    last = re.split(r"[/\\]", name)[-1].strip()
    path = re.sub(r"[^\w.()-]", "-", last)
    stem, _, kind = path.rpartition(".") if "." in path else (path, "", "")
    short = stem.strip(".").encode()[:MOST_NAME_BYTES].decode(errors="ignore") or "article"
    return f"{short}.{kind.lower()}" if kind else short


def sorted_out(uploads: Iterable[AnyUpload], held: int = 0) -> tuple[list[tuple[str, AnyUpload]], Refusals]:
    """Return the files that are taken, each with its safe name, and the others, with why. held: bytes kept before."""
    taken: list[tuple[str, AnyUpload]] = []
    refused: Refusals = []
    size = 0
    for number, upload in enumerate(uploads):
        name = safe_name(upload.name)
        if number >= MOST_UPLOADS:
            reason = f"is one of more than {MOST_UPLOADS} files: add the rest in a second step"
        elif kind_of(name) is None:
            reason = f"is of a kind that is not read: kinds read are {' '.join(KINDS)}"
        elif upload.size > MOST_FILE_BYTES:
            reason = f"is larger than {MOST_FILE_BYTES // 1_000_000} MB: split it"
        elif size + upload.size > MOST_UPLOAD_BYTES:
            reason = f"is beyond the {MOST_UPLOAD_BYTES // 1_000_000} MB of one go: add the rest in a second step"
        elif held + size + upload.size > MOST_KEPT_BYTES:
            reason = "does not fit: the folder of added files is full; index from a folder of your own"
        else:
            size += upload.size
            taken.append((name, upload))
            continue
        refused.append((upload.name, reason))
    return taken, refused


def held_bytes(folder: Path) -> int:
    """Return how much the folder of added files holds."""
    return sum(path.lstat().st_size for path in folder.iterdir()) if folder.is_dir() else 0


def standing(folder: Path, name: str, content: bytes) -> Standing:
    """Return whether a file of that name was added before, with this content or with another."""
    path = folder / name
    if not path.is_file() or path.is_symlink():
        return "new"
    if path.stat().st_size != len(content):
        return "differs"
    with path.open("rb") as file:
        known = hashlib.file_digest(file, "sha256").digest()
    return "same" if known == hashlib.sha256(content).digest() else "differs"


def keep_uploads(uploads: Iterable[Upload], folder: Path, replace: Collection[str] = ()) -> Refusals:
    """Write the files into the folder, each under its own name, and return those that are not kept, with why.

    replace: names whose earlier file, added before, makes room; all others are kept beside what is there.
    """
    check_may_write()
    folder.mkdir(parents=True, exist_ok=True)
    taken, refused = sorted_out(uploads, held_bytes(folder))
    replaced: set[str] = set()
    for name, upload in taken:
        path = folder / name
        # Two files of one name that come together do not replace each other, and no link is written through.
        if name in replace and name not in replaced and path.is_file() and not path.is_symlink():
            _write_over(path, upload.getvalue())
            replaced.add(name)
        else:
            _write_new(folder, name, upload.getvalue())
    return refused


def _write_over(path: Path, content: bytes) -> None:
    """Replace a file as a whole: who reads it sees the old content or the new."""
    part = path.with_name(f".{path.name}.part")  # hidden: a walk over the folder passes it over
    part.unlink(missing_ok=True)
    with part.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _write_new(folder: Path, name: str, content: bytes) -> None:
    """Write a file under a name that no other content has; nothing is ever written over, and no link followed."""
    suffix = kind_of(name) or Path(name).suffix
    stem = name.removesuffix(suffix)
    number = 1
    while True:
        path = folder / (name if number == 1 else f"{stem}-{number}{suffix}")
        try:
            with path.open("xb") as file:
                file.write(content)
            return
        except FileExistsError:
            if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
                return
        number += 1
