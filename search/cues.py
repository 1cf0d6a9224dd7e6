"""What a question asks for, and whether a sentence has something of that kind.

    how many people fled?            a number
    what does Russia want from Kim?  a wish

A cue is a hint: it moves a sentence up among sentences that fit nearly as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan\.|Feb\.|Aug\.|Sept?\.|Oct\.|Nov\.|Dec\.)"
)


# "They are asking how many wagons can be loaded": who asks so wants to know, and nothing else.
INQUIRY = r"(?! (?:(?!for\b|to\b)\w+ ){0,2}(?:whether|if|how|why|what|when|where|who|which|about)\b)"


@dataclass(frozen=True)
class Cue:
    """A kind of question, and the mark of a sentence that can answer it. thing: what is asked for, in words."""

    kind: str
    asked: re.Pattern[str]
    found: re.Pattern[str]
    thing: str = ""


CUES = (
    Cue(
        "wish",
        re.compile(
            r"\b(?:wants?|wish(?:es)?|seeks?|demands?|needs?|hopes? (?:for|to)|ask(?:s|ed|ing)? (?:for|of)|expects?"
            r"|(?:is|are|was|were) .{1,40} after)\b",
            re.IGNORECASE,
        ),
        re.compile(
            r"\b(?:want(?:s|ed|ing)?(?! to (?:know|hear|see))|need(?:s|ed)?|seek(?:s|ing)?|sought"
            rf"|ask(?:s|ed|ing)?\b{INQUIRY}|demand(?:s|ed|ing)?"
            r"|hop(?:es|ed|ing)|insist(?:s|ed|ing)?|request(?:s|ed)?|wish(?:es|ed)?|would (?:like|welcome)"
            r"|expects?|(?<!is )(?<!are )(?<!was )(?<!were )(?<!be )(?<!['’]s )(?<!re )expected"
            r"|in (?:return|exchange)|urge[sd]?|call(?:s|ed) (?:for|on)|press(?:es|ed)? for"
            r"|require[sd]?|in the market|look(?:s|ing)? (?:for|to)|eager|keen|covet(?:s|ed)?)\b",
            re.IGNORECASE,
        ),
    ),
    Cue(
        "number",
        re.compile(
            r"\bhow (?:many|much|long|far|old|big|large|often|high)\b"
            r"|what (?:percentage|share|number|proportion|amount)",
            re.IGNORECASE,
        ),
        re.compile(
            r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|dozens?|hundreds?|thousands?|millions?|billions?"
            r"|half|third|quarter|twice)\b",
            re.IGNORECASE,
        ),
        "a number",
    ),
    Cue(
        "date",
        re.compile(r"\bwhen\b|(?:what|which) (?:year|day|date|month)", re.IGNORECASE),
        re.compile(
            rf"\b(?:(?:19|20)\d\d|{MONTH}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|yesterday"
            r"|last (?:week|month|year)|century)\b",
            re.IGNORECASE,
        ),
        "a date",
    ),
    Cue(
        "person",
        re.compile(r"\bwho(?:se|m)?\b", re.IGNORECASE),
        re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+ [A-Z][a-z]+|\b(?:Mr|Mrs|Ms|Dr|President|Minister|General|King|Queen)\b"),
        "a person",
    ),
    Cue(
        "place",
        re.compile(r"\bwhere\b|(?:what|which) (?:city|country|town|place|state|island|port)", re.IGNORECASE),
        re.compile(r"\b(?:in|at|near|from|to|outside|on) (?:the )?[A-Z]"),
    ),
    Cue(
        "cause",
        re.compile(r"\bwhy\b|what (?:caused|led|made|drove|prompted)|\breasons?\b", re.IGNORECASE),
        re.compile(
            r"\b(?:because|since|due to|after|so that|in order|as a result|owing|thanks to|led to|caus\w+|reasons?"
            r"|over|to (?:avoid|prevent|protect|stop|keep|discourage|force))\b",
            re.IGNORECASE,
        ),
    ),
)


def cue_of(question: str) -> Cue | None:
    """Return what kind of answer a question asks for, or None where its words do not say."""
    return next((cue for cue in CUES if cue.asked.search(question)), None)
