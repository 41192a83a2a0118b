# SPDX-License-Identifier: MIT
"""What `--json` writes: one class for each kind of object. Sizes in bytes, times in seconds.

Names are those of the package's properties; points in time are ISO 8601, UTC.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TypedDict, TypeVar

from bitscb3.enums import JobState
from bitscb3.errors import (
    E_NOTIMPL,
    BackendUnavailableError,
    BitsError,
    RangesNotSupportedError,
    TransferError,
)
from bitscb3.file import File
from bitscb3.job import Job
from bitscb3.ranges import Range

__all__ = [
    "Action",
    "BenchRun",
    "Check",
    "DemoEvent",
    "ErrorLine",
    "FileRecord",
    "FilledRanges",
    "Forgotten",
    "GetEvent",
    "JobDetails",
    "JobError",
    "JobRecord",
    "WatchEvent",
    "age_of",
    "to_details",
    "to_error",
    "to_file",
    "to_filled",
    "to_record",
]

T = TypeVar("T")


class ErrorLine(TypedDict):
    """A line of standard error."""

    error: str
    name: str | None  # of the code


class JobError(TypedDict):
    """Why a job stands still."""

    name: str
    hresult: int
    message: str
    file: int | None
    url: str | None


class JobRecord(TypedDict):
    """A job, as `list` has it."""

    id: str
    name: str
    description: str
    state: str
    running: bool | None  # by some process; None: it cannot be told
    priority: str
    on_demand: bool
    bytes_total: int | None
    bytes_transferred: int
    files_total: int
    files_transferred: int
    creation: str | None
    modification: str | None
    transfer_completion: str | None
    error: JobError | None


class FileRecord(TypedDict):
    """A file of a job."""

    index: int
    url: str  # without query
    local_name: str
    temporary_name: str
    bytes_total: int | None
    bytes_transferred: int
    completed: bool
    ranges: list[tuple[int, int]]  # its pieces, of `--ranges`


class JobDetails(JobRecord):
    """A job, as `info` has it."""

    type: str
    owner: str
    error_count: int
    minimum_retry_delay: float
    no_progress_timeout: float
    maximum_download_time: float
    files: list[FileRecord]


class FilledRanges(TypedDict):
    """What is here of a file, as `ranges` has it."""

    index: int
    local_name: str
    bytes_total: int | None
    ranges: list[tuple[int, int]] | None  # offset, length; None: the server has no ranges


class WatchEvent(TypedDict):
    """A job that changed, as `watch` has it."""

    event: str  # "job", "ended"
    id: str
    name: str
    state: str | None
    running: bool | None
    bytes_total: int | None
    bytes_transferred: int | None
    rate: float | None
    seconds_left: float | None


class GetEvent(TypedDict, total=False):
    """Something that happened to a download of `get`."""

    event: str  # "started", "progress", "waiting", "done", "failed"
    id: str | None
    url: str
    path: str
    bytes_total: int | None
    bytes_transferred: int
    ranges: list[tuple[int, int]]
    rate: float
    seconds_left: float | None
    seconds: float
    sha256: str | None
    error: JobError | None
    message: str


class Action(TypedDict):
    """What `suspend`, `resume`, `cancel` or `complete` did to a job."""

    id: str
    name: str
    state: str | None
    error: JobError | None


class Forgotten(TypedDict):
    """Something left behind, as `gc` has it."""

    kind: str  # "job", "file"
    id: str | None
    name: str
    bytes: int
    seconds: float | None  # since it was touched
    reason: str
    removed: bool


class Check(TypedDict):
    """A line of `doctor`."""

    check: str
    status: str  # "ok", "warning", "problem"
    text: str
    advice: str


class BenchRun(TypedDict):
    """A program of `bench`."""

    program: str
    bytes: int
    seconds: list[float]
    rate: float  # of the median


class DemoEvent(TypedDict):
    """An event of `demo`."""

    seconds: float
    event: str
    text: str
    ranges: list[tuple[int, int]]


def to_error(error: BaseException | None) -> JobError | None:
    """An error, for JSON."""
    if error is None:
        return None
    return JobError(
        name=error.name if isinstance(error, BitsError) else type(error).__name__,
        hresult=error.hresult if isinstance(error, BitsError) else 0,
        message=str(error),
        file=error.file if isinstance(error, TransferError) else None,
        url=error.url if isinstance(error, TransferError) else None,
    )


def to_record(job: Job, running: bool | None) -> JobRecord:
    """The job, for JSON; raises JobNotFoundError when it ends meanwhile."""
    state = job.state
    progress = job.progress
    creation, modification, completion = _times(job)
    stands = state in (JobState.ERROR, JobState.TRANSIENT_ERROR)
    return JobRecord(
        id=str(job.id),
        name=job.name,
        description=job.description,
        state=state.name,
        running=running,
        priority=job.priority.name,
        on_demand=_optional(lambda: job.on_demand, False),
        bytes_total=progress.bytes_total,
        bytes_transferred=progress.bytes_transferred,
        files_total=progress.files_total,
        files_transferred=progress.files_transferred,
        creation=creation,
        modification=modification,
        transfer_completion=completion,
        error=to_error(job.error) if stands else None,
    )


def to_details(job: Job, running: bool | None) -> JobDetails:
    """The job with its files, for JSON."""
    return JobDetails(
        **to_record(job, running),
        type=job.type.name,
        owner=job.owner,
        error_count=job.error_count,
        minimum_retry_delay=job.minimum_retry_delay,
        no_progress_timeout=job.no_progress_timeout,
        maximum_download_time=_optional(lambda: job.maximum_download_time, 0.0),
        files=[to_file(file) for file in job.files],
    )


def to_file(file: File) -> FileRecord:
    """The file, for JSON."""
    progress = file.progress
    nothing: list[Range] = []
    return FileRecord(
        index=file.index,
        url=file.shown_name,
        local_name=file.local_name,
        temporary_name=_optional(lambda: file.temporary_name, ""),
        bytes_total=progress.bytes_total,
        bytes_transferred=progress.bytes_transferred,
        completed=progress.completed,
        ranges=[(offset, length) for offset, length in _optional(lambda: file.ranges, nothing)],
    )


def to_filled(file: File) -> FilledRanges:
    """What is here of the file, for JSON."""
    ranges: list[tuple[int, int]] | None
    try:
        ranges = [(offset, length) for offset, length in file.filled_ranges()]
    except RangesNotSupportedError:
        ranges = None
    return FilledRanges(
        index=file.index, local_name=file.local_name, bytes_total=file.size, ranges=ranges
    )


def _times(job: Job) -> list[str | None]:
    try:
        return [None if time is None else time.isoformat() for time in job.times]
    except BitsError as error:
        if error.hresult != E_NOTIMPL:
            raise
        return [None, None, None]


def age_of(job: Job) -> float | None:
    """Seconds since the job was changed last; None where the service does not tell."""
    modification = _times(job)[1]
    if modification is None:
        return None
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now - datetime.datetime.fromisoformat(modification)).total_seconds()


def _optional(get: Callable[[], T], otherwise: T) -> T:
    """What `get` gives, or `otherwise` on a service that lacks it."""
    try:
        return get()
    except BackendUnavailableError:
        return otherwise
    except BitsError as error:
        if error.hresult != E_NOTIMPL:
            raise
        return otherwise
