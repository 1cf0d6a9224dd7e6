"""The reader, on a small BERT that learns here in seconds to find names and numbers, and to say that there is none."""

from __future__ import annotations

import json
import pickle
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.build import build
from index.errors import ModelError
from index.models import DEFAULT_MODEL
from search import reader as module
from search.cli import main
from search.reader import Reader, Span, best_pair
from search.searcher import Searcher

NAMES = ["kim", "putin", "lavrov", "merkel", "biden", "macron", "scholz", "modi"]
NUMBERS = ["two", "three", "five", "seven", "nine", "twelve", "twenty", "forty"]
FILLERS = [
    "the",
    "grain",
    "shells",
    "left",
    "port",
    "on",
    "a",
    "train",
    "from",
    "oil",
    "deal",
    "after",
    "talks",
    ",",
    ".",
]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "who", "how", "many", "?", *FILLERS, *NAMES, *NUMBERS, "poison"]
WINDOW = 48
QUESTIONS = {"who ?": NAMES, "how many ?": NUMBERS}


def pieces() -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        model_max_length=WINDOW,
    )


def story(chance: random.Random, length: int, *kinds: list[str]) -> list[str]:
    """Write fillers with one word of each kind somewhere among them."""
    words = chance.choices(FILLERS, k=length)
    for place, kind in zip(chance.sample(range(length), len(kinds)), kinds, strict=True):
        words[place] = chance.choice(kind)
    return words


def examples(chance: random.Random, count: int) -> tuple[list[str], list[list[str]], list[int]]:
    """Return questions, texts as words, and the place of the answer's word, or -1 where there is none."""
    asked, texts, answers = [], [], []
    for _ in range(count):
        question = chance.choice(list(QUESTIONS))
        words = story(chance, chance.randint(3, 38), *chance.sample([NAMES, NUMBERS], chance.randint(0, 2)))
        asked.append(question)
        texts.append(words)
        answers.append(next((at for at, word in enumerate(words) if word in QUESTIONS[question]), -1))
    return asked, texts, answers


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: with two, so small a model is ten times slower while other work has the cores."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a BERT of 2 layers and 32 numbers, and save it as transformers does."""
    import torch
    from transformers import BertConfig, BertForQuestionAnswering

    torch.manual_seed(3)
    chance = random.Random(3)
    tokenizer = pieces()
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=WINDOW,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.2,
    )
    network = BertForQuestionAnswering(config).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for _ in range(200):
        asked, texts, answers = examples(chance, 48)
        read = tokenizer(asked, [" ".join(words) for words in texts], padding=True, return_tensors="pt")
        # The text's first token stands after [CLS], the question and [SEP].
        places = [0 if at < 0 else at + len(q.split()) + 2 for q, at in zip(asked, answers, strict=True)]
        wanted = torch.tensor(places)
        loss = network(**read, start_positions=wanted, end_positions=wanted).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    saved = tmp_path_factory.mktemp("reader") / "model"
    network.eval().save_pretrained(saved)
    tokenizer.save_pretrained(saved)
    return saved


@pytest.fixture(scope="module")
def reader(folder: Path) -> Reader:
    return Reader.open(str(folder))


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(ModelError) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    return message


@pytest.fixture(scope="module")
def briefings(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    place = tmp_path_factory.mktemp("read")
    (place / "port.txt").write_text(
        "The grain left the port. Seven shells left on a train. A deal on oil after talks.\n"
    )
    build(place / "index", [place / "port.txt"])
    with Searcher.open(place / "index", reader=str(folder)) as searcher:
        yield searcher


def test_an_answer_quotes_the_sentence_that_the_reader_finds_and_marks_its_words(briefings: Searcher) -> None:
    answer = briefings.ask("how many ?", least_confidence=0.0)
    best = min(answer.citations, key=lambda citation: citation.rank)
    assert best.quote == "Seven shells left on a train."
    assert best.span
    assert best.hit.passage.article.text[slice(*best.span)] == "Seven"


def test_each_answer_of_a_batch_names_the_reader(
    folder: Path, sample_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = tmp_path / "asked.jsonl"
    asked.write_text('{"_id": "1", "text": "who fled Karabakh?"}\n', encoding="utf-8")
    with pytest.raises(SystemExit, match="0"):
        main(["ask", "--queries", str(asked), "--json", "--reader", str(folder), "--index", str(sample_index)])
    assert json.loads(capsys.readouterr().out)["optional_models"] == {"reader": str(folder)}


def test_an_answer_is_refused_where_the_reader_finds_no_words(briefings: Searcher) -> None:
    question = "who left the port on a train after talks ?"
    refused = briefings.ask(question)
    assert not refused.answered
    assert "reader" in refused.reason
    briefings.reader, reader = None, briefings.reader
    assert briefings.ask(question).confidence > refused.confidence
    briefings.reader = reader


def answers(reader: Reader, question: str, *texts: str) -> list[str | None]:
    spans = reader.spans(question, texts)
    return [text[span.start : span.end] if span else None for text, span in zip(texts, spans, strict=True)]


def test_it_reads_who_and_how_many_in_texts_it_has_not_seen(reader: Reader) -> None:
    texts = ("Kim left the port on a train, after talks.", "After talks on oil, Putin left five shells.")
    assert answers(reader, "Who?", *texts) == ["Kim", "Putin"]
    assert answers(reader, "How many?", texts[1]) == ["five"]


def test_it_is_right_on_nearly_all_of_many_held_out_texts(reader: Reader) -> None:
    asked, texts, places = examples(random.Random(99), 200)
    right = 0
    for question, words, at in zip(asked, texts, places, strict=True):
        text = " ".join(words)
        (span,) = reader.spans(question, [text])
        assert span is not None
        said = text[span.start : span.end] if span.score > 0 else None
        right += said == (words[at] if at >= 0 else None)
    assert right >= 190


def test_a_text_without_an_answer_scores_below_zero_and_one_with_it_above(reader: Reader) -> None:
    without, with_it = reader.spans("how many ?", ["the grain left the port", "the grain left on seven train"])
    assert without is not None and without.score < 0
    assert with_it is not None and with_it.score > 0


@pytest.mark.parametrize("place", [0, 30, 39, 45, 150, 299])
def test_an_answer_anywhere_in_a_long_text_is_found(reader: Reader, place: int) -> None:
    words = random.Random(place).choices(FILLERS, k=300)
    assert reader.spans("who ?", [" ".join(words)])[0].score < 0  # type: ignore[union-attr]
    words[place] = "Lavrov"
    text = " ".join(words)
    (span,) = reader.spans("who ?", [text])
    assert span is not None and span.score > 0
    assert (span.start, span.end) == (text.index("Lavrov"), text.index("Lavrov") + 6)


def test_texts_of_many_lengths_are_read_alike_alone_and_together(reader: Reader) -> None:
    chance = random.Random(5)
    texts = [" ".join(story(chance, length, NAMES, NUMBERS)) for length in (3, 200, 17, 40, 90, 5) * 7]
    together = reader.spans("who ?", texts)
    for text, span in zip(texts, together, strict=True):
        (alone,) = reader.spans("who ?", [text])
        assert alone is not None and span is not None
        assert (alone.start, alone.end) == (span.start, span.end)
        assert alone.score == pytest.approx(span.score, abs=1e-3)


def test_the_score_is_the_best_span_of_all_windows_less_the_lowest_no_answer(folder: Path, reader: Reader) -> None:
    import torch
    from transformers import BertForQuestionAnswering

    text = " ".join(story(random.Random(1), 80, NAMES))
    network, tokenizer = BertForQuestionAnswering.from_pretrained(folder).eval(), pieces()
    cut = tokenizer("who ?", text, truncation="only_second", stride=21, return_overflowing_tokens=True, padding=True,
                    max_length=WINDOW, return_tensors="pt", return_offsets_mapping=True)  # fmt: skip
    names = ("input_ids", "attention_mask", "token_type_ids")
    with torch.inference_mode():
        output = network(**{name: cut[name] for name in names})
    best, null = [], []
    for at, (starts, ends) in enumerate(zip(output.start_logits, output.end_logits, strict=True)):
        inside = [n for n, part in enumerate(cut.sequence_ids(at)) if part == 1]
        best += [
            (float(starts[i] + ends[j]), int(cut["offset_mapping"][at][i][0]), int(cut["offset_mapping"][at][j][1]))
            for i in inside
            for j in inside
            if i <= j < i + 30
        ]
        null.append(float(starts[0] + ends[0]))
    assert len(null) > 1
    score, start, end = max(best)
    (span,) = reader.spans("who ?", [text])
    assert span is not None and (span.start, span.end) == (start, end)
    assert span.score == pytest.approx(score - min(null), abs=1e-4)


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=1, max_size=40), st.integers(1, 8))
def test_the_best_pair_agrees_with_trying_all(logits: list[tuple[int, int]], most: int) -> None:
    starts, ends = np.array(logits, dtype=np.float32).T
    pairs = [(i, j) for i in range(len(logits)) for j in range(i, min(i + most, len(logits)))]
    assert best_pair(starts, ends, most=most) == max(pairs, key=lambda pair: starts[pair[0]] + ends[pair[1]])


def test_an_answer_has_at_most_thirty_tokens() -> None:
    starts, ends = np.zeros(100, dtype=np.float32), np.zeros(100, dtype=np.float32)
    starts[10], ends[60], ends[38] = 9, 9, 1
    assert best_pair(starts, ends) == (10, 38)


def test_no_texts_give_no_spans_and_blank_ones_none(reader: Reader) -> None:
    assert reader.spans("who ?", []) == []
    assert reader.spans("who ?", ["", " \n\t\u00a0", "\x00\x01\u200e\ufeff"[:2]]) == [None, None, None]
    assert answers(reader, "who ?", "", "kim left") == [None, "kim"]


def test_an_empty_question_and_one_longer_than_the_window_are_read(reader: Reader) -> None:
    for question in ("", "  ", "who ? " * 2000, "\ud800who ?", "x" * 100_000):
        (span,) = reader.spans(question, ["kim left the port"])
        assert span is not None and 0 <= span.start < span.end <= 17


HOSTILE = st.lists(
    st.sampled_from([*"ab kim.,?\t\n\x00\x1b\u202e\ufeff\ud800é한🚂\u0301\u200d", " putin ", " nine "]), max_size=120
).map("".join)


@given(HOSTILE, HOSTILE)
def test_a_span_is_always_inside_its_text(reader: Reader, question: str, text: str) -> None:
    (span,) = reader.spans(question, [text])
    if span is not None:
        assert 0 <= span.start < span.end <= len(text)
        assert not text[span.start].isspace() and not text[span.end - 1].isspace()
        assert np.isfinite(span.score)


@pytest.fixture(scope="module")
def byte_reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Return a RoBERTa with random weights: tokens of bytes, with the space before a word as part of it, no types."""
    import torch
    from tokenizers import ByteLevelBPETokenizer, processors
    from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaForQuestionAnswering

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = ByteLevelBPETokenizer()
    pieces.train_from_iterator(["kim left the port", "putin left nine shells"] * 9, 300, 1, False, special)
    pieces._tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=False)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=pieces._tokenizer,
        cls_token="<s>",
        pad_token="<pad>",
        sep_token="</s>",
        unk_token="<unk>",
        model_input_names=["input_ids", "attention_mask"],
        model_max_length=WINDOW,
    )
    torch.manual_seed(3)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    positions = {"max_position_embeddings": WINDOW + 2, "pad_token_id": 1, "initializer_range": 0.5}
    saved = tmp_path_factory.mktemp("bytes") / "model"
    RobertaForQuestionAnswering(RobertaConfig(vocab_size=300, **sizes, **positions)).save_pretrained(saved)
    tokenizer.save_pretrained(saved)
    return Reader.open(str(saved))


@given(HOSTILE, HOSTILE)
def test_a_span_of_bytes_is_always_inside_its_text_and_never_begins_with_a_space(
    byte_reader: Reader, question: str, text: str
) -> None:
    (span,) = byte_reader.spans(question, [text])
    if span is not None:
        assert 0 <= span.start < span.end <= len(text)
        assert not text[span.start].isspace() and not text[span.end - 1].isspace()


def test_ten_million_characters_are_read_only_so_far(reader: Reader) -> None:
    begun = time.monotonic()
    spans = reader.spans("who ?", ["kim " + "x" * 10_000_000, "kim " + "the " * 2_500_000])
    assert [span and (span.start, span.end) for span in spans] == [(0, 3), (0, 3)]
    assert time.monotonic() - begun < 30


def test_threads_share_a_reader(reader: Reader) -> None:
    texts = ["the grain left " * 20 + "kim"] * 2
    alone = reader.spans("who ?", texts)
    often = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # else threads seldom meet inside the tokenizer
    try:
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(lambda _: reader.spans("who ?", texts), range(200)))
    finally:
        sys.setswitchinterval(often)
    assert together == [alone] * 200


def test_spans_are_plain_values() -> None:
    assert Span(1, 2, 0.5) == Span(1, 2, 0.5)
    with pytest.raises(AttributeError):
        Span(1, 2, 0.5).start = 3  # type: ignore[misc]


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no/such/folder", "", "x" * 300, "a\x00b"])
def test_a_name_that_is_nowhere_is_refused(name: str) -> None:
    assert "no model" in refusal(lambda: Reader.open(name))


def test_a_folder_without_a_config_is_refused(tmp_path: Path) -> None:
    assert "no config.json" in refusal(lambda: Reader.open(str(tmp_path)))


@pytest.mark.parametrize("config", ["{", "[]", "{}", '{"architectures": [7]}', '{"architectures": null}'])
def test_a_config_that_says_nothing_is_refused(folder: Path, tmp_path: Path, config: str) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / "config.json").write_text(config)
    assert "not an extractive reader" in refusal(lambda: Reader.open(str(broken)))


def test_an_embedding_model_is_refused() -> None:
    assert "BertModel" in refusal(lambda: Reader.open(DEFAULT_MODEL))


def test_weights_without_the_answering_layer_are_refused(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    broken = shutil.copytree(folder, tmp_path / "broken")
    weights = load_file(broken / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "qa_outputs" not in name}
    save_file(kept, broken / "model.safetensors", metadata={"format": "pt"})
    assert "lacks the weights qa_outputs.bias" in refusal(lambda: Reader.open(str(broken)))


def test_weights_that_are_no_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"no weights")
    assert "cannot be loaded" in refusal(lambda: Reader.open(str(broken)))


class Trap:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


def test_pickled_weights_are_refused_and_never_opened(folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / "model.safetensors").unlink()
    (broken / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    assert "safetensors" in refusal(lambda: Reader.open(str(broken)))
    assert not (tmp_path / "sprung").exists()


def test_code_that_comes_with_a_model_is_not_run(folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    config = json.loads((broken / "config.json").read_text())
    config["model_type"] = "own"
    config["auto_map"] = {"AutoConfig": "own.Config", "AutoModelForQuestionAnswering": "own.Model"}
    (broken / "config.json").write_text(json.dumps(config))
    (broken / "own.py").write_text(f"import pathlib\npathlib.Path({str(tmp_path / 'sprung')!r}).touch()\n")
    assert "cannot be loaded" in refusal(lambda: Reader.open(str(broken)))
    assert not (tmp_path / "sprung").exists()


def spoilt(folder: Path, place: Path, name: str, row: int | None) -> str:
    """Copy a model, with NaN in one of its weights or in one row of it."""
    from safetensors.torch import load_file, save_file

    broken = shutil.copytree(folder, place / "broken")
    weights = load_file(broken / "model.safetensors")
    weights[name][slice(None) if row is None else row] = float("nan")
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    return str(broken)


def test_weights_that_are_not_numbers_are_refused_on_opening(folder: Path, tmp_path: Path) -> None:
    name = spoilt(folder, tmp_path, "qa_outputs.weight", None)
    assert "no numbers" in refusal(lambda: Reader.open(name))


def test_one_word_that_is_not_a_number_is_an_error_when_it_is_read(folder: Path, tmp_path: Path) -> None:
    name = spoilt(folder, tmp_path, "bert.embeddings.word_embeddings.weight", WORDS.index("poison"))
    reader = Reader.open(name)
    assert answers(reader, "who ?", "kim left") == ["kim"]
    assert "no numbers" in refusal(lambda: reader.spans("who ?", ["kim left the poison"]))


def test_a_tokenizer_with_more_words_than_the_model_is_an_error_of_one_line(folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    path = broken / "tokenizer.json"
    path.write_text(path.read_text().replace('"poison": ', '"poison": 9'))
    reader = Reader.open(str(broken))
    assert "cannot read passages" in refusal(lambda: reader.spans("who ?", ["poison"]))


def test_a_model_that_reads_too_little_at_a_time_is_refused(folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    path = broken / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "model_max_length": 8}))
    assert "too few" in refusal(lambda: Reader.open(str(broken)))


def test_opening_and_reading_print_nothing(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Reader.open(str(folder)).spans("who ?", ["kim left"])
    assert capfd.readouterr() == ("", "")


def test_importing_it_loads_no_model_library() -> None:
    heavy = {"torch", "transformers", "sentence_transformers"}
    code = f"import sys, {module.__name__}; print(*({heavy} & set(sys.modules)))"
    root = Path(module.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
