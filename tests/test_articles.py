"""Which files are read, under which ids, and what is said of those that cannot be."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from index.articles import KINDS, InputFile, Problem, file_digest, find_files, read_file
from index.formats import readers
from index.records import Article
from tests.test_formats_feeds import RSS
from tests.test_formats_hostile import VALID

PROSE = "The minister told reporters on Monday that the port would open again before winter.\n"


def write(folder: Path, **files: str | bytes) -> Path:
    """Write files by name ("a_txt" is a.txt) below a folder, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def ids(*paths: Path) -> list[str]:
    files, problems = find_files(paths)
    assert problems == []
    return [file.article_id for file in files]


def read(path: Path) -> list[Article | Problem]:
    with path.open("rb") as content:
        return list(read_file(InputFile(path, path.name), content))


def the_problem(path: Path) -> str:
    """Return what is wrong with a file that holds no article, as the person sees it."""
    (problem,) = read(path)
    assert isinstance(problem, Problem)
    assert "\n" not in problem.where + problem.reason
    assert path.name in problem.where
    return problem.reason


def test_an_id_is_the_place_below_the_folder_that_was_named(tmp_path: Path) -> None:
    write(tmp_path / "news" / "asia", a_txt=PROSE)
    assert ids(tmp_path) == ["news/asia/a.txt"]
    assert ids(tmp_path / "news") == ["asia/a.txt"]
    assert ids(tmp_path / "news" / "asia" / "a.txt") == ["a.txt"]


@pytest.mark.parametrize(
    ("name", "article_id"),
    [
        ("two words.txt", "two%20words.txt"),
        ("100%.txt", "100%25.txt"),
        ("line\nbreak.txt", "line%0Abreak.txt"),
        ("tab\there.txt", "tab%09here.txt"),
        ("Ärger é.txt", "Ärger%20é.txt"),
        ("a\u202etxt.txt", "a%E2%80%AEtxt.txt"),
        ("a\u009bb.txt", "a%C2%9Bb.txt"),
        ("a\u2066b.txt", "a%E2%81%A6b.txt"),
    ],
)
def test_what_would_break_the_columns_of_a_run_is_percent_encoded(tmp_path: Path, name: str, article_id: str) -> None:
    (tmp_path / name).write_text(PROSE)
    assert ids(tmp_path) == [article_id]
    assert len(article_id.split()) == 1


def test_percent_encoding_keeps_names_apart(tmp_path: Path) -> None:
    (tmp_path / "a b.txt").write_text(PROSE)
    (tmp_path / "a%20b.txt").write_text(PROSE)
    assert sorted(ids(tmp_path)) == ["a%20b.txt", "a%2520b.txt"]


def test_a_name_that_is_not_utf_8_gives_an_id_that_is(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text(PROSE)
    (article_id,) = ids(tmp_path)
    assert article_id.encode("utf-8").decode() == "caf\ufffd.txt"


def test_hidden_files_and_folders_and_other_kinds_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / ".hidden", a_txt=PROSE)
    write(tmp_path, b_txt=PROSE, c_png=PROSE, d_py=PROSE)
    (tmp_path / ".e.txt").write_text(PROSE)
    assert ids(tmp_path) == ["b.txt"]


def test_every_kind_is_found_whatever_its_case(tmp_path: Path) -> None:
    names = [f"{number:02}{kind.upper() if number % 2 else kind}" for number, kind in enumerate(KINDS, start=10)]
    for name in names:
        (tmp_path / name).write_text(PROSE)
    assert ids(tmp_path) == names


def test_a_link_out_of_the_folder_is_passed_over_and_one_inside_is_read(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", secret_txt=PROSE)
    inside = write(tmp_path / "inside", own_txt=PROSE)
    (inside / "out.txt").symlink_to(outside / "secret.txt")
    (inside / "same.txt").symlink_to(inside / "own.txt")
    (inside / "folder").symlink_to(outside, target_is_directory=True)
    assert ids(inside) == ["own.txt", "same.txt"]


def test_files_are_listed_in_sorted_order_below_each_path(tmp_path: Path) -> None:
    write(tmp_path / "one", b_txt=PROSE, a_txt=PROSE)
    write(tmp_path / "one" / "sub", z_txt=PROSE, c_txt=PROSE)
    write(tmp_path / "another", d_txt=PROSE)
    assert ids(tmp_path / "one", tmp_path / "another") == ["a.txt", "b.txt", "sub/c.txt", "sub/z.txt", "d.txt"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, a_txt=PROSE)
    assert ids(tmp_path, tmp_path / "a.txt", tmp_path) == ["a.txt"]


def test_one_file_has_one_origin_however_its_folder_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "news", a_txt=PROSE)
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    files, _ = find_files([folder, tmp_path / "news" / ".." / "news", tmp_path / "link"])
    assert len(files) == 1


def test_a_link_that_leads_nowhere_stops_nothing(tmp_path: Path) -> None:
    write(tmp_path, a_txt=PROSE)
    (tmp_path / "dangling.txt").symlink_to(tmp_path / "gone.txt")
    files, _ = find_files([tmp_path])
    assert "a.txt" in [file.article_id for file in files]


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    write(tmp_path, a_txt=PROSE)
    os.mkfifo(tmp_path / "pipe.txt")  # opening it would wait for a writer for ever
    files, _ = find_files([tmp_path, tmp_path / "pipe.txt"])
    assert [file.article_id for file in files] == ["a.txt"]


@pytest.mark.parametrize(
    ("name", "says"), [("missing.txt", "does not exist"), ("photo.png", "kind"), ("empty", "holds no articles")]
)
def test_a_path_that_gives_nothing_is_one_problem_and_the_others_go_on(tmp_path: Path, name: str, says: str) -> None:
    good = write(tmp_path / "good", a_txt=PROSE)
    (tmp_path / "empty").mkdir()
    write(tmp_path, photo_png=b"\x89PNG")
    files, (problem,) = find_files([tmp_path / name, good])
    assert [file.article_id for file in files] == ["a.txt"]
    assert says in problem.reason
    assert name in problem.where


def test_a_problem_is_one_line_even_where_the_name_is_not(tmp_path: Path) -> None:
    _, (problem,) = find_files([tmp_path / "gone\nand\x1b[31mgone.txt"])
    assert problem.where.isprintable()


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.txt", b"", "is empty"),
        ("a.md", b" \n\t\n", "is empty"),
        ("a.html", b"", "is empty"),
        ("a.html", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR<p>", "is not HTML"),
        ("a.html", b"%PDF-1.7 just some bytes", "is not HTML"),
        ("a.txt", b"some text\x00and more", "NUL"),
        ("a.md", b"# T\n\nsome text\x00and more", "NUL"),
        ("a.txt", b"caf\xe9 in Latin-1 is no UTF-8", "byte 4"),
        ("a.md", b"caf\xe9", "UTF-8"),
        ("a.md", b"---\ntitle: only a title\n---\n", "no article text"),
    ],
)
def test_a_file_that_is_no_article_is_one_problem(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert says in the_problem(path)


def test_a_file_over_the_limit_is_one_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MOST_FILE_BYTES", 1_000_000)
    path = tmp_path / "a.txt"
    path.write_bytes(b"word " * 200_001)
    assert "larger than 1 MB" in the_problem(path)


def test_a_file_at_the_limit_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MOST_FILE_BYTES", len(PROSE))
    (article,) = read(write(tmp_path, a_txt=PROSE) / "a.txt")
    assert isinstance(article, Article)


def test_a_file_of_headings_only_is_a_problem_since_nothing_of_it_can_be_found(tmp_path: Path) -> None:
    write(tmp_path, a_md="# The title\n\n## One head\n\n## Another head\n")
    assert "no article text" in the_problem(tmp_path / "a.md")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_with_a_byte_order_mark_reads_like_text_without(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Çağatay returns\n\nHe went to Çorum.".encode(encoding))
    (article,) = read(path)
    assert isinstance(article, Article)
    assert (article.title, article.text) == ("Çağatay returns", "He went to Çorum.")


def test_the_digest_is_of_the_content_and_rewinds_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, a_txt=PROSE, b_txt=PROSE, c_txt=PROSE + "!") / "a.txt"
    with path.open("rb") as content:
        first = file_digest(content)
        assert content.read() == PROSE.encode()
    with (tmp_path / "b.txt").open("rb") as same, (tmp_path / "c.txt").open("rb") as other:
        assert file_digest(same) == first
        assert file_digest(other) != first


def test_a_link_to_itself_is_a_problem_and_the_file_beside_it_is_read(tmp_path: Path) -> None:
    write(tmp_path / "lo", good_txt=PROSE)
    (tmp_path / "lo" / "l.txt").symlink_to("l.txt")
    files, problems = find_files([tmp_path / "lo"])
    assert [file.article_id for file in files] == ["good.txt"]
    assert [Path(problem.where).name for problem in problems] == ["l.txt"]


def test_folders_that_link_to_one_another_in_a_circle_are_walked_once(tmp_path: Path) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        write(tmp_path / name, a_txt=PROSE)
        (tmp_path / name / "in").symlink_to(tmp_path / other, target_is_directory=True)
        (tmp_path / name / "out").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "x.txt").symlink_to("y.txt")
    (tmp_path / "y.txt").symlink_to("x.txt")
    files, problems = find_files([tmp_path, tmp_path / "one" / "in" / "in"])
    assert [file.article_id for file in files] == ["one/a.txt", "two/a.txt"]
    assert [Path(problem.where).name for problem in problems] == ["x.txt", "y.txt"]


ENCODED = "Élysée returns to the café\n\nThe Élysée told reporters that the café would open again before winter.\n"
PAGE = "<html><head>{}<title>Élysée</title></head><body><article><h1>Élysée</h1>{}</article></body></html>"
PARAGRAPHS = f"<p>{ENCODED * 3}</p>" * 5


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", ENCODED.encode("utf-16-le")),
        ("a.txt", ENCODED.encode("cp1252")),
        ("a.txt", "Всё о зерне\n\nПорт снова открыт.".encode("koi8-r")),
        ("a.md", "粮食\n\n港口重新开放。".encode("gbk")),
        ("a.txt", ENCODED.encode("utf-8")[:-60] + b"\xc3"),
        ("a.txt", b"\xef\xbb\xbf" + ENCODED.encode("latin-1")),
        ("a.txt", b"\xff\xfe" + ENCODED.encode("utf-8") + b"!"),
        ("a.jsonl", json.dumps({"_id": "a", "text": ENCODED}, ensure_ascii=False).encode("latin-1")),
        ("a.csv", f'id,text\n1,"{ENCODED}"\n'.encode("latin-1")),
    ],
)
def test_text_in_another_encoding_is_set_aside_and_never_read_as_other_letters(
    tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    assert the_problem(tmp_path / name)


@pytest.mark.parametrize(
    ("meta", "encoding"),
    [
        ('<meta charset="utf-8">', "utf-8"),
        ('<meta charset="iso-8859-1">', "latin-1"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">', "cp1252"),
        ("", "utf-8"),
        ("", "utf-16"),
        ('<meta charset="utf-8">', "latin-1"),
        ('<meta charset="klingon">', "utf-8"),
    ],
)
def test_a_page_is_read_in_its_encoding_whatever_it_says(tmp_path: Path, meta: str, encoding: str) -> None:
    (tmp_path / "a.html").write_bytes(PAGE.format(meta, PARAGRAPHS).encode(encoding))
    (result,) = read(tmp_path / "a.html")
    assert isinstance(result, Article)
    assert "The Élysée told reporters that the café would open" in result.text


def test_a_name_that_is_too_long_is_a_problem_and_the_others_go_on(tmp_path: Path) -> None:
    write(tmp_path, a_txt=PROSE)
    files, (problem,) = find_files([tmp_path / ("x" * 300), tmp_path / "a.txt"])
    assert [file.article_id for file in files] == ["a.txt"]
    assert problem.reason.startswith("cannot be read (")


def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "shut", a_txt=PROSE)
    write(tmp_path, b_txt=PROSE)
    listed = os.scandir

    def scandir(path: str | Path) -> object:  # we may be root, who is let in everywhere
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    files, (problem,) = find_files([tmp_path])
    assert [file.article_id for file in files] == ["b.txt"]
    assert problem == Problem(str(tmp_path / "shut"), "cannot be read (Permission denied): check its permissions")


@pytest.mark.parametrize(
    ("library", "kind"),
    [
        ("pypdf", ".pdf"),
        ("trafilatura", ".html"),
        ("feedparser", ".rss"),
        ("pyarrow", ".parquet"),
        ("striprtf", ".rtf"),
    ],
)
def test_a_library_that_is_missing_is_named_and_stops_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, kind: str
) -> None:
    data = {".html": PAGE.format("", PARAGRAPHS).encode(), ".rss": RSS.encode()}.get(kind) or VALID[kind]
    (tmp_path / f"a{kind}").write_bytes(data)
    (result,) = read(tmp_path / f"a{kind}")[:1]
    assert isinstance(result, Article)
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    assert the_problem(tmp_path / f"a{kind}") == f"needs {library}, which is not installed: pip install {library}"
