"""Times the Python package. Prints lines of fields with tabs between them: a name and seconds, or a name and a share.

usage: python_package.py calls PROGRAM ROUNDS LIST...   what small calls take, beside the command line on the same lists
       python_package.py lists PROGRAM ROUNDS LIST      the command line, the package and a pool of threads, in turn
       python_package.py progress PROGRAM ROUNDS LIST   what another Python thread gets done meanwhile
       python_package.py interrupted LIST               verifies until Ctrl-C, and ends with 130 then
"""

import statistics
import subprocess
import sys
import threading
import time
import timeit

import checksig
import thread_pool


def by_package(path, **options):
    if not checksig.verify(path, **options):
        sys.exit(f"the package says that {path} is not verified")


def by_program(program, path, *options):
    subprocess.run([program, "verify", "-q", *options, path], check=True, stdout=subprocess.DEVNULL)


def by_thread_pool(path):
    if thread_pool.verify(path):
        sys.exit(f"the pool of threads says that {path} is not verified")


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def calls(program, rounds, *paths):
    cancel = checksig.CancelToken().cancel
    count = 1_000_000
    print("an empty call", min(timeit.repeat(cancel, number=count, repeat=5)) / count, sep="\t")
    for path in paths:
        times = [seconds(lambda: by_package(path)) for _ in range(100 * rounds)]
        print(f"{path}, verify", statistics.median(times), sep="\t")
        times = [seconds(lambda: by_program(program, path)) for _ in range(10 * rounds)]
        print(f"{path}, the command line", statistics.median(times), sep="\t")


def lists(program, rounds, path):
    ways = [
        ("the command line", lambda: by_program(program, path), rounds),
        ("verify", lambda: by_package(path), rounds),
        # It is several times slower, so that its noise matters less.
        ("a pool of threads with hashlib", lambda: by_thread_pool(path), max(rounds // 4, 1)),
    ]
    taken = {name: [] for name, _, _ in ways}
    for number in range(rounds):
        # Forth and back: none always runs in the wake of the same one.
        for name, work, count in ways if number % 2 else reversed(ways):
            if number < count:
                taken[name].append(seconds(work))
    for name, times in taken.items():
        print(name, statistics.median(times), sep="\t")


class Counter(threading.Thread):
    """Another Python thread: it counts, and nothing else."""

    def __init__(self):
        super().__init__(daemon=True)
        self.count = 0

    def run(self):
        while True:
            self.count += 1

    def share_during(self, work):
        """How fast it counts while something works, as a share of how fast it counts while nothing does."""
        before, start = self.count, time.perf_counter()
        work()
        counted, lasted = self.count - before, time.perf_counter() - start
        before, start = self.count, time.perf_counter()
        time.sleep(lasted)
        normal, slept = self.count - before, time.perf_counter() - start
        return (counted / lasted) / (normal / slept)


def progress(program, rounds, path):
    counter = Counter()
    counter.start()
    ways = {
        "the command line": lambda: by_program(program, path, "--threads", "1"),
        "verify": lambda: by_package(path, threads=1),
    }
    shares = {name: [] for name in ways}
    for _ in range(rounds):
        for name, work in ways.items():
            shares[name].append(counter.share_during(work))
    for name, found in shares.items():
        print(name, statistics.median(found), sep="\t")


def interrupted(path):
    try:
        by_package(path)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["calls", program, rounds, *paths]:
            calls(program, int(rounds), *paths)
        case ["lists", program, rounds, path]:
            lists(program, int(rounds), path)
        case ["progress", program, rounds, path]:
            progress(program, int(rounds), path)
        case ["interrupted", path]:
            interrupted(path)
        case _:
            sys.exit(__doc__)
