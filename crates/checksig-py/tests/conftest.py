"""Fixtures: a good directory and a damaged one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

import support

# Nothing is timed, and nothing is left behind.
settings.register_profile("checksig", deadline=None, database=None)
settings.load_profile("checksig")


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A directory of 100 files that are what its list says."""
    directory = tmp_path / "good"
    support.write_list(directory, {f"file-{n:03}": b"%d\n" % n * n for n in range(100)})
    return directory


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A directory where `b` differs, `c` is gone, `d` is a directory and one line is garbage."""
    directory = tmp_path / "damaged"
    list_ = support.write_list(directory, {name: name.encode() for name in "abcde"})
    (directory / "b").write_text("other")
    (directory / "c").unlink()
    (directory / "d").unlink()
    (directory / "d").mkdir()
    with list_.open("a") as file:
        file.write("garbage\n")
    return directory
