# SPDX-License-Identifier: MIT
"""The embedded BITS on Windows, in builds that have it: ranges, crashes, other processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bitscb3 import (
    EOF,
    JobLeasedError,
    JobState,
    Manager,
    RangeQueue,
    _core,
)
from bitscb3.testing import Content, FakeClock, FaultServer, Resource, stall_after
from support import Download, run

pytestmark = pytest.mark.skipif(not _core.has_engine(), reason="this build has no embedded BITS")
SECONDS = 30.0


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A folder for a job store."""
    return tmp_path / "Speicher 東京"


@pytest.fixture
def engine(store: Path) -> Iterator[Manager]:
    """The embedded BITS."""
    with Manager(backend="engine", store=store) as manager:
        yield manager


def test_it_has_everything(engine: Manager) -> None:
    """The embedded BITS names itself and has every feature."""
    assert engine.backend == "engine"
    assert engine.service.startswith("embedded BITS ")
    assert all(engine.features.values())
    assert all(_core.library_versions().values())


def test_a_rate_limit(engine: Manager, server: FaultServer, tmp_path: Path) -> None:
    """A transfer under a low limit waits, and goes on at once when the limit is gone."""
    job = engine.create_job("limited")
    job.rate_limit = 2000
    job.add_file(server.serve("/slow", Resource(Content(3_000_000))), tmp_path / "slow.bin")
    job.resume()
    with pytest.raises(TimeoutError):
        job.wait(0.5)
    assert engine.stats().transfers_paused == 1
    assert job.bytes_received < 100_000
    job.rate_limit = None
    assert job.wait(SECONDS) is JobState.TRANSFERRED
    assert engine.stats().bytes_received == 3_000_000
    job.complete()


def test_ranges_on_demand(engine: Manager, server: FaultServer, tmp_path: Path) -> None:
    """Ranges asked for out of order arrive, each byte is told once, and nothing else is fetched."""
    content = Content(3_000_000)
    path = tmp_path / "Große Datei.bin"
    job = engine.create_job("on demand", on_demand=True)
    file = job.add_file(server.serve("/big", Resource(content)), path)
    told: list[tuple[int, int]] = []
    job.on_ranges(lambda job, file, ranges: told.extend((r.offset, r.length) for r in ranges))
    file.request_ranges([(2_000_000, 65_536)]).result(SECONDS)
    file.request_ranges([(len(content) - 100, EOF), (0, 10)]).result(SECONDS)
    assert file.read(2_000_000, 100) == content[2_000_000:2_000_100]
    assert [tuple(one) for one in file.filled_ranges()] == [
        (0, 10),
        (2_000_000, 65_536),
        (len(content) - 100, 100),
    ]
    assert server.bytes_sent("/big") < len(content)
    file.request_ranges([(0, EOF)]).result(SECONDS)
    job.complete()
    assert path.read_bytes() == content[:]
    engine.close()
    assert sum(length for _, length in told) == len(content)


def test_raw_queue(engine: Manager, download: Download) -> None:
    """A RangeQueue gets every byte of a download."""
    job = engine.create_job("raw")
    job.add_file(download.url, download.path)
    with RangeQueue() as queue:
        queue.attach(job)
        job.resume()
        job.wait(SECONDS)
        assert sum(one.length for one in queue.drain(SECONDS)) == len(download.content)
    job.complete()
    assert download.is_there()


def test_killed_and_adopted(store: Path, server: FaultServer, tmp_path: Path) -> None:
    """A job whose process was killed is adopted, and what was recorded is not fetched again."""
    release = threading.Event()
    content = Content(4_000_000)
    url = server.serve("/killed", Resource(content), stall_after(2_000_000, release))
    path = tmp_path / "killed.bin"
    killed = run("die.py", store, url, path)
    assert killed.returncode == 9, killed.stderr
    server.serve("/killed", Resource(content))
    before = len(server.requests)
    with Manager(backend="engine", store=store) as manager:
        (job,) = manager.jobs()
        recorded = sum(length for _, length in job.file(0).filled_ranges())
        assert recorded > 0
        job.resume()
        assert job.wait(SECONDS) is JobState.TRANSFERRED
        job.complete()
    assert path.read_bytes() == content[:]
    again = server.requests[before:]
    assert sum(request.bytes_sent for request in again) <= len(content) - recorded
    release.set()


def test_job_of_a_living_process(engine: Manager, store: Path, download: Download) -> None:
    """A job is run by one process: another one may look at it and not resume it."""
    job = engine.create_job("leased")
    job.add_file(download.url, download.path)
    job.resume()
    with (
        Manager(backend="engine", store=store) as other,
        pytest.raises(JobLeasedError, match="leased"),
    ):
        other.job(job.id).resume()


def test_temporary_file_in_use(engine: Manager, download: Download) -> None:
    """A temporary file that a program holds open makes complete() fail, and nothing is lost."""
    job = engine.create_job("held")
    job.add_file(download.url, download.path)
    job.resume()
    job.wait(SECONDS)
    with Path(job.file(0).temporary_name).open("rb"), pytest.raises(JobLeasedError):
        job.complete()
    assert job.state is JobState.TRANSFERRED
    job.complete()
    assert download.is_there()


def test_clock(store: Path) -> None:
    """With a clock of the test "auto" is the embedded BITS, which alone can be given one."""
    with Manager(store=store, clock=FakeClock()) as manager:
        assert manager.backend == "engine"


def test_default_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By itself the store is in the user's folder for local data."""
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    with Manager(backend="engine") as manager:
        manager.create_job("there")
    assert (tmp_path / "bitscb3").is_dir()
