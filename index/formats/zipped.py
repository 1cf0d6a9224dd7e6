"""Documents that are zip files of XML (.docx, .odt, .epub): their parts, each read within bounds."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib

from lxml import etree

from index.errors import InputError

MOST_PART_BYTES = 50_000_000
MOST_PARTS_BYTES = 100_000_000
# What zipfile and the decoders below it raise for files that are not as they should be.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    OverflowError,
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # how Word files with a password begin, and those from before 2007


class Parts:
    """The parts of one document. Raises InputError where the file is no zip of its kind."""

    def __init__(self, data: bytes, kind: str) -> None:
        if data.startswith(_OLE):
            raise InputError(f"is protected by a password or older than {kind}: save it as {kind} without a password")
        self._kind = kind
        self._left = MOST_PARTS_BYTES
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except ZIP_ERRORS as error:
            raise InputError(f"is not {kind}, whatever its name says: save it as {kind} again") from error
        self._names = set(self._archive.namelist())

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def read(self, name: str) -> bytes:
        """Return one part. Raises InputError where it is missing, damaged, locked or too large."""
        if name not in self._names:
            raise InputError(f"is not {self._kind}: it has no {name}; save it as {self._kind} again")
        # The sizes that a zip states may be false, so what comes out is counted.
        most = min(MOST_PART_BYTES, self._left)
        try:
            with self._archive.open(name) as part:
                data = part.read(most + 1)
        except ZIP_ERRORS as error:
            raise InputError(f"is damaged or locked ({name}): save it as {self._kind} again") from error
        self._left -= len(data)
        if len(data) > most:
            raise InputError(f"unpacks to more than {most // 1_000_000} MB ({name}): split it")
        return data

    def xml(self, name: str) -> etree._Element:
        """Return the root of one part. Raises InputError as `read` does, and where it is no XML."""
        return xml_root(self.read(name), self._kind)


def xml_root(data: bytes, kind: str) -> etree._Element:
    """Parse XML without expanding entities, loading a DTD or touching the network."""
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise InputError(f"is damaged (XML that cannot be parsed): save it as {kind} again") from error
