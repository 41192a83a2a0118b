# SPDX-License-Identifier: MIT
"""The end of a process in which the service has an object of ours."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from bitscb3 import JobState, Manager
from bitscb3.testing import Content, FaultServer, Resource, stall_after
from support import Download, run

TIMES = 20
SECONDS = 30.0


@pytest.mark.timeout(300)
def test_with_live_callbacks(manager: Manager, server: FaultServer, tmp_path: Path) -> None:
    """A process that ends with registered callbacks does so at once and with its own exit code."""
    url = server.serve("/file", Resource(Content(100_000)))
    for number in range(TIMES):
        done = run("leave.py", "callbacks", url, tmp_path / f"file {number}")
        assert (done.returncode, done.stderr) == (7, ""), f"run {number}"
    left = [job for job in manager.jobs() if job.name == "left with callbacks"]
    assert [job.state for job in left] == [JobState.TRANSFERRED] * TIMES


@pytest.mark.timeout(300)
def test_with_a_running_transfer(manager: Manager, server: FaultServer, tmp_path: Path) -> None:
    """A process that ends while its job transfers does so too, and the job goes on without it."""
    for number in range(TIMES):
        release = threading.Event()
        content = Content(400_000)
        fault = stall_after(200_000, release)
        url = server.serve(f"/{number}", Resource(content), fault)
        path = tmp_path / f"file {number}"
        done = run("leave.py", "running", url, path)
        assert (done.returncode, done.stderr) == (7, ""), f"run {number}"
        job = manager.find_job("left with running")
        assert job is not None
        assert job.state is JobState.TRANSFERRING
        release.set()
        assert job.wait(SECONDS) is JobState.TRANSFERRED
        job.complete()
        assert path.read_bytes() == content[:]


def test_close_inside_a_handler(download: Download) -> None:
    """A manager closed by a handler ends after it, with what was left handed out."""
    told: list[str] = []
    done = threading.Event()
    manager = Manager(backend="bits")
    job = manager.create_job("closes")
    job.add_file(download.url, download.path)

    @job.on_transferred
    def close(_: object) -> None:
        told.append("first")
        manager.close()
        done.set()

    job.on_transferred(lambda _: told.append("second"))
    job.resume()
    assert done.wait(SECONDS)
    manager.close()
    assert told == ["first", "second"]
    with Manager(backend="bits") as again:
        again.job(job.id).complete()
    assert download.is_there()
