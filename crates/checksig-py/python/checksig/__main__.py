"""``python -m checksig verify DIR``: the command line in small."""

from __future__ import annotations

import argparse
import sys

import checksig


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status: 0 verified, 1 not verified, 2 could not run, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m checksig", description="Verify files against checksum lists.")
    parser.add_argument("--version", action="version", version=f"checksig {checksig.__version__}")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("verify", help="check every file of lists, or of the lists in directories")
    command.add_argument("paths", nargs="*", default=["."], metavar="LIST or DIR")
    command.add_argument("--root", metavar="DIR", help="where the paths in the lists begin")
    command.add_argument("--algorithm", help="that of the lines without a tag")
    command.add_argument("--ignore-missing", action="store_true", help="missing files are no failure")
    command.add_argument("--allow-malformed", action="store_true", help="lines that are no entries are no failure")
    command.add_argument("--detect-collisions", action="store_true", help="fail files that attack SHA-1; slow")
    command.add_argument("--progress", action="store_true", help="show a bar (needs tqdm)")
    options = vars(parser.parse_args(arguments))

    # Names are quoted where that is needed; what the terminal's encoding lacks must not end the program.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        report = checksig.verify(*options.pop("paths"), **options)
        for message in (*report.list_errors, *report.faulty_kernels):
            print(f"checksig: {message}", file=sys.stderr)
        for line in report.malformed:
            print(line)
        for outcome in report:
            print(outcome)
        print(report, *(f"note: {note}" for note in [report.note] if note), sep="\n", flush=True)
    except KeyboardInterrupt:
        return 130
    except (checksig.ChecksigError, ValueError, OSError) as error:
        print(f"checksig: {error}", file=sys.stderr)
        return 2
    if report.unread_lists or report.empty_lists:
        return 2
    return 0 if report.verified else 1


if __name__ == "__main__":
    sys.exit(main())
