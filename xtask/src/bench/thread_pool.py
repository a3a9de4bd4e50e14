"""What people write who have Python alone: a pool of threads, each with `hashlib.file_digest`.

usage: thread_pool.py LIST
"""

import hashlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def verify(path, algorithm="sha1"):
    """The names of the files that are not what the list says."""
    folder = Path(path).parent
    expected = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            digest, name = line.rstrip("\n").split("  ", 1)
            expected[name] = digest

    def is_good(name):
        try:
            with open(folder / name, "rb") as file:
                return hashlib.file_digest(file, algorithm).hexdigest() == expected[name]
        except OSError:
            return False

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [name for name, good in zip(expected, pool.map(is_good, expected)) if not good]


if __name__ == "__main__":
    failed = verify(sys.argv[1])
    print(*failed, sep="\n", end="\n" if failed else "")
    sys.exit(1 if failed else 0)
