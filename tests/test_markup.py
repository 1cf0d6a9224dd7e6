"""Markup shows exactly the text that it is given, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Article, Passage, Section
from search.markup import (
    answer_html,
    escaped,
    markdown_label,
    marked,
    masthead_html,
    problems_html,
    respelled_html,
    searched_html,
    spelled_day,
    web_address,
    welcome_html,
)
from search.narrowing import Searched
from search.passage_markup import passage_html, passages_head_html
from search.results import Answer, Citation, Hit, Signals

TEXT = "Kim came by train. Putin wants shells & rockets. He said so <twice>."
HOSTILE = "<img src=x onerror=alert(1)>\"'></h3><script>alert(2)</script> $5bn to $7bn & :red[x]"
ALLOWED = {"href", "id", "class", "aria-label", "aria-labelledby", "aria-hidden", "aria-valuemin", "aria-valuemax"}
ALLOWED |= {"aria-valuenow", "role", "tabindex", "dir", "datetime", "style", "target", "rel"}


class Elements(HTMLParser):
    """What a browser would make of markup: elements with their attributes, and the text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def text(self, *tags: str) -> str:
        return "".join(text for tag, text in self.texts if not tags or tag in tags)

    def attributes(self, tag: str, name: str) -> list[str | None]:
        return [attributes.get(name) for found, attributes in self.found if found == tag]


def passages_html(answer: Answer) -> str:
    """Return all passages as the page shows them, one below the other."""
    return passages_head_html(answer) + "".join(passage_html(answer, hit) for hit in answer.hits)


def hit(rank: int = 1, *, text: str = TEXT, title: str = "Wish lists", start: int = 0, **known: str | None) -> Hit:
    article = Article(f"a{rank}", title, text, **known)  # type: ignore[arg-type]
    passage = Passage(article, Section("What Moscow wants", "heading", 0, len(text)), 0, start, len(text))
    return Hit(rank, 0.5, passage, Signals(bm25=4.0 / rank, dense=0.5, late=None))


def cited(*citations: tuple[int, Hit, int, int], hits: tuple[Hit, ...] = ()) -> Answer:
    made = tuple(Citation(*citation, rank=1) for citation in citations)
    return Answer("what does Russia want?", made, hits or tuple(c.hit for c in made), "", 0.95)


def test_a_quote_carries_its_number_and_leads_to_its_passage() -> None:
    first, second = hit(1), hit(2)
    page = Elements(answer_html(cited((1, first, 19, 48), (2, second, 0, 18))))
    assert page.text("p") == "Putin wants shells & rockets. Kim came by train. These passages fit the question closely."
    assert page.text("a") == "[1][2]"
    assert page.attributes("a", "href") == ["#passage-1", "#passage-2"]
    assert page.attributes("a", "aria-label") == ["Citation 1: passage 1 below", "Citation 2: passage 2 below"]


def test_quotes_that_follow_each_other_in_one_article_share_one_line_about_it() -> None:
    one = hit(1, source="Northern Desk", published="2023-09-13")
    markup = answer_html(cited((1, one, 0, 18), (2, one, 19, 48)))
    assert markup.count("<figcaption>") == 1
    assert "13 September 2023" in markup
    assert answer_html(cited((1, one, 0, 18), (2, hit(2), 0, 18))).count("<figcaption>") == 2


def test_the_quoted_sentences_are_marked_where_they_stand_in_the_passage() -> None:
    later = hit(1, start=19)
    page = Elements(passages_html(cited((1, later, 19, 48))))
    assert page.text("mark") == "Putin wants shells & rockets."
    assert page.text("p", "mark", "sup").startswith("Putin wants shells & rockets.1 He said so <twice>.")
    assert page.attributes("mark", "id") == ["quote-1"]
    assert page.attributes("article", "id") == ["passage-1"]


def test_a_quote_is_marked_in_its_own_passage_only() -> None:
    first, second = hit(1), hit(2)
    markup = passages_html(cited((1, second, 0, 18), hits=(first, second)))
    before, after = markup.split('id="passage-2"')
    assert "<mark" not in before
    assert "<mark" in after


@given(st.text(), st.lists(st.tuples(st.integers(-5, 30), st.integers(-5, 30), st.integers(1, 9)), max_size=4))
def test_marking_changes_no_character_of_the_text(text: str, spans: list[tuple[int, int, int]]) -> None:
    text = text.replace("\r", "\n")  # HTML's own line ending
    page = Elements(marked(text, spans))
    shown = "".join(data for tag, data in page.texts if tag != "sup")
    assert shown == text
    assert {tag for tag, _ in page.found} <= {"mark", "sup"}


def test_spans_that_overlap_mark_each_character_once() -> None:
    assert marked("abcdef", [(0, 4, 1), (2, 6, 2)]) == (
        '<mark id="quote-1">abcd</mark><sup>1</sup><mark id="quote-2">ef</mark><sup>2</sup>'
    )


@pytest.mark.parametrize("field", ["title", "text", "source", "published", "url", "section", "reason"])
def test_hostile_words_in_any_field_stay_words(field: str) -> None:
    values: dict[str, str] = dict.fromkeys(("title", "text", "source", "published"), "Plain words here. ")
    section, reason = "Plain", "No."
    if field == "section":
        section = HOSTILE
    elif field == "reason":
        reason = HOSTILE
    else:
        values[field] = HOSTILE
    text = values["text"]
    article = Article("a", values["title"], text, source=values["source"], published=values["published"])
    if field == "url":
        article = Article("a", "t", text, url=f"https://evil.example/{HOSTILE}")
    found = Hit(1, 0.5, Passage(article, Section(section, "heading", 0, 1), 0, 0, len(text)), Signals(1.0, 0.1, 0.1))
    answer = Answer("q", () if field == "reason" else (Citation(1, found, 0, len(text), 1),), (found,), reason, 0.5)
    markup = answer_html(answer) + passages_html(answer)
    page = Elements(markup)
    assert HOSTILE in page.text() or field == "url"
    for tag, attributes in page.found:
        assert tag not in {"script", "img", "iframe", "style"}
        assert set(attributes) <= ALLOWED
    if field == "url":
        assert f"https://evil.example/{HOSTILE}" in page.attributes("a", "href")


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JaVaScRiPt://x/%0aalert(1)", "data:text/html,x", "//evil.example", "/local", "https://",
     "http://[bad", "file:///etc/passwd", " \tjavascript:alert(1)", "ftp://x.example/", "", None],
)  # fmt: skip
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert web_address(url) is None
    found = hit(1, url=url)
    assert "target=" not in passages_html(cited((1, found, 0, 18)))


def test_a_link_opens_apart_and_says_where_it_goes() -> None:
    found = hit(1, url="https://www.northern-desk.example/a?b=1&c=2")
    page = Elements(passages_html(cited((1, found, 0, 18))))
    ((_, link),) = [element for element in page.found if element[0] == "a"]
    assert link["href"] == "https://www.northern-desk.example/a?b=1&c=2"
    assert link["target"] == "_blank"
    assert link["rel"] == "noopener noreferrer nofollow"
    assert "northern-desk.example" in page.text("bdi")


def test_each_signal_has_a_number_and_a_bar() -> None:
    first, second = hit(1), hit(2)
    page = Elements(passages_html(cited((1, first, 0, 18), hits=(first, second))))
    bars = [attributes for tag, attributes in page.found if attributes.get("role") == "meter"]
    assert [bar["aria-label"] for bar in bars] == ["words in common", "meaning"] * 2
    widths = [style for style in page.attributes("span", "style") if style]
    assert widths == ["width:100.0%", "width:50.0%", "width:50.0%", "width:50.0%"]
    assert [bar["aria-valuenow"] for bar in bars] == ["4.000", "0.500", "2.000", "0.500"]
    assert [bar["aria-valuemax"] for bar in bars] == ["4.000", "1.000", "4.000", "1.000"]
    assert page.text("span").count("not measured") == 2
    assert "4.0" in page.text("span")
    assert "2.0" in page.text("span")


def test_the_article_and_the_direction_have_bars_where_they_count() -> None:
    close = Signals(2.0, 0.5, 0.4, article_bm25=3.0, article_dense=0.6, article_late=0.7, direction=-0.5)
    first, second = replace(hit(1), signals=close), hit(2)
    page = Elements(passage_html(cited(hits=(first, second)), first))
    bars = [attributes for _, attributes in page.found if attributes.get("role") == "meter"]
    assert [(bar["aria-label"], bar["aria-valuenow"]) for bar in bars[3:]] == [
        ("words, whole article", "3.000"),
        ("meaning, whole article", "0.600"),
        ("wording, whole article", "0.700"),
        ("who to whom, turned around", "0.500"),
    ]
    assert "who to whom, as you asked" in passage_html(
        cited(hits=(first,)), replace(first, signals=replace(close, direction=1.0))
    )
    assert "who to whom" not in passage_html(cited(hits=(second,)), second)


def test_a_citation_number_shows_the_passage_with_all_it_takes_to_cite() -> None:
    shown = hit(title=HOSTILE, source="<b>Desk</b>", published="2023-09-14", url="https://desk.example/a")
    markup = answer_html(cited((1, shown, 19, 49)))
    card = markup[markup.index('class="bf-card"') : markup.index("</blockquote>")]
    assert f"<mark>{escaped(TEXT[19:49])}</mark>" in card
    assert escaped(TEXT[:19]) in card
    for told in (escaped(HOSTILE), "What Moscow wants", "<bdi>&lt;b&gt;Desk&lt;/b&gt;</bdi>", "14 September 2023"):
        assert told in card
    # A screen reader is told nothing of the card, so no key may lead into it.
    assert 'href="https://desk.example/a"' in card
    assert 'tabindex="-1"' in card


def test_a_citation_number_shows_whole_words_of_a_long_passage() -> None:
    shown = hit(text="eleven " * 60 + "Kim came by train." + " eleven" * 60)
    card = Elements(answer_html(cited((1, shown, 420, 438))))
    words = card.text("span").partition("…")[2].partition("…")[0].split()
    assert set(words) == {"eleven"}
    assert len(words) > 60
    assert card.text("mark") == "Kim came by train."


def test_other_outlets_that_print_the_same_are_named() -> None:
    other = Article(article_id="copy.md", title="Same story", text=TEXT, source="<b>Wire</b>")
    shown = passages_html(cited(hits=(replace(hit(), also_in=(other,)),)))
    assert "also in 1 other outlet: <bdi>&lt;b&gt;Wire&lt;/b&gt;</bdi></span>" in shown
    more = (other, replace(other, article_id="c", source="Post"), replace(other, article_id="d", source="Post"))
    shown = passages_html(cited(hits=(replace(hit(source="Desk"), also_in=more),)))
    assert "also in 2 other outlets: <bdi>&lt;b&gt;Wire&lt;/b&gt;</bdi>, <bdi>Post</bdi></span>" in shown
    again = replace(other, source="Desk", title="Second <i>edition</i>")
    shown = passages_html(cited(hits=(replace(hit(source="Desk"), also_in=(again,)),)))
    assert "also in <bdi>Second &lt;i&gt;edition&lt;/i&gt;</bdi></span>" in shown
    assert "also in" not in passages_html(cited(hits=(hit(),)))


def test_a_refusal_says_so_and_shows_what_is_nearest() -> None:
    near = hit(1)
    answer = Answer("q", (), (near,), "Nothing found is close to the question.", 0.1)
    assert Elements(answer_html(answer)).text("h2") == "These briefings do not say."
    assert "Nothing found is close to the question." in answer_html(answer)
    assert Elements(passages_html(answer)).text("h2") == "The nearest passages"
    assert "<mark" not in passages_html(answer)


def test_what_was_searched_and_other_spellings_are_shown_as_the_text_they_are() -> None:
    searched = searched_html(Searched(2, 1, ("2023-01-05", "2023-02-01")), f"source {HOSTILE}", [(HOSTILE, "Russia")])
    assert (
        "Searched: 2 articles · 1 source · 5 January 2023 to 1 February 2023. Narrowed to: source &lt;img" in searched
    )
    assert "Searched: nothing. Narrowed to: x</p>" in searched_html(Searched(0, 0, None), "x", [])
    assert "Narrowed" not in searched_html(Searched(1, 0, None), "", [])
    for page in map(Elements, (searched, respelled_html([(HOSTILE, HOSTILE)]))):
        assert {tag for tag, _ in page.found} <= {"p", "ul", "li", "b"}
        assert HOSTILE in page.text()


def test_what_is_unknown_is_said_to_be_unknown() -> None:
    page = Elements(passages_html(cited((1, hit(1), 0, 18))))
    assert "Source unknown" in page.text("span")
    assert "Date unknown" in page.text("span")


@pytest.mark.parametrize(
    ("published", "shown"),
    [("2023-09-03", "3 September 2023"), ("0001-01-01", "1 January 1"), ("soon", "soon"), ("2023-02-31", "2023-02-31")],
)
def test_days_are_spelled_out(published: str, shown: str) -> None:
    assert spelled_day(published) == shown


def test_half_a_character_does_not_break_the_page() -> None:
    assert escaped("a\ud800b") == "a\ufffdb"
    markdown_label("a\udfffb").encode()


def test_a_label_escapes_every_sign_that_markdown_reads() -> None:
    assert markdown_label("$5bn *to* [x](y) <b>") == r"\$5bn \*to\* \[x\]\(y\) \<b\>"
    assert markdown_label("two\n\n# lines") == r"two \# lines"
    assert markdown_label("plain words, 5 of them") == r"plain words\, 5 of them"


@given(st.text(alphabet=":/@.w a-\\$*_`<>&#!|~^5", max_size=30))
def test_a_label_without_its_escapes_is_the_text(text: str) -> None:
    label = markdown_label(text)
    shown = "".join(_unescaped(label)).replace("\u2060", "")
    assert shown == " ".join(text.split())


def _unescaped(label: str) -> Iterator[str]:
    signs = iter(label)
    for sign in signs:
        yield next(signs) if sign == "\\" else sign


def test_the_masthead_counts_and_dates_what_there_is() -> None:
    page = Elements(masthead_html(1, 3, ("2023-09-13", "2024-01-02")))
    assert "1 article · 3 sources · 13 September 2023 to 2 January 2024" in page.text("p")
    assert Elements(masthead_html(1200, 0, None)).text("p").endswith("1,200 articles")
    assert Elements(masthead_html(0, 0, None)).text("h1") == "Briefings"


def test_the_first_page_tells_both_ways_to_begin() -> None:
    page = Elements(welcome_html(Path("/x/<b>&"), Path("/x/u")))
    assert page.text("code") == "/x/ubriefings index PATH... --index /x/<b>&"


def test_problems_are_listed_up_to_a_limit() -> None:
    assert problems_html([]) == ""
    page = Elements(problems_html([(f"<f{n}>", "is empty") for n in range(5)], most=2))
    assert page.text("b") == "<f0><f1>"
    assert "5 files or lines" in page.text("p")
    assert "and 3 more" in page.text("p")
