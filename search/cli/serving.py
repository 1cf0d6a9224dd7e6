"""The commands that serve an index to others: app."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys

from index.errors import BriefingsError
from search.cli.common import Parser, add_index_option, command


def add_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the commands of this module."""
    parser = command(
        commands, "app", _app, summary="Open the app in a browser.", example="briefings app --index briefings-index"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine)")
    parser.add_argument("--port", type=int, default=8501, help="port to listen on (default 8501)")
    parser.add_argument("--no-browser", action="store_true", help="start the server and open no window")
    add_index_option(parser)


def _app(call: argparse.Namespace) -> int:
    page = importlib.util.find_spec("app")
    if page is None or page.origin is None:
        raise BriefingsError("app.py is not installed beside this command: install briefings again")
    options = {
        "server.address": call.host,
        "server.port": call.port,
        "server.headless": "true" if call.no_browser else "false",
        "browser.gatherUsageStats": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    command_line = [sys.executable, "-m", "streamlit", "run", page.origin, *flags, "--", "--index", str(call.index)]
    # The server takes this process's place, and with it Ctrl-C.
    os.execv(sys.executable, command_line)  # noqa: S606
