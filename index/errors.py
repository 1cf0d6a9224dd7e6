"""What can go wrong on the write side and when opening an index.

    BriefingsError
    ├── InputError        a file or a line that cannot become an article; the rest go on
    ├── ModelError        a model that cannot be found, loaded, or is not the one it should be
    └── IndexFolderError  an index folder that is missing, damaged, or being written
        ├── IndexBusyError    one that another process is writing
        └── FormatError       one that another version wrote, older or newer

Each message is one line that says what is wrong and what to do next.
"""


class BriefingsError(Exception):
    """Raise for anything a person can put right; its message is for that person."""


class InputError(BriefingsError):
    """Raise when a file or a line of one cannot become an article."""


class MissingLibraryError(InputError):
    """Raise where a file can be read by a library that is not installed."""


class ModelError(BriefingsError):
    """Raise when an embedding model cannot be found, loaded or verified."""


class IndexFolderError(BriefingsError):
    """Raise when an index folder cannot be read or written as asked."""


class IndexBusyError(IndexFolderError):
    """Raise when another process is writing an index folder; it can be written when that process ends."""


class FormatError(IndexFolderError):
    """Raise when an index is whole, but of a format that this version does not read; `newer` says of which side."""

    def __init__(self, message: str, *, newer: bool) -> None:
        super().__init__(message)
        self.newer = newer
