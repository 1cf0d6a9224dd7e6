"""What stands in a file but is not the article: captions, credits, bylines, teasers, sign-ups.

Each rule has a name, which `briefings inspect` shows beside what the rule dropped. Rules look at whole blocks
and drop them whole; a sentence of the article is never edited.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from index.blocks import Block, letters, one_line
from index.dates import iso_day
from index.records import Dropped

MOST_CAPTION_WORDS = 120
MOST_FURNITURE_WORDS = 30
MOST_NOTICE_WORDS = 90  # of a cookie notice, which says more than other furniture
MOST_HELPER_WORDS = 60
MOST_BUTTONS = 20
MOST_ABOUT_WORDS = 80
MOST_CREDITED_WORDS = 60
PROSE_WORDS = 12  # a paragraph of at least this many words is taken for the article's own
TOP_BLOCKS = 6  # how far down a byline or dateline can stand
BOTTOM_BLOCKS = 4  # how far up a line about the author can stand
MOST_LINK_WORDS = 25  # of a line that is nothing but a link to another story
LEAST_LINK_WORDS = 5
PARAGRAPHS_OF_AN_ARTICLE = 3  # as many in a row behind a teaser are the article again
MOST_LOOKED_AT = 40  # blocks behind a box of teasers

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
    r"we (?:and our .{0,40})?use cookies|this (?:site|website) uses cookies|(?:accept|reject|manage) (?:all )?cookies|"
    r"cookie (?:policy|settings|preferences|notice)|we value your privacy\b|accept(?: all)?$|reject all$|"
    r".{0,80}\b(?:in|to|into) your inbox\b|by (?:signing up|subscribing|clicking|continuing)\b.{0,60}\byou\b|"
    r"click to (?:share|print|email)\b|(?:sponsored|promoted|paid content|sign in|log in)$|contact us\b|"
    r"about us(?:$| *[|·•])|about the authors?:?$|(?:tags|topics|filed under): |\d{1,3}[ -]min(?:ute)?s? read$|"
    r"©|\(c\) ?\d{4}|copyright\b.{0,20}\d{4}|all rights reserved|terms of (?:use|service)\b|privacy policy\b|"
    r"(?:read|see) (?:more|next|also):|related:|watch:|listen:|skip to (?:main )?content|also on [\w-]+\.\w{2,}\b|"
    r"click here to|download (?:our|the) app|(?:like|enjoy(?:ed|ing)?) (?:this|our) (?:story|article)\?|"
    r"home$|(?:\d+ )?comments$|leave a (?:comment|reply)\b|back to top$|"
    r"(?:please )?follow .{2,80} on (?:twitter|facebook|instagram|x|linkedin|threads|bluesky|mastodon)\b|"
    r"(?:if you (?:buy|purchase) .{3,60}|.{3,40}) (?:may|might|will) (?:earn|receive|get) (?:an? )?.{0,30}"
    r"(?:commission|share of the sale)|"
    r"(?:we(?:['’]d| would) (?:like|love) to hear|(?:send|email) (?:us )?(?:your )?letters|letters to the editor)\b|"
    r"(?:last )?updated:? (?:at )?\d{1,2}[:.]\d\d ?[ap]\.?m\.?.{0,20}$|"
    r"[\w.+-]+@[\w-]+\.[\w.-]+$|(?:https?://|www\.|(?:twitter|facebook|instagram)\.com/)\S+$)",
    re.IGNORECASE,
)
_AGENCY = (
    r"(?:REUTERS|AP|AFP|EPA|EFE|ANSA|DPA|TASS|KCNA|XINHUA|YONHAP|KYODO|IMAGO|ANADOLU|BLOOMBERG|GETTY|GETTY IMAGES|"
    r"ASSOCIATED PRESS|AP PHOTO|THE ASSOCIATED PRESS|AGENCE FRANCE-PRESSE|REUTERS CONNECT|PA MEDIA|ALAMY|SHUTTERSTOCK)"
)
# A notice speaks of cookies and to whoever reads it; an article that quotes one has it in quotation marks.
_COOKIES = re.compile(r"(?=.*\bcookies\b)(?=.*\byour?\b)[^“\"]*", re.DOTALL | re.IGNORECASE)
_CONSENT = re.compile(r"\b(?:accept|agree|consent|experience|preferences|settings|privacy|partners|our site)\b", re.I)
# A bar of buttons, copied as text: each line, or each part of the only one, is a network or something to do.
_BUTTON = re.compile(
    r"(?:share(?: (?:on|via|to|by) )?|tweet|post|pin it|like|save|print|copy(?: (?:link|url))?|e-?mail|link|more|gift|"
    r"bookmark|comments?)?\s*(?:facebook|twitter|x|whatsapp|telegram|linkedin|reddit|pinterest|e-?mail|flipboard|"
    r"messenger|bluesky|threads|mastodon|pocket|instagram|viber|line|sms|tumblr|youtube|tiktok)?",
    re.IGNORECASE,
)
_NETWORK = re.compile(r"\b(?:facebook|twitter|whatsapp|telegram|linkedin|reddit|pinterest|flipboard|bluesky)\b", re.I)
_PARTS = re.compile(r"\s*[|·•\n]\s*")
_LABELLED = re.compile(r"(?:image|media|video|photo) (?:caption|source|credit)\b[,:]?(?:\n.*| .*)?", re.I | re.DOTALL)
_TO_READERS = re.compile(
    r"letters? to the editor|hear (?:from you|what you think)|(?:story|news) (?:ideas?|tips?)", re.I
)
# Who helped is no part of the story: "(Reporting by A. B.; editing by C. D.)", "A. B. contributed to this report."
_NAME = r"[^\W\d_a-z][\w.'’-]*(?: [^\W\d_a-z][\w.'’-]*){0,4}"
_HELPERS = re.compile(
    r"\((?i:additional |with )?(?i:reporting|writing|compiled) (?:by|from)\b.*\)\.?"
    r"|(?i:additional )?(?i:reporting|writing) by [^\W\d_a-z].*\b[Ee]diting by\b.*"
    rf"|(?i:additional )?(?i:reporting|writing) by {_NAME}(?:(?:,| and|, and) {_NAME}){{0,12}}\.?"
    r"|[^.!?]*(?:\b[A-Z]\.[^.!?]*)*\bcontributed (?:reporting|to (?:this|the) (?:report|story|article))\b.{0,40}",
    re.DOTALL,
)
# The credit that ends a caption: in brackets, or behind its last sentence.
_CREDITED = re.compile(
    rf".*\((?:(?i:photo|image|picture|video|file)s? ?(?i:credits?|courtesy|by|illustration)?[:/ ].{{2,80}}"
    rf"|(?i:credits?|via|source): .{{2,80}}|(?:AP|AFP|{_AGENCY}) ?(?i:photo)?/.{{2,60}}|{_AGENCY}"
    rf"|[^\W\d_a-z][^()/]{{1,60}}/ ?(?:(?i:{_AGENCY})|[A-Z]\w+ (?:Images|Photos?))(?: Photo| via [^()]{{2,40}})?)\)\.?"
    r"|.*[.!?][”\"’]? (?:\| )?(?i:(?:photo(?:graph)?|image|picture|video)s?(?: ?(?:credit|by|courtesy))?|credit): ?"
    r"[^.!?]{2,60}"
    rf"|.*[.!?][”\"’]? (?:REUTERS|AFP|AP Photo)/[^.!?]{{2,60}}",
    re.DOTALL,
)
_BRACKETS = str.maketrans("[]", "()")
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
    r"(?:,? [|·•–—-]? ?(?P<day>(?:[A-Z][a-z]+day, )?[^,|]*\d.*))?$"
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


def clean(blocks: Sequence[Block], *, title: str = "", author: str | None = None) -> Cleaned:
    """Part an article from what surrounds it.

    1. Everything behind a "More from ..." line goes, up to the next heading of its rank if it is a heading.
    2. Single blocks go that are a repeated headline, caption, credit, byline, date or page furniture.
    """
    dropped: list[Dropped] = []
    remaining = _without_links(_without_teasers(blocks, dropped), dropped)
    kept: list[Block] = []
    texts: set[str] = set()
    known: dict[str, str] = {}
    for position, block in enumerate(remaining):
        if not block.level and _is_buttons(block.text):  # before the names of networks are taken for outlets
            dropped.append(Dropped("furniture", block.text))
            continue
        if position < TOP_BLOCKS and (not block.level or _BYLINE.fullmatch(block.text)):
            said = said_at_the_top(block.text, known)
            if said:
                dropped.append(Dropped("byline" if "author" in said else "date", block.text))
                known = {**said, **known}
                continue
            if author and _names_the_author(block.text, author):
                dropped.append(Dropped("byline", block.text))
                continue
        following = remaining[position + 1] if position + 1 < len(remaining) else None
        rule = _rule_against(block, following, texts, title)
        of = author or known.get("author")
        if not rule and position >= len(remaining) - BOTTOM_BLOCKS and kept and _is_about(block, of):
            rule = "author"
        if rule:
            dropped.append(Dropped(rule, block.text))
        else:
            kept.append(block)
            texts.add(block.text)
    return Cleaned(tuple(kept), tuple(dropped), known.get("author"), known.get("published"), known.get("source"))


def said_at_the_top(text: str, known: Mapping[str, str]) -> dict[str, str]:
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
    box: list[str] = []
    prose = 0
    for position, block in enumerate(blocks):
        if level is not None and not (block.level and block.level <= level) and not _resumes(blocks, position, box):
            box += block.text.split("\n")
            dropped.append(Dropped("teasers", block.text))
            continue
        level = None
        if prose and "\n" in block.text and _is_teaser_head(block.text.partition("\n")[0]):
            dropped.append(Dropped("teasers", block.text))
            continue
        if prose and _is_teaser_head(block.text):
            level = block.level
            box = []
            dropped.append(Dropped("teasers", block.text))
            continue
        prose += len(block.text.split()) >= PROSE_WORDS
        remaining.append(block)
    return remaining


def _resumes(blocks: Sequence[Block], position: int, box: Sequence[str]) -> bool:
    """Say whether the article goes on here, behind the lines of a box of teasers in its midst.

    A box has headlines between its sentences. Where it has had nothing but headlines, and no more of these come, the
    next paragraph is the article's.
    """
    run = blocks[position : position + PARAGRAPHS_OF_AN_ARTICLE]
    if len(run) == PARAGRAPHS_OF_AN_ARTICLE and all(map(_is_paragraph, run)):
        return True
    if not box or not _is_paragraph(blocks[position]) or any(line.endswith((".", "!", ")")) for line in box):
        return False
    paragraphs = 0
    for block in blocks[position : position + MOST_LOOKED_AT]:
        if _is_teaser_head(block.text.partition("\n")[0]):
            break
        if _is_paragraph(block):
            paragraphs += 1
        elif not _is_no_headline(block):
            return False
    return paragraphs >= (1 if len(box) > 1 else 2)


def _is_no_headline(block: Block) -> bool:
    """Say whether a block that is no paragraph announces no story either: furniture, a caption, a credit."""
    if block.level:
        return False
    return _is_buttons(block.text) or _rule_against(block, None, frozenset(), "") is not None


def _is_paragraph(block: Block) -> bool:
    if block.level or block.linked > 0.5 or "\n" in block.text or _FURNITURE.match(block.text):
        return False
    return len(block.text.split()) >= PROSE_WORDS and block.text.endswith((".", "!", "?", "”", '"', "’", ")"))


def _without_links(blocks: Sequence[Block], dropped: list[Dropped]) -> list[Block]:
    """Drop lines that are nothing but a link to another story."""
    remaining = []
    for block in blocks:
        words = len(block.text.split())
        if block.linked > 0.95 and LEAST_LINK_WORDS <= words <= MOST_LINK_WORDS and _names_a_story(block.text):
            dropped.append(Dropped("link", block.text))
        else:
            remaining.append(block)
    return remaining


def _names_a_story(text: str) -> bool:
    return text[0] not in "“\"'‘" and text[-1] not in '.!”"' and not text.isupper()


def _names_the_author(text: str, author: str) -> bool:
    """Say whether a line holds nothing but the author's name, with a post behind it perhaps: "Ana Kovac, editor"."""
    first = re.escape(author.split(", ", maxsplit=1)[0])
    return letters(text) == letters(author) or bool(re.fullmatch(rf"{first}\s*[,|·\n–—-].{{0,60}}[^.!?]", text, re.I))


def _is_about(block: Block, author: str | None) -> bool:
    """Say whether a line at the end tells who the author is."""
    if block.level or not author or len(block.text.split()) > MOST_ABOUT_WORDS:
        return False
    names = "|".join(re.escape(name) for name in re.split(r", | and | & ", author))
    return bool(
        re.match(rf"(?:{names}) (?:is|was|covers|writes|has|reports|leads|works|can be|joined)\b", block.text, re.I)
    )


def _is_teaser_head(text: str) -> bool:
    # "Read more: The road to Lachin" is one link between paragraphs, and the article goes on behind it.
    if len(text.split()) > 8 or text[-1] in '.!?;,:”"' or _FURNITURE.match(text):
        return False
    return bool(_TEASERS.match(text))


def _rule_against(block: Block, following: Block | None, kept: Set[str], title: str) -> str | None:
    if title and (letters(block.text) == letters(title) or (block.level == 1 and _is_reworded(block.text, title))):
        return "headline"
    if block.level:
        return None
    if block.row:
        return "repeated" if following == block else None
    lines = [line for line in block.text.split("\n") if line]
    if all(is_credit(line) for line in lines):
        return "credit"
    if len(block.text.split()) <= MOST_CAPTION_WORDS and _is_caption(lines, following):
        return "caption"
    if len(block.text.split()) <= MOST_HELPER_WORDS and _HELPERS.fullmatch(block.text):
        return "byline"
    if len(block.text.split()) <= MOST_HELPER_WORDS and _TO_READERS.search(block.text) and "@" in block.text:
        return "furniture"
    if is_furniture(block.text) or _is_cookie_notice(block.text):
        return "furniture"
    if len(block.text) > 20 and block.text in kept:
        return "repeated"
    return None


def _is_reworded(text: str, title: str) -> bool:
    """Say whether the page's head is its title in other words, as where tags hold a title for search engines."""
    words, others = (set(re.findall(r"\w+", each.casefold())) for each in (text, title))
    return len(words & others) > 0.6 * min(len(words), len(others)) and min(len(words), len(others)) > 2


def _is_caption(lines: Sequence[str], following: Block | None) -> bool:
    if len(lines) > 1:
        # Told twice in a row; who speaks by turns is named again, too, but not in the next line.
        twice = any(one == other for one, other in pairwise(lines))
        return is_credit(lines[-1]) or twice or bool(_LABELLED.fullmatch("\n".join(lines)))
    if len(lines[0].split()) <= MOST_CREDITED_WORDS and _CREDITED.fullmatch(lines[0].translate(_BRACKETS)):
        return True
    if _LABELLED.fullmatch(lines[0]):
        return True
    # The same line twice in a row, or above a line that only names an agency: both stand under pictures.
    return following is not None and not following.level and following.text.split("\n")[0] == lines[0]


def is_furniture(text: str) -> bool:
    """Say whether a block belongs to the page rather than to the article: buttons, sign-ups, notices."""
    return len(text.split()) <= MOST_FURNITURE_WORDS and bool(_FURNITURE.match(text.partition("\n")[0]))


def _is_cookie_notice(text: str) -> bool:
    return len(text.split()) <= MOST_NOTICE_WORDS and bool(_COOKIES.fullmatch(text) and _CONSENT.search(text))


def _is_buttons(text: str) -> bool:
    parts = [part for part in _PARTS.split(text) if part]
    alone = len(parts) == 1 and bool(_NETWORK.search(text))
    return (len(parts) > 1 or alone) and len(parts) <= MOST_BUTTONS and all(map(_BUTTON.fullmatch, parts))


def is_credit(line: str) -> bool:
    """Say whether a line names who took a picture, and nothing else."""
    return len(line.split()) <= 14 and bool(_AGENCY_LINE.fullmatch(line) or _CREDIT.fullmatch(line))


def _day_alone(text: str) -> str | None:
    stamp = _STAMP.fullmatch(text)
    if not stamp or not re.search(r"\d", text) or len(text.split()) > 9:
        return None
    return iso_day(re.split(r"\s+(?:at|[|·•-])\s+", stamp["day"])[0])
