"""Lists by themselves, without their files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from checksig import _checksig
from checksig._checksig import Entry
from checksig._names import Algorithm
from checksig._report import MalformedLine


@dataclass(frozen=True, slots=True)
class Manifest:
    """A parsed list. Its length, iteration and indices are those of ``entries``."""

    entries: tuple[Entry, ...]
    """The entries, in the order of the list."""
    malformed: tuple[MalformedLine, ...]
    """The lines that are not entries."""
    lines: int
    """How many lines the list has: blank, comments, malformed and entries."""
    blank: int
    """Lines of blanks only."""
    comments: int
    """Lines that begin with ``#``."""

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __getitem__(self, index: int) -> Entry:
        return self.entries[index]

    def __repr__(self) -> str:
        return f"<Manifest: {len(self.entries)} entries, {len(self.malformed)} malformed lines>"


def parse(
    data: bytes | bytearray | memoryview | str,
    *,
    algorithm: Algorithm | str | None = None,
    list_name: str | bytes | os.PathLike[str] | os.PathLike[bytes] = b"",
) -> Manifest:
    r"""Parses a checksum list. Never fails: what is no entry is in ``malformed``.

    ``algorithm`` is that of the lines without a tag; without it, the name of the list says it (``sha256sum.txt``), else
    the length of the digest. Text is taken for what ``open(…, encoding="utf-8", errors="surrogateescape")`` reads.

    >>> manifest = checksig.parse("d41d8cd98f00b204e9800998ecf8427e  empty\nnot a checksum\n")
    >>> manifest
    <Manifest: 1 entries, 1 malformed lines>
    >>> manifest.malformed[0].reason
    'bad-hex'
    """
    # Through `memoryview`: of a number, `bytes` would make as many zeros.
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else bytes(memoryview(data))
    name = None if algorithm is None else Algorithm(algorithm)
    return Manifest(*_checksig.parse(raw, name, os.fsencode(list_name)))
