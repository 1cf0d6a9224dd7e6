"""What goes as page furniture, and what reads like furniture and must stay."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from index.articles import InputFile, read_file
from index.blocks import Block
from index.clean import Cleaned, clean
from index.passages import passages_of
from index.records import Article

ROOT = Path(__file__).resolve().parents[1]
PROSE = "The two ministers met in the capital on Tuesday and spoke for about three hours behind closed doors."
MORE = "Neither of them would say afterwards what had been agreed, if indeed anything at all had been agreed."


def cleaned(*texts: str | Block, title: str = "") -> Cleaned:
    return clean([text if isinstance(text, Block) else Block(text) for text in texts], title=title)


def kept(*texts: str | Block, title: str = "") -> list[str]:
    return [block.text for block in cleaned(*texts, title=title).kept]


def rules(*texts: str | Block, title: str = "") -> list[str]:
    return [block.rule for block in cleaned(*texts, title=title).dropped]


def article_in(path: Path) -> Article:
    with path.open("rb") as content:
        (article,) = read_file(InputFile(path, path.name), content)
    assert isinstance(article, Article)
    return article


@pytest.mark.parametrize(
    ("block", "rule"),
    [
        ("Share this article", "furniture"),
        ("Share on Facebook", "furniture"),
        ("Subscribe to our newsletter", "furniture"),
        ("Sign up for our weekly newsletter and never miss a story.", "furniture"),
        ("Advertisement", "furniture"),
        ("Read more: The road to Lachin", "furniture"),
        ("© 2023 The Harbour Wire. All rights reserved.", "furniture"),
        ("We use cookies to make this site work.", "furniture"),
        ("Follow the Harbour Wire on Facebook, Instagram and X.", "furniture"),
        ("Like this story? Share it with a friend!", "furniture"),
        ("SEE MORE: The road to Lachin", "furniture"),
        ("Updated at 1:23 p.m.", "furniture"),
        ("ana.kovac@harbourwire.example", "furniture"),
        ("12 comments", "furniture"),
        ("Facebook\nTwitter\nWhatsApp\nEmail\nPrint", "furniture"),
        ("Facebook | X | Copy link", "furniture"),
        ("Click to share on Twitter (Opens in new window)", "furniture"),
        ("The day's top stories, every morning in your inbox", "furniture"),
        ("By signing up, you agree to our terms and to hear from us.", "furniture"),
        ("About the author\nAna Kovac is a reporter in Odesa.", "furniture"),
        ("Contact us | About us | Careers", "furniture"),
        ("4 min read", "furniture"),
        (
            "We and our partners store and access information on your device, such as cookies, and process personal"
            " data for ads that suit you. With your permission we may use precise location data. You may consent"
            " or change your preferences at any time, which will not affect how the site works for you afterwards.",
            "furniture",
        ),
        ("If you buy something through our links, we may earn a commission.", "furniture"),
        ("We publish many letters to the editor. Write to us at letters@harbourwire.example.", "furniture"),
        ("(Reporting by Ana Kovac; editing by Theo Varga)", "byline"),
        ("Harbour Wire writers Ana B. Kovac and Theo Varga contributed to this report.", "byline"),
        ("The first stage of the rocket, on its way to the pad. (credit: NASA/Ana Kovac)", "caption"),
        ("A farmer inspects her wheat near the border last week. (AP Photo/Ana Kovac)", "caption"),
        ("Residents carry furniture out of a flooded house. [Theo Varga/AP Photo]", "caption"),
        ("Residents carry furniture out of a flooded house (Ana Kovac/Reuters)", "caption"),
        ("Workers load maize into the ship at Odesa. Photograph: Ana Kovac/Reuters", "caption"),
        ("Workers load maize into the ship at Odesa. | Photo Credit: AP", "caption"),
        ("Workers load maize into the ship at Odesa. REUTERS/Ana Kovac/File Photo", "caption"),
        ("Image caption, Workers load maize into the ship at Odesa", "caption"),
        ("Image source, Ana Kovac", "caption"),
        ("Don’t miss\nA telescope opens its golden eye\nThe return of the swift", "teasers"),
        ("Reuters", "credit"),
        ("REUTERS/Leonardo Fernandez Viloria", "credit"),
        ("Win McNamee/Pool via REUTERS", "credit"),
        ("SOPA Images via Reuters", "credit"),
        ("IMAGO/Westlight", "credit"),
        ("Getty Images", "credit"),
        ("AP Photo/Evan Vucci", "credit"),
        ("Kyodo via Reuters Connect", "credit"),
        ("(Photo by Joan Cros/NurPhoto via Reuters)", "credit"),
        ("Photo by Levent Issik via Harbour Images", "credit"),
        ("Photo: Jane Doe", "credit"),
        ("Photograph: Ana Lopez/Reuters", "credit"),
        ("Image credit: NASA", "credit"),
        ("Credit: AFP", "credit"),
        ("The quay at Odesa, seen from the sea\nREUTERS/Ana Lopez", "caption"),
        ("The quay at Odesa, seen from the sea\nThe quay at Odesa, seen from the sea", "caption"),
    ],
)
def test_a_block_between_paragraphs_goes_by_its_rule(block: str, rule: str) -> None:
    assert kept(PROSE, block, MORE) == [PROSE, MORE]
    assert rules(PROSE, block, MORE) == [rule]


@pytest.mark.parametrize(
    "block",
    [
        "Share this article\nFacebook\nTwitter\nWhatsApp",
        "Home\nWorld\nBusiness\nSubscribe to our newsletter",
        "Subscribe to our newsletter\nThe world in ten minutes, every Thursday.",
    ],
)
def test_a_box_whose_first_line_says_what_it_is_goes_with_all_its_lines(block: str) -> None:
    assert kept(PROSE, block, MORE) == [PROSE, MORE]


@pytest.mark.parametrize(
    "sentence",
    [
        "More from the ministry came on Tuesday, when its spokesman named the three ports.",
        "More on that was promised for the next day.",
        "Share prices fell by 3% in Frankfurt on Monday after the vote.",
        "Shares in the chipmaker rose by a tenth on Friday morning.",
        "The talks failed, two officials told Reuters on condition that they were not named.",
        "Reuters could not verify the claim.",
        "He worked for the BBC for ten years.",
        "Related talks on gas broke off a week later without a date for the next round.",
        "Video showed the bridge collapsing into the river.",
        "Photographs of the meeting were published by state media the next morning.",
        "Subscribers to the service were told to change their passwords.",
        "Most popular of all was the promise to cut the price of bread.",
        "Latest figures put inflation at 9%.",
        "Copyrighted films were seized, the police said in 2023.",
        "By nightfall 40,000 people had crossed the bridge.",
        "Trending downwards since May, the lira fell again.",
        "Follow the money on that road and it leads to the port.",
        "Reporting by the regulator showed losses in three of four quarters.",
        "The ministry contributed two ships to the convoy.",
        "Anyone who saw the lorry is asked to write to the police at tips@harbour.example before Monday.",
        "Home is where the harvest is, the farmers say.",
        "Comments by the minister moved the price of bread.",
        "On 12 May 2023 the parliament voted by 120 to 98 to lift his immunity.",
        "Facebook said on Monday that it would pay the fine.",
        "Cookies and other trackers are to be banned next year, the commission said on Monday.",
        "“We use cookies and you may accept them,” the notice in question read, and the court found that unfair.",
        "The minister shared the link on X and LinkedIn before he deleted it.",
        "The ship (Ana Kovac/Reuters had seen it) left at dawn.",
        "The ship left for the strait at dawn (as AP/Reuters reported).",
        "About the authors of the attack nothing is known yet.",
        "Contact between the two sides broke off at dawn.",
        "Yes.",
    ],
)
def test_a_sentence_of_the_article_stays(sentence: str) -> None:
    assert kept(sentence, PROSE, sentence + " ", MORE)[0] == sentence
    assert sentence in kept(PROSE, MORE, sentence)


def test_everything_behind_more_from_goes() -> None:
    teaser = "A telescope opens its golden eye\nThe first pictures from deep space show very old galaxies."
    result = cleaned(PROSE, "More from GZERO Media", teaser, MORE)
    assert [block.text for block in result.kept] == [PROSE]
    assert [block.rule for block in result.dropped] == ["teasers"] * 3


@pytest.mark.parametrize("line", ["Related stories", "Read next", "You may also like", "Most read", "Editors' picks"])
def test_other_lines_above_teasers_end_the_article_too(line: str) -> None:
    assert kept(PROSE, line, MORE) == [PROSE]


def test_teasers_under_a_heading_end_at_the_next_heading_of_its_rank() -> None:
    blocks = [PROSE, Block("Related stories", 2), MORE, Block("Deeper", 3), MORE, Block("Why it matters", 2), MORE]
    assert kept(*blocks) == [PROSE, "Why it matters", MORE]


def test_a_box_of_teasers_inside_the_article_ends_where_the_article_goes_on() -> None:
    box = ["Don’t miss", "A telescope opens its golden eye", "The return of the swift"]
    rest = [f"{MORE} ({number}.)" for number in range(3)]
    assert kept(PROSE, *box, *rest) == [PROSE, *rest]


@pytest.mark.parametrize(
    "box",
    [
        ("Related", "The road to Lachin\nWhat the truce means"),
        ("Read next", "The road to Lachin", "What the truce means"),
        ("Related", "1", "The road to Lachin"),
    ],
)
def test_one_paragraph_behind_a_box_of_headlines_alone_is_the_articles(box: tuple[str, ...]) -> None:
    assert kept(PROSE, *box, MORE) == [PROSE, MORE]
    assert kept(PROSE, *box, MORE, "Sign up", "Share this", PROSE + " So be it.", "Most read", "A telescope") == [
        PROSE, MORE, PROSE + " So be it.",
    ]  # fmt: skip


def test_what_stands_behind_one_headline_is_its_own_unless_more_follows() -> None:
    assert kept(PROSE, "Related", "The road to Lachin", MORE) == [PROSE]
    assert kept(PROSE, "Related", "The road to Lachin", MORE, PROSE + " Or so.") == [PROSE, MORE, PROSE + " Or so."]


def test_a_line_about_an_author_whom_only_the_byline_names_goes() -> None:
    about = "Theo Varga is the Black Sea correspondent of The Harbour Wire."
    assert kept("By Ana Kovac and Theo Varga", PROSE, MORE, about) == [PROSE, MORE]
    assert kept(PROSE, MORE, about) == [PROSE, MORE, about]


def test_headlines_with_a_sentence_each_below_them_are_teasers_to_the_end() -> None:
    box = [line for number in range(5) for line in (f"The swift returns, part {number}", f"{MORE} ({number}.)")]
    assert kept(PROSE, "More from us", *box) == [PROSE]


def test_a_line_that_is_all_link_goes_where_it_names_a_story() -> None:
    story, quote = "The bakers who feed a besieged town", "“We bake and we bake and we bake”"
    assert kept(PROSE, Block(story, linked=1.0), MORE) == [PROSE, MORE]
    assert kept(PROSE, Block(story, linked=0.4), MORE) == [PROSE, story, MORE]
    assert kept(PROSE, Block(quote, linked=1.0), MORE) == [PROSE, quote, MORE]


def test_rows_of_a_table_are_no_captions_and_may_come_back() -> None:
    rows = [Block("Port | AP", row=True), Block("Odesa | 41", row=True)]
    assert kept(PROSE, *rows, MORE, *rows) == [PROSE, "Port | AP", "Odesa | 41", MORE, "Port | AP", "Odesa | 41"]


def test_a_line_about_the_author_goes_from_the_end_and_no_line_about_others() -> None:
    about = "Ana Kovac is a reporter in Ankara who covers grain."
    blocks = [Block(PROSE), Block(about)]
    assert [block.text for block in clean(blocks, author="Ana Kovac").kept] == [PROSE]
    assert [block.text for block in clean(blocks, author="Theo Varga").kept] == [PROSE, about]
    assert [block.text for block in clean(blocks).kept] == [PROSE, about]


@pytest.mark.parametrize("line", ["Ana Kovac", "ANA KOVAC", "Ana Kovac, Europe editor", "Ana Kovac | Ankara"])
def test_the_known_authors_name_at_the_top_is_a_byline(line: str) -> None:
    result = clean([Block(line), Block(PROSE)], author="Ana Kovac")
    assert [block.text for block in result.kept] == [PROSE]


def test_a_heading_that_is_a_byline_with_a_day_names_both() -> None:
    result = cleaned(Block("by Ana Kovac Monday, November 18, 2019", 3), PROSE)
    assert (result.author, result.published) == ("Ana Kovac", "2019-11-18")


def test_a_teaser_line_above_the_first_paragraph_ends_nothing() -> None:
    assert PROSE in kept("Most read", PROSE)


def test_a_caption_is_known_by_the_same_line_above_its_credit() -> None:
    line = "North Macedonia heads to the polls on Wednesday in a vote overshadowed by one big issue."
    assert kept(PROSE, line, f"{line}\nREUTERS", MORE) == [PROSE, MORE]


def test_the_headline_repeated_goes_whatever_its_quotes() -> None:
    assert kept("Kim’s “long” train", PROSE, title='Kim\'s "long" train') == [PROSE]
    assert rules("Kim’s “long” train", PROSE, title='Kim\'s "long" train') == ["headline"]


def test_a_heading_that_repeats_the_headline_goes_and_others_stay() -> None:
    blocks = [Block("Grain deal", 1), PROSE, Block("Reuters", 2), MORE]
    assert kept(*blocks, title="Grain deal") == [PROSE, "Reuters", MORE]


def test_a_byline_at_the_top_names_the_author() -> None:
    result = cleaned("By Ana Kovac", PROSE)
    assert (result.author, [block.rule for block in result.dropped]) == ("Ana Kovac", ["byline"])


@pytest.mark.parametrize("line", ["23 July 2022", "Published: July 23, 2022", "Updated on 23 July 2022", "2022-07-23"])
def test_a_date_alone_at_the_top_dates_the_article(line: str) -> None:
    result = cleaned(line, PROSE)
    assert (result.published, [block.rule for block in result.dropped]) == ("2022-07-23", ["date"])


def test_byline_date_and_reading_time_in_one_block_are_read_line_by_line() -> None:
    result = cleaned("By Theo Varga\n23 July 2022\n4 min read", PROSE)
    assert (result.author, result.published) == ("Theo Varga", "2022-07-23")
    assert [block.text for block in result.kept] == [PROSE]


HEADERS = [
    ["By Theo Varga", "23 July 2022", "Lantern Review"],
    ["By Theo Varga\n23 July 2022\nLantern Review"],
    ["By Theo Varga\nLantern Review, 23 July 2022"],
    ["By Theo Varga, Saturday 23 July 2022\nLantern Review"],
    ["Lantern Review\nBy THEO VARGA | 23 July 2022"],
]


@pytest.mark.parametrize("header", HEADERS, ids=" / ".join)
def test_author_date_and_outlet_above_the_text_are_read_in_any_layout(header: list[str]) -> None:
    result = cleaned(*header, PROSE)
    assert [block.text for block in result.kept] == [PROSE]
    assert (str(result.author).title(), result.published) == ("Theo Varga", "2022-07-23")


def test_an_outlet_above_its_date_is_no_text() -> None:
    result = cleaned("The Harbour Wire\n3 November 2022", PROSE)
    assert ([block.text for block in result.kept], result.published) == ([PROSE], "2022-11-03")


@pytest.mark.parametrize("line", ["Kyiv", "The Harbour Wire", "Asia and the Pacific"])
def test_a_short_line_at_the_top_that_stands_beside_no_byline_or_date_stays(line: str) -> None:
    assert kept(line, PROSE) == [line, PROSE]


@pytest.mark.parametrize(
    ("name", "source", "published"),
    [
        ("baku-yerevan-prisoner-swap.txt", "Northern Desk", "2023-12-14"),
        ("egypt-pound-float.txt", "Lantern Review", "2024-03-07"),
        ("ethiopia-tigray-peace-deal.txt", "The Harbour Wire", "2022-11-03"),
        ("france-leaves-niger.txt", "Continental Dispatch", "2023-09-25"),
        ("quake-antakya-anger.txt", "Crossroads Daily", "2023-02-08"),
    ],
)
def test_the_plain_text_samples_know_outlet_and_day_and_begin_with_their_story(
    name: str, source: str, published: str
) -> None:
    article = article_in(ROOT / "examples" / "briefings" / name)
    assert (article.source, article.published) == (source, published)
    assert len(article.text.split("\n\n")[0].split()) > 20


def test_a_date_further_down_is_left_alone() -> None:
    body = [f"{PROSE} ({number})" for number in range(8)]
    assert "23 July 2022" in kept(*body, "23 July 2022")


def test_who_speaks_by_turns_is_no_caption() -> None:
    talk = "THE CHAIRMAN\nThe witness may go on.\nMR KOVAC\nI never saw that letter.\nTHE CHAIRMAN\nThank you."
    assert cleaned(PROSE, talk, MORE).dropped == ()


def test_a_paragraph_printed_twice_stays_once() -> None:
    assert kept(PROSE, MORE, PROSE) == [PROSE, MORE]
    assert rules(PROSE, MORE, PROSE) == ["repeated"]


def test_a_short_line_may_come_back() -> None:
    assert kept("“No.”", PROSE, "“No.”", MORE) == ["“No.”", PROSE, "“No.”", MORE]


def test_blocks_are_kept_or_dropped_whole_and_none_is_lost() -> None:
    texts = [PROSE, "Reuters", "Share this article", MORE, "More from us", "A teaser", "Another"]
    result = cleaned(*texts)
    assert sorted([b.text for b in result.kept] + [d.text for d in result.dropped]) == sorted(texts)


def test_nothing_in_gives_nothing_out() -> None:
    assert cleaned() == Cleaned((), ())


def test_the_messy_sample_page_keeps_its_story_and_loses_captions_credits_and_teasers() -> None:
    text = article_in(ROOT / "examples" / "briefings" / "black-sea-grain-deal.txt").text
    for furniture in [
        "Silos on the quayside",
        "MERIDIAN PICTURES",
        "at the Dolmabahce palace",
        "Photo by Levent Issik",
        "A farmer inspects",
        "COASTAL PRESS",
        "More from Meridian Briefing",
        "Britain swelters",
        "A telescope opens",
        "Wickremesinghe",
        "A Dane in yellow",
        "bronze cockerel",
        "The return of the swift",
        "OLDGATE AGENCY",
    ]:
        assert furniture not in text
    for own in ["For about eighteen hours it looked simple.", "How it will work:", 'and then they bombed the quay."']:
        assert own in text


def test_the_seed_page_keeps_its_story_and_loses_everything_else(shared: Path) -> None:
    article = article_in(shared / "seed" / "kim-putin.txt")
    assert article.title == "Kim Jong Un meets Vladimir Putin"
    assert article.text.startswith("Infamous North Korean recluse Kim Jong Un")
    assert article.text.endswith("even if those options aren’t great.")
    others = "Reuters REUTERS IMAGO GZERO Maduro Trump Macedonia Kishida Humane NVIDIA"
    assert not [other for other in others.split() if other in article.text]
    assert "Russian President Vladimir Putin and North Korea's leader" not in article.text


def test_the_seed_page_is_five_passages_in_four_sections(shared: Path) -> None:
    passages = passages_of(article_in(shared / "seed" / "kim-putin.txt"))
    assert [(passage.section.kind, passage.section.heading) for passage in passages] == [
        ("lead", ""),
        ("question", "What do the two autocratic leaders want from one another?"),
        ("question", "What do the two autocratic leaders want from one another?"),
        ("question", "What does Pyongyang want in return?"),
        ("run-in", "Two rogues sending a message"),
    ]
    assert "grain and cheap oil from Moscow" in passages[3].text


def test_a_long_file_of_many_paragraphs_is_cleaned_quickly() -> None:
    begun = time.monotonic()
    whole = clean([Block(f"The ministers spoke for about three hours in room {n}.") for n in range(30_000)])
    assert time.monotonic() - begun < 10
    assert len(whole.kept) == 30_000
