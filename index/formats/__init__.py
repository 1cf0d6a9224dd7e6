"""Readers: one file format each, from a file's bytes or text to articles; readers.py is the table of them.

One article a file           Several articles a file        Archives of all these
.txt             plain.py    .mbox             mbox.py      .zip            archive.py
.md .markdown    markdown.py .xml .rss .atom   feed.py      .tar.gz .tgz    archive.py
.html .htm       html.py     .jsonl            beir.py
.pdf             pdf.py      .csv .parquet     tables.py
.docx            docx.py
.odt             odt.py
.rtf             rtf.py
.epub            epub.py
.eml             mail.py

What they share: compose.py (blocks to an article), markup.py (HTML to blocks), typeset.py (lines of pages to
blocks), zipped.py (the parts of a document that is a zip). stories.py tells which text is no one article.
"""
