"""Who does what to whom: the direction of a question, and of a sentence.

"what does Turkey want from Sweden?" and "what does Sweden want from Turkey?" have the same words and nearly
the same vectors. A question of this kind has an agent, another party and a relation; a sentence speaks for it
where the agent is the subject of that relation, and against it where the other party is. The grammar is
shallow on purpose: the nearest name before the verb, passives, possessives, and pronouns that go on with the
last subject.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.names import Mention, Names
from index.records import Passage
from index.sentences import Span, sentence_spans
from search.cues import INQUIRY


@dataclass(frozen=True)
class Relation:
    """Verbs and nouns of one relation.

    hints: verbs that tell it less clearly. taking: verbs that tell it from the other end: who buys is sold to, and
    who "should" or "is to" do a thing is wanted to. moves: things go from one party to the other.
    """

    name: str
    verbs: re.Pattern[str]
    nouns: re.Pattern[str]
    hints: re.Pattern[str]
    taking: re.Pattern[str]
    moves: bool = False


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


HINT_WEIGHT = 0.6  # of a verb's vote
NOUN_WEIGHT = 0.6  # of a verb's vote
TOPIC_WEIGHT = 0.3  # of a sentence without verb or noun of the relation
MOST_WORDS_BETWEEN = 2  # from the first party to the verb, as in "has Mexico ever asked"
UNNAMED_WEIGHT = 0.4  # of votes in a passage that does not name both parties
OWNER_REACH = 40  # characters between "Ankara's" and "price"
MOST_HEAD_CHARACTERS = 300  # of a title or heading that are read: older indexes hold some without end

_NEVER = re.compile(r"(?!)")
RELATIONS = (
    Relation(
        "sanction",
        _words(
            r"sanction(?:s|ed|ing)?|punish(?:es|ed|ing)?|bann?(?:s|ed|ing)?|embargo(?:es|ed)?|penalis(?:es|ed|ing)"
            r"|penaliz(?:es|ed|ing)|blacklist(?:s|ed|ing)?|expel(?:s|led|ling)?|barr(?:ed|ing)|fr(?:eezes|oze|ozen)"
        ),
        _words(r"sanctions|punishment|ban|embargo|penalt(?:y|ies)|measures"),
        _words(
            r"clos(?:es|ed|ing)|forb(?:ids|ade|idden)|suspend(?:s|ed)|seal(?:s|ed)|withdr(?:aws|ew|awn)|block(?:s|ed|ing)?"
            r"|cut(?:s)? off|halt(?:s|ed)|revok(?:es|ed)|cancel(?:s|led)|order(?:s|ed)|stop(?:s|ped)|impos(?:e|es|ed)"
            r"|responded|retaliat(?:es|ed)|hit(?:s)?|target(?:s|ed)"
        ),
        _NEVER,
    ),
    Relation(
        "threaten",
        _words(r"threaten(?:s|ed|ing)?|warn(?:s|ed|ing)?|vow(?:s|ed|ing)?"),
        _words(r"threats?|warnings?|ultimatum"),
        _words(r"would|will|could|shall|announc(?:es|ed)|declar(?:es|ed)|promis(?:es|ed)"),
        _words(r"(?:has|have|had|was|were|is|are) (?:been )?(?:told|informed|given to understand|put on notice)"),
    ),
    Relation(
        "accuse",
        _words(
            r"accus(?:e|es|ed|ing)|blam(?:e|es|ed|ing)|criticis(?:e|es|ed|ing)|criticiz(?:e|es|ed|ing)"
            r"|condemn(?:s|ed|ing)?|denounc(?:e|es|ed|ing)|complain(?:s|ed|ing)?|alleg(?:e|es|ed|ing)"
            r"|faults?|faulted|reproach(?:es|ed)?|charg(?:es|ed)|say(?:s)?|said"
        ),
        _words(r"accusations?|complaints?|charges?|grievances?|criticisms?|allegations?"),
        _words(
            r"holds?|held|maintains?|maintained|insist(?:s|ed)|claim(?:s|ed)|believ(?:es|ed)"
            r"|call(?:s|ed) (?:it|them|this)"
        ),
        _NEVER,
    ),
    Relation(
        "promise",
        _words(
            r"promis(?:e|es|ed|ing)|offer(?:s|ed|ing)?|pledg(?:e|es|ed|ing)|undertak(?:es|en)|undertook|commit(?:s|ted)?"
            r"|guarantee(?:s|d)?|vow(?:s|ed)?|agree(?:s|d)?"
        ),
        _words(r"promises?|offers?|pledges?|commitments?|guarantees?"),
        _words(r"would|will|is to|are to|has put|announc(?:es|ed)|said|says"),
        _NEVER,
    ),
    Relation(
        "give",
        _words(
            r"sell(?:s|ing)?|sold|suppl(?:y|ies|ied|ying)|export(?:s|ed|ing)?|ship(?:s|ped|ping)?"
            r"|deliver(?:s|ed|ing)?|provid(?:e|es|ed|ing)|giv(?:e|es|en|ing)|gave|lend(?:s|ing)?|lent|send(?:s|ing)?"
            r"|sent|transfer(?:s|red)?|donat(?:e|es|ed|ing)|fund(?:s|ed|ing)?|financ(?:e|es|ed|ing)|pump(?:s|ed|ing)?"
            r"|arm(?:s|ed|ing)|hand(?:s|ed)? over|train(?:s|ed)|pay(?:s|ing)?|paid"
        ),
        _words(r"exports?|deliveries|shipments?|supplies|sales|loans?|aid|gift"),
        _words(
            r"feed(?:s)?|fuel(?:s|led)?|source|built|builds?|run(?:s)? to|go(?:es)? to|gone to|leaves? for|list(?:s)?"
        ),
        _words(
            r"want(?:s|ed)?|need(?:s|ed)?|buy(?:s|ing)?|bought|purchas(?:e|es|ed|ing)|import(?:s|ed|ing)?|get(?:s|ting)?|got|receiv(?:e|es|ed|ing)"
            r"|obtain(?:s|ed|ing)?|acquir(?:e|es|ed|ing)|borrow(?:s|ed|ing)?|order(?:s|ed)|depend(?:s|ed)? on"
            r"|rel(?:y|ies|ied) on|draw(?:s|n)?|owes?"
        ),
        moves=True,
    ),
    Relation(
        "want",
        _words(
            r"want(?:s|ed|ing)?(?! to (?:know|hear|see))|need(?:s|ed|ing)?|seek(?:s|ing)?|sought"
            rf"|ask(?:s|ed|ing)?\b{INQUIRY}|demand(?:s|ed|ing)?"
            r"|request(?:s|ed|ing)?|expect(?:s|ed|ing)?|urg(?:e|es|ed|ing)|press(?:es|ed|ing)?|insist(?:s|ed|ing)?"
            r"|hop(?:e|es|ed|ing)|requir(?:e|es|ed|ing)|call(?:s|ed|ing)? (?:on|for)|wish(?:es|ed)?|covet(?:s|ed)?"
            r"|plead(?:s|ed|ing)?|appeal(?:s|ed|ing)?|lobb(?:y|ies|ied|ying)|push(?:es|ed|ing)? for"
            r"|look(?:s|ing)? (?:to|for)|would (?:like|welcome|prefer)|in the market"
            r"|(?<=(?:is|re|as) )after|eager|keen|long(?:s|ed)? for|propos(?:e|es|ed|ing)"
            r"|craves?"
            r"|begg(?:ed|ing)|tell(?:s)?|told|made (?:it )?clear|set(?:s)? out|put(?:s)? forward"
        ),
        _words(
            r"demands?|requests?|price|conditions?|wish ?list|shopping list|list|asks?|wish(?:es)?|hopes?|needs?|aims?"
            r"|goals?|priorit(?:y|ies)|plea|appeal|requirements?|interests?|terms|petition|complaint"
        ),
        _words(
            r"would (?:also )?(?:have|rather)|could use|sees?|lacks?|misses|dreams?|counts? on"
            r"|care(?:s|d)? (?:most|about)|argu(?:es|ed)|says|adds?|added"
        ),
        _words(
            r"should|ought|must|(?:has|have|had) to|(?:is|are|was|were) to|(?:is|are|was|were|['’]s|['’]re) (?:also )?"
            r"(?:supposed|expected|asked|told|urged|requested|wanted|required)"
        ),
    ),
)
_BY_NAME = {relation.name: relation for relation in RELATIONS}
# Verbs of a question, where they are fewer and plainer than a sentence's.
_ASKED = (
    (
        "sanction",
        _words(
            r"sanction(?:s|ed)?|punish(?:es|ed)?|ban(?:s|ned)?|penali[sz](?:e|es|ed)|embargo|blacklist(?:ed)?"
            r"|expel(?:led)?|restrict(?:s|ed)?"
        ),
    ),
    ("threaten", _words(r"threat(?:en|ens|ened|ening|s)?|warn(?:s|ed|ing|ings)?")),
    (
        "accuse",
        _words(
            r"accus(?:e|es|ed|ing)|blam(?:e|es|ed|ing)|critici[sz](?:e|es|ed|ing)|accusations?|condemn(?:s|ed|ing)?"
            r"|complain(?:s|ed|ing)?|denounc(?:e|es|ed)"
        ),
    ),
    ("promise", _words(r"promis(?:e|es|ed|ing)|offer(?:s|ed|ing)?|pledg(?:e|es|ed|ing)|guarantee(?:s|d)?")),
    (
        "want",
        _words(
            r"want(?:s|ed|ing)?|need(?:s|ed|ing)?|seek(?:s|ing)?|sought|ask(?:s|ed|ing)?|demand(?:s|ed|ing)?"
            r"|request(?:s|ed|ing)?|expect(?:s|ed|ing)?|urg(?:e|es|ed|ing)|press(?:es|ed|ing)?|insist(?:s|ed|ing)?"
            r"|hop(?:e|es|ed|ing)|requir(?:e|es|ed|ing)|wish(?:es)?|after|like|call(?:s|ed|ing)?"
        ),
    ),
    (
        "give",
        _words(
            r"sell(?:s|ing)?|sold|suppl(?:y|ies|ied|ying)|export(?:s|ed|ing)?|ship(?:s|ped)?|deliver(?:s|ed)?"
            r"|provid(?:e|es|ed|ing)|giv(?:e|es|en|ing)|gave|lend(?:s|ing)?|lent|send(?:s|ing)?|sent|donated?"
            r"|transfer(?:s|red)?|pay(?:s|ing)?|paid|buy(?:s|ing)?|bought|import(?:s|ed|ing)?|get(?:s|ting)?|got"
            r"|receiv(?:e|es|ed|ing)|obtain(?:s|ed)?|borrow(?:s|ed)?|purchas(?:e|es|ed)"
        ),
    ),
)
_TAKES = _BY_NAME["give"].taking
_PREPOSITION = re.compile(
    r"\b(?:of|from|to|with|by|against|on|for|in|at|between|towards?|over|about|into|than|upon|via|through|near|outside)"
    r"(?: (?:the|its|their|his|her|an?|[a-z]+(?:ern|ing|ful|al|new|big)))?\s*$",
    re.IGNORECASE,
)
_ONLY_ARTICLE = re.compile(r"\s+(?:the )?", re.IGNORECASE)
_ATTRIBUTION = re.compile(
    r"(?:['’]s? \w+)? ?(?:says?|said|adds?|added|argues?|argued|insists?|thinks?|writes?),", re.IGNORECASE
)
_WAY = re.compile(r"\b(?P<way>from|to|for|towards?)(?: the)?(?: [a-z]+)?\s*$", re.IGNORECASE)
_PASSIVE = re.compile(
    r"(?:\b(?:is|are|was|were|been|being|be|gets?|got)|['’]s|['’]re)(?: \w+ly| also| now| not| already| long)*\s*$",
    re.I,
)
# "Its economy could be set back", "Kyiv will be given jets": the subject is who it is done to.
_MODAL = _words(r"would|will|could|shall|should|may|might|must|can")
_BE_DONE = re.compile(
    r" (?:\w+ly |also |now |not |then )?be (?:\w+(?:ed|en|ght|nt)|set|hit|cut|put|sold|told|made)\b", re.I
)
# "If Athens shoots, two harbours would burn": who stands in the condition is not who does the rest.
_CONDITION = re.compile(r"\b(?:if|unless|should|once|whenever|in case)\b[^,;:]*$", re.IGNORECASE)
_PAST_FORM = re.compile(r"(?:ed|en|ght|ld|nt|id|et)$", re.IGNORECASE)
_FROM = re.compile(r"\bfrom(?: the)?\s+$", re.IGNORECASE)
_NOBODY = re.compile(r"\W*(?:nobody|no[ -]one|none|neither)\b", re.IGNORECASE)
_PRONOUN_START = re.compile(
    r"\W*(?:It|He|She|They|Its|His|Her|Their|That|This|The (?:government|regime|country|capital|king|president"
    r"|(?:prime|foreign) minister|ministry|list|price|demand)|In return|In exchange|Nor|Above all|Also|But it|And it)\b"
)


@dataclass(frozen=True)
class Asked:
    """The direction of a question: what the agent does with regard to the other party."""

    relation: Relation
    agent: str
    other: str


def asked_direction(question: str, names: Names) -> Asked | None:
    """Read the direction of a question, or return None where it has not exactly two parties and a relation."""
    mentions = names.mentions(question, typed=True)
    states = list(dict.fromkeys(mention.state for mention in mentions))
    if len(states) != 2:
        return None
    for name, verbs in _ASKED:
        found = next((verb for verb in verbs.finditer(question) if _joins(verb, mentions, question)), None)
        if found:
            first, second = states
            behind = question[found.end() :]
            passive = bool(_PAST_FORM.search(found[0]) and re.search(r"\bby\b", behind, re.IGNORECASE))
            taking = name == "give" and bool(_TAKES.fullmatch(found[0]))
            if passive != taking:
                first, second = second, first
            return Asked(_BY_NAME[name], first, second)
    return None


def _joins(verb: re.Match[str], mentions: Sequence[Mention], question: str) -> bool:
    """Return whether the verb stands right behind the first party and before the other: "X wants ... from Y"."""
    first = mentions[0]
    second = next(mention for mention in mentions if mention.state != first.state)
    between = question[first.end : verb.start()]
    return first.end <= verb.start() and verb.end() <= second.start and len(between.split()) <= MOST_WORDS_BETWEEN


def sentence_directions(sentences: Sequence[str], asked: Asked, names: Names, heading: str = "") -> list[float]:
    """Return for each sentence of a passage how it stands to the question: from -1 (turned around) to 1.

    Sentences are read in order, for a pronoun goes on with the subject before it.
    """
    subject: str | None = None
    if heading:
        head = heading[:MOST_HEAD_CHARACTERS]
        subject = _topic(head, names.mentions(head), None, asked)
    results: list[float] = []
    for sentence in sentences:
        mentions = names.mentions(sentence)
        topic = _topic(sentence, mentions, subject, asked)
        # "Nobody in Moscow wants them" has the words of a wish, and tells none.
        results.append(0.0 if _NOBODY.match(sentence) else _direction(sentence, mentions, asked, topic))
        subject = topic
    return results


def is_of_a_third(sentence: str, asked: Asked, names: Names) -> bool:
    """Return whether a sentence is of a third party and not of the other: "Turkey asked Washington", "from Berlin"."""
    mentions = names.mentions(sentence)
    thirds = [each for each in mentions if each.state not in (asked.agent, asked.other) and not each.possessive]
    return all(each.state != asked.other for each in mentions) and any(
        _FROM.search(sentence[verb.end() : each.start]) or _ONLY_ARTICLE.fullmatch(sentence[verb.end() : each.start])
        for verb in asked.relation.verbs.finditer(sentence)
        for each in thirds
        if verb.end() <= each.start
    )


def _direction(sentence: str, mentions: Sequence[Mention], asked: Asked, topic: str | None) -> float:
    votes = [
        *(_verb_vote(sentence, mentions, found, asked, topic) for found in asked.relation.verbs.finditer(sentence)),
        *(-_verb_vote(sentence, mentions, found, asked, topic) for found in asked.relation.taking.finditer(sentence)),
        *(
            HINT_WEIGHT * _verb_vote(sentence, mentions, found, asked, topic)
            for found in asked.relation.hints.finditer(sentence)
        ),
        *(NOUN_WEIGHT * _noun_vote(mentions, found, asked) for found in asked.relation.nouns.finditer(sentence)),
    ]
    if asked.relation.moves:
        votes.extend(HINT_WEIGHT * _way_vote(sentence, mention, asked) for mention in mentions)
    cast = [vote for vote in votes if vote]
    if not cast:
        return TOPIC_WEIGHT * _vote(topic, asked)
    return sum(cast) / len(cast)


def _vote(doer: str | None, asked: Asked) -> float:
    return 1.0 if doer == asked.agent else -1.0 if doer == asked.other else 0.0


def _verb_vote(
    sentence: str, mentions: Sequence[Mention], verb: re.Match[str], asked: Asked, topic: str | None
) -> float:
    """Vote by the verb's subject: the nearest name before it that no preposition governs, else the topic."""
    before = [
        mention
        for mention in mentions
        if mention.end <= verb.start()
        and not (_CONDITION.search(sentence[: mention.start]) and "," in sentence[mention.end : verb.start()])
    ]
    subject = next((each for each in reversed(before) if _can_be_subject(sentence, each, asked.relation)), None)
    vote = _vote(subject.state if subject else topic, asked)
    if " " not in verb[0] and _PAST_FORM.search(verb[0]) and _PASSIVE.search(sentence[: verb.start()]):
        return -vote  # it is done to the subject
    if _MODAL.fullmatch(verb[0]) and _BE_DONE.match(sentence, verb.end()):
        return -vote
    return vote


def _way_vote(sentence: str, mention: Mention, asked: Asked) -> float:
    """Vote by where a thing comes from and where it goes."""
    way = _WAY.search(sentence[: mention.start])
    if not way:
        return 0.0
    vote = _vote(mention.state, asked)
    return vote if way["way"].lower() == "from" else -vote


def _noun_vote(mentions: Sequence[Mention], noun: re.Match[str], asked: Asked) -> float:
    """Vote by whose demand, threat or loan it is."""
    owners = [mention for mention in mentions if mention.end <= noun.start() and mention.possessive]
    near = owners and noun.start() - owners[-1].end < OWNER_REACH
    return _vote(owners[-1].state, asked) if near else 0.0


def _can_be_subject(sentence: str, mention: Mention, relation: Relation) -> bool:
    """Return whether a verb behind this name can be its own.

    Not where a preposition governs the name, where it is the object of a verb before it ("Ankara sold Kyiv drones
    and sent ..."), and where it only says whose words these are ("The shootings, Dhaka says, should cease").
    """
    return not (
        _governed(sentence, mention)
        or any(
            _ONLY_ARTICLE.fullmatch(sentence[verb.end() : mention.start])
            for verb in relation.verbs.finditer(sentence, 0, mention.start)
        )
        or _ATTRIBUTION.match(sentence, mention.end)
    )


def _governed(sentence: str, mention: Mention) -> bool:
    return bool(_PREPOSITION.search(sentence[: mention.start]))


def _topic(sentence: str, mentions: Sequence[Mention], before: str | None, asked: Asked) -> str | None:
    """Return whom a sentence is about: its first name that can be a subject, or the one before it."""
    if before and _PRONOUN_START.match(sentence):
        return before
    free = [mention.state for mention in mentions if not _governed(sentence, mention)]
    parties = [state for state in free if state in (asked.agent, asked.other)]
    return parties[0] if parties else before


def passage_directions(passage: Passage, asked: Asked, names: Names, spans: Sequence[Span]) -> list[float]:
    """Return how each sentence of a passage stands to the question, from -1 to 1; spans are its sentences.

    A passage that never names the other party, not even in its headline, tells less: China wants things from many.
    """
    article = passage.article.text
    sentences = [article[start:end] for start, end in spans]
    votes = sentence_directions(sentences, asked, names, passage.section.heading)
    heads = (passage.title[:MOST_HEAD_CHARACTERS], passage.section.heading[:MOST_HEAD_CHARACTERS])
    around = "\n".join([*heads, passage.text])
    named = {mention.state for mention in names.mentions(around)}
    return votes if {asked.agent, asked.other} <= named else [vote * UNNAMED_WEIGHT for vote in votes]


def passage_direction(passage: Passage, asked: Asked, names: Names) -> float:
    """Return how a passage stands to the question: the mean of the sentences that say something.

    From -1 (it tells the other direction) to 1 (it tells this one); 0 where it tells neither or both.
    """
    spans = sentence_spans(passage.article.text, passage.start, passage.end)
    votes = passage_directions(passage, asked, names, spans)
    return sum(votes) / max(1, sum(1 for vote in votes if vote))
