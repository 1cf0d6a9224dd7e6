"""Numbers of things in words."""

from __future__ import annotations


def count_of(number: int, one: str, many: str = "") -> str:
    """Return how many there are of something: "1 passage", "2,000 passages"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
