"""Documents of one article: .docx, .odt, .rtf, .epub and .pdf, each written on the spot."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec

import pytest
from docx import Document
from pypdf import PdfReader, PdfWriter

from index.errors import InputError, MissingLibraryError
from index.formats import pdf, zipped
from index.formats.docx import read_docx
from index.formats.epub import read_epub
from index.formats.odt import read_odt
from index.formats.pdf import read_pdf
from index.formats.rtf import read_rtf
from index.records import Article

PROSE = "The two ministers met in the capital on Tuesday and spoke for about three hours behind closed doors."
MORE = "Neither of them would say afterwards what had been agreed, if indeed anything at all had been agreed."
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'


def headings(article: Article) -> list[str]:
    return [article.text[mark.start : mark.end] for mark in article.headings]


def packed(**parts: str | bytes) -> bytes:
    """Return a zip of parts, whose names are given with "__" for "/" and "_" for "."."""
    return zipped_parts({name.replace("__", "/").replace("_", "."): text for name, text in parts.items()})


def zipped_parts(parts: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def why(read: Callable[[bytes, str], Article], data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(data, "a")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    return str(caught.value)


# ---- Word ----------------------------------------------------------------------------------------------


def saved(document) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def word() -> bytes:
    document = Document()
    document.core_properties.author = "Ana Kovac"
    document.core_properties.language = "en-GB"
    document.add_heading("Grain deal signed", level=0)
    document.add_paragraph("By Theo Varga, 22 July 2022")
    document.add_paragraph(PROSE)
    document.add_heading("What Kyiv wants", level=1)
    document.add_paragraph(MORE, style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for row, texts in zip(table.rows, [("port", "tonnes"), ("Odesa", "20")], strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_heading("And wages", level=2)
    document.add_paragraph("Not a word.")
    return saved(document)


def test_a_word_document_has_title_author_text_and_sections() -> None:
    article = read_docx(word(), "a.docx")
    assert article.title == "Grain deal signed"
    assert (article.author, article.published, article.language) == ("Ana Kovac", "2022-07-22", "en-gb")
    assert article.text.split("\n\n") == [
        PROSE,
        "What Kyiv wants",
        MORE,
        "port | tonnes",
        "Odesa | 20",
        "And wages",
        "Not a word.",
    ]
    assert headings(article) == ["What Kyiv wants", "And wages"]
    assert [mark.level for mark in article.headings] == [1, 2]


def test_the_day_a_document_was_made_is_not_the_day_its_article_appeared() -> None:
    document = Document()  # python-docx says that it was made in 2013
    document.add_paragraph(PROSE)
    article = read_docx(saved(document), "a.docx")
    assert (article.published, article.author, article.source, article.url) == (None, None, None, None)


def test_a_heading_style_is_known_by_its_name_or_what_it_is_based_on() -> None:
    document = Document()
    document.add_paragraph(PROSE)
    own = document.styles.add_style("House head", 1)
    own.base_style = document.styles["Heading 2"]
    document.add_paragraph("Own style", style="House head")
    document.add_paragraph(MORE)
    parts = unzipped(saved(document))
    for name in ("word/document.xml", "word/styles.xml"):
        parts[name] = parts[name].replace(b'"Heading2"', b'"berschrift2"')
    article = read_docx(zipped_parts(parts), "a.docx")
    assert [(mark.level, text) for mark, text in zip(article.headings, headings(article), strict=True)] == [
        (2, "Own style")
    ]


WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"{}><w:body>{}</w:body></w:document>'
ALTERNATE = ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def word_of(body: str, **parts: str | bytes) -> bytes:
    return zipped_parts({"word/document.xml": WORD.format(ALTERNATE, body), **parts})


def test_a_document_reads_as_with_all_changes_accepted() -> None:
    body = (
        "<w:p><w:r><w:t xml:space='preserve'>They </w:t></w:r><w:del><w:r><w:delText>never </w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t xml:space='preserve'>soon </w:t></w:r></w:ins>"
        "<w:moveFrom><w:r><w:t>twice</w:t></w:r></w:moveFrom>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secretly</w:t></w:r><w:r><w:t>agreed</w:t><w:br/><w:t>to</w:t><w:tab/>"
        "<w:t>go.</w:t></w:r></w:p>"
    )
    assert read_docx(word_of(body), "a").text == "They soon agreed\nto go."


def test_text_boxes_are_read_once_and_footnotes_behind_their_paragraph() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent>"
    body = (
        f"<w:p><w:r><w:t>{PROSE}</w:t><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        f'</mc:AlternateContent><w:footnoteReference w:id="2"/></w:r></w:p><w:p><w:r><w:t>{MORE}</w:t></w:r></w:p>'
    )
    notes = (
        '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:footnote w:id="2">'
        "<w:p><w:r><w:t>As seen.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    article = read_docx(word_of(body, **{"word/footnotes.xml": notes}), "a")
    assert article.text.split("\n\n") == [PROSE, "In the box.", "As seen.", MORE]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "password"),
        (b"PK\x03\x04 not really", "is not .docx"),
        (b"some text", "is not .docx"),
        (packed(readme_txt="hello"), "it has no word/document.xml"),
        (packed(word__document_xml="<w:document"), "damaged"),
        (packed(word__document_xml="<a/>"), "no body"),
        (word_of("<w:p/>"), "no article text"),
        (word_of("<w:p>" * 3000 + "</w:p>" * 3000), "damaged"),
        (word_of(f"<w:p><w:r><w:t>{'x' * 11_000_000}</w:t></w:r></w:p>"), "damaged"),
        (word()[:-100], "is not .docx"),
    ],
    ids=["password", "bad zip", "text", "other zip", "bad xml", "other xml", "empty", "deep", "long word", "cut off"],
)
def test_a_word_document_that_is_no_article_says_why(data: bytes, says: str) -> None:
    assert says in why(read_docx, data)


def test_entities_are_not_expanded_and_files_not_opened() -> None:
    body = f"<w:p><w:r><w:t>{PROSE} &b;&f;</w:t></w:r></w:p>"
    article = read_docx(zipped_parts({"word/document.xml": LAUGHS + WORD.format("", body)}), "a")
    assert article.text == PROSE


def test_what_unpacks_without_end_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "MOST_PART_BYTES", 10_000)
    assert "unpacks to more" in why(read_docx, packed(word__document_xml=b"<a>" + b" " * 20_000 + b"</a>"))


# ---- OpenDocument --------------------------------------------------------------------------------------

SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{place}:1.0"'
    for name, place in {
        "office": "office",
        "text": "text",
        "table": "table",
        "style": "style",
        "draw": "drawing",
        "meta": "meta",
    }.items()
)


def odt(body: str, *, before: str = "", meta: str = "", **parts: str | bytes) -> bytes:
    content = (
        f"{before}<office:document-content {SPACES}><office:automatic-styles>"
        '<style:style style:name="P1" style:parent-style-name="Title"/></office:automatic-styles>'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    known = (
        f'<office:document-meta {SPACES} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>{meta}'
        "</office:meta></office:document-meta>"
    )
    return zipped_parts(
        {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content, "meta.xml": known, **parts}
    )


ODT = odt(
    f"<text:tracked-changes><text:p>Gone.</text:p></text:tracked-changes>"
    '<text:p text:style-name="P1">Grain deal</text:p>'
    f"<text:p>{PROSE}<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>As seen.</text:p>"
    "</text:note-body></text:note></text:p>"
    '<text:h text:outline-level="2">What Kyiv<text:s text:c="900000000"/>wants</text:h>'
    f"<text:list><text:list-item><text:p>{MORE}<office:annotation><text:p>Check!</text:p></office:annotation></text:p>"
    "</text:list-item></text:list><table:table><table:table-row><table:table-cell><text:p>port</text:p></table:table-cell>"
    "<table:table-cell><text:p>tonnes</text:p></table:table-cell></table:table-row></table:table>"
    "<text:p>One<text:line-break/>two <text:span>three<text:tab/></text:span>four.</text:p>",
    meta="<meta:initial-creator>Ana Kovac</meta:initial-creator><dc:date>2022-07-22</dc:date>"
    "<dc:language>en-GB</dc:language>",
)


def with_a_flipped_byte(data: bytes, behind: bytes) -> bytes:
    place = data.index(behind) + len(behind) + 50
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


def test_an_open_document_has_title_author_text_and_sections() -> None:
    article = read_odt(ODT, "a.odt")
    assert (article.title, article.author, article.language) == ("Grain deal", "Ana Kovac", "en-gb")
    assert article.published is None  # dc:date is when it was last saved
    assert article.text.split("\n\n") == [
        PROSE,
        "As seen.",
        "What Kyiv wants",
        MORE,
        "port | tonnes",
        "One\ntwo three four.",
    ]
    assert headings(article) == ["What Kyiv wants"]
    assert article.headings[0].level == 2


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (odt("", **{"META-INF/manifest.xml": "<manifest:encryption-data/>"}), "encrypted"),
        (odt("<text:p/>"), "no article text"),
        (with_a_flipped_byte(ODT, b"content.xml"), "damaged or locked"),
        (packed(content_xml="<a/>"), "not an OpenDocument text"),
        (packed(mimetype="x"), "it has no content.xml"),
        (b"%PDF-1.7", "is not .odt"),
    ],
    ids=["encrypted", "empty", "bad checksum", "other xml", "other zip", "pdf"],
)
def test_an_open_document_that_is_no_article_says_why(data: bytes, says: str) -> None:
    assert says in why(read_odt, data)


def test_entities_of_an_open_document_are_not_expanded() -> None:
    assert read_odt(odt(f"<text:p>{PROSE}&b;&f;</text:p>", before=LAUGHS), "a").text == PROSE


# ---- RTF -----------------------------------------------------------------------------------------------

RTF = (
    rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}}"
    rb"{\info{\title Grain deal}{\author Ana Kova\'e8}}"
    rb"{\stylesheet{\s1\outlinelevel0 heading 1;}}{\header Page head}"
    + b"\\pard "
    + PROSE.encode()
    + rb"\par\pard\s1\outlinelevel1 What Kyiv wants\par\pard Caf\'e9 \u8211? "
    + b"na\xefve "
    + rb"\u-10179?\u-8704? said \ldblquote yes\rdblquote.\par\trowd port\cell tonnes\cell\row"
    rb"{\pict\pngblip 89504e47}}"
)


def test_an_rtf_file_has_title_author_text_and_sections() -> None:
    article = read_rtf(RTF, "a.rtf")
    assert (article.title, article.author) == ("Grain deal", "Ana Kovaè")
    assert article.text.split("\n\n") == [
        PROSE,
        "What Kyiv wants",
        "Café – naïve 😀 said “yes”.",
        "port | tonnes",
    ]
    assert [(mark.level, text) for mark, text in zip(article.headings, headings(article), strict=True)] == [
        (2, "What Kyiv wants")
    ]


def test_an_rtf_file_without_properties_begins_with_its_headline() -> None:
    article = read_rtf(rb"{\rtf1\ansi Grain deal signed\par " + f"{PROSE}\\par {MORE}}}".encode(), "a.rtf")
    assert (article.title, article.text) == ("Grain deal signed", f"{PROSE}\n\n{MORE}")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"plain text", "is not RTF"),
        (rb"{\rtf1\ansi {\pict 8950}}", "no article text"),
        (rb"{\rtf1\ansi\ansicpg932 caf\'e9\'ff.}", "code page"),
        (rb"{\rtf1\ansi\uc text}", "damaged"),
    ],
)
def test_an_rtf_file_that_is_no_article_says_why(data: bytes, says: str) -> None:
    assert says in why(read_rtf, data)


def test_deep_and_long_rtf_is_read_in_no_time() -> None:
    assert read_rtf(rb"{\rtf1 " + b"{" * 50_000 + PROSE.encode(), "a").text == PROSE
    links = rb"{\field{\*\fldinst{HYPERLINK " * 20_000
    assert why(read_rtf, rb"{\rtf1 " + links)
    assert "font table" in why(read_rtf, rb"{\rtf1{\fonttbl" + rb"\f0\fcharset0" * 20_000)


def test_a_link_keeps_its_words_and_loses_its_address() -> None:
    link = rb'{\field{\*\fldinst{HYPERLINK "https://example.org"}}{\fldrslt{\ul the deal}}}'
    assert read_rtf(rb"{\rtf1 They signed " + link + b" on Friday.}", "a").text == "They signed the deal on Friday."


# ---- EPUB ----------------------------------------------------------------------------------------------

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>
<dc:title>A year of grain</dc:title><dc:creator>Ana Kovac</dc:creator><dc:creator>Theo Varga</dc:creator>
<dc:publisher>Meridian Press</dc:publisher><dc:date>2022-07-22T00:00:00Z</dc:date><dc:language>en-GB</dc:language>
<dc:identifier>https://example.org/grain</dc:identifier></metadata><manifest>
<item id="two" href="text/two.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="text/one%20a.xhtml" media-type="application/xhtml+xml"/>
<item id="notes" href="text/notes.xhtml" media-type="application/xhtml+xml"/>
<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="pic" href="a.png" media-type="image/png"/></manifest>
<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/><itemref idref="pic"/>
<itemref idref="notes" linear="no"/></spine></package>"""
BOOK: dict[str, str | bytes] = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "OEBPS/book.opf": PACKAGE,
    "OEBPS/nav.xhtml": "<html><body><p>Contents</p></body></html>",
    "OEBPS/text/one a.xhtml": '<?xml version="1.0"?><html><head><title/></head><body><h1>Sowing</h1>'
    f"<p>{PROSE}&nbsp;</p>"
    "<h2>In <i>spring</i></h2><p>Rain.<br/>Then more.</p></body></html>",
    "OEBPS/text/two.xhtml": f"<html><head><title>Reaping</title></head><body><p>{MORE}</p></body></html>",
    "OEBPS/text/notes.xhtml": "<html><body><p>A note aside.</p></body></html>",
}


def test_a_book_is_one_article_with_its_chapters_in_reading_order() -> None:
    article = read_epub(zipped_parts(BOOK), "a.epub")
    assert article.title == "A year of grain"
    assert (article.author, article.source) == ("Ana Kovac, Theo Varga", "Meridian Press")
    assert (article.published, article.language) == ("2022-07-22", "en-gb")
    assert article.url == "https://example.org/grain"
    assert article.text.split("\n\n") == ["Sowing", PROSE, "In spring", "Rain.\nThen more.", "Reaping", MORE]
    assert headings(article) == ["Sowing", "In spring", "Reaping"]


def locked(chapter: str) -> str:
    return f'<encryption><CipherReference xmlns="http://www.w3.org/2001/04/xmlenc#" URI="{chapter}"/></encryption>'


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"META-INF/encryption.xml": locked("OEBPS/text/one%20a.xhtml")}, "protected"),
        ({"META-INF/container.xml": "<container/>"}, "names no package"),
        ({"META-INF/container.xml": CONTAINER.replace("book", "gone")}, "it has no OEBPS/gone.opf"),
        ({"OEBPS/book.opf": PACKAGE.replace("itemref", "other")}, "lists no chapters"),
        ({"OEBPS/book.opf": PACKAGE.replace("two.xhtml", "three.xhtml")}, "it has no OEBPS/text/three.xhtml"),
        ({"OEBPS/text/two.xhtml": b"<p>caf\xe9</p>"}, "not in utf-8"),
        ({"OEBPS/text/one a.xhtml": "<p/>", "OEBPS/text/two.xhtml": "<h1>Only a head</h1>"}, "no article text"),
        ({"OEBPS/text/two.xhtml": f"<p>{PROSE}</p>" + "<div><p>" * 3000 + MORE}, "too deeply"),
    ],
    ids=["drm", "no root", "no package", "no spine", "no chapter", "encoding", "empty", "deep"],
)
def test_a_book_that_is_no_article_says_why(changed: dict[str, str | bytes], says: str) -> None:
    assert says in why(read_epub, zipped_parts({**BOOK, **changed}))


def test_locked_fonts_lock_no_book() -> None:
    assert read_epub(zipped_parts({**BOOK, "META-INF/encryption.xml": locked("OEBPS/a.otf")}), "a").title


def test_a_chapter_says_its_encoding() -> None:
    page = f'<?xml version="1.0" encoding="ISO-8859-2"?><p>{MORE} Kovač.</p>'.encode("iso-8859-2")
    assert "Kovač." in read_epub(zipped_parts({**BOOK, "OEBPS/text/two.xhtml": page}), "a").text


# ---- PDF -----------------------------------------------------------------------------------------------


def pdf_of(*pages: list[tuple[int, str]], title: str = "", author: str = "") -> bytes:
    """Return a PDF of pages of lines, each with the size of its type; an empty line leaves a gap."""
    objects = [b"<</Type/Catalog/Pages 2 0 R/Lang(en-GB)>>"]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects.append(f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode())
    objects.append(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
    for number, lines in enumerate(pages):
        shown, y = [], 780
        for size, text in lines:
            y -= int(size * 1.3)
            escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            shown.append(f"BT /F1 {size} Tf 1 0 0 1 50 {y} Tm ({escaped}) Tj ET")
        stream = "\n".join(shown).encode("cp1252")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {5 + 2 * number} 0 R>>".encode()
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    objects.append(f"<</Title({title})/Author({author})/CreationDate(D:20130102)>>".encode())
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size %d/Root 1 0 R/Info %d 0 R>>" % (len(objects) + 1, len(objects))
    return (
        body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer
        + b"\nstartxref\n%d\n%%%%EOF" % len(body)
    )  # fmt: skip


REPORT = pdf_of(
    [
        (9, "The Meridian Briefing - 3"),
        (24, "Harbour talks stall as"),
        (24, "winter nears"),
        (11, "By Ana Kovac, 15 September 2023"),
        (11, "The two delegations met in the capital on Tuesday and spoke for about three hours be-"),
        (11, "hind closed doors. The well-known harbour master was there and left again without say-"),
        (11, "ing a word."),
        (16, "What the islanders want"),
        (11, "They ask for a longer lease, a new breakwater and the right to sell their fish on the well-"),
    ],
    [
        (9, "The Meridian Briefing - 4"),
        (11, "known market of the mainland without paying the toll of the harbour a second time there."),
        (11, "7"),
    ],
    [
        (9, "The Meridian Briefing - 5"),
        (11, "The ministry declined to comment on any of this, as it has done all of the week."),
    ],
    title="Microsoft Word - talks_final.docx",
)


def test_a_pdf_has_title_author_date_paragraphs_and_sections() -> None:
    article = read_pdf(REPORT, "a.pdf")
    assert article.title == "Harbour talks stall as winter nears"
    assert (article.author, article.published, article.language) == ("Ana Kovac", "2023-09-15", "en-gb")
    assert article.text.split("\n\n") == [
        "The two delegations met in the capital on Tuesday and spoke for about three hours behind closed doors. "
        "The well-known harbour master was there and left again without saying a word.",
        "What the islanders want",
        "They ask for a longer lease, a new breakwater and the right to sell their fish on the well-known market of "
        "the mainland without paying the toll of the harbour a second time there. The ministry declined to comment on "
        "any of this, as it has done all of the week.",
    ]
    assert headings(article) == ["What the islanders want"]
    assert [block.text for block in article.dropped if block.rule == "running line"] == [
        "The Meridian Briefing - 3",
        "The Meridian Briefing - 4",
        "7",
        "The Meridian Briefing - 5",
    ]


def test_a_pdf_has_the_title_and_author_of_its_properties() -> None:
    article = read_pdf(pdf_of([(11, PROSE)], title="Grain deal", author="Ana Kovac"), "a.pdf")
    assert (article.title, article.author, article.published) == ("Grain deal", "Ana Kovac", None)
    assert article.text == PROSE


def encrypted(data: bytes, **passwords: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(**passwords, algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_a_pdf_that_only_printing_is_locked_of_is_read() -> None:
    assert read_pdf(encrypted(pdf_of([(11, PROSE)]), user_password="", owner_password="x"), "a").text == PROSE


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (encrypted(REPORT, user_password="secret"), "is encrypted: save a copy without a password"),
        (pdf_of([], []), "scan without text: run OCR"),
        (b"plain text", "is not a PDF"),
        (REPORT[:60], "damaged"),
        (b"%PDF-1.7\n" + b"<<" * 100_000, "damaged"),
        (b"%PDF-1.7\n%%EOF", "damaged"),
    ],
    ids=["encrypted", "scan", "text", "cut off", "deep", "nothing"],
)
def test_a_pdf_that_is_no_article_says_why(data: bytes, says: str) -> None:
    assert says in why(read_pdf, data)


@pytest.mark.skipif(find_spec("cryptography") is not None, reason="the extra encrypted-pdf is installed")
def test_a_pdf_locked_by_aes_names_the_extra_that_opens_it() -> None:
    # Writing AES needs the extra, too: the file is written with RC4, and its marks are changed.
    filters = b"/Filter /Standard /CF << /StdCF << /CFM /AESV2 /Length 16 >> >> /StmF /StdCF /StrF /StdCF"
    locked = encrypted(REPORT, user_password="", owner_password="x").replace(b"/Filter /Standard", filters)
    with pytest.raises(MissingLibraryError, match=re.escape("pip install 'briefings[encrypted-pdf]'")):
        read_pdf(locked.replace(b"/V 2", b"/V 4").replace(b"/R 3", b"/R 4"), "a")


def test_a_pdf_of_too_many_pages_is_not_read_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_PAGES", 2)
    assert "more than 2 pages" in why(read_pdf, REPORT)
