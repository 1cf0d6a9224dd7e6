"""What a web page states about its article: JSON-LD first, then meta tags, then marks in the text.

Vocabularies: https://schema.org/NewsArticle, https://ogp.me (og: and article:), and the names that newsrooms' systems
write into meta tags (Parse.ly, Sailthru, Dublin Core). What no tag states stays unknown.
"""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import cast
from urllib.parse import urlsplit

from lxml import etree

from index.blocks import MOST_AUTHORS, headline, letters, one_line, people, web_address
from index.dates import iso_day

MOST_SCRIPT_CHARACTERS = 2_000_000
MOST_NODES = 20_000  # of a page's JSON-LD
MOST_BYLINE_CHARACTERS = 120
MOST_HEADS = 20

_REGEXP = {"re": "http://exslt.org/regular-expressions"}
_Node = Mapping[str, object]

_WRAPPED = re.compile(r"^\s*(?:<!\[CDATA\[|<!--)|(?:\]\]>|-->)\s*$")
_ARTICLE_TYPE = re.compile(r"(?:[A-Za-z]*Article|[A-Za-z]*Posting|Report)$")
_LIST_TYPES = frozenset({"ItemList", "CollectionPage", "SearchResultsPage", "Blog"})
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})?")
_TITLES = ("og:title", "twitter:title", "dc.title", "headline", "title")
_AUTHORS = ("author", "article:author", "parsely-author", "sailthru.author", "byl", "dc.creator", "article.author")
_DAYS = (
    *("article:published_time", "datepublished", "parsely-pub-date", "sailthru.date", "article.published"),
    *("article:published", "dc.date.issued", "dcterms.created", "pubdate", "publish-date", "publication_date"),
    *("date", "dc.date"),
)
_OUTLET_SEPARATOR = re.compile(r"\s+[|–—·»:-]+\s+|\s*\|\s*|:\s+")
_YEAR_IN_PATH = re.compile(r"/(?P<day>(?:19|20)\d\d[/-](?:\d{1,2}|[a-z]{3})[/-]\d{1,2})(?:[/-]|$)", re.IGNORECASE)
_NAME_MARKS = (
    "//*[@itemprop='author']//*[@itemprop='name']",
    "//*[@itemprop='author']",
    "//a[contains(concat(' ', @rel, ' '), ' author ')]",
    "//*[self::a or self::span or self::p or self::div][re:test(@class, '(^|[\\s_-])(author|byline)[_-]*name', 'i')]",
    "//*[self::a or self::span or self::p or self::div or self::address]"
    "[re:test(@class, '(^|[\\s_-])(author|byline)s?($|\\s)', 'i')]",
    "//a[re:test(@href, '/(author|authors|people|staff|bio|profile)s?/[^/]+/?$')]",
)
_JOINS = re.compile(r"(?:^|\s*)(?:\bby:?|\band|&|,)$", re.IGNORECASE)
_UTC = re.compile(r"T.*(?:Z|[+-]00:?00)$")


@dataclass(frozen=True)
class PageMetadata:
    """What a page says of its article, and whether it says that it is one or a list of them."""

    title: str
    source: str | None
    author: str | None
    published: str | None
    url: str | None
    language: str | None
    says_article: bool
    says_list: bool
    listed: int = 0  # entries of a list that the page says it is


def page_metadata(tree: etree._Element) -> PageMetadata:
    """Read a page's own words about itself."""
    nodes = list(_json_ld(tree))
    meta = _meta_tags(tree)
    heads = [text for text in (headline(_text(head)) for head in islice(tree.iter("h1"), MOST_HEADS)) if text]
    article = _article_node(nodes, [*_named(meta, _TITLES), *heads])
    url = _address(tree, meta, article)
    source = _source(tree, meta, article, nodes, url)
    types = {kind for node in nodes for kind in _types(node)}
    return PageMetadata(
        title=_title(tree, meta, article, heads, source),
        source=source,
        author=_author(tree, meta, article, source),
        published=_published(tree, meta, article, url),
        url=url,
        language=_language(tree, meta, article),
        says_article=bool(article) or next(iter(meta.get("og:type", ())), "") == "article",
        says_list=bool(types & _LIST_TYPES) and not article,
        listed=0 if article else max(map(_entries, nodes), default=0),
    )


def _json_ld(tree: etree._Element) -> Iterator[_Node]:
    """Yield every object of a page's JSON-LD, outer ones first; what is no JSON is passed over."""
    waiting: deque[object] = deque()
    for script in tree.iter("script"):
        text = script.text or ""
        if "ld+json" in (script.get("type") or "").lower() and len(text) <= MOST_SCRIPT_CHARACTERS:
            try:
                waiting.append(json.loads(_WRAPPED.sub("", text).strip().rstrip(";"), strict=False))
            except (ValueError, RecursionError):
                continue
    for _ in range(MOST_NODES):
        value = waiting.popleft() if waiting else None
        if isinstance(value, dict):
            yield value
        if isinstance(value, dict | list):
            inner = value.values() if isinstance(value, dict) else value
            waiting.extend(each for each in inner if isinstance(each, dict | list))


def _types(node: _Node) -> list[str]:
    kinds = node.get("@type")
    return [str(kind).rpartition("/")[2] for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind]


def _article_node(nodes: Iterable[_Node], titles: Iterable[str]) -> _Node:
    """Return the node of the page's own article: of several the one whose headline the page's tags or head repeat."""
    articles = [node for node in nodes if any(map(_ARTICLE_TYPE.match, _types(node))) and _headline(node)]
    known = [letters(title) for title in titles]
    for node in articles:
        if any(letters(_headline(node)) in title or title in letters(_headline(node)) for title in known if title):
            return node
    return articles[0] if len(articles) == 1 else {}


def _entries(node: _Node) -> int:
    entries = node.get("itemListElement")
    return len(entries) if "ItemList" in _types(node) and isinstance(entries, list) else 0


def _headline(node: _Node) -> str:
    return _plain(node.get("headline")) or _plain(node.get("name"))


def _names(value: object, depth: int = 3) -> list[str]:
    """Return the names in a JSON-LD value: a string, an object with a name, or a list of either."""
    if isinstance(value, list) and depth:
        return [name for each in value[:MOST_AUTHORS] for name in _names(each, depth - 1)]
    if isinstance(value, dict) and depth:
        return _names(value.get("name"), depth - 1)
    return [_plain(value)] if _plain(value) else []


def _meta_tags(tree: etree._Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for tag in tree.iter("meta"):
        value = _plain(tag.get("content"))
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            key = (tag.get(attribute) or "").strip().lower().replace("og:article:", "article:")
            if key and value:
                found.setdefault(key, []).append(value)
    return found


def _named(meta: Mapping[str, list[str]], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from meta.get(name, ())


def _title(
    tree: etree._Element, meta: Mapping[str, list[str]], article: _Node, heads: list[str], source: str | None
) -> str:
    stated = headline(next(filter(None, [_headline(article), *_named(meta, _TITLES), _window(tree), *heads]), ""))
    for head in heads:
        # "Opinion | Grain moves again" and "Outlet: Grain moves again" above the head "Grain moves again".
        if len(head.split()) > 2 and letters(head) != letters(stated) and _is_part(head, stated):
            return head
    return _without_outlet(stated, source)


def _window(tree: etree._Element) -> str:
    return next((one_line(_text(each)) for each in tree.iter("title")), "")


def _is_part(head: str, stated: str) -> bool:
    parts = _OUTLET_SEPARATOR.split(stated)
    return any(letters(head) == letters("".join(parts[first:])) for first in range(1, len(parts)))


def _without_outlet(title: str, source: str | None) -> str:
    outlet = re.escape(source or "\n")
    bare = re.sub(rf"\s+[|–—·»-]+\s+{outlet}\s*$|^\s*{outlet}\s*(?:[|–—·:»-]+)\s+", "", title, flags=re.IGNORECASE)
    return bare if bare.strip() else title


def _source(
    tree: etree._Element, meta: Mapping[str, list[str]], article: _Node, nodes: Iterable[_Node], url: str | None
) -> str | None:
    host = ((urlsplit(url).hostname or "") if url else "").removeprefix("www.")
    publishers = [*_names(article.get("publisher")), *_named(meta, ("publisher", "dc.publisher"))]
    sites = [name for node in nodes if "WebSite" in _types(node) for name in _names(node.get("name"))]
    window = _OUTLET_SEPARATOR.split(_window(tree))[1:]
    of_the_host = [part for part in window[::-1] if host and _abbreviated(host, part)]
    named = _named(meta, ("og:site_name",)), publishers, sites, _named(meta, ("application-name",)), of_the_host
    for name in (name for names in named for name in names):
        if not re.match(r"https?:|//|www\.|@", name):
            return name
    return host or None


def _abbreviated(host: str, name: str) -> bool:
    """Say whether a host's own label reads as a short form of a name, as "nytimes" does of The New York Times."""
    label = letters(host.removesuffix("." + host.rpartition(".")[2]).rpartition(".")[2])
    rest = iter(letters(name))
    return len(label) > 2 and all(character in rest for character in label)


def _address(tree: etree._Element, meta: Mapping[str, list[str]], article: _Node) -> str | None:
    links = (link for link in tree.iter("link") if (link.get("rel") or "").lower().strip() == "canonical")
    canonical = [one_line(link.get("href")) for link in links]
    page = article.get("mainEntityOfPage")
    stated = [article.get("url"), page.get("@id") if isinstance(page, dict) else page]
    for address in (*canonical, *_named(meta, ("og:url", "twitter:url")), *map(one_line, stated)):
        try:
            if web_address(address) and urlsplit(address).hostname:
                return address
        except ValueError:  # "https://[" is no address
            continue
    return None


def _language(tree: etree._Element, meta: Mapping[str, list[str]], article: _Node) -> str | None:
    stated = [tree.get("lang"), tree.get("{http://www.w3.org/XML/1998/namespace}lang"), tree.get("xml:lang")]
    stated += [*_names(article.get("inLanguage")), *_named(meta, ("og:locale", "content-language", "language"))]
    for value in stated:
        found = _LANGUAGE.fullmatch(one_line(value))
        if found:
            return found[0].lower().replace("_", "-")
    return None


def _published(tree: etree._Element, meta: Mapping[str, list[str]], article: _Node, url: str | None) -> str | None:
    in_path = _YEAR_IN_PATH.search(urlsplit(url).path) if url else None
    path_day = iso_day(in_path["day"].replace("/", "-")) if in_path else None
    marked = [
        one_line(each.get("datetime") or each.get("content") or _text(each))
        for each in _found(tree, "//*[@itemprop='datePublished'] | //time[@pubdate]")
    ]
    for value in (one_line(article.get("datePublished")), *_named(meta, _DAYS), *marked):
        day = iso_day(value)
        if day:
            # Half past midnight in Greenwich is still the evening before in New York, which the path dates it by.
            return path_day if path_day and _UTC.search(value) and _days_apart(day, path_day) == 1 else day
    times = [one_line(each.get("datetime") or _text(each)) for each in _found(tree, "(//article | //main)//time")]
    return path_day or next(filter(None, map(iso_day, times[:1])), None)


def _days_apart(first: str, second: str) -> int:
    return abs((date.fromisoformat(first) - date.fromisoformat(second)).days)


def _author(tree: etree._Element, meta: Mapping[str, list[str]], article: _Node, source: str | None) -> str | None:
    """Return who the page says wrote it; the outlet's own name or an account's only where nobody else is named."""
    weak: list[str] = []
    for values in (_names(article.get("author")), *(meta.get(name, []) for name in _AUTHORS), _marked_names(tree)):
        stated = people(values)
        names = [name for name in stated if " " in name and not (source and letters(name) in letters(source))]
        if names:
            return ", ".join(names)
        weak = weak or stated
    return ", ".join(weak) or None


def _marked_names(tree: etree._Element) -> list[str]:
    """Return the short texts that the page marks as its author's name, by the surest mark that it uses."""
    for path in _NAME_MARKS:
        marked = _found(tree, path)[:MOST_AUTHORS]
        names = [text for text in map(_names_in, marked) if people([text]) and len(text) < MOST_BYLINE_CHARACTERS]
        if names:
            return names
    return []


def _names_in(marked: etree._Element) -> str:
    """Return the names at the start of a marked element, without the post or day that stands behind them."""
    names = ""
    for piece in filter(None, (one_line(str(part)) for part in marked.itertext())):
        if len(names) > MOST_BYLINE_CHARACTERS or (names and not _JOINS.search(names) and not _JOINS.fullmatch(piece)):
            break
        names = f"{names} {piece}".strip()
    return _JOINS.sub("", names)


def _plain(value: object) -> str:
    """Return a value as one line; entities that were escaped twice are resolved."""
    return one_line(html.unescape(value)) if isinstance(value, str) else ""


def _text(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext())


def _found(tree: etree._Element, path: str) -> list[etree._Element]:
    return cast("list[etree._Element]", tree.xpath(path, namespaces=_REGEXP))
