# SPDX-License-Identifier: MIT
"""Rate limits: of all jobs together and of one, set before and while transfers run."""

from __future__ import annotations

import threading
import time
from filecmp import cmp
from pathlib import Path

import pytest

from authority import Authority
from bitscb3 import InvalidStateError, Job, JobState, Manager, Settings, TransferError
from bitscb3.testing import (
    Content,
    FaultServer,
    Nginx,
    Resource,
    other_range,
    stall_after,
    write_file,
)
from support import KIB, MIB, PATIENCE, eventually, open_manager

SLOW = 2_000  # bytes per second
BURST = 0.15  # seconds' worth of bytes that may come at once: a turn, and what was saved up
CHUNK = 16 * KIB  # libcurl's largest


def download(manager: Manager, url: str, path: Path, limit: int | None = None) -> Job:
    """A job that runs."""
    job = manager.create_job(path.name)
    job.rate_limit = limit
    job.add_file(url, path)
    job.resume()
    return job


def still_running(job: Job, seconds: float) -> None:
    """Let so much time pass, in which the job does not end."""
    with pytest.raises(TimeoutError):
        job.wait(seconds)


@pytest.mark.parametrize("who", ["manager", "job"])
def test_a_rate_is_held(nginx: Nginx, www: Path, tmp_path: Path, who: str) -> None:
    """A download takes at least as long as its size takes at the limit, but for a small burst."""
    size, rate = 1_000_000, 1_500_000
    write_file(www / "f", size)
    with open_manager(tmp_path, rate_limit=rate if who == "manager" else None) as manager:
        begun = time.monotonic()
        job = download(manager, nginx.url("/f"), tmp_path / "a", rate if who == "job" else None)
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        assert time.monotonic() - begun >= (size - CHUNK) / rate - BURST
        assert job.bytes_received == size
        job.complete()
    assert cmp(tmp_path / "a", www / "f", shallow=False)


@pytest.mark.parametrize("who", ["manager", "job"])
def test_a_limit_is_lifted(nginx: Nginx, www: Path, tmp_path: Path, who: str) -> None:
    """A transfer that waits for a low limit ends at once when the limit is gone."""
    write_file(www / "f", 20 * MIB)
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        limited = manager if who == "manager" else job
        limited.rate_limit = SLOW
        job.add_file(nginx.url("/f"), tmp_path / "a")
        job.resume()
        eventually(lambda: manager.stats().transfers_paused)
        assert job.bytes_received < CHUNK
        limited.rate_limit = None
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        assert manager.stats().transfers_paused == 0
    assert cmp(tmp_path / "a", www / "f", shallow=False)


def test_a_limit_for_what_runs(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """A limit that is set while bytes arrive acts on them, and a higher one instead, too."""
    write_file(www / "f", 40 * MIB)
    with open_manager(tmp_path, rate_limit=8 * MIB) as manager:
        job = download(manager, nginx.url("/f"), tmp_path / "a")
        eventually(lambda: job.bytes_received > MIB)
        manager.rate_limit = SLOW
        before = job.bytes_received
        still_running(job, 0.5)
        assert job.bytes_received - before < MIB
        manager.rate_limit = 10**12
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert cmp(tmp_path / "a", www / "f", shallow=False)


def test_a_job_under_a_limit_leaves_others_alone(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """The limit of one job does not slow another one down."""
    write_file(www / "f", 5 * MIB)
    with open_manager(tmp_path) as manager:
        slow = download(manager, nginx.url("/f"), tmp_path / "a", SLOW)
        fast = download(manager, nginx.url("/f"), tmp_path / "b")
        assert fast.wait(PATIENCE) is JobState.TRANSFERRED
        assert slow.state in (JobState.CONNECTING, JobState.TRANSFERRING)
        assert slow.bytes_received < MIB


def test_jobs_share_evenly(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """Two jobs under one limit get the same, though one of them has more connections."""
    for name in "abcdef":
        write_file(www / name, 5 * MIB)
    with open_manager(tmp_path, rate_limit=MIB) as manager:
        wide = manager.create_job("wide")
        wide.add_files([(nginx.url(f"/{name}"), tmp_path / f"wide-{name}") for name in "abcde"])
        narrow = manager.create_job("narrow")
        narrow.add_file(nginx.url("/f"), tmp_path / "narrow")
        wide.resume()
        narrow.resume()
        eventually(lambda: narrow.bytes_received > MIB // 2)
        assert abs(wide.bytes_received - narrow.bytes_received) < MIB // 4


def test_the_store_keeps_a_limit(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """The limit of a job is there after adoption and holds; the manager's is the process's own."""
    write_file(www / "f", MIB)
    most = 2**64 - 1
    with open_manager(tmp_path, rate_limit=most) as manager:
        assert manager.rate_limit == most
        job = download(manager, nginx.url("/f"), tmp_path / "a", SLOW)
        manager.create_job("b").rate_limit = most
        eventually(lambda: manager.stats().transfers_paused)
    with open_manager(tmp_path) as manager:
        assert manager.rate_limit is None
        other = manager.find_job("b")
        assert other is not None
        assert other.rate_limit == most
        job = manager.job(job.id)
        assert job.rate_limit == SLOW
        job.resume()
        eventually(lambda: manager.stats().transfers_paused)
        job.rate_limit = None
        assert job.rate_limit is None
        assert job.wait(PATIENCE) is JobState.TRANSFERRED


def test_a_pause_is_no_stall(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """A transfer that waits for its limit longer than a stall may last keeps its connection."""
    write_file(www / "f", MIB)
    with open_manager(tmp_path, Settings(stall_timeout_s=1), rate_limit=1) as manager:
        job = download(manager, nginx.url("/f"), tmp_path / "a")
        eventually(lambda: manager.stats().transfers_paused)
        still_running(job, 2.5)
        manager.rate_limit = None
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        assert manager.stats().requests_sent == 1
        assert manager.stats().reconnects == 0


def test_a_stall_under_a_limit(fault_server: FaultServer, tmp_path: Path) -> None:
    """A server that sends no more is noticed also under a limit, by the time a stall may last."""
    release = threading.Event()
    url = fault_server.serve("/f", stall_after(300 * KIB, release)(Resource(Content(MIB))))
    settings = Settings(stall_timeout_s=1)
    with open_manager(tmp_path, settings, rate_limit=MIB) as manager:
        job = download(manager, url, tmp_path / "a")
        eventually(lambda: manager.stats().reconnects)
        release.set()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert (tmp_path / "a").read_bytes() == Content(MIB)[:]


@pytest.mark.parametrize("before", [True, False], ids=["before", "while it runs"])
def test_limits_with_http2(www: Path, tmp_path: Path, before: bool) -> None:
    """Several files over HTTP/2 are limited and arrive whole, whenever the limit was set."""
    authority = Authority(tmp_path)
    names = [f"f{n}" for n in range(6)]
    for name in names:
        write_file(www / name, 3 * MIB)
    with (
        Nginx(www, rate=MIB, tls=authority.server(), http2=True) as nginx,  # slow enough to limit
        open_manager(tmp_path, ca_file=authority.file) as manager,
        manager.create_job("a") as job,
    ):
        manager.rate_limit = SLOW if before else 4 * MIB
        job.add_files([(nginx.url(f"/{name}"), tmp_path / name) for name in names])
        job.resume()
        if not before:
            manager.rate_limit = None
            eventually(lambda: job.bytes_received > 100 * KIB)
            manager.rate_limit = SLOW
        eventually(lambda: manager.stats().transfers_paused)
        paused = job.bytes_received
        still_running(job, 0.3)
        assert job.bytes_received - paused < MIB
        manager.rate_limit = None
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
    for name in names:
        assert cmp(tmp_path / name, www / name, shallow=False)


def test_suspended_and_cancelled_while_paused(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """A job whose transfers wait for a limit is suspended, resumed and cancelled like any other."""
    write_file(www / "f", MIB)
    with open_manager(tmp_path, rate_limit=SLOW) as manager:
        job = download(manager, nginx.url("/f"), tmp_path / "a")
        for _ in range(3):
            eventually(lambda: manager.stats().transfers_paused)
            job.suspend()
            eventually(lambda: manager.stats().transfers_running == 0)
            job.resume()
        eventually(lambda: manager.stats().transfers_paused)
        job.cancel()
        assert job.state is JobState.CANCELLED


def test_an_answer_that_is_wrong_after_a_pause(fault_server: FaultServer, tmp_path: Path) -> None:
    """What is found wrong with a body when it is let go on ends the transfer with that error."""
    url = fault_server.serve("/f", other_range(7)(Resource(Content(MIB))))
    with open_manager(tmp_path, Settings(no_progress_timeout_s=0), rate_limit=SLOW) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        job.resume()
        with pytest.raises(TransferError, match="another range"):
            job.wait(PATIENCE)
        eventually(lambda: manager.stats().transfers_running == 0)
        assert manager.stats().requests_failed == 1


def test_limits_from_many_threads(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """Limits may be changed from several threads while the job transfers."""
    write_file(www / "f", 30 * MIB)
    over = threading.Event()
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        job.add_file(nginx.url("/f"), tmp_path / "a")

        def change(limited: Manager | Job) -> None:
            rates = [1, None, 5 * MIB, 10**15, SLOW, 50 * MIB]
            for n in range(10_000):
                if over.is_set():
                    break
                limited.rate_limit = rates[n % len(rates)]
            limited.rate_limit = None

        threads = [threading.Thread(target=change, args=[one]) for one in (manager, job)]
        job.resume()
        for thread in threads:
            thread.start()
        eventually(lambda: job.bytes_received > MIB)
        over.set()
        for thread in threads:
            thread.join()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
    assert cmp(tmp_path / "a", www / "f", shallow=False)


def switches_of_the_engine() -> int:
    """How often the engine threads of this process went to sleep."""
    count = 0
    for task in Path("/proc/self/task").iterdir():
        if (task / "comm").read_text() == "bits-engine\n":
            status = (task / "status").read_text()
            count += int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])
    return count


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system does not count that")
def test_a_limit_wakes_nobody(nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """Under a limit the engine sleeps while nothing transfers, and while a transfer waits long."""
    write_file(www / "f", 100 * KIB)
    with open_manager(tmp_path, rate_limit=MIB) as manager:
        job = download(manager, nginx.url("/f"), tmp_path / "a")
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
        for rate in (MIB, 1):
            manager.rate_limit = rate
            if rate == 1:
                job = download(manager, nginx.url("/f"), tmp_path / "b")
                eventually(lambda: manager.stats().transfers_paused)
            threading.Event().wait(1.2)  # libcurl looks at a connection's speed once a second
            before = switches_of_the_engine()
            threading.Event().wait(0.5)
            assert switches_of_the_engine() == before


def test_files_of_this_machine_are_not_limited(tmp_path: Path) -> None:
    """A file:// source is copied as fast as it can be."""
    write_file(tmp_path / "source", 20 * MIB)
    with open_manager(tmp_path, rate_limit=1) as manager:
        job = download(manager, (tmp_path / "source").as_uri(), tmp_path / "a", 1)
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        assert job.bytes_received == 20 * MIB
        assert manager.stats().requests_sent == 0


@pytest.mark.parametrize("value", [0, -1, 2**64, 1.5, "x", True])
def test_bad_limits(tmp_path: Path, value: object) -> None:
    """What is no limit raises before anything is sent, and the limit stays."""
    with pytest.raises((TypeError, ValueError), match="rate_limit"):
        open_manager(tmp_path, rate_limit=value)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        for limited in (manager, job):
            limited.rate_limit = 5
            with pytest.raises((TypeError, ValueError), match="rate_limit"):
                limited.rate_limit = value  # type: ignore[assignment]
            assert limited.rate_limit == 5


def test_a_closed_manager_has_no_limit(tmp_path: Path) -> None:
    """The limit of a closed manager can neither be read nor set."""
    manager = open_manager(tmp_path)
    manager.close()
    with pytest.raises(InvalidStateError):
        manager.rate_limit = 5
    with pytest.raises(InvalidStateError):
        _ = manager.rate_limit
    with pytest.raises(InvalidStateError):
        manager.stats()
