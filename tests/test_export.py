"""An exported answer is read back whole by other programs, and no word of an article becomes their markup."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from index.records import Article, Passage, Section
from index.store import Store
from search.export import (
    FORMATS,
    OptionalModels,
    Provenance,
    cited,
    export_bibtex,
    export_csv,
    export_for,
    export_json,
    export_markdown,
    export_ris,
)
from search.prose import Prose, ProseSentence
from search.question import QuestionError
from search.results import Answer, Citation, Disagreement, Hit, Signals
from search.verify import saved_answers, verify_answer

ASKED = Provenance(
    "2026-11-24T12:00:00+00:00", "/tmp/{a}@b_%", 7, "letters", since="2023-01-01", source=("=A & B", "C")
)
TITLES = (
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script> & [link](javascript:x) ![i](http://e.example/i.png)",
    "Braces { and }} and {{, 100% of $5_bn ~ #1 ^ \\ \\alpha",
    "One\nline\r\nbreak\u2028and TY  - BOOK\nER  - \n@misc{x, title={y}}",
    "# heading\n\n> quote\n\n---\n```\ncode\n```\n1. one\n- two\n| a | b |\n<b>&amp;</b> *a* _b_ ~~c~~ `d` $e$ [^1]",
    "Müller: “Größe” — 日本語",
)


def article(number, title, text=None):
    return Article(
        article_id=f"Desk/{title[:12]}-{number}",
        title=title,
        text=text or f"{title}. So said {number}.",
        source=title,
        published="2023-09-14",
        author=title,
        url="https://example.org/a_b?c={d}\\%20#e~f",
    )


def citation(marker, of, start=0, end=None, *, heading="", also=()):
    section = Section(heading, "heading" if heading else "lead", 0, len(of.text))
    hit = Hit(marker, 1.0, Passage(of, section, 0, 0, len(of.text)), Signals(1.0, 1.0, 1.0))
    return Citation(marker, hit, start, len(of.text) if end is None else end, 1, tuple(also))


@pytest.fixture(scope="module")
def answer():
    """Return an answer from hostile articles: quotes, one that is backed, two of one article, and a disagreement."""
    articles = [article(number, title) for number, title in enumerate(TITLES)]
    backing = citation(1, articles[1], heading=TITLES[1])
    quoted = [
        citation(1, articles[0], heading=TITLES[0], also=[backing]),
        citation(2, articles[2], 0, 19),
        citation(3, articles[2], 20, heading=TITLES[2]),
        citation(4, articles[3]),
        citation(5, articles[4]),
    ]
    differing = Disagreement((("4", quoted[4]), ("<5>", citation(2, articles[5]))))
    return Answer("=who <b>said</b> {that}?", tuple(quoted), (), "", 0.9, (differing,))


@pytest.fixture(scope="module")
def refusal():
    return Answer("@who?", (), (), "Nothing is close to “@who”.", 0.1)


def line(text):
    return " ".join(text.split())


def articles_of(answer):
    return {each.hit.passage.article.article_id: each.hit.passage.article for _, each in cited(answer)}


def test_every_citation_is_told_once_and_in_order(answer):
    assert [(role, each.marker) for role, each in cited(answer)] == [
        ("quoted", 1), ("also", 1), ("quoted", 2), ("quoted", 3), ("quoted", 4), ("quoted", 5), ("differing", 2),
    ]  # fmt: skip


def test_the_suffix_picks_the_format_and_an_unknown_one_is_one_clear_error():
    assert [export_for(f"a.b{suffix.upper()}") for suffix in FORMATS] == list(FORMATS.values())
    for name in ("-", "answer", "answer.pdf", ".md", "a.md/b", ""):
        with pytest.raises(QuestionError, match=r"ends in \.md, \.json, \.csv, \.bib or \.ris"):
            export_for(name)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_tells_how_it_was_asked_and_why_there_is_no_answer(suffix, refusal):
    text = FORMATS[suffix](refusal, ASKED).replace("\\", "").replace("(at)", "@")
    for told in ("@who?", "Nothing is close to “@who”.", ASKED.asked_at, ASKED.index, "7", "letters", "2023-01-01"):
        assert told in text
    assert "=A & B" in text
    assert "C" in text


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_answer_is_the_same_file(suffix, answer):
    assert FORMATS[suffix](answer, ASKED) == FORMATS[suffix](answer, ASKED)
    assert FORMATS[suffix](answer, ASKED).endswith("\n")


HELPED = OptionalModels(reranker="of=a/cross", reader="of=a/reader", llm="tiny", llm_server="127.0.0.1:8")
TOLD = Prose((ProseSentence("Two envoys met.", (1, 3)),), ("What nobody said.",), "")


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_models_that_were_named_are_recorded_in_every_format(suffix, answer):
    plain = FORMATS[suffix](answer, ASKED)
    helped = FORMATS[suffix](answer, replace(ASKED, optional=HELPED)).replace("\\", "")
    for name in vars(HELPED).values():
        assert name not in plain
        assert name in helped


@pytest.mark.parametrize("suffix", [".md", ".json", ".bib", ".ris"])
def test_what_a_language_model_told_is_kept_and_what_was_struck_is_only_counted(suffix, answer):
    told = FORMATS[suffix](answer, replace(ASKED, optional=HELPED, prose=TOLD)).replace("\\", "")
    assert "Two envoys met." in told
    assert TOLD.struck[0] not in told


def test_the_columns_of_a_csv_stay_where_they_were(answer):
    first, *_ = csv.reader(io.StringIO(export_csv(answer, ASKED)))
    assert first[-len(vars(HELPED)) :] == ["reranker", "reader", "llm", "llm_server"]


# JSON


def test_json_is_what_ask_prints_with_authors_and_how_it_was_asked(answer):
    values = json.loads(export_json(answer, ASKED))
    assert list(values) == [
        "question", "answered", "answer", "reason", "confidence", "citations", "hits", "disagreements",
        "asked_at", "filters", "index", "model",
    ]  # fmt: skip
    asked_for = {"since": "2023-01-01", "until": None, "source": ["=A & B", "C"], "language": [], "section": []}
    assert values["filters"] == {**asked_for, "exclude_source": [], "exclude_section": []}
    assert values["index"] == {"path": ASKED.index, "generation": 7}
    told = [*values["citations"], values["citations"][0]["also"][0], *values["disagreements"][0]]
    assert {each["author"] for each in told} == {each.author for each in articles_of(answer).values()}


def test_exported_json_is_what_verify_takes(answer, refusal, tmp_path, build_with_letters):
    corpus = tmp_path / "corpus.jsonl"
    rows = [{"_id": each.article_id, "title": "", "text": each.text} for each in articles_of(answer).values()]
    rows = [{**row, "_id": f"a{number}"} for number, row in enumerate(rows)]
    corpus.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    build_with_letters(tmp_path / "index", [corpus], model="letters")
    with Store.open(tmp_path / "index") as store:
        found = [store.article(row["_id"]) for row in rows]
        quoted = tuple(citation(marker, each, 2) for marker, each in enumerate(found, start=1))
        for kept in (Answer("q", quoted, (), "", 0.9), refusal):
            for asked in (ASKED, replace(ASKED, optional=HELPED, prose=TOLD)):
                (saved,) = saved_answers(export_json(kept, asked).encode())
                assert len(saved.claims) == len(kept.citations)
                assert verify_answer(saved, store).holds


# CSV


def test_csv_has_a_row_a_citation_with_the_exact_quote(answer):
    rows = list(csv.DictReader(io.StringIO(export_csv(answer, ASKED), newline="")))
    assert len(rows) == len(list(cited(answer)))
    for row, (role, each) in zip(rows, cited(answer), strict=True):
        of = each.hit.passage.article
        told = {name: value.removeprefix("'") for name, value in row.items()}
        assert (told["role"], told["quote"], told["sha256"]) == (role, each.quote, of.sha256)
        assert (told["title"], told["section"]) == (of.title, each.hit.passage.section.heading)
        assert (told["source"], told["author"], told["published"]) == (of.source, of.author, of.published)
        assert (told["url"], told["article_id"]) == (of.url, of.article_id)
        assert of.text[int(told["start"]) : int(told["end"])] == told["quote"]
        assert told["question"] == answer.question
        assert (told["since"], told["until"], told["source_filter"]) == ("2023-01-01", "", "=A & B; C")
        assert (told["generation"], told["model"], told["answered"], told["reason"]) == ("7", "letters", "yes", "")
    assert [row["marker"] for row in rows] == ["1", "1", "2", "3", "4", "5", ""]


def test_no_cell_of_a_csv_is_a_formula(answer):
    cells = [cell for row in csv.reader(io.StringIO(export_csv(answer, ASKED), newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))]
    assert "'=cmd|' /C calc'!A0" in cells


@pytest.mark.parametrize("first", "=+-@\t\r\n＝＋－＠")
def test_an_apostrophe_stands_before_what_a_spreadsheet_would_run(first):
    of = article(1, "t", text=f"{first}1+1, she said.")
    table = export_csv(Answer("q", (citation(1, of),), (), "", 0.9), ASKED)
    (row,) = csv.DictReader(io.StringIO(table, newline=""))
    assert row["quote"] == f"'{of.text}"


def test_a_refusal_is_one_row_without_a_citation(refusal):
    (row,) = csv.DictReader(io.StringIO(export_csv(refusal, ASKED)))
    assert (row["question"], row["answered"], row["reason"]) == ("'@who?", "no", refusal.reason)
    assert (row["marker"], row["quote"], row["sha256"]) == ("", "", "")


# Markdown


def rendered(text):
    """Return the kinds of a page's block and inline tokens, and the text of each of its paragraphs and headings."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    shown = ["".join(child.content for child in token.children or ()) for token in tokens if token.type == "inline"]
    return {token.type for token in tokens}, inline, shown


def test_markdown_shows_quotes_sources_and_provenance_and_nothing_else(answer):
    blocks, inline, shown = rendered(export_markdown(answer, ASKED))
    assert {block.removesuffix("_open").removesuffix("_close") for block in blocks} == {
        "heading", "paragraph", "blockquote", "ordered_list", "bullet_list", "list_item", "inline",
    }  # fmt: skip
    assert {child.type for child in inline} <= {"text", "text_special", "link_open", "link_close"}
    links = {child.attrs["href"] for child in inline if child.type == "link_open"}
    assert links == {"https://example.org/a_b?c=%7Bd%7D%5C%20#e~f"}
    assert shown[0] == answer.question
    for each in answer.citations:
        assert f"{line(each.quote)} [{each.marker}]" in shown
    (backing,) = answer.citations[0].also
    for each in (*answer.citations, backing):
        of = each.hit.passage.article
        place = f"characters {each.start} to {each.end}, sha256 {of.sha256}"
        source = next(words for words in shown if place in words)
        assert line(of.title) in source
        assert "2023-09-14" in source
        assert f"article {line(of.article_id)}, " in source
    assert f"Index: {ASKED.index}, generation 7" in shown
    assert "Filters: since 2023-01-01, source =A & B, source C" in shown


@given(st.text(alphabet="\\`*_{}[]()<>#+-.!|~&:$^=@/ \n\taw1;\"'%?,") | st.text())
def test_any_text_is_shown_by_markdown_as_it_is(text):
    of = article(1, text, text=text)
    shown = line("".join(each for each in text if each >= " " or each in "\n\t"))
    page = export_markdown(Answer(f"q {text}", (citation(1, of),), (), "", 0.9), ASKED)
    blocks, inline, told = rendered(page)
    assert not {"html_block", "fence", "code_block", "hr", "table_open"} & blocks
    assert {child.type for child in inline} <= {"text", "text_special", "link_open", "link_close"}
    assert sum(child.type == "link_open" for child in inline) == 1
    if text == shown and "\x00" not in text and text:
        assert f"{shown} [1]" in told
        assert told[0] == f"q {shown}"


# BibTeX

UNLATEX = {
    r"\textbackslash{}": "\\", r"\textbraceleft{}": "{", r"\textbraceright{}": "}", r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^", r"\textless{}": "<", r"\textgreater{}": ">", r"\textbar{}": "|",
    **{f"\\{character}": character for character in "$&%#_"},
}  # fmt: skip


def unlatex(value):
    """Return what LaTeX would show, and fail where a special character stands bare."""
    pieces = re.split("(" + "|".join(map(re.escape, UNLATEX)) + ")", value)
    assert not [piece for piece in pieces[::2] if set(piece) & set("\\{}$&%#_~^")], value
    return "".join(UNLATEX.get(piece, piece) for piece in pieces)


def read_bibtex(text):
    """Parse as BibTeX does: junk up to an at sign, then a value is what stands between balanced braces."""
    entries, at = {}, 0
    while (at := text.find("@", at)) >= 0:
        head = re.compile(r"@(article|misc)\{([a-z0-9-]+),\n").match(text, at)
        assert head, text[at : at + 80]
        fields, at = {}, head.end()
        while field := re.compile(r"  (\w+) = \{").match(text, at):
            depth, start, at = 1, field.end(), field.end()
            while depth:
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                at += 1
            assert field[1] not in fields
            fields[field[1]] = text[start : at - 1]
            assert "\n" not in fields[field[1]]
            at += re.compile(",?\n").match(text, at).end() - at
        assert text[at : at + 2] == "}\n"
        assert head[2] not in entries
        entries[head[2]] = (head[1], fields)
    return entries


def test_bibtex_has_an_entry_for_each_cited_article_with_its_quotes(answer):
    entries = read_bibtex(export_bibtex(answer, ASKED))
    assert len(entries) == len(articles_of(answer)) == len(TITLES)
    for (kind, fields), of in zip(entries.values(), articles_of(answer).values(), strict=True):
        assert kind == "article"
        assert fields["title"][0] + fields["title"][-1] == "{}"
        assert unlatex(fields["title"][1:-1]) == line(of.title)
        author = fields["author"][1:-1] if "," in of.author else fields["author"]
        assert unlatex(author) == line(of.author)
        assert unlatex(fields["journal"]) == line(of.source)
        assert (fields["date"], fields["year"], fields["sha256"]) == ("2023-09-14", "2023", of.sha256)
        assert unlatex(fields["articleid"]) == line(of.article_id)
        assert fields["url"] == "https://example.org/a_b?c=%7Bd%7D%5C%20#e~f"
        for each in (each for _, each in cited(answer) if each.hit.passage.article == of):
            assert f"“{line(each.quote)}”" in unlatex(fields["note"])
            assert f"characters {each.start} to {each.end})" in fields["note"]


def test_bibtex_keys_are_stable_and_apart_and_unknown_fields_are_left_out():
    alike = ("a/b", "a-b", "", "日本", "a" * 60, "a" * 61)
    bare = [Article(article_id, "", "So it is.") for article_id in alike]
    kept = Answer("q", tuple(citation(marker, each) for marker, each in enumerate(bare, start=1)), (), "", 0.9)
    entries = read_bibtex(export_bibtex(kept, ASKED))
    assert len(entries) == len(alike)
    assert next(iter(entries)) == "a-b-c14cddc0"
    for kind, fields in entries.values():
        assert kind == "misc"
        assert set(fields) <= {"title", "note", "articleid", "sha256"}


def test_a_refusal_in_bibtex_has_no_entry(refusal):
    assert read_bibtex(export_bibtex(refusal, ASKED)) == {}


# RIS


def read_ris(text):
    """Parse strictly: each line is a tag, two spaces, a hyphen, a space and a value, from TY to ER."""
    records, record = [], []
    for row in text.splitlines():
        if not row and not record:
            continue
        found = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", row)
        assert found, row
        assert (found[1] == "TY") == (not record)
        record.append((found[1], found[2]))
        if found[1] == "ER":
            records.append(record)
            record = []
    assert not record
    return records


def test_ris_has_a_record_for_each_cited_article_with_its_quotes(answer):
    records = read_ris(export_ris(answer, ASKED))
    assert len(records) == len(TITLES)
    for record, of in zip(records, articles_of(answer).values(), strict=True):
        fields = dict(record)
        assert (record[0], record[-1]) == (("TY", "NEWS"), ("ER", ""))
        assert (fields["TI"], fields["T2"], fields["AU"]) == (line(of.title),) * 3
        assert (fields["DA"], fields["UR"], fields["AN"]) == ("2023-09-14", of.url, line(of.article_id))
        notes = [value for tag, value in record if tag == "N1"]
        assert f"sha256: {of.sha256}" in notes
        assert f"Question: {answer.question}" in notes
        for each in (each for _, each in cited(answer) if each.hit.passage.article == of):
            assert [note for note in notes if note.startswith(f"“{line(each.quote)}” (")]


def test_a_refusal_in_ris_is_one_record_that_says_so(refusal):
    (record,) = read_ris(export_ris(refusal, ASKED))
    assert record[:2] == [("TY", "GEN"), ("TI", "@who?")]
    assert ("N1", f"Answered: no. {refusal.reason}") in record
