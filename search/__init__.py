"""The read side: a question in, an answer out.

question -> candidates -> fused -> reranked by late interaction -> hits -> answer -> rendered text. Everything
goes through one object, `Searcher`.
"""

from search.question import QuestionError
from search.results import Answer, Citation, Hit, Signals
from search.searcher import Searcher

__all__ = ["Answer", "Citation", "Hit", "QuestionError", "Searcher", "Signals"]
