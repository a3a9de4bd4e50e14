"""What a run tells while it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from checksig._checksig import Outcome
from checksig._report import MalformedLine, Report


@dataclass(frozen=True, slots=True)
class Started:
    """The run begins: the lists are read."""

    lists: int
    """How many lists there are."""
    entries: int
    """How many entries they have."""
    files: int
    """How many files these name."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A heartbeat, several times a second."""

    bytes: int
    """Bytes hashed."""
    expected_bytes: int
    """About how many bytes all files have together."""
    entries: int
    """Entries whose outcome is known."""
    failures: int
    """Those of them that are not ok."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The run is over."""

    report: Report
    """What it adds up to."""


Event: TypeAlias = Started | MalformedLine | Outcome | Progress | Finished
"""Something that happened in a run. Outcomes and malformed lines come in the order of the lists."""
