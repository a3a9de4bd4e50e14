"""asyncio: the event loop goes on, callbacks come on its thread, cancelling a task cancels the run."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

import checksig
import support
from checksig import Event, Finished, Outcome, Progress
from support import THREADS


def test_the_same_report(damaged: Path) -> None:
    events: list[Event] = []
    threads = set()

    def on_event(event: Event) -> None:
        threads.add(threading.get_ident())
        events.append(event)

    report = asyncio.run(checksig.averify(damaged, on_event=on_event, threads=THREADS, keep="all"))
    assert report == checksig.verify(damaged, keep="all")
    assert threads == {threading.get_ident()}
    assert [event for event in events if isinstance(event, Outcome)] == list(report)
    assert events[-1] == Finished(report)


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(checksig.ManifestError):
        asyncio.run(checksig.averify(tmp_path / "none"))


def test_many_at_once(good: Path, damaged: Path) -> None:
    async def run() -> list[checksig.Report]:
        return await asyncio.gather(*(checksig.averify(path, threads=THREADS) for path in (good, damaged) * 5))

    assert [report.verified for report in asyncio.run(run())] == [True, False] * 5


def test_cancelling_the_task_cancels_the_run(tmp_path: Path) -> None:
    before = support.threads()
    reading = threading.Event()
    events_after: list[Event] = []

    async def run() -> None:
        def on_event(event: Event) -> None:
            if task.cancelling():
                events_after.append(event)
            if isinstance(event, Progress) and event.bytes > 0:
                reading.set()

        task = asyncio.create_task(checksig.averify(support.huge(tmp_path), on_event=on_event, threads=THREADS))
        # The loop goes on while the file is read.
        while not reading.is_set():
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert events_after == []
    support.wait_until(lambda: support.threads() <= before)


def test_a_timeout_ends_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with asyncio.timeout(0.1):
            await checksig.averify(support.huge(tmp_path), threads=THREADS)

    with pytest.raises(TimeoutError):
        asyncio.run(run())


def test_a_token_ends_it_with_a_report(tmp_path: Path) -> None:
    token = checksig.CancelToken()

    async def run() -> checksig.Report:
        task = asyncio.create_task(checksig.averify(support.huge(tmp_path), cancel=token, threads=THREADS))
        await asyncio.to_thread(token.cancel)
        return await task

    report = asyncio.run(run())
    assert not report.complete


def test_an_exception_in_on_event_comes_out_as_it_is(damaged: Path) -> None:
    thrown = ZeroDivisionError("mine")

    def on_event(event: Event) -> None:
        raise thrown

    with pytest.raises(ZeroDivisionError) as raised:
        asyncio.run(checksig.averify(damaged, on_event=on_event))
    assert raised.value is thrown
    assert thrown.__context__ is None
