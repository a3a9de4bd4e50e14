"""A program that uses the package with every type checked: read by `mypy --strict`, and run."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import assert_never, assert_type

import checksig


def describe(event: checksig.Event) -> str:
    """Every kind of event, and no other."""
    match event:
        case checksig.Started():
            return f"{assert_type(event.entries, int)} entries"
        case checksig.MalformedLine():
            return assert_type(event.reason, str)
        case checksig.Outcome():
            return assert_type(event.status, checksig.Status).value
        case checksig.Progress():
            return f"{assert_type(event.bytes, int)} bytes"
        case checksig.Finished():
            return assert_type(event.report, checksig.Report).summary
        case _:
            assert_never(event)


def failures(directory: Path) -> Iterator[tuple[str, bytes, str | None]]:
    """An iterator over what fails."""
    with checksig.iter_verify(directory, threads=1) as outcomes:
        for outcome in outcomes:
            if outcome.status is not checksig.Status.OK:
                yield outcome.path, outcome.path_bytes, outcome.actual


def main(directory: Path) -> None:
    """Uses all of it once."""
    told: list[str] = []
    token = checksig.CancelToken()
    report = checksig.verify(directory, on_event=lambda event: told.append(describe(event)), cancel=token, keep="all")
    assert_type(report.counts, dict[checksig.Status, int])
    assert_type(report.filter("ok"), tuple[checksig.Outcome, ...])
    assert [outcome.algorithm.digest_size for outcome in report] == [20] * len(report)
    assert told[-1] == report.summary
    assert len(list(failures(directory))) == len(report.failures)
    try:
        report.raise_for_failures()
    except checksig.VerificationError as error:
        assert_type(error.report, checksig.Report)
    manifest = assert_type(checksig.parse((directory / "sha1sum.txt").read_bytes()), checksig.Manifest)
    for entry, hashed in zip(
        manifest, checksig.hash_files((directory / e.path for e in manifest), "sha1"), strict=True
    ):
        assert_type(entry, checksig.Entry)
        assert_type(hashed.digest, str | None)
    assert asyncio.run(checksig.averify(directory)).verified == report.verified
    print(report.summary)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
