# SPDX-License-Identifier: MIT
"""What tests of range events ask: a job with one file, and what was told of it."""

from __future__ import annotations

from bitscb3.testing import (
    LogRecord,
)
from callbacks import Callback
from codes import (
    ON_DEMAND,
    S_OK,
)
from contract import (
    Bits,
    Com,
    file_of,
    file_progress,
    set_property,
)
from support import (
    eventually,
)


def job_for(bits: Bits, url: str, *, on_demand: bool = False) -> Com:
    """A job with one file."""
    job = bits.job()
    assert job.AddFile(url, str(bits.folder / "out")) == S_OK
    if on_demand:
        assert set_property(job, ON_DEMAND, 1) == S_OK
    return job


def told(callback: Callback) -> list[tuple[int, int]]:
    """The ranges of every event so far, in order."""
    events = [event for event in callback.drain() if event.method == "FileRangesTransferred"]
    return [pair for event in events for pair in event.detail]


def told_until(callback: Callback, count: int) -> list[tuple[int, int]]:
    """The ranges of the next events, so many bytes in all."""
    pairs: list[tuple[int, int]] = []
    while sum(length for _, length in pairs) < count:
        pairs.extend(callback.next("FileRangesTransferred").detail)
    return pairs


def asked(log: list[LogRecord]) -> list[tuple[int, int]]:
    """What GET requests asked for, as (offset, length)."""
    return [
        (span.offset, span.length or 0)
        for record in log
        if record.method == "GET"
        for span in record.ranges
    ]


def arrived(job: Com, count: int) -> None:
    """Wait until so many bytes of the job's file are here."""
    eventually(lambda: file_progress(file_of(job)).transferred == count)
