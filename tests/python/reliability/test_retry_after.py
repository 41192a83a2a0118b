# SPDX-License-Identifier: MIT
"""A server that asks to be left alone for a while is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

import pytest

from bitscb3 import Job, JobState, Manager, Settings
from bitscb3.testing import Content, FakeClock, FaultServer, Resource, flaky, status
from support import PATIENCE, eventually

DATA = Content(50_000, seed=3)
DELAY, TIMEOUT = 5, 3_600  # of the job, seconds
SETTINGS = Settings(minimum_retry_delay_s=DELAY, no_progress_timeout_s=TIMEOUT)


@pytest.fixture
def clock() -> FakeClock:
    """The manager's clock."""
    return FakeClock()


@pytest.fixture
def manager(tmp_path: Path, clock: FakeClock) -> Iterator[Manager]:
    """A manager whose jobs are patient for an hour."""
    with Manager("engine", tmp_path / "store", SETTINGS, clock=clock) as made:
        yield made


def refused(
    manager: Manager, server: FaultServer, folder: Path, code: int, retry_after: str
) -> Job:
    """A job that the server sent away once."""
    busy = status(code, {"Retry-After": retry_after})
    job = manager.create_job("refused")
    job.add_file(server.serve("/f", Resource(DATA), flaky(1, busy)), folder / "f")
    job.resume()
    eventually(lambda: job.state is JobState.TRANSIENT_ERROR)
    return job


def assert_it_waits(job: Job, server: FaultServer, folder: Path) -> None:
    """The engine looked at its jobs, and did not ask again."""
    other = job.manager.create_job("other")
    other.add_file(server.serve("/other", Resource(DATA)), folder / "other")
    other.resume()
    assert other.wait(PATIENCE) is JobState.TRANSFERRED
    other.cancel()
    assert job.state is JobState.TRANSIENT_ERROR
    assert len([record for record in server.requests if record.path == "/f"]) == 1


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_seconds(
    code: int, manager: Manager, clock: FakeClock, fault_server: FaultServer, tmp_path: Path
) -> None:
    """After Retry-After with so many seconds a job tries again then, and not before."""
    job = refused(manager, fault_server, tmp_path, code, "600")
    clock.advance(599)
    assert_it_waits(job, fault_server, tmp_path)
    clock.advance(1)
    assert job.wait(PATIENCE) is JobState.TRANSFERRED
    job.complete()
    assert (tmp_path / "f").read_bytes() == DATA[:]


def test_date(
    manager: Manager, clock: FakeClock, fault_server: FaultServer, tmp_path: Path
) -> None:
    """Retry-After with a date counts as well."""
    at = datetime.now(timezone.utc) + timedelta(seconds=900)
    job = refused(manager, fault_server, tmp_path, 503, format_datetime(at, usegmt=True))
    clock.advance(600)
    assert_it_waits(job, fault_server, tmp_path)
    clock.advance(301)
    assert job.wait(PATIENCE) is JobState.TRANSFERRED


@pytest.mark.parametrize(
    "value", ["", "soon", "-5", "0", "1", "Thu, 01 Jan 1970 00:00:00 GMT", "5, 600000", "9" * 30]
)
def test_less_than_the_delay(
    value: str, manager: Manager, clock: FakeClock, fault_server: FaultServer, tmp_path: Path
) -> None:
    """Retry-After that is malformed, over or short leaves the job's own delay as it is."""
    job = refused(manager, fault_server, tmp_path, 503, value)
    clock.advance(DELAY)
    assert job.wait(PATIENCE) is JobState.TRANSFERRED


@pytest.mark.parametrize("value", ["86400", "99999999", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_more_than_the_time_out(
    value: str, manager: Manager, clock: FakeClock, fault_server: FaultServer, tmp_path: Path
) -> None:
    """However long a server asks for, the job tries once more before its time-out ends it."""
    job = refused(manager, fault_server, tmp_path, 503, value)
    clock.advance(TIMEOUT - 2)
    assert_it_waits(job, fault_server, tmp_path)
    clock.advance(1)
    assert job.wait(PATIENCE) is JobState.TRANSFERRED


def test_resume(
    manager: Manager, clock: FakeClock, fault_server: FaultServer, tmp_path: Path
) -> None:
    """resume() tries at once all the same."""
    job = refused(manager, fault_server, tmp_path, 503, "600")
    job.resume()
    assert job.wait(PATIENCE) is JobState.TRANSFERRED
