"""Verifying: the ways to run it."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Literal

from checksig._checksig import CancelToken, Outcome, Run
from checksig._errors import ChecksigError
from checksig._events import Event, Finished
from checksig._names import Algorithm
from checksig._progress import shown
from checksig._report import Report


def check_signatures(root_dir: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> Report:
    """Verifies a directory against its ``sha1sum.txt``, that list alone.

    Raises ``VerificationError``, a ``ValueError`` whose message names the files, unless every file is what the list
    says; ``ManifestError`` if the list cannot be read.

    >>> checksig.check_signatures("examples/logs")
    <Report: verified 10 of 10 listed files (31.1 kB)>
    >>> checksig.check_signatures("examples/damaged")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    checksig.VerificationError: not verified: 1 mismatch, 1 missing; verified 8 of 10 listed files (28.5 kB read ...
      httpd-03.log: mismatch: expected sha1 ...
      httpd-06.log: missing
    """
    report = _finish(Run([os.fsencode(root_dir)], signatures=True), None, progress=False)
    report.raise_for_failures()
    return report


def verify(
    path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
    *more: str | bytes | os.PathLike[str] | os.PathLike[bytes],
    root: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
    algorithm: Algorithm | str | None = None,
    threads: int = 0,
    reads: int = 0,
    io: Literal["auto", "uring", "blocking"] = "auto",
    ignore_missing: bool = False,
    allow_malformed: bool = False,
    detect_collisions: bool = False,
    on_event: Callable[[Event], object] | None = None,
    progress: bool = False,
    cancel: CancelToken | None = None,
    keep: Literal["failures", "all"] = "failures",
) -> Report:
    """Verifies the files of a list, or of every list in a directory; of several together, each file read once.

    That files are not what a list says is no exception but in the report: see ``Report.raise_for_failures``. Cancelled
    through ``cancel``, the report is marked incomplete.

    - ``root``: where the paths in the lists begin, instead of each list's own directory.
    - ``algorithm``: that of the lines without a tag, whatever the list's name or the digests' lengths say.
    - ``threads``: how many hash; 0 means one for each core. ``reads``: how many files are waited for at once; 0 lets
      the engine choose, 1 reads them in the order of the list, for rotating disks.
    - ``io``: how files that are not in memory are waited for: ``"uring"`` by the kernel's ring, ``"blocking"`` by a
      thread for each, ``"auto"`` as is fastest. Where there is no ring, ``"uring"`` raises ``ChecksigError``.
    - ``ignore_missing``, ``allow_malformed``: missing files, or lines that are no entries, are no failure. At least one
      file must still be ok.
    - ``detect_collisions``: a file that carries a known collision attack on SHA-1 is ``collision``, whatever its
      digest. Entries of SHA-1 take several times as long then; others are not concerned.
    - ``on_event``: is called on this thread with everything that happens. An exception in it cancels the run and comes
      out of this function as it is.
    - ``progress``: shows a bar if tqdm is installed.
    - ``keep``: ``"all"`` keeps also the outcomes that are ok in the report.

    >>> report = checksig.verify("examples/logs/sha1sum.txt", keep="all")
    >>> report.verified, len(report.outcomes)
    (True, 10)
    """
    run = _start(
        (path, *more),
        root=root,
        algorithm=algorithm,
        threads=threads,
        reads=reads,
        io=io,
        ignore_missing=ignore_missing,
        allow_malformed=allow_malformed,
        detect_collisions=detect_collisions,
        tell_outcomes=on_event is not None,
        cancel=cancel,
        keep=keep,
    )
    return _finish(run, on_event, progress=progress)


def iter_verify(
    path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
    *more: str | bytes | os.PathLike[str] | os.PathLike[bytes],
    root: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
    algorithm: Algorithm | str | None = None,
    threads: int = 0,
    reads: int = 0,
    io: Literal["auto", "uring", "blocking"] = "auto",
    ignore_missing: bool = False,
    allow_malformed: bool = False,
    detect_collisions: bool = False,
    cancel: CancelToken | None = None,
    keep: Literal["failures", "all"] = "failures",
) -> Outcomes:
    """Verifies as ``verify`` does, and gives every outcome as it comes, in the order of the lists.

    The iterator is a context manager: leaving it cancels what is left.

    >>> with checksig.iter_verify("examples/damaged") as outcomes:
    ...     for outcome in outcomes:
    ...         if outcome.status is not checksig.Status.OK:
    ...             print("first failure:", outcome.path)
    ...             break
    first failure: httpd-03.log
    """
    return Outcomes(
        _start(
            (path, *more),
            root=root,
            algorithm=algorithm,
            threads=threads,
            reads=reads,
            io=io,
            ignore_missing=ignore_missing,
            allow_malformed=allow_malformed,
            detect_collisions=detect_collisions,
            tell_outcomes=True,
            cancel=cancel,
            keep=keep,
        )
    )


async def averify(
    path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
    *more: str | bytes | os.PathLike[str] | os.PathLike[bytes],
    root: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
    algorithm: Algorithm | str | None = None,
    threads: int = 0,
    reads: int = 0,
    io: Literal["auto", "uring", "blocking"] = "auto",
    ignore_missing: bool = False,
    allow_malformed: bool = False,
    detect_collisions: bool = False,
    on_event: Callable[[Event], object] | None = None,
    progress: bool = False,
    cancel: CancelToken | None = None,
    keep: Literal["failures", "all"] = "failures",
) -> Report:
    """Verifies as ``verify`` does, without blocking the event loop. Cancelling the task cancels the run.

    ``on_event`` is called on the event loop's thread.

    >>> asyncio.run(checksig.averify("examples/logs"))
    <Report: verified 10 of 10 listed files (31.1 kB)>
    """
    run = _start(
        (path, *more),
        root=root,
        algorithm=algorithm,
        threads=threads,
        reads=reads,
        io=io,
        ignore_missing=ignore_missing,
        allow_malformed=allow_malformed,
        detect_collisions=detect_collisions,
        tell_outcomes=on_event is not None,
        cancel=cancel,
        keep=keep,
    )
    with closing(run), shown(progress, on_event) as tell:
        # A pull takes a moment at most, so a thread that is left alone ends by itself.
        while (events := await asyncio.to_thread(run.pull)) is not None:
            for event in events:
                tell(event)
        return _report(run, tell)


class Outcomes(Iterator[Outcome]):
    """A verification under way: an iterator over its outcomes, and a context manager that cancels what is left."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._waiting: deque[Outcome] = deque()
        self._report: Report | None = None
        # A list that cannot be read is reported here, not by the first `next`. The first event says that all is well.
        while (events := run.pull()) == []:
            pass
        self._take(events)

    def __next__(self) -> Outcome:
        while True:
            try:
                return self._waiting.popleft()
            except IndexError:
                if not self._take(self._run.pull()):
                    raise StopIteration from None

    def __enter__(self) -> Outcomes:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def cancel(self) -> None:
        """Cancels: what has not been read comes as ``not_run``, and the report is marked incomplete. Never waits."""
        self._run.cancel()

    def close(self) -> None:
        """Cancels, and gives no more outcomes and no report. Never waits."""
        self._run.close()
        self._waiting.clear()

    @property
    def report(self) -> Report:
        """What it adds up to, once the last outcome was given."""
        if self._report is None:
            raise ChecksigError("there is no report before the last outcome was given")
        return self._report

    def _take(self, events: list[Event] | None) -> bool:
        """Whether there may be more."""
        if events is None:
            fields = self._run.report()
            if fields is not None:
                self._report = Report(**fields)
            return False
        self._waiting.extend(event for event in events if isinstance(event, Outcome))
        return True


def _start(
    paths: tuple[str | bytes | os.PathLike[str] | os.PathLike[bytes], ...],
    *,
    root: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None,
    algorithm: Algorithm | str | None,
    threads: int,
    reads: int,
    io: str,
    ignore_missing: bool,
    allow_malformed: bool,
    detect_collisions: bool,
    tell_outcomes: bool,
    cancel: CancelToken | None,
    keep: str,
) -> Run:
    if keep not in ("failures", "all"):
        raise ValueError(f'keep must be "failures" or "all", not {keep!r}')
    return Run(
        [os.fsencode(path) for path in paths],
        root=None if root is None else os.fsencode(root),
        algorithm=None if algorithm is None else Algorithm(algorithm),
        threads=threads,
        reads=reads,
        io=io,
        ignore_missing=ignore_missing,
        allow_malformed=allow_malformed,
        detect_collisions=detect_collisions,
        keep_all=keep == "all",
        tell_outcomes=tell_outcomes,
        cancel=cancel,
    )


def _finish(run: Run, on_event: Callable[[Event], object] | None, *, progress: bool) -> Report:
    with closing(run), shown(progress, on_event) as tell:
        while (events := run.pull()) is not None:
            for event in events:
                tell(event)
        return _report(run, tell)


def _report(run: Run, tell: Callable[[Event], object]) -> Report:
    fields = run.report()
    assert fields is not None, "the run has told everything"
    report = Report(**fields)
    tell(Finished(report))
    return report
