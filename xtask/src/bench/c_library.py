"""Times the C library through ctypes beside the command line, in turn. Prints `name<TAB>seconds` lines.

usage: c_library.py LIBRARY PROGRAM ROUNDS DIRECTORY...
"""

import ctypes
import statistics
import subprocess
import sys
import time
import timeit

library, program, rounds, *directories = sys.argv[1:]
library = ctypes.CDLL(library)
library.checksig_check_signatures.restype = ctypes.c_void_p

CALLS = 200_000
best = min(timeit.repeat(library.checksig_abi_version, number=CALLS, repeat=5)) / CALLS
print(f"an empty call through ctypes\t{best}")


def by_library(directory):
    if library.checksig_check_signatures(directory.encode()) is not None:
        sys.exit(f"the library says that {directory} is not verified")


def by_program(directory):
    subprocess.run([program, "verify", "-q", f"{directory}/sha1sum.txt"], check=True, stdout=subprocess.DEVNULL)


for directory in directories:
    times = {by_library: [], by_program: []}
    for _ in range(int(rounds)):
        for way, taken in times.items():
            start = time.perf_counter()
            way(directory)
            taken.append(time.perf_counter() - start)
    print(f"{directory}, checksig_check_signatures\t{statistics.median(times[by_library])}")
    print(f"{directory}, the command line\t{statistics.median(times[by_program])}")
