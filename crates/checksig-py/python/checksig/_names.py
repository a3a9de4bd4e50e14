"""The statuses and the algorithms. The tests compare both with the core's tables."""

from __future__ import annotations

from enum import StrEnum

from checksig import _checksig


class Status(StrEnum):
    """What became of an entry of a list. Each entry gets exactly one.

    Where several apply, the first of these counts: ``unsafe_path``, ``conflict``, ``not_run``, ``missing``,
    ``not_a_file``, ``unreadable``, ``changed``, ``collision``, ``mismatch``, ``ok``.

    >>> Status("not_a_file")
    <Status.NOT_A_FILE: 'not_a_file'>
    """

    OK = "ok"
    """The whole file was read and its digest is the expected one."""
    MISMATCH = "mismatch"
    """The whole file was read and its digest differs."""
    MISSING = "missing"
    """There is no such file."""
    UNREADABLE = "unreadable"
    """The file could not be opened or read to its end."""
    NOT_A_FILE = "not_a_file"
    """It is a directory, FIFO, socket or device."""
    UNSAFE_PATH = "unsafe_path"
    """The path leads outside the root, or may; it was not opened."""
    CHANGED = "changed"
    """The file changed while it was read."""
    CONFLICT = "conflict"
    """The lists give this file different digests of one algorithm; for this algorithm it was not read."""
    COLLISION = "collision"
    """The file carries a known collision attack on the algorithm, whatever its digest: see ``detect_collisions``."""
    NOT_RUN = "not_run"
    """The run was cancelled before this entry."""


class Algorithm(StrEnum):
    """A hash function. Made from any of its names, in any case.

    >>> Algorithm("SHA-256")
    <Algorithm.SHA256: 'sha256'>
    >>> Algorithm("blake2b-256").digest_size
    32
    """

    MD5 = "md5"
    SHA1 = "sha1"
    SHA224 = "sha224"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"
    SHA512_256 = "sha512/256"
    SHA3_224 = "sha3-224"
    SHA3_256 = "sha3-256"
    SHA3_384 = "sha3-384"
    SHA3_512 = "sha3-512"
    BLAKE3 = "blake3"
    BLAKE2B = "blake2b"

    @property
    def digest_size(self) -> int:
        """Bytes of a digest."""
        return _checksig.algorithm(self)[2]

    @property
    def tag(self) -> str:
        """The tag of BSD-style lines: ``SHA256``."""
        return _checksig.algorithm(self)[1]

    @classmethod
    def _missing_(cls, value: object) -> Algorithm | None:
        if not isinstance(value, str):
            return None
        name = _checksig.algorithm(value)[0]
        if name in cls._value2member_map_:
            return cls(name)
        # A BLAKE2b of another length. There are 63: they become members when they are met.
        member = str.__new__(cls, name)
        member._name_ = name.upper().replace("-", "_")
        member._value_ = name
        found = cls._value2member_map_.setdefault(name, member)
        assert isinstance(found, cls)
        return found
