"""Processes: fork, spawn and forkserver, Ctrl-C, and the end of the interpreter in the middle of a run."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from pathlib import Path

import pytest

import checksig
import support

METHODS = ["fork", "spawn", "forkserver"]


@pytest.mark.parametrize("method", METHODS)
# Threads of the run before may still be ending when the child is forked.
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_children_after_a_use_in_the_parent(method: str, good: Path) -> None:
    expected = checksig.verify(good).summary
    context = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        found = pool.map_async(support.summary_of, [str(good)] * 8).get(support.PATIENCE)
    assert found == [expected] * 8
    assert checksig.verify(good).summary == expected


CHILDREN = """
import multiprocessing, sys
import checksig

def summary_of(path):
    return checksig.verify(path, threads=int(sys.argv[3])).summary

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2) as pool:
        print(*set(pool.map_async(summary_of, [sys.argv[2]] * 8).get(120)))
"""


@pytest.mark.parametrize("method", METHODS)
def test_children_before_a_use_in_the_parent(method: str, good: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(CHILDREN)
    ran = support.python(script, method, good, support.THREADS)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == checksig.verify(good).summary + "\n"


FORK_DURING_A_RUN = """
import os, sys, warnings
import checksig
warnings.simplefilter("ignore", DeprecationWarning)  # a fork with threads: just what this is about
outcomes = checksig.iter_verify(sys.argv[1])
hashes = checksig.hash_files([sys.argv[1] + "/huge"] * 3, "sha3-512")
child = os.fork()
if child == 0:
    for iterator in (outcomes, hashes):
        try:
            next(iterator)
        except checksig.ChecksigError as error:
            assert "forked" in str(error)
        else:
            sys.exit("the child went on with its parent's run")
    outcomes.cancel()
    outcomes.close()
    assert checksig.verify(sys.argv[2]).verified
    del outcomes, hashes
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
outcomes.cancel()
assert [outcome.status for outcome in outcomes] == [checksig.Status.NOT_RUN]
"""


def test_a_fork_during_a_run(good: Path, tmp_path: Path) -> None:
    support.huge(tmp_path / "huge")
    ran = support.python(FORK_DURING_A_RUN, tmp_path / "huge", good)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


CTRL_C = """
import os, signal, sys, threading
import checksig

signal.signal(signal.SIGINT, signal.default_int_handler)

def interrupt():
    def bytes_read():
        with open("/proc/self/io") as io:
            return int(io.readline().split()[1])
    before = bytes_read()
    while bytes_read() < before + 10_000_000:
        os.sched_yield()
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt).start()
try:
    {call}
except KeyboardInterrupt:
    print("interrupted")
else:
    print("went to its end")
"""


@pytest.mark.parametrize(
    "call",
    [
        "checksig.verify(sys.argv[1])",
        "checksig.verify(sys.argv[1], threads=1, on_event=lambda event: None)",
        "list(checksig.iter_verify(sys.argv[1]))",
        "checksig.hash_file(sys.argv[1] + '/huge', 'sha3-512')",
        "list(checksig.hash_files([sys.argv[1] + '/huge'], 'sha3-512'))",
        "asyncio.run(checksig.averify(sys.argv[1]))",
    ],
)
def test_ctrl_c_inside_a_huge_file(call: str, tmp_path: Path) -> None:
    support.huge(tmp_path)
    ran = support.python("import asyncio\n" + CTRL_C.format(call=call), tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "interrupted\n", "")


def test_ctrl_c_while_a_list_does_not_come(tmp_path: Path) -> None:
    fifo = tmp_path / "list"
    code = """
import os, signal, sys
import checksig

def alarm(number, frame):
    raise KeyboardInterrupt

os.mkfifo(sys.argv[1])
signal.signal(signal.SIGALRM, alarm)
signal.setitimer(signal.ITIMER_REAL, 0.1)
try:
    checksig.verify(sys.argv[1])
except KeyboardInterrupt:
    print("interrupted")
"""
    ran = support.python(code, fifo)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "interrupted\n", "")


EXITS = {
    "a daemon thread verifies": """
reading = threading.Event()
def run():
    checksig.verify(sys.argv[1], on_event=lambda event: reading.set())
threading.Thread(target=run, daemon=True).start()
reading.wait()
""",
    "many daemon threads verify": """
reading = threading.Barrier(9)
def run():
    outcomes = checksig.iter_verify(sys.argv[1], threads=1)
    reading.wait()
    next(outcomes)
for _ in range(8):
    threading.Thread(target=run, daemon=True).start()
reading.wait()
""",
    "a daemon thread hashes": """
reading = threading.Event()
def run():
    hashes = checksig.hash_files([sys.argv[1] + "/huge"], "sha3-512")
    reading.set()
    next(hashes)
threading.Thread(target=run, daemon=True).start()
reading.wait()
""",
    "an iterator is alive": "outcomes = checksig.iter_verify(sys.argv[1])",
    "an iterator is in a cycle": """
outcomes = checksig.iter_verify(sys.argv[1])
cycle = [outcomes]
cycle.append(cycle)
""",
    "on_event exits": """
def on_event(event):
    if isinstance(event, checksig.Progress):
        sys.exit(0)
checksig.verify(sys.argv[1], on_event=on_event)
""",
}


@pytest.mark.parametrize("what", EXITS)
def test_the_interpreter_exits_during_a_run(what: str, tmp_path: Path) -> None:
    support.huge(tmp_path)
    ran = support.python("import sys, threading\nimport checksig\n" + EXITS[what], tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


SUBINTERPRETER = """
import checksig
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
interpreters.run_string(interpreters.create(), '''
try:
    import checksig
except ImportError as error:
    print(error)
''')
assert checksig.Algorithm("md5").digest_size == 16
"""


def test_a_subinterpreter_does_no_harm() -> None:
    ran = support.python(SUBINTERPRETER)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ("does not support loading in subinterpreters" in ran.stdout) == (sys.version_info >= (3, 12))


def test_a_signal_ends_the_process_as_usual(tmp_path: Path) -> None:
    support.huge(tmp_path)
    code = """
import os, signal, sys
import checksig
checksig.verify(sys.argv[1], on_event=lambda event: os.kill(os.getpid(), signal.SIGTERM))
"""
    assert support.python(code, tmp_path).returncode == -signal.SIGTERM
