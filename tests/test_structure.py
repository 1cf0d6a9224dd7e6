"""How the rooms of the house stand to each other: who imports whom, and what loads when."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
INDEX = sorted((ROOT / "index").rglob("*.py"))
SEARCH = sorted((ROOT / "search").rglob("*.py"))
DESK = sorted((ROOT / "desk").glob("*.py"))
PRODUCT = [*INDEX, *SEARCH, *DESK, *ROOT.glob("*.py")]


def imported(path: Path) -> Iterator[str]:
    """Yield the dotted name of each module that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield str(node.module)


def packages(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_are_files_to_look_at() -> None:
    assert len(INDEX) > 20
    assert len(SEARCH) > 4


@pytest.mark.parametrize("path", INDEX, ids=name_of)
def test_the_write_side_knows_nothing_of_the_read_side_or_the_app(path: Path) -> None:
    assert not packages(path) & {"search", "app", "desk"}


@pytest.mark.parametrize("path", [*INDEX, *SEARCH], ids=name_of)
def test_only_the_app_imports_streamlit(path: Path) -> None:
    assert not packages(path) & {"streamlit", "app", "desk"}


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_nothing_imports_pickle(path: Path) -> None:
    assert not packages(path) & {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}
    assert "allow_pickle=True" not in path.read_text(encoding="utf-8")


def test_importing_the_write_side_loads_no_torch_and_reads_no_web_pages() -> None:
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in INDEX]
    heavy = ["torch", "sentence_transformers", "transformers", "onnxruntime", "trafilatura", "dateparser"]
    heavy += ["pypdf", "feedparser", "pyarrow", "striprtf"]
    code = f"import importlib, sys\nfor name in {modules}: importlib.import_module(name)\n"
    code += f"print(*(set({heavy}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
