"""A little more for what is new, where the person who asks wants that.

The boost is bounded: it settles close calls and never lifts a poor match over a good one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from index.store import Store
from search.retrieve import Ranked

MOST_FOR_RECENCY = 0.1  # of a score that runs from about 0 to 1
HALF_LIFE_DAYS = 365


def favour_recent(store: Store, ranked: Sequence[Ranked]) -> list[Ranked]:
    """Rank anew with up to MOST_FOR_RECENCY added, halved for each year before the newest article.

    Articles whose date is unknown get nothing, and passages that were not looked at closely stay below the rest.
    """
    dates = store.date_range()
    if dates is None:
        return list(ranked)
    newest = date.fromisoformat(dates[1])
    days = store.days([passage.number for passage in ranked])
    boosted = [_boosted(passage, day, newest) for passage, day in zip(ranked, days, strict=True)]
    return sorted(boosted, key=lambda passage: (-passage.score, passage.number))


def _boosted(passage: Ranked, day: str | None, newest: date) -> Ranked:
    age = (newest - date.fromisoformat(day)).days if day else None
    boost = MOST_FOR_RECENCY * 0.5 ** (age / HALF_LIFE_DAYS) if age is not None else 0.0
    return replace(passage, score=passage.score + boost, signals=replace(passage.signals, recency=boost))
