# SPDX-License-Identifier: MIT
"""Handlers of jobs of the system's BITS, which calls from a process of its own."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from bitscb3 import (
    EOF,
    Callback3,
    File,
    FileRangesTransferred,
    FileTransferred,
    Job,
    JobState,
    JobTransferred,
    Manager,
    NotifyFlags,
    RangeArray,
    RangeQueue,
    RangesNotSupportedError,
    TransferError,
)
from bitscb3.testing import FaultServer, Resource, stall_after, status
from support import Download

SECONDS = 30.0


class Recorder(Callback3):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.threads: set[str] = set()
        self.ranges: list[tuple[int, int]] = []
        self.over = threading.Event()

    def _tell(self, what: str) -> None:
        self.told.append(what)
        self.threads.add(threading.current_thread().name)

    def job_transferred(self, job: Job) -> None:
        self._tell("transferred")
        self.over.set()

    def job_error(self, job: Job, error: TransferError) -> None:
        self._tell(f"error {error.name}")
        self.over.set()

    def file_transferred(self, job: Job, file: File) -> None:
        self._tell(f"file {file.index}")

    def file_ranges_transferred(self, job: Job, file: File, ranges: RangeArray) -> None:
        self._tell("ranges")
        self.ranges += [(one.offset, one.length) for one in ranges]


def test_job_transferred(manager: Manager, download: Download) -> None:
    """JobTransferred comes from the service's process to a handler, without a wait()."""
    told = threading.Event()
    job = manager.create_job("told")
    job.add_file(download.url, download.path)
    assert manager._handle.signals == 0

    @job.on_transferred
    def transferred(which: Job) -> None:
        assert which is job
        which.complete()
        told.set()

    job.resume()
    assert told.wait(SECONDS)
    assert download.is_there()
    # It was told, and not only found by looking; nothing else is told of such a job.
    assert manager._handle.signals == 1


def test_callback(manager: Manager, download: Download) -> None:
    """A Callback3 is told every byte once, then the file, then the job, on one thread of ours."""
    job = manager.create_job("callback")
    job.add_file(download.url, download.path)
    job.callback = recorder = Recorder()
    job.resume()
    assert recorder.over.wait(SECONDS)
    job.complete()
    assert recorder.told[0] == "ranges"
    assert recorder.told[-2:] == ["file 0", "transferred"]
    assert recorder.threads == {"bitscb3-dispatcher"}
    covered = sorted(recorder.ranges)
    assert sum(length for _, length in covered) == len(download.content)
    ends = [offset + length for offset, length in covered]
    assert [offset for offset, _ in covered] == [0, *ends[:-1]]


def test_job_error(manager: Manager, server: FaultServer, tmp_path: Path) -> None:
    """A job that fails is told, also where the service's JobError does not come."""
    job = manager.create_job("fails")
    job.add_file(server.serve("/missing", status(404)), tmp_path / "missing")
    job.callback = recorder = Recorder()
    job.resume()
    assert recorder.over.wait(SECONDS)
    assert recorder.told == ["error BG_E_HTTP_ERROR_404"]


def test_handler_that_raises(
    manager: Manager, download: Download, caplog: pytest.LogCaptureFixture
) -> None:
    """What a handler raises is logged and kept, and the other handlers are called."""
    job = manager.create_job("raises")
    job.add_file(download.url, download.path)
    told = threading.Event()

    @job.on_transferred
    def bad(job: Job) -> None:
        raise RuntimeError("on purpose")

    @job.on_transferred
    def good(job: Job) -> None:
        told.set()

    with caplog.at_level(logging.CRITICAL, "bitscb3"):
        job.resume()
        assert told.wait(SECONDS)
    assert [str(error) for error in job.handler_errors] == ["on purpose"]
    job.complete()


def test_handler_that_waits(manager: Manager, download: Download) -> None:
    """A handler may wait for a job."""
    job = manager.create_job("waits")
    job.add_file(download.url, download.path)
    states: list[JobState] = []
    told = threading.Event()

    @job.on_file
    def whole(job: Job, file: File) -> None:
        states.append(job.wait(SECONDS))
        told.set()

    job.resume()
    assert told.wait(SECONDS)
    assert states == [JobState.TRANSFERRED]


async def test_events(manager: Manager, download: Download) -> None:
    """The asynchronous stream tells the same, and ends."""
    job = manager.create_job("stream")
    job.add_file(download.url, download.path)
    stream = job.events()
    job.resume()
    told = [event async for event in stream]
    assert isinstance(told[0], FileRangesTransferred)
    assert isinstance(told[-2], FileTransferred)
    assert isinstance(told[-1], JobTransferred)


@pytest.mark.wine
def test_ranges_by_progress(
    manager: Manager, server: FaultServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without FileRangesTransferred ranges come from the progress, while it goes on, marked so."""
    release = threading.Event()
    url = server.serve("/slow", Resource(b"x" * 400_000), stall_after(200_000, release))
    job = manager.create_job("by progress")
    job.add_file(url, tmp_path / "slow")
    assert not job.ranges_by_progress
    arrived = threading.Event()
    ranges: list[tuple[int, int]] = []
    caplog.set_level(logging.INFO, "bitscb3")

    @job.on_ranges
    def got(job: Job, file: File, more: RangeArray) -> None:
        ranges.extend((one.offset, one.length) for one in more)
        arrived.set()

    assert job.ranges_by_progress
    assert "Windows 10 version 1703" in caplog.text
    job.resume()
    assert arrived.wait(SECONDS)
    assert job.state is JobState.TRANSFERRING
    assert 0 < sum(length for _, length in ranges) <= 200_000
    release.set()
    assert job.wait(SECONDS) is JobState.TRANSFERRED
    job.complete()
    manager.close()
    assert sum(length for _, length in ranges) == 400_000
    assert [offset for offset, _ in ranges] == sorted({offset for offset, _ in ranges})


@pytest.mark.wine
def test_raw_queue_needs_range_events(manager: Manager, download: Download) -> None:
    """A RangeQueue, which takes range events as they are, refuses a service without them."""
    job = manager.create_job("raw")
    job.add_file(download.url, download.path)
    with (
        RangeQueue() as queue,
        pytest.raises(RangesNotSupportedError, match="Windows 10 version 1703"),
    ):
        queue.attach(job)
    assert not job.notify_flags & NotifyFlags.FILE_RANGES_TRANSFERRED


@pytest.mark.windows
def test_raw_queue(manager: Manager, download: Download) -> None:
    """A RangeQueue gets the ranges of a download."""
    job = manager.create_job("raw")
    job.add_file(download.url, download.path)
    with RangeQueue() as queue:
        queue.attach(job)
        job.resume()
        job.wait(SECONDS)
        job.complete()
        assert sum(one.length for one in queue.drain(1.0)) == len(download.content)


@pytest.mark.windows
def test_ranges_on_demand(manager: Manager, server: FaultServer, tmp_path: Path) -> None:
    """Ranges asked for out of order arrive, are reported once, and nothing else is fetched."""
    content = bytes(range(256)) * 8192
    job = manager.create_job("on demand", on_demand=True)
    file = job.add_file(server.serve("/big", Resource(content)), tmp_path / "big")
    told: list[tuple[int, int]] = []
    job.on_ranges(lambda job, file, ranges: told.extend((r.offset, r.length) for r in ranges))
    file.request_ranges([(1_000_000, 65_536)]).result(SECONDS)
    file.request_ranges([(len(content) - 100, EOF), (0, 10)]).result(SECONDS)
    assert file.read(1_000_000, 100) == content[1_000_000:1_000_100]
    assert server.bytes_sent("/big") < len(content)
    file.request_ranges([(0, EOF)]).result(SECONDS)
    assert job.wait(SECONDS) in (JobState.TRANSFERRED, JobState.SUSPENDED)
    job.complete()
    assert (tmp_path / "big").read_bytes() == content
    manager.close()
    assert sum(length for _, length in told) == len(content)
