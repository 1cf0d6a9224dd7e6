"""The read side: a question in, an answer out.

question -> candidates -> fused -> reranked by late interaction -> hits -> answer -> rendered text. Everything
goes through one object, `Searcher`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.question import QuestionError
    from search.results import Answer, Citation, Hit, Signals
    from search.searcher import Searcher
else:
    # Imported when first used, so that the command, which lies below this package, can catch Ctrl-C from its start on.
    _WHERE = {
        "Answer": "search.results",
        "Citation": "search.results",
        "Hit": "search.results",
        "QuestionError": "search.question",
        "Searcher": "search.searcher",
        "Signals": "search.results",
    }

    def __getattr__(name: str) -> object:
        """Return a name of this package from the module that has it."""
        if name not in _WHERE:
            raise AttributeError(f"module 'search' has no attribute {name!r}")
        return getattr(import_module(_WHERE[name]), name)


__all__ = ["Answer", "Citation", "Hit", "QuestionError", "Searcher", "Signals"]
