"""What the documents show is what happens: every console block of the README is run."""

import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from search.cli import main

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
WIDTH = 100


def steps(session: str) -> list[tuple[str, str]]:
    """Split a session into commands and what each printed."""
    parts = re.split(r"^\$ (.*)\n", session, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def plain(text: str) -> list[str]:
    """Leave out what differs from run to run: seconds, sizes, moments, and spaces at the end of lines."""
    text = re.sub(r"\(\d+\.\d s\)", "(- s)", text)
    text = re.sub(r"\d+\.\d MB", "- MB", text)
    text = re.sub(r"made \S+,", "made -,", text)
    return [line.rstrip() for line in text.strip().splitlines() if line.strip()]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with the samples and a command on the path, as after make setup."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "examples").symlink_to(ROOT / "examples")
    command = folder / "bin" / "briefings"
    command.parent.mkdir()
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from search.cli import main; main()"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return folder


def test_the_readme_shows_sessions():
    assert len(SESSIONS) >= 2


def test_the_sessions_of_the_readme_are_what_happens(desk):
    environment = {**os.environ, "PATH": f"{desk / 'bin'}:{os.environ['PATH']}", "COLUMNS": str(WIDTH)}
    for session in SESSIONS:
        for command, shown in steps(session):
            done = subprocess.run(
                command, shell=True, cwd=desk, env=environment, capture_output=True, text=True, timeout=120, check=False
            )
            assert plain(done.stdout + done.stderr) == plain(shown), command


def printed(*arguments: str) -> str:
    """Return what the command prints, run in this process: each new one would import everything again."""
    shown = io.StringIO()
    with redirect_stdout(shown), redirect_stderr(io.StringIO()), pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0, arguments
    return shown.getvalue()


def commands_of_the_help() -> list[str]:
    return re.findall(r"^    (\w+) {2,}", printed("--help"), re.MULTILINE)


def test_every_command_has_an_example_in_its_help_that_works_as_it_stands(desk, monkeypatch):
    environment = {**os.environ, "PATH": f"{desk / 'bin'}:{os.environ['PATH']}"}
    monkeypatch.setenv("COLUMNS", "500")
    for command in ("", *commands_of_the_help()):
        (example,) = re.findall(r"^example: (briefings .*)$", printed(*command.split(), "--help"), re.MULTILINE)
        assert f"briefings {command}" in example
        if command == "app":
            continue  # it stays until Ctrl-C; tests/test_browser.py starts it
        done = subprocess.run(
            example, shell=True, cwd=desk, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, (example, done.stderr)
        assert done.stdout, example


def names_in(values: object) -> set[str]:
    """Return the names of all fields of a JSON value, less those that are measures or people."""
    if isinstance(values, list):
        return {name for value in values for name in names_in(value)}
    if not isinstance(values, dict):
        return set()
    inside = {name for key, value in values.items() if key != "users" for name in names_in(value)}
    return {key for key in values if key.isidentifier() and key.islower()} | inside


def test_every_field_of_the_json_is_described(sample_index, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    index = ("--json", "--index", str(sample_index))
    questions, qrels = str(ROOT / "examples" / "questions.jsonl"), str(ROOT / "examples" / "qrels.tsv")
    asked = ("ask", "and what does Kim get?", "--after", "what does Russia want from Kim?")
    page = str(ROOT / "examples" / "briefings" / "black-sea-grain-deal.txt")
    Path("one.tsv").write_text("q1\twho fled Karabakh?\n", encoding="utf-8")
    Path("a.run").write_text("q001 Q0 x 1 2.0 t\n", encoding="utf-8")
    Path("b.run").write_text(
        f"q001 Q0 {Path(qrels).read_text(encoding='utf-8').split()[4]} 1 2.0 t\n", encoding="utf-8"
    )
    calls = [
        ("search", "who fled Karabakh?", *index),
        ("search", "who fled Karabakh?", "-k", "2", "--explain", *index),
        (*asked, "--export", "kept.json", *index),
        ("ask", "how many people died in the earthquake in Turkey?", *index),
        (*asked, "--timeline", *index),
        ("ask", "--queries", "one.tsv", *index),
        ("verify", "kept.json", *index),
        ("status", *index),
        ("inspect", page, "--json"),
        ("evaluate", "--queries", questions, "--qrels", qrels, *index),
        ("compare", "a.run", "b.run", "--qrels", qrels, "--queries", questions, *index),
        ("judgements", *index),
        ("remove", "niger-coup.md", "--dry-run", *index),
        ("doctor", *index),
        ("snapshot", "copy", *index),
        ("index", page, "--json", "--index", "copy"),
    ]
    described = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "json.md").read_text(encoding="utf-8")))
    for call in calls:
        assert names_in(json.loads(printed(*call))) - described == set(), call
    assert names_in(json.loads(Path("kept.json").read_text(encoding="utf-8"))) - described == set()


def test_every_command_has_a_line_in_the_readme():
    commands = commands_of_the_help()
    assert {"index", "search", "ask", "evaluate", "inspect", "status", "app"} <= set(commands)
    missing = [command for command in commands if f"briefings {command}" not in README]
    assert missing == []
