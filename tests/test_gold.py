"""Scores of answers: arithmetic that can be done by hand, gold files good and bad, and the command."""

import json
from pathlib import Path

import pytest

from index.errors import InputError
from index.records import Article, Passage, Section
from search.gold import AnswerScore, GoldQuestion, auroc, read_gold, report, score_answer
from search.results import Answer, Citation, Hit, Signals
from tests.test_cli import assert_one_clear_line, briefings

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
TEXT = "The envoys met on Friday. About 19,000 people fled. Nobody spoke of peace."


def answer(*quotes: str, confidence: float = 0.9) -> Answer:
    """Return an answer that quotes these sentences of TEXT, the first being the best."""
    article = Article("a", "Title", TEXT)
    hit = Hit(1, 1.0, Passage(article, Section("", "lead", 0, len(TEXT)), 0, 0, len(TEXT)), Signals(1.0, 0.5, 0.5))
    made = [
        Citation(rank, hit, TEXT.index(quote), TEXT.index(quote) + len(quote), rank)
        for rank, quote in enumerate(quotes, start=1)
    ]
    return Answer("q", tuple(sorted(made, key=lambda each: each.start)), (hit,), "", confidence)


def gold(*answers: str, spans: tuple[str, ...] = (), answerable: bool = True) -> GoldQuestion:
    return GoldQuestion("q", "how many fled?", answers, spans, answerable)


FIRST, SECOND, THIRD = "The envoys met on Friday.", "About 19,000 people fled.", "Nobody spoke of peace."


@pytest.mark.parametrize(
    ("answers", "quotes", "hits"),
    [
        (("19,000 people",), (SECOND, FIRST), (True, True)),
        (("19,000 People!",), (FIRST, SECOND), (False, True)),
        (("9,000 people",), (SECOND,), (False, False)),
        (("nothing of it", "envoys met"), (FIRST,), (True, True)),
        (("the",), (FIRST,), (False, False)),
        (("people fled",), (), (False, False)),
    ],
)
def test_a_quote_holds_an_answer_by_whole_words(answers, quotes, hits):
    score = score_answer(gold(*answers), answer(*quotes), answered=True)
    assert (score.hit_1, score.hit_3) == hits
    assert score.answered == bool(quotes)
    assert score.citations == score.exact_citations == len(quotes)


def test_span_f1_is_that_of_the_words_of_the_best_quote():
    score = score_answer(gold("19,000 people", spans=("19,000 people",)), answer(SECOND, FIRST), answered=True)
    # about 19 000 people fled against 19 000 people: three words shared of five and three
    assert score.span_f1 == pytest.approx(2 * 3 / (5 + 3))
    assert score_answer(gold("x"), answer(SECOND), answered=True).span_f1 is None


def made(confidence: float, *, answered: bool = True, answerable: bool = True, right: bool = True) -> AnswerScore:
    return AnswerScore(confidence, answered, answerable, right, right, 0.5, 1, 1)


def test_a_refusal_of_an_answerable_question_is_a_miss_and_of_another_is_right():
    found = report(
        [made(0.9), made(0.3, answered=False), made(0.2, answered=False, answerable=False), made(0.8, answerable=False)]
    )
    assert (found.hit_1, found.hit_3, found.answered, found.refused) == (0.5, 0.5, 0.5, 0.5)
    assert found.span_f1 == 0.25
    assert (found.risk, found.coverage) == (0.5, 0.5)
    assert found.auroc == 0.75
    assert found.citation_exactness == 1.0


def test_coverage_at_a_risk_is_the_longest_stretch_of_confident_questions_that_keeps_it():
    right = [made(1 - number / 100) for number in range(20)]
    assert report([*right, made(0.5, right=False), made(0.4, right=False)]).coverage_at_risk == 21 / 22
    assert report([made(0.9, right=False), made(0.5)]).coverage_at_risk == 0
    # A tie with a wrong one is no threshold.
    assert report([made(0.9), made(0.9, right=False)]).coverage_at_risk == 0


def test_auroc_is_the_share_of_pairs_in_order():
    assert auroc([0.9, 0.5], [0.5, 0.1]) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert auroc([0.9], []) is None


def test_a_report_over_answerable_questions_alone_says_nothing_of_refusal():
    found = report([made(0.9)])
    assert (found.refused, found.auroc) == (None, None)


def test_gold_answers_are_texts_or_texts_with_a_place(tmp_path):
    lines = [
        {"_id": "a", "text": "who?", "metadata": {"answers": ["Kim", {"text": "Putin", "start": 3}]}},
        {"_id": 7, "text": "what?", "metadata": {"answerable": False}},
        {"_id": "c", "text": "no gold", "metadata": {}},
        {"_id": "d", "text": "none at all"},
    ]
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n", encoding="utf-8")
    assert read_gold(path) == [
        GoldQuestion("a", "who?", ("Kim", "Putin"), ("Putin",), True),
        GoldQuestion("7", "what?", (), (), False),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "3",
        '{"_id": "a"}',
        '{"_id": "a", "text": 3, "metadata": {"answers": ["x"]}}',
        '{"_id": "a", "text": "x", "metadata": {"answers": [3]}}',
        '{"_id": "a", "text": "x", "metadata": {"answers": [{"start": 1}]}}',
        '{"_id": "a", "text": "x", "metadata": {"answers": 3}}',
        '{"_id": "a", "text": "x", "metadata": {"answers": "Kim Jong Un"}}',
        '{"_id": "a", "text": "x", "metadata": [1]}',
        "[" * 100_000,
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path, line):
    path = tmp_path / "q.jsonl"
    path.write_text(f'{{"_id": "ok", "text": "x", "metadata": {{"answers": ["y"]}}}}\n{line}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"line 2 is no question"):
        read_gold(path)


def test_a_file_without_gold_or_that_is_not_there_says_so(tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text('{"_id": "a", "text": "x"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="no gold answers"):
        read_gold(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_gold(tmp_path / "nothing")


def test_the_command_scores_the_samples(sample_index):
    call = ("evaluate", "--answers", "--queries", EXAMPLES / "questions.jsonl", "--index", sample_index)
    values = json.loads(briefings(*call, "--json").stdout)
    assert (values["questions"], values["answerable"]) == (123, 109)
    assert values["citation_exactness"] == 1
    assert 0.4 < values["hit_1"] <= values["hit_3"]
    assert "hit 3" in briefings(*call).stdout


def test_the_command_wants_judgements_or_answers(sample_index):
    questions = EXAMPLES / "questions.jsonl"
    assert_one_clear_line(briefings("evaluate", "--queries", questions, "--index", sample_index), 2, "--answers")
    call = ("evaluate", "--queries", questions, "--answers", "--qrels", EXAMPLES / "qrels.tsv", "--index", sample_index)
    assert_one_clear_line(briefings(*call), 2, "leave out")
