"""What a source repeats is taken out, what it has to say is not, and the file of rules is the person's to change."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index import rules as rules_module
from index.blocks import Block, assemble
from index.build import BuildReport
from index.doctor import examine, repair
from index.generations import current_generation
from index.history import rollback, snapshot
from index.learning import cleaned_by
from index.lexical import RowFilter
from index.passages import passages_of
from index.records import Article
from index.removal import Selection, remove
from index.repeats import as_read, common, counted, cuts, mark_of, marks_of, without
from index.rules import NAME, Rule, read_rules
from index.store import Store
from search.cli import main
from search.inspecting import inspected

Build = Callable[..., BuildReport]
FOOTER = "The Harbour Wire is owned by Quay Media, a house of the port of Argyle."
SIGN_UP = "Every morning 3 stories in your letter box: the Harbour Brief."
OWN = [
    "Grain ships sailed from the old port at dawn, and the crews waved.",
    "A vote on the budget was put off by the council until next spring.",
    "Heavy rain closed two mountain roads and a bridge in the far north.",
    "Prices of bread rose again, and bakers blamed the cost of their ovens.",
    "The striking nurses went back to work after talks that took all night.",
    "An oil tanker ran aground near the lighthouse, but nothing was spilt.",
]
MORE = "Officials of department {} gave no reason and will speak about number {} on Friday evening."


@pytest.fixture
def build(build_with_letters: Build) -> Build:
    return build_with_letters


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def story(number: int, *, source: str = "The Harbour Wire", amid: str = "", end: str = FOOTER) -> str:
    name = "abcdefghij"[number]
    paragraphs = [f"# Story {name * 3}", OWN[number % 6], amid, MORE.format(name * 2, number), end]
    return f"---\nsource: {source}\n---\n\n" + "\n\n".join(filter(None, paragraphs)) + "\n"


def own(number: int) -> str:
    return f"{OWN[number % 6]}\n\n{MORE.format('abcdefghij'[number] * 2, number)}"


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """Return six articles of a source that ends all of them alike, and two of another, one of which says the same."""
    place = tmp_path / "news"
    place.mkdir()
    for number in range(6):
        (place / f"{number}.md").write_text(story(number, amid=SIGN_UP.replace("3", str(number)) if number else ""))
    (place / "meridian.md").write_text(story(6, source="Meridian"))
    (place / "other.md").write_text(story(7, source="Meridian", end=""))
    return place


def texts(folder: Path) -> dict[str, str]:
    with Store.open(folder) as store:
        articles = [store.article(row.article_id) for row in store.article_rows()]
    assert examine(folder).findings == ()
    return {article.article_id: article.text for article in articles if article}


def rows(folder: Path) -> list[list[str]]:
    lines = (folder / NAME).read_text().splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / NAME
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


# ---- what is learned -----------------------------------------------------------------------------------


def test_what_a_source_repeats_goes_and_another_source_keeps_it(build: Build, folder: Path, news: Path) -> None:
    report = build(folder, [news])
    assert (report.added, report.cleaned, report.problems) == (8, 6, ())
    held = texts(folder)
    assert [held[f"{number}.md"] for number in range(6)] == [own(number) for number in range(6)]
    assert held["meridian.md"] == f"{own(6)}\n\n{FOOTER}"
    assert rows(folder) == [
        ["drop", "The Harbour Wire", "5 of 6", SIGN_UP.replace("3", "1")],
        ["drop", "The Harbour Wire", "6 of 6", FOOTER],
    ]


def test_what_was_dropped_is_told_and_the_offsets_are_of_what_is_left(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news])
    with Store.open(folder) as store:
        article = store.article("1.md")
        assert article is not None
        assert [(block.rule, block.text) for block in article.dropped if block.at is not None] == [
            ("repeated in The Harbour Wire", SIGN_UP.replace("3", "1")),
            ("repeated in The Harbour Wire", FOOTER),
        ]
        for passage in store.passages(range(1, 20)).values():
            assert (
                passage.text in own(int(passage.article.article_id[0]))
                if passage.article.source != "Meridian"
                else True
            )
        assert len(store.lexical.search("Quay", 9, RowFilter())[0]) == 1


def test_a_second_run_has_nothing_to_do_and_more_articles_change_nothing_of_it(
    build: Build, folder: Path, news: Path
) -> None:
    build(folder, [news])
    written = (folder / NAME).stat().st_mtime_ns
    again = build(folder, [news])
    assert (again.unchanged, again.embedded, again.generation, again.cleaned) == (8, 0, 1, 0)
    assert (folder / NAME).stat().st_mtime_ns == written
    for number in range(6, 10):
        (news / f"{number}.md").write_text(story(number, end=FOOTER if number == 6 else ""))
    more = build(folder, [news])
    assert (more.added, more.unchanged, more.cleaned) == (4, 8, 1)
    assert [row[2] for row in rows(folder)] == ["5 of 10", "7 of 10"]
    assert texts(folder)["6.md"] == own(6)


def test_what_was_learned_stays_below_the_share_that_it_was_learned_at_and_goes_far_below_it(
    build: Build, folder: Path, tmp_path: Path
) -> None:
    place = tmp_path / "many"
    place.mkdir()
    for number in range(4):
        (place / f"{number}.md").write_text(story(number))
    build(folder, [place])
    assert len(rows(folder)) == 1

    def add(first: int, last: int) -> BuildReport:
        for number in range(first, last):
            text = f"# N\n\nThe {number}th of the letters came by ship number {number}."
            (place / f"n{number}.md").write_text(f"---\nsource: The Harbour Wire\n---\n\n{text}")
        return build(folder, [place])

    assert add(0, 16).cleaned == 0
    assert [row[2] for row in rows(folder)] == ["4 of 20"]
    assert add(16, 30).cleaned == 4
    assert rows(folder) == []
    assert texts(folder)["0.md"] == f"{own(0)}\n\n{FOOTER}"


def test_an_index_that_knows_no_paragraphs_yet_learns_when_its_files_are_read_again(
    build: Build, folder: Path, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("index.intake.marks_of", lambda _: [])
        before.setattr("index.articles.READERS_VERSION", 0)
        assert build(folder, [news]).cleaned == 0
    report = build(folder, [news])
    assert (report.unchanged, report.cleaned) == (8, 6)
    assert texts(folder)["0.md"] == own(0)


def test_text_without_a_named_source_is_learned_from_too(build: Build, folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "plain"
    place.mkdir()
    for number in range(5):
        (place / f"{number}.txt").write_text(f"A head {number}\n\n{own(number)}\n\n{FOOTER}\n")
    build(folder, [place])
    assert [row[1] for row in rows(folder)] == ["(source unknown)"]
    assert list(texts(folder).values()) == [own(number) for number in range(5)]


def test_lines_and_rows_are_kept_as_they_are(build: Build, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    metadata = {"source": "The Harbour Wire"}
    given = {f"a{number}": f"{own(number)}\n\n{FOOTER}" for number in range(6)}
    path.write_text(
        "".join(json.dumps({"_id": key, "text": text, "metadata": metadata}) + "\n" for key, text in given.items())
    )
    table = tmp_path / "corpus.csv"
    table.write_text("text,source\n" + "".join(f'"{text}",The Harbour Wire\n' for text in given.values()))
    build(folder, [path, table])
    assert list(texts(folder).values()) == [*given.values()] * 2
    assert not (folder / NAME).exists()
    (folder / NAME).write_text(f"drop\tThe Harbour Wire\tby hand\t{FOOTER}\n")
    assert build(folder, [path, table]).cleaned == 0
    assert list(texts(folder).values()) == [*given.values()] * 2


# ---- what is not ---------------------------------------------------------------------------------------


def learned(*articles: Sequence[str]) -> set[str]:
    """Return the paragraphs that are learned from articles of one source, given as paragraphs."""
    marks = [np.array([mark_of(text) for text in article], dtype=np.uint64) for article in articles]
    found = common(marks, counted(marks))
    return {text for article in articles for text in article if mark_of(text) in found}


def paragraphs(number: int) -> list[str]:
    return [f"{OWN[number % 6]} Number {number}.", MORE.format("abcdefghij"[number % 10] * 2, number)]


def test_an_article_that_stands_there_many_times_is_one_story() -> None:
    copies = [[*paragraphs(0), "All of this was seen by our man in the harbour of Argyle."]] * 8
    edited = [[*paragraphs(0)[:1], "A paragraph of the update, which is new.", "And it ends.", *paragraphs(0)[1:]]] * 3
    assert learned(*copies, *edited, *(paragraphs(number) for number in range(1, 4))) == set()


def test_three_stories_are_too_few_and_four_are_enough() -> None:
    assert learned(*([*paragraphs(number), FOOTER] for number in range(3))) == set()
    assert learned(*([*paragraphs(number), FOOTER] for number in range(4))) == {FOOTER}


def test_what_stands_in_few_of_the_articles_stays() -> None:
    without_it = [paragraphs(number) for number in range(20, 34)]
    assert learned(*([*paragraphs(number), FOOTER] for number in range(4)), *without_it) == set()


def test_background_that_has_the_story_behind_it_stays() -> None:
    background = "The war began in February, when the first columns crossed the border in the north."
    articles = [[paragraphs(number)[0], background, paragraphs(number)[1], FOOTER] for number in range(8)]
    assert learned(*articles) == {FOOTER}


def test_what_speaks_to_the_reader_goes_from_the_midst_if_it_is_short() -> None:
    long = "Your " + " ".join(f"word{chr(97 + number)}" for number in range(20)) + " more than you need of it" * 4
    articles = [[paragraphs(n)[0], SIGN_UP.replace("3", str(n)), long, paragraphs(n)[1]] for n in range(8)]
    assert learned(*articles) == {SIGN_UP.replace("3", str(number)) for number in range(8)}


def test_figures_make_two_paragraphs_of_a_report_and_one_of_a_footer() -> None:
    reports = [[*paragraphs(number), f"The index stood at {number} points at the close."] for number in range(8)]
    assert learned(*reports) == set()
    assert len(learned(*([*paragraphs(number), f"© 200{number} Quay Media"] for number in range(8)))) == 8


@pytest.mark.parametrize(
    "quote",
    [
        "“We will not leave this harbour,” the mayor has said.",
        "The mayor has said: “We will not leave this harbour to you or to them.”",
        '"We will stay with you," said the mayor.',
    ],
)
def test_what_somebody_said_stays_however_often_it_is_quoted(
    build: Build, folder: Path, tmp_path: Path, quote: str
) -> None:
    place = tmp_path / "quoting"
    place.mkdir()
    for number in range(6):
        (place / f"{number}.md").write_text(story(number, end=f"{quote}\n\n{FOOTER}"))
    build(folder, [place])
    assert all(text.endswith(quote) for text in texts(folder).values())
    assert [row[3] for row in rows(folder)] == [FOOTER]


def test_an_article_of_nothing_else_keeps_it_and_a_heading_goes_with_what_it_heads() -> None:
    one, two, foot = (mark_of(text) for text in (OWN[0], OWN[1], FOOTER))
    assert cuts([foot, 0, foot], {foot}) == []
    assert cuts([one, foot, two], {foot}) == [1]
    assert cuts([one, 0, foot], {foot}) == [1, 2]
    assert cuts([one, 0, 0, foot, foot], {foot}) == [1, 2, 3, 4]
    assert cuts([one, 0, foot, two], {foot}) == [2]
    assert cuts([one, foot, 0], {foot}) == [1]


def test_what_is_taken_out_can_be_put_back() -> None:
    blocks = [Block("Head", 2), Block("One\ntwo."), Block("Foot.")]
    text, headings = assemble([*blocks, Block("Three."), Block("About", 3), Block("Foot.")])
    article = Article("a", "T", text, headings)
    assert len(marks_of(article)) == 6
    cut = without(article, {2: "r", 4: "r", 5: "r"})
    assert (cut.text, cut.headings) == ("Head\n\nOne\ntwo.\n\nThree.", headings[:1])
    back = as_read(cut)
    assert (back, back.dropped) == (article, ())
    assert "".join(passage.text for passage in passages_of(cut)) == "One\ntwo.\n\nThree."


# ---- the file ------------------------------------------------------------------------------------------


def test_keep_brings_a_paragraph_back_for_good(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news])
    before = texts(folder)
    edit(folder, "drop\tThe Harbour Wire\t6 of 6", "keep\tThe Harbour Wire\t6 of 6")
    report = build(folder, [news])
    assert (report.generation, report.cleaned, report.unchanged) == (2, 6, 8)
    assert texts(folder) == {
        key: text if key in ("meridian.md", "other.md") else f"{text}\n\n{FOOTER}" for key, text in before.items()
    }
    assert build(folder, [news]).generation == 2
    (news / "8.md").write_text(story(8))
    build(folder, [news])
    assert texts(folder)["8.md"].endswith(FOOTER)
    assert [row[0] for row in rows(folder)] == ["drop", "keep"]
    edit(folder, "keep", "drop")
    assert build(folder, [news]).cleaned == 7


def test_a_line_of_ones_own_drops_and_taking_it_away_restores(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news])
    line = f"drop\tMERIDIAN\t\t{FOOTER.upper()}\n"
    with (folder / NAME).open("a") as file:
        file.write(line)
    assert build(folder, [news]).cleaned == 1
    assert texts(folder)["meridian.md"] == own(6)
    with Store.open(folder) as store:
        article = store.article("meridian.md")
        assert article is not None
        assert [block.rule for block in article.dropped if block.at is not None] == ["named by hand in MERIDIAN"]
    assert build(folder, [news]).generation == 2
    edit(folder, line.replace("\t\t", "\tby hand\t"), "")
    assert build(folder, [news]).cleaned == 1
    assert texts(folder)["meridian.md"].endswith(FOOTER)


def test_a_learned_line_that_is_deleted_and_a_file_that_is_deleted_come_back(
    build: Build, folder: Path, news: Path
) -> None:
    build(folder, [news])
    whole = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(whole.splitlines(keepends=True)[0])
    assert build(folder, [news]).generation == 1
    assert (folder / NAME).read_bytes() == whole
    edit(folder, "drop\tThe Harbour Wire\t6", "keep\tThe Harbour Wire\t6")
    build(folder, [news])
    kept = (folder / NAME).read_bytes()
    (folder / NAME).unlink()
    assert build(folder, [news]).generation == 2
    assert (folder / NAME).read_bytes() == kept


def test_bad_lines_are_told_one_by_one_and_stay_where_they_can_be_mended(
    build: Build, folder: Path, news: Path
) -> None:
    build(folder, [news])
    bad = [
        "drop The Harbour Wire by hand no tabs",
        "burn\tA\tby hand\tText.",
        "drop\tA\tby hand\t \u2028",
        "\x00\x1b[2J",
    ]
    with (folder / NAME).open("a") as file:
        file.write("\n".join(["# a note of mine", *bad]) + "\n")
    for _ in range(2):
        report = build(folder, [news])
        assert [problem.where.rpartition(" ")[2] for problem in report.problems] == ["7", "8", "9", "10"]
        assert {problem.reason for problem in report.problems} == {
            "is no rule: write drop or keep, source, by hand, paragraph"
        }
        assert report.generation == 1
        assert "# a note of mine\n" in (folder / NAME).read_text()
    assert texts(folder)["0.md"] == own(0)


@pytest.mark.parametrize("what", ["bytes", "size", "folder"])
def test_a_file_that_cannot_be_read_is_one_line_and_is_left_alone(
    build: Build, folder: Path, news: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(folder, [news])
    path = folder / NAME
    if what == "bytes":
        path.write_bytes(b"drop\t\xff\n")
    elif what == "size":
        monkeypatch.setattr(rules_module, "MOST_BYTES", 1000)
        path.write_text("#" * 1001)
    else:
        path.unlink()
        path.mkdir()
    (news / "8.md").write_text(story(8))
    report = build(folder, [news])
    assert [problem.where for problem in report.problems] == [str(path)]
    assert texts(folder)["8.md"] == own(8)
    assert path.is_dir() or not path.read_bytes().startswith(b"## Para")


def test_a_change_that_is_made_while_a_build_runs_is_not_written_over(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news])
    (news / "8.md").write_text(story(8))
    mine = f"keep\tThe Harbour Wire\t\t{FOOTER}\n"
    build(folder, [news], progress=lambda _: (folder / NAME).write_text(mine))
    assert (folder / NAME).read_text() == mine
    build(folder, [news])
    assert texts(folder)["0.md"].endswith(FOOTER)


# ---- with all else -------------------------------------------------------------------------------------


def test_the_rules_go_with_the_generation(build: Build, folder: Path, news: Path, tmp_path: Path) -> None:
    build(folder, [news])
    first = texts(folder)
    edit(folder, "drop", "keep")
    build(folder, [news])
    second = texts(folder)
    snapshot(folder, tmp_path / "copy")
    rollback(folder)
    assert texts(folder) == first
    with Store.open(folder) as store:
        assert {rule.action for rule in store.rules()} == {"drop"}
    build(folder, [news])  # goes by the file, which says keep
    assert texts(folder) == second
    assert build(tmp_path / "copy", [news]).generation == 2
    assert texts(tmp_path / "copy") == second
    assert (tmp_path / "copy" / NAME).read_text() == (folder / NAME).read_text()


def test_a_repaired_database_has_its_articles_as_they_were_cut(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news])
    before = texts(folder)
    generation = current_generation(folder)
    assert generation is not None
    with closing(sqlite3.connect(generation / "articles.sqlite")) as connection, connection:
        connection.execute("UPDATE articles SET title = 'Changed' WHERE article_id = '3.md'")
    repair(folder)
    assert texts(folder) == {key: text for key, text in before.items() if key != "3.md"}
    report = build(folder, [news])
    assert (report.added, report.unchanged) == (1, 7)
    assert texts(folder) == before
    edit(folder, "drop", "keep")
    build(folder, [news])
    assert texts(folder)["0.md"].endswith(FOOTER)


def test_a_rule_goes_with_the_last_article_that_it_was_learned_from(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news])
    remove(folder, Selection(ids=("0.md",)), agree=lambda *_: True)
    assert len(rows(folder)) == 2
    remove(folder, Selection(sources=("The Harbour Wire",)), agree=lambda *_: True, purge=True)
    assert rows(folder) == []
    with Store.open(folder) as store:
        assert store.rules() == ()
    assert texts(folder)["meridian.md"].endswith(FOOTER)


def test_inspect_shows_what_the_rules_of_an_index_drop(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news])
    with Store.open(folder) as store:
        rules = store.rules()
    (alone,) = inspected(news / "2.md").articles
    (cleaned,) = inspected(news / "2.md", rules).articles
    assert alone.text.endswith(FOOTER)
    assert cleaned.text == own(2)
    assert [block.rule for block in cleaned.dropped if block.at is not None] == ["repeated in The Harbour Wire"] * 2
    assert [passage.text for passage in passages_of(cleaned)] == [own(2)]


def test_inspect_goes_by_the_file_as_it_was_edited(
    build: Build, folder: Path, news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(folder, [news])
    edit(folder, f"drop\tThe Harbour Wire\t6 of 6\t{FOOTER}", f"keep\tThe Harbour Wire\t6 of 6\t{FOOTER}")
    with (folder / NAME).open("a") as opened:
        opened.write(f"drop\tThe Harbour Wire\tby hand\t{OWN[2]}\nno rule\n")
    out, err = run(capsys, "inspect", news / "2.md", "--index", folder, "--json")
    (article,) = json.loads(out)["articles"]
    assert OWN[2] not in article["text"]
    assert article["text"].endswith(FOOTER)
    assert {"rule": "named by hand in The Harbour Wire", "text": OWN[2]} in article["dropped"]
    assert f"{NAME} line 7 is no rule" in err


def test_status_tells_of_the_rules_and_where_they_are(
    build: Build, folder: Path, news: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(folder, [news])
    edit(folder, f"drop\tThe Harbour Wire\t6 of 6\t{FOOTER}", f"keep\tThe Harbour Wire\t6 of 6\t{FOOTER}")
    build(folder, [news])
    told = f"  2 rules on paragraphs that sources repeat, 1 to drop, 1 to keep: {folder / NAME}\n"
    assert told in run(capsys, "status", "--index", folder)[0]
    listed = json.loads(run(capsys, "status", "--index", folder, "--json")[0])["learned_rules"]
    assert listed == {"path": str(folder / NAME), "drop": 1, "keep": 1}
    build(tmp_path / "few", [news / "other.md"])
    assert "on paragraphs" not in run(capsys, "status", "--index", tmp_path / "few")[0]


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[str, str]:
    with pytest.raises(SystemExit, match="0"):
        main([*map(str, arguments)])
    return tuple(capsys.readouterr())  # type: ignore[return-value]


def test_a_rule_does_not_touch_text_that_was_given_as_it_is() -> None:
    rule = Rule("drop", "", "by hand", "Foot.")
    assert cleaned_by([rule], Article("a", "", "One.\n\nFoot.")).text == "One."
    assert cleaned_by([rule], Article("a", "", "One.\n\nFoot.", verbatim=True)).text == "One.\n\nFoot."


def test_a_folder_without_the_file_has_no_rules(tmp_path: Path) -> None:
    assert read_rules(tmp_path).rules is None


def test_a_hundred_thousand_articles_are_learned_from_quickly() -> None:
    marks = [
        np.array([n * 64 + place << 16 | 40 for place in range(30)] + [5 << 16 | 12], dtype=np.uint64)
        for n in range(1, 20_001)
    ]
    begun = time.monotonic()
    assert common(marks, counted(marks)) == [5 << 16 | 12]
    assert time.monotonic() - begun < 5
