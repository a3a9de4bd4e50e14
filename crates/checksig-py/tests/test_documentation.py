"""Every example in the docstrings and in docs/python.md runs and says what it says."""

from __future__ import annotations

import asyncio
import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path
from shutil import copytree

import pytest

import checksig
from support import TOP

MODULES = ["checksig", *(f"checksig.{module.name}" for module in pkgutil.iter_modules(checksig.__path__))]
NAMES = {"checksig": checksig, "asyncio": asyncio}


@pytest.fixture(autouse=True)
def beside_the_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples name `examples/…`."""
    copytree(TOP / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("module", MODULES)
def test_docstrings(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module), extraglobs=NAMES)
    assert result.failed == 0


@pytest.mark.parametrize("document", ["docs/python.md", "crates/checksig-py/README.md"])
def test_documents(document: str) -> None:
    text = (TOP / document).read_text()
    blocks = text.split("```python\n")[1:]
    assert blocks
    # A closing fence is not part of what an example prints.
    code = "\n".join(block.partition("```")[0] for block in blocks)
    test = doctest.DocTestParser().get_doctest(code, dict(NAMES), document, document, 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


def test_everything_public_is_documented() -> None:
    for name in checksig.__all__:
        thing = getattr(checksig, name)
        if not inspect.isclass(thing) and not inspect.isroutine(thing):
            continue
        assert thing.__doc__, name
        for member, value in inspect.getmembers(
            thing, lambda value: inspect.isroutine(value) or inspect.isdatadescriptor(value)
        ):
            if not member.startswith("_") and member in vars(thing) and not inspect.ismemberdescriptor(value):
                assert value.__doc__, f"{name}.{member}"


def test_the_main_calls_have_examples() -> None:
    found = {
        test.name
        for module in MODULES
        for test in doctest.DocTestFinder().find(importlib.import_module(module))
        if test.examples
    }
    names = {name.rpartition(".")[2] for name in found}
    assert names >= {"verify", "iter_verify", "averify", "check_signatures", "hash_file", "hash_files", "parse"}
    assert names >= {"CancelToken", "Entry", "Outcome", "Report", "Status", "Algorithm"}
