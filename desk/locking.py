"""The password, where BRIEFINGS_PASSWORD names one: nothing of an index is read or sent before it was given."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import time
from collections.abc import Callable

import streamlit as st

from search.markup import masthead_html

MOST_TRIES = 10  # wrong ones of one visit; a new visit is a new page, so
MOST_WRONG_A_MINUTE = 30  # wrong ones of all visits together
DELAY = 1.0  # seconds after a wrong one
MOST_CHARACTERS = 1_000


class Wrong:
    """How many wrong passwords the server was given in the last minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: list[float] = []
        self._lock = threading.Lock()

    def note(self) -> None:
        """Count one more."""
        with self._lock:
            self._times.append(self._clock())

    def too_many(self) -> bool:
        """Return whether the next one has to wait, whoever sends it."""
        with self._lock:
            self._times = [each for each in self._times if each > self._clock() - 60]
            return len(self._times) >= MOST_WRONG_A_MINUTE


WRONG = Wrong()


def is_right(typed: str, password: str) -> bool:
    """Return whether this is the password; how long that takes tells nothing of either."""
    digests = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (typed, password))
    return hmac.compare_digest(*digests)


def admitted() -> bool:
    """Return whether this visit may see the index; if not, draw the page that asks for the password."""
    password = os.environ.get("BRIEFINGS_PASSWORD", "")
    if not password or st.session_state.get("admitted") == _mark(password):
        return True
    st.html(masthead_html(0, 0, None))
    typed = _draw_form()
    problem = _problem(typed, password) if typed else ""
    if problem:
        st.error(problem)
    elif typed:
        st.session_state["admitted"] = _mark(password)
        st.rerun()
    return False


def _draw_form() -> str:
    with st.form("password", border=False):
        typed = st.text_input("Password", type="password", max_chars=MOST_CHARACTERS, autocomplete="current-password")
        pressed = st.form_submit_button("Open", type="primary")
    return (typed or "") if pressed else ""


def _problem(typed: str, password: str) -> str:
    """Return why this is not taken, after a while, or nothing where it is right."""
    tries = st.session_state.get("wrong-passwords", 0)
    if tries >= MOST_TRIES:
        return "That was wrong too often: load the page again in a while."
    if WRONG.too_many():
        return "Too many wrong passwords were given: try again in a minute."
    if is_right(typed, password):
        return ""
    WRONG.note()
    st.session_state["wrong-passwords"] = tries + 1
    time.sleep(DELAY)
    return "This is not the password."


def _mark(password: str) -> str:
    """Return what a visit keeps: another password of another start asks again, and this one is not kept in clear."""
    return hashlib.sha256(b"admitted " + password.encode("utf-8", "surrogatepass")).hexdigest()
