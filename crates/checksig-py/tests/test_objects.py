"""The objects: frozen, hashable, comparable, picklable, readable; and the enums as the core has them."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import checksig
import support
from checksig import (
    Algorithm,
    Entry,
    Finished,
    HashedFile,
    MalformedLine,
    Outcome,
    Progress,
    Report,
    Started,
    Status,
    VerificationError,
    _checksig,
)

OUTCOMES = st.builds(
    Outcome,
    st.binary(min_size=1, max_size=20),
    st.sampled_from(Status),
    list=st.binary(max_size=20),
    line=st.integers(1, 2**64 - 1),
    algorithm=st.just("md5"),
    expected=st.binary(min_size=16, max_size=16).map(bytes.hex),
    actual=st.none() | st.binary(min_size=16, max_size=16).map(bytes.hex),
    errno=st.none() | st.integers(-(2**31), 2**31 - 1),
    offset=st.none() | st.integers(0, 2**64 - 1),
    algorithm_assumed=st.booleans(),
)


def objects(directory: Path) -> list[Any]:
    report = checksig.verify(directory, keep="all")
    manifest = checksig.parse((directory / "sha256sum.txt").read_bytes())
    return [
        report,
        *report.outcomes,
        *report.malformed,
        manifest,
        *manifest.entries,
        Started(1, 2, 3),
        Progress(1, 2, 3, 4),
        Finished(report),
        *checksig.hash_files([directory / "a"], "md5"),
        Algorithm("blake2b-8"),
        *Algorithm,
        *Status,
    ]


def test_objects_are_values(damaged: Path) -> None:
    first, second = objects(damaged), objects(damaged)
    for one, other in zip(first, second, strict=True):
        assert one == other
        assert hash(one) == hash(other)
        assert one != object()
        for again in (pickle.loads(pickle.dumps(one)), copy.copy(one), copy.deepcopy(one)):
            assert again == one
            assert type(again) is type(one)
            assert repr(again) == repr(one)
        if not isinstance(one, Enum):
            for name in ("path", "line", "verified", "lines", "bytes", "lists", "report"):
                with pytest.raises((AttributeError, TypeError)):
                    setattr(one, name, getattr(one, name, 1))
    # No two are the same.
    assert len(set(first)) == len(first)


@given(one=OUTCOMES, other=OUTCOMES)
def test_outcomes_are_what_their_facts_are(one: Outcome, other: Outcome) -> None:
    assert pickle.loads(pickle.dumps(one)) == one
    assert eval(repr(one)) == one
    assert (one == other) == (repr(one) == repr(other))
    assert (one == other) <= (hash(one) == hash(other))


def test_an_outcome_is_made_of_what_it_says() -> None:
    outcome = Outcome(
        "a b",
        Status.UNREADABLE,
        list="l",
        line=3,
        algorithm="SHA-1",
        expected="AB" * 20,
        errno=5,
        offset=100,
        algorithm_assumed=True,
    )
    assert outcome.status is Status.UNREADABLE
    assert outcome.algorithm is Algorithm.SHA1
    assert (outcome.path, outcome.path_bytes, outcome.list, outcome.line) == ("a b", b"a b", "l", 3)
    assert (outcome.expected, outcome.actual, outcome.errno, outcome.offset) == ("ab" * 20, None, 5, 100)
    assert outcome.algorithm_assumed
    assert str(outcome) == "'a b': unreadable: Input/output error (os error 5), at byte 100"
    assert outcome.message == str(outcome).partition(": ")[2]
    facts = {"list": "l", "line": 1, "algorithm": "md5"}
    for wrong in ({"expected": "ab"}, {"expected": "0" * 32, "actual": "x"}):
        with pytest.raises(ValueError, match="not a digest of md5"):
            Outcome("a", "ok", **facts, **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no status is called"):
        Outcome("a", "fine", **facts, expected="0" * 32)  # type: ignore[arg-type]


def test_an_entry_is_made_of_what_it_says() -> None:
    entry = checksig.parse(b"d41d8cd98f00b204e9800998ecf8427e  \xff\n")[0]
    assert entry == Entry(b"\xff", algorithm="md5", digest=entry.digest, line=1, algorithm_assumed=True)
    assert (entry.path, entry.path_bytes) == ("\udcff", b"\xff")
    assert entry != Entry(b"\xff", algorithm="md5", digest=entry.digest, line=1)


def test_reports_read_well(damaged: Path, good: Path) -> None:
    report = checksig.verify(damaged)
    assert repr(report) == f"<Report: {report.summary}>"
    assert str(report) == report.summary
    assert "1 mismatch, 1 missing, 1 not a file, 1 malformed line" in report.summary
    assert bool(report) is report.verified is False
    assert len(report) == 3
    assert list(report) == list(report.outcomes)
    assert sum(report.counts.values()) == report.entries == 5
    # No failure is kept, and yet it is true.
    assert checksig.verify(good)
    assert len(checksig.verify(good)) == 0


def test_a_report_in_a_notebook(tmp_path: Path) -> None:
    name = "<b>\u202e&.txt"
    support.write_list(tmp_path, {name: b"", "b": b""})
    (tmp_path / name).unlink()
    html = checksig.verify(tmp_path, tmp_path / "none&")._repr_html_()
    assert html.count("<tr>") == 2
    assert "<td>missing</td>" in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "\u202e" not in html
    assert "none&amp;" in html
    (tmp_path / name).touch()
    assert "<table>" not in checksig.verify(tmp_path)._repr_html_()


def test_a_report_in_a_notebook_is_no_book(tmp_path: Path) -> None:
    lines = "".join(f"{'0' * 32}  file-{n}\n" for n in range(1000))
    (tmp_path / "md5sum.txt").write_text(lines)
    html = checksig.verify(tmp_path)._repr_html_()
    assert html.count("<tr>") == 101
    assert "and 900 more" in html


def test_to_dicts_is_for_tables(damaged: Path) -> None:
    (damaged / "more.sha256").write_bytes(b"0" * 64 + b"  \xff\n")
    rows = checksig.verify(damaged, keep="all").to_dicts()
    assert len(rows) == 6
    kinds: dict[str, set[type]] = {
        "list": {str},
        "line": {int},
        "path": {str},
        "path_bytes": {bytes},
        "algorithm": {str},
        "algorithm_assumed": {bool},
        "status": {str},
        "expected": {str},
        "actual": {str, type(None)},
        "errno": {int, type(None)},
        "offset": {int, type(None)},
    }
    for row in rows:
        assert dict.fromkeys(row, True) == {name: type(row[name]) in kinds[name] for name in kinds}
        # Tables keep text as UTF-8, which has no lone surrogates.
        row["path"].encode()
        json.dumps({**row, "path_bytes": None})
    assert {row["path_bytes"]: row["path"] for row in rows}[b"\xff"] == "\ufffd"


def test_errors_are_picklable(damaged: Path) -> None:
    report = checksig.verify(damaged)
    with pytest.raises(VerificationError) as raised:
        report.raise_for_failures()
    again = pickle.loads(pickle.dumps(raised.value))
    assert (type(again), str(again), again.report) == (VerificationError, str(raised.value), report)


def test_statuses_are_the_cores() -> None:
    assert [status.value for status in Status] == [name for name, _, _ in _checksig.statuses()]
    assert [number for _, _, number in _checksig.statuses()] == list(range(len(Status)))
    for status in Status:
        assert status.name == status.value.upper()
        assert Outcome("a", status, list="", line=1, algorithm="md5", expected="0" * 32).status is status


def test_algorithms_are_the_cores() -> None:
    assert {algorithm.value for algorithm in Algorithm if "-" not in algorithm.name} >= {"md5", "blake2b"}
    table = {name: (tag, size) for name, tag, size in _checksig.algorithms()}
    members = {member.value: (member.tag, member.digest_size) for member in Algorithm.__members__.values()}
    assert members == table
    for name in table:
        assert Algorithm(name).name == name.upper().replace("/", "_").replace("-", "_")


def test_algorithms_have_other_names() -> None:
    assert Algorithm("SHA-256") is Algorithm("sha2-256") is Algorithm.SHA256
    assert Algorithm("b3") is Algorithm.BLAKE3
    assert Algorithm("BLAKE2b-512") is Algorithm.BLAKE2B
    short = Algorithm("blake2b-256")
    assert short is Algorithm("BLAKE2B-256")
    assert (short.name, short, short.digest_size, short.tag) == ("BLAKE2B_256", "blake2b-256", 32, "BLAKE2b-256")
    for wrong in ("crc32", "", "blake2b-7", "blake2b-1024"):
        with pytest.raises(ValueError, match="no algorithm is called"):
            Algorithm(wrong)
    with pytest.raises(ValueError, match="not a valid Algorithm"):
        Algorithm(1)  # type: ignore[arg-type]


def test_dataclasses_have_no_dict() -> None:
    for kind in (Report, MalformedLine, Started, Progress, Finished, HashedFile, checksig.Manifest):
        assert dataclasses.is_dataclass(kind)
        assert "__slots__" in vars(kind)


def test_the_package_says_what_it_has() -> None:
    for name in checksig.__all__:
        assert getattr(checksig, name) is not None
        assert getattr(getattr(checksig, name), "__module__", "checksig") in {"checksig", "typing", "types"}
    assert checksig.__version__.count(".") == 2
