"""What several test files need: directories with lists, digests by hashlib, and functions that child processes run."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import checksig

TOP = Path(__file__).resolve().parents[3]
"""The top of the repository."""

THREADS = int(os.environ.get("CHECKSIG_TEST_THREADS", "0"))
"""How many threads hash: the suite is run with several, and with one."""

PATIENCE = 120
"""Seconds after which something hangs. Nothing is measured with it."""


def digest(algorithm: str, data: bytes) -> str:
    """The digest of bytes, by hashlib."""
    name, _, bits = algorithm.partition("-") if algorithm.startswith("blake2b-") else (algorithm, "", "")
    if name == "blake2b":
        return hashlib.blake2b(data, digest_size=int(bits or 512) // 8).hexdigest()
    return hashlib.new(name.replace("sha3-", "sha3_").replace("sha512/256", "sha512_256"), data).hexdigest()


def escaped(name: bytes) -> tuple[bytes, bytes]:
    """What GNU's programs put before a line, and how they write the name in it."""
    written = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    return (b"\\" if written != name else b""), written


def write_list(
    directory: Path, files: Mapping[str, bytes], name: str = "sha256sum.txt", algorithm: str = "sha256"
) -> Path:
    """Writes files and a list of them."""
    lines = b""
    for file, content in files.items():
        (directory / file).parent.mkdir(parents=True, exist_ok=True)
        (directory / file).write_bytes(content)
        start, written = escaped(os.fsencode(file))
        lines += start + digest(algorithm, content).encode() + b"  " + written + b"\n"
    path = directory / name
    path.write_bytes(lines)
    return path


def huge(directory: Path) -> Path:
    """A list of one file of 4 GiB, which takes a while: whoever gets out of it did not wait for its end."""
    directory.mkdir(exist_ok=True)
    with (directory / "huge").open("wb") as file:
        file.truncate(4 << 30)
    path = directory / "checksums.txt"
    path.write_text(f"SHA3-512 (huge) = {'0' * 128}\n")
    return path


def python(
    program: str | Path, *arguments: object, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a program, or the file of one, in this interpreter, with every warning an error."""
    what = [str(program)] if isinstance(program, Path) else ["-c", program]
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-W", "error", *what, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, **(environment or {})},
        check=False,
    )


def threads() -> int:
    """How many threads this process has."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def descriptors() -> int:
    """How many files this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def wait_until(condition: Callable[[], bool]) -> None:
    """Lets the other threads go on until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came to it"
        os.sched_yield()


def summary_of(path: str) -> str:
    """Verifies, in a child process."""
    return checksig.verify(path, threads=THREADS).summary
