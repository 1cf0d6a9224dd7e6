"""What stands in a file but is not the article: captions, credits, bylines, teasers, sign-ups.

Each rule has a name, which `briefings inspect` shows beside what the rule dropped. Rules look at whole blocks
and drop them whole; a sentence of the article is never edited.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from index.blocks import Block, one_line
from index.dates import iso_day
from index.records import Dropped

MOST_CAPTION_WORDS = 120
MOST_FURNITURE_WORDS = 30
PROSE_WORDS = 12  # a paragraph of at least this many words is taken for the article's own
TOP_BLOCKS = 6  # how far down a byline or dateline can stand

_TEASERS = re.compile(
    r"(?:more (?:from|on|stories|news|in|coverage)\b|read (?:more|next|also)\b|related\b|recommended\b|"
    r"you (?:may|might) (?:also )?(?:like|be interested)|most (?:read|popular|viewed)\b|trending\b|"
    r"popular (?:stories|now|on)\b|latest (?:stories|news|from)\b|top stories\b|also in the news|don['’]t miss\b|"
    r"editors?['’]s? picks?\b|what to read next|up next\b|keep reading\b|from our partners|"
    r"sponsored (?:content|stories)|around the web)",
    re.IGNORECASE,
)
_FURNITURE = re.compile(
    r"(?:share (?:this|on|via|article|the)\b|share$|tweet$|email$|print$|copy link|save (?:this|article)|"
    r"listen to this article|follow us\b|subscribe\b|sign up\b|get (?:our|the) .{0,40}newsletter|"
    r"join our .{0,40}(?:newsletter|mailing list)|our newsletter\b|enter your email|advertisement$|"
    r"we use cookies|this (?:site|website) uses cookies|accept (?:all )?cookies|cookie (?:policy|settings)|"
    r"©|\(c\) ?\d{4}|copyright\b.{0,20}\d{4}|all rights reserved|terms of (?:use|service)\b|privacy policy\b|"
    r"read (?:more|next|also):|related:|see also:|watch:|listen:|skip to (?:main )?content|"
    r"click here to|download (?:our|the) app)",
    re.IGNORECASE,
)
_AGENCY = (
    r"(?:REUTERS|AP|AFP|EPA|EFE|ANSA|DPA|TASS|KCNA|XINHUA|YONHAP|KYODO|IMAGO|ANADOLU|BLOOMBERG|GETTY|GETTY IMAGES|"
    r"ASSOCIATED PRESS|AP PHOTO|THE ASSOCIATED PRESS|AGENCE FRANCE-PRESSE|REUTERS CONNECT|PA MEDIA|ALAMY|SHUTTERSTOCK)"
)
_CREDIT = re.compile(
    rf"(?:{_AGENCY}\.?"
    r"|\(?(?i:photo|photograph|image|picture|illustration|video|graphic)s?"
    r"(?i:(?: credits?| courtesy(?: of)?| illustration)?:| (?:by|courtesy)\b).{0,90}"
    r"|(?i:credits?): .{0,80}"
    rf"|[^.!?:]{{2,60}} (?:(?:via|for) {_AGENCY}|via (?i:{_AGENCY}))\)?"
    rf"|[^.!?:]{{2,60}}[/|] ?{_AGENCY}(?: .{{0,30}})?\)?"
    r"|\(?[A-Z][\w&.'’-]*(?: [A-Z][\w&.'’-]*){0,3}/[A-Z][\w&.'’/-]*(?: [A-Z][\w&.'’/-]*){0,4}"
    r"(?: via [A-Z][\w ]{1,30})?\)?"
    r")"
)
_AGENCY_LINE = re.compile(rf"\(?(?:{_AGENCY}|[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)* (?:Images|Photos?|Pictures))\)?$", re.I)
# A weekday, or a month before a number, begins the date behind the name.
_NO_DATE = (
    r"(?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\.? \d)"
)
_NAME_WORD = rf"{_NO_DATE}(?:[^\W\d_a-z][\w.'’-]*|and|in|of|for|the|da|de|del|di|van|von|der|al|bin|y)"
_BYLINE = re.compile(
    rf"(?i:by|words by|reporting by|written by)[: ]\s*(?P<name>[^\W\d_a-z][\w.'’-]*(?:[ ,&]+{_NAME_WORD}){{0,12}})"
    r"(?:,? [|·•–—-]? ?(?P<day>[^,|]*\d.*))?$"
)
_READING_TIME = re.compile(r"\d{1,3}[ -]min(?:ute)?s?\.?(?: read)?", re.IGNORECASE)
_OUTLET = re.compile(r"[^\W\d_a-z][\w.&'’-]*(?: (?:[^\W\d_a-z][\w.&'’-]*|of|the|and|&)){0,4}")
_STAMP = re.compile(
    r"(?:(?:first )?(?:published|updated|posted|last (?:updated|modified))(?: on| at)?:? |date: )?(?P<day>.{6,50})$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cleaned:
    """The article's own blocks, what was dropped, and what the dropped lines said about the article."""

    kept: tuple[Block, ...]
    dropped: tuple[Dropped, ...]
    author: str | None = None
    published: str | None = None
    source: str | None = None


def clean(blocks: Sequence[Block], *, title: str = "") -> Cleaned:
    """Part an article from what surrounds it.

    1. Everything behind a "More from ..." line goes, up to the next heading of its rank if it is a heading.
    2. Single blocks go that are a repeated headline, caption, credit, byline, date or page furniture.
    """
    dropped: list[Dropped] = []
    remaining = _without_teasers(blocks, dropped)
    kept: list[Block] = []
    texts: set[str] = set()
    known: dict[str, str] = {}
    for position, block in enumerate(remaining):
        if position < TOP_BLOCKS and not block.level:
            said = _said_at_the_top(block.text, known)
            if said:
                dropped.append(Dropped("byline" if "author" in said else "date", block.text))
                known = {**said, **known}
                continue
        following = remaining[position + 1] if position + 1 < len(remaining) else None
        rule = _rule_against(block, following, texts, title)
        if rule:
            dropped.append(Dropped(rule, block.text))
        else:
            kept.append(block)
            texts.add(block.text)
    return Cleaned(tuple(kept), tuple(dropped), known.get("author"), known.get("published"), known.get("source"))


def _said_at_the_top(text: str, known: dict[str, str]) -> dict[str, str]:
    """Return what a block says of the article, if all its lines are byline, date, reading time or outlet."""
    said: dict[str, str] = {}
    for line in text.split("\n"):
        byline = _BYLINE.fullmatch(line)
        day = _day_alone(byline["day"] or "" if byline else line)
        if byline and (day or not byline["day"]):
            said.setdefault("author", one_line(byline["name"]).rstrip(" .,"))
        if day:
            said.setdefault("published", day)
        elif not byline and not _READING_TIME.fullmatch(line):
            outlet, _, rest = line.partition(", ")
            if not _OUTLET.fullmatch(outlet) or (rest and not _day_alone(rest)):
                return {}
            said.setdefault("source", outlet)
            if rest:
                said.setdefault("published", _day_alone(rest) or "")
        elif byline and byline["day"]:
            return {}
    # An outlet's name says what it is only beside a byline or a date.
    return said if {"author", "published"} & {*said, *known} else {}


def _without_teasers(blocks: Sequence[Block], dropped: list[Dropped]) -> list[Block]:
    remaining: list[Block] = []
    level: int | None = None
    prose = 0
    for block in blocks:
        if level is not None and not (block.level and block.level <= level):
            dropped.append(Dropped("teasers", block.text))
            continue
        level = None
        if prose and _is_teaser_head(block.text):
            level = block.level
            dropped.append(Dropped("teasers", block.text))
            continue
        prose += len(block.text.split()) >= PROSE_WORDS
        remaining.append(block)
    return remaining


def _is_teaser_head(text: str) -> bool:
    # "Read more: The road to Lachin" is one link between paragraphs, and the article goes on behind it.
    if len(text.split()) > 8 or text[-1] in '.!?;,:”"' or _FURNITURE.match(text):
        return False
    return bool(_TEASERS.match(text))


def _rule_against(block: Block, following: Block | None, kept: Set[str], title: str) -> str | None:
    if title and _letters(block.text) == _letters(title):
        return "headline"
    if block.level:
        return None
    lines = [line for line in block.text.split("\n") if line]
    if all(_is_credit(line) for line in lines):
        return "credit"
    if len(block.text.split()) <= MOST_CAPTION_WORDS and _is_caption(lines, following):
        return "caption"
    if len(block.text.split()) <= MOST_FURNITURE_WORDS and _FURNITURE.match(lines[0]):
        return "furniture"
    if len(block.text) > 20 and block.text in kept:
        return "repeated"
    return None


def _letters(text: str) -> str:
    # Pages write the same headline with straight and with curly quotes.
    return "".join(character for character in text.casefold() if character.isalnum())


def _is_caption(lines: Sequence[str], following: Block | None) -> bool:
    if len(lines) > 1:
        return _is_credit(lines[-1]) or len(set(lines)) < len(lines)
    # The same line twice in a row, or above a line that only names an agency: both stand under pictures.
    return following is not None and not following.level and following.text.split("\n")[0] == lines[0]


def _is_credit(line: str) -> bool:
    return len(line.split()) <= 14 and bool(_AGENCY_LINE.fullmatch(line) or _CREDIT.fullmatch(line))


def _day_alone(text: str) -> str | None:
    stamp = _STAMP.fullmatch(text)
    if not stamp or not re.search(r"\d", text) or len(text.split()) > 9:
        return None
    return iso_day(re.split(r"\s+(?:at|[|·•-])\s+", stamp["day"])[0])
