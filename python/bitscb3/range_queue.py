# SPDX-License-Identifier: MIT
"""The raw tap: range events in bulk, for programs that want no Python object per range."""

from __future__ import annotations

import os
import threading

from . import _core
from ._core import RangeBatch
from .arguments import check_capacity, check_timeout
from .closing import Closing
from .job import Job

__all__ = ["RangeBatch", "RangeQueue"]


class RangeQueue(Closing):
    """A bounded queue of range events, from any number of jobs.

    It promises less than handlers: each event at most once. What finds no place is counted in
    `batch.lost`, and `File.filled_ranges()` tells what is there. A grown `batch.generation` says
    that a file restarted, and what was told of it before is void.

    `numpy.asarray(batch)` is a structured array over the batch's own memory: job u32, file u32,
    offset u64, length u64, time_ns u64 (of `time.monotonic_ns`).

    Threads:
        attach, detach, job: any thread. drain: one thread at a time. After fork the child gets
        RuntimeError.
    """

    def __init__(self, capacity: int = 65536) -> None:
        """Make a queue for `capacity` events, at least 1.

        Raises:
            ValueError, TypeError: Not such a number.
        """
        self._handle = _core.RangeQueue(check_capacity(capacity, "capacity"))
        self._process = os.getpid()
        self._lock = threading.Lock()  # guards what follows; held while attaching
        self._jobs: dict[int, Job] = {}
        self._detached: set[int] = set()  # since the last drain began; the next may have of theirs
        self._leaving: set[int] = set()  # before it: of theirs only its batch has

    @property
    def capacity(self) -> int:
        """The most events it holds."""
        return self._core.capacity

    def attach(self, job: Job) -> int:
        """Have the range events of `job` from here on.

        Returns:
            The job's number in this queue's batches.
        """
        if not isinstance(job, Job):
            raise TypeError(f"{job!r} is not a bitscb3.Job")
        with self._lock, job.calls as core:
            number = self._core.attach(core)
            self._jobs[number] = job
        return number

    def detach(self, job: Job) -> None:
        """Have no more events of `job`; those in the queue stay."""
        with job.calls as core:
            self._core.detach(core)
        with self._lock:
            self._detached.update(n for n, known in self._jobs.items() if known is job)

    def job(self, number: int) -> Job:
        """The job of that number, in the batch of the latest drain or attached.

        Raises:
            KeyError: No job was attached under it, or it was detached before.
        """
        known = self._jobs.get(number)
        if known is not None:
            return known
        with self._lock:  # its first events may be here before attach() returns
            return self._jobs[number]

    def drain(self, timeout: float | None = None) -> RangeBatch:
        """Take everything there is.

        Args:
            timeout: Longest wait for the first event in seconds; None waits without limit, 0 not at
                all.

        Returns:
            The events; empty when the time ran out or the queue was closed.
        """
        limit = check_timeout(timeout)
        with self._lock:
            gone, self._leaving, self._detached = self._leaving, self._detached, set()
            for number in gone:
                self._jobs.pop(number, None)
        return self._core.drain(limit)

    def close(self) -> None:
        """Detach from every job; a drain() in progress returns."""
        self._core.close()

    @property
    def _core(self) -> _core.RangeQueue:
        if os.getpid() != self._process:
            raise RuntimeError(
                "this RangeQueue was made before fork() and works in the parent only; "
                "make a new one in the child"
            )
        return self._handle
