"""One exchange with a server that speaks the OpenAI chat protocol: messages in, text out, bounded in time and size.

The server is one that the person named, so nothing else is asked: no redirect is followed, and no proxy or
certificate of the environment is taken, for each would see the quotes and the key. Certificates are held against
those that the system trusts.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.errors import BriefingsError
from search.question import QuestionError

if TYPE_CHECKING:
    import httpx2

KEY_VARIABLE = "BRIEFINGS_LLM_KEY"
DEFAULT_SECONDS = 20.0
MOST_SECONDS = 600.0
MOST_BYTES = 1_000_000  # of a server's reply
MOST_TOKENS = 1_000  # asked for: some models think aloud before they write

_HOW = "give one such as http://localhost:11434/v1"
_KEY = re.compile("[!-~]*")
_WHY = {
    400: "it may not know the model, or not take its settings",
    401: f"set {KEY_VARIABLE} to a key that it takes",
    403: f"set {KEY_VARIABLE} to a key that it takes",
    404: "check the address and the name of the model",
    429: "it is asked too often, try again later",
}

Message = dict[str, str]


class EndpointError(QuestionError):
    """Raise when no server can be asked as the call says: its address, the model, the time or the key."""


class ChatError(BriefingsError):
    """Raise when a server gives no reply that can be read; the message begins with the server's name."""


def _key() -> str:
    return os.environ.get(KEY_VARIABLE, "").strip()


@dataclass(frozen=True)
class Endpoint:
    """A server that speaks the OpenAI chat protocol, and the model it is to use. Raises EndpointError if it cannot be.

    url: where its API begins, such as http://localhost:11434/v1. seconds: for the whole exchange. key: what it asks
    for as a bearer token; from BRIEFINGS_LLM_KEY, and never shown.
    """

    url: str
    model: str
    seconds: float = DEFAULT_SECONDS
    key: str = field(default_factory=_key, repr=False)

    def __post_init__(self) -> None:
        _address(self.url)
        if not self.model.strip():
            raise EndpointError("the model has no name: name one that the server has, such as llama3.2")
        if not 0 < self.seconds <= MOST_SECONDS:
            raise EndpointError(f"the time to wait is {self.seconds} seconds: give up to {MOST_SECONDS:.0f}")
        if not _KEY.fullmatch(self.key):
            raise EndpointError(f"{KEY_VARIABLE} holds spaces or letters that no key has: set it again")

    @property
    def server(self) -> str:
        """Return the server's name and port, as messages give it."""
        return _address(self.url).netloc.decode("ascii")


def complete(endpoint: Endpoint, messages: Sequence[Message]) -> str:
    """Return what the model writes next. Raises ChatError where nothing comes in time that can be read."""
    # ASCII only, so that even half a character in an article can be sent.
    body = {"model": endpoint.model, "messages": list(messages), "temperature": 0, "max_tokens": MOST_TOKENS}
    written = _content(endpoint, _reply(endpoint, json.dumps(body).encode("ascii")))
    # A server knows the key, and could have it shown.
    return written.replace(endpoint.key, "") if endpoint.key else written


def _address(written: str) -> httpx2.URL:
    """Read a server's address. Raises EndpointError where it is none; what was given may hold a key and is not told."""
    import httpx2  # takes a fifth of a second; only prose needs it

    try:
        url = httpx2.URL(written)
    except httpx2.InvalidURL:
        raise EndpointError(f"the server's address cannot be read: {_HOW}") from None
    if url.scheme not in ("http", "https") or not url.host or not 0 < (1 if url.port is None else url.port) < 65536:
        raise EndpointError(f"the server's address is no http or https address: {_HOW}")
    if url.userinfo:
        raise EndpointError(f"the server's address holds a name or password: put the key in {KEY_VARIABLE}")
    path = url.path.rstrip("/").removesuffix("/chat/completions")
    return url.copy_with(path=f"{path}/chat/completions")


def _reply(endpoint: Endpoint, body: bytes) -> bytes:
    """Return the body of the server's reply, or raise ChatError.

    A client's timeouts are for one read each. So that the time holds for a server that sends a byte a second, and for
    the look-up of its name, the exchange runs in a thread of its own, and its sockets are closed when time is up.
    """
    import httpx2

    outcome: Future[bytes] = Future()
    with httpx2.Client(trust_env=False, follow_redirects=False, timeout=endpoint.seconds) as client:

        def exchange() -> None:
            try:
                outcome.set_result(_exchanged(client, endpoint, body))
            except Exception as error:  # told by the one who waits
                outcome.set_exception(error)

        threading.Thread(target=exchange, name="briefings-chat", daemon=True).start()
        try:
            return outcome.result(timeout=endpoint.seconds)
        except ChatError:
            raise
        except Exception as error:  # whatever a server does, the quoted answer stands
            # An error's own words may hold what was sent.
            raise ChatError(f"{endpoint.server} {_failing(error, endpoint.seconds)}") from None


def _exchanged(client: httpx2.Client, endpoint: Endpoint, body: bytes) -> bytes:
    # Not compressed, so that a megabyte is a megabyte.
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
    if endpoint.key:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    with client.stream("POST", _address(endpoint.url), content=body, headers=headers) as response:
        if response.is_redirect:
            raise ChatError(f"{endpoint.server} sends on to another address: give that one if you trust it")
        if response.status_code != 200:
            why = _WHY.get(response.status_code, "see its log")
            raise ChatError(f"{endpoint.server} answered with status {response.status_code}: {why}")
        content = bytearray()
        for chunk in response.iter_raw():
            content += chunk
            if len(content) > MOST_BYTES:
                raise ChatError(f"{endpoint.server} sent more than {MOST_BYTES // 1_000_000} MB")
    return bytes(content)


def _failing(error: Exception, seconds: float) -> str:
    import httpx2

    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        return f"gave no whole answer within {seconds:g} seconds"
    if isinstance(error, httpx2.ConnectError):
        return "cannot be reached: check that it runs, its address and its certificate"
    return "broke off, or does not speak HTTP as it should"


def _content(endpoint: Endpoint, reply: bytes) -> str:
    """Return what the model wrote. Raises ChatError where the reply is not of the protocol."""
    try:
        written = json.loads(reply)["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        written = None
    except (ValueError, RecursionError):
        raise ChatError(f"{endpoint.server} sent something that is not JSON") from None
    if not isinstance(written, str):
        raise ChatError(f"{endpoint.server} sent JSON that is no chat completion")
    return written
