"""Archives: what is read of them, under which ids, and where reading stops."""

from __future__ import annotations

import io
import json
import random
import tarfile
import zipfile
from pathlib import Path

import pytest

from index.articles import InputFile, Problem, find_files, read_file
from index.formats import archive, readers
from index.records import Article

PROSE = "The minister told reporters on Monday that the port would open again before winter.\n"
LINE = json.dumps({"_id": "1", "text": PROSE}) + "\n"
KINDS = pytest.mark.parametrize("kind", ["zip", "tar.gz", "tgz"])
Files = dict[str, "str | bytes"]


def packed(kind: str, files: Files) -> bytes:
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, text in files.items():
                zipped.writestr(name, text)
    else:
        with tarfile.open(fileobj=out, mode="w:gz") as tarred:
            for name, text in files.items():
                data = text.encode() if isinstance(text, str) else text
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tarred.addfile(info, io.BytesIO(data))
    return out.getvalue()


def read(tmp_path: Path, name: str, data: bytes) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the ids of the articles that are found, and where each problem is with its reason."""
    path = tmp_path / name
    path.write_bytes(data)
    (file,), problems = find_files([path])
    assert problems == []
    with path.open("rb") as content:
        found = list(read_file(file, content))
    ids = [each.article_id for each in found if isinstance(each, Article)]
    wrong = [(each.where.removeprefix(str(path)), each.reason) for each in found if isinstance(each, Problem)]
    assert all("\n" not in where + reason for where, reason in wrong)
    return ids, wrong


@KINDS
def test_members_of_every_kind_are_read_under_their_path_in_the_archive(tmp_path: Path, kind: str) -> None:
    files: Files = {
        "b/a b.txt": PROSE,
        "a.md": PROSE,
        "lines.jsonl": LINE + "oops\n",
        "bad.txt": b"caf\xe9",
        "photo.png": b"\x89PNG",
        ".hidden.txt": PROSE,
        "__MACOSX/a.md": PROSE,
        "b/.git/a.txt": PROSE,
    }
    ids, wrong = read(tmp_path, f"news.{kind}", packed(kind, files))
    assert ids == [f"news.{kind}/b/a%20b.txt", f"news.{kind}/a.md", "1"]
    assert [where for where, _ in wrong] == ["/lines.jsonl line 2", "/bad.txt"]


def test_the_two_suffixes_of_an_archive_are_one_kind(tmp_path: Path) -> None:
    for name in ("a.TAR.GZ", "b.tgz", "c.gz", "d.tar", "e.tar.gz.txt", ".tar.gz"):
        (tmp_path / name).write_text(PROSE)
    files, _ = find_files([tmp_path])
    assert [file.article_id for file in files] == ["a.TAR.GZ", "b.tgz", "e.tar.gz.txt"]


@KINDS
@pytest.mark.parametrize("name", ["../../up.txt", "/up.txt", "a/../up.txt", "..\\up.txt", "./up.txt"])
def test_no_name_leads_out_of_its_archive(tmp_path: Path, kind: str, name: str) -> None:
    (tmp_path / "in").mkdir()
    ids, wrong = read(tmp_path / "in", f"news.{kind}", packed(kind, {name: PROSE}))
    assert (ids, wrong) in [([f"news.{kind}/up.txt"], []), ([f"news.{kind}/a/up.txt"], [])]
    assert [path.name for path in tmp_path.rglob("*")] == ["in", f"news.{kind}"]


@KINDS
def test_an_archive_in_an_archive_is_read_and_one_in_that_is_not(tmp_path: Path, kind: str) -> None:
    innermost = packed(kind, {"deep.txt": PROSE})
    inner = packed(kind, {"two.txt": PROSE, f"three.{kind}": innermost})
    ids, wrong = read(tmp_path, f"one.{kind}", packed(kind, {f"in.{kind}": inner, "last.txt": PROSE}))
    assert ids == [f"one.{kind}/in.{kind}/two.txt", f"one.{kind}/last.txt"]
    assert wrong == [(f"/in.{kind}/three.{kind}", "is an archive in an archive in an archive: unpack it")]


@KINDS
def test_an_archive_that_unpacks_without_end_is_left_where_the_bound_is(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_UNPACKED_BYTES", 3_000_000)
    lines = LINE * 10_000
    files: Files = {f"{number}.jsonl": lines for number in range(9)}
    ids, wrong = read(tmp_path, f"bomb.{kind}", packed(kind, {"first.txt": PROSE, **files}))
    assert ids[0] == f"bomb.{kind}/first.txt"
    assert len(ids) * len(LINE) < 3_000_000
    assert wrong == [("", "unpacks to more than 3 MB: unpack it and name its folder")]


def test_what_is_passed_over_in_a_tar_counts_since_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_UNPACKED_BYTES", 3_000_000)
    _, wrong = read(tmp_path, "a.tgz", packed("tgz", {"zeros.bin": bytes(9_000_000), "a.txt": PROSE}))
    assert "unpacks to more than 3 MB" in wrong[0][1]


@KINDS
def test_a_member_that_is_too_large_for_one_article_is_one_problem(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "MOST_FILE_BYTES", 1_000_000)
    ids, wrong = read(tmp_path, f"a.{kind}", packed(kind, {"a.txt": "word " * 300_000, "b.txt": PROSE}))
    assert ids == [f"a.{kind}/b.txt"]
    assert wrong == [("/a.txt", "is larger than 1 MB: split it into one file an article")]


@KINDS
def test_members_are_counted_whatever_their_kind(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_MEMBERS", 4)
    files: Files = {f"{number}.{'txt' if number % 2 else 'png'}": PROSE for number in range(9)}
    ids, wrong = read(tmp_path, f"a.{kind}", packed(kind, files))
    assert len(ids) == 2
    assert wrong == [("", "holds more than 4 files: unpack it and name its folder")]


def test_a_size_that_a_zip_states_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MOST_FILE_BYTES", 1000)
    data = packed("zip", {"a.txt": "word " * 100_000})
    size = (500_000).to_bytes(4, "little")
    assert data.count(size) == 2
    ids, wrong = read(tmp_path, "a.zip", data.replace(size, (10).to_bytes(4, "little")))
    assert ids == []
    assert [where for where, _ in wrong] == ["/a.txt"]


def test_links_devices_and_folders_are_passed_over(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tarred:
        for number, kind in enumerate([tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]):
            info = tarfile.TarInfo(f"{number}.txt")
            info.type = kind
            info.linkname = "/etc/passwd"
            tarred.addfile(info)
        folder = tarfile.TarInfo("folder.txt")
        folder.type = tarfile.DIRTYPE
        tarred.addfile(folder)
        good = tarfile.TarInfo("good.txt")
        good.size = len(PROSE)
        tarred.addfile(good, io.BytesIO(PROSE.encode()))
    assert read(tmp_path, "a.tgz", out.getvalue()) == (["a.tgz/good.txt"], [])
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as file:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
        file.writestr("folder.txt/", "")
        file.writestr("good.txt", PROSE)
    assert read(tmp_path, "a.zip", zipped.getvalue()) == (["a.zip/good.txt"], [])


def test_an_encrypted_member_is_one_problem(tmp_path: Path) -> None:
    data = bytearray(packed("zip", {"a.txt": PROSE, "b.txt": PROSE}))
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag in the directory of the archive
    ids, wrong = read(tmp_path, "a.zip", bytes(data))
    assert ids == ["a.zip/b.txt"]
    assert wrong == [("/a.txt", "is encrypted: pack it again without a password")]


def test_a_member_that_is_damaged_is_one_problem(tmp_path: Path) -> None:
    text = "".join(random.Random(1).choices("abcdefgh \n", k=5000))  # packs to more than its names
    data = bytearray(packed("zip", {"a.txt": text, "b.txt": PROSE}))
    data[500] ^= 0xFF
    ids, wrong = read(tmp_path, "a.zip", bytes(data))
    assert ids == ["a.zip/b.txt"]
    assert wrong == [("/a.txt", "is damaged in its archive: pack it again")]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.zip", b"", "is no zip archive"),
        ("a.zip", b"some text", "is no zip archive"),
        ("a.zip", packed("zip", {}), "holds no articles"),
        ("a.zip", packed("zip", {"a.png": b"x"}), "holds no articles"),
        ("a.zip", packed("zip", {"a.txt": PROSE})[:-30], "is no zip archive"),
        ("a.tgz", b"", "archive"),
        ("a.tgz", b"some text", "is damaged in its archive"),
        ("a.tar.gz", packed("tgz", {"a.png": b"x"}), "holds no articles"),
    ],
)
def test_a_file_that_is_no_archive_of_articles_says_why(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    ids, ((where, reason),) = read(tmp_path, name, data)
    assert (ids, where) == ([], "")
    assert says in reason


def test_an_archive_that_breaks_off_gives_what_it_has(tmp_path: Path) -> None:
    texts: Files = {f"{n}.txt": PROSE + "".join(random.Random(n).choices("abcdefgh ", k=50_000)) for n in range(4)}
    data = packed("tar.gz", texts)
    ids, wrong = read(tmp_path, "a.tar.gz", data[: len(data) // 2])
    assert ids[0] == "a.tar.gz/0.txt"
    assert len(wrong) >= 1


def test_a_file_with_holes_in_a_tar_is_not_read_for_ever(tmp_path: Path) -> None:
    info = tarfile.TarInfo("a.jsonl")
    info.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,0",
                        "GNU.sparse.size": str(1 << 50), "GNU.sparse.name": "a.jsonl"}  # fmt: skip
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as tarred:
        tarred.addfile(info, io.BytesIO())
    ids, wrong = read(tmp_path, "a.tgz", out.getvalue())
    assert ids == []
    assert wrong == [("/a.jsonl", "is packed with holes: pack it again without --sparse")]


def test_the_file_stays_open_for_whoever_opened_it(tmp_path: Path) -> None:
    for name in ("a.zip", "a.tgz"):
        path = tmp_path / name
        path.write_bytes(packed(name[2:], {"a.txt": PROSE}))
        with path.open("rb") as content:
            assert len(list(read_file(InputFile(path, name), content))) == 1
            assert content.tell() > 0
