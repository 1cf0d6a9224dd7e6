"""The page that looks after an index: what it holds, files in, articles out, generations, what was set aside."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import streamlit as st

from desk.adding import draw_adding
from desk.filters import Filters
from desk.jobs import JOBS, Told, start_job
from desk.opening import Desk
from desk.states import mended
from index.doctor import examine
from index.history import Kept, kept, rollback
from index.progress import Show
from index.removal import Selection, purge, remove
from index.store import ArticleRow, Store
from index.wording import count_of
from search.markup import about_html, markdown_label
from search.tending_markup import findings_html, head_html, kept_html, note_html, rows_html, sources_html


def draw_tending(desk: Desk, _filters: Filters) -> None:
    """Draw the page; where this app only shows, nothing on it changes anything."""
    store = desk.searcher.store
    if not desk.read_only:
        st.html(head_html("Add articles"))
        draw_adding(desk.folder)
    st.html(head_html("What it holds"))
    st.html(about_html(store.manifest, desk.folder))
    with st.expander("Sources", key="part-sources"):
        st.html(sources_html(store.sources()))
    with st.expander("Set aside when it was read", key="part-aside"):
        draw_set_aside(store)
    with st.expander("Earlier generations", key="part-generations"):
        draw_generations(desk)
    if not desk.read_only:
        with st.expander("Remove articles", key="part-remove"):
            draw_removal(desk)
        with st.expander("Check and repair", key="part-doctor"):
            draw_doctor(desk.folder)


def draw_asked_twice(label: str, key: str, question: str, yes: str, begin: Callable[[], object], *, busy: bool) -> None:
    """Draw a button that asks before something begins. busy: nothing can begin now."""
    if st.session_state.get("asked-twice") != key:
        st.button(label, key=key, on_click=_ask, args=(key,), disabled=busy)
        return
    st.warning(markdown_label(question))
    with st.container(horizontal=True):
        # Called before the page is drawn anew, which another press may break off.
        st.button(yes, key=f"{key}-yes", type="primary", on_click=_agree, args=(begin,))
        st.button("Leave it", key=f"{key}-no", on_click=_ask, args=("",))


def _ask(key: str) -> None:
    st.session_state["asked-twice"] = key


def _agree(begin: Callable[[], object]) -> None:
    _ask("")
    begin()


def draw_set_aside(store: Store) -> None:
    """Draw the files and lines that were set aside, with the reasons, and a box that narrows them."""
    problems = store.problems()
    if not problems:
        st.html(note_html("Nothing: every file and line became an article."))
        return
    words = st.text_input("Narrow to a name or a reason", key="aside-words", max_chars=200)
    wanted = (words or "").casefold().split()
    found = [each for each in problems if all(word in " ".join(each).casefold() for word in wanted)]
    st.html(findings_html("Set aside", found) if found else note_html("Nothing that was set aside is like that."))


def draw_generations(desk: Desk) -> None:
    """Draw what is kept on disk, a way back to each, and a way to drop the older ones."""
    st.html(note_html("A generation is the whole index as it was after one change."))
    generations = kept(desk.folder)
    for each in generations:
        st.html(kept_html(each))
        if not each.current and not each.damaged and not desk.read_only:
            _draw_way_back(desk.folder, each)
    older = [each.generation for each in generations if not each.current]
    if older and not desk.read_only:
        question = f"Drop {_named(older)} for good? There is no way back to them then."
        begin = partial(start_job, desk.folder, "Dropping older generations", lambda _: dropped(desk.folder))
        draw_asked_twice("Drop the older ones", "purge", question, "Drop them", begin, busy=JOBS.running(desk.folder))


def _draw_way_back(folder: Path, each: Kept) -> None:
    question = (
        f"Make generation {each.generation} the current one again? Every visitor then asks its {each.articles:,}"
        " articles; what is current now is kept."
    )
    number = each.generation
    begin = partial(start_job, folder, f"Going back to generation {number}", lambda _: gone_back(folder, number))
    draw_asked_twice("Make current", f"back-{number}", question, "Make it current", begin, busy=JOBS.running(folder))


def draw_removal(desk: Desk) -> None:
    """Draw a search for articles, a list of what would go, and the button that removes them."""
    store = desk.searcher.store
    names = [found.source for found in store.sources() if found.source]
    words = st.text_input("Words of the headline, or an article id", key="remove-words", max_chars=500)
    sources = st.multiselect("From these sources", names, placeholder="Any source", key="remove-sources")
    before = st.date_input("Published before", None, date(1000, 1, 1), key="remove-before", format="YYYY-MM-DD")
    if not (words or "").strip() and not sources and before is None:
        st.html(note_html("What meets every condition is listed here first. Nothing goes before you agree."))
        return
    rows = found_rows(store, words or "", sources, before)
    if not rows:
        st.html(note_html("No article meets these conditions."))
        return
    st.html(rows_html(rows))
    older = [each.generation for each in kept(desk.folder)]
    st.html(note_html(f"They stay in {_named(older)}, for a way back, until later changes take the place of those."))
    purging = st.checkbox("Drop those older generations, too: no copy of the text is left here", key="remove-purge")
    count = count_of(len(rows), "article")
    question = f"Remove {count} of {store.manifest.articles:,}, and keep them out when their files are read again?"
    # The key names the very articles: where others are meant meanwhile, the question is asked again.
    mark = hashlib.sha256("\n".join(row.article_id for row in rows).encode("utf-8", "surrogatepass")).hexdigest()[:12]
    ids = tuple(row.article_id for row in rows)
    begin = partial(
        start_job, desk.folder, f"Removing {count}", lambda show: removed(desk.folder, ids, show, purging=purging)
    )
    draw_asked_twice(f"Remove {count}", f"remove-{mark}", question, "Remove", begin, busy=JOBS.running(desk.folder))


def found_rows(store: Store, words: str, sources: Sequence[str], before: date | None) -> list[ArticleRow]:
    """Return the articles that meet every condition given; words stand in the headline, or are the whole id."""
    wanted = words.casefold().split()
    day = before.isoformat() if before else None
    return [
        row
        for row in store.article_rows()
        if (row.article_id == words.strip() or all(word in row.title.casefold() for word in wanted))
        and (not sources or row.source in sources)
        and (day is None or bool(row.published and row.published < day))
    ]


def draw_doctor(folder: Path) -> None:
    """Draw the check of every byte, and the repair where the last check found something."""
    st.html(note_html("Reads every byte of every generation, and whether its parts agree. Nothing is changed by it."))
    busy = JOBS.running(folder)
    st.button("Check", key="check", disabled=busy, on_click=_check, args=(folder,))
    job = JOBS.latest(folder)
    if job and job.told and job.told.damaged:
        question = (
            "Make again from the text what is broken? Generations that cannot be mended are set aside or dropped."
        )
        begin = partial(start_job, folder, "Repairing", lambda show: mended(folder, show))
        draw_asked_twice("Repair", "repair", question, "Repair", begin, busy=busy)


def _check(folder: Path) -> None:
    start_job(folder, "Checking every byte", lambda _: checked(folder))


def checked(folder: Path) -> Told:
    """Check every byte of an index and say what was found."""
    found = examine(folder)
    if found.findings:
        broken = tuple((finding.where, finding.what) for finding in found.findings)
        return Told("The index is damaged: repair it under Check and repair.", broken, "Broken", damaged=True)
    return Told(f"The index is whole: every byte of {_named(found.generations)} was checked.")


def gone_back(folder: Path, number: int) -> Told:
    """Make an older generation current and say so."""
    now = rollback(folder, number)
    return Told(f"Generation {now.generation} is current again. The index holds {count_of(now.articles, 'article')}.")


def dropped(folder: Path) -> Told:
    """Drop the older generations and say which."""
    numbers = purge(folder)
    return Told(f"Dropped {_named(numbers)}." if numbers else "No older generation was kept.")


def removed(folder: Path, ids: tuple[str, ...], show: Show, *, purging: bool) -> Told:
    """Remove articles, which a person has seen listed and agreed to, and say what is left where."""
    report = remove(folder, Selection(ids), agree=lambda gone, of: True, purge=purging, progress=show)
    gone, left = (count_of(number, "article") for number in (len(report.removed), report.articles))
    said = f"Removed {gone}. The index holds {left}."
    if report.still_held_by:
        said += f" They are still in {_named(report.still_held_by)}, which can be dropped under Earlier generations."
    return Told(said)


def _named(numbers: Sequence[int]) -> str:
    return f"generation{'s' * (len(numbers) != 1)} {', '.join(map(str, numbers))}"
