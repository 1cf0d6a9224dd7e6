"""What is judged is kept, whoever writes and however the writer ends, and comes out as `evaluate` reads it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.build import build
from index.errors import InputError
from search import judgements as module
from search.cli import main
from search.evaluate import evaluate_run, read_judgements
from search.gold import read_gold
from search.judged import RANKINGS, qrels, qrels_lines, queries, queries_lines, questions_with_relevant, run_judged
from search.judgements import (
    Judgement,
    Quote,
    add,
    counted,
    judged_hit,
    judgements_file,
    query_id,
    read,
    taken_back,
    user_name,
)
from search.markup_judging import comparison_table_html, evaluation_html, judged_html, judgement_html
from search.searcher import Searcher
from search.trec import Query, read_queries

ROOT = Path(__file__).resolve().parents[1]
WHEN = "2024-03-01T12:00:00+00:00"


def passage(question: str, passage_id: str, relevance: int | None, user: str = "ida") -> Judgement:
    article = passage_id.rpartition("#")[0]
    return Judgement(question, relevance, user, WHEN, 3, "m", 1, article, passage_id)


def answer(question: str, relevance: int | None, *quotes: Quote, user: str = "ida") -> Judgement:
    return Judgement(question, relevance, user, WHEN, 3, "m", quotes=quotes)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return judgements_file(tmp_path / "news")


# ---- the file ------------------------------------------------------------------------------------------------


def test_judgements_are_kept_beside_the_index(tmp_path: Path, file: Path) -> None:
    assert file == tmp_path / "news-judgements.jsonl"
    assert read(file) == module.Kept()
    both = [passage("who fled?", "a.md#0", 1), answer("who fled?", 0, Quote("a.md", 3, 7, "They"))]
    for judgement in both:
        add(file, judgement)
    assert read(file) == module.Kept(tuple(both))
    first = json.loads(file.read_text().splitlines()[0])
    assert first["query_id"] == query_id("who  fled? ")
    assert (first["user"], first["rank"], first["generation"], first["model"]) == ("ida", 1, 3, "m")


def test_the_last_word_of_a_person_on_a_thing_counts() -> None:
    one, two = passage("why?", "a#0", 1), passage("why?", "a#1", 1)
    assert counted([one, two, replace(one, relevance=0)]) == [two, replace(one, relevance=0)]
    assert counted([one, two, taken_back(one)]) == [two]
    assert counted([one, replace(one, user="bo", relevance=0)]) == [one, replace(one, user="bo", relevance=0)]
    right = answer("why?", 1, Quote("a", 0, 3, "Yes"))
    assert counted([right, answer("why?", 0, Quote("a", 4, 6, "No"))])[0] == right, "another answer is another thing"


def test_a_damaged_line_is_told_and_the_others_stay(file: Path) -> None:
    good = passage("why?", "a#0", 1)
    add(file, good)
    whole = file.read_bytes()
    values = json.loads(whole)
    changed = ({"relevance": 2}, {"relevance": True}, {"user": ""}, {"passage_id": "a\t#0"}, {"quotes": 3})
    changed += ({"judged_at": "soon"}, {"rank": -1}, {"question": "\ud800"}, {"passage_id": ""})
    bad = [json.dumps({**values, **change}).encode() for change in changed]
    bad += [b"\xff\xfe", b"[" * 5000, b"null", whole[:40], b'{"relevance": ' + b"9" * 5000 + b"}"]
    file.write_bytes(whole + b"\n".join(bad))
    add(file, replace(good, user="bo"))  # after a line that has no end
    kept = read(file)
    assert kept.judgements == (good, replace(good, user="bo"))
    assert kept.damaged == tuple(range(2, 2 + len(bad)))


def test_the_file_is_bounded(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(file, passage("why?", "a#0", 1))
    size = file.stat().st_size
    monkeypatch.setattr(module, "MOST_BYTES", size + 10)
    with pytest.raises(InputError, match="is full"):
        add(file, passage("why?", "a#1", 1))
    assert file.stat().st_size == size
    monkeypatch.setattr(module, "MOST_BYTES", size - 1)
    with pytest.raises(InputError, match="move it away"):
        read(file)
    with pytest.raises(InputError, match="cannot be judged"):
        add(file, passage("w" * 300_000, "a#0", 1))


def test_what_cannot_be_read_or_locked_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        read(file)
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.05)
    with module.FileLock(f"{file}.lock"), pytest.raises(InputError, match="another process"):
        add(file, passage("why?", "a#0", 1))


APPENDING = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from search.judgements import Judgement, add
for number in range({count}):
    add(Path({file!r}), Judgement("why? " + "w" * 500, 1, {user!r}, {when!r}, 1, "m", 1, "a", f"a#{{number}}"))
    print(number, flush=True)
"""


def appending(file: Path, user: str, count: int) -> subprocess.Popen[str]:
    code = APPENDING.format(root=str(ROOT), file=str(file), user=user, when=WHEN, count=count)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def test_two_processes_append_at_once(file: Path) -> None:
    writers = [appending(file, user, 60) for user in ("ida", "bo")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    kept = read(file)
    assert kept.damaged == ()
    for user in ("ida", "bo"):
        assert [each.passage_id for each in kept.judgements if each.user == user] == [f"a#{n}" for n in range(60)]


@pytest.mark.parametrize("after", [0.0, 0.005, 0.02, 0.05])
def test_a_kill_loses_nothing_that_was_kept(file: Path, after: float) -> None:
    writer = appending(file, "ida", 100_000)
    assert writer.stdout
    told = [writer.stdout.readline()]  # it has begun
    time.sleep(after)
    os.kill(writer.pid, signal.SIGKILL)
    told += writer.stdout.readlines()
    writer.wait()
    kept = read(file)
    said = [line for line in told if line.endswith("\n")]
    assert [each.passage_id for each in kept.judgements][: len(said)] == [f"a#{n}" for n in range(len(said))]
    assert len(kept.judgements) - len(said) in (0, 1)  # the last may have been kept without a word
    add(file, passage("why?", "b#0", 1))
    assert read(file).judgements == (*kept.judgements, passage("why?", "b#0", 1))


def test_a_line_cut_anywhere_costs_only_itself(file: Path) -> None:
    one, two = passage("why?", "a#0", 1), passage("why “so”?", "a#1", 0)
    add(file, one)
    first = file.stat().st_size
    add(file, two)
    whole = file.read_bytes()
    for cut in range(first, len(whole)):
        file.write_bytes(whole[:cut])
        add(file, two)
        assert read(file).judgements[0] == one
        assert read(file).judgements[-1] == two


HOSTILE = st.text(
    st.one_of(st.characters(), st.sampled_from("\n\r\t\x00\x1f\u2028\u202e\ud800\ufeff<>&\"'#$|`")), max_size=40
)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_hostile_text_is_kept_as_it_is_or_refused_and_never_breaks_a_file(
    question: str, user: str, article: str, quoted: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.jsonl"
        safe = passage("why?", "safe#0", 1)
        add(file, safe)
        given_ = [
            Judgement(module._line(question), 1, user_name(user), WHEN, 1, "m", 1, article, f"{article}#0"),
            Judgement(module._line(question), 1, user_name(user), WHEN, 1, "m", quotes=(Quote(article, 0, 1, quoted),)),
        ]
        added = [safe]
        for judgement in given_:
            try:
                add(file, judgement)
                added.append(judgement)
            except InputError:
                pass
        kept = read(file)
        assert kept == module.Kept(tuple(added))
        (Path(folder) / "q.jsonl").write_text("".join(queries_lines(added)), encoding="utf-8")
        assert read_queries(Path(folder) / "q.jsonl") == queries(added)
        for granularity in ("article", "passage"):
            (Path(folder) / "r.tsv").write_text("".join(qrels_lines(added, granularity)), encoding="utf-8")
            assert read_judgements(Path(folder) / "r.tsv") == qrels(added, granularity)
        html = judged_html(added) + "".join(judgement_html(each, quoted) for each in added)
        html += evaluation_html(question, {user: 0.5}, 1)
        assert html.count("<") == html.count(">")
        assert not set(html) & set("\ud800")


@given(HOSTILE)
def test_a_name_is_one_bounded_line(text: str) -> None:
    name = user_name(text)
    assert 1 <= len(name) <= 60
    assert user_name(name) == name
    assert name == module.ANONYMOUS or name in " ".join(module.harmless(text).split())


# ---- as `evaluate` reads them --------------------------------------------------------------------------------


def test_the_majority_decides_and_a_tie_is_not_relevant() -> None:
    votes = [passage("why?", "a#0", 1), passage("why?", "a#0", 0, "bo"), passage("why?", "b#0", 1)]
    query = query_id("why?")
    assert qrels(votes) == {query: {"a": 0, "b": 1}}
    assert qrels([*votes, passage("why?", "a#0", 1, "cy")], "passage") == {query: {"a#0": 1, "b#0": 1}}


def test_an_article_is_relevant_where_one_of_its_passages_is() -> None:
    votes = [passage("why?", "a#0", 0), passage("why?", "a#1", 1), passage("why?", "a#2", 0), passage("who?", "a#1", 0)]
    assert qrels(votes) == {query_id("why?"): {"a": 1}, query_id("who?"): {"a": 0}}
    assert questions_with_relevant(qrels(votes)) == 1


def test_what_is_said_of_a_passage_holds_for_its_copies_unless_they_are_judged_themselves() -> None:
    one = replace(passage("why?", "a#0", 1), copies=("b#1", "c#2"))
    query = query_id("why?")
    assert qrels([one]) == {query: {"a": 1, "b": 1, "c": 1}}
    assert qrels([one, passage("why?", "b#1", 0, "bo")], "passage") == {query: {"a#0": 1, "b#1": 0, "c#2": 1}}
    assert qrels([one, replace(one, user="bo", relevance=0)]) == {query: {"a": 0, "b": 0, "c": 0}}
    assert qrels([one, taken_back(one)]) == {}


def test_a_wire_copy_that_the_page_shows_as_one_counts_for_a_ranking(tmp_path: Path) -> None:
    text = (
        "The grain deal was signed in the port on Friday by envoys of both countries after nine days of talks. Under "
        "its terms ships may leave three harbours again, and inspectors will look into every hold before it is closed."
    )
    rows = [
        {"_id": name, "title": "", "text": f"{text} {end}"} for name, end in (("a", "They left."), ("b", "All ate."))
    ]
    (tmp_path / "wire.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    build(tmp_path / "news", [tmp_path / "wire.jsonl"])
    question = "who signed the grain deal in the port?"
    with Searcher.open(tmp_path / "news") as searcher:
        (hit,) = searcher.search(question, k=5)
        file = judgements_file(tmp_path / "news")
        add(file, judged_hit(question, hit, 1, user="ida", generation=1, model="m"))
        found = read(file).judgements
        assert qrels(found) == {query_id(question): {"a": 1, "b": 1}}
        asked = queries(found)
        for granularity in ("article", "passage"):
            run = run_judged(searcher, RANKINGS["default"], asked, granularity)
            assert evaluate_run(run, qrels(found, granularity)).means["nDCG@10"] == 1.0
            assert dict(run[query_id(question)]).keys() == set(qrels(found, granularity)[query_id(question)])


@pytest.mark.parametrize("copies", [["b"], ["#0"], ["b#x"], ["b\t#0"], [None], 1, "b#0"])
def test_a_line_whose_copies_are_no_passages_is_damaged(file: Path, copies: object) -> None:
    add(file, passage("why?", "a#0", 1))
    line = json.loads(file.read_bytes())
    file.write_text(json.dumps({**line, "copies": copies}) + "\n", encoding="utf-8")
    assert read(file) == module.Kept((), (1,))
    del line["copies"]  # as the first version wrote it
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert read(file).judgements == (passage("why?", "a#0", 1),)


def test_right_answers_become_gold_answers(tmp_path: Path) -> None:
    right = answer("who?", 1, Quote("a", 3, 6, "Ida"), Quote("b", 0, 2, "Bo"))
    found = [right, answer("when?", 1), answer("why?", 0), answer("how?", 0, Quote("a", 0, 1, "x"))]
    (tmp_path / "q.jsonl").write_text("".join(queries_lines(found)), encoding="utf-8")
    who, when = read_gold(tmp_path / "q.jsonl")
    assert (who.answers, who.spans, who.answerable) == (("Ida", "Bo"), ("Ida", "Bo"), True)
    assert (when.text, when.answers, when.answerable) == ("when?", (), False)
    assert [query.text for query in read_queries(tmp_path / "q.jsonl")] == ["who?", "when?", "why?", "how?"]
    disputed = [right, replace(right, user="bo", relevance=0)]
    assert "metadata" not in "".join(queries_lines(disputed))


def test_a_question_about_this_week_stays_one_about_the_week_in_which_it_was_judged(tmp_path: Path) -> None:
    found = [replace(passage("who won this week?", "a#0", 1), judged_at="2024-03-01T12:00:00+00:00")]
    later = replace(found[0], user="bo", judged_at="2024-05-05T12:00:00+00:00")
    (tmp_path / "q.jsonl").write_text("".join(queries_lines([*found, later])), encoding="utf-8")
    (query,) = read_queries(tmp_path / "q.jsonl")
    assert query.asked_on == date(2024, 3, 1)
    assert queries([*found, later]) == [query]


def test_every_ranking_runs_over_an_index_that_is_open(sample_index: Path) -> None:
    told: list[int] = []
    asked = [
        Query("q1", "what does Russia want from Kim?"),
        Query("q2", "who fled in 2023?"),
        Query("q3", "what did Seoul decide this week?", date(2024, 12, 5)),
    ]
    with Searcher.open(sample_index) as briefings:
        runs = {name: run_judged(briefings, each, asked, progress=told.append) for name, each in RANKINGS.items()}
        assert runs["default"]["q1"] == briefings.rank_articles("what does Russia want from Kim?")
        passages = run_judged(briefings, RANKINGS["default"], asked, "passage")
    assert told == [1, 2, 3] * len(RANKINGS)
    assert len({str(run) for run in runs.values()}) == len(RANKINGS)
    assert "#" in passages["q1"][0][0]


def test_a_comparison_says_what_it_found() -> None:
    from search.compare import compare_runs

    judged = {f"q{n}": {"a": 1, "b": 0} for n in range(8)}
    better, worse = ({q: [(doc, 1.0) for doc in docs] for q in judged} for docs in ("ab", "ba"))
    html = comparison_table_html(compare_runs(better, worse, judged), "<default>", "BM25 only")
    assert "A: &lt;default&gt; · B: BM25 only" in html
    assert "nDCG@10: A is better by" in html
    assert 'data-label="p (Holm)"' in html
    assert "0 / 0 / 8" in html


# ---- the command ---------------------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["judgements", *arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_the_command_tells_and_exports(capsys: pytest.CaptureFixture[str], tmp_path: Path, file: Path) -> None:
    index = ("--index", str(tmp_path / "news"))
    assert json.loads(run(capsys, *index, "--json")[1])["judgements"] == 0
    code, out, err = run(capsys, *index, "--qrels", str(tmp_path / "r.tsv"))
    assert (code, out) == (1, "")
    assert "nothing is judged yet" in err
    for judgement in (passage("why?", "a#0", 1), passage("why?", "a#0", 1, "bo"), answer("why?", 1)):
        add(file, judgement)
    with file.open("ab") as out_file:
        out_file.write(b"{")
    code, out, err = run(capsys, *index, "--qrels", str(tmp_path / "r.tsv"), "--queries", str(tmp_path / "q.jsonl"))
    assert (code, out) == (0, f"3 judgements on 1 question, 1 with a relevant passage: {file}\n")
    assert "damaged, in line 4" in err
    assert read_judgements(tmp_path / "r.tsv") == {query_id("why?"): {"a": 1}}
    assert read_queries(tmp_path / "q.jsonl") == [Query(query_id("why?"), "why?")]
    summary = json.loads(run(capsys, *index, "--json")[1])
    assert (summary["passages"], summary["answers"], summary["users"]) == (2, 1, {"ida": 2, "bo": 1})
    assert run(capsys, *index, "--qrels", "-", "--granularity", "passage")[1].splitlines()[1].split("\t")[1] == "a#0"
    assert run(capsys, *index, "--qrels", "-", "--json")[0] == 2
