"""Tables with named columns: each row an article, whatever the columns are called."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from pyarrow import parquet

from index.errors import InputError
from index.formats import tables
from index.formats.tables import read_csv, read_parquet
from index.records import Article

PROSE = "The two ministers met in the capital on Tuesday and spoke for about three hours behind closed doors."
KNOWN = ["meridian", "Ana Kovac", "https://example.org/1", "en"]
FIRST = Article("1", "Grain", PROSE, source="meridian", published="2022-07-22", author="Ana Kovac",
                url="https://example.org/1", language="en")  # fmt: skip


def written(*rows: Sequence[object], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def entries(
    data: bytes, read: Callable[..., Iterator[tuple[str, Article | InputError]]] = read_csv
) -> list[tuple[str, Article | InputError]]:
    return list(read(io.BytesIO(data), "news.csv"))


def why(data: bytes, read: Callable[..., Iterator[tuple[str, Article | InputError]]] = read_csv) -> str:
    with pytest.raises(InputError) as caught:
        entries(data, read)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return str(caught.value)


@pytest.mark.parametrize(
    "columns",
    [
        ["_id", "title", "text", "date", "source", "author", "url", "language"],
        ["ID", "Headline", "Body", "Published", "Publisher", "Byline", "Link", "Lang"],
        ["article_id", "title ", "CONTENT", "Publish Date", "outlet", "authors", "URL", "language"],
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_row_is_an_article_whatever_the_columns_are_called(columns: list[str], delimiter: str) -> None:
    data = written(columns, ["1", "Grain", PROSE, "2022-07-22", *KNOWN], delimiter=delimiter)
    assert entries(data) == [(" row 1", FIRST)]
    assert entries(b"\xef\xbb\xbf" + data) == [(" row 1", FIRST)]


def test_text_keeps_its_line_ends_quotes_and_offsets() -> None:
    text = 'He said "no".\r\n\r\nThen; he, left.\x07'
    ((_, article),) = entries(written(["id", "text"], ["1", text]))
    assert isinstance(article, Article)
    assert article.text == text.replace("\x07", " ").replace("\r", " ")


def test_a_row_without_an_id_has_its_number_and_a_bad_one_stops_no_other() -> None:
    found = entries(written(["title", "text"], ["Grain", PROSE], ["", ""], ["", " "], ["Rain", ""]))
    assert [place for place, _ in found] == [" row 1", " row 2", " row 3"]
    assert [getattr(result, "article_id", None) for _, result in found] == ["news.csv#1", None, "news.csv#3"]


def test_short_and_long_rows_are_read_as_far_as_they_go() -> None:
    ((_, short), (_, long)) = entries(written(["text", "title", "source"], [PROSE], [PROSE, "a", "b", "c", "d"]))
    assert isinstance(short, Article)
    assert isinstance(long, Article)
    assert (short.title, long.title, long.source) == ("", "a", "b")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"id,headline,words\n1,a,b\n", "but: id, headline, words; rename"),
        (b"id,text\n1,caf\xe9\n", "is not UTF-8 (line 2)"),
        ("id,text\n1,a\n".encode("utf-16"), "save it as CSV in UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "UTF-8"),
        (b"id,text\r1,a\r2,b\r", "line ends"),
    ],
)
def test_a_file_that_is_no_table_of_articles_says_why(data: bytes, says: str) -> None:
    assert says in why(data)


def test_lines_and_fields_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_LINE_BYTES", 1000)
    assert "a line of over" in why(b"id,text\n1," + b"x" * 2000)
    assert "cannot be read behind row 1" in why(b'id,text\n1,a\n2,"' + b"x" * 900 + b"\n" + b"y" * 900 + b'"\n')


# ---- Parquet -------------------------------------------------------------------------------------------


def stored(**columns: object) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file)
    return file.getvalue()


def test_rows_of_a_parquet_file_are_articles() -> None:
    data = stored(
        id=[1, 2, 3],
        Title=["Grain", None, "Rain"],
        body=[PROSE, PROSE, None],
        published=[datetime(2022, 7, 22, 12, tzinfo=UTC), None, datetime(2022, 7, 23, tzinfo=UTC)],
        authors=[["Ana", "Theo"], [], None],
        other=[b"\x00", b"", None],
        metadata=[{"source": "meridian"}, None, None],
    )
    (_, first), (_, second), (_, third) = entries(data, read_parquet)
    assert first == Article("1", "Grain", PROSE, source="meridian", published="2022-07-22", author="Ana, Theo")
    assert second == Article("2", "", PROSE)
    assert third == Article("3", "Rain", "Rain", published="2022-07-23")


def test_dates_and_text_of_every_parquet_type_are_read() -> None:
    for text in (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        data = stored(text=pa.array([PROSE], text), date=pa.array([date(2022, 7, 22)], pa.date32()))
        ((_, article),) = entries(data, read_parquet)
        assert article == Article("news.csv#1", "", PROSE, published="2022-07-22")
    nano = stored(text=[PROSE], date=pa.array([1_658_448_000_000_000_001], pa.timestamp("ns")))
    ((_, article),) = entries(nano, read_parquet)
    assert article == Article("news.csv#1", "", PROSE, published="2022-07-22")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "damaged .parquet"),
        (b"PAR1 not really PAR1", "damaged .parquet"),
        (stored(id=[1], words=["a"]), "but: id, words"),
        (stored(text=[PROSE])[:-20], "damaged .parquet"),
        (stored(text=[PROSE] * 9).replace(b"minister", b"mini\xff\xff\xff\xff"), "damaged .parquet"),
    ],
    ids=["empty", "text", "columns", "cut off", "not UTF-8"],
)
def test_a_parquet_file_that_cannot_be_read_says_why(data: bytes, says: str) -> None:
    assert says in why(data, read_parquet)


def test_a_cell_that_is_no_text_is_one_problem() -> None:
    ((place, error),) = entries(stored(id=["x"], text=[["a", "list"]]), read_parquet)
    assert place == " row 1"
    assert "is not a string" in str(error)
