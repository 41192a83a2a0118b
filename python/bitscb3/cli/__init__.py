# SPDX-License-Identifier: MIT
"""The command `bitscb3`.

Exit codes: 0 done, 1 the transfer failed, 2 wrong use, 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

__all__ = ["main"]

DONE = 0
FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Without the program's name; None: the process's own.

    Returns:
        The exit code.
    """
    parser = _make_parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return WRONG_USE
    try:
        if options.command == "get":
            from .get import run_get

            return run_get(options)
        from .demo import run_demo

        return run_demo(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output is gone
        sys.stderr.close()
        return FAILED


def say_error(text: str) -> None:
    """One line on the standard error stream."""
    print(f"bitscb3: {' '.join(text.split())}", file=sys.stderr)


def _make_parser() -> argparse.ArgumentParser:
    from bitscb3 import __version__

    parser = argparse.ArgumentParser(
        prog="bitscb3",
        description="Download files, and see which byte ranges have arrived.",
    )
    parser.add_argument("--version", action="version", version=f"bitscb3 {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    get = commands.add_parser(
        "get",
        help="download a file; the same command goes on after an interruption",
        description="Download a file. Interrupted, it stays parked; the same command goes on.",
    )
    get.add_argument("url", metavar="URL", help="http, https or file")
    get.add_argument(
        "-o", "--output", metavar="PATH", help="the file, or a folder for it; default: here"
    )
    get.add_argument("--sha256", metavar="HEX", help="what the file's SHA-256 must be")
    get.add_argument("--store", metavar="FOLDER", help="folder of the job store")
    get.add_argument(
        "--backend", choices=("auto", "bits", "engine"), default="auto", help="default: auto"
    )

    demo = commands.add_parser(
        "demo",
        help="show on a local nginx how ranges arrive",
        description="Download a random file from a local nginx, out of order; show each event.",
    )
    demo.add_argument(
        "--size", metavar="MIB", type=_mebibytes, default=64, help="size of the file; default: 64"
    )
    demo.add_argument("--next", metavar="COMMAND", default="bitscb3 get", help=argparse.SUPPRESS)
    return parser


def _mebibytes(text: str) -> int:
    try:
        size = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of MiB") from None
    if not 1 <= size <= 1 << 20:
        raise argparse.ArgumentTypeError("give 1 to 1,048,576 MiB")
    return size
