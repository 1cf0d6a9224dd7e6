"""Scores of retrieval: arithmetic that can be done by hand, files of both kinds, and the command."""

import json
import math
from pathlib import Path

import pytest

from index.errors import InputError
from search.evaluate import depth_for, evaluate_run, read_judgements, read_run, retrieve_all
from search.question import QuestionError, UnreadableQuestionError
from search.trec import Query, read_queries
from tests.test_cli import assert_one_clear_line, briefings

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def test_the_means_are_those_that_one_can_work_out_by_hand():
    judgements = {"q1": {"a": 1}, "q2": {"b": 1, "c": 1}}
    run = {"q1": [("x", 3.0), ("a", 2.0)], "q2": [("b", 9.0), ("x", 8.0), ("c", 7.0)]}
    found = evaluate_run(run, judgements, ["nDCG@10", "RR@10", "R@1", "Success@1"])
    ndcg = (1 / math.log2(3) + (1 + 1 / 2) / (1 + 1 / math.log2(3))) / 2
    assert found.means == pytest.approx({"nDCG@10": ndcg, "RR@10": 0.75, "R@1": 0.25, "Success@1": 0.5})
    assert found.by_question["q1"]["RR@10"] == 0.5


def test_a_judged_question_without_results_counts_zero_and_one_without_relevant_documents_not_at_all():
    judgements = {"q1": {"a": 1}, "q2": {"b": 1}, "q3": {"c": 0}}
    found = evaluate_run({"q1": [("a", 1.0)], "q3": [("c", 1.0)]}, judgements, ["RR@10"])
    assert found.means == {"RR@10": 0.5}
    assert found.by_question == {"q1": {"RR@10": 1.0}, "q2": {"RR@10": 0.0}}
    assert evaluate_run({}, judgements, ["RR@10"]).means == {"RR@10": 0.0}


def test_equal_scores_keep_the_order_of_the_ranking():
    judgements = {"q1": {"a": 1}}
    assert evaluate_run({"q1": [("z", 1.0), ("a", 1.0)]}, judgements, ["RR@10"]).means == {"RR@10": 0.5}
    assert evaluate_run({"q1": [("a", 1.0), ("z", 1.0)]}, judgements, ["RR@10"]).means == {"RR@10": 1.0}


def test_two_names_of_one_measure_get_the_same_value():
    found = evaluate_run({"q1": [("x", 2.0), ("a", 1.0)]}, {"q1": {"a": 1}}, ["RR@10", "MRR@10"])
    assert found.means == {"RR@10": 0.5, "MRR@10": 0.5}


def test_inputs_are_left_as_they_were_and_unknown_measures_named():
    judgements, run = {"q1": {"a": 1}}, {"q1": [("a", 1.0)]}
    evaluate_run(run, judgements)
    assert (judgements, run) == ({"q1": {"a": 1}}, {"q1": [("a", 1.0)]})
    with pytest.raises(QuestionError, match="Bogus"):
        evaluate_run(run, judgements, ["Bogus@3"])


def test_deep_measures_are_computed_on_as_many_ranks_and_impossible_ones_refused():
    assert depth_for(["nDCG@10", "AP"]) == 100
    assert depth_for(["R@1000", "nDCG@500"]) == 1000
    for name in ("nDCG@0", "R@-5"):
        with pytest.raises(QuestionError, match="no measure"):
            depth_for([name])


def test_any_function_from_question_to_ranking_can_be_judged():
    def find(query: Query) -> list[tuple[str, float]]:
        if not query.text.strip():
            raise UnreadableQuestionError("empty")
        return [(query.text.upper(), 1.0)]

    assert retrieve_all(find, [Query("q1", "a"), Query("q2", " ")]) == {"q1": [("A", 1.0)], "q2": []}


def test_judgements_come_from_beir_and_from_trec_files(tmp_path):
    beir, trec = tmp_path / "qrels.tsv", tmp_path / "qrels.txt"
    beir.write_text("query-id\tcorpus-id\tscore\nq1\ta b\t2\nq1\tc\t0\n", encoding="utf-8")
    trec.write_text("q1 0 a 2\nq1 0 c 0\n", encoding="utf-8")
    assert read_judgements(beir) == {"q1": {"a b": 2, "c": 0}}
    assert read_judgements(trec) == {"q1": {"a": 2, "c": 0}}
    trec.write_text("q1 0 a 2\nnonsense\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2"):
        read_judgements(trec)


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ("q1\ta\t1\nq1\ta\t0\n", "line 2 judges a otherwise"),
        ("q1 0 a 1\nq1 0 a 2\n", "line 2 judges a otherwise"),
        ("q1\ta\t0.5\n", "line 1"),
        ("q1\ta\tnan\n", "line 1"),
        ("q1\ta\tinf\n", "line 1"),
        ("q1\ta\t99999999999999999999\n", "line 1"),
        ("q1\ta\n", "line 1"),
        ("\ta\t1\n", "line 1"),
        ("query-id\tcorpus-id\tscore\n", "no judgements"),
        ("", "no judgements"),
    ],
)
def test_judgements_that_cannot_be_counted_are_named(tmp_path, lines, word):
    qrels = tmp_path / "qrels"
    qrels.write_text(lines, encoding="utf-8")
    with pytest.raises(InputError, match=word):
        read_judgements(qrels)


def test_a_judgement_that_stands_twice_counts_once(tmp_path):
    qrels = tmp_path / "qrels"
    qrels.write_text("q1\ta\t1\nq1\ta\t1.0\n", encoding="utf-8")
    assert read_judgements(qrels) == {"q1": {"a": 1}}


def test_a_run_is_read_by_score(tmp_path):
    path = tmp_path / "run"
    path.write_text("q1 Q0 a 2 0.5 t\nq1 Q0 b 1 0.75 t\nq1 Q0 c 3 0.5 t\n", encoding="utf-8")
    assert read_run(path) == {"q1": [("b", 0.75), ("a", 0.5), ("c", 0.5)]}
    for row, word in (("q1 Q0 a", "six columns"), ("q1 Q0 a 1 nan t", "no number"), ("q1 Q0 b 4 0 t", "second time")):
        path.write_text(f"q1 Q0 b 1 0.75 t\n{row}\n", encoding="utf-8")
        with pytest.raises(InputError, match=word):
            read_run(path)


def test_trec_topics_are_questions(tmp_path):
    path = tmp_path / "topics"
    path.write_text(
        "<top>\n<num> Number: 301\n<title> grain\n deals\n<desc> Long\n</top>\n<top><num>302<title>oil</top>",
        encoding="utf-8",
    )
    assert read_queries(path) == [Query("301", "grain deals"), Query("302", "oil")]


def test_the_command_scores_writes_the_run_and_agrees_with_it(sample_index, tmp_path):
    run, values = tmp_path / "run", tmp_path / "values.jsonl"
    arguments = ["--queries", EXAMPLES / "questions.jsonl", "--qrels", EXAMPLES / "qrels.tsv", "--index", sample_index]
    done = briefings("evaluate", *arguments, "--trec", run, "--per-query", values, "--json")
    assert done.stderr == ""
    scores = json.loads(done.stdout)
    assert scores["questions"] == 109
    assert set(scores["measures"]) == {"nDCG@10", "R@10", "R@100", "RR@10", "AP@100", "Success@1"}
    again = evaluate_run(read_run(run), read_judgements(EXAMPLES / "qrels.tsv"), ["nDCG@10"])
    assert again.means["nDCG@10"] == pytest.approx(scores["measures"]["nDCG@10"], abs=1e-5)
    lines = [json.loads(line) for line in values.read_text(encoding="utf-8").splitlines()]
    mean = sum(line["nDCG@10"] for line in lines) / len(lines)
    assert mean == pytest.approx(scores["measures"]["nDCG@10"], abs=1e-5)


def test_unknown_ids_are_named(sample_index, tmp_path):
    qrels = tmp_path / "qrels.tsv"
    qrels.write_text("query-id\tcorpus-id\tscore\nq001\tnowhere.md\t1\nq999\tniger-coup.md\t1\n", encoding="utf-8")
    done = briefings("evaluate", "--queries", EXAMPLES / "questions.jsonl", "--qrels", qrels, "--index", sample_index)
    assert done.returncode == 0
    assert "not in the index: nowhere.md" in done.stderr
    assert "not among the questions: q999" in done.stderr
    assert "2 judged questions" in done.stdout


def test_passages_can_be_judged(sample_index, tmp_path):
    qrels = tmp_path / "qrels.tsv"
    qrels.write_text("q1\tturkey-sweden-vilnius.md#1\t1\n", encoding="utf-8")
    questions = tmp_path / "questions.tsv"
    questions.write_text("q1\twhat does Ankara want from Stockholm?\n", encoding="utf-8")
    arguments = ["--queries", questions, "--qrels", qrels, "--granularity", "passage", "--measures", "RR@10"]
    done = briefings("evaluate", *arguments, "--json", "--index", sample_index)
    assert json.loads(done.stdout)["measures"]["RR@10"] == 1.0


def test_bad_files_are_one_clear_line(sample_index, tmp_path):
    arguments = ["--queries", EXAMPLES / "questions.jsonl", "--index", sample_index]
    done = briefings("evaluate", *arguments, "--qrels", tmp_path / "none.tsv")
    assert_one_clear_line(done, 1, "none.tsv cannot be read (No such file or directory)")
    other = tmp_path / "other.tsv"
    other.write_text("t1\tniger-coup.md\t1\n", encoding="utf-8")
    done = briefings("evaluate", *arguments, "--qrels", other)
    assert_one_clear_line(done, 1, "is judged in", "ids")


def test_one_thing_alone_goes_to_standard_output(sample_index, tmp_path):
    batch, qrels = tmp_path / "one.tsv", tmp_path / "qrels.tsv"
    batch.write_text("q1\twho fled Karabakh?\n", encoding="utf-8")
    qrels.write_text("q1\tkarabakh-exodus.md\t1\n", encoding="utf-8")
    asked = ("evaluate", "--queries", batch, "--qrels", qrels, "--index", sample_index)
    for both in (("--trec", "-", "--json"), ("--per-query", "-", "--json"), ("--trec", "-", "--per-query", "-")):
        assert_one_clear_line(briefings(*asked, *both), 2, "stdout")
    run = briefings(*asked, "--trec", "-").stdout
    assert {line.split()[1] for line in run.splitlines()} == {"Q0"}
    (values,) = briefings(*asked, "--per-query", "-").stdout.splitlines()
    assert json.loads(values)["_id"] == "q1"


def test_an_unknown_measure_is_a_wrong_call(sample_index):
    asked = ("--queries", EXAMPLES / "questions.jsonl", "--qrels", EXAMPLES / "qrels.tsv", "--index", sample_index)
    assert_one_clear_line(briefings("evaluate", *asked, "--measures", "Bogus@3"), 2, "Bogus@3", "nDCG@10")
