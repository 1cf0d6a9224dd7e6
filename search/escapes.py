"""Text in other programs' files, written so that it stays text: Markdown, CSV, BibTeX."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote as percent_encoded

# A spreadsheet runs what begins like this (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# All that begins markup in CommonMark, and in what others add to it: tables, mathematics, footnotes, bare links.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:$^=@/])")
# BibTeX counts braces whether or not a backslash stands before them, so those of a text are spelled out.
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        **{character: f"\\{character}" for character in "$&%#_"},
    }
)
_NOT_IN_A_KEY = re.compile("[^a-z0-9]+")
_NOT_IN_A_NAME = re.compile(r"[\W_]+")
_IN_A_URL = "-._~:/?#[]@!$&'()*+,;=%"


def as_line(text: str) -> str:
    """Return text as one line."""
    return " ".join(text.split())


def as_cell(value: object) -> object:
    """Return a value for a table, with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_markdown(text: str) -> str:
    """Return text as one line of Markdown that shows it."""
    return _MARKDOWN.sub(r"\\\1", as_line(text))


def as_latex(text: str) -> str:
    """Return text as one line that LaTeX shows."""
    return as_line(text).translate(_LATEX)


def bibtex_comment(name: str, value: str) -> str:
    """Return a line that stands between entries."""
    # BibTeX knows no comments: what stands between entries is passed over, up to the next at sign.
    return f"% {name}: {as_line(value).replace('@', '(at)')}\n"


def bibtex_url(url: str) -> str:
    """Return a link as BibTeX sets it: as it is, so that a backslash would become part of it."""
    return percent_encoded(url, safe=_IN_A_URL, errors="replace")


def bibtex_key(article_id: str) -> str:
    """Return the id in letters that a key may have, cut short; its digest keeps two that look alike apart."""
    slug = _NOT_IN_A_KEY.sub("-", article_id.lower())[:40].strip("-") or "article"
    return f"{slug}-{hashlib.sha256(article_id.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def file_stem(text: str) -> str:
    """Return a name for a file that tells the text: up to 60 letters and digits, hyphens between words."""
    words = _NOT_IN_A_NAME.sub("-", text.casefold())
    stem = words.encode()[:60].decode(errors="ignore").strip("-")
    return stem or "untitled"
