"""Two runs compared: arithmetic by hand, the test against plain enumeration, the report, and the command."""

from __future__ import annotations

import io
import itertools
import json
import math
import random
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest
from lxml import html
from rich.console import Console

from index.records import Article
from search.cli import main
from search.compare import (
    FLIPS,
    NOISE,
    Comparison,
    bootstrap_intervals,
    compare_runs,
    holm_corrected,
    randomisation_ps,
    with_judged_ids,
)
from search.question import QuestionError
from search.report import Labels, comparison_html, comparison_json, comparison_text, verdicts
from tests.test_cli import assert_one_clear_line, briefings

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
LABELS = Labels("old.run", "new.run", "qrels.tsv")
HOSTILE = (
    "\"><script>window.hacked=1</script><img src='http://evil.example/x.png' onerror='window.hacked=2'>&amp;</title>"
)

Ranking = dict[str, list[tuple[str, float]]]


def ranking(**found: str) -> Ranking:
    """Write runs short: q1="ab" is article a, then article b."""
    return {question: [(doc, -float(rank)) for rank, doc in enumerate(docs)] for question, docs in found.items()}


def sixty(hits: int) -> tuple[dict[str, dict[str, int]], Ranking, Ranking]:
    """Make 60 questions; A finds the article at rank 2, and B at rank 1 for `hits` of them, else as A does."""
    names = [f"q{number:02}" for number in range(60)]
    run_a = ranking(**dict.fromkeys(names, "xay"))
    run_b = ranking(**{name: "axy" if number < hits else "xay" for number, name in enumerate(names)})
    return {name: {"a": 1} for name in names}, run_a, run_b


def write_run(path: Path, run: Ranking) -> Path:
    rows = [f"{q} Q0 {doc} {rank} {score} t" for q, found in run.items() for rank, (doc, score) in enumerate(found, 1)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def write_files(folder: Path, hits: int) -> list[object]:
    judgements, run_a, run_b = sixty(hits)
    qrels = folder / "qrels.tsv"
    qrels.write_text("".join(f"{q}\ta\t1\n" for q in judgements), encoding="utf-8")
    return [write_run(folder / "a.run", run_a), write_run(folder / "b.run", run_b), "--qrels", qrels]


def compare(*arguments: object) -> CompletedProcess[str]:
    """Run the command in this process, which spares starting one for each wrong call."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
        main(["compare", *map(str, arguments)])
    return CompletedProcess(["briefings"], int(str(left.value.code)), out.getvalue(), err.getvalue())


def as_text(comparison: Comparison, labels: Labels = LABELS) -> str:
    console = Console(file=io.StringIO(), width=100, highlight=False, markup=False)
    console.print(comparison_text(comparison, labels))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(shown, str)
    return shown


# ---- numbers -----------------------------------------------------------------------------------------------


def test_means_differences_wins_ties_and_losses_are_those_that_one_can_work_out_by_hand():
    judgements = {name: {"a": 1} for name in ("q1", "q2", "q3", "q4")}
    run_a = ranking(q1="xa", q2="a", q3="a", q4="xyza")
    run_b = ranking(q1="a", q2="xa", q3="a", q4="xa")
    (found,) = compare_runs(run_a, run_b, judgements, ["RR@10"]).measures
    assert (found.mean_a, found.mean_b) == pytest.approx(((0.5 + 1 + 1 + 0.25) / 4, (1 + 0.5 + 1 + 0.5) / 4))
    assert found.difference == pytest.approx(0.25 / 4)
    assert (found.wins, found.ties, found.losses) == (2, 1, 1)
    # +.5 -.5 0 +.25: of the eight ways to flip three signs, two sums are ±1.25, two ±.75 and four ±.25: all as far off.
    assert found.p == 1.0


def test_a_judged_question_that_a_run_has_nothing_for_counts_zero():
    comparison = compare_runs(ranking(q1="a"), ranking(q2="a"), {"q1": {"a": 1}, "q2": {"a": 1}}, ["RR@10"])
    assert [(pair.question_id, pair.a, pair.b) for pair in comparison.pairs] == [("q2", 0.0, 1.0), ("q1", 1.0, 0.0)]
    assert comparison.measures[0].difference == 0.0
    assert comparison.swings[0].results_b == ()


@pytest.mark.parametrize("count", [0, 1, 2, 5, 9])
def test_the_exact_test_agrees_with_plain_enumeration(count):
    numbers = random.Random(count)
    row = [numbers.choice([-0.5, -0.1, 0.1, 0.2, 0.3, 0.7]) for _ in range(count)]
    extreme = [
        abs(sum(sign * value for sign, value in zip(signs, row, strict=True))) >= abs(sum(row)) - NOISE
        for signs in itertools.product((1, -1), repeat=count)
    ]
    (p,) = randomisation_ps(np.array([[*row, 0.0, 0.0]]))
    assert p == sum(extreme) / len(extreme)


def test_random_flips_come_close_to_the_exact_answer():
    # 20 wins of one size: the sum is as far off when at least 15 keep their sign or at least 15 lose it.
    row = np.array([1.0] * 15 + [-1.0] * 5 + [0.0] * 30)
    exact = 2 * sum(math.comb(20, kept) for kept in range(15, 21)) / 2**20
    (p,) = randomisation_ps(row[np.newaxis])
    assert p == pytest.approx(exact, abs=4 * math.sqrt(exact / FLIPS))
    assert randomisation_ps(row[np.newaxis]) == [p]


def test_random_flips_never_give_zero():
    assert randomisation_ps(np.full((1, 60), 0.1)) == [1 / (FLIPS + 1)]


def test_a_measure_is_tested_the_same_whatever_else_is():
    few, many = np.zeros(40), np.linspace(-0.4, 0.9, 40)
    few[:3] = 0.2
    together = randomisation_ps(np.stack([few, many]))
    assert together == [0.25, randomisation_ps(many[np.newaxis])[0]]
    assert bootstrap_intervals(np.stack([few, many]))[1].tolist() == bootstrap_intervals(many[np.newaxis])[0].tolist()


def test_the_interval_is_that_of_the_mean_and_has_no_width_where_nothing_varies():
    row = np.random.default_rng(1).normal(0.1, 0.5, 200)
    ((low, high),) = bootstrap_intervals(row[np.newaxis])
    assert low < row.mean() < high
    error = row.std() / math.sqrt(200)
    assert (low, high) == pytest.approx((row.mean() - 1.96 * error, row.mean() + 1.96 * error), abs=0.1 * error)
    assert bootstrap_intervals(np.full((1, 30), 0.25)).tolist() == [[0.25, 0.25]]
    assert bootstrap_intervals(np.zeros((1, 1))).tolist() == [[0.0, 0.0]]


def test_large_batches_are_drawn_piece_by_piece(monkeypatch):
    row = np.linspace(-0.2, 0.5, 50)[np.newaxis]
    whole = bootstrap_intervals(row), randomisation_ps(row)
    monkeypatch.setattr("search.compare._CELLS", 70 * 50)
    assert bootstrap_intervals(row) == pytest.approx(whole[0], abs=0.01)
    assert randomisation_ps(row) == pytest.approx(whole[1], abs=0.01)


def test_holms_correction_gives_the_values_of_the_procedure():
    assert holm_corrected([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm_corrected([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm_corrected([0.02]) == [0.02]


def test_identical_runs_show_nothing():
    judgements, run, _ = sixty(0)
    comparison = compare_runs(run, run, judgements)
    for found in comparison.measures:
        assert (found.difference, found.low, found.high, found.p, found.p_holm) == (0.0, 0.0, 0.0, 1.0, 1.0)
        assert (found.wins, found.ties, found.losses) == (0, 60, 0)
    assert comparison.swings == ()
    assert verdicts(comparison) == ["No difference that these questions can show."]
    assert "nothing to draw" in comparison_html(comparison, LABELS)


def test_a_real_difference_is_found_and_said_in_words():
    judgements, run_a, run_b = sixty(24)
    comparison = compare_runs(run_a, run_b, judgements, ["RR@10", "R@10"])
    better, same = comparison.measures
    assert better.difference == pytest.approx(0.2)
    assert 0.1 < better.low < 0.2 < better.high < 0.3
    assert (better.significant, same.significant) == (True, False)
    words = verdicts(comparison)
    assert words[0].startswith("RR@10: B is better by 0.200 (95 % interval 0.1")
    assert words[0].endswith("p < 0.001 after Holm's correction).")
    assert words[1] == "No difference that these questions can show in R@10."
    (turned, _) = verdicts(compare_runs(run_b, run_a, judgements, ["RR@10", "R@10"]))
    assert turned.startswith("RR@10: A is better by 0.200 (95 % interval 0.1")


def test_the_order_of_the_files_and_a_measure_named_twice_change_nothing():
    judgements, run_a, run_b = sixty(13)
    turned = [dict(reversed(values.items())) for values in (run_a, run_b)]
    again = compare_runs(*turned, dict(reversed(judgements.items())), ["RR@10", "AP", "RR@10"])
    assert again == compare_runs(run_a, run_b, judgements, ["RR@10", "AP"])


def test_the_largest_swings_come_first_with_ranks_and_relevance():
    judgements = {"q1": {"a": 2, "b": 0}, "q2": {"a": 1}, "q3": {"a": 1}}
    comparison = compare_runs(
        ranking(q1="bcdefga", q2="ba", q3="a"), ranking(q1="a", q2="a", q3="a"), judgements, ["RR@10"]
    )
    assert [swing.pair.question_id for swing in comparison.swings] == ["q1", "q2"]
    shown = [(found.rank, found.article_id, found.relevance) for found in comparison.swings[0].results_a]
    assert shown == [(1, "b", 0), (2, "c", None), (3, "d", None), (4, "e", None), (5, "f", None), (7, "a", 2)]
    judgements, run_a, run_b = sixty(24)
    assert len(compare_runs(run_a, run_b, judgements).swings) == 10


def test_ids_that_a_run_had_to_encode_are_those_of_the_judgements():
    judgements = {"q 1": {"a b.md": 1, "50%.md": 1, "plain.md": 1}}
    run = {"q%201": [("a%20b.md", 3.0), ("50%.md", 2.0), ("plain.md", 1.0), ("un%20judged.md", 0.5)]}
    assert with_judged_ids(run, judgements) == {
        "q 1": [("a b.md", 3.0), ("50%.md", 2.0), ("plain.md", 1.0), ("un%20judged.md", 0.5)]
    }


def test_an_unknown_measure_is_named():
    with pytest.raises(QuestionError, match="Bogus"):
        compare_runs(ranking(q1="a"), ranking(q1="a"), {"q1": {"a": 1}}, ["Bogus@3"])


# ---- the report --------------------------------------------------------------------------------------------


def hostile_report() -> tuple[str, Comparison, Labels]:
    judgements = {HOSTILE: {HOSTILE: 1}}
    comparison = compare_runs({HOSTILE: [("x", 2.0), (HOSTILE, 1.0)]}, {HOSTILE: [(HOSTILE, 1.0)]}, judgements, ["AP"])
    article = Article(HOSTILE, HOSTILE, f"\u202e\x1b[31m\ud800 {HOSTILE}")
    labels = Labels(HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE}, {HOSTILE: article})
    return comparison_html(comparison, labels), comparison, labels


def test_hostile_ids_questions_and_texts_are_shown_as_the_text_they_are():
    page, _, _ = hostile_report()
    page.encode("utf-8")
    tree = html.fromstring(page)
    assert {element.tag for element in tree.iter() if isinstance(element.tag, str)} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "header", "footer", "section", "article", "figure"),
        *("figcaption", "h1", "h2", "h3", "p", "b", "i", "dl", "dt", "dd", "bdi", "code", "span", "div"),
        *("table", "caption", "thead", "tbody", "tr", "th", "td"),
        *("svg", "desc", "defs", "pattern", "rect", "path", "text", "circle"),
    }
    assert tree.findtext(".//dl/dd/bdi") == HOSTILE
    assert tree.findtext(".//h3/code") == HOSTILE
    assert tree.findtext(".//h3/span") == HOSTILE
    assert HOSTILE in tree.xpath("//td/code/text()")
    assert HOSTILE in tree.xpath("//span[@class='title']/text()")
    assert tree.xpath("//head/title/text()") == [f"{HOSTILE} compared with {HOSTILE}"]
    assert not {name for element in tree.iter() for name in element.attrib if name.startswith("on")}
    assert not set("\x1b\u202e\ud800") & set(page)


def test_the_page_loads_nothing():
    page, _, _ = hostile_report()
    tree = html.fromstring(page)
    assert tree.xpath("//script | //link | //img | //iframe | //object | //embed | //base | //@src | //@href") == []
    style = "".join(tree.xpath("//style/text()"))
    assert "http" not in style
    assert "@import" not in style
    assert style.count("url(") == style.count("url(#hatch)") == 1
    assert tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content") == [
        "default-src 'none'; style-src 'unsafe-inline'"
    ]


def test_the_plot_has_a_bar_for_each_question_that_differs_and_says_what_it_shows():
    judgements, run_a, run_b = sixty(24)
    run_b["q59"] = [("x", 2.0), ("y", 1.0)]
    tree = html.fromstring(comparison_html(compare_runs(run_a, run_b, judgements, ["RR@10"]), LABELS))
    (plot,) = tree.xpath("//svg[@role='img']")
    assert plot.get("aria-labelledby") == "plot-title plot-desc"
    assert plot.xpath("./title[@id='plot-title']/text()") == ["Differences in RR@10 between B and A"]
    (described,) = plot.xpath("./desc[@id='plot-desc']/text()")
    assert "better on 24 questions, A on 1 question, and 35 questions show no difference" in described
    assert len(plot.xpath(".//rect[@class='gain'][title]")) == 24
    assert len(plot.xpath(".//rect[@class='loss'][title]")) == 1


def test_the_terminal_gets_words_and_no_control_characters():
    _, comparison, labels = hostile_report()
    shown = as_text(comparison, labels)
    assert not set("\x1b\u202e\ud800") & set(shown)
    judgements, run_a, run_b = sixty(24)
    shown = as_text(compare_runs(run_a, run_b, judgements, ["RR@10"]))
    assert shown.startswith("60 judged questions\nA  old.run\nB  new.run\n")
    assert "RR@10 0.5000 0.7000 +0.2000" in " ".join(shown.split())
    assert "24/36/0" in shown
    assert "The 10 questions that differ most, by RR@10" in shown


# ---- the command -------------------------------------------------------------------------------------------


def test_the_json_has_the_fields_that_scripts_read(tmp_path):
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"_id": "q00", "text": "who \\ud800 goes?"}\n', encoding="utf-8")
    done = briefings("compare", *write_files(tmp_path, 24), "--json", "--queries", queries)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert list(found) == ["run_a", "run_b", "qrels", "questions", "measures", "swings", "settings"]
    assert found["questions"] == 60
    assert list(found["measures"]) == ["nDCG@10", "R@10", "R@100", "RR@10", "AP@100", "Success@1"]
    assert list(found["measures"]["RR@10"]) == [
        "mean_a", "mean_b", "difference", "low", "high", "p", "p_holm", "wins", "ties", "losses", "significant",
    ]  # fmt: skip
    assert found["measures"]["RR@10"]["difference"] == 0.2
    swing = found["swings"][0]
    assert list(swing) == ["_id", "question", "a", "b", "difference", "results_a", "results_b"]
    assert (swing["_id"], swing["question"]) == ("q00", "who \ufffd goes?")
    assert swing["results_b"][0] == {"rank": 1, "article_id": "a", "relevance": 1, "title": None, "text": None}
    assert comparison_json(compare_runs(*sixty(24)[1:], sixty(24)[0]), LABELS)["measures"] == found["measures"]


def test_identical_runs_exit_with_0_and_say_so(tmp_path):
    files = write_files(tmp_path, 0)
    done = compare(*files, "--fail-under", "nDCG@10=0", "--fail-under", "AP@100=-0.01")
    assert (done.returncode, done.stderr) == (0, "")
    assert "No difference that these questions can show." in done.stdout


def test_a_fall_below_the_floor_fails_and_names_the_measure(tmp_path):
    run_a, run_b, *qrels = write_files(tmp_path, 24)
    turned = (run_b, run_a, *qrels, "--measures", "RR@10", "R@10")
    done = compare(*turned, "--fail-under", "RR@10=-0.01", "--fail-under", "R@10=-0.01")
    assert done.returncode == 1
    assert done.stderr == "briefings: B - A is too low: RR@10 -0.2000 is below -0.01\n"
    assert "RR@10" in done.stdout
    assert compare(*turned, "--fail-under", "RR@10=-0.2").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--fail-under", "nDCG@10"), ["--fail-under", "nDCG@10=-0.01"]),
        (("--fail-under", "nDCG@10=much"), ["--fail-under", "nDCG@10=-0.01"]),
        (("--fail-under", "nDCG@10=nan"), ["--fail-under", "nDCG@10=-0.01"]),
        (("--fail-under", "=0.1"), ["--fail-under", "nDCG@10=-0.01"]),
        (("--fail-under", "P(rel=2)@5=0.1"), ["P(rel=2)@5", "--measures"]),
        (("--json", "--html", "-"), ["stdout"]),
    ],
)
def test_a_wrong_call_is_one_line(tmp_path, arguments, words):
    assert_one_clear_line(compare(*write_files(tmp_path, 3), *arguments), 2, *words)


def test_bad_files_are_one_line(tmp_path):
    run_a, run_b, _, qrels = write_files(tmp_path, 3)
    bad = tmp_path / "bad.run"
    bad.write_text("q00 Q0 a 1 t\n", encoding="utf-8")
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    assert_one_clear_line(compare(run_a, bad, "--qrels", qrels), 1, "bad.run line 1", "six columns")
    assert_one_clear_line(compare(binary, run_b, "--qrels", qrels), 1, "binary", "UTF-8")
    assert_one_clear_line(compare(run_a, run_b, "--qrels", tmp_path / "none"), 1, "none")
    assert_one_clear_line(compare(run_a, run_b, "--qrels", bad), 1, "bad.run line 1")
    missing = ("--html", tmp_path / "none" / "report.html")
    assert_one_clear_line(compare(run_a, run_b, "--qrels", qrels, *missing), 1, "report.html")
    no_index = ("--index", tmp_path / "none")
    assert_one_clear_line(compare(run_a, run_b, "--qrels", qrels, *no_index), 1, "no index")


def test_questions_that_are_missing_or_not_judged_are_named(tmp_path):
    run_a, run_b, *qrels = write_files(tmp_path, 3)
    rows = run_b.read_text(encoding="utf-8").replace("q00 ", "q77 ")
    run_b.write_text(rows, encoding="utf-8")
    done = compare(run_a, run_b, *qrels)
    assert done.returncode == 0
    missing, unjudged = done.stderr.splitlines()
    assert missing == f"briefings: judged but not in {run_b}, so counted as 0: q00"
    assert unjudged == "briefings: in the runs but not judged: q77"


def test_the_report_shows_questions_and_articles_and_leaves_no_unfinished_file(sample_index, tmp_path):
    judged = "kim-putin-vostochny.md"
    qrels = tmp_path / "qrels.tsv"
    qrels.write_text(f"q001\t{judged}\t2\n", encoding="utf-8")
    run_a = write_run(tmp_path / "a.run", {"q001": [("gone.md", 1.0), (f"{judged}#0", 0.5)]})
    run_b = write_run(tmp_path / "b.run", {"q001": [(judged, 1.0)]})
    report = tmp_path / "out" / "report.html"
    report.parent.mkdir()
    beside = ("--queries", EXAMPLES / "questions.jsonl", "--index", sample_index)
    done = compare(run_a, run_b, "--qrels", qrels, *beside, "--html", report)
    assert (done.returncode, done.stderr) == (0, "")
    assert "what does Russia want from Kim?" in done.stdout
    assert list(report.parent.iterdir()) == [report]
    tree = html.fromstring(report.read_text(encoding="utf-8"))
    assert tree.findtext(".//h3/span") == "what does Russia want from Kim?"
    titles = tree.xpath("//span[@class='title']/text()")
    assert len(titles) == 2  # the article's, and that of the article whose passage A found
    assert titles[0] == titles[1]
    page = compare(run_a, run_b, "--qrels", qrels, *beside, "--html", "-").stdout
    assert page == report.read_text(encoding="utf-8")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 390])
def test_a_browser_opens_the_page_alone_and_nothing_in_it_runs(tmp_path, width):
    playwright = pytest.importorskip("playwright.sync_api")
    from bench.screenshots import CHROMIUM, CHROMIUM_FLAGS

    if not Path(CHROMIUM).exists():
        pytest.skip(f"Chromium is not installed at {CHROMIUM}")
    report = tmp_path / "report.html"
    report.write_text(hostile_report()[0], encoding="utf-8")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": width, "height": 900})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report.as_uri())
        page.wait_for_timeout(200)  # an onerror would have run by then
        assert asked == [report.as_uri()]
        assert page.evaluate("window.hacked") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.get_by_role("img", name="Differences in AP between B and A").count() == 1
        browser.close()
