"""What the documents show is what happens: every console block of the README is run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_every_command_has_a_line_in_the_readme():
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from search.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True)
    commands = re.findall(r"^    (\w+) {2,}", done.stdout, re.MULTILINE)
    assert {"index", "search", "ask", "evaluate", "inspect", "status", "app"} <= set(commands)
    missing = [command for command in commands if f"briefings {command}" not in README]
    assert missing == []
