"""Text to vectors: ONNX Runtime and the fallback agree with sentence-transformers, and spans are true."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Letters

from index.embed import Encoder, OnnxEncoder, TorchEncoder, Vector, encoder_of, open_encoder
from index.errors import ModelError
from index.models import DEFAULT_MODEL, find_model

TinyBert = Callable[..., Path]

# Of unlike lengths, so that every batch is padded; with words the tiny model does not know, and none at all.
TEXTS = [
    "Kim wants oil.",
    "x",
    "The grain from Russia, the oil from Kim, the shells: a passage from Putin wants grain, oil, shells?",
    "",
    "What wants Putin",
    "kim " * 100,
    "Zürich, 我来了 and 😀!",
    *[f"Putin wants {'oil ' * number}from Kim" for number in range(20)],
]


def unit(rows: Vector) -> Vector:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def pooled_by_sentence_transformers(folder: Path, texts: list[str], role: str) -> Vector:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    return unit(model.encode(texts, prompt_name=role, batch_size=8, normalize_embeddings=True))


def tokens_by_sentence_transformers(folder: Path, texts: list[str]) -> list[Vector]:
    """Return the token vectors between the first special token and the last, one text at a time and unpadded."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    return [model.encode(text, output_value="token_embeddings").numpy()[1:-1] for text in texts]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIEFINGS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


PROMPTS = {"query": "query: ", "document": "passage: "}
SHAPES = {
    "mean": {"pooling": "mean"},
    "mean, unscaled": {"pooling": "mean", "normalize": False},
    "cls": {"pooling": "cls"},
    "cls, unscaled, prompts": {"pooling": "cls", "normalize": False, "prompts": PROMPTS},
    "max": {"pooling": "max"},
    "mean, prompts": {"pooling": "mean", "prompts": PROMPTS},
}
FALLBACKS = {
    "dense": {"dense": 16},
    "narrower dense, prompts": {"dense": 8, "prompts": PROMPTS},
    "last token": {"pooling": "lasttoken"},
    "padded on the left": {"decoder": True, "pooling": "lasttoken", "prompts": PROMPTS},
    "prompts left out of the mean": {"prompts": PROMPTS, "include_prompt": False},
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory, tiny_bert: TinyBert, cache: object) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("models")

    def save(name: str) -> Path:
        place = folder / name.replace(" ", "-").replace(",", "")
        return place if place.is_dir() else tiny_bert(place, **{**SHAPES, **FALLBACKS}[name])

    return save


def assert_agrees(encoder: Encoder, folder: Path) -> None:
    for role in ("query", "document"):
        encoded = encoder.encode(TEXTS, role=role)
        vectors = np.array([result.vector for result in encoded])
        expected = pooled_by_sentence_transformers(folder, TEXTS, role)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(TEXTS), encoder.dimension)
        np.testing.assert_allclose(vectors, expected, atol=1e-4)


@pytest.mark.parametrize("name", SHAPES)
def test_an_exported_model_agrees_with_sentence_transformers(saved: Callable[[str], Path], name: str) -> None:
    encoder = encoder_of(find_model(str(saved(name))))
    assert isinstance(encoder, OnnxEncoder)
    assert_agrees(encoder, saved(name))


@pytest.mark.parametrize("name", FALLBACKS)
def test_any_other_model_runs_as_it_is_and_agrees(saved: Callable[[str], Path], name: str) -> None:
    encoder = encoder_of(find_model(str(saved(name))))
    assert isinstance(encoder, TorchEncoder)
    assert_agrees(encoder, saved(name))


@pytest.mark.parametrize("name", ["mean", "cls", "last token", "dense"])
def test_token_vectors_are_those_of_the_forward_pass_without_special_tokens(
    saved: Callable[[str], Path], name: str
) -> None:
    encoder = encoder_of(find_model(str(saved(name))))
    encoded = encoder.encode(TEXTS, role="document")
    for result, expected in zip(encoded, tokens_by_sentence_transformers(saved(name), TEXTS), strict=True):
        assert result.tokens.dtype == np.float32
        assert len(result.tokens) == len(result.spans) == len(expected)
        if name != "dense" and len(expected):
            np.testing.assert_allclose(result.tokens, unit(expected), atol=1e-4)


@pytest.mark.parametrize("name", ["mean", "mean, prompts", *FALLBACKS])
def test_token_vectors_are_as_long_as_the_pooled_one_and_of_unit_length(
    saved: Callable[[str], Path], name: str
) -> None:
    encoder = encoder_of(find_model(str(saved(name))))
    for result in encoder.encode(TEXTS, role="document"):
        assert result.tokens.shape == (len(result.spans), encoder.dimension)
        np.testing.assert_allclose(np.linalg.norm(result.tokens, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", ["mean", "mean, prompts", *FALLBACKS])
def test_a_text_is_embedded_alike_alone_and_in_any_company(saved: Callable[[str], Path], name: str) -> None:
    encoder = encoder_of(find_model(str(saved(name))))
    together = encoder.encode(TEXTS, role="document")
    for text, result in zip(TEXTS[:8], together, strict=False):
        (alone,) = encoder.encode([text], role="document")
        np.testing.assert_allclose(result.vector, alone.vector, atol=1e-5)
        np.testing.assert_allclose(result.tokens, alone.tokens, atol=1e-5)


@pytest.mark.parametrize("name", ["mean", "mean, prompts", "dense", "narrower dense, prompts", "padded on the left"])
def test_spans_are_the_words_of_the_text_and_not_of_the_prompt(saved: Callable[[str], Path], name: str) -> None:
    encoder = encoder_of(find_model(str(saved(name))))
    text = "  Kim wants oil."
    (result,) = encoder.encode([text], role="query")
    assert [text[start:end] for start, end in result.spans] == ["Kim", "wants", "oil", "."]
    assert result.spans.dtype == np.int32


@pytest.mark.parametrize("name", ["mean", "mean, prompts", "dense", "narrower dense, prompts"])
def test_spans_without_vectors_are_the_same_spans(saved: Callable[[str], Path], name: str) -> None:
    encoder = encoder_of(find_model(str(saved(name))))
    encoded = encoder.encode(TEXTS, role="document")
    for result, spans in zip(encoded, encoder.token_spans(TEXTS), strict=True):
        assert np.array_equal(result.spans, spans)


@pytest.mark.parametrize("name", ["mean", "dense"])
def test_no_texts_give_no_vectors(saved: Callable[[str], Path], name: str) -> None:
    encoder = encoder_of(find_model(str(saved(name))))
    assert encoder.encode([], role="query") == []
    assert encoder.token_spans([]) == []


def test_a_model_without_token_vectors_is_refused_in_one_line(tmp_path: Path, saved: Callable[[str], Path]) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from tokenizers import Tokenizer

    words = Tokenizer.from_file(str(saved("mean") / "tokenizer.json"))
    SentenceTransformer(modules=[modules.StaticEmbedding(words, embedding_dim=16)]).save(str(tmp_path / "static"))
    with pytest.raises(ModelError) as caught:
        encoder_of(find_model(str(tmp_path / "static"))).encode(["kim"], role="query")
    assert "\n" not in str(caught.value)


# ---- the default model ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def default() -> Encoder:
    model = find_model(DEFAULT_MODEL)
    encoder_of(model)
    return open_encoder(model.name, model.digest)


def test_the_default_model_agrees_with_sentence_transformers(default: Encoder) -> None:
    assert isinstance(default, OnnxEncoder)
    assert default.dimension == 384
    texts = TEXTS[:12]
    vectors = np.array([result.vector for result in default.encode(texts, role="query")])
    folder = find_model(DEFAULT_MODEL).folder
    np.testing.assert_allclose(vectors, pooled_by_sentence_transformers(folder, texts, "query"), atol=1e-4)
    tokens = [result.tokens for result in default.encode(texts, role="document")]
    for own, expected in zip(tokens, tokens_by_sentence_transformers(folder, texts), strict=True):
        np.testing.assert_allclose(own, unit(expected).reshape(-1, 384), atol=1e-4)


def test_the_order_of_the_texts_is_kept_though_batches_are_sorted_by_length(default: Encoder) -> None:
    texts = [f"{'word ' * (number * 7 % 20)}{number}" for number in range(40)]
    together = np.array([result.vector for result in default.encode(texts, role="document")])
    alone = np.array([default.encode([text], role="document")[0].vector for text in texts[:10]])
    np.testing.assert_allclose(together[:10], alone, atol=1e-5)


def test_a_long_text_has_tokens_up_to_the_models_limit_and_no_further(default: Encoder) -> None:
    text = "The minister spoke to reporters. " * 200
    (result,) = default.encode([text], role="document")
    assert len(result.tokens) == len(result.spans) == 254
    assert result.spans[-1][1] < len(text) / 2
    (start,) = default.encode([text[: int(result.spans[-1][1])]], role="document")
    np.testing.assert_allclose(result.vector, start.vector, atol=1e-5)


def test_spans_cover_the_letters_of_any_script(default: Encoder) -> None:
    text = "Erdoğan met 习近平 in Zürich’s café"
    (result,) = default.encode([text], role="document")
    covered = "".join(text[start:end] for start, end in result.spans)
    assert covered == "".join(text.split())


def test_a_question_is_nearer_to_what_answers_it(default: Encoder) -> None:
    (question,) = default.encode(["who leads the Kremlin?"], role="query")
    near, far = default.encode(
        ["Vladimir Putin is the president of Russia.", "The recipe needs two eggs and some flour."], role="document"
    )
    assert question.vector @ near.vector > question.vector @ far.vector + 0.2


# ---- the stand-in --------------------------------------------------------------------------------------


def test_the_letter_counter_can_be_checked_in_the_head(letters: Letters) -> None:
    (result,) = letters.encode(["abba  c3"], role="document")
    assert (result.vector * 3).round(6).tolist() == [2, 2, 1, *[0] * 23]
    assert result.tokens[1].tolist() == [0, 0, 1, *[0] * 23]
    assert result.spans.tolist() == [[0, 4], [6, 8]]
    assert np.array_equal(letters.token_spans(["abba  c3"])[0], result.spans)
