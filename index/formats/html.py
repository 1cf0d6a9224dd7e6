"""HTML pages: trafilatura finds the article; its headings come along, and the page says what it is.

Barbaresi, "Trafilatura: A Web Scraping Library and Command-Line Tool", ACL 2021 demonstrations,
https://aclanthology.org/2021.acl-demo.15/
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice, pairwise
from urllib.parse import urljoin, urlsplit, urlunsplit

from lxml import etree
from lxml.html import HtmlElement

from index.blocks import Block, assemble, heading, one_line, tidy
from index.clean import clean
from index.dates import iso_day
from index.errors import InputError
from index.formats.page_metadata import PageMetadata, page_metadata
from index.formats.surroundings import outside, pieces_of
from index.records import Article

MOST_ELEMENTS = (
    50_000  # of a page: trafilatura's time grows faster than the page, and a page of news has a few thousand
)
MOST_ELEMENTS_READ_TWICE = 15_000
LEAST_SHARE = 0.7  # of the plain reading's words that the strict one must have
MOST_ATTRIBUTE_CHARACTERS = 2000
MOST_CELL_WORDS = 60
MOST_CARD_WORDS = 80
MOST_IN_A_TOOLTIP = 60
MOST_WRAPPERS = 5

LEAST_STORIES = 4
LEAST_LINE_WORDS = 6  # shorter pieces of text are labels, whoever they belong to
MOST_OWN_WORDS = {"list": 250, "nothing": 100, "article": 30}  # of prose outside the stories, by what a page says it is
MOST_SHARE = 0.5  # of the prose: a story that has more is the page's own, with others beside it

_HEADS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CARDS = frozenset({"article", "li", "aside", "section"})
_UNREAD = frozenset(
    {"script", "style", "noscript", "template", "nav", "footer", "form", "button", "dialog", "head", "a"}
)
_FURNITURE = re.compile(r"cookie|consent|newsletter|subscri|copyright|footer", re.IGNORECASE)
_HOLDERS = frozenset({"p", "head", "list", "item", "quote", "table", "row", "cell", "div"})
_SPACES = re.compile(r"\s+")
_NO_ARTICLE = "no article was found in it: check that it is a whole HTML page"


def read_html(page: bytes, article_id: str) -> Article:
    """Read one HTML page. Raises InputError where it holds no article, or several.

    1. The page's tags say what it is.
    2. What no reader sees of it is taken out.
    3. Trafilatura finds the article, and `clean` parts it from what surrounds it.
    """
    from trafilatura.utils import load_html  # takes a second to load; only pages need it

    tree = load_html(page)
    if tree is None:
        raise InputError(_NO_ARTICLE)
    elements = list(islice(tree.iter(), MOST_ELEMENTS + 1))
    if len(elements) > MOST_ELEMENTS:
        raise InputError(f"holds over {MOST_ELEMENTS:,} elements, more than an article has: save the article alone")
    _shorten(elements)
    known = page_metadata(tree)
    stories = _stories_listed(tree, known)
    if stories:
        raise InputError(f"lists {stories} stories and is none itself: save the pages of the stories")
    pieces = pieces_of(tree)
    _prune(tree, known.url)
    blocks = _article_blocks(tree, twice=len(elements) <= MOST_ELEMENTS_READ_TWICE)
    cleaned = clean(blocks, title=known.title, author=known.author)
    body, headings = assemble(cleaned.kept)
    return Article(
        article_id=article_id,
        title=known.title,
        text=body,
        headings=headings,
        source=known.source or cleaned.source,
        published=known.published or cleaned.published or _day_in(tree),
        author=known.author or cleaned.author,
        url=known.url,
        language=known.language,
        dropped=cleaned.dropped,
        around=outside(pieces, "\n".join([known.title, body, *(block.text for block in cleaned.dropped)])),
    )


def _shorten(elements: Iterable[etree._Element]) -> None:
    for element in elements:
        for name in ("class", "id", "style"):  # each is matched dozens of times
            if len(element.get(name) or "") > MOST_ATTRIBUTE_CHARACTERS:
                del element.attrib[name]


def _article_blocks(tree: etree._Element, *, twice: bool) -> list[Block]:
    """Return the stricter of trafilatura's two readings, unless it loses much of the text: then it lost the article."""
    plain = _extracted(tree, strict=False)
    strict = _extracted(tree, strict=True) if twice else []
    blocks = strict if _words(strict) >= LEAST_SHARE * _words(plain) else plain
    if not blocks:
        raise InputError(_NO_ARTICLE)
    return blocks


def _extracted(tree: etree._Element, *, strict: bool) -> list[Block]:
    from trafilatura import bare_extraction

    found = bare_extraction(copy.deepcopy(tree), include_comments=False, include_links=True, favor_precision=strict)
    if found is None or isinstance(found, dict) or found.body is None:
        return []
    _break_lines(found.body)
    return [block for block in _blocks(found.body) if block.text]


def _words(blocks: list[Block]) -> int:
    return sum(len(block.text.split()) for block in blocks)


def _day_in(tree: etree._Element) -> str | None:
    from htmldate import find_date

    try:
        return iso_day(find_date(tree, extensive_search=False, original_date=True))
    except (ValueError, TypeError, AttributeError):  # a page's dates are anything but dates at times
        return None


def _stories_listed(tree: etree._Element, known: PageMetadata) -> int:
    """Return how many stories a page lists that is none itself; 0 for a page that is one, or nothing of the kind.

    Prose is counted for the linked headline that it stands under, until that headline's card ends, and for the page
    itself where it stands under none. A list's own prose is a line or two, and no one of its stories has most of it.
    """
    words, own = _prose(tree, known.url)
    total = sum(words.values()) + own
    stories = max(len(words), known.listed)
    if stories < LEAST_STORIES or max(words.values(), default=0) > MOST_SHARE * total:
        return 0
    says = "article" if known.says_article else "list" if known.says_list else "nothing"
    told = sum(1 for count in words.values() if count)
    few = own < MOST_OWN_WORDS[says] and (own < total / 2 or stories > 2 * LEAST_STORIES)
    return stories if few and (told >= LEAST_STORIES or not known.says_article) else 0


def _prose(tree: etree._Element, url: str | None) -> tuple[Counter[str], int]:
    """Count the words of prose under each linked headline, and those under none."""
    words: Counter[str] = Counter()
    own = unread = 0
    story: str | None = None
    card: etree._Element | None = None
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        unseen = _is_unseen(element)
        if event == "end":
            unread -= unseen
            if element is card:
                story = card = None
            text = element.tail
        else:
            unread += unseen
            text = element.text
            if element.tag in _HEADS:
                story = _story_of(element, url)
                card = next((up for up in element.iterancestors() if up.tag in _CARDS), None) if story else None
                if story:
                    words[story] += 0
        count = len(text.split()) if text and not unread else 0
        if count < LEAST_LINE_WORDS:
            continue
        if story:
            words[story] += count
        else:
            own += count
    return words, own


def _is_unseen(element: etree._Element) -> bool:
    if element.tag in ("html", "body", "main", "article"):
        return False
    named = _FURNITURE.search(f"{element.get('class')} {element.get('id')}")
    return named is not None or element.tag in _UNREAD or element.tag in _HEADS


def _story_of(head: etree._Element, url: str | None) -> str | None:
    """Return the address of the story that a headline links to, on the same site but not the page itself."""
    links = [*head.iter("a"), *(up for up in head.iterancestors() if up.tag == "a")]
    address = next((one_line(link.get("href")) for link in links if link.get("href")), "")
    try:
        target, page = urlsplit(urljoin(url or "", address)), urlsplit(url or "")
    except ValueError:  # "https://[" is no address
        return None
    if not address or address.startswith("#") or target.scheme not in ("", "http", "https"):
        return None
    if url and target.netloc.removeprefix("www.") != page.netloc.removeprefix("www."):
        return None
    if target.path.strip("/") in ("", page.path.strip("/")) and not target.query:
        return None
    return urlunsplit(target._replace(fragment=""))


def _prune(tree: etree._Element, url: str | None) -> None:
    for card in list(tree.iter("article")):
        if isinstance(card, HtmlElement) and _is_card(card, url):
            card.drop_tree()
    for quote in list(tree.iter("blockquote")):
        _unwrap(quote)
    # From the inside out: the name that a tooltip hangs on stands beside it in a span of its own.
    for inline in reversed(list(tree.iter("span"))):
        if isinstance(inline, HtmlElement) and _is_tooltip(inline):
            inline.drop_tree()


def _is_card(article: etree._Element, url: str | None) -> bool:
    """Say whether an <article> is a teaser: the linked headline of another story, and a few lines."""
    heads = islice((each for each in article.iter() if each.tag in _HEADS), 2)
    linked = [_story_of(head, url) for head in heads]
    return linked != [] and all(linked) and len(_text(article).split()) <= MOST_CARD_WORDS


def _unwrap(quote: etree._Element) -> None:
    """Take the names off what holds nothing but a quotation: "embed" would have trafilatura drop it."""
    for inner, around in pairwise(islice(chain([quote], quote.iterancestors()), MOST_WRAPPERS)):
        if "class" in inner.attrib:
            del inner.attrib["class"]
        if around.tag in ("body", "article", "main") or (around.text or "").strip():
            return
        if any(_says_something(each) for each in around if each is not inner) or (inner.tail or "").strip():
            return


def _says_something(element: etree._Element) -> bool:
    if element.tag in ("script", "style", "noscript") or not isinstance(element.tag, str):
        return bool((element.tail or "").strip())
    return any(str(part).strip() for part in element.itertext()) or bool((element.tail or "").strip())


def _is_tooltip(inline: etree._Element) -> bool:
    """Say whether a span inside a paragraph is a box of links, which opens only under the pointer."""
    inside = list(islice(inline.iter(), MOST_IN_A_TOOLTIP + 1))
    links = [_text(each) for each in inside if each.tag == "a"]
    if len(links) < 3 or len(inside) > MOST_IN_A_TOOLTIP or not any(up.tag == "p" for up in inline.iterancestors()):
        return False
    linked, text = sum(len("".join(link.split())) for link in links), len("".join(_text(inline).split()))
    return linked > 0.9 * text and len(_text(inline).split()) > 12


def _blocks(element: etree._Element, rank: int = 0) -> Iterator[Block]:
    """Walk trafilatura's tree; whatever holds no further blocks is one itself."""
    if element.tag == "row" and not any(map(_is_layout, element)):
        cells = list(filter(None, (one_line(_text(cell)) for cell in element)))
        # Old pages lay out a picture with its caption as a table of one column.
        yield Block(" | ".join(cells), row=len(cells) > 1)
    elif any(child.tag in _HOLDERS for child in element):
        run = [element.text or ""]
        for child in element:
            if child.tag in _HOLDERS:
                yield Block(tidy("".join(run)))
                yield from _blocks(child, _rank(child))
                run = [child.tail or ""]
            else:
                run += [_text(child), child.tail or ""]
        yield Block(tidy("".join(run)))
    else:
        text = tidy(_text(element))
        # A standfirst is often marked up as a heading; it reads as a sentence and heads nothing.
        heads = rank and not text.endswith((".", ",", ";"))
        yield heading(text, rank) if heads else Block(text, linked=_linked(element))


def _is_layout(cell: etree._Element) -> bool:
    """Say whether a table's cell holds a column of the page rather than a value."""
    return any(child.tag in _HOLDERS for child in cell) and len(_text(cell).split()) > MOST_CELL_WORDS


def _rank(element: etree._Element) -> int:
    """Return 1 to 6 for a heading, 0 for anything else."""
    if element.tag != "head":
        return 0
    rank = str(element.get("rend") or "h2")[1:]
    return int(rank) if rank in {"1", "2", "3", "4", "5", "6"} else 2


def _linked(element: etree._Element) -> float:
    """Return the share of an element's letters that are links."""
    letters = len("".join(_text(element).split()))
    return sum(len("".join(_text(link).split())) for link in element.iter("ref")) / letters if letters else 0.0


def _break_lines(body: etree._Element) -> None:
    """Leave line ends only where the page shows them: those of its source mean no more than a space."""
    for each in body.iter():
        each.text = _SPACES.sub(" ", each.text) if each.text else each.text
        each.tail = _SPACES.sub(" ", each.tail) if each.tail else each.tail
        if each.tag == "lb":
            each.tail = f"\n{each.tail or ''}"


def _text(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext())
