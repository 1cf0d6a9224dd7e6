"""Names of states and their leaders: Moscow, the Kremlin, Russians and Putin are all Russia's.

What is the same everywhere (names, demonyms, capitals) comes from the package countryinfo; seats of government
and institutions are listed here; who leads whom is what the articles themselves say ("Russian President
Vladimir Putin", "North Korea's leader Kim Jong Un").
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

MOST_WORDS = 4  # in one name

# Seats of government, short names and irregular plurals that the package does not have.
_MORE_NAMES: Mapping[str, tuple[str, ...]] = {
    "United States": (
        "US",
        "USA",
        "America",
        "American",
        "Washington",
        "White House",
        "Pentagon",
        "State Department",
        "Oval Office",
        "Capitol Hill",
    ),
    "United Kingdom": (
        "UK",
        "Britain",
        "Great Britain",
        "British",
        "Briton",
        "Downing Street",
        "Whitehall",
        "Westminster",
        "London",
    ),
    "Russia": ("Kremlin", "Soviet Union", "Soviet", "USSR"),
    "France": ("Elysee", "Elysee Palace", "Quai d'Orsay", "Frenchman"),
    "Germany": ("Bundestag", "Bundesregierung"),
    "China": ("Zhongnanhai", "PRC", "People's Republic"),
    "North Korea": ("DPRK", "the North"),
    "South Korea": ("Blue House", "ROK", "the South"),
    "Turkey": ("Turkiye", "Turk", "Sublime Porte"),
    "Israel": ("Jerusalem", "Tel Aviv", "Knesset"),
    "Iran": ("Tehran", "Teheran", "Islamic Republic"),
    "Saudi Arabia": ("Saudi", "Riyadh", "House of Saud"),
    "United Arab Emirates": ("UAE", "Emirates", "Emirati", "Abu Dhabi"),
    "Ukraine": ("Kyiv", "Kiev", "Bankova"),
    "India": ("New Delhi", "Delhi", "South Block"),
    "Japan": ("Kantei",),
    "Poland": ("Pole", "Warsaw"),
    "Sweden": ("Swede",),
    "Denmark": ("Dane",),
    "Finland": ("Finn",),
    "Spain": ("Spaniard",),
    "Serbia": ("Serb",),
    "Croatia": ("Croat",),
    "Scotland": ("Scot", "Scottish", "Holyrood"),
    "Kosovo": ("Kosovar", "Pristina"),
    "Palestine": ("Palestinian Authority", "Palestinian", "Ramallah"),
    "Netherlands": ("Hague", "Dutchman"),
    "Australia": ("Canberra",),
    "Switzerland": ("Bern", "Swiss"),
    "Ivory Coast": ("Ivorian", "Abidjan", "Cote d'Ivoire"),
    "Democratic Republic of the Congo": ("DRC", "Congo", "Congolese", "Kinshasa"),
    "Myanmar": ("Burma", "Naypyidaw"),
    "Kazakhstan": ("Kazakh", "Astana"),
    "Kyrgyzstan": ("Kyrgyz",),
    "Tajikistan": ("Tajik",),
    "Turkmenistan": ("Turkmen",),
    "Uzbekistan": ("Uzbek",),
    "Bosnia and Herzegovina": ("Bosnia", "Bosnian", "Sarajevo"),
    "Czechia": ("Czech", "Czech Republic", "Prague"),
    "South Africa": ("Pretoria",),
    "Bolivia": ("La Paz",),
    "Sri Lanka": ("Colombo",),
    "Nigeria": ("Abuja",),
    "Tanzania": ("Dodoma",),
    "Brazil": ("Planalto", "Itamaraty"),
    "Argentina": ("Casa Rosada",),
    "Venezuela": ("Miraflores",),
    "European Union": ("EU", "European Commission", "Brussels", "European", "Berlaymont"),
    "NATO": ("Nato", "Atlantic alliance", "North Atlantic Treaty Organization"),
    "United Nations": ("UN", "Security Council"),
    "International Monetary Fund": ("IMF",),
    "World Bank": (),
    "African Union": ("AU",),
    "ECOWAS": ("Ecowas",),
    "OPEC": ("Opec",),
    "Hamas": (),
    "Hezbollah": ("Hizbullah",),
    "Houthis": ("Houthi",),
    "Afghanistan": ("Taliban", "Afghan", "Kabul"),
}
# Capitals that are more often a person, another town or a common word.
_NO_CAPITALS = frozenset({"male", "victoria", "kingston", "georgetown", "nassau", "hamilton", "monaco", "stanley"})
# States that the package still has and that are no more: their names belong to those that followed.
_NO_MORE = frozenset({"Serbia and Montenegro", "Antilles néerlandaises", "Palestine, State of"})
_FEWEST_PEOPLE = 300_000  # a smaller state's capital is likelier to be some other place
# Typed in lower case these are words of another kind.
_ONLY_UPPER = frozenset(
    {"us", "un", "au", "eu", "pole", "dane", "finn", "scot", "serb", "turk", "may", "major", "brown", "bush"}
    | {"ford", "grant", "rice", "long", "price", "day", "heard"}
)
# Words that stand behind a name with a capital ("Boris Johnson In his speech") or inside one, and name nobody.
_NO_NAMES = frozenset(
    """
    a after al also an and as at before bin but by chairman da de del der during el for foreign from former he her his
    ibn if in into it its king la last late le minister mr mrs ms new no not now of on or president prime prince queen
    secretary she since so that the their then there they this to today under until van von was we what when where
    while who why will with yesterday
    """.split()  # noqa: SIM905 - as many quotation marks would not make it plainer
)
_DIRECTIONS = frozenset({"the north", "the south"})
_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")


@dataclass(frozen=True)
class Mention:
    """A name in a text, and whose it is."""

    start: int
    end: int
    state: str
    possessive: bool


class Names:
    """Every known name, and the state or institution that it stands for."""

    def __init__(self, people: Iterable[tuple[str, str]] = ()) -> None:
        named = {_key(person): state for person, state in people if _names_somebody(person)}
        self._forms = {**_leaders(), **named, **_known_forms()}
        self._of_state: dict[str, list[str]] = {}
        self._only_upper: dict[str, list[str]] = {}
        for form, state in self._forms.items():
            if form in _ONLY_UPPER:
                self._only_upper.setdefault(state, []).append(form.upper() if len(form) == 2 else form.title())
            elif form not in _DIRECTIONS:
                self._of_state.setdefault(state, []).append(form)
        # Nearly no word begins a name, so most are passed over by one look-up. One more than a form has, for the
        # "s" of "U.K.'s" reads as a word of its own.
        self._longest: dict[str, int] = {}
        for form in self._forms:
            first = _first_word(form)
            self._longest[first] = max(self._longest.get(first, 0), 1 + len(_WORD.findall(form)))

    def other_names(self, state: str) -> Sequence[str]:
        """Return the names of a state and its leaders, in lower case, less those that are common words, too."""
        return self._of_state.get(state, ())

    def is_named(self, state: str, text: str) -> bool:
        """Return whether a text has any name of a state or its leaders."""
        written = (
            unicodedata.normalize("NFKD", text.replace("’", "'").replace(".", "")).encode("ascii", "ignore").decode()
        )
        folded = written.casefold()
        return any(_stands_in(form, folded) for form in self._of_state.get(state, ())) or any(
            _stands_in(form, written) for form in self._only_upper.get(state, ())
        )

    def is_leader(self, name: str) -> bool:
        """Return whether a name is a person's who leads a state or body, and not its own."""
        key = _key(re.sub(r"['’]s?$", "", name))
        return key in self._forms and key not in _known_forms()

    def mentions(self, text: str, *, typed: bool = False) -> list[Mention]:
        """Find names in a text, longest first, in order. In a typed question names may be in lower case."""
        words = [(found.start(), found.end()) for found in _WORD.finditer(text)]
        found: list[Mention] = []
        at = 0
        while at < len(words):
            longest = self._longest.get(_first_word(text[words[at][0] : words[at][1]]), 0)
            for length in range(min(longest, MOST_WORDS, len(words) - at), 0, -1):
                mention = self._mention(text, words[at][0], words[at + length - 1][1], typed)
                if mention:
                    found.append(mention)
                    at += length
                    break
            else:
                at += 1
        return found

    def _mention(self, text: str, start: int, end: int, typed: bool) -> Mention | None:
        written = text[start:end]
        if not written[0].isupper() and not (typed or written.startswith("the ")):
            return None
        bare = re.sub(r"['’]s?$", "", written)
        key = _key(bare)
        state = self._forms.get(key)
        if state is None or (key in _ONLY_UPPER and not written[0].isupper()):
            return None
        if key == "us" and not bare.replace(".", "").isupper():
            return None
        # "The South African leader" and "the North Atlantic" name nobody's south or north.
        if key in _DIRECTIONS and (not written.split()[1][0].isupper() or re.match(r" [A-Z]", text[end:])):
            return None
        possessive = bare != written or text[end : end + 1] in ("'", "’")
        return Mention(start, end, state, possessive)


def _stands_in(form: str, text: str) -> bool:
    return form in text and re.search(rf"\b{re.escape(form)}\b", text) is not None


@cache
def _leaders() -> dict[str, str]:
    """Return leaders whom newspapers stopped introducing; what the articles say of a name goes before this list."""
    lines = (files("index") / "leaders.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return {_key(name): state for state, names in rows for name in names.split(", ")}


_ROLES = (
    r"(?:(?:former|acting|interim|then|current|new|long-time|longtime|veteran|[Pp]rime|[Ff]oreign|[Dd]efen[cs]e|"
    r"[Ff]inance|[Ss]upreme|[Cc]rown|[Vv]ice|[Mm]ilitary|[Aa]utocratic|[Rr]eclus\w{0,10})[ -]){0,4}"
    r"(?:[Pp]resident|[Mm]inister|[Cc]hancellor|[Ll]eader|[Kk]ing|[Pp]rince|[Pp]remier|[Rr]uler|[Ss]trongman"
    r"|[Dd]ictator|[Ss]ecretary|[Tt]aoiseach|[Ee]mir|[Ss]ultan|[Aa]yatollah|[Hh]ead of state|[Rr]ecluse)"
)
# "Putin Monday told ...": a day is no family name. May is one, unless a number follows.
_NO_DAY = (
    r"(?!(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|June|July|August"
    r"|September|October|November|December|May \d)\b)"
)
# Words are of bounded length and begin where a word begins: a blob of letters is then looked at once.
_PERSON = (
    r"(?:Mr |Mrs |Ms |Gen |General )?"
    r"(?<![\w'’-])(?P<person>[A-Z][\w'’-]{1,40}"
    rf"(?: {_NO_DAY}(?:bin|al|el|de|von|van|der|ibn|da|[A-Z]\.|[A-Z][\w'’-]{{1,40}})){{1,3}})"
)
_FAMILY_NAME_FIRST = frozenset({"China", "North Korea", "South Korea", "Taiwan", "Vietnam", "Cambodia", "Hungary"})


def people_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield (name, state) for each leader that a text introduces, by full name and by family name."""
    for pattern in _introductions():
        for found in pattern.finditer(text):
            state = _known_forms().get(_key(found["state"]))
            person = re.sub(r"['’]s?$", "", found["person"])
            if state is None or _key(person) in _known_forms():
                continue
            parts = person.split()
            while parts and parts[-1].casefold() in _NO_NAMES:
                parts.pop()
            if len(parts) < 2:
                continue
            person = " ".join(parts)
            family = parts[0] if state in _FAMILY_NAME_FIRST and len(parts) > 2 else parts[-1]
            for name in (person, family):
                if _key(name) not in _known_forms() and _names_somebody(name):
                    yield name, state


def _names_somebody(name: str) -> bool:
    """Return whether a name has a word that is neither part of others' names nor one of every sentence."""
    return any(word not in _NO_NAMES for word in _key(name).split())


@cache
def _introductions() -> tuple[re.Pattern[str], ...]:
    forms = sorted({form for form in _known_forms() if not form.startswith("the ")}, key=len, reverse=True)
    states = "|".join(re.escape(form.title()) for form in forms if " " in form or len(form) > 3)
    short = "|".join((r"U\.S\.", r"U\.K\.", "US", "UK", "EU", "UAE"))
    state = rf"\b(?=[A-Z])(?P<state>{states}|{short})(?:['’]s?)?"
    before = re.compile(rf"{state},? {_ROLES},? {_PERSON}")
    after = re.compile(rf"{_PERSON}, (?:the )?{state} {_ROLES}\b")
    of = re.compile(rf"\b{_ROLES} {_PERSON},? of {state}")
    return before, after, of


@cache
def _known_forms() -> dict[str, str]:
    """Return name to state, by key; where states share a name, the one with more people has it."""
    forms: dict[str, str] = {}
    for country in sorted(_countries(), key=lambda values: -_people(values)):
        state = str(country["name"])
        for form in _forms(country):
            forms.setdefault(_key(form), state)
    states = set(forms.values())
    for state, more in _MORE_NAMES.items():
        owner = state if state in states else forms.get(_key(state), state)
        for form in (state, *more):
            key = _key(form)
            forms[key] = owner
            if not key.startswith("the ") and not key.endswith("s"):
                forms.setdefault(f"{key}s", owner)
    return forms


def _forms(country: Mapping[str, object]) -> Iterator[str]:
    yield str(country["name"])
    demonym = str(country.get("demonym") or "")
    for form in filter(None, re.split(r"[/,] ?| or | and ", demonym)):
        yield form
        if form.endswith(("n", "i")):
            yield f"{form}s"
    if _people(country) >= _FEWEST_PEOPLE:
        capital = str(country.get("capital") or "")
        if capital and capital.casefold() not in _NO_CAPITALS:
            yield capital
    spellings = country.get("altSpellings")
    for spelling in spellings if isinstance(spellings, list) else []:
        # Two and three letters are codes, and most are words in some language.
        if len(spelling) > 3 and spelling.isascii() and "," not in spelling:
            yield spelling


def _people(country: Mapping[str, object]) -> int:
    people = country.get("population")
    return people if isinstance(people, int) else 0


@cache
def _countries() -> list[dict[str, object]]:
    folder = files("countryinfo") / "data"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".json")), key=lambda entry: entry.name)
    countries = [json.loads(entry.read_text(encoding="utf-8")) for entry in found]
    return [values for values in countries if values["name"] not in _NO_MORE]


@lru_cache(maxsize=20_000)
def _first_word(name: str) -> str:
    """Return the key of a name's first word, without a possessive."""
    word = _WORD.search(_key(name))
    return re.sub(r"'s?$", "", word[0]) if word else ""


@lru_cache(maxsize=20_000)
def _key(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("’", "'").replace(".", ""))
    return " ".join(
        "".join(character for character in plain if not unicodedata.combining(character)).casefold().split()
    )
