# SPDX-License-Identifier: MIT
"""`python -m benchmarks`: bitscb3 beside its peers on the same work, on this machine.

It starts nginx on loopback and runs every contender that is installed, in turns. The tables go to
standard output, what is being done to standard error.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import events, machine, report, scale
from .downloads import FULL, QUICK, Downloads
from .native import Native
from .result import Result

PARTS = ("downloads", "events", "scale", "idle")


def main() -> int:
    """Measure what was asked for; returns the exit code."""
    arguments = _parse()
    runs = 1 if arguments.quick else arguments.runs
    result = Result(machine.describe(), runs)
    details: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory(prefix="bitscb3-", dir=arguments.memory) as memory,
        tempfile.TemporaryDirectory(prefix="bitscb3-", dir=arguments.disk) as disk,
    ):
        wanted = {"events", "scale"} if arguments.quick else {"events", "scale", "downloads"}
        native = _native(result) if wanted & set(arguments.parts) else None
        if "events" in arguments.parts and native is not None:
            details |= events.run(native, result)
        if "downloads" in arguments.parts:
            sizes = QUICK if arguments.quick else FULL
            bare = None if native is None else native.bare
            Downloads(Path(memory), Path(disk), sizes, runs, bare).run(result)
        if "scale" in arguments.parts:
            details |= scale.stored_jobs(Path(memory), result)
            if native is not None:
                details |= scale.range_sets(native, result)
            sizes_gib = (1,) if arguments.quick else (1, 4, 16)
            details |= scale.file_size(Path(disk), sizes_gib, min(runs, 3), result)
        if "idle" in arguments.parts:
            details |= scale.idle(Path(memory), result)
    result.figures.sort(key=lambda figure: figure.target)
    if arguments.quick:
        result.figures.clear()  # they are limits for the whole work
    print(report.to_text(result), end="")
    if arguments.json is not None:
        arguments.json.write_text(report.to_json(result, details), encoding="utf-8")
    return 0


def _native(result: Result) -> Native | None:
    try:
        return Native()
    except RuntimeError as error:
        result.skipped.append(f"what is written in C++: {error}")
        return None


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each contender (5)")
    parser.add_argument("--quick", action="store_true", help="little work, once: does it run?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="only these (all of them)"
    )
    parser.add_argument("--memory", default="/dev/shm", help="folder of a file system in memory")
    parser.add_argument("--disk", default="/var/tmp", help="folder on a disk")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs is at least 1")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
