"""Plain text: the first line is the headline, blank lines part the paragraphs."""

from __future__ import annotations

import re

from index.blocks import MOST_HEADLINE_CHARACTERS, Block, assemble, one_line, tidy
from index.clean import PROSE_WORDS, clean, is_credit, is_furniture
from index.errors import InputError
from index.formats.stories import check_one_story
from index.records import Article, Dropped
from index.sentences import paragraph_spans

MOST_TITLE_WORDS = 25

# A scraped page's first line is often its window's title: "Headline | Outlet".
_OUTLET = re.compile(r"(?P<title>.*\S) \| (?P<source>[^|]{3,40})")
_ENDS = (".", "!", "?", "”", '"', "’", ")", ":")
_LABEL = re.compile(r"(?:image|media|photo|figure|video) (?:caption|source|credit),?", re.IGNORECASE)
MOST_MENU_WORDS = 2  # of a line that follows "Home" or "Skip to content" above the headline


def read_plain(text: str, article_id: str) -> Article:
    """Read one plain-text article. A first line that is long or ends like a sentence is no headline.

    Raises InputError where it is a list of stories, or several of them.
    """
    tidied = tidy(text)
    check_one_story(tidied)
    menu, paragraphs = _parted_menu(paragraphs_of(tidied))
    title, paragraphs = parted_headline(paragraphs)
    outlet = _OUTLET.fullmatch(title)
    if outlet:
        title = outlet["title"]
    cleaned = clean([Block(paragraph) for paragraph in paragraphs], title=title)
    body, headings = assemble(cleaned.kept)
    return Article(
        article_id=article_id,
        title=title,
        text=body,
        headings=headings,
        source=cleaned.source or (outlet["source"] if outlet else None),
        published=cleaned.published,
        author=cleaned.author,
        dropped=(*(Dropped("menu", line) for line in menu), *cleaned.dropped),
    )


def paragraphs_of(text: str) -> list[str]:
    """Return the paragraphs of a tidied text: blank lines part them, or the ends of lines that are never wrapped.

    Text that is copied off a page often has a line for each paragraph and none between. A line that is wrapped
    seldom ends where a sentence does.
    """
    blocks = [text[start:end] for start, end in paragraph_spans(text)]
    several = [block for block in blocks if _is_lines(block.split("\n"))]
    inner = [line for block in several for line in block.split("\n")[:-1] if len(line.split()) >= PROSE_WORDS]
    if 2 * sum(line.endswith(_ENDS) for line in inner) < len(inner):
        return blocks
    return [part for block in blocks for part in (_lines_apart(block) if block in several else [block])]


def _is_lines(lines: list[str]) -> bool:
    """Say whether these lines may be paragraphs; two alike, or one above who took the picture, are a caption."""
    prose = {line for line in lines if len(line.split()) >= PROSE_WORDS and line.endswith(_ENDS)}
    return len(prose) > 1 and not (len(lines) <= 3 and is_credit(lines[-1]))


def _lines_apart(block: str) -> list[str]:
    """Part a block into its lines; a caption stays with its label and with who took the picture."""
    parts: list[str] = []
    for line in filter(None, block.split("\n")):
        above = parts[-1] if parts else ""
        labelled = _LABEL.fullmatch(above.rpartition("\n")[2])
        if above and (labelled or (is_credit(line) and len(above.split()) < PROSE_WORDS and "\n" not in above)):
            parts[-1] = f"{above}\n{line}"
        else:
            parts.append(line)
    return parts


def _parted_menu(paragraphs: list[str]) -> tuple[list[str], list[str]]:
    """Return what stands above the headline of a page that was copied whole, and the rest."""
    at = 0
    while at < len(paragraphs) - 1:
        lines = paragraphs[at].split("\n")
        short = at > 0 and all(len(line.split()) <= MOST_MENU_WORDS for line in lines)
        if not short and not (is_furniture(lines[0]) and all(len(line.split()) < PROSE_WORDS for line in lines[1:])):
            break
        at += 1
    return paragraphs[:at], paragraphs[at:]


def parted_headline(paragraphs: list[str]) -> tuple[str, list[str]]:
    """Return the headline, if the first line is one, and the paragraphs below it."""
    if len(paragraphs) < 2:
        return "", paragraphs
    first, _, rest = paragraphs[0].partition("\n")
    if (
        len(first) > MOST_HEADLINE_CHARACTERS
        or len(first.split()) > MOST_TITLE_WORDS
        or first.endswith((".", ",", ";", ":"))
    ):
        return "", paragraphs
    return one_line(first), [rest, *paragraphs[1:]] if rest else paragraphs[1:]


def decoded(data: bytes) -> str:
    """Return the bytes of a text file as text. Raises InputError where they are neither UTF-8 nor marked UTF-16."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\x00" in data[:8192]:
        raise InputError("is not text: it holds NUL bytes; save it as text in UTF-8")
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not {encoding.removesuffix('-sig').upper()} (byte {error.start + 1}): save it as UTF-8"
        ) from error
