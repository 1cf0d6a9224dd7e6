"""Whatever bytes a file holds, its reader gives articles or says in one line what is wrong."""

from __future__ import annotations

import io
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import InputError
from index.formats.readers import KINDS, kind_of, read_entries
from index.records import Article
from tests.test_formats_archives import packed
from tests.test_formats_documents import BOOK, ODT, REPORT, RTF, unzipped, word, zipped_parts
from tests.test_formats_feeds import ATOM, RSS
from tests.test_formats_mail import PAGE, letter
from tests.test_formats_tables import stored, written

PROSE = "The minister told reporters on Monday that the port would open again before winter.\n"
LETTER = bytes(letter(PROSE, PAGE))
EPUB = zipped_parts(BOOK)
TABLE = written(["id", "title", "text", "date"], ["1", "Grain", PROSE, "2022-07-22"], ["2", "Rain", PROSE, ""])
VALID: dict[str, bytes] = {
    ".txt": b"Grain\n\n" + PROSE.encode(),
    ".md": b"---\ntitle: Grain\n---\n# Head\n\n" + PROSE.encode(),
    ".html": f"<html><head><title>Grain</title></head><body><article><h1>Grain</h1>{'<p>' + PROSE * 3}".encode(),
    ".pdf": REPORT,
    ".docx": word(),
    ".odt": ODT,
    ".rtf": RTF,
    ".epub": EPUB,
    ".eml": LETTER,
    ".mbox": b"From a@b Fri Jul 22 12:00:00 2022\n" + LETTER + b"\nFrom a@b Fri Jul 22 12:00:00 2022\n" + LETTER,
    ".xml": RSS.encode(),
    ".atom": ATOM.encode(),
    ".jsonl": b'{"_id": "1", "text": "a"}\n{"_id": "2", "text": "b"}\n',
    ".csv": TABLE,
    ".parquet": stored(id=[1, 2], title=["Grain", "Rain"], text=[PROSE, PROSE]),
    ".zip": packed("zip", {"a.txt": PROSE, "b.rtf": RTF, "c.zip": packed("zip", {"d.txt": PROSE})}),
    ".tar.gz": packed("tar.gz", {"a.txt": PROSE, "b.rtf": RTF, "c.zip": packed("zip", {"d.txt": PROSE})}),
}
# Unpacked, the mutations reach what lies below the compression.
UNPACKED = {".docx": "word/document.xml", ".odt": "content.xml", ".epub": "OEBPS/text/one a.xhtml"}
TOKENS = [b"", b"\x00", b"\xff", b"<", b">", b"&", b"{", b"}", b"\\", b'"', b"\n", b"99999999999", b"-1", b"]]>", b"=?"]
quick = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
mutations = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(TOKENS) | st.binary(max_size=8)),
                     min_size=1, max_size=6)  # fmt: skip


def check(kind: str, data: bytes) -> None:
    """Read a file to its end; anything but articles and one-line reasons is a failure."""
    found: list[Article | InputError] = []
    try:
        found.extend(result for _, result in read_entries(kind, "file", io.BytesIO(data)))
    except InputError as error:
        found.append(error)
    for result in found:
        if isinstance(result, Article):
            result.text.encode("utf-8")
            assert len(result.article_id) <= 600
        else:
            assert "\n" not in str(result)
            assert len(str(result)) < 500


def mutated(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    for place, length, new in changes:
        at = int(place * len(data))
        data = data[:at] + new + data[at + length :]
    return data


def test_each_kind_has_an_example() -> None:
    assert {kind_of(f"a{kind}") for kind in KINDS} - set(VALID) == {".markdown", ".htm", ".rss", ".tgz"}
    for kind, data in VALID.items():
        assert all(isinstance(result, Article) for _, result in list(read_entries(kind, "f", io.BytesIO(data)))[:1])


@pytest.mark.parametrize("kind", VALID)
@quick
@given(data=st.binary(max_size=300))
def test_random_bytes_are_articles_or_input_errors(kind: str, data: bytes) -> None:
    check(kind, data)
    check(kind, VALID[kind][:12] + data)


@pytest.mark.parametrize("kind", VALID)
@quick
@given(changes=mutations)
def test_a_file_changed_at_random_is_articles_or_input_errors(
    kind: str, changes: list[tuple[float, int, bytes]]
) -> None:
    check(kind, mutated(VALID[kind], changes))


@pytest.mark.parametrize("kind", UNPACKED)
@quick
@given(changes=mutations)
def test_a_part_changed_at_random_is_articles_or_input_errors(
    kind: str, changes: list[tuple[float, int, bytes]]
) -> None:
    parts = unzipped(VALID[kind])
    name = UNPACKED[kind]
    check(kind, zipped_parts({**parts, name: mutated(parts[name], changes)}))


@pytest.mark.parametrize("kind", VALID)
def test_a_file_cut_off_anywhere_is_articles_or_input_errors(kind: str) -> None:
    data = VALID[kind]
    for cut in range(0, len(data), max(1, len(data) // 40)):
        check(kind, data[:cut])


# A fifth of it in Markdown: markdown-it tries 20 brackets deep, its own bound, so that a megabyte of "[" takes 11 s
# and each other unit here 3 s at most; all grow in proportion.
SIZES = {".md": 200_000}


@pytest.mark.parametrize("kind", [".txt", ".md", ".html", ".rtf", ".eml", ".mbox", ".xml", ".csv", ".jsonl"])
@pytest.mark.parametrize(
    "unit", [b"<", b"{", b"(", b"[", b"<a>", b"\\'e9", b"=?utf-8?q?a?= ", b"> ", b"&amp;", b'"', b"x", b"\n"]
)
def test_a_megabyte_of_one_thing_is_read_in_no_time(kind: str, unit: bytes) -> None:
    head = {".html": b"<html><body><p>", ".rtf": b"{\\rtf1 ", ".eml": b"Subject: a\n\n",
            ".mbox": b"From a@b 12:00\nSubject: a\n\n",
            ".xml": b"<rss version='2.0'><channel><item><description>",
            ".csv": b"id,text\n1,"}  # fmt: skip
    started = time.process_time()  # of this process alone: others may have the machine
    check(kind, head.get(kind, b"") + unit * (SIZES.get(kind, 1_000_000) // len(unit)))
    assert time.process_time() - started < 30
