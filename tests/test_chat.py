"""One exchange with a chat server: what is sent, and that no server holds it up, leads it astray or has the key told.

The server is a real one on this machine that speaks the protocol, well or badly.
"""

from __future__ import annotations

import gzip
import json
import logging
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from index.errors import BriefingsError
from search.chat import KEY_VARIABLE, ChatError, Endpoint, EndpointError, complete

KEY = "sk-secret-1"
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "“Où?” \ud800"}]


class Server(ThreadingHTTPServer):
    """A server that answers as it is told to, and keeps what it was sent."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, behave):
        self.behave = behave
        self.received = []
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request, client_address):
        pass  # a client that hangs up is what these tests are about

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, dict(self.headers), json.loads(body)))
        self.server.behave(self)

    def do_GET(self):
        self.server.received.append((self.path, dict(self.headers), None))
        self.send_error(405)

    def log_message(self, *_):
        pass


@contextmanager
def serving(behave):
    server = Server(behave)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def sends(content, status=200, **headers):
    """Return a behaviour: these bytes as the whole reply."""

    def behave(handler):
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return behave


def completion(choice):
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice]}).encode()


def writes(text):
    """Return a behaviour: a chat completion with this text."""
    return sends(completion({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}))


def failure_of(behave, seconds=5.0):
    with serving(behave) as server, pytest.raises(ChatError) as caught:
        complete(Endpoint(server.url, "tiny", seconds), MESSAGES)
    message = str(caught.value)
    assert message.startswith(f"127.0.0.1:{server.server_port} ")
    assert message.isprintable()
    assert len(message) < 200
    return message


def threads_left():
    """Return whether an exchange still runs two seconds from now."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        if "briefings-chat" not in {each.name for each in threading.enumerate()}:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


# --- what is sent


def test_messages_go_out_and_text_comes_back():
    with serving(writes("In Örebro.")) as server:
        assert complete(Endpoint(server.url, "tiny"), MESSAGES) == "In Örebro."
    ((path, headers, body),) = server.received
    assert path == "/v1/chat/completions"
    assert "authorization" not in {name.casefold() for name in headers}
    assert {"Content-Type": "application/json", "Accept-Encoding": "identity"}.items() <= headers.items()
    assert 0 < body.pop("max_tokens") <= 2000
    assert body == {"model": "tiny", "messages": MESSAGES, "temperature": 0}


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("", "/chat/completions"),
        ("/", "/chat/completions"),
        ("/v1/", "/v1/chat/completions"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/v1?version=2", "/v1/chat/completions?version=2"),
    ],
)
def test_the_address_is_where_the_api_begins(url, target):
    with serving(writes("x")) as server:
        complete(Endpoint(server.url.removesuffix("/v1") + url, "tiny"), MESSAGES)
    assert server.received[0][0] == target


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "localhost:11434",
            "ftp://host/v1",
            "file:///etc/passwd",
            "http://",
            "http:///v1",
            "http://host:99999/v1",
        ),
        *("http://host:0/v1", "http://host/v1\r\nX: y", "http://[::1/v1", "javascript:alert(1)", "unix:///run/x.sock"),
        *(f"http://user:{KEY}@host/v1", f"http://{KEY}@host/v1", f"ftp://host/v1?key={KEY}", f"http://host:{KEY}/v1"),
    ],
)
def test_an_address_that_is_none_is_an_error_of_one_line_that_tells_no_key(url):
    with pytest.raises(EndpointError) as caught:
        Endpoint(url, "tiny")
    assert isinstance(caught.value, BriefingsError)
    assert str(caught.value).isprintable()
    assert KEY not in str(caught.value)


def test_other_calls_that_are_wrong(monkeypatch):
    for seconds in (0, -1, float("nan"), float("inf"), 1e9):
        with pytest.raises(EndpointError, match="seconds"):
            Endpoint("http://host/v1", "tiny", seconds)
    with pytest.raises(EndpointError, match="model"):
        Endpoint("http://host/v1", " ")
    monkeypatch.setenv(KEY_VARIABLE, f"{KEY}\r\nX-Other: 1")
    with pytest.raises(EndpointError, match=KEY_VARIABLE) as caught:
        Endpoint("http://host/v1", "tiny")
    assert "secret" not in str(caught.value)


# --- the key


def test_the_key_goes_to_the_server_and_nowhere_else(monkeypatch, caplog, capfd):
    monkeypatch.setenv(KEY_VARIABLE, f" {KEY}\n")
    with caplog.at_level(logging.DEBUG), serving(writes(f"Your key is {KEY}.")) as server:
        endpoint = Endpoint(server.url, "tiny")
        written = complete(endpoint, MESSAGES)
    ((_, headers, body),) = server.received
    assert headers["Authorization"] == f"Bearer {KEY}"
    told = [written, repr(endpoint), str(endpoint), caplog.text, *capfd.readouterr(), json.dumps(body)]
    assert not any("secret" in each for each in told)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 400, 401, 403, 404, 429, 500])
def test_a_server_cannot_have_the_key_told(monkeypatch, caplog, status):
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with caplog.at_level(logging.DEBUG, logger="search"):
        message = failure_of(sends(KEY.encode(), status, Location=f"http://127.0.0.1/{KEY}", X_Key=KEY))
    assert "secret" not in message + caplog.text


def test_no_proxy_and_no_password_file_of_the_environment_is_used(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with serving(writes("from the proxy")) as proxy, serving(writes("from the server")) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        assert complete(Endpoint(server.url, "tiny"), MESSAGES) == "from the server"
    assert proxy.received == []
    assert "secret" not in str(server.received)
    assert "Authorization" not in server.received[0][1]


# --- servers that are slow


def never(handler):
    handler.server.over.wait(10)


def dribbles_a_body(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    while not handler.server.over.wait(0.1):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def dribbles_a_head(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        if handler.server.over.wait(0.1):
            return
        handler.wfile.write(b"X-%d: y\r\n" % number)
        handler.wfile.flush()


def dribbles_chunks(handler):
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while not handler.server.over.wait(0.1):
        handler.wfile.write(b"1\r\n \r\n")
        handler.wfile.flush()


@pytest.mark.parametrize("behave", [never, dribbles_a_body, dribbles_a_head, dribbles_chunks])
def test_the_time_holds_for_the_whole_exchange_and_no_thread_stays(behave):
    with serving(behave) as server:
        began = time.monotonic()
        with pytest.raises(ChatError, match=r"no whole answer within 0\.5 seconds"):
            complete(Endpoint(server.url, "tiny", 0.5), MESSAGES)
        assert 0.4 < time.monotonic() - began < 1.5
        assert not threads_left()


def test_the_time_holds_for_the_look_up_of_a_name(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(10))
    began = time.monotonic()
    with pytest.raises(ChatError, match=r"within 0\.5 seconds"):
        complete(Endpoint("http://slow.invalid/v1", "tiny", 0.5), MESSAGES)
    assert time.monotonic() - began < 1.5
    over.set()
    assert not threads_left()


# --- servers that are wrong


def closes_at_once(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


def closes_midway(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices"')


def speaks_no_http(handler):
    handler.wfile.write(b"\x00\xff\x1b[31mhello\r\n\r\n")


@pytest.mark.parametrize(
    ("behave", "expected"),
    [
        (closes_at_once, "broke off"),
        (closes_midway, "broke off"),
        (speaks_no_http, "HTTP"),
        (sends(b"", 400), "not know the model"),
        (sends(b"", 401), KEY_VARIABLE),
        (sends(b"", 403), KEY_VARIABLE),
        (sends(b"", 404), "name of the model"),
        (sends(b"", 429), "try again later"),
        (sends(b"", 500), "500"),
        (sends(b"x" * 3_000_000, 503), "503"),
        (sends(b"", 204), "204"),
        (sends(b"<html>busy</html>"), "not JSON"),
        (sends(b""), "not JSON"),
        (sends(b"\xff\xfe\xff"), "not JSON"),
        (sends(b"[" * 100_000), "not JSON"),
        (sends(b"9" * 10_000), "not JSON"),
        (sends(gzip.compress(b"[" * 50_000_000), Content_Encoding="gzip"), "not JSON"),
        (sends(b"[]"), "no chat completion"),
        (sends(b"null"), "no chat completion"),
        (sends(b'{"error": {"message": "\\u001b[31mno"}}'), "no chat completion"),
        (sends(b'{"choices": []}'), "no chat completion"),
        (sends(b'{"choices": {"0": 1}}'), "no chat completion"),
        (sends(completion("text")), "no chat completion"),
        (sends(completion({"message": {"content": None}})), "no chat completion"),
        (sends(completion({"message": {"content": [{"text": "x"}]}})), "no chat completion"),
    ],
)
def test_a_server_that_fails_is_told_in_one_line(behave, expected):
    assert expected in failure_of(behave)
    assert not threads_left()


def test_a_reply_of_50_megabytes_is_not_read_to_its_end():
    sent = []

    def sends_megabytes(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(50_000_000))
        handler.end_headers()
        try:
            while sum(sent) < 50_000_000:
                sent.append(handler.connection.send(b" " * 65536))
        except OSError:
            sent.append(0)

    assert "more than 1 MB" in failure_of(sends_megabytes)
    assert not threads_left()
    assert sum(sent) < 20_000_000  # what fits between the two, and no more


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_not_followed(status):
    with serving(writes("x")) as other:
        message = failure_of(sends(b"", status, Location=f"{other.url}/\x07chat"))
    assert "sends on to another address" in message
    assert other.received == []


def test_nobody_listens_and_nobody_is_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ChatError, match=rf"^127\.0\.0\.1:{port} cannot be reached"):
        complete(Endpoint(f"http://127.0.0.1:{port}/v1", "tiny", 2.0), MESSAGES)
    began = time.monotonic()
    with pytest.raises(ChatError, match=r"^no-such-host\.invalid "):
        complete(Endpoint("http://no-such-host.invalid/v1", "tiny", 1.0), MESSAGES)
    assert time.monotonic() - began < 2


def test_a_server_without_encryption_under_https():
    with serving(writes("x")) as server, pytest.raises(ChatError, match=r"certificate|within 2 seconds"):
        complete(Endpoint(server.url.replace("http:", "https:"), "tiny", 2.0), MESSAGES)
