"""Finding an optional model that the user names: of the right kind, and with weights that are no pickles."""

from __future__ import annotations

import json
import os
from pathlib import Path

from index.errors import ModelError
from index.models import Model, find_model


def find_transformer(name: str, heads: tuple[str, ...], kind: str) -> Model:
    """Find a model of which the config names an architecture that ends in one of these heads.

    Raises ModelError where there is none, where it is of another kind, or where its weights are pickles.
    """
    if os.path.isdir(name) and not Path(name, "config.json").is_file():  # noqa: PTH112  # as in index/models.py
        raise ModelError(f"{name} is not {kind}: it has no config.json; name the folder that has it")
    model = find_model(name)
    architectures = _architectures(model)
    if not any(architecture.endswith(heads) for architecture in architectures):
        found = " and ".join(architectures)[:80] or "a model of unknown kind"
        raise ModelError(f"{name} is not {kind} but {found}: name a model that ends in {heads[0]}")
    if _pickled(model.folder):
        raise ModelError(
            f"{name} lacks safetensors weights, and pickled ones are never loaded, for they can run code: "
            "name a model that has model.safetensors"
        )
    return model


def quieten() -> None:
    """Keep transformers from writing bars and warnings into our output."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    from transformers.utils import logging

    logging.disable_progress_bar()


def brief(error: Exception) -> str:
    """Return what a library raised as part of one line."""
    return " ".join(str(error).split())[:160] or type(error).__name__


def _architectures(model: Model) -> list[str]:
    """Return the classes that a model's files say it was saved from."""
    found: list[object] = []
    for file, key in (("config.json", "architectures"), ("config_sentence_transformers.json", "model_type")):
        try:
            value = json.loads((model.folder / file).read_text(encoding="utf-8"))[key]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        found.extend(value if isinstance(value, list) else [value])
    return [name for name in found if isinstance(name, str)]


def _pickled(folder: Path) -> bool:
    """Return whether a model, or a module in a folder of its own, has its weights only as pickles."""
    if not any(folder.glob("*.safetensors")):
        return True
    # sentence-transformers falls back to these for its own modules, whatever the model is loaded with.
    return any(not any(path.parent.glob("*.safetensors")) for path in folder.rglob("pytorch_model*.bin"))
