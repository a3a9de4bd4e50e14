"""Digests of files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from checksig._checksig import CancelToken, HashRun
from checksig._names import Algorithm


@dataclass(frozen=True, slots=True)
class HashedFile:
    """A file and its digest, or why there is none."""

    path_bytes: bytes
    """The name of the file, in bytes."""
    algorithm: Algorithm
    """The hash function."""
    digest: str | None
    """The digest in lower-case hex."""
    error: Exception | None = None
    """What kept the file from being hashed: an ``OSError`` as ``open`` raises it, or a ``ChecksigError``."""

    @property
    def path(self) -> str:
        """The name of the file."""
        return os.fsdecode(self.path_bytes)


def hash_file(
    path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
    algorithm: Algorithm | str,
    *,
    cancel: CancelToken | None = None,
) -> str:
    """The digest of a file in lower-case hex. Raises what ``open`` raises.

    >>> checksig.hash_file("examples/logs/httpd-00.log", "sha1")
    'd383f1292ed95f4415dbfce2d1c2d03205e4da7d'
    """
    (hashed,) = hash_files([path], algorithm, cancel=cancel)
    if hashed.digest is None:
        assert hashed.error is not None
        raise hashed.error
    return hashed.digest


def hash_files(
    paths: Iterable[str | bytes | os.PathLike[str] | os.PathLike[bytes]],
    algorithm: Algorithm | str,
    *,
    threads: int = 0,
    reads: int = 0,
    cancel: CancelToken | None = None,
) -> Iterator[HashedFile]:
    """Hashes files in parallel: an iterator over the results, in the order given. Closing or dropping it cancels.

    A file that cannot be read does not end it: its result has the ``error``. ``threads`` hash and ``reads`` files are
    waited for at once; 0 lets the engine choose.

    >>> hashed = list(checksig.hash_files(["examples/logs/httpd-00.log", "none"], "md5"))
    >>> hashed[0].digest
    'a098a821e453cc0ea8129f23e0050e5c'
    >>> hashed[1].error
    FileNotFoundError(2, 'No such file or directory')
    """
    if isinstance(paths, str | bytes | os.PathLike):
        raise TypeError(f"several paths are needed, not one: {paths!r} (hash_file is for one)")
    names = [os.fsencode(path) for path in paths]
    algorithm = Algorithm(algorithm)
    run = HashRun(names, algorithm, threads, reads, cancel)
    # Not this function itself: as a generator it would not start before it is asked for the first file.
    return _hashed(run, names, algorithm)


def _hashed(run: HashRun, names: list[bytes], algorithm: Algorithm) -> Iterator[HashedFile]:
    with closing(run):
        unfinished = iter(names)
        while (results := run.pull()) is not None:
            for result, name in zip(results, unfinished, strict=False):
                if isinstance(result, str):
                    yield HashedFile(name, algorithm, result)
                else:
                    yield HashedFile(name, algorithm, None, result)
