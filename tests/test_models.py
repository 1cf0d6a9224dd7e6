"""Models: found by name or path, known by a digest, exported once for ONNX Runtime."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from index import models
from index.embed import OnnxEncoder, encoder_of, open_encoder
from index.errors import ModelError
from index.models import DEFAULT_MODEL, DEFAULT_WEIGHTS_SHA256, Model, cached_export, exported, find_model

TinyBert = Callable[..., Path]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRIEFINGS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory, tiny_bert: TinyBert) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("models") / "tiny")


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(ModelError) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    return message


def test_the_default_model_is_the_published_one() -> None:
    model = find_model(DEFAULT_MODEL)
    digest = hashlib.sha256((model.folder / "model.safetensors").read_bytes()).hexdigest()
    assert digest == DEFAULT_WEIGHTS_SHA256 == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert find_model(DEFAULT_MODEL) == model


def test_weights_changed_by_one_byte_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = shutil.copytree(find_model(DEFAULT_MODEL).folder, tmp_path / "model")
    with (copied / "model.safetensors").open("r+b") as weights:
        weights.seek(-1, 2)
        last = weights.read(1)
        weights.seek(-1, 2)
        weights.write(bytes([last[0] ^ 1]))
    monkeypatch.setattr(models, "_packaged_model", lambda: copied)
    assert "not the published ones" in refusal(lambda: find_model(DEFAULT_MODEL))


def test_missing_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_packaged_model", lambda: tmp_path)
    assert "reinstall" in refusal(lambda: find_model(DEFAULT_MODEL))


@pytest.mark.parametrize(
    "name", ["nobody/no-such-model", "no-such-model", "not a / valid // name", "../nowhere", "x" * 300]
)
def test_an_unknown_name_is_refused_quickly_without_a_network(name: str) -> None:
    begun = time.monotonic()
    assert "no model" in refusal(lambda: find_model(name))
    assert time.monotonic() - begun < 5


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    assert "not a sentence-transformers model" in refusal(lambda: find_model(str(tmp_path)))


def test_a_model_is_known_by_what_makes_its_vectors_and_not_by_its_place(tmp_path: Path, bert: Path) -> None:
    elsewhere = shutil.copytree(bert, tmp_path / "elsewhere")
    (elsewhere / "README.md").write_text("A note changes no vector.")
    assert find_model(str(elsewhere)).digest == find_model(str(bert)).digest
    (elsewhere / "1_Pooling" / "config.json").write_text("{}")
    assert find_model(str(elsewhere)).digest != find_model(str(bert)).digest


def test_a_model_named_by_a_relative_path_is_found_from_another_folder(
    bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bert.parent)
    name = find_model(bert.name).name
    monkeypatch.chdir(tmp_path)
    assert find_model(name).digest == find_model(str(bert)).digest


def test_an_export_is_made_once(cache: Path, bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = find_model(str(bert))
    folder, settings = exported(model)
    assert folder.is_relative_to(cache)
    assert (settings.runtime, settings.dimension, settings.most_tokens) == ("onnx", 16, 32)
    monkeypatch.setattr(models, "load_sentence_transformer", lambda _: pytest.fail("exported a second time"))
    assert exported(model) == (folder, settings)
    assert cached_export(model.digest) == (folder, settings)


def test_an_export_leaves_nothing_else_in_the_cache(cache: Path, bert: Path) -> None:
    folder, _ = exported(find_model(str(bert)))
    assert list((cache / "models").iterdir()) == [folder]
    assert sorted(path.name for path in folder.iterdir()) == ["encoder.json", "model.onnx", "tokenizer.json"]


@pytest.mark.parametrize("name", ["model.onnx", "encoder.json", "tokenizer.json"])
def test_a_damaged_export_is_made_again(cache: Path, bert: Path, name: str) -> None:
    model = find_model(str(bert))
    folder, settings = exported(model)
    path = folder / name
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[len(damaged) // 2] ^= 0xFF
    path.write_bytes(damaged)
    assert cached_export(model.digest) is None
    assert exported(model) == (folder, settings)
    assert hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest() == settings.onnx_sha256


def test_a_damaged_tokenizer_says_which_folder_to_delete(cache: Path, bert: Path) -> None:
    model = find_model(str(bert))
    folder, settings = exported(model)
    (folder / "tokenizer.json").write_text("{")  # and the digest of that: an export that went wrong
    told = (folder / "encoder.json").read_text()
    digest = hashlib.sha256(b"{").hexdigest()
    (folder / "encoder.json").write_text(told.replace(settings.tokenizer_sha256, digest))
    assert str(folder) in refusal(lambda: encoder_of(model))


def test_an_export_of_another_version_is_made_again(cache: Path, bert: Path) -> None:
    model = find_model(str(bert))
    folder, settings = exported(model)
    path = folder / "encoder.json"
    path.write_text(path.read_text().replace(f'"export_version": {settings.export_version}', '"export_version": 0'))
    assert cached_export(model.digest) is None


def test_a_cache_that_cannot_be_written_names_the_variable(
    tmp_path: Path, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the place of the folder")
    monkeypatch.setenv("BRIEFINGS_CACHE", str(tmp_path / "file"))
    assert "BRIEFINGS_CACHE" in refusal(lambda: exported(find_model(str(bert))))


def test_the_cache_is_below_the_users_cache_unless_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRIEFINGS_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert models._cache() == tmp_path / "briefings"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert models._cache() == Path.home() / ".cache" / "briefings"


def test_a_model_that_cannot_be_loaded_is_an_error_of_one_line(cache: Path, tmp_path: Path, bert: Path) -> None:
    broken = shutil.copytree(bert, tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"no weights")
    message = refusal(lambda: encoder_of(find_model(str(broken))))
    assert "cannot be loaded" in message
    assert list((cache / "models").iterdir()) == []


def test_an_indexed_model_opens_from_its_export_though_its_folder_is_gone(
    cache: Path, tmp_path: Path, bert: Path
) -> None:
    copied = shutil.copytree(bert, tmp_path / "copied")
    model = find_model(str(copied))
    exported(model)
    shutil.rmtree(copied)
    assert isinstance(open_encoder(model.name, model.digest), OnnxEncoder)


def test_a_model_that_changed_since_it_was_indexed_is_refused(cache: Path, tmp_path: Path, bert: Path) -> None:
    copied = shutil.copytree(bert, tmp_path / "copied")
    before: Model = find_model(str(copied))
    (copied / "config_sentence_transformers.json").write_text("{}")
    assert "has changed" in refusal(lambda: open_encoder(before.name, before.digest))


def test_the_export_of_a_quicker_process_is_kept(cache: Path, bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = find_model(str(bert))
    write = models._write_export

    def slower(*given: object) -> object:
        monkeypatch.setattr(models, "_write_export", write)
        exported(model)
        (cache / "models" / model.digest[:32] / "of the first").touch()
        return write(*given)

    monkeypatch.setattr(models, "_write_export", slower)
    folder, _ = exported(model)
    assert (folder / "of the first").exists()
    assert list((cache / "models").iterdir()) == [folder]
