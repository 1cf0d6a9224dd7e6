"""Readers: one file format each, from a file's bytes or text to articles.

.txt            plain.py
.md .markdown   markdown.py
.html .htm      html.py
.jsonl          beir.py
"""
