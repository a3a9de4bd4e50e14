"""Digests of files, and lists by themselves."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import checksig
import support
from checksig import Algorithm, CancelToken, ChecksigError
from support import THREADS


@pytest.mark.parametrize("algorithm", [a for a in Algorithm if a is not Algorithm.BLAKE3])
def test_every_algorithm_as_hashlib_has_it(algorithm: Algorithm, tmp_path: Path) -> None:
    for size in (0, 1, 63, 64, 65, 1 << 20):
        data = os.urandom(size)
        (tmp_path / "file").write_bytes(data)
        assert checksig.hash_file(tmp_path / "file", algorithm) == support.digest(algorithm, data)


@settings(max_examples=50)
@given(contents=st.lists(st.binary(max_size=300), max_size=40))
def test_many_files_come_in_order(contents: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        paths = [Path(directory) / str(number) for number in range(len(contents))]
        for path, data in zip(paths, contents, strict=True):
            path.write_bytes(data)
        hashed = list(checksig.hash_files(paths, "sha256", threads=THREADS))
        assert [file.path for file in hashed] == [str(path) for path in paths]
        assert [file.digest for file in hashed] == [support.digest("sha256", data) for data in contents]


def test_more_files_than_a_batch(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / str(number)).write_text(str(number))
    paths = [tmp_path / str(number % 5) for number in range(5000)]
    hashed = checksig.hash_files(paths, "md5", threads=THREADS)
    assert [file.digest for file in hashed] == [support.digest("md5", b"%d" % (number % 5)) for number in range(5000)]


def test_errors_are_those_of_open(tmp_path: Path) -> None:
    for path, kind in ((tmp_path / "none", FileNotFoundError), (tmp_path, IsADirectoryError)):
        with pytest.raises(kind) as raised:
            checksig.hash_file(path, "md5")
        assert raised.value.filename == str(path)
    (tmp_path / "a").touch()
    hashed = list(checksig.hash_files([tmp_path / "none", tmp_path / "a"], "md5", threads=THREADS))
    assert isinstance(hashed[0].error, FileNotFoundError)
    assert (hashed[0].digest, hashed[1].error) == (None, None)
    assert hashed[1].digest == support.digest("md5", b"")


def test_wrong_arguments(tmp_path: Path) -> None:
    # At the call, not when the first result is asked for.
    with pytest.raises(ValueError, match="no algorithm"):
        checksig.hash_files([], "crc32")
    with pytest.raises(TypeError):
        checksig.hash_files([1], "md5")  # type: ignore[list-item]
    # Else each letter of a name would be a file.
    for path in ("ab", b"ab", tmp_path):
        with pytest.raises(TypeError, match="several paths are needed, not one"):
            checksig.hash_files(path, "md5")  # type: ignore[arg-type]


def test_a_directory_that_is_left_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    hashed = checksig.hash_files(["a"], "md5", threads=THREADS)
    monkeypatch.chdir("other")
    assert next(hashed).digest == support.digest("md5", b"a")


def test_cancelled(tmp_path: Path) -> None:
    support.huge(tmp_path)
    token = CancelToken()
    token.cancel()
    with pytest.raises(ChecksigError, match="cancelled"):
        checksig.hash_file(tmp_path / "huge", "sha3-512", cancel=token)
    token = CancelToken()
    hashed = checksig.hash_files([tmp_path / "huge"] * 3, "sha3-512", threads=THREADS, cancel=token)
    threading.Thread(target=token.cancel).start()
    assert all(isinstance(file.error, ChecksigError) for file in hashed)


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(b"x" * 100_000,))
    writer.start()
    assert checksig.hash_file(tmp_path / "pipe", "sha256") == support.digest("sha256", b"x" * 100_000)
    writer.join()


@given(data=st.binary(max_size=400))
def test_parsing_never_fails_and_loses_no_line(data: bytes) -> None:
    manifest = checksig.parse(data)
    assert manifest.lines == manifest.blank + manifest.comments + len(manifest) + len(manifest.malformed)
    assert manifest == checksig.parse(bytearray(data)) == checksig.parse(memoryview(data))


@pytest.mark.parametrize("wrong", [5, [1, 2], None, Path("list")])
def test_parsing_takes_bytes_or_text(wrong: object) -> None:
    with pytest.raises(TypeError):
        checksig.parse(wrong)  # type: ignore[arg-type]


@given(
    names=st.lists(st.binary(min_size=1, max_size=40).filter(lambda name: b"\0" not in name)),
    data=st.data(),
)
def test_a_list_that_is_written_comes_back(names: list[bytes], data: st.DataObject) -> None:
    lines, expected = b"", []
    for name in names:
        digest = data.draw(st.binary(min_size=32, max_size=32)).hex()
        start, written = support.escaped(name)
        lines += start + digest.encode() + b" *" + written + b"\n"
        expected.append((name, digest))
    manifest = checksig.parse(lines, algorithm="sha3-256")
    assert manifest.malformed == ()
    assert [(entry.path_bytes, entry.digest) for entry in manifest] == expected
    assert {entry.algorithm for entry in manifest} <= {Algorithm.SHA3_256}


def test_text_is_a_list_too() -> None:
    text = f"{'0' * 64}  é\udcff\n"
    (entry,) = checksig.parse(text, list_name="x.blake3")
    assert (entry.path_bytes, entry.algorithm) == ("é".encode() + b"\xff", Algorithm.BLAKE3)
    assert repr(checksig.parse(text)) == "<Manifest: 1 entries, 0 malformed lines>"
