"""How long the app takes to answer twenty people at once.

    python bench/load.py [--index DIR] [--sessions 20] [--seconds 60]

Each session is a connection of its own to the server that `briefings app` runs, speaks Streamlit's protocol as a
browser does, and asks the questions of examples/questions.jsonl in an order of its own, without a pause. None comes
again before all were asked, which are more than the app remembers; what another session asked just before may come from
memory. Both times begin when the question is sent: one ends when the answer or the refusal has come, the other when the
page is drawn in full.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from bench.screenshots import served
from index.build import build
from search.trec import read_queries

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@dataclass(frozen=True)
class Known:
    """What a browser keeps of a page: the ids of its widgets by their labels, and which messages held an answer."""

    widgets: dict[str, str] = field(default_factory=dict)
    answers: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Times:
    """The seconds from a question to its answer, or None where none came, and to the end of the page."""

    answer: float | None
    page: float


def main() -> None:
    """Print one line: sessions, answers, errors, and the times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", type=Path, help="an index folder (default: one of examples/briefings, made for it)")
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    call = parser.parse_args()
    questions = [query.text for query in read_queries(EXAMPLES / "questions.jsonl")]
    with tempfile.TemporaryDirectory() as scratch:
        index = call.index or Path(scratch) / "index"
        if call.index is None:
            build(index, [EXAMPLES / "briefings"])
        with served(index) as address:
            asyncio.run(session(address, questions, 1, 0))  # the first opens the index for all
            found = asyncio.run(load(address, questions, call.sessions, call.seconds))
    answers = [times.answer for times in found if times.answer is not None]
    print(
        f"{call.sessions} sessions, {call.seconds:.0f} s: {len(found)} questions, {len(found) - len(answers)} errors,"
        f" {len(found) / call.seconds:.1f} questions a second\n"
        f"  answer   {told(answers)}\n  page     {told([times.page for times in found])}"
    )


def told(seconds: Sequence[float]) -> str:
    """Return the median and the 95th percentile in words."""
    if len(seconds) < 2:
        return "too few to tell"
    cuts = statistics.quantiles(seconds, n=100)
    return f"p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s"


async def load(address: str, questions: Sequence[str], sessions: int, seconds: float) -> list[Times]:
    """Run the sessions together; return the times of each question."""
    found = await asyncio.gather(*(session(address, questions, number, seconds) for number in range(sessions)))
    return [times for of_one in found for times in of_one]


async def session(address: str, questions: Sequence[str], number: int, seconds: float) -> list[Times]:
    """Open the page, then ask one question after the other until the time is up, at least two."""
    order = random.Random(number).sample(questions, len(questions))
    found: list[Times] = []
    stream = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    async with connect(stream, subprotocols=["streamlit"], origin=address, max_size=None) as socket:
        known = Known()
        await drawn(socket, BackMsg(rerun_script={}), known)
        until = time.monotonic() + seconds
        while len(found) < 2 or time.monotonic() < until:
            asking = BackMsg(rerun_script={})
            states = asking.rerun_script.widget_states.widgets
            states.add(id=known.widgets["Your question"], string_value=order[len(found) % len(order)])
            states.add(id=known.widgets["Ask"], trigger_value=True)
            found.append(await drawn(socket, asking, known))
    return found


async def drawn(socket: ClientConnection, asking: BackMsg, known: Known) -> Times:
    """Send a request, note what a browser would keep, and return how long the answer and the page took."""
    begun = time.monotonic()
    await socket.send(asking.SerializeToString())
    answer: float | None = None
    failed = False
    while True:
        message = ForwardMsg.FromString(await asyncio.wait_for(socket.recv(), 60))
        passed = time.monotonic() - begun
        if message.WhichOneof("type") == "script_finished":
            return Times(None if failed else answer, passed)
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        failed = failed or kind == "exception"
        if kind in ("text_input", "button"):
            widget = getattr(element, kind)
            known.widgets[widget.label] = widget.id
        holds = 'id="bf-answer"' in element.html.body
        if holds:
            known.answers.add(message.hash)
        if message.WhichOneof("type") == "ref_hash":  # what the server has sent before
            holds = message.ref_hash in known.answers
        if holds and answer is None:
            answer = passed


if __name__ == "__main__":
    main()
