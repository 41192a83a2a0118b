# SPDX-License-Identifier: MIT
"""Managers: opening, closing, sharing a store, and forks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import bitscb3
from bitscb3 import (
    BackendUnavailableError,
    InvalidStateError,
    Job,
    JobLeasedError,
    JobState,
    Manager,
    StoreError,
)
from bitscb3.testing import Content, FaultServer, Nginx, Resource, stall_after, write_file
from support import MIB, PATIENCE, eventually, open_manager


def test_backend(tmp_path: Path) -> None:
    """A manager tells which service it uses, and what that can do."""
    with open_manager(tmp_path) as manager:
        assert manager.backend == "engine"
        assert manager.features["callback3"]
        assert manager.features["file6"]
        assert manager.service == f"embedded BITS {bitscb3.__version__}"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has BITS")
def test_system_bits_is_windows_only() -> None:
    """Off Windows, backend="bits" is a BackendUnavailableError that names the alternative."""
    with pytest.raises(BackendUnavailableError, match="engine"):
        Manager("bits")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has BITS")
def test_auto_falls_back(tmp_path: Path) -> None:
    """backend="auto" uses the embedded BITS where there is no other."""
    with Manager(store=tmp_path / "store") as manager:
        assert manager.backend == "engine"


def test_default_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder the store is in the user's state folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with Manager("engine"):
        assert (tmp_path / "state" / "bitscb3").is_dir()


def test_store_is_private(tmp_path: Path) -> None:
    """The folder of the store is readable by its owner only."""
    with open_manager(tmp_path):
        assert (tmp_path / "store").stat().st_mode & 0o777 == 0o700


def test_damaged_store(tmp_path: Path) -> None:
    """A damaged store is a StoreError that says what to do."""
    with open_manager(tmp_path) as manager:
        manager.create_job("a")
    for path in (tmp_path / "store").iterdir():
        path.write_bytes(b"this is no database, and it never was one. " * 200)
    with pytest.raises(StoreError, match="store"):
        open_manager(tmp_path)


def test_close_is_idempotent(tmp_path: Path) -> None:
    """A manager may be closed twice; then it makes no jobs."""
    manager = open_manager(tmp_path)
    job = manager.create_job("a")
    manager.close()
    manager.close()
    assert manager.closed
    for act in (manager.jobs, manager.resume_all, lambda: manager.create_job("b")):
        with pytest.raises(InvalidStateError, match="closed"):
            act()
    with pytest.raises(InvalidStateError, match="closed"):
        job.resume()


def test_close_from_several_threads(tmp_path: Path) -> None:
    """Several threads may close one manager; each returns once it is closed."""
    manager = open_manager(tmp_path)
    job = manager.create_job("a")
    job.on_transferred(lambda job: None)
    threads = [threading.Thread(target=manager.close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_every_close_waits_for_the_handlers(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Of two threads that close at the same time neither returns while a handler runs."""
    write_file(www / "a", 10)
    manager = open_manager(tmp_path)
    job = manager.create_job("a")
    job.add_file(nginx.url("/a"), tmp_path / "a")
    runs, go, looked, may_go = (threading.Event() for _ in range(4))
    ended: list[bool] = []

    @job.on_transferred
    def handle(job: Job) -> None:
        runs.set()
        go.wait(PATIENCE)

    def hold(about: object) -> None:
        if threading.current_thread() is second:  # which has seen that the manager is open
            looked.set()
            may_go.wait(PATIENCE)

    def close() -> None:
        manager.close()
        ended.append(go.is_set())

    manager.observers.append(hold)
    first, second = threading.Thread(target=close), threading.Thread(target=close)
    job.resume()
    assert runs.wait(PATIENCE)
    second.start()
    assert looked.wait(PATIENCE)
    first.start()
    eventually(lambda: manager.closed)
    may_go.set()
    second.join(0.2)  # it is not to return yet
    go.set()
    for thread in (first, second):
        thread.join(PATIENCE)
    assert ended == [True, True]


def test_close_ends_waits(fault_server: FaultServer, tmp_path: Path) -> None:
    """Closing the manager ends a wait for a job and for a request with InvalidStateError."""
    release = threading.Event()
    url = fault_server.serve("/a", Resource(Content(MIB)), stall_after(10, release))
    manager = open_manager(tmp_path)
    job = manager.create_job("a")
    file = job.add_file(url, tmp_path / "a")
    request = file.request_ranges([(500_000, 10)])
    job.resume()
    closer = threading.Timer(0.05, manager.close)
    closer.start()
    with pytest.raises(InvalidStateError, match="closed"):
        job.wait(PATIENCE)
    with pytest.raises(InvalidStateError, match="closed"):
        request.result(PATIENCE)
    closer.join()


def test_jobs_stay_in_the_store(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A job outlives its manager: the next one has it, with its files and settings."""
    content = write_file(www / "a", 10_000)
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", priority=bitscb3.Priority.LOW)
        job.description = "text"
        job.add_file(nginx.url("/a"), tmp_path / "a")
        identity = job.id
    with open_manager(tmp_path) as manager:
        (job,) = manager.jobs()
        assert job.id == identity
        assert (job.name, job.description) == ("a", "text")
        assert job.priority is bitscb3.Priority.LOW
        assert [file.remote_name for file in job.files] == [nginx.url("/a")]
        assert manager.resume_all() == [job]
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert (tmp_path / "a").read_bytes() == content[:]


def test_resume_all_skips_empty_jobs(tmp_path: Path) -> None:
    """resume_all() leaves jobs without files alone."""
    with open_manager(tmp_path) as manager:
        manager.create_job("empty")
        assert manager.resume_all() == []


def test_one_owner_per_job(tmp_path: Path) -> None:
    """Two managers see one another's jobs; only the one that runs a job may change it."""
    with open_manager(tmp_path) as first, open_manager(tmp_path) as second:
        job = first.create_job("a")
        job.add_file("http://127.0.0.1:9/a", tmp_path / "a")
        job.resume()
        (seen,) = eventually(second.jobs)
        assert seen.id == job.id
        assert seen.name == "a"
        with pytest.raises(JobLeasedError, match=r'job "a"'):
            seen.resume()
        assert second.resume_all() == []


def test_many_threads(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Jobs may be made, run and completed in several threads at the same time."""
    content = write_file(www / "a", 200_000)
    failures: list[BaseException] = []

    def download(manager: Manager, number: int) -> None:
        try:
            with manager.create_job(str(number)) as job:
                job.add_file(nginx.url("/a"), tmp_path / str(number))
        except BaseException as error:
            failures.append(error)

    with open_manager(tmp_path) as manager:
        threads = [threading.Thread(target=download, args=(manager, i)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert not failures
    assert all((tmp_path / str(i)).read_bytes() == content[:] for i in range(8))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forked_child_is_told(tmp_path: Path) -> None:
    """After fork the child gets RuntimeError from every object, may drop them, and ends at once."""
    code = """
import gc, os, sys, bitscb3
manager = bitscb3.Manager("engine", sys.argv[1])
job = manager.create_job("a")
file = job.add_file("http://127.0.0.1:9/a", sys.argv[1] + "/a")
job.on_transferred(lambda job: None)
pid = os.fork()
if pid == 0:
    told = 0
    for act in (manager.jobs, manager.close, job.resume, lambda: job.name, lambda: file.progress):
        try:
            act()
        except RuntimeError as error:
            told += "fork" in str(error)
    print(told, repr(job) != "", flush=True)
    del manager, job, file, act
    gc.collect()
    sys.exit(told)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
manager.close()
"""
    out = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert out.stderr == ""
    assert out.stdout.split() == ["5", "True", "5"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forked_child_of_a_busy_process(fault_server: FaultServer, tmp_path: Path) -> None:
    """Whatever the threads of the parent were at, a forked child may drop what it has of them."""
    code = """
import gc, os, sys, bitscb3
manager = bitscb3.Manager("engine", sys.argv[1])
jobs = [manager.create_job(f"{i}") for i in range(6)]
files = [job.add_file(sys.argv[2], f"{sys.argv[1]}/{i}") for i, job in enumerate(jobs)]
for job in jobs:
    job.on_ranges(lambda job, file, ranges: None)
    job.resume()
for _ in range(200):
    pid = os.fork()
    if pid == 0:
        del manager, jobs, files, job
        gc.collect()
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
for job in jobs:
    job.cancel()
manager.close()
"""
    url = fault_server.serve("/a", Resource(Content(256 * MIB)))
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(tmp_path), url],
        timeout=2 * PATIENCE,
        check=True,
    )


def test_open_manager_does_not_hang_the_exit(tmp_path: Path) -> None:
    """A process that ends with an open manager and a handler ends at once and without a word."""
    code = """
import sys, bitscb3
manager = bitscb3.Manager("engine", sys.argv[1])
job = manager.create_job("a")
job.add_file("http://127.0.0.1:9/a", sys.argv[1] + "/a")
job.on_ranges(lambda job, file, ranges: None)
job.resume()
print("end")
"""
    out = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert (out.stdout, out.stderr) == ("end\n", "")


def test_dropped_manager_closes(tmp_path: Path) -> None:
    """A manager that nobody holds any more lets go of its jobs."""
    manager = open_manager(tmp_path)
    job = manager.create_job("a")
    job.add_file("http://127.0.0.1:9/a", tmp_path / "a")
    job.resume()
    identity = job.id
    del manager, job
    import gc

    gc.collect()
    with open_manager(tmp_path) as other:
        other.job(identity).cancel()


def test_find_job(tmp_path: Path) -> None:
    """find_job gives the newest job of a name, and None when there is no such job."""
    with open_manager(tmp_path) as manager:
        assert manager.find_job("a") is None
        older = manager.create_job("a")
        newer = manager.create_job("a")
        manager.create_job("b")
        assert manager.find_job("a") is newer
        newer.cancel()
        assert manager.find_job("a") is older


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of descriptors here")
@pytest.mark.parametrize("descriptors", range(5, 15))
def test_few_descriptors(descriptors: int, tmp_path: Path) -> None:
    """Without descriptors a manager is not opened, with that reason; it never hangs."""
    code = f"""
import errno, sys, resource, bitscb3
resource.setrlimit(resource.RLIMIT_NOFILE, ({descriptors}, {descriptors}))
try:
    bitscb3.Manager("engine", sys.argv[1]).close()
except OSError as error:
    sys.exit(error.errno != errno.EMFILE)
"""
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "store")], timeout=PATIENCE, check=True
    )
