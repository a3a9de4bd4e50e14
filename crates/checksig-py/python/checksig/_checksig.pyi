"""The engine of checksig. Use the package ``checksig``."""

import os
from typing import Any, TypedDict, final

from checksig._events import Event
from checksig._names import Algorithm, Status
from checksig._report import MalformedLine

__all__ = [
    "CancelToken",
    "Entry",
    "HashRun",
    "Outcome",
    "Run",
    "__version__",
    "algorithm",
    "algorithms",
    "parse",
    "quoted",
    "statuses",
]

__version__: str

@final
class CancelToken:
    def __new__(cls) -> CancelToken: ...
    def cancel(self) -> None: ...
    @property
    def cancelled(self) -> bool: ...

@final
class Entry:
    def __new__(
        cls,
        path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
        *,
        algorithm: str,
        digest: str,
        line: int,
        algorithm_assumed: bool = False,
    ) -> Entry: ...
    @property
    def path(self) -> str: ...
    @property
    def path_bytes(self) -> bytes: ...
    @property
    def algorithm(self) -> Algorithm: ...
    @property
    def algorithm_assumed(self) -> bool: ...
    @property
    def digest(self) -> str: ...
    @property
    def line(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]: ...

@final
class Outcome:
    def __new__(
        cls,
        path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
        status: str,
        *,
        list: str | bytes | os.PathLike[str] | os.PathLike[bytes],
        line: int,
        algorithm: str,
        expected: str,
        actual: str | None = None,
        errno: int | None = None,
        offset: int | None = None,
        algorithm_assumed: bool = False,
    ) -> Outcome: ...
    @property
    def path(self) -> str: ...
    @property
    def path_bytes(self) -> bytes: ...
    @property
    def status(self) -> Status: ...
    @property
    def list(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def algorithm(self) -> Algorithm: ...
    @property
    def algorithm_assumed(self) -> bool: ...
    @property
    def expected(self) -> str: ...
    @property
    def actual(self) -> str | None: ...
    @property
    def errno(self) -> int | None: ...
    @property
    def offset(self) -> int | None: ...
    @property
    def message(self) -> str: ...
    def to_dict(self) -> dict[str, Any]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]: ...

class _ReportFields(TypedDict):
    verified: bool
    complete: bool
    summary: str
    message: str
    note: str | None
    status_counts: tuple[int, ...]
    lists: int
    unread_lists: int
    empty_lists: int
    files: int
    verified_files: int
    bytes: int
    outcomes: tuple[Outcome, ...]
    malformed: tuple[MalformedLine, ...]
    list_errors: tuple[str, ...]
    weak_algorithms: tuple[Algorithm, ...]
    faulty_kernels: tuple[str, ...]

@final
class Run:
    def __new__(
        cls,
        paths: list[bytes],
        *,
        signatures: bool = False,
        root: bytes | None = None,
        algorithm: str | None = None,
        threads: int = 0,
        reads: int = 0,
        ignore_missing: bool = False,
        allow_malformed: bool = False,
        detect_collisions: bool = False,
        keep_all: bool = False,
        tell_outcomes: bool = False,
        cancel: CancelToken | None = None,
    ) -> Run: ...
    def pull(self) -> list[Event] | None: ...
    def report(self) -> _ReportFields | None: ...
    def cancel(self) -> None: ...
    def close(self) -> None: ...

@final
class HashRun:
    def __new__(
        cls, paths: list[bytes], algorithm: str, threads: int, reads: int, cancel: CancelToken | None
    ) -> HashRun: ...
    def pull(self) -> list[str | Exception] | None: ...
    def close(self) -> None: ...

def algorithm(name: str) -> tuple[str, str, int]: ...
def algorithms() -> list[tuple[str, str, int]]: ...
def statuses() -> list[tuple[str, str, int]]: ...
def quoted(name: bytes) -> str: ...
def parse(
    data: bytes, algorithm: str | None, list_name: bytes
) -> tuple[tuple[Entry, ...], tuple[MalformedLine, ...], int, int, int]: ...
