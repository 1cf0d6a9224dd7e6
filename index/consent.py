"""What is removed without asking, and what is asked about first."""

from __future__ import annotations

from collections.abc import Callable

from index.errors import BriefingsError
from index.wording import count_of

MOST_UNASKED = 0.2  # of the articles: a folder that is not mounted takes more than an editor does

# Given how many articles would go, and of how many, whether they may.
Agree = Callable[[int, int], bool]


class NotAgreedError(BriefingsError):
    """Raise where nobody agreed to a removal; nothing was changed."""


def few(gone: int, of: int) -> bool:
    """Agree to what is not asked about."""
    return gone <= MOST_UNASKED * of


def check_agreed(agree: Agree, gone: int, of: int) -> None:
    """Raise NotAgreedError where the removal of so many articles is not agreed to."""
    if not few(gone, of) and not agree(gone, of):
        raise NotAgreedError(
            f"{gone:,} of {count_of(of, 'article')} would be removed, and nothing was:"
            " add --yes if that is what you want"
        )
