"""RSS and Atom files: each entry an article, and nothing that they link to is fetched."""

from __future__ import annotations

import io
import socket

import pytest

from index.errors import InputError
from index.formats import feed
from index.formats.feed import read_feed
from index.records import Article

PROSE = "The two ministers met in the capital on Tuesday and spoke for about three hours behind closed doors."
MORE = "Neither of them would say afterwards what had been agreed, if indeed anything at all had been agreed."

RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>Meridian Briefing</title><link>https://example.org/</link><language>en-GB</language>
<item><title>Grain &amp;amp; deal</title><link>https://example.org/grain</link><guid>tag:grain 1</guid>
<dc:creator>Ana Kovac</dc:creator><pubDate>Fri, 22 Jul 2022 23:30:00 -0500</pubDate>
<description>In short.</description>
<content:encoded><![CDATA[<p>{PROSE}</p><h2>What <i>Kyiv</i> wants</h2><ul><li>{MORE}</li></ul>
<script>alert(1)</script><p><img src="https://example.org/a.png" alt="a silo"></p>]]></content:encoded></item>
<item><title>Rain</title><link>https://example.org/rain</link><description>{MORE}</description></item>
<item><description>Neither guid nor link &lt;b&gt;here&lt;/b&gt;.</description></item>
<item><title>Only a headline</title><guid>h</guid></item>
<item><guid>nothing</guid></item>
</channel></rss>"""

ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>The Harbour Wire</title>
<entry><id>urn:1</id><title type="text">Bread for shells</title><link href="https://example.net/bread"/>
<author><name>Callum Idris</name></author><author><name>Theo Varga</name></author>
<published>2023-09-15T17:40:00Z</published><updated>2023-09-16T00:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{PROSE}</p><p>{MORE}</p></div></content></entry>
<entry><id>urn:2</id><title>From elsewhere</title><updated>2023-09-17T00:00:00Z</updated>
<source><title>Far Wire</title></source><summary>{MORE}</summary></entry></feed>"""


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def entries(text: str | bytes) -> list[tuple[str, Article | InputError]]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_feed(io.BytesIO(data), "news.xml"))


def articles(text: str | bytes) -> list[Article]:
    return [article for _, article in entries(text) if isinstance(article, Article)]


def why(text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        entries(text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_entries_of_an_rss_file_are_articles() -> None:
    first, second, third, fourth = articles(RSS)
    assert (first.article_id, first.title) == ("tag:grain%201", "Grain & deal")
    assert (first.source, first.author, first.published) == ("Meridian Briefing", "Ana Kovac", "2022-07-22")
    assert (first.url, first.language) == ("https://example.org/grain", "en-gb")
    assert first.text.split("\n\n") == [PROSE, "What Kyiv wants", MORE]
    assert [first.text[mark.start : mark.end] for mark in first.headings] == ["What Kyiv wants"]
    assert (second.article_id, second.text, second.published) == ("https://example.org/rain", MORE, None)
    assert (third.article_id, third.text) == ("news.xml#3", "Neither guid nor link here.")
    assert (fourth.title, fourth.text) == ("", "Only a headline")


def test_an_entry_without_words_is_set_aside_and_the_others_are_read() -> None:
    place, error = entries(RSS)[-1]
    assert (place, isinstance(error, InputError)) == (" entry 5", True)


def test_the_entries_of_an_atom_file_are_articles() -> None:
    first, second = articles(ATOM)
    assert (first.article_id, first.title, first.text) == ("urn:1", "Bread for shells", f"{PROSE}\n\n{MORE}")
    assert (first.author, first.published) == ("Callum Idris, Theo Varga", "2023-09-15")
    assert (first.source, first.url, first.language) == ("The Harbour Wire", "https://example.net/bread", "en")
    assert (second.source, second.published) == ("Far Wire", "2023-09-17")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("https://example.org/feed", "not an RSS or Atom feed"),
        ("/etc/passwd", "not an RSS or Atom feed"),
        ("<urlset><url>a</url></urlset>", "not an RSS or Atom feed"),
        ("<html><body><p>page</p></body></html>", "not an RSS or Atom feed"),
        ('<rss version="2.0"><channel><title>x</title></channel></rss>', "without entries"),
    ],
)
def test_xml_that_is_no_feed_says_so(text: str, says: str) -> None:
    assert says in why(text)


def test_a_feed_that_breaks_off_gives_what_it_has_and_says_that_some_may_be_missing() -> None:
    found = entries(RSS[: RSS.index("<item><description>")])
    assert [result.title for _, result in found if isinstance(result, Article)] == ["Grain & deal", "Rain"]
    place, error = found[-1]
    assert (place, "may be missing" in str(error)) == ("", True)


def test_a_feed_in_another_encoding_than_utf_8_is_read() -> None:
    (article,) = articles(
        '<?xml version="1.0" encoding="iso-8859-1"?><rss version="2.0"><channel><item><title>Für alle</title>'
        f"<description>{PROSE}</description></item></channel></rss>".encode("latin-1")
    )
    assert article.title == "Für alle"


def test_entities_that_laugh_or_open_files_are_not_expanded() -> None:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{lines}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    text = f'{laughs}<rss version="2.0"><channel><item><title>&l9;</title><description>{PROSE} &f;</description></item>'
    (article,) = articles(f"{text}</channel></rss>")
    assert len(article.title) < 100
    assert "root:" not in article.text


def test_a_guid_of_any_length_is_an_id_of_bounded_length_and_its_own() -> None:
    def of(guid: str) -> str:
        (article,) = articles(
            f'<rss version="2.0"><channel><item><guid>{guid}</guid><description>{PROSE}</description></item>'
            "</channel></rss>"
        )
        return article.article_id

    one, other = of("x" * 5000 + "1"), of("x" * 5000 + "2")
    assert one != other
    assert len(one) <= 512


def test_a_feed_that_is_too_large_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MOST_FEED_BYTES", 100)
    assert "is larger than" in why(RSS)
