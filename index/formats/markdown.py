"""Markdown: front matter says what the article is, headings say where its sections are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.blocks import Block, assemble, field, heading, headline, one_line, tidy, web_address
from index.clean import clean
from index.dates import iso_day
from index.errors import InputError
from index.formats.stories import check_one_story
from index.records import Article, Dropped

_FRONT = re.compile(r"---[^\S\n]*\r?\n(?P<values>.*?)^---[^\S\n]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


def read_markdown(text: str, article_id: str) -> Article:
    """Read one Markdown article; links keep their words, pictures and raw HTML go.

    Raises InputError where the front matter is not YAML, or where there is none and the text is several stories.
    """
    try:
        known, content = _front_matter(text.lstrip("\ufeff"))
    except (ValueError, yaml.YAMLError, RecursionError) as error:  # ValueError: 2023-02-30, a number of 5000 digits
        reason = one_line(str(error))[:120]
        raise InputError(f"its front matter is not YAML ({reason}): mend the lines between the --- marks") from error
    markup: list[Dropped] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(content)
    blocks = [block for block in _blocks(tokens, markup) if block.text]
    if not known:  # front matter says that this is an article
        check_one_story("\n".join(block.text for block in blocks))
    title = headline(field(known, "title", "headline") or "")
    if not title and blocks and blocks[0].level == 1:
        title = blocks[0].text
    cleaned = clean(blocks, title=title)
    body, headings = assemble(cleaned.kept)
    return Article(
        article_id=field(known, "id") or article_id,
        title=title,
        text=body,
        headings=headings,
        source=field(known, "source", "publisher", "site") or cleaned.source,
        published=iso_day(known.get("date", known.get("published"))) or cleaned.published,
        author=field(known, "author", "authors", "byline") or cleaned.author,
        url=web_address(field(known, "url", "link", "canonical")),
        language=field(known, "language", "lang"),
        dropped=(*markup, *cleaned.dropped),
    )


def _front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return the values between the --- marks that open a file, and the text behind them.

    Only a mapping is front matter: text between two rules is text.
    """
    match = _FRONT.match(text)
    if not match:
        return {}, text
    values = yaml.safe_load(match["values"])
    if values is None:
        return {}, text[match.end() :]
    if not isinstance(values, dict):
        return {}, text
    return values, text[match.end() :]


def _blocks(tokens: Sequence[Token], dropped: list[Dropped]) -> Iterator[Block]:
    level = 0
    row: list[str] | None = None
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "heading_close":
            level = 0
        elif token.type == "inline":
            text = tidy(_inline_text(token, dropped))
            if row is not None:
                row.append(text)
            else:
                yield heading(text, level) if level else Block(text)
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            yield Block(" | ".join(filter(None, row or [])))
            row = None
        elif token.type in ("fence", "code_block"):
            yield Block(tidy(token.content))
        elif token.type == "html_block":
            dropped.append(Dropped("markup", tidy(token.content)))


def _inline_text(token: Token, dropped: list[Dropped]) -> str:
    parts: list[str] = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "image":
            dropped.append(Dropped("picture", child.content))
        elif child.type == "html_inline":
            dropped.append(Dropped("markup", child.content))
    return "".join(parts)
