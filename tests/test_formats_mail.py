"""Letters, newsletters and mailboxes: what their headers say, which part is read, what is set aside."""

from __future__ import annotations

import io
import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest

from index.errors import InputError
from index.formats import mbox
from index.formats.mail import read_mail
from index.formats.mbox import read_mbox
from index.records import Article

PROSE = "The two ministers met in the capital on Tuesday and spoke for about three hours behind closed doors."
MORE = "Neither of them would say afterwards what had been agreed, if indeed anything at all had been agreed."
PAGE = f"""<html lang="en"><head><title>Mail</title></head><body><table><tr><td><p>{PROSE}</p><p>{MORE}</p>
<h2>What Kyiv wants</h2><p>{MORE} It has said so before, more than once.</p></td></tr></table></body></html>"""


def letter(text: str = f"{PROSE}\n\n{MORE}\n", page: str = "", **headers: str) -> EmailMessage:
    message = EmailMessage()
    known = {
        "From": '"Ana Kovač" <ana@example.org>',
        "Subject": "Grain deal – signed",
        "Date": "Fri, 22 Jul 2022 23:30:00 -0500",
        "Message-ID": "<grain.1@example.org>",
    }
    for name, value in {**known, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
        if value:
            message[name] = value
    if text:
        message.set_content(text)
    if page and text:
        message.add_alternative(page, subtype="html")
    elif page:
        message.set_content(page, subtype="html")
    return message


def read(message: EmailMessage) -> Article:
    return read_mail(bytes(message), "a.eml")


def why(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read_mail(data, "a.eml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_letter_has_title_author_date_and_text() -> None:
    message = letter(Archived_At="<https://example.org/1>")
    message["Content-Language"] = "en-GB"
    article = read(message)
    assert article == Article(
        "a.eml",
        "Grain deal – signed",
        f"{PROSE}\n\n{MORE}",
        published="2022-07-22",  # by the writer's clock
        author="Ana Kovač",
        url="https://example.org/1",
        language="en-gb",
    )


def test_a_newsletter_is_from_its_outlet() -> None:
    article = read(letter(From="Meridian Briefing <news@example.org>", List_Unsubscribe="<https://example.org/u>"))
    assert (article.source, article.author) == ("Meridian Briefing", None)


def test_an_address_alone_is_better_than_no_name() -> None:
    assert read(letter(From="ana@example.org")).author == "ana@example.org"


def test_what_the_headers_do_not_say_stays_unknown() -> None:
    article = read(letter(From="", Date="", Message_ID=""))
    assert (article.author, article.published, article.source, article.url) == (None, None, None, None)


def test_the_page_of_a_letter_is_read_rather_than_its_plain_text() -> None:
    article = read(letter(f"{PROSE}\n\n{MORE}", PAGE))
    assert "What Kyiv wants" in [article.text[mark.start : mark.end] for mark in article.headings]
    assert PROSE in article.text


def test_a_page_of_which_little_is_found_gives_way_to_the_plain_text() -> None:
    page = f"<html><body><p>{PROSE}</p></body></html>"
    long = "\n\n".join(f"{number}. {MORE}" for number in range(10))
    assert read(letter(long, page)).text == long


def test_a_page_that_is_no_article_is_read_whole() -> None:
    article = read(letter("", "<div>Dear all,<br>the port <b>opens</b> on Monday.</div><div>Ana</div>"))
    assert article.text.split("\n\n") == ["Dear all,\nthe port opens on Monday.", "Ana"]


def test_attachments_are_not_read_but_told() -> None:
    message = letter()
    message.add_attachment(b"secret words", maintype="text", subtype="plain", filename="höhe.txt")
    message.add_attachment(letter("Forwarded words", Subject="Inner"))
    article = read(message)
    assert article.text == f"{PROSE}\n\n{MORE}"
    assert [block.text for block in article.dropped if block.rule == "attachment"] == ["höhe.txt", "a letter"]


def test_quoted_lines_are_left_as_they_are() -> None:
    assert "> She wrote this." in read(letter("He answered:\n\n> She wrote this.\n")).text


def test_a_subject_written_as_bytes_or_in_pieces_is_decoded() -> None:
    body = f"\n\n{PROSE}\n".encode()
    pieces = b"Subject: =?utf-8?q?Grain_deal_?=\n =?iso-8859-1?q?f=FCr_alle?= and more"
    assert read_mail(pieces + body, "a").title == "Grain deal für alle and more"
    assert read_mail("Subject: für alle".encode() + body, "a").title == "für alle"
    assert read_mail(b"Subject: =?utf-8?b?!!!?= =?x-none?q?a?=" + body, "a").text == PROSE


HEAD = b"Subject: Grain\nMIME-Version: 1.0\n"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"just some text\n\nand more", "is not a letter"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not a letter"),
        (HEAD + b"\n", "no article text"),
        (HEAD + b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=", "no article text"),
        (HEAD + b"Content-Type: multipart/encrypted; boundary=x\n\n--x\n\nabc\n--x--", "is encrypted"),
        (HEAD + b"Content-Type: application/pkcs7-mime\n\nabc", "is encrypted"),
        (HEAD + b"Content-Type: text/plain; charset=utf-8\n\ncaf\xe9 au lait", "utf-8, which it is not"),
        (HEAD + b"Content-Type: text/plain; charset=klingon\n\nqapla", "klingon, which it is not"),
    ],
    ids=["text", "picture", "empty", "only a picture", "pgp", "smime", "wrong charset", "no such charset"],
)
def test_a_letter_that_is_no_article_says_why(data: bytes, says: str) -> None:
    assert says in why(data)


def test_bytes_called_latin_are_read_as_mail_programs_read_them() -> None:
    head = HEAD + b"Content-Type: text/plain; charset=iso-8859-1\n\n"
    assert read_mail(head + b"\x93caf\xe9\x94 " + PROSE.encode(), "a").text.startswith("“café”")


def test_parts_in_parts_in_parts_are_no_crash() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000))
    assert why(HEAD + nested)


def test_a_header_without_end_is_read_in_no_time() -> None:
    assert read_mail(b"Subject: " + b"(=?utf-8?q?a?= " * 500_000 + f"\n\n{PROSE}".encode(), "a").text == PROSE


# ---- mailboxes -----------------------------------------------------------------------------------------


def entries(data: bytes) -> list[tuple[str, Article | InputError]]:
    return list(read_mbox(io.BytesIO(data), "news.mbox"))


def test_each_letter_of_a_mailbox_is_an_article(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "news.mbox")
    box.add(letter())
    box.add(
        letter(f"{MORE}\n\nFrom here on it rained.\n\nFrom ana at 12:30 we heard.\n", Message_ID="", Subject="Rain")
    )
    box.add(letter("", Message_ID="<3@example.org>"))
    box.add(bytes(letter()).replace(b"<grain.1@", b"<a b%@"))
    box.flush()
    (_, first), (_, second), (place, bad), (_, last) = entries((tmp_path / "news.mbox").read_bytes())
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert isinstance(last, Article)
    assert (first.article_id, first.title) == ("grain.1@example.org", "Grain deal – signed")
    assert (second.article_id, second.title) == ("news.mbox#2", "Rain")
    assert second.text == f"{MORE}\n\nFrom here on it rained.\n\nFrom ana at 12:30 we heard."
    assert (place, "no article text" in str(bad)) == (" message 3", True)
    assert last.article_id == "a%20b%25@example.org"


def test_a_file_that_is_no_mailbox_says_so() -> None:
    with pytest.raises(InputError, match="is not a mailbox"):
        entries(b"Subject: a letter\n\nand its text")


def test_a_letter_that_is_too_large_is_passed_over_without_being_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "MOST_LETTER_BYTES", 1000)
    envelope = b"From ana@example.org Fri Jul 22 12:00:00 2022\n"
    large = bytes(letter("word " * 1000))
    (_, bad), (_, good) = entries(envelope + large + b"\n" + envelope + bytes(letter()))
    assert "is larger than" in str(bad)
    assert isinstance(good, Article)
