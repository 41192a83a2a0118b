# SPDX-License-Identifier: MIT
"""What several tests need: a manager with a store of its own, bounded waits, small disks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bitscb3 import Job, Manager, Range, Settings
from bitscb3.testing import LogRecord, Nginx

SLOWNESS = float(os.environ.get("BITSCB3_SLOWNESS", "1"))  # more where a sanitizer watches
PATIENCE = 20.0 * SLOWNESS  # seconds; no test that passes waits so long
KIB = 1 << 10
MIB = 1 << 20

T = TypeVar("T")


def open_manager(tmp_path: Path, settings: Settings | None = None, **options: Any) -> Manager:
    """A manager on the embedded BITS, whose store is in `tmp_path`."""
    return Manager("engine", tmp_path / "store", settings, **options)


def settle(job: Job) -> None:
    """Return when the job's handlers have had everything that happened before."""
    done = threading.Event()

    def serve() -> None:
        job._handlers.serve()  # the dispatcher runs errands before it serves handlers
        done.set()

    job.manager.dispatcher.post(serve)
    assert done.wait(PATIENCE)


def eventually(condition: Callable[[], T]) -> T:
    """Return what `condition` gives once that is true; for what has no event, as another process."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not become true in time"
        time.sleep(0.01)


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Keep others from writing, from another process.

    Locks hold between processes; in this one Python's SQLite need not be the engine's.
    """
    code = (
        "import sqlite3, sys\n"
        "with sqlite3.connect(sys.argv[1]) as database:\n"
        "    database.execute('BEGIN IMMEDIATE'); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline()
        yield


@contextlib.contextmanager
def mounted(path: Path, options: str) -> Iterator[None]:
    """Have an empty file system in memory at a folder; `options` begin with its size."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={options}", "tmpfs", str(path)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting is not allowed")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)  # also one that is in use


@contextlib.contextmanager
def small_disk(path: Path, options: str) -> Iterator[Path]:
    """A new folder that is a file system of its own, as `mounted`."""
    path.mkdir()
    with mounted(path, options):
        yield path


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run `coroutine` in a loop of its own, for at most PATIENCE seconds."""

    async def bounded() -> T:
        return await asyncio.wait_for(coroutine, PATIENCE)

    return asyncio.run(bounded())


def covered(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """`ranges`, sorted and merged; fails when two overlap: a byte would have been told twice."""
    out: list[tuple[int, int]] = []
    for offset, length in sorted(ranges):
        if out:
            start, size = out[-1]
            assert start + size <= offset, f"bytes from {offset} were reported twice"
            if start + size == offset:
                out[-1] = (start, size + length)
                continue
        out.append((offset, length))
    return out


class Later:
    """What nginx is asked from now on; it has to serve an empty file `/mark`."""

    def __init__(self, nginx: Nginx) -> None:
        """Mark the place in the log."""
        self._nginx = nginx
        with urllib.request.urlopen(nginx.url("/mark")) as answer:
            answer.read()
        log = nginx.wait_for_log(lambda log: any(record.path == "/mark" for record in log))
        self._mark = max(record.connection for record in log if record.path == "/mark")

    def asked_again(self, kept: list[Range], size: int) -> int:
        """How many bytes of `kept` requests asked for, once the rest of the file was sent."""
        rest = size - sum(piece.length for piece in kept)
        log = self._after(
            self._nginx.wait_for_log(
                lambda log: sum(record.bytes_sent for record in self._after(log)) >= rest
            )
        )
        asked = [
            (part.start, part.stop)
            for record in log
            if record.method == "GET"
            for part in ([span.resolve(size) for span in record.ranges] or [range(size)])
            if part is not None
        ]
        return sum(max(0, min(stop, k.end) - max(at, k.offset)) for at, stop in asked for k in kept)

    def _after(self, log: list[LogRecord]) -> list[LogRecord]:
        return [record for record in log if record.connection > self._mark]
