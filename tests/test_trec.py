"""Batches: questions in, runs out."""

import pytest

from index.errors import InputError
from search.trec import Query, read_queries, run_lines


def test_questions_come_from_json_lines_or_from_tabs(tmp_path):
    path = tmp_path / "questions"
    path.write_text('{"_id": "q1", "text": "who?"}\n\nq2\twhat now?\n{"_id": 3, "text": ""}\n', encoding="utf-8")
    assert read_queries(path) == [Query("q1", "who?"), Query("q2", "what now?"), Query("3", "")]


@pytest.mark.parametrize("header", ["query-id\ttext", "_id\tquery", "qid\tquestion\r"])
def test_a_line_of_column_names_is_no_question(tmp_path, header):
    path = tmp_path / "questions.tsv"
    path.write_text(f"{header}\nq1\twho?\n", encoding="utf-8")
    assert read_queries(path) == [Query("q1", "who?")]


def test_a_line_separator_inside_a_question_does_not_part_lines(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text('{"_id": "q1", "text": "who\u2028 fled?"}\r\n{"_id": "q2", "text": "why?"}', encoding="utf-8")
    assert [query.query_id for query in read_queries(path)] == ["q1", "q2"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"just words\n", "line 1"),
        (b'{"_id": "q1"}\n', "line 1"),
        (b'{"_id": "q1", "text": "a"}\n[1]\n', "line 2"),
        (b'{"_id": "q1", "text": "a"}\n{"_id": "q1", "text": "b"}\n', "second time"),
        (b'{"_id": ' + b"[" * 100_000, "line 1"),
        (b'{"_id": true, "text": "a"}\n', "line 1"),
        (b'{"_id": " ", "text": "a"}\n', "line 1"),
        (b"<top><num>301<title>oil</top>\n<top><num>302<desc>no title</top>\n", "topic 2"),
        (b"<top><num>301<title>oil</top>\n<top><num>301<title>gas</top>\n", "301 a second time"),
        (b"<top>\n<num>301<title>oil\n", "</top>"),
        (b"\n", "no questions"),
        (b"\xff\xfe\xfa\n", "UTF-8"),
    ],
)
def test_a_file_that_is_no_batch_is_named_with_its_line(tmp_path, content, word):
    path = tmp_path / "questions.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=word):
        read_queries(path)


def test_a_run_has_six_columns_also_where_ids_have_spaces():
    lines = list(run_lines("q 1", [("a b.md", 0.5), ("two%20words.md", 0.25)]))
    assert lines == ["q%201 Q0 a%20b.md 1 0.5 briefings\n", "q%201 Q0 two%20words.md 2 0.25 briefings\n"]
    assert all(len(line.split()) == 6 for line in lines)
