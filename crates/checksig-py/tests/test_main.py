"""`python -m checksig`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import checksig


def run(*arguments: str | bytes | Path, **environment: str) -> tuple[int, str, str]:
    command = [sys.executable, "-W", "error", "-m", "checksig", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)
    return ran.returncode, ran.stdout, ran.stderr


def test_verified(good: Path) -> None:
    assert run("verify", good) == (0, checksig.verify(good).summary + "\n", "")


def test_not_verified(damaged: Path) -> None:
    report = checksig.verify(damaged)
    lines = [
        f"{damaged}/sha256sum.txt:6: malformed: does not begin with a digest in hex",
        *map(str, report),
        str(report),
    ]
    assert run("verify", damaged) == (1, "\n".join(lines) + "\n", "")
    (damaged / "c").unlink(missing_ok=True)
    assert run("verify", "--allow-malformed", "--ignore-missing", damaged)[0] == 1


def test_could_not_run(tmp_path: Path) -> None:
    status, out, err = run("verify", tmp_path)
    assert (status, out) == (2, "")
    assert err.startswith("checksig: no checksum list in")
    (tmp_path / "md5sum.txt").touch()
    assert run("verify", tmp_path)[0] == 2
    assert run("verify", "--algorithm", "x", tmp_path)[0] == 2
    assert run()[0] == 2


def test_names_do_not_depend_on_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "md5sum.txt").write_bytes(b"0" * 32 + b"  \xc3\xa9\xff\n" + b"0" * 32 + "  é\n".encode())
    status, out, err = run("verify", tmp_path, PYTHONIOENCODING="ascii")
    assert (status, err) == (1, "")
    assert "\\xe9" in out


def test_a_full_disk_is_no_success(good: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command: list[str | Path] = [sys.executable, "-m", "checksig", "verify", good]
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert ran.returncode not in {0, 1}


def test_version() -> None:
    assert run("--version") == (0, f"checksig {checksig.__version__}\n", "")
