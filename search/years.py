"""The years that a question names, and whether a passage is of one of them.

"who won Wimbledon in 2019?" is as near to the report of 2021 as to that of 2019, by words and by meaning.
"""

from __future__ import annotations

import re

from index.records import Passage

# A number with a unit, a sign or a decimal point is an amount.
_YEAR = re.compile(
    r"(?<![\d.,$€£¥-])(?:1[5-9]|20)\d\d(?!\d|[.,]\d|\s?%|\s(?:people|men|women|children|soldiers|troops|jobs|homes)\b)"
)


def years_in(text: str) -> frozenset[str]:
    """Return the years from 1500 to 2099 that a text names in digits."""
    return frozenset(_YEAR.findall(text))


def year_vote(passage: Passage, asked: frozenset[str]) -> float:
    """Return 1 for a passage that names an asked year or was published in one, -1 for one of other years, else 0."""
    article = passage.article
    years = years_in(f"{article.title}\n{passage.text}") | years_in((article.published or "")[:4])
    if not years:
        return 0.0
    return 1.0 if years & asked else -1.0
