"""Long work on an index, one piece at a time: it goes on when its page is left, and every visitor sees how far it is.

A job is a thread of the server. What a server leaves that is stopped meanwhile, the next build clears away.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import streamlit as st

from desk.opening import check_may_write
from index.errors import BriefingsError, IndexFolderError
from index.progress import Progress, Show
from index.wording import count_of
from search.markup import markdown_label
from search.tending_markup import findings_html

SECONDS = 1.0  # between two looks at a job that runs


class TimeLeft:
    """How long the current stage of a build will still take, from how long it took so far."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage = ""
        self._began = 0.0

    def words(self, progress: Progress) -> str:
        """Return ", about 2 min left", or nothing while it cannot be told yet."""
        now = self._clock()
        if progress.stage != self._stage:
            self._stage, self._began = progress.stage, now
        passed = now - self._began
        if passed < 2 or not 0 < progress.done < progress.total:
            return ""
        seconds = passed / progress.done * (progress.total - progress.done)
        return f", about {seconds / 60:.0f} min left" if seconds >= 90 else f", about {max(seconds, 1):.0f} s left"


def told_progress(progress: Progress, left: str) -> str:
    """Return what a build is doing in words."""
    if progress.stage == "embedding":
        return f"Working out the meaning of {progress.done:,} of {count_of(progress.total, 'passage')}{left}"
    if progress.stage == "reading":
        return f"Reading: {count_of(progress.articles, 'article')}{left}"
    return f"Writing the index{left}"


@dataclass(frozen=True)
class Told:
    """What a piece of work did, in words, and what stands in the way; `damaged`: the index wants to be repaired."""

    said: str
    problems: tuple[tuple[str, str], ...] = ()
    heading: str = "Set aside"
    damaged: bool = False


Work = Callable[[Show], Told]


@dataclass
class Job:
    """A piece of work on an index: how far it is, and then what it did or the one line that says why it failed."""

    number: int
    title: str
    share: float = 0.0
    words: str = "Beginning"
    told: Told | None = None
    error: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def running(self) -> bool:
        """Return whether it goes on."""
        return not self.ended.is_set()

    def run(self, work: Work) -> None:
        """Do the work in this thread, and keep what comes of it."""
        left = TimeLeft()

        def show(progress: Progress) -> None:
            self.share = min(progress.done / progress.total, 1.0) if progress.total else 0.0
            self.words = told_progress(progress, left.words(progress))

        try:
            self.told = work(show)
        except (BriefingsError, OSError) as error:
            self.error = str(error)
        except Exception as error:  # a thread has nobody above it who would tell
            logging.getLogger(__name__).exception("%s failed", self.title)
            self.error = f"This failed unforeseen ({type(error).__name__}): the server's log tells more"
        finally:
            self.ended.set()


class Jobs:
    """The latest job of each index folder; while it runs, no other begins."""

    def __init__(self) -> None:
        self._latest: dict[Path, Job] = {}
        self._lock = threading.Lock()
        self._numbers = count(1)

    def latest(self, folder: Path) -> Job | None:
        """Return the job that runs on a folder, or the one that ended last."""
        return self._latest.get(folder.resolve())

    def running(self, folder: Path) -> bool:
        """Return whether a job runs on a folder."""
        job = self.latest(folder)
        return job is not None and job.running

    def start(self, folder: Path, title: str, work: Work) -> Job:
        """Begin a piece of work. Raises ReadOnlyError, and IndexFolderError while another goes on."""
        check_may_write()
        with self._lock:
            before = self.latest(folder)
            if before and before.running:
                raise IndexFolderError(f"{before.title} goes on: wait for it to end")
            job = self._latest[folder.resolve()] = Job(next(self._numbers), title)
        threading.Thread(target=job.run, args=(work,), name=f"briefings-job-{job.number}", daemon=True).start()
        return job


JOBS = Jobs()


def start_job(folder: Path, title: str, work: Work) -> bool:
    """Begin a piece of work, or say in one line why not."""
    try:
        st.session_state["started"] = JOBS.start(folder, title, work).number
    except BriefingsError as error:
        st.error(markdown_label(str(error)), title="Not now")
        return False
    return True


def draw_running(folder: Path) -> None:
    """Draw how far the job on this folder is, where one runs; the page is drawn anew when it ends."""
    job = JOBS.latest(folder)
    if job and job.running:
        _draw_progress(job)


@st.fragment(run_every=SECONDS)
def _draw_progress(job: Job) -> None:
    if not job.running:
        st.rerun()
    st.progress(job.share, f"{markdown_label(job.title)}. {job.words}")


def draw_outcome(folder: Path, *, everybody: bool = True) -> None:
    """Draw what the latest job did, or why it failed, until this visitor puts it away.

    everybody: also to those who did not begin it.
    """
    job = JOBS.latest(folder)
    if job is None or job.running or st.session_state.get("put-away") == job.number:
        return
    if not everybody and st.session_state.get("started") != job.number:
        return
    told = job.told
    if told is None:
        st.error(markdown_label(job.error), title=markdown_label(f"{job.title} failed"))
    elif told.damaged:
        st.warning(markdown_label(told.said))
    else:
        st.success(markdown_label(told.said))
    if told and told.problems:
        st.html(findings_html(told.heading, told.problems))
    st.button("Put this away", key="put-away-button", type="tertiary", on_click=_put_away, args=(job.number,))


def _put_away(number: int) -> None:
    st.session_state["put-away"] = number
