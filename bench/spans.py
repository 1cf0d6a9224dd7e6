"""How often the words that are marked in a quote are the gold answer, by what the question asks for.

    python bench/spans.py

Each question of xquad-en is given the sentence that holds its gold answer, so that only the marking counts. Margins in
search/spans.py were chosen on the half of the questions named "chosen on"; the other half is the one to trust.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import defaultdict
from pathlib import Path

from bench.quality import DATA
from index.lexical import Lexical, LexicalRow, write_lexical
from index.sentences import sentence_spans
from search.cues import cue_of
from search.evaluate import read_judgements
from search.gold import token_f1
from search.spans import MARGIN, answer_span

FOLDER = DATA / "xquad-en"
RIGHT = 0.5  # token F1 with the gold answer


def main() -> None:
    """Print a Markdown table, a row for each kind of question and half."""
    texts = dict(map(_text, (FOLDER / "corpus.jsonl").open(encoding="utf-8")))
    judged = read_judgements(FOLDER / "qrels.tsv")
    found: defaultdict[tuple[str, str], list[float | None]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        write_lexical(Path(scratch), [LexicalRow(at, "", "", text, 0, "") for at, text in enumerate(texts.values())])
        lexical = Lexical(Path(scratch))
        for line in (FOLDER / "queries.jsonl").open(encoding="utf-8"):
            query = json.loads(line)
            cue = cue_of(query["text"])
            gold = query["metadata"]["answers"]
            sentence = _sentence(texts[next(iter(judged[query["_id"]]))], gold[0])
            if cue and cue.kind in MARGIN and sentence:
                span = answer_span(query["text"], sentence, lexical)
                half = "other" if int(hashlib.sha1(query["_id"].encode()).hexdigest(), 16) % 2 else "chosen on"
                f1 = max(token_f1(sentence[slice(*span)], each["text"]) for each in gold) if span else None
                found[cue.kind, half].append(f1)
    print("| asked for | half | questions | marked | right among the marked |")
    print("| --- | --- | ---: | ---: | ---: |")
    for (kind, half), scores in sorted(found.items()):
        marked = [score for score in scores if score is not None]
        right = sum(score >= RIGHT for score in marked) / len(marked)
        print(f"| {kind} | {half} | {len(scores)} | {len(marked)} | {right:.2f} |")


def _text(line: str) -> tuple[str, str]:
    values = json.loads(line)
    return values["_id"], values["text"]


def _sentence(text: str, answer: dict[str, object]) -> str:
    """Return the sentence that an answer begins in, or nothing where it begins in none."""
    place = answer["start"]
    spans = [text[start:end] for start, end in sentence_spans(text) if start <= place < end]
    return spans[0] if spans else ""


if __name__ == "__main__":
    main()
