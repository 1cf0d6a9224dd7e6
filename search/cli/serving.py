"""The commands that serve an index to others: app."""

from __future__ import annotations

import argparse
import importlib.util
import ipaddress
import os
import socket
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files

from index.errors import BriefingsError
from search.cli.common import Parser, add_index_option, command, say


def add_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the commands of this module."""
    parser = command(
        commands, "app", _app, summary="Open the app in a browser.", example="briefings app --index briefings-index"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine)")
    parser.add_argument("--port", type=_port, default=8501, metavar="N", help="port to listen on (default 8501)")
    parser.add_argument("--no-browser", action="store_true", help="start the server and open no window")
    parser.add_argument("--read-only", action="store_true", help="show no way to add, remove or change anything")
    add_index_option(parser)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: choose one from 1 to 65535, such as 8501")
    return int(text)


def _app(call: argparse.Namespace) -> int:
    page = importlib.util.find_spec("app")
    if page is None or page.origin is None:
        raise BriefingsError("app.py is not installed beside this command: install briefings again")
    _check_address(call.host, call.port)
    flags = [
        *_settings(),
        *_address(call.host, call.port),
        f"--server.headless={str(call.no_browser).lower()}",
        # Its welcome would lay an offer to write files for coding agents over the page, where the machine has such.
        "--logger.hideWelcomeMessage=true",
    ]
    only = ["--read-only"] if call.read_only else []
    if not _is_loopback(call.host) and not os.environ.get("BRIEFINGS_PASSWORD"):
        say(
            f"briefings: anybody who reaches {call.host}:{call.port} can read this index"
            f"{'' if call.read_only else ' and change it'}: set BRIEFINGS_PASSWORD to ask for a password"
        )
    host = f"[{call.host}]" if ":" in call.host else call.host
    say(f"The app is at http://{host}:{call.port} until Ctrl-C ends it.")
    command_line = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        page.origin,
        *flags,
        "--",
        "--index",
        str(call.index),
        *only,
    ]
    # The server takes this process's place, and with it Ctrl-C.
    os.execv(sys.executable, command_line)  # noqa: S606


def _settings() -> Iterator[str]:
    yield from _flags(tomllib.loads((files("search.cli") / "streamlit.toml").read_text(encoding="utf-8")))


def _flags(settings: Mapping[str, object], section: str = "") -> Iterator[str]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flags(value, f"{section}{name}.")
        else:
            yield f"--{section}{name}={str(value).lower() if isinstance(value, bool) else value}"


def _address(host: str, port: int) -> Iterator[str]:
    yield f"--server.address={host}"
    yield f"--server.port={port}"
    # A page elsewhere must not reach a private app by giving its own name this address (DNS rebinding). Who listens
    # beyond this machine is reached by names that we do not know.
    for name in ("127.0.0.1", "localhost") if _is_loopback(host) else ("*",):
        yield f"--server.allowedHosts={name}"


def _check_address(host: str, port: int) -> None:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        socket.create_server(address, family=family).close()
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "it is no address"
        raise BriefingsError(f"cannot listen on {host}:{port} ({why}): choose another --host or --port") from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
