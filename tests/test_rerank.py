"""The cross-encoder, on a small BERT that learns here in seconds whether a text has the word that was asked about."""

from __future__ import annotations

import json
import math
import pickle
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ModelError
from index.models import DEFAULT_MODEL
from index.passages import embedded_text
from search import rerank as module
from search.cli import main
from search.rerank import RERANKED, Reranker
from search.searcher import Searcher

TOPICS = ["grain", "oil", "shells", "trains", "talks", "votes"]
FILLERS = ["the", "port", "on", "a", "from", "deal", "after", "north", ",", "."]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "what", "about", "?", *FILLERS, *TOPICS, "poison"]
WINDOW = 48


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


def bert(labels: int) -> Any:
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=WINDOW,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.2,
        num_labels=labels,
    )
    return BertForSequenceClassification(config)


def examples(chance: random.Random, count: int) -> Iterator[tuple[str, str, bool]]:
    """Yield a question about a topic, a text on one or two, and whether the topic is among them."""
    for _ in range(count):
        topic, *others = chance.sample(TOPICS, 3)
        told = chance.random() < 0.5
        words = chance.choices(FILLERS, k=chance.randint(1, 12)) + others[: chance.randint(1, 2)] + [topic] * told
        chance.shuffle(words)
        yield f"what about {topic} ?", " ".join(words), told


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
    """Train a BERT of 2 layers and 64 numbers, and save it as sentence-transformers does."""
    import torch
    from sentence_transformers import CrossEncoder

    torch.manual_seed(3)
    chance = random.Random(3)
    tokenizer, network = pieces(), bert(1).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for _ in range(250):
        asked, texts, told = zip(*examples(chance, 48), strict=True)
        read = tokenizer(list(asked), list(texts), padding=True, return_tensors="pt")
        logits = network(**read).logits[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(told, dtype=torch.float32))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    place = tmp_path_factory.mktemp("rerank")
    network.eval().save_pretrained(place / "plain")
    tokenizer.save_pretrained(place / "plain")
    CrossEncoder(str(place / "plain"), device="cpu").save_pretrained(str(place / "model"))
    return place / "model"


@pytest.fixture(scope="module")
def reranker(folder: Path) -> Reranker:
    return Reranker.open(str(folder))


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(ModelError) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    return message


def test_the_text_that_has_what_was_asked_about_is_first(reranker: Reranker) -> None:
    texts = ["the port on a deal, after oil.", "grain from the north.", "a deal on shells and oil."]
    for question, best in (("What about grain?", 1), ("What about shells?", 2)):
        assert int(np.argmax(reranker.scores(question, texts))) == best


def test_it_is_right_on_nearly_all_held_out_pairs(reranker: Reranker) -> None:
    pairs = list(examples(random.Random(99), 200))
    right = sum((reranker.scores(asked, [text])[0] > 0) == told for asked, text, told in pairs)
    assert right >= 190


def test_texts_of_many_lengths_score_alike_alone_and_together(reranker: Reranker) -> None:
    texts = [text for _, text, _ in examples(random.Random(5), 50)]
    together = reranker.scores("what about oil ?", texts)
    alone = [reranker.scores("what about oil ?", [text])[0] for text in texts]
    assert together == pytest.approx(alone, abs=1e-4)


def test_scores_are_raw_logits_and_not_squeezed_into_0_to_1(folder: Path, reranker: Reranker) -> None:
    import torch
    from transformers import BertForSequenceClassification

    question, text = "what about oil ?", "the oil"
    with torch.inference_mode():
        read = pieces()(question, text, return_tensors="pt")
        logit = float(BertForSequenceClassification.from_pretrained(folder).eval()(**read).logits[0, 0])
    assert reranker.scores(question, [text]) == pytest.approx([logit], abs=1e-4)
    assert logit > 1


def test_a_folder_that_transformers_saved_is_a_cross_encoder_too(folder: Path, reranker: Reranker) -> None:
    texts = ["the oil", "the grain"]
    plain = Reranker.open(str(folder.parent / "plain"))
    assert plain.scores("what about oil ?", texts) == pytest.approx(reranker.scores("what about oil ?", texts))


def test_no_texts_have_no_scores_and_empty_ones_have_one_each(reranker: Reranker) -> None:
    assert reranker.scores("what about oil ?", []) == []
    scores = reranker.scores("what about oil ?", ["", " ", "oil"])
    assert len(scores) == 3
    assert max(scores) == scores[2]
    assert len(reranker.scores("", [""])) == 1


HOSTILE = st.text(st.sampled_from([*"ab oil.,?\t\n\x00\x1b\u202e\ufeff\ud800é한🚂\u0301\u200d"]), max_size=300)


@given(HOSTILE, st.lists(HOSTILE, max_size=3))
def test_every_text_has_a_number(reranker: Reranker, question: str, texts: list[str]) -> None:
    scores = reranker.scores(question, texts)
    assert len(scores) == len(texts)
    assert all(type(score) is float and math.isfinite(score) for score in scores)


def test_text_that_looks_like_a_picture_or_an_address_is_text(reranker: Reranker) -> None:
    texts = ["https://x.example/y.jpg", "data:image/png;base64,AAAA", "/etc/passwd", '{"image": 1}']
    assert len(reranker.scores("what about oil ?", texts)) == 4


def test_ten_million_characters_are_read_only_so_far(reranker: Reranker) -> None:
    begun = time.monotonic()
    long = reranker.scores("what about oil ? " * 600_000, ["x" * 10_000_000, "oil " * 2_500_000])
    assert len(long) == 2
    assert time.monotonic() - begun < 30


def test_threads_share_a_reranker(reranker: Reranker) -> None:
    texts = [f"the deal {'on ' * times}oil" for times in range(30)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: reranker.scores("what about oil ?", [text])[0], texts))
    assert found == pytest.approx(reranker.scores("what about oil ?", texts), abs=1e-4)


def test_the_best_passages_are_ordered_by_the_model_and_the_rest_stay_below(folder: Path, sample_index: Path) -> None:
    question = "what about grain and oil?"
    with Searcher.open(sample_index) as plain, Searcher.open(sample_index, reranker=str(folder)) as briefings:
        before = [hit.passage for hit in plain.search(question, k=100, all_copies=True)]
        hits = briefings.search(question, k=100, all_copies=True)
        texts = [embedded_text(each, with_title=plain.store.title_tells(each.article.article_id)) for each in before]
    assert briefings.reranker
    scores = briefings.reranker.scores(question, texts[:RERANKED])
    order = sorted(range(RERANKED), key=lambda at: -scores[at])
    expected = [before[at].passage_id for at in order] + [each.passage_id for each in before[RERANKED:]]
    assert [hit.passage.passage_id for hit in hits] == expected
    assert [hit.signals.reranker for hit in hits[:RERANKED]] == pytest.approx([scores[at] for at in order], abs=1e-4)
    assert {hit.signals.reranker for hit in hits[RERANKED:]} == {None}
    assert all(one.score >= other.score for one, other in pairwise(hits))


def test_an_answer_and_its_export_name_the_model(
    folder: Path, sample_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "answer.md"
    call = ["ask", "who fled Karabakh?", "--rerank", str(folder), "--index", str(sample_index), "--json"]
    with pytest.raises(SystemExit, match="0"):
        main([*call, "--export", str(kept)])
    assert json.loads(capsys.readouterr().out)["optional_models"] == {"reranker": str(folder)}
    assert f"- Reranker: {folder}" in kept.read_text(encoding="utf-8").replace("\\", "")


def test_equal_scores_keep_their_order(reranker: Reranker, sample_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Searcher.open(sample_index) as plain:
        before = [hit.passage.passage_id for hit in plain.search("who fled Karabakh?")]
        monkeypatch.setattr(reranker, "scores", lambda _, texts: [0.0] * len(texts))
        plain.reranker = reranker
        assert [hit.passage.passage_id for hit in plain.search("who fled Karabakh?")] == before


def test_filters_that_leave_nothing_leave_nothing_to_order(folder: Path, sample_index: Path) -> None:
    with Searcher.open(sample_index, reranker=str(folder)) as briefings:
        assert briefings.search("grain", since="2099-01-01") == []


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no/such/folder", "", "x" * 300, "a\x00b"])
def test_a_name_that_is_nowhere_is_refused(name: str) -> None:
    assert "no model" in refusal(lambda: Reranker.open(name))


def test_a_folder_without_a_config_is_refused(tmp_path: Path) -> None:
    assert "no config.json" in refusal(lambda: Reranker.open(str(tmp_path)))


def test_an_embedding_model_is_refused() -> None:
    message = refusal(lambda: Reranker.open(DEFAULT_MODEL))
    assert "not a cross-encoder" in message
    assert "BertModel" in message


def test_a_reader_is_refused(folder: Path, tmp_path: Path) -> None:
    from transformers import BertForQuestionAnswering

    BertForQuestionAnswering(bert(1).config).save_pretrained(tmp_path / "reader")
    pieces().save_pretrained(tmp_path / "reader")
    assert "BertForQuestionAnswering" in refusal(lambda: Reranker.open(str(tmp_path / "reader")))


def test_a_model_with_several_labels_is_refused(tmp_path: Path) -> None:
    bert(3).save_pretrained(tmp_path / "three")
    pieces().save_pretrained(tmp_path / "three")
    assert "gives 3 labels" in refusal(lambda: Reranker.open(str(tmp_path / "three")))


def test_weights_that_are_no_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"no weights")
    assert "cannot be loaded" in refusal(lambda: Reranker.open(str(broken)))


class Trap:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


def test_a_folder_without_weights_is_refused(folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / "model.safetensors").unlink()
    assert "lacks safetensors" in refusal(lambda: Reranker.open(str(broken)))


@pytest.mark.parametrize("place", [".", "1_Dense"])
def test_pickled_weights_are_refused_and_never_opened(folder: Path, tmp_path: Path, place: str) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / "1_Dense").mkdir()
    (broken / place / "model.safetensors").unlink(missing_ok=True)
    (broken / place / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    assert "safetensors" in refusal(lambda: Reranker.open(str(broken)))
    assert not (tmp_path / "sprung").exists()


def test_pickles_beside_safetensors_are_left_alone(folder: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(folder, tmp_path / "copied")
    (copied / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    assert len(Reranker.open(str(copied)).scores("what about oil ?", ["oil"])) == 1
    assert not (tmp_path / "sprung").exists()


def test_code_that_comes_with_a_model_is_not_run(folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    parts = json.loads((broken / "modules.json").read_text())
    (broken / "modules.json").write_text(json.dumps([{**parts[0], "type": "own.Module"}]))
    (broken / "own.py").write_text(f"import pathlib\npathlib.Path({str(tmp_path / 'sprung')!r}).touch()\n")
    assert "cannot be loaded" in refusal(lambda: Reranker.open(str(broken)))
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
    name = spoilt(folder, tmp_path, "classifier.weight", None)
    assert "no numbers" in refusal(lambda: Reranker.open(name))


def test_one_word_that_is_not_a_number_is_an_error_when_it_is_read(folder: Path, tmp_path: Path) -> None:
    name = spoilt(folder, tmp_path, "bert.embeddings.word_embeddings.weight", WORDS.index("poison"))
    reranker = Reranker.open(name)
    assert len(reranker.scores("what about oil ?", ["oil"])) == 1
    assert "no numbers" in refusal(lambda: reranker.scores("what about oil ?", ["oil", "poison"]))


def test_a_tokenizer_with_more_words_than_the_model_is_an_error_of_one_line(folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    path = broken / "tokenizer.json"
    path.write_text(path.read_text().replace('"poison": ', '"poison": 9'))
    reranker = Reranker.open(str(broken))
    assert "cannot score passages" in refusal(lambda: reranker.scores("what about oil ?", ["poison"]))


def test_opening_and_scoring_print_nothing(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Reranker.open(str(folder)).scores("what about oil ?", ["oil"])
    assert capfd.readouterr() == ("", "")


def test_importing_it_loads_no_model_library() -> None:
    heavy = {"torch", "transformers", "sentence_transformers"}
    code = f"import sys, {module.__name__}; print(*({heavy} & set(sys.modules)))"
    root = Path(module.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
