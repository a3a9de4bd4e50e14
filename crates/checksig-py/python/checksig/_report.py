"""What a run adds up to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from checksig._checksig import Outcome, quoted
from checksig._errors import VerificationError
from checksig._names import Algorithm, Status

_HTML_ROWS = 100
"""More rows of failures than this make a notebook slow and nobody wiser."""


@dataclass(frozen=True, slots=True)
class MalformedLine:
    """A line that is not an entry."""

    list: str
    """The name of its list."""
    line: int
    """Its number; the first is 1."""
    reason: str
    """Why it is not an entry, as a word that never changes: ``bad-hex``."""
    message: str
    """Why it is not an entry, in words."""

    def __str__(self) -> str:
        return f"{quoted(os.fsencode(self.list))}:{self.line}: malformed: {self.message}"


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """Everything that a run found. True if it is verified.

    Its length and iteration are those of ``outcomes``.

    >>> report = checksig.verify("examples/damaged")
    >>> bool(report), report.counts[checksig.Status.OK], len(report)
    (False, 8, 2)
    >>> report.filter("missing")[0].path
    'httpd-06.log'
    >>> report.to_dicts()[0]["status"]
    'mismatch'
    """

    verified: bool
    """Whether at least one entry is ok and nothing else was found, but for what ``verify`` was told to forgive."""
    complete: bool
    """Whether the run went to its end. A run that was cancelled did not, and is never verified."""
    summary: str
    """One line that states verdict and coverage: ``verified 10 of 10 listed files (1.1 MB)``."""
    message: str
    """The summary and, unless verified, the first files that are not what the list says."""
    note: str | None
    """One line that belongs under the summary although it changes no verdict: that ``weak_algorithms`` are weak."""
    status_counts: tuple[int, ...]
    """How many entries have each status, in the order of ``Status``."""
    lists: int
    """Lists that were read."""
    unread_lists: int
    """Lists that could not be read; ``list_errors`` says why."""
    empty_lists: int
    """Lists that were read and have not one entry."""
    files: int
    """Different files that the lists name."""
    verified_files: int
    """Those of them whose every entry is ok."""
    bytes: int
    """Bytes of the files that were read to their end, each file counted once."""
    outcomes: tuple[Outcome, ...]
    """What failed, in the order of the lists; with ``keep="all"`` every outcome."""
    malformed: tuple[MalformedLine, ...]
    """The lines that are not entries."""
    list_errors: tuple[str, ...]
    """For each list that could not be read, what kept it from being read."""
    weak_algorithms: tuple[Algorithm, ...]
    """The algorithms of the lists that do not protect against deliberate change, such as MD5 and SHA-1."""
    faulty_kernels: tuple[str, ...]
    """What this processor computed wrongly in a self-test, and was not used: nothing is wrong with the report."""

    @property
    def counts(self) -> dict[Status, int]:
        """How many entries have each status."""
        return dict(zip(Status, self.status_counts, strict=True))

    @property
    def entries(self) -> int:
        """All entries of all lists."""
        return sum(self.status_counts)

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The outcomes that are not ok."""
        return tuple(outcome for outcome in self.outcomes if outcome.status is not Status.OK)

    def filter(self, *statuses: Status | str) -> tuple[Outcome, ...]:
        """The outcomes that have one of these statuses."""
        wanted = {Status(status) for status in statuses}
        return tuple(outcome for outcome in self.outcomes if outcome.status in wanted)

    def raise_for_failures(self) -> None:
        """Raises ``VerificationError`` unless verified."""
        if not self.verified:
            raise VerificationError(self.message, self)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The outcomes in plain types: for ``pandas.DataFrame``, ``polars.DataFrame`` or ``json``.

        ``path`` and ``list`` are text that all of these take, with U+FFFD for bytes that are not UTF-8; ``path_bytes``
        are the very bytes of the name.
        """
        return [outcome.to_dict() for outcome in self.outcomes]

    def __bool__(self) -> bool:
        return self.verified

    def __len__(self) -> int:
        return len(self.outcomes)

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)

    def __str__(self) -> str:
        return self.summary

    def __repr__(self) -> str:
        return f"<Report: {self.summary}>"

    def _repr_html_(self) -> str:
        shown = self.outcomes[:_HTML_ROWS]
        rows = "".join(
            f"<tr><td>{_cell(outcome.path_bytes)}</td><td>{outcome.status}</td><td>{escape(outcome.message)}</td></tr>"
            for outcome in shown
        )
        more = len(self.outcomes) - len(shown)
        notes = [*self.list_errors, *(f"{len(self.malformed)} malformed lines" for _ in self.malformed[:1])]
        return (
            f"<p><strong>{escape(self.summary)}</strong></p>"
            + "".join(f"<p>{escape(note)}</p>" for note in notes)
            + (f"<table><tr><th>file</th><th>status</th><th>what was found</th></tr>{rows}</table>" if rows else "")
            + (f"<p>and {more} more</p>" if more else "")
        )


def _cell(name: bytes) -> str:
    return escape(quoted(name))
