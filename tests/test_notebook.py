"""What is kept beside an index: clips and saved searches survive a kill, two writers, and a line that is damaged."""

import csv
import io
import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from index.store import Store
from search import kept, notebook, searches
from search.escapes import file_stem
from search.excerpts import Excerpt, passage_excerpt
from search.export import Provenance
from search.export_excerpts import LIST_FORMATS, passage_list
from search.kept import KeepingError
from search.narrowing import Narrowing, row_filter
from search.notebook import Clip, add_clip, change_note, clip_list, new_clip, read_notebook, remove_clip
from search.notebook_facets import clip_facets, clips_within
from search.question import QuestionError
from search.searcher import Searcher
from search.verify import saved_answers, verify_answer

HOSTILE = "=<script>alert(1)</script> [x](javascript:y) $5 {b} \\ 日本 \u2028 @misc{z,"
ROOT = Path(__file__).resolve().parents[1]


def excerpt(number: int = 1, words: str = "The bridge opened.") -> Excerpt:
    return Excerpt(
        words, "The bridge", "Opening", "Post", "A. Writer", "2024-05-02", "https://a.example/b", f"a{number}", 0,
        len(words), "0" * 64,
    )  # fmt: skip


def clip(number: int = 1, *, user: str = "", words: str = "The bridge opened.") -> Clip:
    return new_clip(excerpt(number, words), question="when did it open?", generation=3, user=user)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return notebook.notebook_path(tmp_path / "news")


def test_the_notebook_is_beside_the_index_and_anybody_can_open_it(tmp_path: Path, path: Path) -> None:
    assert path == tmp_path / "news-notebook.jsonl"
    assert read_notebook(path).records == ()
    made = clip(user="  Ada \n Byron ")
    add_clip(path, made)
    (line,) = path.read_text(encoding="utf-8").splitlines()
    assert list(json.loads(line)) == [
        "id", "user", "clipped_at", "question", "generation", "quote", "title", "section", "source", "author",
        "published", "url", "article_id", "start", "end", "sha256", "note",
    ]  # fmt: skip
    assert made.user == "Ada Byron"
    assert read_notebook(path).records == (made,)


def test_notes_change_clips_go_and_come_back(path: Path) -> None:
    clips = [clip(number) for number in range(3)]
    for each in clips:
        add_clip(path, each)
    change_note(path, clips[1].id, "  ask the mayor\nagain " + "x" * 5_000)
    noted = read_notebook(path).records[1]
    assert noted.note.startswith("ask the mayor\nagain x")
    assert len(noted.note) == notebook.MOST_NOTE_CHARACTERS
    add_clip(path, clips[1])  # pressed again, in another window
    assert read_notebook(path).records[1] == noted
    remove_clip(path, noted.id)
    change_note(path, noted.id, "too late")
    assert read_notebook(path).records == (clips[0], clips[2])
    add_clip(path, noted)
    assert read_notebook(path).records == (clips[0], clips[2], noted)


def test_the_same_words_clipped_by_two_people_are_two_clips(path: Path) -> None:
    for user in ("Ada", "Bo", "Ada"):
        add_clip(path, clip(user=user))
    assert [each.user for each in read_notebook(path).records] == ["Ada", "Bo"]


@pytest.mark.parametrize(
    "line",
    [
        b"{half a li", b"[]", b"\xff\xfe", b"3", b"[" * 100_000, b'{"id": "x"}', b'{"id": 5, "quote": "\\ud800"}',
    ],
)  # fmt: skip
def test_a_damaged_line_is_told_and_the_others_stay(path: Path, line: bytes) -> None:
    first, second = clip(1), clip(2)
    add_clip(path, first)
    path.write_bytes(path.read_bytes() + line)  # without an end, as a write leaves it that was cut short
    (damaged,) = read_notebook(path).damaged
    assert damaged.number == 2
    assert damaged.reason.startswith(("is not", "has no"))
    add_clip(path, second)
    change_note(path, first.id, "n")
    remove_clip(path, "none")
    found = read_notebook(path)
    assert [each.id for each in found.records] == [first.id, second.id]
    assert len(found.damaged) == 1
    assert line in path.read_bytes().split(b"\n")


def test_what_a_later_version_adds_to_a_clip_is_kept(path: Path) -> None:
    add_clip(path, clip())
    values = {**json.loads(path.read_text(encoding="utf-8")), "colour": "red"}
    path.write_text(json.dumps(values), encoding="utf-8")
    change_note(path, clip().id, "n")
    assert json.loads(path.read_text(encoding="utf-8"))["colour"] == "red"


def test_a_notebook_is_bounded_and_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "MOST_CLIPS", 2)
    for number in range(2):
        add_clip(path, clip(number))
    with pytest.raises(KeepingError, match=r"holds 2 lines.*export them"):
        add_clip(path, clip(2))
    monkeypatch.setattr(kept, "MOST_BYTES", 10)
    with pytest.raises(KeepingError, match="move it away"):
        read_notebook(path)


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeepingError, match="cannot be"):
        add_clip(tmp_path / "file" / "news-notebook.jsonl", clip())
    (tmp_path / "news-notebook.jsonl").mkdir()
    with pytest.raises(KeepingError, match="cannot be read"):
        read_notebook(tmp_path / "news-notebook.jsonl")


def test_another_who_writes_is_waited_for_and_then_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "WAIT_SECONDS", 0.2)
    with kept._locked(path), ThreadPoolExecutor(1) as pool:
        done = pool.submit(add_clip, path, clip())
        with pytest.raises(KeepingError, match="written by another"):
            done.result()


def test_clips_that_are_made_at_once_are_all_kept(path: Path) -> None:
    clips = [clip(number) for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: add_clip(path, each), clips))
    found = read_notebook(path)
    assert {each.id for each in found.records} == {each.id for each in clips}
    assert found.damaged == ()


def test_a_kill_loses_no_clip_that_was_kept(path: Path) -> None:
    code = (
        "import sys, pathlib; sys.path[:0] = [sys.argv[2]]\n"
        "from tests.test_notebook import clip; from search.notebook import add_clip\n"
        "for n in range(100_000):\n"
        "    add_clip(pathlib.Path(sys.argv[1]), clip(n)); print(n, flush=True)\n"
    )
    for wait in (0.05, 0.12, 0.21):
        path.unlink(missing_ok=True)
        writer = subprocess.Popen([sys.executable, "-c", code, path, ROOT], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert writer.stdout
        told = [writer.stdout.readline()]
        time.sleep(wait)
        writer.send_signal(signal.SIGKILL)
        told += writer.stdout.readlines()
        writer.wait()
        found = read_notebook(path)
        assert len(found.records) >= len([line for line in told if line.endswith("\n")]) > 0
        assert found.damaged == ()
        add_clip(path, clip(-1))  # nobody holds the lock


# ---- whether quotes hold, and exports ------------------------------------------------------------------------


def test_each_clip_tells_whether_its_quote_still_holds(sample_index: Path) -> None:
    with Searcher.open(sample_index) as briefings:
        (hit,) = briefings.search("what does Russia want from Kim?", k=1)
        listed = passage_list(briefings.ask("what does Russia want from Kim?"), ASKED)
    held = listed.listed[0].excerpt
    assert held.quote == hit.passage.text
    gone, changed = replace(held, article_id="none"), replace(held, quote="Other words.")
    clips = [new_clip(each, question="q", generation=1) for each in (held, gone, changed)]
    with Store.open(sample_index) as store:
        assert [check.state for check in notebook.check_clips(clips, store)] == ["holds", "gone", "changed"]


def test_clips_pass_the_filters_that_their_passages_pass(sample_index: Path) -> None:
    with Searcher.open(sample_index) as briefings:
        store = briefings.store
        hits = briefings.search("what does Russia want from Kim?", k=20)
        clips = [new_clip(passage_excerpt(hit), question="q", generation=1) for hit in hits]
        kept = [hit.passage.article.source for hit in hits]
        narrowed: list[Narrowing] = [
            {"source": "the harbour wire"},
            {"exclude_source": kept[0]},
            {"since": "2023-09-14", "until": "2023-09-15"},
            {"section": next(hit.passage.section.heading for hit in hits if hit.passage.section.heading)},
            {"language": "EN", "until": "2023-09-14"},
        ]
        for narrowing in narrowed:
            passing = set(store.matching(row_filter(store, narrowing)).tolist())
            expected = [store.passage_number(hit.passage.passage_id) in passing for hit in hits]
            assert True in expected
            assert [each in clips_within(clips, store, **narrowing) for each in clips] == expected, narrowing
            assert clip_facets(clips, store, **narrowing).articles == sum(expected)
        counts = {count.name: count.articles for count in clip_facets(clips, store).sources}
        assert counts == {name: kept.count(name) for name in kept}
        with pytest.raises(QuestionError, match="no article is from 'Nobody'"):
            clips_within(clips, store, source="Nobody")
        torn = [replace(clips[0], excerpt=replace(clips[0].excerpt, published="soon"))]
        assert clip_facets(torn, store).over_time.undated == 1


ASKED = Provenance("2026-11-24T12:00:00+00:00", "/tmp/{i}", 7, "letters", since="2023-01-01", source=("=A & B",))


@pytest.fixture
def clips() -> list[Clip]:
    hostile = Excerpt(
        HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, "2024-05-02", "javascript:1", HOSTILE, 0, 9, "1" * 64
    )
    return [
        replace(clip(1, user=HOSTILE), note=f"{HOSTILE}\nsecond line"),
        replace(clip(1), id="other", note=""),
        new_clip(hostile, question=HOSTILE, generation=2),
    ]


def test_a_notebook_is_exported_with_every_citation_and_note(clips: list[Clip], tmp_path: Path) -> None:
    found = clip_list(clips, tmp_path / "news")
    texts = {suffix: write(found) for suffix, write in LIST_FORMATS.items()}
    for text in texts.values():
        assert text.endswith("\n")
        assert "https://a.example/b" in text
        assert "0" * 64 in text
        assert "news" in text
    tokens = MarkdownIt("commonmark").parse(texts[".md"])
    assert {each.type for token in tokens for each in token.children or ()} <= {"text", "link_open", "link_close"}
    rows = list(csv.DictReader(io.StringIO(texts[".csv"])))
    assert [row["marker"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["note"] == f"'{HOSTILE}\nsecond line"
    assert rows[2]["quote"] == f"'{HOSTILE}"
    assert texts[".bib"].count("\n@") == 2  # two clips of one article are one entry
    assert texts[".bib"].count("{") == texts[".bib"].count("}")
    assert len([line for line in texts[".ris"].splitlines() if line.startswith("TY  - ")]) == 2


def test_an_exported_notebook_is_what_verify_takes(clips: list[Clip], tmp_path: Path, sample_index: Path) -> None:
    (saved,) = saved_answers(LIST_FORMATS[".json"](clip_list(clips, tmp_path)).encode())
    assert [claim.quote for claim in saved.claims] == [each.excerpt.quote for each in clips]
    assert saved.is_its_quotes
    with Searcher.open(sample_index) as briefings:
        answer = briefings.ask("what does Russia want from Kim?")
        (saved,) = saved_answers(LIST_FORMATS[".json"](passage_list(answer, ASKED)).encode())
        assert len(saved.claims) == len(answer.hits) == 10
        assert verify_answer(saved, briefings.store).holds


@pytest.mark.parametrize("suffix", LIST_FORMATS)
def test_an_empty_list_is_a_file_that_says_so(suffix: str, tmp_path: Path) -> None:
    text = LIST_FORMATS[suffix](clip_list([], tmp_path))
    assert text.startswith("marker,quote,title,") if suffix == ".csv" else "Notebook" in text


@pytest.mark.parametrize(
    ("question", "stem"),
    [
        ("What does Russia want from Kim?", "what-does-russia-want-from-kim"),
        ("../../etc/passwd", "etc-passwd"),
        ("???", "untitled"),
        ("a\x00b\r\n\"c';<d>", "a-b-c-d"),
        ("Größe: 新闻", "grösse-新闻"),
        ("x" * 300, "x" * 60),
    ],
)
def test_a_file_is_named_for_its_question(question: str, stem: str) -> None:
    assert file_stem(question) == stem


# ---- saved searches ------------------------------------------------------------------------------------------


def test_a_saved_search_tells_what_is_new_since_it_was_seen(tmp_path: Path, build_with_letters) -> None:
    def build(*rows: tuple[str, str]) -> None:
        lines = [
            json.dumps({"_id": name, "title": name, "text": text, "metadata": {"source": "Post", "date": "2024-05-02"}})
            for name, text in rows
        ]
        (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
        build_with_letters(tmp_path / "news", [tmp_path / "a.jsonl"], model="letters")

    path = searches.searches_path(tmp_path / "news")
    kim = ("kim", "Kim wants grain.")
    build(kim)
    found = open_with_letters(tmp_path / "news")
    asked = searches.new_search(found, "kim", {"source": ("Post",), "since": date(2024, 1, 1)}, k=5, mark="1")
    assert asked.options == {"source": ["Post"], "since": "2024-01-01"}
    assert asked.seen == ("kim",)
    searches.save_search(path, asked)
    assert searches.read_searches(path).records == (asked,)
    build(kim, ("putin", "Kim wants oil from Putin."))
    found = open_with_letters(tmp_path / "news")
    best = searches.best_articles(found, asked.question, asked.options)
    assert searches.unseen(asked, best) == ["putin"]
    seen = searches.new_search(found, "kim", {"source": ["Post"], "since": date(2024, 1, 1)}, k=5, mark="2")
    searches.save_search(path, seen)
    assert seen.id == asked.id
    assert searches.read_searches(path).records == (seen,)
    assert searches.unseen(seen, best) == []
    searches.remove_search(path, seen.id)
    assert searches.read_searches(path).records == ()


def open_with_letters(folder: Path) -> Searcher:
    from tests.conftest import Letters

    return Searcher(Store.open(folder), Letters())


@pytest.mark.parametrize("wrong", [{"options": []}, {"options": {"source": 5}}, {"seen": "x"}, {"k": "5"}, {"k": -1}])
def test_a_damaged_search_is_told_and_the_others_stay(tmp_path: Path, wrong: dict[str, object]) -> None:
    path = tmp_path / "s.jsonl"
    search = searches.SavedSearch("i", "", "q", {}, 5, "2026-01-01T00:00:00+00:00", ("a",), "m")
    searches.save_search(path, search)
    values = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(f"{json.dumps(values)}\n{json.dumps({**values, **wrong})}\n", encoding="utf-8")
    found = searches.read_searches(path)
    assert found.records == (search,)
    assert [each.number for each in found.damaged] == [2]
