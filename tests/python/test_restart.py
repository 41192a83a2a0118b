# SPDX-License-Identifier: MIT
"""Processes that are killed: what was recorded stays, and is not fetched again."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from bitscb3 import EOF, Job, JobLeasedError, JobState, Range
from bitscb3.testing import Nginx, write_file
from support import KIB, MIB, PATIENCE, Later, covered, eventually, open_manager, settle

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")

SIZE = 16 * MIB
RATE = 2 * MIB  # bytes per second of a response: over several connections a few seconds

# A process that downloads argv[2] to argv[3] with the store argv[1] until it is killed.
DOWNLOAD = """
import sys, threading, bitscb3
store, url, path = sys.argv[1:4]
manager = bitscb3.Manager("engine", store)
job = (manager.jobs() or [manager.create_job("killed")])[0]
if not job.files:
    job.add_file(url, path)
job.resume()
print(job.id, flush=True)
threading.Event().wait()
"""

# The same with an on-demand job and the ranges argv[4:], as offset+length.
ON_DEMAND = """
import sys, threading, bitscb3
store, url, path = sys.argv[1:4]
manager = bitscb3.Manager("engine", store)
job = manager.create_job("killed", on_demand=True)
file = job.add_file(url, path)
file.request_ranges([map(int, text.split("+")) for text in sys.argv[4:]]).result()
print(job.id, flush=True)
threading.Event().wait()
"""

# A process that downloads and completes, and says so just before.
COMPLETE = """
import sys, threading, bitscb3
store, url, path = sys.argv[1:4]
manager = bitscb3.Manager("engine", store)
job = manager.create_job("killed")
job.add_file(url, path)
job.resume()
job.wait()
print(job.id, flush=True)
job.complete()
threading.Event().wait()
"""


@pytest.fixture
def slow_nginx(www: Path) -> Iterator[Nginx]:
    """An nginx that takes its time for a response."""
    with Nginx(www, rate=RATE) as server:
        yield server


@contextmanager
def victim(code: str, *arguments: object) -> Iterator[uuid.UUID]:
    """A process that runs `code`, killed at the end; gives the job it tells."""
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield uuid.UUID(first_line(process.stdout))
        finally:
            process.send_signal(signal.SIGKILL)


def first_line(stream: IO[str] | None) -> str:
    """The first line of a process's output."""
    assert stream is not None
    line = stream.readline().strip()
    assert line, "the process ended without a word"
    return line


def recorded(job: Job) -> int:
    """How many bytes of a job the store knows."""
    return job.progress.bytes_transferred


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_killed_download_goes_on(www: Path, slow_nginx: Nginx, tmp_path: Path) -> None:
    """After SIGKILL another process adopts the job, and fetches no recorded byte again."""
    content = write_file(www / "a", SIZE)
    (www / "mark").write_bytes(b"")
    url = slow_nginx.url("/a")
    with open_manager(tmp_path) as manager:
        with victim(DOWNLOAD, tmp_path / "store", url, tmp_path / "a") as identity:
            job = manager.job(identity)
            eventually(lambda: recorded(job) > MIB)
        later = Later(slow_nginx)
        (file,) = job.files
        kept = list(file.filled_ranges())
        assert sum(length for _, length in kept) >= MIB
        assert manager.resume_all() == [job]
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert later.asked_again(kept, SIZE) == 0
    assert digest(tmp_path / "a") == content.sha256()


def test_lease_ends_with_the_process(www: Path, slow_nginx: Nginx, tmp_path: Path) -> None:
    """While a process runs a job no other may; once it is killed, the next one may at once."""
    write_file(www / "a", SIZE)
    with open_manager(tmp_path) as manager:
        with victim(DOWNLOAD, tmp_path / "store", slow_nginx.url("/a"), tmp_path / "a") as identity:
            job = manager.job(identity)
            assert job.state is not JobState.SUSPENDED
            with pytest.raises(JobLeasedError, match="killed"):
                job.resume()
            with pytest.raises(JobLeasedError):
                job.cancel()
        job.resume()
        job.cancel()
        assert manager.jobs() == []


def test_killed_on_demand_job(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Ranges that a killed process fetched are told to handlers first, and read without a request."""
    content = write_file(www / "a", SIZE)
    told: list[Range] = []
    with open_manager(tmp_path) as manager:
        pieces = [Range(5 * MIB, 100 * KIB), Range(1000, 10)]
        with victim(
            ON_DEMAND,
            tmp_path / "store",
            nginx.url("/a"),
            tmp_path / "a",
            *(f"{offset}+{length}" for offset, length in pieces),
        ) as identity:
            job = manager.job(identity)
            eventually(lambda: recorded(job) == sum(length for _, length in pieces))
        asked = len(nginx.log())
        job.on_ranges(lambda job, file, ranges: told.extend(ranges))
        (file,) = job.files
        assert list(file.filled_ranges()) == sorted(pieces)
        for offset, length in pieces:
            assert file.read(offset, length) == content[offset : offset + length]
        assert len(nginx.log()) == asked
        file.request_ranges([(0, EOF)]).result(PATIENCE)
        settle(job)
        assert covered(told) == [(0, SIZE)]
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert digest(tmp_path / "a") == content.sha256()


def test_killed_again_and_again(www: Path, slow_nginx: Nginx, tmp_path: Path) -> None:
    """However often it is killed, a download only gains bytes, and ends with the right ones."""
    content = write_file(www / "a", SIZE)
    steps = [0]
    with open_manager(tmp_path) as manager:
        while steps[-1] < SIZE and len(steps) < 6:
            with victim(
                DOWNLOAD, tmp_path / "store", slow_nginx.url("/a"), tmp_path / "a"
            ) as identity:
                job = manager.job(identity)
                eventually(lambda job=job: recorded(job) > steps[-1])
            steps.append(recorded(job))
        assert steps == sorted(steps)
        assert len(steps) > 2
        assert manager.jobs() == [job]
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert digest(tmp_path / "a") == content.sha256()


def test_changed_while_parked(www: Path, slow_nginx: Nginx, tmp_path: Path) -> None:
    """A file that changes while its job is parked starts over: handlers are told, nothing mixes."""
    write_file(www / "a", SIZE, seed=1)
    events: list[str] = []
    told: list[Range] = []
    with open_manager(tmp_path) as manager:
        with victim(DOWNLOAD, tmp_path / "store", slow_nginx.url("/a"), tmp_path / "a") as identity:
            job = manager.job(identity)
            eventually(lambda: recorded(job) > MIB)
        content = write_file(www / "a", SIZE + 5, seed=2)
        job.on_restarted(lambda job, file: (events.append("restarted"), told.clear()))
        job.on_ranges(lambda job, file, ranges: (events.append("ranges"), told.extend(ranges)))
        assert eventually(lambda: list(events)) == ["ranges"]
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        settle(job)
        assert events.count("restarted") == 1
        assert covered(told) == [(0, SIZE + 5)]
        job.complete()
    assert digest(tmp_path / "a") == content.sha256()


@pytest.mark.parametrize("round_", range(4))
def test_killed_while_completing(round_: int, www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A process killed inside complete() leaves no half a file: it is whole, or still to come."""
    content = write_file(www / "a", SIZE)
    target = tmp_path / "a"
    with victim(COMPLETE, tmp_path / "store", nginx.url("/a"), target) as identity:
        pass
    with open_manager(tmp_path) as manager:
        known = {job.id: job for job in manager.jobs()}
        if identity in known:
            job = known[identity]
            if job.state is not JobState.TRANSFERRED:
                job.resume()
                assert job.wait(PATIENCE) is JobState.TRANSFERRED
            job.complete()
        assert digest(target) == content.sha256()
        assert manager.jobs() == []


def test_killed_early_leaves_no_litter(www: Path, slow_nginx: Nginx, tmp_path: Path) -> None:
    """A temporary file made by a process that was killed right then is found again, and removed."""
    write_file(www / "a", MIB)
    with open_manager(tmp_path) as manager:
        with victim(DOWNLOAD, tmp_path / "store", slow_nginx.url("/a"), tmp_path / "a") as identity:
            eventually(lambda: list(tmp_path.glob("BIT*")))
        job = manager.job(identity)
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert {path.name for path in tmp_path.iterdir()} == {"a", "store", "www"}


def test_store_of_a_killed_process_opens(tmp_path: Path) -> None:
    """A store whose process was killed opens, with every job that was resumed."""
    with victim(DOWNLOAD, tmp_path / "store", "http://127.0.0.1:9/a", tmp_path / "a") as identity:
        pass
    with open_manager(tmp_path) as manager:
        (job,) = manager.jobs()
        assert job.id == identity
        assert [file.local_name for file in job.files] == [str(tmp_path / "a")]
