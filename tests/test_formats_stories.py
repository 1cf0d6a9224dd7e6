"""Plain text that lists stories or holds several is set aside; whatever may be one article is read as one."""

from __future__ import annotations

import textwrap

import pytest

from index.errors import InputError
from index.formats.markdown import read_markdown
from index.formats.plain import read_plain

HEADLINES = [
    "Grain ships leave Odesa again",
    "Will Sweden join before the summer?",
    "Baku and Yerevan swap their prisoners",
    "Cairo lets the pound float",
    "Seoul's president lifts martial law",
]
TEASER = "Ministers said on Monday that the talks would go on, whatever came of the last round."
DAYS = ["12 September 2023", "11 September 2023", "11 September 2023", "9 September 2023", "8 September 2023"]
NAMES = ["Ana Kovac", "Theo Varga", "Lena Maas", "Omar Haddad", "Ana Kovac"]
BODY = "\n\n".join(f"In port number {at} the crews waited for a pilot while the insurers argued." for at in range(12))
SENTENCES = " ".join(f"It was the {at}th ship that the harbour master had seen go." for at in range(4))


def listed(form: str, gap: str = "\n\n") -> str:
    """Return a text of five stories, each in this form."""
    return gap.join(
        form.format(head=head, teaser=TEASER, sentences=SENTENCES, body=BODY, day=day, name=name, n=at)
        for at, (head, day, name) in enumerate(zip(HEADLINES, DAYS, NAMES, strict=True), start=1)
    )


@pytest.mark.parametrize(
    "form",
    [
        "{head}\n{n} hours ago\n{teaser}",
        "{head}\n{teaser}\n{n}h ago",
        "{head}\n{teaser}\nEurope | {n} days ago",
        "{head}\n{day}\n{teaser}",
        "{head}\n{teaser}\n{day}",
        "{head}\nPublished {day}\n{teaser}",
        "{head}\nBy {name}\n{teaser}",
        "{head}\nBy {name} | {day}\n{teaser}",
        "{head}\n\nBy {name}\n\n{day}\n\n{teaser}",
        "{head}\n{teaser}\nBy {name}\n{day}",
        "{head}\n{teaser}\nhttps://wire.example.net/{n}",
        "{head}\n{sentences}\nRead more",
        "{day}\n{head}\nBy {name}\n{teaser}",
        "{head}\n{day} · World",
    ],
)
@pytest.mark.parametrize(
    ("top", "end"), [("", ""), ("The Harbour Wire\nLatest news\n\n", "\n\n© 2023 The Harbour Wire")]
)
def test_a_list_of_stories_is_none(form: str, top: str, end: str) -> None:
    for text in (listed(form), listed(form, gap="\n"), listed(form).replace(TEASER, textwrap.fill(TEASER, 50))):
        with pytest.raises(InputError, match="lists 5 stories and is none itself: save the pages of the stories"):
            read_plain(f"{top}{text}{end}", "a")


def test_a_list_that_was_saved_as_markdown_is_none_unless_its_front_matter_calls_it_an_article() -> None:
    text = "# Latest news\n\n" + listed("## [{head}](https://wire.example.net/{n})\n\n*By {name}*\n\n{teaser}")
    with pytest.raises(InputError, match="lists 5 stories"):
        read_markdown(text, "a")
    assert TEASER in read_markdown(f"---\ndate: 2023-09-12\n---\n{text}", "a").text
    assert TEASER in read_markdown("# The week in ports\n\n" + listed("## {head}\n\n{teaser}"), "a").text


@pytest.mark.parametrize(
    "form",
    [
        "{head}\nBy {name}\n{day}\n\n{body}",
        "{head}\n\n{day}\n\nBy {name}\n\n{body}",
        "Document {n} of 5\n{head}\n\n{body}",
        "{n} of 5 DOCUMENTS\n\n{head}\n\n{body}",
        "{head}\n\n{body}\nEnd of Document",
        "{head}\n\n{body}\n\nDocument WIRE00002023091{n}ej9c0001p",
    ],
)
def test_several_articles_in_a_file_are_not_mixed(form: str) -> None:
    with pytest.raises(InputError, match="holds 5 stories: save each in a file of its own"):
        read_plain(listed(form), "a")


ARTICLE = f"Ships wait off Odesa\nBy Ana Kovac\n12 September 2023\n\n{BODY}"


ONE_ARTICLE = {
    "headed sections": "The week in ports\n\n" + listed("{head}\n{sentences}"),
    "sections of a sentence": "The week in ports\n\n" + listed("{head}\n\n{teaser}"),
    "signed digest": "The week in ports\nBy Ana Kovac\n12 September 2023\n\n" + listed("{head}\n{teaser}"),
    "digest with links": "What to read on ports\n\n"
    + listed("{head}\n{sentences} {teaser}\nhttps://wire.example.net/{n}"),
    "live by the clock": "Live: the strike\n\n" + listed("{n}:15\n{head}\n{teaser}"),
    "live by minutes": "Live: the strike\n\n" + listed("{n} minutes ago\n{head}\n{teaser}"),
    "live with days": "Live: the strike\n\n" + listed("{head}\n12 September 2023, 1{n}:05\n{teaser}"),
    "live by several": "Live: the strike\n\n" + listed("{head}\nBy {name}\n12 September 2023 1{n}:05\n{body}"),
    "chronology": "How the strike went\n\n" + listed("{n} September 2023\n{head}\n{teaser}"),
    "chronology by heads": "How the strike went\n\n" + listed("{head}\n{n} September 2023\n{teaser}"),
    "back in time": "How the strike went, day by day back\n\n" + listed("{day}\n{teaser}"),
    "questions": "Five answers on ports\n\n" + listed("Who pays for port number {n}?\n{sentences}"),
    "transcript": "Minutes of the hearing\n\n" + listed("{name}: {teaser}"),
    "transcript by lines": "Minutes of the hearing\n\n" + listed("THE CHAIRMAN\n{teaser}\n{name}\n{teaser}"),
    "sources": f"{ARTICLE}\n\nSources\n" + listed("Report {n} of the harbour board\nhttps://wire.example.net/{n}"),
    "boxes below": f"{ARTICLE}\n\n" + listed("{head}\n{teaser}\nRead more"),
    "cards below": f"{ARTICLE}\n\n" + listed("{head}\nBy {name}\n{day}"),
    "comments": f"{ARTICLE}\n\nComments\n" + listed("{name}\n{n} hours ago\n{teaser}"),
    "two": f"{ARTICLE}\n\nGrain deal ends\nBy Theo Varga\n9 September 2023\n\n{BODY}",
    "three stories": "Three to read\n\n" + listed("{head}\n{teaser}\n{day}")[:330],
    "pages": "Ports\n\n" + "\n".join(f"Page {at} of 9\n{TEASER}" for at in range(1, 10)),
}


@pytest.mark.parametrize("text", ONE_ARTICLE.values(), ids=ONE_ARTICLE.keys())
def test_what_may_be_one_article_is_read_as_one(text: str) -> None:
    assert read_plain(text, "a").text
