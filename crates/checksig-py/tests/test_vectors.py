"""The cases that every face of checksig is tested against: vectors/README.md."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import checksig
import support
from support import THREADS, TOP

VECTORS = TOP / "vectors"
TREES = sorted((VECTORS / "trees").glob("*.tree"))
MANIFESTS = sorted((VECTORS / "manifests").glob("*.list"))


def content(text: str) -> bytes:
    """The bytes that a case describes."""
    kind, _, rest = text.partition(":")
    if kind == "hex":
        return bytes.fromhex(rest)
    if kind == "text":
        return rest.encode()
    assert kind == "repeat"
    count, _, unit = rest.partition(":")
    return int(count) * bytes.fromhex(unit)


def name(text: str) -> bytes:
    """The bytes of a name in a case."""
    return bytes.fromhex(text[4:]) if text.startswith("hex:") else text.encode()


def test_there_are_cases() -> None:
    assert len(TREES) >= 70
    assert len(MANIFESTS) > 150


def test_digests(tmp_path: Path) -> None:
    lines = (VECTORS / "digests.txt").read_text().splitlines()
    cases = [line.split(" ") for line in lines if line and not line.startswith("#")]
    assert len(cases) > 100
    for number, (algorithm, data, expected) in enumerate(cases):
        file = tmp_path / str(number)
        file.write_bytes(content(data))
        assert checksig.hash_file(file, algorithm) == expected, (algorithm, data)
        if algorithm != "blake3":
            # hashlib agrees, so the rest of the suite may rely on it.
            assert support.digest(algorithm, content(data)) == expected


def test_nist(tmp_path: Path) -> None:
    """All messages of NIST's at once, those of an algorithm in one run."""
    found = 0
    for path in sorted((VECTORS / "nist").glob("*Msg.rsp")):
        algorithm = re.sub("(Short|Long)Msg", "", path.stem).replace("SHA3_", "SHA3-").replace("_", "/")
        fields = [line.partition(" = ") for line in path.read_text().splitlines() if re.match("(Len|Msg|MD) =", line)]
        # An empty message is written as one byte.
        lengths = [int(value) // 8 for field, _, value in fields if field == "Len"]
        messages = [bytes.fromhex(value) for field, _, value in fields if field == "Msg"]
        digests = [value for field, _, value in fields if field == "MD"]
        files = [tmp_path / f"{path.stem}-{number}" for number in range(len(messages))]
        for file, message, length in zip(files, messages, lengths, strict=True):
            file.write_bytes(message[:length])
        assert [hashed.digest for hashed in checksig.hash_files(files, algorithm, threads=THREADS)] == digests
        found += len(digests)
    assert found == 1158 + 460


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_manifests(path: Path) -> None:
    options: dict[str, Any] = {}
    expected = []
    for line in path.with_suffix(".expected").read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word == "option":
            option, _, value = rest.partition(" ")
            options[option.replace("-", "_")] = value
        else:
            expected.append(line)
    manifest = checksig.parse(path.read_bytes(), **options)
    told = [
        (
            entry.line,
            f"entry {entry.line} {entry.algorithm} {'assumed' if entry.algorithm_assumed else 'given'} "
            f"{entry.digest} {entry.path_bytes.hex()}",
        )
        for entry in manifest
    ]
    told += [(line.line, f"malformed {line.line} {line.reason}") for line in manifest.malformed]
    words = [f"lines {manifest.lines} blank {manifest.blank} comments {manifest.comments}"]
    assert words + [line for _, line in sorted(told)] == expected


class Case:
    """One whole run."""

    def __init__(self, path: Path, directory: Path) -> None:
        """Fills a directory with the tree of the case."""
        self.arguments = ["."]
        self.outcomes: list[tuple[str, bytes]] = []
        self.malformed: list[tuple[str, int, str]] = []
        self.tree = directory / "tree"
        outside = directory / "outside"
        self.tree.mkdir()
        outside.mkdir()
        (outside / "secret").write_text("secret")
        lines = [line for line in path.read_text().split("\n") if line and not line.startswith("#")]
        for line in lines:
            line = line.replace("{root}", str(self.tree)).replace("{outside}", str(outside))
            word, _, rest = line.partition(" ")
            first, _, more = rest.partition(" ")
            at = self.tree / os.fsdecode(name(first))
            if word == "dir":
                at.mkdir(parents=True)
            elif word in {"file", "rawlist"}:
                at.write_bytes(content(more))
            elif word == "symlink":
                at.symlink_to(os.fsdecode(name(more)))
            elif word == "fifo":
                os.mkfifo(at)
            elif word == "list":
                at.touch()
                list_ = at
            elif word == "|":
                filled = re.sub(r"\{([a-z0-9-]+):([a-z]+:[^}]*)\}", lambda m: support.digest(m[1], content(m[2])), rest)
                with list_.open("ab") as file:
                    file.write(filled.encode() + b"\n")
            elif word == "verify":
                self.arguments = rest.split(" ")
            elif word == "outcome":
                self.outcomes.append((first, name(more)))
            elif word == "malformed":
                number, reason = more.split(" ")
                self.malformed.append((first, int(number), reason))
            else:
                assert word == "exit"
                self.exit = int(rest)

    def split(self) -> tuple[list[str], dict[str, Any]]:
        """The arguments of the command line as those of `verify`."""
        paths: list[str] = []
        options: dict[str, Any] = {}
        arguments = iter(self.arguments)
        for argument in arguments:
            if argument in {"--ignore-missing", "--allow-malformed", "--detect-collisions"}:
                options[argument[2:].replace("-", "_")] = True
            elif argument.startswith("--"):
                options[argument[2:]] = next(arguments)
            else:
                paths.append(argument)
        return paths, options


@pytest.mark.parametrize("path", TREES, ids=lambda path: path.stem)
def test_trees(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(path, tmp_path)
    monkeypatch.chdir(case.tree)
    paths, options = case.split()
    try:
        report = checksig.verify(*paths, **options, keep="all", threads=THREADS)
    except (checksig.ManifestError, ValueError):
        assert case.exit == 2
        assert case.outcomes == []
        return
    assert [(outcome.status.value, outcome.path_bytes) for outcome in report] == case.outcomes
    if case.exit != 2:
        malformed = [(line.list.removeprefix("./"), line.line, line.reason) for line in report.malformed]
        assert malformed == case.malformed
    assert report.verified == (case.exit == 0)
    assert report.complete
    assert bool(report.unread_lists or report.empty_lists) == (case.exit == 2)


@pytest.mark.parametrize("path", TREES[::8], ids=lambda path: path.stem)
def test_trees_on_the_command_line(path: Path, tmp_path: Path) -> None:
    case = Case(path, tmp_path)
    command = [sys.executable, "-W", "error", "-m", "checksig", "verify", *case.arguments]
    ran = subprocess.run(command, cwd=case.tree, capture_output=True, text=True, timeout=support.PATIENCE, check=False)
    assert ran.returncode == case.exit, ran.stderr
