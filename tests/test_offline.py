"""Nothing goes out, in or astray: every kind of file is indexed and every way of asking works where no socket can be
connected, and no file is written but in the index, nor read for what an article says.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from index.models import _cache as model_cache
from tests.test_formats_archives import packed
from tests.test_formats_hostile import PROSE, VALID

ROOT = Path(__file__).resolve().parents[1]

# Stands for sitecustomize, which each Python process of ours then imports first. What is tried is written down, too, as
# a library may catch the error and go on. What a library opens by itself is not seen here, but what it reads is in the
# articles then.
BLOCKED = """
import os, socket, sys
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
MAY_WRITE = tuple(os.environ["MAY_WRITE"].split(os.pathsep))
TARGET = {"open": 0, "os.mkdir": 0, "os.rename": 1, "os.symlink": 1}
def refuse(event, arguments):
    if event in TARGET and isinstance(arguments[TARGET[event]], str):
        path = os.path.abspath(arguments[TARGET[event]])
        writes = event != "open" or (isinstance(arguments[2], int) and arguments[2] & WRITES)
        if path != os.environ["TRIED"] and (writes and not path.startswith(MAY_WRITE) or path.endswith("secret.txt")):
            with open(os.environ["TRIED"], "a") as tried:
                tried.write(f"{event} {path}\\n")
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg",
                 "urllib.Request", "http.client.connect", "smtplib.connect", "ftplib.connect"}:
        with open(os.environ["TRIED"], "a") as tried:
            tried.write(f"{event} {arguments!r}\\n")
        raise RuntimeError(f"the network was asked for: {event} {arguments!r}")
sys.addaudithook(refuse)
"""
ASKED = [
    ("search", "what did the minister say?", "--json"),
    ("search", "what did the minister say?", "--explain"),
    ("ask", "what did the minister tell reporters?"),
    ("ask", "when will the port open?", "--timeline", "--json"),
    ("ask", "and why?", "--after", "when will the port open?"),
    ("ask", "when will the port open?", "--export", "answer.md"),
    ("status",),
    ("doctor",),
]
# An address in each kind of text that names one.
REACHING = {
    "page.html": '<html><head><link rel="stylesheet" href="http://example.org/a.css"><script src="//example.org/b.js">'
    '</script></head><body><article><h1>Port</h1><img src="http://example.org/c.png"><iframe src="http://example.org">'
    f"</iframe><p>{PROSE * 9}</p></article></body></html>",
    "page.xml": '<?xml version="1.0"?><!DOCTYPE rss SYSTEM "http://example.org/rss.dtd" [<!ENTITY x SYSTEM'
    ' "http://example.org/x">]><rss version="2.0"><channel><item><title>Port &x;</title>'
    f"<description>{PROSE}</description></item></channel></rss>",
    "page.md": f"---\nurl: http://example.org/\n---\n![c](http://example.org/c.png)\n\n{PROSE}",
    "http:example.org.txt": PROSE,
}


SECRET = "Xylophonist"
# Files that ask for one beside the folder: it is not theirs to read.
ASTRAY = {
    "entity.xml": '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]><rss version="2.0">'
    f"<channel><item><title>Port &x;</title><description>&x; {PROSE}</description></item></channel></rss>",
    "frame.html": "<html><body><article><h1>Port</h1><iframe src='file://{secret}'></iframe><object data='file://{secret}'>"
    f"</object><p>{PROSE * 9}</p></article></body></html>",
    "include.md": "---\ntitle: !include {secret}\n---\n![c](file://{secret})\n\n" + PROSE,
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offline")
    (folder / "blocked").mkdir()
    (folder / "blocked" / "sitecustomize.py").write_text(BLOCKED)
    (folder / "scratch").mkdir()
    (folder / "news").mkdir()
    for kind, data in VALID.items():
        (folder / "news" / f"file{kind}").write_bytes(data)
    for name, text in REACHING.items():
        (folder / "news" / name).write_text(text)
    secret = folder / "secret.txt"
    secret.write_text(f"{SECRET} played.\n")
    for name, text in ASTRAY.items():
        (folder / "news" / name).write_text(text.replace("{secret}", str(secret)))
    (folder / "news" / "link.txt").symlink_to(secret)
    (folder / "news" / "up.zip").write_bytes(packed("zip", {"../../up.txt": PROSE, "/tmp/up.txt": PROSE}))
    (folder / "news" / "up.tar.gz").write_bytes(packed("tar.gz", {"../../up.txt": PROSE, "/tmp/up.txt": PROSE}))
    return folder


def offline(desk: Path, *command: object) -> subprocess.CompletedProcess[str]:
    """Run a Python process that cannot connect, nor look a name up, and whose tries are written down."""
    # Without the variable that keeps the other tests offline, a library is free to ask the model hub.
    paths = {"PYTHONPATH": f"{desk / 'blocked'}{os.pathsep}{ROOT}", "TRIED": str(desk / "tried")}
    written = [desk / name for name in ("briefings-index", "answer.md", ".answer.md.unfinished", "scratch")]
    may_write = [*written, model_cache(), os.devnull]
    paths |= {"MAY_WRITE": os.pathsep.join(map(str, may_write)), "TMPDIR": str(desk / "scratch")}
    paths |= {"PYTHONDONTWRITEBYTECODE": "1"}
    kept = {key: value for key, value in os.environ.items() if key != "HF_HUB_OFFLINE"}
    return subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True, text=True, cwd=desk, timeout=240, check=False, env={**kept, **paths},
    )  # fmt: skip


def briefings(desk: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    done = offline(desk, "-c", "from search.cli import main; main()", *arguments)
    tried = desk / "tried"
    assert not tried.exists(), tried.read_text()
    assert "the network was asked for" not in done.stdout + done.stderr
    return done


def test_what_would_connect_is_refused_and_seen(desk: Path) -> None:
    for code in (
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
        "import http.client; http.client.HTTPConnection('127.0.0.1', 9).request('GET', '/')",
    ):
        done = offline(desk, "-c", code)
        assert done.returncode == 1
        assert "the network was asked for" in done.stderr
        (desk / "tried").unlink()


def test_every_kind_of_file_is_read_without_the_network(desk: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from search.inspecting import inspected\n"
        "for name in sys.argv[1:]: print(len(inspected(Path(name)).articles))"
    )
    names = [f"news/{name}" for name in (*(f"file{kind}" for kind in VALID), *REACHING)]
    done = offline(desk, "-c", code, *names)
    assert done.returncode == 0, done.stderr
    assert not (desk / "tried").exists()
    assert len(done.stdout.split()) == len(names)
    assert "0" not in done.stdout.split(), dict(zip(names, done.stdout.split(), strict=True))


def test_what_would_be_written_or_read_astray_is_seen(desk: Path) -> None:
    for code in ("open('astray', 'w')", "import os; os.mkdir('astray.d')", "open('secret.txt').read()"):
        offline(desk, "-c", code)
        assert (desk / "tried").read_text()
        (desk / "tried").unlink()


@pytest.mark.timeout(600)
def test_indexing_every_kind_of_file_and_asking_touches_no_network_and_no_other_file(desk: Path) -> None:
    done = briefings(desk, "index", "news")
    assert done.returncode == 0, done.stderr
    (added,) = re.findall(r"^(\d+) added", done.stdout)
    assert int(added) > len(VALID)
    index = [path for path in (desk / "briefings-index").rglob("*") if path.is_file()]
    assert not [path for path in index if SECRET[:8].lower().encode() in path.read_bytes().lower()]
    assert briefings(desk, "search", SECRET, "--json").stdout.count(SECRET) == 1  # the question
    for call in ASKED:
        done = briefings(desk, *call)
        assert done.returncode == 0, f"{call}: {done.stderr}"
