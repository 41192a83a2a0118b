# SPDX-License-Identifier: MIT
"""Typical uses, checked by mypy --strict and by pyright in its strict mode, and never run.

`assert_type` holds the types that a program depends on.
"""

from __future__ import annotations

import datetime
from collections.abc import Generator
from pathlib import Path
from uuid import UUID

from typing_extensions import assert_type

import bitscb3
from bitscb3 import (
    EOF,
    AuthScheme,
    BackendUnavailableError,
    BitsError,
    Callback3,
    ClientCertificate,
    CostFlags,
    Event,
    EventStream,
    File,
    FileProgress,
    FileRangesTransferred,
    FileRestarted,
    FileTransferred,
    Headers,
    HttpOptions,
    InvalidStateError,
    Job,
    JobEnded,
    JobFailed,
    JobLeasedError,
    JobModified,
    JobProgress,
    JobState,
    JobTimes,
    JobTransferred,
    JobType,
    Manager,
    ManagerStats,
    NotifyFlags,
    Priority,
    ProxySettings,
    Range,
    RangeArray,
    RangeBatch,
    RangeQueue,
    RangeRequest,
    RangesNotSupportedError,
    SecurityFlags,
    Settings,
    TransferError,
)


class Mine(Callback3):
    """Overrides methods of the interface."""

    def job_error(self, job: Job, error: TransferError) -> None:
        """Take the error."""
        print(job.name, error.name, error.context)

    def job_transferred(self, job: Job) -> None:
        """Complete it."""
        job.complete()

    def file_transferred(self, job: Job, file: File) -> None:
        """Take the file."""
        assert_type(file.temporary_name, str)

    def file_ranges_transferred(self, job: Job, file: File, ranges: RangeArray) -> None:
        """Take the ranges."""
        for offset, length in ranges:
            print(offset, length)


def fetch(url: str, path: Path) -> JobState:
    """A whole file, with handlers of every kind."""
    with Manager(settings=Settings(connections=4)) as manager:
        assert_type(manager, Manager)
        job = manager.create_job("typed", priority=Priority.FOREGROUND)
        job.add_file(url, path)
        job.callback = Mine()
        job.notify_flags = NotifyFlags.JOB_ERROR | NotifyFlags.FILE_RANGES_TRANSFERRED
        job.notify_flags = None

        @job.on_ranges
        def got(job: Job, file: File, ranges: RangeArray) -> None:
            first: Range = ranges[0]
            print(first.offset, first.end, len(ranges), ranges.bytes)

        @job.on_restarted
        def restarted(job: Job, file: File) -> None:
            print(file.index)

        @job.on_file
        def whole(job: Job, file: File) -> int:
            return file.index

        @job.on_error
        def failed(job: Job, error: TransferError) -> None:
            print(error)

        job.on_transferred(print)
        job.on_modified(note)
        job.remove_handler(got)
        got(job, job.files[0], job.files[0].filled_ranges())  # a decorator leaves it as it was
        assert_type(whole(job, job.files[0]), int)
        assert_type(job.handler_errors, list[BaseException])
        restarted(job, job.file(-1))
        failed(job, job.failure())
        job.resume()
        state = job.wait(timeout=10.0)
        assert_type(state, JobState)
        job.complete(partial=True)
        return state


def note(job: Job) -> None:
    """A handler that is not defined where it is attached."""
    print(job.name)


def in_a_context(manager: Manager, url: str, path: str) -> None:
    """A job that completes itself; many files."""
    with manager.create_job("context", JobType.DOWNLOAD, on_demand=False) as job:
        assert_type(job, Job)
        assert_type(job.add_files([(url, path), (url, Path(path))]), list[File])
        assert_type(job.add_file(url, path, ranges=[(0, 10), Range(20, 5)]), File)
        assert_type(job.replace_remote_prefix("http://a/", "http://b/"), bool)


def find(manager: Manager) -> Job | None:
    """Jobs of the store, and what a manager tells."""
    assert_type(manager.jobs(all_users=True), list[Job])
    assert_type(manager.resume_all(), list[Job])
    assert_type(manager.features, dict[str, bool])
    assert_type(manager.backend, str)
    manager.set_network(CostFlags.ROAMING)
    manager.set_network(None)
    job = manager.find_job("typed")
    if job is None:
        return None
    assert_type(job, Job)
    assert_type(job.id, UUID)
    return manager.job(job.id)


def look(job: Job) -> datetime.datetime | None:
    """What a job and a file tell."""
    assert_type(job.state, JobState)
    assert_type(job.progress, JobProgress)
    assert_type(job.progress.bytes_total, int | None)
    assert_type(job.error, TransferError | None)
    assert_type(job.times, JobTimes)
    for file in job.files:
        assert_type(file.progress, FileProgress)
        assert_type(file.size, int | None)
        assert_type(file.response_headers, Headers)
        assert_type(file.filled_ranges(), RangeArray)
        assert_type(file.job, Job)
    return job.times.transfer_completion


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
    assert_type(request, RangeRequest)
    assert_type(request.result(timeout=5.0), RangeArray)
    assert_type(request.exception(), BitsError | None)
    assert_type(request.done(), bool)
    buffer = bytearray(10)
    assert_type(file.readinto(0, buffer), int)
    assert_type(file.readinto(0, memoryview(buffer)[2:], timeout=1), int)
    with file.open() as stream:
        stream.seek(10)
        assert_type(stream.read(5), bytes)
    return file.read(0, 65536, timeout=1.5)


def set_up(job: Job) -> None:
    """Settings of a job and of its requests."""
    job.name, job.description = "a", "b"
    job.priority = Priority.LOW
    job.minimum_retry_delay = 2.5
    job.no_progress_timeout = 60
    job.cost_flags = CostFlags.UNRESTRICTED | CostFlags.ROAMING
    http = job.http
    assert_type(http, HttpOptions)
    http.headers = {"X-Token": "t"}
    http.method = "POST"
    http.proxy = "proxy.example.org:8080"
    http.proxy = None
    assert_type(http.proxy, ProxySettings)
    http.security_flags = SecurityFlags.ENABLE_CRL_CHECK
    http.set_credentials("me", "secret", scheme=AuthScheme.DIGEST)
    http.pin_certificates([b"der", "-----BEGIN CERTIFICATE-----"])
    assert_type(http.client_certificate, ClientCertificate | None)


def settings() -> Settings:
    """The numbers of the embedded BITS."""
    own = Settings(connections=4, minimum_retry_delay_s=10)
    assert_type(own.connections, int)
    return own


def errors(job: Job) -> str:
    """What goes wrong, and what an error tells."""
    try:
        job.wait()
    except JobLeasedError as error:
        return str(error)
    except RangesNotSupportedError as error:
        assert_type(error.url, str | None)
        return error.message
    except TransferError as error:
        assert_type(error.hresult, int)
        assert_type(error.context, bitscb3.ErrorContext)
        return error.name
    except (InvalidStateError, BackendUnavailableError):
        return "state"
    except BitsError as error:
        return error.message
    except OSError as error:  # every BitsError is one
        return error.strerror or ""
    return ""


async def listen(job: Job, file: File) -> int:
    """The events of a job in a loop, one by one."""
    count = 0
    stream = job.events()
    assert_type(stream, EventStream)
    async for event in stream:
        assert_type(
            event,
            FileRestarted
            | FileRangesTransferred
            | FileTransferred
            | JobModified
            | JobFailed
            | JobTransferred
            | JobEnded,
        )
        count += weigh(event)
    async for event in job.events(NotifyFlags.JOB_MODIFICATION):
        if isinstance(event, FileRangesTransferred):
            assert_type(event.ranges, RangeArray)
    ranges = await file.request_ranges([(0, 1)])
    assert_type(ranges, RangeArray)
    return count


def weigh(event: Event) -> int:
    """Every kind of event, and no other."""
    if isinstance(event, FileRangesTransferred):
        return event.ranges.bytes
    if isinstance(event, (FileRestarted, FileTransferred)):
        return event.file.index
    if isinstance(event, JobFailed):
        return event.error.hresult
    if isinstance(event, JobEnded):
        assert_type(event.state, JobState)
        return 0
    assert_type(event, JobModified | JobTransferred)
    return 0


def tap(job: Job) -> int:
    """The raw path."""
    with RangeQueue(capacity=1024) as queue:
        number = queue.attach(job)
        assert_type(queue.job(number), Job)
        batch = queue.drain(timeout=1.0)
        assert_type(batch, RangeBatch)
        view = memoryview(batch)
        assert_type([piece.offset for piece in batch], list[int])
        queue.detach(job)
        return batch.lost + batch.generation + len(view)


def pairs(file: File) -> Generator[tuple[int, int], None, None]:
    """Ranges are pairs."""
    for piece in file.filled_ranges():
        assert_type(piece, Range)
        yield piece
    yield from file.ranges
