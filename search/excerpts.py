"""An excerpt: words of an article with all it takes to cite and to check them, and how files cite them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from index.blocks import web_address
from index.records import Passage
from search.escapes import as_latex, as_line, as_markdown, bibtex_key, bibtex_url
from search.results import Citation, Hit


@dataclass(frozen=True)
class Excerpt:
    """Words of an article: `quote == text[start:end]` of the article whose text has this sha256."""

    quote: str
    title: str
    section: str
    source: str | None
    author: str | None
    published: str | None
    url: str | None
    article_id: str
    start: int
    end: int
    sha256: str


EXCERPT_COLUMNS = tuple(field.name for field in fields(Excerpt))


def cited_excerpt(citation: Citation) -> Excerpt:
    """Return what a citation quotes."""
    return _excerpt(citation.hit.passage, citation.start, citation.end)


def passage_excerpt(hit: Hit) -> Excerpt:
    """Return the whole passage of a hit."""
    return _excerpt(hit.passage, hit.passage.start, hit.passage.end)


def _excerpt(passage: Passage, start: int, end: int) -> Excerpt:
    article = passage.article
    return Excerpt(
        quote=article.text[start:end],
        title=article.title,
        section=passage.section.heading,
        source=article.source,
        author=article.author,
        published=article.published,
        url=article.url,
        article_id=article.article_id,
        start=start,
        end=end,
        sha256=article.sha256,
    )


def markdown_place(excerpt: Excerpt) -> str:
    """Return where an excerpt stands, as Markdown."""
    heading = f" › {as_markdown(excerpt.section)}" if excerpt.section else ""
    known = [as_markdown(value) for value in (excerpt.source, excerpt.author, excerpt.published) if value]
    if excerpt.url:
        known.append(f"<{excerpt.url}>" if web_address(excerpt.url) else as_markdown(excerpt.url))
    about = f" — {', '.join(known)}" if known else ""
    return (
        f"{as_markdown(excerpt.title or excerpt.article_id)}{heading}{about} (article"
        f" {as_markdown(excerpt.article_id)}, characters {excerpt.start} to {excerpt.end}, sha256 {excerpt.sha256})"
    )


def noted(excerpt: Excerpt) -> str:
    """Return an excerpt with its place in the article, for the notes of a reference manager."""
    section = f"section “{excerpt.section}”, " if excerpt.section else ""
    return f"“{excerpt.quote}” ({section}characters {excerpt.start} to {excerpt.end})"


def bibtex_entry(excerpts: Sequence[Excerpt], notes: Iterable[str]) -> str:
    """Return the entry of the one article that the excerpts are of."""
    article = excerpts[0]
    author = as_latex(article.author or "")
    values = {
        "title": f"{{{as_latex(article.title or article.article_id)}}}",
        # A comma would part a last name from a first one, and ours may part authors.
        "author": f"{{{author}}}" if "," in author else author,
        "journal": as_latex(article.source or ""),
        "date": article.published or "",
        "year": (article.published or "")[:4],
        "url": bibtex_url(article.url or ""),
        "note": as_latex("; ".join(notes)),
        "articleid": as_latex(article.article_id),
        "sha256": article.sha256,
    }
    told = ",\n".join(f"  {name} = {{{value}}}" for name, value in values.items() if value)
    return f"@{'article' if article.source else 'misc'}{{{bibtex_key(article.article_id)},\n{told}\n}}\n"


def ris_fields(excerpts: Sequence[Excerpt], notes: Iterable[str]) -> list[tuple[str, str]]:
    """Return the fields of the one article that the excerpts are of."""
    article = excerpts[0]
    known = [
        ("TI", article.title or article.article_id),
        ("T2", article.source),
        ("AU", article.author),
        ("DA", article.published),
        ("UR", article.url),
        ("AN", article.article_id),
    ]
    told = [(tag, value) for tag, value in known if value]
    return [*told, *(("N1", note) for note in notes), ("N1", f"sha256: {article.sha256}")]


def ris_record(record: Iterable[tuple[str, str]]) -> str:
    """Return a record: a line for each tag and its value."""
    return "".join(f"{tag}  - {as_line(value)}\n" for tag, value in record)


def by_article(excerpts: Iterable[Excerpt]) -> list[list[Excerpt]]:
    """Return the excerpts of each article together, in the order of the first of each."""
    together: dict[str, list[Excerpt]] = {}
    for excerpt in excerpts:
        together.setdefault(excerpt.article_id, []).append(excerpt)
    return list(together.values())
