# SPDX-License-Identifier: MIT
"""The numbers of a manager, and bytes that arrived for a job and a file."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from bitscb3 import File, Job, JobState, ManagerStats, RangeArray, Settings
from bitscb3.testing import (
    Content,
    FaultServer,
    Nginx,
    Resource,
    change_after,
    cut_after,
    stall_after,
    status,
    write_file,
)
from support import KIB, MIB, PATIENCE, eventually, open_manager, settle

GAUGES = {"jobs", "jobs_running", "transfers_running", "transfers_paused"}


def test_a_new_manager_has_done_nothing(tmp_path: Path) -> None:
    """Before the first job every number is 0, and each is a field of `ManagerStats`."""
    with open_manager(tmp_path) as manager:
        assert manager.stats() == ManagerStats()
        assert set(manager._open.statistics()) == set(ManagerStats._fields)


def test_a_download_is_counted(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """Bytes, requests, connections, range events and commits are those the server and we saw."""
    write_file(www / "f", MIB)
    told: list[int] = []
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        file = job.add_file(nginx.url("/f"), tmp_path / "a")

        @job.on_ranges
        def got(job: Job, file: File, ranges: RangeArray) -> None:
            told.append(ranges.bytes)

        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        settle(job)
        stats = manager.stats()
        log = nginx.wait_for_log(lambda log: sum(record.bytes_sent for record in log) == MIB)
        assert stats.bytes_received == stats.bytes_written == MIB
        assert job.bytes_received == file.bytes_received == MIB
        assert stats.requests_sent == stats.requests_succeeded == len(log)
        assert stats.connections_opened == len({record.connection for record in log})
        assert stats.ranges_delivered >= stats.range_events >= 1
        assert sum(told) == MIB
        assert stats.commits >= 1
        assert (stats.jobs, stats.jobs_running, stats.transfers_running) == (1, 0, 0)
        assert stats.requests_failed == stats.reconnects == stats.retries == stats.restarts == 0
        job.complete()
        eventually(lambda: manager.stats().jobs == 0)


def test_gauges(fault_server: FaultServer, tmp_path: Path) -> None:
    """What runs now is counted while it runs; counters never fall, also when it stops."""
    release = threading.Event()
    url = fault_server.serve("/f", stall_after(KIB, release)(Resource(Content(MIB))))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        job.resume()
        eventually(lambda: job.bytes_received == KIB)
        running = manager.stats()
        assert (running.jobs, running.jobs_running, running.transfers_running) == (1, 1, 1)
        job.suspend()
        eventually(lambda: manager.stats().transfers_running == 0)
        after = manager.stats()
        assert after.jobs_running == 0
        for name in set(ManagerStats._fields) - GAUGES:
            assert getattr(after, name) >= getattr(running, name), name
        assert after.requests_succeeded == after.requests_failed == 0
        release.set()


def test_reconnects(fault_server: FaultServer, tmp_path: Path) -> None:
    """A connection lost in the middle is a failed request and a reconnect, and no retry."""
    whole = Resource(Content(MIB))
    url = fault_server.serve("/f", change_after(1, whole)(cut_after(300 * KIB)(whole)))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        stats = manager.stats()
        assert (stats.requests_failed, stats.reconnects, stats.retries) == (1, 1, 0)
        assert stats.bytes_received == stats.bytes_written == MIB


def test_retries(fault_server: FaultServer, tmp_path: Path) -> None:
    """A job that waits to try again after an error status counts as a retry."""
    url = fault_server.serve("/f", status(503, body=b"x" * 100))
    with open_manager(tmp_path, Settings(no_progress_timeout_s=600)) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        job.resume()
        eventually(lambda: job.state is JobState.TRANSIENT_ERROR)
        stats = manager.stats()
        assert (stats.requests_failed, stats.retries, stats.restarts) == (1, 1, 0)
        assert (stats.bytes_received, stats.bytes_written) == (100, 0)
        assert job.progress.bytes_transferred == 0


def test_a_file_that_begins_anew(fault_server: FaultServer, tmp_path: Path) -> None:
    """What was thrown away was received all the same: bytes received never fall."""
    first, second = Resource(Content(MIB)), Resource(Content(MIB, seed=1), version=2)
    url = fault_server.serve("/f", change_after(1, second)(cut_after(300 * KIB)(first)))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        file = job.add_file(url, tmp_path / "a")
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        assert manager.stats().restarts == 1
        assert file.progress.bytes_transferred == MIB
        assert file.bytes_received == job.bytes_received == MIB + 300 * KIB


def test_bytes_received_are_of_this_process(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """An adopted job begins with no byte received, whatever is on disk; the files add up."""
    for name in "ab":
        write_file(www / name, 10 * KIB)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        files = job.add_files([(nginx.url(f"/{name}"), tmp_path / name) for name in "ab"])
        job.resume()
        job.wait(PATIENCE)
        assert [file.bytes_received for file in files] == [10 * KIB] * 2
        assert job.bytes_received == 20 * KIB
    with open_manager(tmp_path) as manager:
        (job,) = manager.jobs()
        assert job.progress.bytes_transferred == 20 * KIB
        assert job.bytes_received == 0
        job.complete()


def test_records_lost(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """Ranges that find the queue full are counted, and are told all the same."""
    write_file(www / "f", MIB)
    wanted = [(n * 2 * KIB, KIB) for n in range(400)]
    with open_manager(tmp_path, queue_capacity=1) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(nginx.url("/f"), tmp_path / "a")
        told: list[RangeArray] = []

        @job.on_ranges
        def got(job: Job, file: File, ranges: RangeArray) -> None:
            told.append(ranges)

        file.request_ranges(wanted).result(PATIENCE)
        settle(job)
        assert manager.stats().records_lost > 0
        assert sum(ranges.bytes for ranges in told) >= 400 * KIB


@pytest.mark.parametrize("name", ManagerStats._fields)
def test_each_number_is_described(name: str) -> None:
    """Each field says in the source whether it is a counter or a gauge."""
    source = Path(__import__("bitscb3.statistics", fromlist=["x"]).__file__).read_text()
    text = source.partition(f"    {name}: int = 0\n")[2].lstrip()
    assert text.startswith('"""Gauge' if name in GAUGES else '"""Counter')
