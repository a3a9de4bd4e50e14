"""The exceptions. What became of a listed file is never one: it is an ``Outcome``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checksig._report import Report


class ChecksigError(Exception):
    """What was asked for could not be done. The message says why, and is safe to print."""


class ManifestError(ChecksigError, ValueError):
    """A list could not be read, or there is none. The operating system's error, if there was one, is its cause."""


class VerificationError(ChecksigError, ValueError):
    """The files are not what the list says. The message names the first of them, ``report`` has all."""

    report: Report
    """Everything that the run found."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[type[VerificationError], tuple[str, Report]]:
        return VerificationError, (str(self), self.report)
