# SPDX-License-Identifier: MIT
"""The work that every contender does, written down for its program as JSON."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

RANGE = 16 * 1024  # bytes
CONNECTIONS = 16  # of who has to be told a number


@dataclass(frozen=True)
class Work:
    """What to download, and to where."""

    urls: list[str]
    folder: str
    """Receives the files, by the last part of their URL; it is empty."""
    ranges: list[tuple[int, int]] = field(default_factory=list)
    """(offset, length) in bytes; empty: everything."""

    def save(self, path: Path) -> Path:
        """Write it down; returns `path`."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return path

    def target(self, url: str) -> str:
        """Where `url` goes."""
        return os.path.join(self.folder, url.rpartition("/")[2])  # noqa: PTH118 (ten thousand)


def scattered(size: int, count: int) -> list[tuple[int, int]]:
    """`count` ranges of 16 KiB in a file of `size` bytes, in random order; no two touch."""
    room = 3 * RANGE
    chance = random.Random(size)
    slots = chance.sample(range(size // room), count)
    return [(slot * room + chance.randrange(2 * RANGE), RANGE) for slot in slots]


def adjacent(size: int) -> list[tuple[int, int]]:
    """The whole file from first to last, in pieces of 16 KiB."""
    return [(offset, min(RANGE, size - offset)) for offset in range(0, size, RANGE)]


def run(tasks: dict[str, Callable[[Work], None]]) -> None:
    """Do the task of the command line: TASK SPEC."""
    name, path = sys.argv[1:]
    values = json.loads(Path(path).read_text(encoding="utf-8"))
    values["ranges"] = [(offset, length) for offset, length in values["ranges"]]
    tasks[name](Work(**values))
