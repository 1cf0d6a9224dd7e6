"""How far a long piece of work is, for whoever draws a bar of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a build is: a stage, and how much of it is done, in bytes read or in passages."""

    stage: str  # "reading", "embedding" or "writing"
    done: int
    total: int
    articles: int = 0


Show = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Show nothing."""
