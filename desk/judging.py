"""The buttons that judge a passage or an answer, by mouse or key.

Keys: Y right, N wrong; 1 to 9 relevant, with Shift not relevant. A second press takes the judgement back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from desk.keeping import file_mark, user_name
from desk.opening import Desk, check_may_write
from index.errors import BriefingsError
from search.judgements import (
    Judgement,
    Kept,
    add,
    counted,
    judged_answer,
    judged_hit,
    judgements_file,
    read,
)
from search.markup import markdown_label
from search.results import Answer, Hit

MOST_KEYS = 9  # passages that have a key of their own


@dataclass(frozen=True)
class Judged:
    """What a file of judgements holds, which of them count, and what each person said of each thing."""

    kept: Kept
    counted: tuple[Judgement, ...]
    said: Mapping[tuple[str, tuple[object, ...]], int | None]


def judged_so_far(folder: Path) -> Judged:
    """Return what was judged beside this index. Raises InputError where the file cannot be read."""
    file = judgements_file(folder)
    return _judged(str(file), file_mark(file))


@st.cache_resource(max_entries=2, show_spinner=False)
def _judged(file: str, mark: str) -> Judged:
    """Read a file once for every visitor, until it changes."""
    kept = read(Path(file))
    found = tuple(counted(kept.judgements))
    return Judged(kept, found, {(each.user, each.thing): each.relevance for each in found})


@st.fragment
def draw_judging_passage(desk: Desk, question: str, hit: Hit) -> None:
    """Draw Relevant and Not relevant under a passage. A fragment: judging does not search again."""

    def judged(relevance: int | None) -> Judgement:
        return judged_hit(question, hit, relevance, user=user_name(), generation=_generation(desk), model=_model(desk))

    key = str(hit.rank) if hit.rank <= MOST_KEYS else None
    _draw_pair(desk, judged, f"passage-{hit.rank}", ("Relevant", "Not relevant"), (key, key and f"Shift+{key}"))


@st.fragment
def draw_judging_answer(desk: Desk, answer: Answer) -> None:
    """Draw Right and Wrong under an answer or a refusal."""

    def judged(relevance: int | None) -> Judgement:
        return judged_answer(answer, relevance, user=user_name(), generation=_generation(desk), model=_model(desk))

    _draw_pair(desk, judged, "answer", ("Right", "Wrong"), ("Y", "N"))


def keep(folder: Path, judgement: Judgement) -> None:
    """Keep a judgement, or leave word of why it cannot be kept."""
    st.session_state.pop("not-judged", None)
    try:
        check_may_write()
        add(judgements_file(folder), judgement)
    except BriefingsError as error:
        st.session_state["not-judged"] = str(error)
    except OSError as error:
        reason = error.strerror or str(error)
        st.session_state["not-judged"] = f"{judgements_file(folder)} cannot be written ({reason}): make room or free it"


def draw_not_judged() -> None:
    """Draw why the last judgement could not be kept, once."""
    if "not-judged" in st.session_state:
        st.error(markdown_label(st.session_state.pop("not-judged")), title="Nothing was judged")


def _draw_pair(
    desk: Desk,
    judged: Callable[[int | None], Judgement],
    name: str,
    labels: tuple[str, str],
    keys: tuple[str | None, str | None],
) -> None:
    if desk.read_only:
        return
    try:
        mine = judged(None)
        held = judged_so_far(desk.folder).said.get((mine.user, mine.thing))
    except BriefingsError as error:
        st.error(markdown_label(str(error)))
        return
    with st.container(horizontal=True, key=f"judging-{name}", gap="small"):
        for relevance, label, shortcut in zip((1, 0), labels, keys, strict=True):
            pressed = held == relevance
            st.button(
                f"✓ {label}" if pressed else label,  # words and a sign, as colour alone tells some readers nothing
                key=f"judge-{name}-{relevance}",
                type="secondary" if pressed else "tertiary",
                shortcut=shortcut,
                on_click=_press,
                args=(desk.folder, judged, None if pressed else relevance),
            )
    draw_not_judged()


def _press(folder: Path, judged: Callable[[int | None], Judgement], relevance: int | None) -> None:
    keep(folder, judged(relevance))


def _generation(desk: Desk) -> int:
    return desk.searcher.store.manifest.generation


def _model(desk: Desk) -> str:
    return desk.searcher.store.manifest.model.name
