"""Mailboxes (.mbox): each letter is an article.

Format: RFC 4155, with ">From " for a line of a letter that begins with "From ".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from index.errors import InputError
from index.formats.compose import Entry
from index.formats.mail import read_letter

MOST_LETTER_BYTES = 20_000_000
# The line above each letter of a mailbox; "From here on" in a letter is none.
_ENVELOPE = re.compile(rb"From (?:\S*@\S+|.{0,200}\d:\d\d)")


def read_mbox(content: BinaryIO, file_id: str) -> Iterator[Entry]:
    """Yield each letter of a mailbox; its id is its Message-ID, else its number."""
    for number, data in enumerate(_letters(content), start=1):
        try:
            if len(data) > MOST_LETTER_BYTES:
                raise InputError(f"is larger than {MOST_LETTER_BYTES // 1_000_000} MB: save it without attachments")
            yield f" message {number}", read_letter(data, file_id, number)
        except InputError as error:
            yield f" message {number}", error


def _letters(content: BinaryIO) -> Iterator[bytes]:
    """Yield the letters of a mailbox without the lines above them; of one that is too large, only the beginning."""
    letter: bytearray | None = None
    after_blank = True
    while line := content.readline(1_000_000):
        if after_blank and _ENVELOPE.match(line):
            if letter is not None:
                yield bytes(letter)
            letter = bytearray()
        elif letter is None:
            if line.strip():
                raise InputError('is not a mailbox: it does not begin with a "From " line; export it as mbox')
        elif len(letter) <= MOST_LETTER_BYTES:
            letter += line[1:] if re.match(rb">+From ", line) else line
        after_blank = not line.strip()
    if letter is not None:
        yield bytes(letter)
