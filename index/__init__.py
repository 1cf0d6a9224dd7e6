"""The write side: articles in, an index folder out.

article -> sections -> passages -> vectors -> store. `build` runs the whole of it; `Store` opens the result.
"""

from index.build import BuildReport, Progress, build
from index.errors import BriefingsError, IndexFolderError, InputError, ModelError
from index.records import Article, Dropped, Heading, Passage, Section
from index.store import Store

__all__ = [
    "Article",
    "BriefingsError",
    "BuildReport",
    "Dropped",
    "Heading",
    "IndexFolderError",
    "InputError",
    "ModelError",
    "Passage",
    "Progress",
    "Section",
    "Store",
    "build",
]
