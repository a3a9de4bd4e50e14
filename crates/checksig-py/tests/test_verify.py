"""Verifying: results, options, paths, errors."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import checksig
import support
from checksig import ManifestError, Status, VerificationError
from support import THREADS

NAMES = st.binary(min_size=1, max_size=255).filter(
    lambda name: not {0, ord("/")} & set(name) and name not in {b".", b".."}
)

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def test_a_good_directory(good: Path) -> None:
    report = checksig.verify(good, threads=THREADS)
    assert report.verified
    assert report.complete
    assert (report.entries, report.files, report.verified_files, report.lists) == (100, 100, 100, 1)
    assert report.bytes == sum(file.stat().st_size for file in good.glob("file-*"))
    assert report.outcomes == ()
    assert report.faulty_kernels == ()
    assert (report.weak_algorithms, report.note) == ((), None)
    assert report.counts == {status: 100 if status is Status.OK else 0 for status in Status}
    report.raise_for_failures()


def test_a_damaged_directory(damaged: Path) -> None:
    report = checksig.verify(damaged, threads=THREADS)
    assert not report.verified
    assert [(outcome.path, outcome.status) for outcome in report] == [
        ("b", Status.MISMATCH),
        ("c", Status.MISSING),
        ("d", Status.NOT_A_FILE),
    ]
    mismatch = report.outcomes[0]
    assert mismatch.expected == hashlib.sha256(b"b").hexdigest()
    assert mismatch.actual == hashlib.sha256(b"other").hexdigest()
    assert (mismatch.line, mismatch.list, mismatch.algorithm) == (2, str(damaged / "sha256sum.txt"), "sha256")
    assert [(line.line, line.reason) for line in report.malformed] == [(6, "bad-hex")]
    with pytest.raises(VerificationError, match=r"(?s)1 mismatch.*\n  b: mismatch.*\n  c: missing") as raised:
        report.raise_for_failures()
    assert raised.value.report is report
    assert isinstance(raised.value, ValueError)


def test_check_signatures_reads_sha1sum_txt_alone(tmp_path: Path) -> None:
    support.write_list(tmp_path, {"a": b"1", "b": b"2"}, "sha1sum.txt", "sha1")
    (tmp_path / "md5sum.txt").write_text("garbage\n")
    assert checksig.check_signatures(tmp_path).verified_files == 2
    (tmp_path / "b").write_bytes(b"3")
    with pytest.raises(ValueError, match=r"\n  b: mismatch") as raised:
        checksig.check_signatures(tmp_path)
    assert "  a" not in str(raised.value)


def test_every_way_to_verify_finds_collisions(tmp_path: Path) -> None:
    lines = (support.TOP / "vectors" / "digests.txt").read_text().splitlines()
    (attack,) = (line for line in lines if line.startswith("sha1 hex:99040d04"))
    content = bytes.fromhex(attack.split(" ")[1].removeprefix("hex:"))
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    path = support.write_list(tmp_path, {"messageA": content}, "sha1sum.txt", "sha1")
    with checksig.iter_verify(path, detect_collisions=True, threads=THREADS) as outcomes:
        iterated = tuple(outcomes)
    reports = [
        checksig.verify(path, detect_collisions=True, threads=THREADS),
        asyncio.run(checksig.averify(path, detect_collisions=True, threads=THREADS)),
        outcomes.report,
    ]
    for report, found in zip(reports, [reports[0].outcomes, reports[1].outcomes, iterated], strict=True):
        assert not report.verified
        assert [(outcome.status, outcome.actual) for outcome in found] == [(Status.COLLISION, digest)]
        assert (report.weak_algorithms, report.counts[Status.COLLISION]) == (("sha1",), 1)
    unsuspecting = checksig.verify(path, threads=THREADS)
    assert unsuspecting.verified
    assert unsuspecting.note == "sha1 does not protect against deliberate change"


def test_check_signatures_needs_its_list(good: Path) -> None:
    with pytest.raises(ManifestError, match=r"sha1sum\.txt") as raised:
        checksig.check_signatures(good)
    assert isinstance(raised.value.__cause__, FileNotFoundError)


def test_check_signatures_names_twenty(tmp_path: Path) -> None:
    support.write_list(tmp_path, {f"f{n:02}": b"x" for n in range(30)}, "sha1sum.txt", "sha1")
    for n in range(25):
        (tmp_path / f"f{n:02}").unlink()
    with pytest.raises(VerificationError) as raised:
        checksig.check_signatures(tmp_path)
    assert "f19" in str(raised.value)
    assert "f20" not in str(raised.value)
    assert "and 5 more" in str(raised.value)


def test_keep_all(damaged: Path) -> None:
    report = checksig.verify(damaged, keep="all", threads=THREADS)
    assert [outcome.path for outcome in report] == list("abcde")
    assert report.filter("ok", Status.MISSING) == (report.outcomes[0], report.outcomes[2], report.outcomes[4])
    assert report.failures == checksig.verify(damaged).outcomes


def test_policies(damaged: Path) -> None:
    for name in "bd":
        if (damaged / name).is_dir():
            (damaged / name).rmdir()
        (damaged / name).write_text(name)
    assert not checksig.verify(damaged)
    assert not checksig.verify(damaged, ignore_missing=True)
    assert not checksig.verify(damaged, allow_malformed=True)
    report = checksig.verify(damaged, ignore_missing=True, allow_malformed=True)
    assert report
    report.raise_for_failures()
    assert report.counts[Status.MISSING] == 1


def test_root_and_algorithm(tmp_path: Path) -> None:
    files = tmp_path / "files"
    list_ = support.write_list(files, {"a": b"x"}, "list", "blake2b-256")
    list_ = list_.rename(tmp_path / "list")
    assert not checksig.verify(list_, root=files)
    assert checksig.verify(list_, root=files, algorithm="BLAKE2b-256")
    assert checksig.verify(list_, root=os.fsencode(files), algorithm=checksig.Algorithm("blake2b-256"))
    assert checksig.verify(list_, algorithm="blake2b-256").counts[Status.MISSING] == 1


def test_several_lists_read_each_file_once(tmp_path: Path) -> None:
    one = support.write_list(tmp_path, {"a": b"12345"}, "a.sha256")
    two = support.write_list(tmp_path, {"a": b"12345"}, "a.md5", "md5")
    report = checksig.verify(one, two)
    assert (report.lists, report.entries, report.files, report.bytes) == (2, 2, 1, 5)
    assert report.verified


def test_a_list_that_cannot_be_read_keeps_no_other_from_it(good: Path) -> None:
    report = checksig.verify(good, good / "none")
    assert not report.verified
    assert (report.unread_lists, report.verified_files) == (1, 100)
    assert "none" in report.list_errors[0]


def test_errors_say_what_and_why(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"cannot read the list .*none: No such file") as raised:
        checksig.verify(tmp_path / "none")
    cause = raised.value.__cause__
    assert isinstance(cause, OSError)
    assert cause.errno == errno.ENOENT
    with pytest.raises(ManifestError, match="no checksum list in"):
        checksig.verify(tmp_path)
    list_ = support.write_list(tmp_path, {"a": b""})
    with pytest.raises(checksig.ChecksigError, match="gone") as other:
        checksig.verify(list_, root=tmp_path / "gone")
    assert not isinstance(other.value, ManifestError)


def test_wrong_arguments(good: Path) -> None:
    with pytest.raises(ValueError, match="no algorithm is called crc32; known are md5"):
        checksig.verify(good, algorithm="crc32")
    with pytest.raises(ValueError, match="keep must be"):
        checksig.verify(good, keep="some")  # type: ignore[arg-type]
    for path in (1, None, ["a"]):
        with pytest.raises(TypeError):
            checksig.verify(path)  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        checksig.verify(good, threads=-1)


def test_an_empty_list_is_not_verified(tmp_path: Path) -> None:
    (tmp_path / "md5sum.txt").touch()
    report = checksig.verify(tmp_path)
    assert not report.verified
    assert report.empty_lists == 1
    with pytest.raises(VerificationError):
        report.raise_for_failures()


def test_str_bytes_and_path_mean_the_same(damaged: Path) -> None:
    reports = [checksig.verify(path) for path in (damaged, str(damaged), os.fsencode(damaged))]
    assert reports[0] == reports[1] == reports[2]


@pytest.mark.parametrize("byte", [bytes([byte]) for byte in range(1, 256) if byte != ord("/")])
def test_every_byte_is_a_name(byte: bytes, tmp_path: Path) -> None:
    check_name(byte + b"x", tmp_path)


@given(name=NAMES)
@example(name=b"\xff\xfe")
@example(name="é".encode())
@example(name=b"c:x")
@example(name=b"a\nb\\c\rd")
@example(name=b"-")
def test_every_name_comes_back(name: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        check_name(name, Path(directory))


def check_name(name: bytes, directory: Path) -> None:
    """A file of this name, in a directory of this name, is found by every way to write it, and named by its bytes."""
    inner = directory / os.fsdecode(name)
    inner.mkdir()
    # A name like `c:x` alone could be a drive's.
    file = os.fsdecode(b"./" + name)
    support.write_list(inner, {file: b"content"}, "SHA256SUMS")
    for path in (inner, os.fspath(inner), os.fsencode(inner)):
        (outcome,) = checksig.verify(path, keep="all", threads=THREADS)
        assert outcome.status is Status.OK
        assert outcome.path_bytes == b"./" + name
        assert outcome.path == file
        assert os.fsencode(outcome.path) == outcome.path_bytes
        # What is printed does nothing to a terminal, and turns no text round.
        assert not [c for c in str(outcome) if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} or c in BIDI]
    expected = hashlib.sha512(b"content").hexdigest()
    for path in (inner / file, os.fspath(inner / file), os.fsencode(inner / file)):
        assert checksig.hash_file(path, "sha512") == expected
    (hashed,) = checksig.hash_files([inner / file], "sha512")
    assert (hashed.path_bytes, hashed.digest) == (os.fsencode(inner / file), expected)


def test_names_follow_the_encoding_of_the_file_system(tmp_path: Path) -> None:
    support.write_list(tmp_path, {"é": b"", "plain": b""})
    code = """
import os, sys, checksig
assert sys.getfilesystemencoding() == "ascii", sys.getfilesystemencoding()
for outcome in checksig.verify(sys.argv[1], keep="all"):
    assert outcome.path == os.fsdecode(outcome.path_bytes), outcome
    assert os.path.exists(os.path.join(sys.argv[1], outcome.path))
"""
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = support.python(code, tmp_path, environment=ascii_only)
    assert (ran.returncode, ran.stderr) == (0, "")
