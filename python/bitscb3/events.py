# SPDX-License-Identifier: MIT
"""The events of a job, as `async for event in job.events()` gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import _core
from .handlers import (
    FILE_RANGES,
    FILE_RESTARTED,
    FILE_TRANSFERRED,
    JOB_ERROR,
    JOB_MODIFIED,
    JOB_TRANSFERRED,
)

if TYPE_CHECKING:
    from .enums import JobState
    from .errors import TransferError
    from .file import File
    from .handlers import CoreEvent
    from .job import Job
    from .ranges import RangeArray

__all__ = [
    "Event",
    "FileRangesTransferred",
    "FileRestarted",
    "FileTransferred",
    "JobEnded",
    "JobFailed",
    "JobModified",
    "JobTransferred",
    "make_event",
]


class FileRestarted(NamedTuple):
    """The file changed on the server: what was reported of it is void."""

    job: Job
    file: File


class FileRangesTransferred(NamedTuple):
    """The bytes of `ranges` are here: sorted, merged, none reported before."""

    job: Job
    file: File
    ranges: RangeArray


class FileTransferred(NamedTuple):
    """Every byte of the file is here, and was reported before."""

    job: Job
    file: File


class JobModified(NamedTuple):
    """Something about the job changed; one event may stand for many changes."""

    job: Job


class JobFailed(NamedTuple):
    """The job stopped in the state ERROR. The last event of a stream."""

    job: Job
    error: TransferError


class JobTransferred(NamedTuple):
    """Every file of the job is here. The last event of a stream."""

    job: Job


class JobEnded(NamedTuple):
    """The job was completed or cancelled. The last event of a stream."""

    job: Job
    state: JobState


Event = (
    FileRestarted
    | FileRangesTransferred
    | FileTransferred
    | JobModified
    | JobFailed
    | JobTransferred
    | JobEnded
)

LAST = (JobFailed, JobTransferred, JobEnded)


def make_event(job: Job, event: CoreEvent) -> Event:
    """The event that the core tells as (kind, index of the file, ranges)."""
    number, index, ranges = event
    if number == FILE_RANGES.number:
        assert ranges is not None
        return FileRangesTransferred(job, job.file(index), ranges)
    if number == FILE_RESTARTED.number:
        return FileRestarted(job, job.file(index))
    if number == FILE_TRANSFERRED.number:
        return FileTransferred(job, job.file(index))
    if number == JOB_MODIFIED.number:
        return JobModified(job)
    if number == JOB_ERROR.number:
        return JobFailed(job, job.failure())
    if number == JOB_TRANSFERRED.number:
        return JobTransferred(job)
    assert number == _core.JOB_ENDED
    return JobEnded(job, job.state)
