# SPDX-License-Identifier: MIT
"""What the tests of a disk's faults have in common: a program that downloads, and how it goes on."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import multiprocessing
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import disk_program
from disk_program import Look

from bitscb3.testing import Content, FaultServer, Resource, stall_after
from support import KIB, MIB, PATIENCE, eventually

PATH_NOT_FOUND, TOO_MANY_OPEN, ACCESS_DENIED = 0x80070003, 0x80070004, 0x80070005
WRITE_PROTECT, SHARING_VIOLATION = 0x80070013, 0x80070020
DISK_FULL, TOO_LARGE, IO_DEVICE = 0x80070070, 0x800700DF, 0x8007045D
SIZE = 2 * MIB
HALF = SIZE // 2
CONTENT = Content(SIZE)
ONE = {"connections_per_file": 1, "reconnects": 0}
NOBODY = 65534
SHORT = -1  # of disk_faults.c: write half
ALWAYS = 1 << 30


class Program:
    """A process that downloads: `disk_program`'s functions, called there."""

    def __init__(self, **variables: str) -> None:
        self._variables = variables
        self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))

    def __call__(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call a function of `disk_program` there."""
        before = {name: os.environ.get(name) for name in self._variables}
        os.environ.update(self._variables)  # the first call starts the process
        try:
            future = self._pool.submit(function, *arguments, **options)
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value
        return future.result(2 * PATIENCE)

    def end(self) -> None:
        """Close what it opened, and end it."""
        with contextlib.suppress(Exception):  # it died: the test has said so
            self(disk_program.close_store)
        self._pool.shutdown()


class Faults:
    """What disk_faults.c is ordered to do."""

    _ids = itertools.count()

    def __init__(self, order: Path) -> None:
        self._order = order
        self._hits = order.with_name(f"{order.name}.hits")

    def fail(self, call: str, how: int, pattern: str, skip: int = 0, times: int = ALWAYS) -> None:
        """Have calls fail from now on."""
        self._hits.unlink(missing_ok=True)
        fresh = self._order.with_suffix(".new")
        fresh.write_text(f"{next(self._ids)} {call} {how} {skip} {times} {pattern}\n")
        fresh.replace(self._order)

    def hits(self) -> int:
        """How many calls failed."""
        return int(self._hits.read_text()) if self._hits.exists() else 0

    def lift(self) -> None:
        """Have no more calls fail."""
        self._order.unlink(missing_ok=True)


def run_to_half(
    program: Program,
    server: FaultServer,
    store: Path,
    folder: Path,
    release: threading.Event,
    **settings: int,
) -> list[tuple[int, int]]:
    """Have half of a file here and recorded, and the server hold the rest; gives what is here."""
    url = server.serve("/a", Resource(CONTENT), stall_after(HALF, release))
    assert program(disk_program.open_store, store, **{**ONE, **settings}) == 0
    assert program(disk_program.begin, [(url, folder / "a")]) == 0
    program(disk_program.wait_for_bytes, HALF)
    eventually(lambda: program(disk_program.stored, store) == [[(0, HALF)]])
    return [(0, HALF)]


def expect_error(look: Look, code: int) -> None:
    """The job failed with `code`, of a local file."""
    assert (look.state, look.code, look.context) == ("ERROR", code, "LOCAL_FILE"), look
    assert look.text


def finish(
    program: Program, server: FaultServer, folder: Path, kept: list[tuple[int, int]] | None = None
) -> Look:
    """Resume: the job becomes whole and right, and asks for nothing of what was kept."""
    begun = len(server.requests)
    assert program(disk_program.call, "resume") == 0
    look: Look = program(disk_program.wait_for, "TRANSFERRED", "ERROR")
    assert look.state == "TRANSFERRED", look
    complete(program, folder)
    for record in server.requests[begun:]:
        asked = [part for span in record.ranges if (part := span.resolve(SIZE))]
        for part in asked or [range(SIZE)]:
            for offset, length in kept or []:
                assert part.stop <= offset or part.start >= offset + length, (part, kept)
    return look


def complete(program: Program, folder: Path) -> None:
    """Complete: the file is there, right, and alone."""
    assert program(disk_program.call, "complete") == 0
    assert digest(folder / "a") == CONTENT.sha256()
    assert not list(folder.glob("BIT*"))


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fill(folder: Path, leave: int = 0) -> Path:
    """A file that takes the room of a file system, but for `leave` bytes."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as stream:
        room = shutil.disk_usage(folder).free - leave
        with contextlib.suppress(OSError):
            while room > 0:
                room -= stream.write(b"x" * min(64 * KIB, room))
    return path
