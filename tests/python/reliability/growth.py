# SPDX-License-Identifier: MIT
"""What a process holds at a moment, and how that grows with the work it does."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sqlite3
import statistics
import sys
import threading
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from support import PATIENCE

_FIRST = 0.25  # of the samples: what the process does once, such as caches that fill


class _Mallinfo2(ctypes.Structure):
    """What the C library's allocator tells of itself, in bytes."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


_libc = ctypes.CDLL(None)


class Held(NamedTuple):
    """What a process and a store hold."""

    heap: int
    """Bytes of malloc in use, those of large blocks of Python among them."""
    blocks: int
    """Blocks of Python's own allocator: every object is at least one."""
    memory: int
    """Bytes of memory that are this process's share (PSS), after what is free was given back."""
    descriptors: int
    threads: int
    """Of the system, with those that Python does not know."""
    store: int
    """Bytes of the store's files."""
    files: int
    """In the folders, those of the store among them."""


def can_tell() -> bool:
    """Whether this system tells all of `Held`: Linux with the GNU C library."""
    return sys.platform == "linux" and hasattr(_libc, "mallinfo2")


def held(store: Path, *folders: Path) -> Held:
    """What this process holds, and what lies in its store and in `folders`."""
    gc.collect()
    _libc.malloc_trim(0)
    info = _mallinfo()
    return Held(
        heap=info.uordblks + info.hblkhd,
        blocks=sys.getallocatedblocks(),
        memory=_share(),
        descriptors=len(list(Path("/proc/self/fd").iterdir()))
        - 1,  # without the one that lists them
        threads=len(list(Path("/proc/self/task").iterdir())),
        store=sum(_size(path) for path in _files(store)),
        files=sum(len(_files(folder)) for folder in (store, *folders)),
    )


def settled(take: Callable[[], Held]) -> Held:
    """The least of what a few looks find: threads and connections end a moment after their work."""
    pause = threading.Event()
    best = take()
    calm = 0
    for _ in range(int(PATIENCE / 0.05)):
        pause.wait(0.05)
        now = take()
        best, before = Held(*map(min, best, now)), best
        calm = calm + 1 if best[3:] == before[3:] else 0
        if calm >= 3:
            break
    return best


class Growth(NamedTuple):
    """How a number grew over samples."""

    first: float
    """The median of the first quarter after the warm-up."""
    last: float
    """The median of the last quarter."""
    slope: float
    """The median of the slopes of all pairs of samples (Theil-Sen): few outliers do not move it."""


def grown(work: Sequence[float], amounts: Sequence[float]) -> Growth:
    """How `amounts` grew with `work`, such as cycles or seconds; the warm-up is left out."""
    skipped = int(len(work) * _FIRST)
    pairs = list(zip(work[skipped:], amounts[skipped:], strict=True))
    quarter = max(1, len(pairs) // 4)
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(pairs, 2) if b[0] > a[0]]
    return Growth(
        statistics.median(amount for _, amount in pairs[:quarter]),
        statistics.median(amount for _, amount in pairs[-quarter:]),
        statistics.median(slopes),
    )


def rows(store: Path) -> int:
    """Rows of all tables of a store; not in a process that has a manager on it: see ARCHITECTURE."""
    with contextlib.closing(sqlite3.connect(store / "jobs.sqlite")) as database:
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        return sum(
            database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables
        )


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _mallinfo() -> _Mallinfo2:
    call = _libc.mallinfo2
    call.restype = _Mallinfo2
    found: _Mallinfo2 = call()
    return found


def _share() -> int:
    with Path("/proc/self/smaps_rollup").open(encoding="ascii") as lines:
        for line in lines:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel tells no PSS")
