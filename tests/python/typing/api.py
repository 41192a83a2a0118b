# SPDX-License-Identifier: MIT
"""Typical uses, checked by mypy --strict and never run."""

from __future__ import annotations

from pathlib import Path

from bitscb3 import (
    EOF,
    Callback3,
    File,
    Job,
    JobState,
    Manager,
    ManagerStats,
    NotifyFlags,
    Priority,
    Range,
    RangeArray,
    RangeQueue,
    Settings,
    TransferError,
)


class Mine(Callback3):
    """Overrides two of the interface's methods."""

    def job_error(self, job: Job, error: TransferError) -> None:
        """Take the error."""
        print(job.name, error.name, error.context)

    def file_ranges_transferred(self, job: Job, file: File, ranges: RangeArray) -> None:
        """Take the ranges."""
        for offset, length in ranges:
            print(offset, length)


def download(url: str, path: Path) -> JobState:
    """A whole file, with a handler."""
    with Manager(settings=Settings(connections=4)) as manager:
        job = manager.create_job("typed", priority=Priority.FOREGROUND)
        job.add_file(url, path)
        job.callback = Mine()
        job.notify_flags = NotifyFlags.JOB_ERROR | NotifyFlags.FILE_RANGES_TRANSFERRED

        @job.on_ranges
        def got(job: Job, file: File, ranges: RangeArray) -> None:
            first: Range = ranges[0]
            print(first.offset, len(ranges))

        job.resume()
        state = job.wait(timeout=10.0)
        job.complete()
        return state


def limited(manager: Manager, job: Job) -> ManagerStats:
    """Rate limits and numbers."""
    manager.rate_limit = 1_000_000
    job.rate_limit = None
    rate: int | None = job.rate_limit
    print(rate, job.bytes_received)
    return manager.stats()


def parts(job: Job, file: File) -> bytes:
    """Ranges on demand."""
    request = file.request_ranges([(0, 65536), (1 << 20, EOF)])
    request.result(timeout=5.0)
    return file.read(0, 65536)


async def listen(job: Job) -> int:
    """The events of a job, in a loop."""
    count = 0
    async for _ in job.events():
        count += 1
    return count


def tap(job: Job) -> int:
    """The raw path."""
    queue = RangeQueue(capacity=1024)
    queue.attach(job)
    return queue.drain(timeout=1.0).lost
