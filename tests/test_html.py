"""Web pages: the article alone comes out, with what the page states about it; a list of stories is none."""

from __future__ import annotations

import json
import time

import pytest

from index.errors import InputError
from index.formats.html import MOST_ELEMENTS, read_html
from index.records import Article

PROSE = "The two ministers met in the capital on Tuesday and spoke for about three hours behind closed doors."
MORE = "Neither of them would say afterwards what had been agreed, if indeed anything at all had been agreed."
LAST = "A second round is planned for the spring, in a town on the border that neither side has named so far."
BODY = f"<p>{PROSE}</p><p>{MORE}</p><p>{LAST}</p>"


def page(body: str = BODY, head: str = "", title: str = "Bread for shells") -> bytes:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head>"
        f"<body><article><h1>Bread for shells</h1>{body}</article></body></html>"
    ).encode()


def read(body: str = BODY, head: str = "", title: str = "Bread for shells") -> Article:
    return read_html(page(body, head, title), "a.html")


def json_ld(*nodes: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


def known(**changed: object) -> dict[str, object]:
    return {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Bread for shells", **changed}


def meta(**tags: str) -> str:
    return "".join(f'<meta property="{name.replace("_", ":", 1)}" content="{value}">' for name, value in tags.items())


# ---- what the page states ------------------------------------------------------------------------------


def test_json_ld_states_everything() -> None:
    node = known(
        author=[{"@type": "Person", "name": "Ana Kovac"}, {"@type": "Person", "name": "Theo Varga"}],
        datePublished="2023-09-15T08:40:00+02:00",
        publisher={"@type": "Organization", "name": "The Harbour Wire"},
        inLanguage="en-GB",
        url="https://harbourwire.example.net/asia/bread",
    )
    article = read(head=json_ld(node))
    assert (article.title, article.author, article.source) == (
        "Bread for shells",
        "Ana Kovac, Theo Varga",
        "The Harbour Wire",
    )
    assert (article.published, article.language) == ("2023-09-15", "en-gb")
    assert article.url == "https://harbourwire.example.net/asia/bread"


@pytest.mark.parametrize("wrap", ["{}", "<![CDATA[{}]]>", "<!-- {} -->", "{};"])
def test_json_ld_is_read_in_the_wrappings_that_pages_put_round_it(wrap: str) -> None:
    script = wrap.replace("{}", json.dumps(known(author="Ana Kovac")))
    assert read(head=f'<script type="application/ld+json">{script}</script>').author == "Ana Kovac"


@pytest.mark.parametrize("script", ["{not json", "[" * 100_000, '{"@graph": 7}', "null", '{"@type": {"a": []}}'])
def test_json_ld_that_is_none_is_passed_over(script: str) -> None:
    article = read(head=f'<script type="application/ld+json">{script}</script>' + meta(author="Ana Kovac"))
    assert (article.author, PROSE in article.text) == ("Ana Kovac", True)


def test_of_several_articles_in_json_ld_the_one_with_the_pages_headline_counts() -> None:
    other = known(headline="A whole other story", author="Nobody Atall", datePublished="2001-01-01")
    own = known(author="Ana Kovac", datePublished="2023-09-15")
    article = read(head=json_ld({"@graph": [other, own]}))
    assert (article.author, article.published) == ("Ana Kovac", "2023-09-15")


def test_a_page_that_states_nothing_is_left_unknown() -> None:
    article = read()
    assert (article.source, article.author, article.published) == (None, None, None)
    assert (article.url, article.language) == (None, None)


@pytest.mark.parametrize(
    ("stated", "author"),
    [
        ("By Ana Kovac", "Ana Kovac"),
        ("Ana Kovac and Theo Varga", "Ana Kovac, Theo Varga"),
        ("Ana Kovac; ANA KOVAC", "Ana Kovac"),
        ("Ana Kovac, Senior political correspondent", "Ana Kovac"),
        ("Ana Kovac staff writer", "Ana Kovac"),
        ("Ana Kovac, PhD", "Ana Kovac"),
        ("Ana Lee reporter", "Ana Lee"),
        ("https://social.example.net/ana", None),
        ("admin", None),
    ],
)
def test_an_author_is_a_name_without_what_stands_around_it(stated: str, author: str | None) -> None:
    assert read(head=meta(author=stated)).author == author


@pytest.mark.parametrize(
    "byline",
    [
        '<p class="byline">By <a href="/people/ana-kovac">Ana Kovac</a><br>Correspondent in Ankara</p>',
        '<a rel="author" href="/ana">Ana Kovac</a>',
        '<span itemprop="author"><span itemprop="name">Ana Kovac</span>, <i>Europe editor</i></span>',
        "<p>By Ana Kovac</p>",
    ],
)
def test_a_marked_byline_names_the_author_and_is_no_text(byline: str) -> None:
    article = read(byline + BODY)
    assert article.author == "Ana Kovac"
    assert article.text.startswith(PROSE)


def test_a_person_is_preferred_to_the_outlet_as_author() -> None:
    head = meta(og_site_name="Harbour Wire News") + json_ld(
        known(author={"@type": "Organization", "name": "Harbour Wire"})
    )
    assert read(head=head).author == "Harbour Wire"
    assert read(f'<p class="byline">By Ana Kovac</p>{BODY}', head).author == "Ana Kovac"


def test_a_day_in_greenwich_gives_way_to_the_day_in_the_address() -> None:
    head = '<link rel="canonical" href="https://wire.example.net/2023/09/14/bread">'
    assert read(head=head + meta(article_published_time="2023-09-15T01:20:00Z")).published == "2023-09-14"
    assert read(head=head + meta(article_published_time="2023-09-15T01:20:00+02:00")).published == "2023-09-15"
    assert read(head=head + meta(article_published_time="2023-10-15T01:20:00Z")).published == "2023-10-15"
    assert read(head=head).published == "2023-09-14"


@pytest.mark.parametrize(
    ("stated", "source", "title"),
    [
        ("Opinion | Bread for shells", None, "Bread for shells"),
        ("The Harbour Wire: Bread for shells", "The Harbour Wire", "Bread for shells"),
        ("Bread for shells | The Harbour Wire", "The Harbour Wire", "Bread for shells"),
        ("Bread for shells: Kim in Russia", None, "Bread for shells: Kim in Russia"),
    ],
)
def test_a_title_is_the_headline_without_outlet_or_section(stated: str, source: str | None, title: str) -> None:
    head = meta(og_title=stated, **({"og_site_name": source} if source else {}))
    assert read(head=head).title == title


def test_the_head_in_other_words_than_the_title_is_no_text() -> None:
    article = read(head=meta(og_title="Bread for shells: what Kim brings home"))
    assert article.title == "Bread for shells: what Kim brings home"
    assert "Bread for shells" not in article.text


def test_an_outlet_that_no_tag_names_is_read_off_the_windows_title_or_the_address() -> None:
    head = '<link rel="canonical" href="https://www.harbwire.example/bread">'
    assert read(head=head, title="Bread for shells - The Harbour Wire").source == "The Harbour Wire"
    assert read(head=head, title="Bread for shells - Opinion").source == "harbwire.example"


# ---- the article alone ---------------------------------------------------------------------------------


def test_lines_of_the_source_are_no_lines_of_the_article() -> None:
    article = read(f"<p>{PROSE.replace(' ', chr(10))}</p><p>{MORE}<br>{LAST}</p>")
    assert article.text == f"{PROSE}\n\n{MORE}\n{LAST}"


def test_a_tooltip_inside_a_sentence_goes_and_its_name_stays() -> None:
    links = "".join(f'<a href="/{n}">Another story about the minister, number {n}</a> ' for n in range(4))
    name = f'<span><a href="/ana">Ana Kovac</a><span class="box"><span>{links}</span></span></span>'
    article = read(f"<p>The minister, {name}, met her guest in the capital.</p>{BODY}")
    assert "The minister, Ana Kovac, met her guest in the capital." in article.text


def test_an_embedded_post_is_quoted_text() -> None:
    post = "I can thank this town for all that it gave to me and mine over nineteen years."
    quote = f'<blockquote class="twitter-tweet"><p>{post}</p></blockquote>'
    box = f'<div class="embed">{quote}<script src="/w.js"></script></div>'
    assert post in read(f"<p>{PROSE}</p>{box}<p>{MORE}</p><p>{LAST}</p>").text


def test_a_tables_rows_are_lines_and_its_head_stands_once() -> None:
    head = "<tr><th>Port</th><th>Ships</th></tr>"
    table = f"<table><thead>{head}</thead><tbody>{head}<tr><td>Odesa</td><td>41</td></tr></tbody></table>"
    assert "Port | Ships\n\nOdesa | 41" in read(BODY + table).text


def test_a_picture_with_its_caption_in_a_table_of_one_column_is_no_row_of_figures() -> None:
    caption = "Workers load maize into the ship at Odesa. (credit: NASA/Ana Kovac)"
    table = f"<table><tr><td><img src=/q.jpg></td></tr><tr><td>{caption}</td></tr></table>"
    article = read(f"<p>{PROSE}</p>{table}<p>{MORE}</p><p>{LAST}</p>")
    assert article.text == "\n\n".join([PROSE, MORE, LAST])
    assert caption in [block.text for block in article.dropped if block.rule == "caption"]


def test_a_table_that_lays_out_the_page_is_read_by_paragraphs() -> None:
    text = "".join(f"<p>{PROSE} That was on day {day}.</p>" for day in range(6))
    html = f"<html><body><table><tr><td></td><td>{text}</td></tr></table></body></html>"
    assert read_html(html.encode(), "a").text.count("\n\n") == 5


def test_teasers_signups_captions_and_credits_around_and_inside_go() -> None:
    inside = (
        '<div class="box"><p>Don’t miss</p><p><a href="/1">A telescope opens its golden eye</a></p></div>'
        '<p><a href="/2">The bakers who feed a besieged town every single day</a></p>'
        "<figure><img src='/q.jpg'><figcaption>The quay, seen from the sea. Photo: Ana Lopez</figcaption></figure>"
        "<p>Follow The Harbour Wire on Facebook and Instagram.</p>"
    )
    article = read(f"<p>{PROSE}</p>{inside}<p>{MORE}</p><p>{LAST}</p><p>{PROSE} Or so.</p>")
    assert article.text == "\n\n".join([PROSE, MORE, LAST, f"{PROSE} Or so."])


def test_what_is_left_out_around_the_article_is_told_with_the_place_that_it_stood_in() -> None:
    places = {
        "Harbour notes and tides": '<nav><a href="/1">Harbour notes and tides</a></nav>',
        "We use cookies here.": '<div id="cookie-bar"><p>We use cookies here.</p></div>',
        "The quay. Photo: Ana Lopez": "<figure><figcaption>The quay. Photo: Ana Lopez</figcaption></figure>",
        "Tell a friend": '<div class="share-tools"><button>Tell a friend</button></div>',
        "Ten stories each day": '<section class="newsletter-box"><p>Ten stories each day</p></section>',
        "The swift is back": '<div class="related"><h3><a href="/2">The swift is back</a></h3></div>',
        "Harbour Wire, Quay 1": "<footer><p>Harbour Wire, Quay 1</p></footer>",
        "Buy this kettle": '<div class="advert">Buy this kettle</div>',
        "Nobody said why": "<div>Nobody said why</div>",
    }
    article = read(BODY + "".join(places.values()) + "<script>let hidden = 'a word';</script>")
    told = {block.text: block.rule for block in (*article.around, *article.dropped)}
    assert told == {
        "Harbour notes and tides": "navigation",
        "We use cookies here.": "cookie notice",
        "The quay. Photo: Ana Lopez": "caption",
        "Tell a friend": "share bar",
        "Ten stories each day": "sign-up",
        "The swift is back": "teasers",
        "Harbour Wire, Quay 1": "footer",
        "Buy this kettle": "advertisement",
        "Nobody said why": "outside the article",
        **{text: rule for text, rule in told.items() if rule in ("headline", "date")},
    }
    assert article.text == read().text


# ---- lists of stories ----------------------------------------------------------------------------------


def cards(count: int, host: str = "") -> str:
    return "".join(
        f'<article><h3><a href="{host}/asia/story-{n}">Port number {n} opens its gates again</a></h3>'
        f"<p>{PROSE} It was day {n}.</p></article>"
        for n in range(count)
    )


def whole(body: str, head: str = "") -> bytes:
    return f"<html><head><title>Asia</title>{head}</head><body><main>{body}</main></body></html>".encode()


POSTS = "".join(f'<div><h2><a href="/post-{n}">Post number {n}</a></h2>{BODY}{BODY}</div>' for n in range(5))
ITEMS = [{"@type": "ListItem", "position": n, "url": f"https://wire.example.net/{n}"} for n in range(6)]


@pytest.mark.parametrize(
    ("body", "head", "count"),
    [
        ("<h1>Asia</h1>" + cards(6), "", 6),
        ("<h1>Asia</h1>" + cards(6), meta(og_type="website"), 6),
        ("<h1>Asia</h1>" + cards(6), json_ld({"@type": "CollectionPage", "name": "Asia"}), 6),
        (cards(9).replace("<h3><a", "<a").replace("</a></h3>", "</a>").replace("Port", "<h3>Port"), "", 9),
        (POSTS, "", 5),
        (POSTS, json_ld({"@type": "Blog", "name": "Harbour notes"}), 5),
    ],
    ids=["section", "website", "collection", "link-round-head", "blog", "blog-says-so"],
)
def test_a_page_that_lists_stories_is_refused(body: str, head: str, count: int) -> None:
    with pytest.raises(InputError, match=f"lists {count} stories and is none itself: save the pages of the stories"):
        read_html(whole(body, head), "a")


def test_a_page_that_says_that_it_is_a_list_is_refused_without_headings() -> None:
    with pytest.raises(InputError, match="lists 6 stories"):
        read_html(whole(cards(4), json_ld({"@type": "ItemList", "itemListElement": ITEMS})), "a")


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (f"<article><h1>Bread</h1>{BODY * 3}</article><aside><h2>More</h2>{cards(12)}</aside>", ""),
        (f"<article><h1>Bread</h1>{BODY}</article><aside>{cards(12)}</aside>", meta(og_type="article")),
        (f"<h1>Bread</h1><p>{PROSE}</p><p>{MORE}</p>{cards(12)}", json_ld(known(headline="Bread"))),
        (f"<h1>Bread</h1>{BODY}{cards(3)}", ""),
        (f"<h1><a href='/bread'>Bread</a></h1>{BODY * 4}{cards(5)}", ""),
        (
            f"<h1>Ten kettles</h1>{cards(10, 'https://shop.example.com')}",
            '<link rel="canonical" href="https://w.example/k">',
        ),
    ],
    ids=["related", "short-says-article", "stub", "three", "head-links-to-itself", "links-to-shops"],
)
def test_an_article_beside_a_list_of_others_is_read(body: str, head: str) -> None:
    text = read_html(whole(body, head), "a").text
    assert PROSE in text
    assert "It was day" not in text or "kettles" in body


# ---- hostile pages -------------------------------------------------------------------------------------

MEGABYTES = 5_000_000
NESTED = json.loads('{"name":' * 60 + '"x"' + "}" * 60)


@pytest.mark.parametrize(
    "body",
    [
        "<p>" + "<span>" * 3000 + "word " * (MEGABYTES // 5),
        "<p>" + "<span><a href=/x>a b</a><a href=/y>c d</a><a href=/z>e f</a>" * (MEGABYTES // 60),
        "<blockquote class=embed>" * (MEGABYTES // 24),
        f'<div class="{"author " * (MEGABYTES // 7)}">{BODY}</div>',
        f"{BODY}<p>" + "&#0;&#xD800;&#x110000;&amp;&nbsp;" * (MEGABYTES // 33),
        f"{BODY}<p>" + "\x01\x00\u202e\ufeff" * (MEGABYTES // 8),
        "<h1>a head that is one</h1>" * (MEGABYTES // 30),
        f"{BODY}<p>" + "A. " * (MEGABYTES // 3),
        f"{BODY}<p>" + "(photo: " * (MEGABYTES // 8),
        "<table><tr><td>" * 3000 + BODY,
        '<meta name="author" content="' + "senior " * (MEGABYTES // 7) + f'">{BODY}',
        json_ld(known(author=NESTED)) + BODY,
        '<base href="http://["><link rel=canonical href="http://["><h2><a href="//[">A b c</a></h2>' + BODY,
        '<time datetime="9999-99-99">x</time><meta name=date content="0000-00-00">' + BODY,
        f"<p>{PROSE}</p>" * 40_000,
    ],
    ids=lambda body: f"{len(body)}-{body[-20:].strip()[:12]}",
)
def test_a_hostile_page_is_an_article_or_an_error_in_time(body: str) -> None:
    begun = time.monotonic()
    try:
        article = read_html(f"<html><body>{body}</body></html>".encode(), "a")
    except InputError:
        pass
    else:
        assert not [character for character in article.text + article.title if character < " " and character != "\n"]
    assert time.monotonic() - begun < 30  # a quiet machine takes under 5 s


def test_a_page_of_more_elements_than_any_article_is_refused() -> None:
    with pytest.raises(InputError, match="save the article alone"):
        read_html(b"<html><body>" + b"<p>a</p>" * (MOST_ELEMENTS + 1), "a")
