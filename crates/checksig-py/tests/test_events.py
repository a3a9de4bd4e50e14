"""What a run tells while it goes on: callbacks, iteration, cancelling, and that nothing is left behind."""

from __future__ import annotations

import gc
import os
import sys
import threading
import weakref
from pathlib import Path

import pytest

import checksig
import support
from checksig import CancelToken, Event, Finished, MalformedLine, Outcome, Progress, Started, Status
from support import THREADS, huge, wait_until


def test_events_come_in_order_on_this_thread(damaged: Path) -> None:
    events: list[Event] = []
    told_on = set()

    def on_event(event: Event) -> None:
        told_on.add(threading.get_ident())
        events.append(event)

    report = checksig.verify(damaged, on_event=on_event, threads=THREADS)
    assert told_on == {threading.get_ident()}
    assert events[0] == Started(lists=1, entries=5, files=5)
    assert events[-1] == Finished(report)
    told = [event for event in events if isinstance(event, Outcome | MalformedLine)]
    assert [event.line for event in told] == [1, 2, 3, 4, 5, 6]
    assert [event.status for event in told if isinstance(event, Outcome)] == [
        Status.OK,
        Status.MISMATCH,
        Status.MISSING,
        Status.NOT_A_FILE,
        Status.OK,
    ]
    assert [event for event in told if isinstance(event, MalformedLine)] == list(report.malformed)


def test_events_are_for_matching() -> None:
    def words(event: Event) -> str:
        match event:
            case Outcome(status=Status.MISMATCH, path=path):
                return f"{path} differs"
            case Progress(failures=0):
                return "so far so good"
            case _:
                return ""

    outcome = Outcome("a", "mismatch", list="l", line=1, algorithm="md5", expected="0" * 32, actual="1" * 32)
    assert words(outcome) == "a differs"
    assert words(Progress(1, 2, 3, 0)) == "so far so good"


class CallersError(Exception):
    """Not one of the package's."""


@pytest.mark.parametrize("kind", [Started, Outcome, MalformedLine, Finished])
def test_an_exception_in_on_event_comes_out_as_it_is(kind: type[Event], damaged: Path) -> None:
    thrown = CallersError("mine")
    calls = 0

    def on_event(event: Event) -> None:
        nonlocal calls
        if isinstance(event, kind):
            calls += 1
            raise thrown

    with pytest.raises(CallersError) as raised:
        checksig.verify(damaged, on_event=on_event, threads=THREADS)
    assert raised.value is thrown
    assert thrown.__cause__ is None
    assert thrown.__context__ is None
    assert calls == 1


def test_an_exception_stops_the_reading(tmp_path: Path) -> None:
    def on_event(event: Event) -> None:
        if isinstance(event, Progress) and event.bytes > 0:
            raise SystemExit(3)

    before = support.threads()
    with pytest.raises(SystemExit) as raised:
        checksig.verify(huge(tmp_path), on_event=on_event, threads=THREADS)
    assert raised.value.code == 3
    wait_until(lambda: support.threads() <= before)


def test_nothing_leaks(damaged: Path) -> None:
    class ThrownError(Exception):
        pass

    def fail(left: list[weakref.ref[BaseException]]) -> None:
        def on_event(event: Event) -> None:
            if isinstance(event, Outcome):
                raise ThrownError

        try:
            checksig.verify(damaged, on_event=on_event, threads=THREADS)
        except ThrownError as error:
            left.append(weakref.ref(error))

    left: list[weakref.ref[BaseException]] = []
    fail(left)
    threads, descriptors = support.threads(), support.descriptors()
    for _ in range(100):
        fail(left)
        checksig.verify(damaged, threads=THREADS)
        with checksig.iter_verify(damaged, threads=THREADS) as outcomes:
            next(outcomes)
        checksig.iter_verify(damaged, threads=THREADS)
    gc.collect()
    assert [ref for ref in left if ref() is not None] == []
    wait_until(lambda: support.threads() <= threads and support.descriptors() <= descriptors)


def test_iteration(good: Path) -> None:
    outcomes = checksig.iter_verify(good, threads=THREADS)
    with pytest.raises(checksig.ChecksigError, match="no report before"):
        _ = outcomes.report
    assert [outcome.path for outcome in outcomes] == [f"file-{n:03}" for n in range(100)]
    assert list(outcomes) == []
    assert outcomes.report == checksig.verify(good)


def test_leaving_the_iterator_cancels(tmp_path: Path) -> None:
    before = support.threads()
    with checksig.iter_verify(huge(tmp_path), threads=THREADS) as outcomes:
        pass
    assert list(outcomes) == []
    with pytest.raises(checksig.ChecksigError):
        _ = outcomes.report
    wait_until(lambda: support.threads() <= before)


def test_dropping_the_iterator_cancels(tmp_path: Path) -> None:
    before = support.threads()
    outcomes = checksig.iter_verify(huge(tmp_path), threads=THREADS)
    del outcomes
    wait_until(lambda: support.threads() <= before)


def test_cancelling_the_iterator_tells_what_was_not_run(tmp_path: Path) -> None:
    with checksig.iter_verify(huge(tmp_path), threads=THREADS) as outcomes:
        outcomes.cancel()
        assert [outcome.status for outcome in outcomes] == [Status.NOT_RUN]
        assert not outcomes.report.complete


def test_errors_come_before_the_iteration(tmp_path: Path) -> None:
    with pytest.raises(checksig.ManifestError):
        checksig.iter_verify(tmp_path / "none")


def test_a_token_that_is_cancelled_already(good: Path) -> None:
    token = CancelToken()
    token.cancel()
    report = checksig.verify(good, cancel=token)
    assert not report
    assert not report.complete
    assert report.entries in {0, 100}  # 0: the list was not read yet
    assert report.summary.startswith("incomplete, not verified")


def test_a_token_from_another_thread(tmp_path: Path) -> None:
    token = CancelToken()

    def on_event(event: Event) -> None:
        if isinstance(event, Progress) and event.bytes > 0:
            helper = threading.Thread(target=token.cancel)
            helper.start()
            helper.join()

    report = checksig.verify(huge(tmp_path), on_event=on_event, cancel=token, threads=THREADS)
    assert token.cancelled
    assert not report.complete
    assert report.counts[Status.NOT_RUN] == 1


def test_a_list_that_never_comes_is_cancelled_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "list")
    token = CancelToken()
    token.cancel()
    report = checksig.verify(tmp_path / "list", cancel=token)
    assert (report.complete, report.entries) == (False, 0)
    # The thread that opens it ends when somebody writes.
    os.close(os.open(tmp_path / "list", os.O_WRONLY))


def test_another_python_thread_goes_on(tmp_path: Path) -> None:
    token = CancelToken()
    called = threading.Event()

    def cancel() -> None:
        called.wait()
        token.cancel()

    other = threading.Thread(target=cancel)
    other.start()
    interval = sys.getswitchinterval()
    # No thread is made to give way: the other one runs only if this one lets go of the interpreter.
    sys.setswitchinterval(1000)
    try:
        called.set()
        report = checksig.verify(huge(tmp_path), threads=1, cancel=token)
    finally:
        sys.setswitchinterval(interval)
    other.join()
    assert not report.complete


def test_two_threads_verify_at_once(good: Path, damaged: Path) -> None:
    expected = {path: checksig.verify(path) for path in (good, damaged)}
    found: list[tuple[Path, checksig.Report]] = []

    def verify(path: Path) -> None:
        for _ in range(20):
            found.append((path, checksig.verify(path, threads=THREADS)))

    threads = [threading.Thread(target=verify, args=(path,)) for path in (good, damaged, good, damaged)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert all(report == expected[path] for path, report in found)


def test_two_threads_share_an_iterator(good: Path) -> None:
    outcomes = checksig.iter_verify(good, threads=THREADS)
    found: list[Outcome] = []
    threads = [threading.Thread(target=lambda: found.extend(outcomes)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.line for outcome in found) == list(range(1, 101))
    assert outcomes.report.verified


def test_progress_shows_a_bar(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checksig.verify(good, progress=True, threads=THREADS)
    assert "verify" in capsys.readouterr().err


def test_progress_without_tqdm(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    events: list[Event] = []
    assert checksig.verify(good, progress=True, on_event=events.append)
    assert isinstance(events[-1], Finished)
