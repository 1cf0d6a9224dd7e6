"""How long the app takes to answer twenty people at once.

    python bench/load.py [--index DIR] [--sessions 20] [--seconds 60]

Each session is a connection of its own to the server that `briefings app` runs, speaks Streamlit's protocol as a
browser does, and asks the questions of examples/questions.jsonl one after the other without a pause. The time is from
asking until the page is drawn in full.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from bench.screenshots import served
from index.build import build
from search.trec import read_queries

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


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
            times, errors = asyncio.run(load(address, questions, call.sessions, call.seconds))
    cuts = statistics.quantiles(times, n=100)
    print(
        f"{call.sessions} sessions, {call.seconds:.0f} s: {len(times)} answers, {errors} errors,"
        f" p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, {len(times) / call.seconds:.1f} answers a second"
    )


async def load(address: str, questions: list[str], sessions: int, seconds: float) -> tuple[list[float], int]:
    """Run the sessions together; return the seconds of each answer, and how many failed."""
    found = await asyncio.gather(*(session(address, questions, number, seconds) for number in range(sessions)))
    return [took for times, _ in found for took in times], sum(errors for _, errors in found)


async def session(address: str, questions: list[str], number: int, seconds: float) -> tuple[list[float], int]:
    """Open the page, then ask one question after the other until the time is up, at least one."""
    chance = random.Random(number)
    times: list[float] = []
    errors = 0
    stream = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    async with connect(stream, subprotocols=["streamlit"], origin=address, max_size=None) as socket:
        widgets: dict[str, str] = {}
        await drawn(socket, BackMsg(rerun_script={}), widgets)
        until = time.monotonic() + seconds
        while not times or time.monotonic() < until:
            asking = BackMsg(rerun_script={})
            states = asking.rerun_script.widget_states.widgets
            states.add(id=widgets["Your question"], string_value=chance.choice(questions))
            states.add(id=widgets["Ask"], trigger_value=True)
            begun = time.monotonic()
            errors += not await drawn(socket, asking, widgets)
            times.append(time.monotonic() - begun)
    return times, errors


async def drawn(socket: ClientConnection, asking: BackMsg, widgets: dict[str, str]) -> bool:
    """Send a request, note the ids of widgets by their labels, and return whether an answer was drawn, or a refusal."""
    await socket.send(asking.SerializeToString())
    card = False
    while True:
        told = ForwardMsg.FromString(await asyncio.wait_for(socket.recv(), 60))
        if told.WhichOneof("type") == "script_finished":
            return card
        element = told.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            return False
        if kind in ("text_input", "button"):
            widget = getattr(element, kind)
            widgets[widget.label] = widget.id
        # What the server has sent before, it only refers to.
        card = card or "bf-answer" in element.html.body or told.WhichOneof("type") == "ref_hash"


if __name__ == "__main__":
    main()
