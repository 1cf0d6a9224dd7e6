"""One file format each: what becomes title, text, headings and metadata, and what is dropped."""

from __future__ import annotations

import io
import json
import textwrap

import pytest

from index.errors import InputError
from index.formats import beir
from index.formats.beir import read_beir
from index.formats.html import read_html
from index.formats.markdown import read_markdown
from index.formats.plain import read_plain
from index.records import Article
from index.sections import sections_of

PROSE = "The two ministers met in the capital on Tuesday and spoke for about three hours behind closed doors."
MORE = "Neither of them would say afterwards what had been agreed, if indeed anything at all had been agreed."


def headings(article: Article) -> list[str]:
    return [article.text[mark.start : mark.end] for mark in article.headings]


# ---- plain text ----------------------------------------------------------------------------------------


def test_the_first_line_of_plain_text_is_its_headline() -> None:
    article = read_plain(f"Grain deal signed\n\n{PROSE}\n\n{MORE}\n", "a.txt")
    assert (article.title, article.text) == ("Grain deal signed", f"{PROSE}\n\n{MORE}")


def test_a_headline_directly_above_its_paragraph_is_parted_from_it() -> None:
    article = read_plain(f"Grain deal signed\n{PROSE}\n\n{MORE}", "a.txt")
    assert (article.title, article.text) == ("Grain deal signed", f"{PROSE}\n\n{MORE}")


@pytest.mark.parametrize("first", [PROSE, "word " * 26, "He left;", "To the editor,", "The plan:"])
def test_a_first_line_that_reads_like_text_is_no_headline(first: str) -> None:
    article = read_plain(f"{first}\n\n{MORE}", "a.txt")
    assert article.title == ""
    assert article.text.startswith(first.strip())


def test_a_headline_may_be_a_question() -> None:
    assert read_plain(f"What does Kim want?\n\n{PROSE}", "a.txt").title == "What does Kim want?"


def test_one_paragraph_alone_has_no_headline() -> None:
    assert read_plain("Grain deal signed", "a.txt") == Article("a.txt", "", "Grain deal signed")


def test_line_ends_of_any_system_and_odd_spaces_read_alike() -> None:
    unix = read_plain(f"Title\n\n{PROSE}\n\n{MORE}", "a")
    assert read_plain(f"Title\r\n\r\n{PROSE}\r\n \t \r\n{MORE}\r\n", "a") == unix
    assert read_plain(f"Title\r\r{PROSE}\r\r{MORE}".replace(" ", "\u00a0 "), "a") == unix


SCRAPED = """\
Skip to main content
Home
World
Subscribe

Grain ships leave Odesa for the first time since the deal | The Harbour Wire
By Ana Kovac
12 August 2023
Facebook
Twitter
Copy link
We use cookies to improve your experience. Accept all cookies or manage your settings.
A cargo ship loaded with maize left the port of Odesa on Saturday, the first to do so since the deal ended.
The ship at Odesa on Saturday
Photograph: Theo Varga/Reuters
Insurers in London asked for a premium of three per cent, which the owners of the ship said that they would pay.
Image caption,
Workers load maize in Odesa
Read more: The road to Constanta
Ministers in Ankara said that they would go on talking to Moscow. "We have not closed the door," said one.
Sign up to our daily newsletter for the stories that matter.
The price of wheat in Chicago fell by two per cent on Monday, traders said, as the ship passed the Bosporus.
Ana Kovac is the Black Sea correspondent of The Harbour Wire.
More from The Harbour Wire
Drones strike Izmail
Romania asks Nato for air cover
© 2023 The Harbour Wire. All rights reserved.
"""
STORY = [line for line in SCRAPED.split("\n") if line.startswith(("A cargo", "Insurers", "Ministers", "The price"))]


def test_text_copied_off_a_page_without_blank_lines_is_its_story_alone() -> None:
    article = read_plain(SCRAPED, "a")
    assert article.text.split("\n\n") == STORY
    assert (article.title, article.source) == (
        "Grain ships leave Odesa for the first time since the deal", "The Harbour Wire",
    )  # fmt: skip
    assert (article.author, article.published) == ("Ana Kovac", "2023-08-12")
    said = {line for block in article.dropped for line in block.text.split("\n")}
    assert said == set(filter(None, SCRAPED.split("\n"))) - {*STORY, f"{article.title} | The Harbour Wire"}
    assert {block.rule for block in article.dropped} == {
        "menu", "byline", "date", "furniture", "caption", "author", "teasers",
    }  # fmt: skip


def test_wrapped_lines_are_no_paragraphs() -> None:
    wrapped = "\n\n".join(textwrap.fill(f"{line} {line.replace('.', '; then')} so on.", 76) for line in STORY)
    assert len(read_plain(f"Grain\n\n{wrapped}", "a").text.split("\n\n")) == len(STORY)


def test_a_caption_of_two_lines_is_not_parted() -> None:
    caption = f"{STORY[0]}\nREUTERS/Ana Kovac"
    assert read_plain("\n\n".join(["Grain", STORY[1], caption, STORY[2]]), "a").text.split("\n\n") == STORY[1:3]


LISTED = "".join(
    f"Port number {number} opens its gates again\nThe minister said on Monday that it would stay so.\nRead more »\n{{}}"
    for number in range(5)
)


@pytest.mark.parametrize("between", ["", "\n", "\n2 hours ago\n"])
def test_a_list_of_stories_saved_as_text_is_refused(between: str) -> None:
    with pytest.raises(InputError, match="lists 5 stories and is none itself: save the pages of the stories"):
        read_plain(f"Latest news\n\n{LISTED.replace('{}', between)}", "a")


def test_an_article_with_read_more_between_its_paragraphs_is_read() -> None:
    story = "\n\n".join(f"{line}\n\n{line} It was so.\n\n{line} It is so.\n\nRead more" for line in [*STORY, *STORY])
    assert STORY[0] in read_plain(f"Grain\n\n{story}\n\n{STORY[0]}", "a").text


def test_letters_are_composed_and_control_characters_are_spaces() -> None:
    article = read_plain("Title\n\nCafe\u0301 \x07 bar\u202e.", "a")
    assert article.text == "Café bar ."


# ---- Markdown ------------------------------------------------------------------------------------------

FRONT = """---
title: "Grain: a deal"
date: 2022-07-23
source: Meridian Briefing
author: [Ana Kovac, Theo Varga]
url: https://example.org/grain
id: grain-1
language: en
---
"""


def test_front_matter_says_what_the_article_is() -> None:
    article = read_markdown(f"{FRONT}\n{PROSE}\n", "a.md")
    assert article == Article(
        "grain-1",
        "Grain: a deal",
        PROSE,
        source="Meridian Briefing",
        published="2022-07-23",
        author="Ana Kovac, Theo Varga",
        url="https://example.org/grain",
        language="en",
    )


def test_without_an_id_the_file_name_is_the_id() -> None:
    assert read_markdown(PROSE, "sub/a.md").article_id == "sub/a.md"


def test_without_a_title_the_first_heading_of_rank_one_is_the_title_and_stands_not_in_the_text() -> None:
    article = read_markdown(f"# Grain *deal*\n\n{PROSE}", "a.md")
    assert (article.title, article.text, article.headings) == ("Grain deal", PROSE, ())


def test_headings_are_marked_where_they_stand() -> None:
    article = read_markdown(
        f"{FRONT}\n{PROSE}\n\n## What *Kyiv*\u00a0wants\n\n{MORE}\n\nUnder\n===\n\n{PROSE[:50]}", "a"
    )
    assert headings(article) == ["What Kyiv wants", "Under"]
    assert [mark.level for mark in article.headings] == [2, 1]
    assert [section.heading for section in sections_of(article)] == ["", "What Kyiv wants", "Under"]


@pytest.mark.parametrize(
    "front",
    ["title: [unclosed", "title: a: b", "date: 2023-02-30", "- a\n  b: : c", "id: " + "1" * 5000, "a: " + "[" * 3000],
    ids=["unclosed", "colon", "no such day", "list", "long number", "deep"],
)
def test_front_matter_that_cannot_be_read_is_an_input_error_of_one_line(front: str) -> None:
    with pytest.raises(InputError, match="front matter") as caught:
        read_markdown(f"---\n{front}\n---\n{PROSE}", "a.md")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("opening", ["{\nnot: JSON\n}\n", "+++\nnot toml\n+++\n", ";;;\n"])
def test_only_dashes_open_front_matter(opening: str) -> None:
    assert PROSE in read_markdown(f"{opening}\n{PROSE}", "a.md").text


def test_text_between_two_rules_is_text_and_not_front_matter() -> None:
    article = read_markdown(f"---\n{MORE}\n\n---\n\n{PROSE}", "a.md")
    assert MORE in article.text


def test_lists_tables_quotes_and_code_keep_their_words() -> None:
    listed = "- one ship\n- two ships\n\n| port | tonnes |\n|---|---|\n| Odesa | 20 |\n\n> a quote\n\n    code\n"
    text = read_markdown(f"{PROSE}\n\n{listed}", "a").text
    assert text.split("\n\n")[1:] == ["one ship", "two ships", "port | tonnes", "Odesa | 20", "a quote", "code"]


def test_links_and_emphasis_keep_their_words_and_lose_their_marks() -> None:
    text = read_markdown("The [grain *deal*](https://example.org) was **signed** by `both` sides &amp; more.", "a").text
    assert text == "The grain deal was signed by both sides & more."


def test_pictures_and_raw_html_are_dropped_and_recorded() -> None:
    article = read_markdown(
        f"{PROSE} ![a silo](silo.jpg) Then <b>rain</b>.\n\n<script>alert(1)</script>\n\n{MORE}", "a"
    )
    assert article.text == f"{PROSE} Then rain.\n\n{MORE}"
    assert [(block.rule, block.text) for block in article.dropped] == [
        ("picture", "a silo"),
        ("markup", "<b>"),
        ("markup", "</b>"),
        ("markup", "<script>alert(1)</script>"),
    ]


def test_an_address_that_is_no_web_address_is_dropped() -> None:
    assert read_markdown(f"---\nurl: 'javascript:alert(1)'\n---\n{PROSE}", "a").url is None
    assert read_markdown(f"---\nurl: 'https://example.org/a b'\n---\n{PROSE}", "a").url is None


# ---- BEIR lines ----------------------------------------------------------------------------------------


def lines(*values: object) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def read_all(data: bytes) -> list[tuple[int, Article | InputError]]:
    return list(read_beir(io.BytesIO(data)))


def read_one(**values: object) -> Article:
    ((_, article),) = read_all(lines(values))
    assert isinstance(article, Article), article
    return article


def why(data: bytes) -> str:
    ((_, error),) = read_all(data)
    assert isinstance(error, InputError)
    assert "\n" not in str(error)
    assert len(str(error)) < 300
    return str(error)


def test_a_line_becomes_an_article_with_its_metadata() -> None:
    known = {"source": "TIME", "date": "12 May 1963", "author": ["A", "B"], "url": "https://e.org/1", "lang": "en"}
    article = read_one(_id="d1", title="Laos", text=PROSE, metadata=known)
    assert article == Article(
        "d1", "Laos", PROSE, source="TIME", published="1963-05-12", author="A, B", url="https://e.org/1", language="en"
    )


@pytest.mark.parametrize(
    "text",
    [
        "a\r\nb\r\n\r\nc",
        "bell\x07 and\x00 nul and\x9b csi",
        "\ufeffmark \u202eoverride\u202c end",
        "cafe\u0301 stays as it is ",
        "  leading and trailing  \n\n",
        "lone \ud800 surrogate",
        "tab\tand\nline",
    ],
    ids=ascii,
)
def test_offsets_into_the_text_of_a_line_stay_true(text: str) -> None:
    kept = read_one(_id="1", text=text).text
    assert len(kept) == len(text)
    changed = {before for before, after in zip(text, kept, strict=True) if before != after}
    assert not any(character.isprintable() or character in "\n\t" for character in changed)
    kept.encode("utf-8")  # and it can be stored


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"title": "x", "text": "y"}', '"_id"'),
        (b'{"_id": "", "text": "y"}', '"_id"'),
        (b'{"_id": null, "text": "y"}', '"_id"'),
        (b'{"_id": ["a"], "text": "y"}', '"_id"'),
        (b'{"_id": "' + b"x" * 600 + b'", "text": "y"}', "512"),
        (b"_id,text", "is not JSON"),
        (b'{"_id": "1", "text": "y"', "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"a":' * 100_000, "is not JSON"),
        (b'{"_id": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b'["_id", "1"]', "is not a JSON object"),
        (b"null", "is not a JSON object"),
        (b'{"_id": "1", "text": ["a"]}', "is not a string"),
        (b'{"_id": "1", "text": null}', "is not a string"),
        (b'{"_id": "1", "text": "", "title": ""}', "neither text nor title"),
        (b'{"_id": "1"}', "neither text nor title"),
        (b'{"_id": "1", "text": "caf\xe9"}', "byte 26"),
    ],
    ids=lambda value: value[:40] if isinstance(value, bytes) else "",
)
def test_a_line_that_is_no_article_says_why(data: bytes, says: str) -> None:
    assert says in why(data)


def test_a_bad_line_stops_none_of_the_others_and_lines_are_counted_from_one() -> None:
    data = lines({"_id": "1", "text": "a"}) + b"oops\n\n" + lines({"_id": 2, "text": "b"})
    results = read_all(data)
    assert [number for number, _ in results] == [1, 2, 4]
    assert [getattr(result, "article_id", None) for _, result in results] == ["1", None, "2"]


def test_the_last_line_needs_no_line_end_and_the_first_may_have_a_mark() -> None:
    (first, _), (second, last) = read_all(
        b"\xef\xbb\xbf" + lines({"_id": "1", "text": "a"}, {"_id": "2", "text": "b"})[:-1]
    )
    assert (first, second) == (1, 2)
    assert isinstance(last, Article)


def test_an_empty_text_is_found_by_its_title_as_in_cranfield() -> None:
    article = read_one(_id="471", title="wing flutter at high speed", text="")
    assert article.text == "wing flutter at high speed"
    assert read_one(_id="995", title="a", text=" \n ").text == "a"


class Counting(io.BytesIO):
    """A file that notes the most that was ever read from it at once."""

    most = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        self.most = max(self.most, len(line))
        return line


def test_a_line_over_the_limit_is_passed_over_without_being_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beir, "MOST_LINE_BYTES", 1000)
    data = lines({"_id": "1", "text": "a"}, {"_id": "2", "text": "x" * 10_000}, {"_id": "3", "text": "c"})
    content = Counting(data)
    (_, first), (number, error), (last_number, last) = read_beir(content)
    assert isinstance(first, Article)
    assert isinstance(last, Article)
    assert isinstance(error, InputError)
    assert (number, last_number, last.article_id) == (2, 3, "3")
    assert content.most <= 1001


@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_line_of_exactly_the_limit_is_read_and_one_over_it_at_the_end_is_not(
    monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    line = b'{"_id": "1", "text": "abc"}' + end
    monkeypatch.setattr(beir, "MOST_LINE_BYTES", len(line))
    ((_, article),) = read_all(line)
    assert isinstance(article, Article)
    monkeypatch.setattr(beir, "MOST_LINE_BYTES", len(line) - 1)
    ((_, error),) = read_all(line)
    assert isinstance(error, InputError)


# ---- web pages -----------------------------------------------------------------------------------------

PAGE = f"""<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8">
<title>Bread for shells | The Harbour Wire</title>
<meta name="author" content="Callum Idris">
<link rel="canonical" href="https://harbourwire.example.net/asia/bread">
<meta property="og:site_name" content="The Harbour Wire">
<meta property="article:published_time" content="2023-09-15T17:40:00+00:00">
</head><body>
<nav><ul><li><a href="/">World</a></li><li><a href="/asia">Asia</a></li></ul></nav>
<article><h1>Bread for shells</h1>
<h2>Kim Jong Un's week in Russia is as much about an empty larder as about full arsenals.</h2>
<p>{PROSE}</p><p>{PROSE} It went on.</p>
<h2>What does Pyongyang need?</h2>
<p>{MORE}</p><ul><li>Food from the south of Russia, above all flour.</li><li>Oil, which is short.</li></ul>
<h3>And wages</h3><p>{MORE} So it is said.</p></article>
<aside><h3>You may also like</h3><ul><li><a href="/x">A chip designer's shares leap</a></li></ul></aside>
<footer><p>&copy; 2023 The Harbour Wire. All rights reserved.</p></footer></body></html>
"""


def page(**replaced: str) -> Article:
    """Read PAGE after replacing each keyword's name as it stands in REPLACEABLE by the value."""
    text = PAGE
    for name, value in replaced.items():
        assert REPLACEABLE[name] in text
        text = text.replace(REPLACEABLE[name], value)
    return read_html(text.encode(), "a.html")


REPLACEABLE = {
    "canonical": "https://harbourwire.example.net/asia/bread",
    "title": "Bread for shells | The Harbour Wire",
    "published": '<meta property="article:published_time" content="2023-09-15T17:40:00+00:00">',
    "author": '<meta name="author" content="Callum Idris">',
}


def test_a_page_says_what_it_is_in_its_tags() -> None:
    article = page()
    assert article.title == "Bread for shells"
    assert article.source == "The Harbour Wire"
    assert article.published == "2023-09-15"
    assert article.author == "Callum Idris"
    assert article.url == "https://harbourwire.example.net/asia/bread"
    assert article.language == "en-gb"


def test_a_page_says_what_it_is_in_json_ld() -> None:
    known = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": "Bread for shells",
        "datePublished": "2023-09-15T17:40:00+00:00",
        "author": {"@type": "Person", "name": "Callum Idris"},
    }
    script = f'<script type="application/ld+json">{json.dumps(known)}</script>'
    article = page(published=script, author="")
    assert (article.published, article.author) == ("2023-09-15", "Callum Idris")


def test_the_outlet_is_taken_off_the_headline() -> None:
    bare = PAGE.replace("<h1>Bread for shells</h1>", "")
    assert read_html(bare.encode(), "a").title == "Bread for shells"
    assert read_html(bare.replace(" | The", " - The").encode(), "a").title == "Bread for shells"


def test_headings_of_a_page_are_its_sections() -> None:
    article = page()
    assert headings(article) == ["What does Pyongyang need?", "And wages"]
    assert [mark.level for mark in article.headings] == [2, 3]
    assert [section.heading for section in sections_of(article)] == ["", *headings(article)]


def test_a_standfirst_marked_up_as_a_heading_is_a_paragraph() -> None:
    article = page()
    standfirst = "Kim Jong Un's week in Russia is as much about an empty larder as about full arsenals."
    assert standfirst in article.text
    assert standfirst not in headings(article)


def test_the_article_is_there_once_and_what_surrounds_it_is_not() -> None:
    text = page().text
    assert text.count(f"{PROSE}\n\n") == 1
    assert "Oil, which is short." in text
    for furniture in ["World", "You may also like", "chip designer", "All rights reserved"]:
        assert furniture not in text


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "/asia/bread"])
def test_a_canonical_address_that_is_no_web_address_is_dropped(address: str) -> None:
    url = page(canonical=address).url
    assert url is None or url.startswith(("http://", "https://"))
    assert "javascript" not in str(url)


@pytest.mark.parametrize("deep", ["<div>", "<blockquote>", "<ul><li>", "<span>"])
def test_a_page_nested_deeper_than_any_real_one_is_no_crash(deep: str) -> None:
    try:
        article = read_html(f"<html><body><article>{deep * 3000}<p>{PROSE}</p><p>{MORE}</p>".encode(), "a")
    except InputError:
        return
    assert PROSE in article.text


@pytest.mark.parametrize("text", ["<html><body></body></html>", "<p></p>", "<html><script>x()</script></html>"])
def test_a_page_without_an_article_says_so(text: str) -> None:
    with pytest.raises(InputError, match="no article"):
        read_html(text.encode(), "a")


def test_a_heading_that_is_too_long_to_head_anything_is_a_paragraph() -> None:
    words = "word " * 21
    article = read_markdown(f"# T\n\n## {words}\n\n## {'x' * 301}\n\n## Short\n\nText.", "a.md")
    assert headings(article) == ["Short"]
    assert words.strip() in article.text
    assert "x" * 301 in article.text


def test_a_title_without_end_is_cut_at_a_word_in_every_format() -> None:
    endless = "word " * 1000
    for article in (
        read_markdown(f"---\ntitle: {endless}\n---\nText.", "a"),
        read_one(_id="a", title=endless, text="Text."),
        read_one(_id="a", title="x" * 5000, text="Text."),
        read_html(PAGE.replace("Bread for shells", endless).encode(), "a"),
    ):
        assert 290 < len(article.title) <= 300
        assert article.title.endswith(("word…", "x…"))
    assert read_markdown(f"# {endless}\n\nText.", "a").title == ""
    assert read_plain(f"{'x' * 5000}\n\nText.", "a").title == ""
    assert len(read_one(_id="a", title=endless, text="").text) > 4000
