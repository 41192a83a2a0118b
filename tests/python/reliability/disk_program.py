# SPDX-License-Identifier: MIT
"""What a program with a manager does for a test of a disk's faults, here or in a process of its own."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path
from typing import NamedTuple

from bitscb3 import Job, Manager, Settings
from bitscb3.errors import BitsError
from support import eventually

_MANAGERS: list[Manager] = []  # the one that is open


class Look(NamedTuple):
    """A job at one moment."""

    state: str
    code: int
    """Of its error; 0 without one."""
    context: str
    text: str
    transferred: int
    received: int
    filled: list[list[tuple[int, int]]]
    """Of each file, the ranges."""


def open_store(store: Path, **settings: int) -> int:
    """Open a manager; the code that it could not be with, or 0."""
    try:
        _MANAGERS.append(Manager("engine", store, Settings(**settings)))
    except BitsError as error:
        return error.hresult
    return 0


def close_store() -> None:
    """Close the manager."""
    while _MANAGERS:
        _MANAGERS.pop().close()


def begin(urls: list[tuple[str, Path]], *, resume: bool = True) -> int:
    """Make a job and start it; the code of what went wrong, or 0."""
    try:
        job = _MANAGERS[0].create_job("a")
        job.add_files(urls)
        if resume:
            job.resume()
    except BitsError as error:
        return error.hresult
    return 0


def look() -> Look:
    """The job as it is now."""
    job = _job()
    error = job.error
    progress = job.progress
    return Look(
        job.state.name,
        error.hresult if error else 0,
        error.context.name if error else "",
        str(error) if error else "",
        progress.bytes_transferred,
        job.bytes_received,
        [[(r.offset, r.length) for r in file.filled_ranges()] for file in job.files],
    )


def wait_for(*states: str) -> Look:
    """Return once the job is in one of these states."""
    eventually(lambda: _job().state.name in states)
    return look()


def wait_for_bytes(count: int) -> Look:
    """Return once so many bytes are here."""
    eventually(lambda: _job().progress.bytes_transferred >= count)
    return look()


def call(method: str) -> int:
    """Call `resume`, `suspend`, `complete` or `cancel` of the job; the code, or 0."""
    job = _job()
    try:
        getattr(job, method)()
    except BitsError as error:
        return error.hresult
    return 0


def stored(store: Path) -> list[list[tuple[int, int]]]:
    """The ranges of each file of the job that the store has."""
    with Manager("engine", store) as manager:  # which does not run the job, and so asks the store
        (job,) = manager.jobs()
        return [[(r.offset, r.length) for r in file.filled_ranges()] for file in job.files]


def describe(text: str) -> None:
    """Change something of the job that is to be stored."""
    _job().description = text


def limit(what: int, amount: int) -> tuple[int, int]:
    """Set the soft limit of a resource; gives the limits before."""
    before = resource.getrlimit(what)
    resource.setrlimit(what, (amount, before[1]))
    return before


def spare_descriptors(count: int) -> int:
    """Let this process open so many files more; gives the limit before."""
    holes = [os.dup(0) for _ in range(64)]  # descriptors that are free below others
    limit_before, _ = limit(resource.RLIMIT_NOFILE, holes[-1] + 1)
    with contextlib.suppress(OSError):
        while True:
            holes.append(os.dup(0))
    for number in holes[len(holes) - count :]:
        os.close(number)
    return limit_before


def open_files(folder: Path) -> int:
    """How many files of a folder this process has open."""
    count = 0
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the one that lists them
            count += str(link.readlink()).startswith(f"{folder}/")
    return count


def become(user: int) -> None:
    """Be another user from now on, without the rights of root."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _job() -> Job:
    (job,) = _MANAGERS[0].jobs()
    return job
