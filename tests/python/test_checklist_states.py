# SPDX-License-Identifier: MIT
"""The checklist of BITS' behaviours, items 56 to 78: the life cycle, its clocks and its limits."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from ctypes import byref, c_void_p
from pathlib import Path

import pytest

from bitscb3.testing import (
    Behaviour,
    Content,
    Fault,
    FaultServer,
    Resource,
    flaky,
    stall_after,
    status,
)
from codes import (
    BG_E_EMPTY,
    BG_E_ERROR_INFORMATION_UNAVAILABLE,
    BG_E_INVALID_STATE,
    BG_E_MAXDOWNLOAD_TIMEOUT,
    BG_E_NETWORK_DISCONNECTED,
    BG_E_NOT_FOUND,
    BG_E_TOO_MANY_FILES_IN_JOB,
    BG_E_TOO_MANY_JOBS_PER_MACHINE,
    BG_E_TOO_MANY_JOBS_PER_USER,
    CANCELLED,
    CONNECTING,
    E_NOTIMPL,
    ERROR,
    FOREGROUND,
    HIGH,
    LOW,
    NORMAL,
    QUEUED,
    S_OK,
    SUSPENDED,
    TRANSFERRED,
    TRANSFERRING,
    TRANSIENT_ERROR,
)
from contract import (
    GUID,
    Bits,
    Com,
    error_of,
    file_of,
    file_progress,
    made,
    number,
    progress,
    reaches,
    state,
)
from support import MIB, eventually

UNRESTRICTED = 1
SLICE = 300  # seconds


@pytest.fixture
def held(fault_server: FaultServer) -> Iterator[Fault]:
    """A fault that holds every body until the test is over."""
    release = threading.Event()
    yield stall_after(1000, release)
    release.set()


def job_for(bits: Bits, url: str, name: str = "out", priority: int = NORMAL) -> Com:
    """A job with one file."""
    job = bits.job(name)
    assert job.AddFile(url, str(bits.folder / name)) == S_OK
    assert job.SetPriority(priority) == S_OK
    return job


def local(bits: Bits, name: str = "out") -> Com:
    """A job that copies a small file of this machine."""
    source = bits.folder / f"source-{name}"
    source.write_bytes(b"abc")
    return job_for(bits, source.as_uri(), name)


def broken(server: FaultServer, path: str = "/f") -> str:
    """A URL that answers 503."""
    return server.serve(path, status(503))


def jobs_of(manager: Com) -> int:
    """How many jobs the manager lists."""
    return number(made(manager.EnumJobs, "IEnumBackgroundCopyJobs", 0).GetCount)


def test_056_new_job(bits: Bits) -> None:
    """A new job is SUSPENDED, of normal priority, with an empty progress."""
    job = bits.job()
    assert (state(job), number(job.GetPriority)) == (SUSPENDED, NORMAL)
    found = progress(job)
    assert (found.total, found.transferred, found.files_total, found.files_transferred) == (
        *(0, 0, 0, 0),
    )


def test_057_empty_job(bits: Bits) -> None:
    """A job without a file cannot be resumed: BG_E_EMPTY, and it stays SUSPENDED."""
    job = bits.job()
    assert job.Resume() == BG_E_EMPTY
    assert state(job) == SUSPENDED


def test_058_suspend_twice(bits: Bits) -> None:
    """A SUSPENDED job may be suspended."""
    job = bits.job()
    assert job.Suspend() == S_OK
    assert state(job) == SUSPENDED


def test_059_resume_under_way(bits: Bits, fault_server: FaultServer, held: Fault) -> None:
    """A TRANSFERRING job may be resumed, which changes nothing."""
    job = job_for(bits, fault_server.serve("/f", Resource(Content(MIB)), held))
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRING)
    assert job.Resume() == S_OK
    assert state(job) == TRANSFERRING


def test_060_resume_at_once(bits: Bits, fault_server: FaultServer) -> None:
    """A job in TRANSIENT_ERROR that is resumed tries again at once."""
    url = fault_server.serve("/f", Resource(Content(10)), flaky(1, status(503)))
    job = job_for(bits, url)
    assert job.Resume() == S_OK
    reaches(job, TRANSIENT_ERROR)
    assert job.Resume() == S_OK
    assert state(job) in (QUEUED, CONNECTING, TRANSFERRING, TRANSFERRED)
    reaches(job, TRANSFERRED)


def test_061_resume_after_error(bits: Bits, fault_server: FaultServer) -> None:
    """A job in ERROR goes on once its cause is gone and it is resumed."""
    job = job_for(bits, fault_server.serve("/f", status(404)))
    assert job.Resume() == S_OK
    reaches(job, ERROR)
    fault_server.serve("/f", Resource(Content(10)))
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)


def test_062_file_added_late(bits: Bits) -> None:
    """A file added to a TRANSFERRED job is transferred once the job is resumed."""
    job = local(bits)
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    (bits.folder / "more").write_bytes(b"more")
    assert job.AddFile((bits.folder / "more").as_uri(), str(bits.folder / "second")) == S_OK
    assert state(job) == TRANSFERRED
    assert job.Resume() == S_OK
    eventually(lambda: progress(job).files_transferred == 2)
    reaches(job, TRANSFERRED)
    assert job.Complete() == S_OK
    assert (bits.folder / "second").read_bytes() == b"more"


@pytest.mark.parametrize("end", ["Complete", "Cancel"])
def test_063_after_the_end(bits: Bits, end: str) -> None:
    """A job that is over takes no further call."""
    job = local(bits)
    assert getattr(job, end)() == S_OK | (0x00200017 if end == "Complete" else 0)
    for method in ("Cancel", "Complete", "Suspend", "Resume"):
        assert getattr(job, method)() == BG_E_INVALID_STATE


def test_064_gone(bits: Bits) -> None:
    """A job that is over is not listed and not found; its pointer still tells the state."""
    job = local(bits)
    id_, out = GUID(), c_void_p()
    assert job.GetId(byref(id_)) == S_OK
    assert jobs_of(bits.manager) == 1
    assert job.Cancel() == S_OK
    assert jobs_of(bits.manager) == 0
    assert bits.manager.GetJob(byref(id_), byref(out)) == BG_E_NOT_FOUND
    assert out.value is None
    assert state(job) == CANCELLED


def test_065_least_retry_delay(bits: Bits) -> None:
    """A retry delay under 5 seconds becomes 5."""
    job = bits.job()
    for given, kept in [(1, 5), (0, 5), (5, 5), (6, 6), (0xFFFFFFFF, 0xFFFFFFFF)]:
        assert job.SetMinimumRetryDelay(given) == S_OK
        assert number(job.GetMinimumRetryDelay) == kept


def test_066_fresh_times(bits: Bits) -> None:
    """A new job has BITS' times: 10 minutes, 14 days, 90 days."""
    job = bits.job()
    assert number(job.GetMinimumRetryDelay) == 600
    assert number(job.GetNoProgressTimeout) == 1_209_600
    assert number(job.GetMaximumDownloadTime) == 7_776_000


@pytest.mark.parametrize("closed", [False, True])
def test_067_no_patience(bits: Bits, fault_server: FaultServer, closed: bool) -> None:
    """With a no-progress time-out of 0 every error is final."""
    job = job_for(bits, "http://127.0.0.1:9/f" if closed else broken(fault_server))
    assert job.SetNoProgressTimeout(0) == S_OK
    assert job.Resume() == S_OK
    reaches(job, ERROR)


def test_068_delay_beyond_patience(bits: Bits, fault_server: FaultServer) -> None:
    """When the retry delay exceeds the no-progress time-out there is no retry."""
    job = job_for(bits, broken(fault_server))
    assert job.SetMinimumRetryDelay(100) == S_OK
    assert job.SetNoProgressTimeout(99) == S_OK
    assert job.Resume() == S_OK
    reaches(job, ERROR)
    assert number(job.GetErrorCount) == 1
    assert job.SetNoProgressTimeout(100) == S_OK  # which the delay does not exceed
    assert job.Resume() == S_OK
    reaches(job, TRANSIENT_ERROR)


def test_069_no_network(bits: Bits, fault_server: FaultServer, held: Fault) -> None:
    """Without a network jobs wait in TRANSIENT_ERROR; when it is back all of them go on."""
    running = job_for(bits, fault_server.serve("/f", Resource(Content(MIB)), held), "a")
    queued = job_for(bits, fault_server.serve("/g", Resource(Content(10))), "b")
    failed = job_for(bits, broken(fault_server, "/h"), "c", FOREGROUND)
    for job in (running, queued, failed):
        assert job.Resume() == S_OK
    reaches(running, TRANSFERRING)
    reaches(failed, TRANSIENT_ERROR)
    assert state(queued) == QUEUED
    assert bits.set_network(0) == S_OK
    for job in (running, queued):
        assert state(job) == TRANSIENT_ERROR
        assert error_of(job)[0] == BG_E_NETWORK_DISCONNECTED
        assert number(job.GetErrorCount) == 0
    bits.advance(100_000)
    assert state(queued) == TRANSIENT_ERROR
    fault_server.serve("/h", Resource(Content(10)))
    assert bits.set_network(UNRESTRICTED) == S_OK
    reaches(failed, TRANSFERRED)
    reaches(running, TRANSFERRING)


def test_070_maximum_download_time(bits: Bits, fault_server: FaultServer, held: Fault) -> None:
    """A job that transferred for too long is in ERROR; Resume starts its clock anew."""
    job = job_for(bits, fault_server.serve("/f", Resource(Content(MIB)), held))
    assert job.SetMaximumDownloadTime(100) == S_OK
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRING)
    bits.advance(99)
    assert state(job) == TRANSFERRING
    bits.advance(1)
    reaches(job, ERROR)
    assert error_of(job)[0] == BG_E_MAXDOWNLOAD_TIMEOUT
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRING)
    bits.advance(99)
    assert state(job) == TRANSFERRING
    assert job.Suspend() == S_OK
    bits.advance(1000)  # a job that does not transfer spends none of it
    assert state(job) == SUSPENDED


def test_070b_time_of_all_turns(bits: Bits, fault_server: FaultServer, held: Fault) -> None:
    """The maximum download time is spent by all turns together, and not by waiting for one."""
    url = fault_server.serve("/f", Resource(Content(MIB)), held)
    low, high = job_for(bits, url, "low", LOW), job_for(bits, url, "high", HIGH)
    assert low.SetMaximumDownloadTime(100) == S_OK
    assert low.Resume() == S_OK
    reaches(low, TRANSFERRING)
    bits.advance(60)
    assert high.Resume() == S_OK
    reaches(high, TRANSFERRING)
    reaches(low, QUEUED)
    bits.advance(1000)
    assert high.Suspend() == S_OK
    reaches(low, TRANSFERRING)
    bits.advance(39)
    assert state(low) == TRANSFERRING
    bits.advance(1)
    reaches(low, ERROR)
    assert error_of(low)[0] == BG_E_MAXDOWNLOAD_TIMEOUT


def test_071_monotonic(bits: Bits, fault_server: FaultServer) -> None:
    """Retries go by a monotonic clock alone: while it stands still none happens."""
    job = job_for(bits, broken(fault_server))
    assert job.Resume() == S_OK
    reaches(job, TRANSIENT_ERROR)
    before = len(fault_server.requests)
    bits.advance(599)
    other = local(bits, "other")  # the engine does its work meanwhile
    assert other.Resume() == S_OK
    reaches(other, TRANSFERRED)
    assert (state(job), len(fault_server.requests)) == (TRANSIENT_ERROR, before)
    bits.advance(1)
    eventually(lambda: len(fault_server.requests) > before)


def test_071b_no_progress(bits: Bits, fault_server: FaultServer) -> None:
    """The no-progress time-out goes by that clock too, from the first of the errors in a row."""
    job = job_for(bits, broken(fault_server))
    assert job.SetNoProgressTimeout(1000) == S_OK
    assert job.Resume() == S_OK
    reaches(job, TRANSIENT_ERROR)
    bits.advance(600)
    eventually(lambda: number(job.GetErrorCount) == 2)
    bits.advance(399)
    other = local(bits, "other")  # the engine does its work meanwhile
    assert other.Resume() == S_OK
    reaches(other, TRANSFERRED)
    assert state(job) == TRANSIENT_ERROR
    bits.advance(1)
    reaches(job, ERROR)
    assert number(job.GetErrorCount) == 2


def test_072_error_object(bits: Bits, fault_server: FaultServer, held: Fault) -> None:
    """The error object is there in TRANSIENT_ERROR, and gone once the job transfers again."""
    resource: Behaviour = held(Resource(Content(MIB)))
    job = job_for(bits, fault_server.serve("/f", resource, flaky(1, status(503))))
    out = c_void_p()
    assert job.GetError(byref(out)) == BG_E_ERROR_INFORMATION_UNAVAILABLE
    assert job.Resume() == S_OK
    reaches(job, TRANSIENT_ERROR)
    assert error_of(job)[0] == 0x80190000 + 503
    bits.advance(600)
    reaches(job, TRANSFERRING)
    assert job.GetError(byref(out)) == BG_E_ERROR_INFORMATION_UNAVAILABLE


def test_072b_no_error_of_a_whole_job(bits: Bits) -> None:
    """A job that is TRANSFERRED has no error object, whatever it waited for before."""
    job, out = local(bits), c_void_p()
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    assert bits.set_network(0) == S_OK
    assert job.Resume() == S_OK
    reaches(job, TRANSIENT_ERROR)
    assert bits.set_network(UNRESTRICTED) == S_OK
    reaches(job, TRANSFERRED)
    assert job.GetError(byref(out)) == BG_E_ERROR_INFORMATION_UNAVAILABLE


def test_073_error_count(bits: Bits, fault_server: FaultServer) -> None:
    """The error count grows with each failed try and never falls."""
    url = fault_server.serve("/f", Resource(Content(10)), flaky(3, status(503)))
    job = job_for(bits, url)
    assert job.Resume() == S_OK
    for count in range(1, 4):
        eventually(lambda n=count: number(job.GetErrorCount) == n)
        reaches(job, TRANSIENT_ERROR)
        bits.advance(600)
    reaches(job, TRANSFERRED)
    assert number(job.GetErrorCount) == 3


@pytest.mark.parametrize("priority", [4, 5, 0xFFFFFFFF])
def test_074_unknown_priority(bits: Bits, priority: int) -> None:
    """A priority that does not exist is E_NOTIMPL."""
    job = bits.job()
    assert job.SetPriority(priority) == E_NOTIMPL
    assert number(job.GetPriority) == NORMAL


def test_075_foreground(bits: Bits, fault_server: FaultServer, held: Fault) -> None:
    """Foreground jobs run all at once, and of the background jobs one."""
    url = fault_server.serve("/f", Resource(Content(MIB)), held)
    front = [job_for(bits, url, f"f{i}", FOREGROUND) for i in range(4)]
    back = [job_for(bits, url, f"b{i}") for i in range(3)]
    for job in (*front, *back):
        assert job.Resume() == S_OK
    for job in (*front, back[0]):
        reaches(job, TRANSFERRING)
    assert [state(job) for job in back] == [TRANSFERRING, QUEUED, QUEUED]


def test_076_precedence(bits: Bits, fault_server: FaultServer) -> None:
    """A LOW job gets nothing until a HIGH one is transferred or in error."""
    release = threading.Event()
    url = fault_server.serve("/f", Resource(Content(MIB)), stall_after(1000, release))
    low, high = job_for(bits, url, "low", LOW), job_for(bits, url, "high", HIGH)
    assert high.Resume() == S_OK
    reaches(high, TRANSFERRING)
    assert low.Resume() == S_OK
    bits.advance(10 * SLICE)
    other = local(bits, "other")
    assert other.SetPriority(FOREGROUND) == S_OK
    assert other.Resume() == S_OK
    reaches(other, TRANSFERRED)
    assert state(low) == QUEUED
    assert file_progress(file_of(low)).transferred == 0
    release.set()
    reaches(high, TRANSFERRED)
    reaches(low, TRANSFERRED)


def test_077_round_robin(bits: Bits, fault_server: FaultServer, held: Fault) -> None:
    """Two NORMAL jobs take turns of one time slice."""
    url = fault_server.serve("/f", Resource(Content(MIB)), held)
    one, two = job_for(bits, url, "one"), job_for(bits, url, "two")
    assert one.Resume() == S_OK
    reaches(one, TRANSFERRING)
    assert two.Resume() == S_OK
    for running, waiting in [(one, two), (two, one), (one, two)]:
        reaches(running, TRANSFERRING)
        assert state(waiting) == QUEUED
        bits.advance(SLICE - 1)
        assert state(running) == TRANSFERRING
        bits.advance(1)
        reaches(waiting, TRANSFERRING)
    assert file_progress(file_of(two)).transferred > 0


@pytest.mark.parametrize(
    ("limits", "count", "code"),
    [
        ({}, 60, BG_E_TOO_MANY_JOBS_PER_USER),
        ({"jobs_per_user": 0, "jobs_per_machine": 3}, 3, BG_E_TOO_MANY_JOBS_PER_MACHINE),
    ],
)
def test_078_too_many_jobs(tmp_path: Path, limits: dict[str, int], count: int, code: int) -> None:
    """A plain user has 60 jobs at most, and a store 300; root is exempt."""
    root = os.geteuid() == 0
    with Bits(tmp_path, **limits) as bits:
        if root:
            os.seteuid(65534)
        try:
            jobs = [bits.job(f"job {index}") for index in range(count)]
            out = c_void_p()
            assert bits.manager.CreateJob("more", 0, byref(GUID()), byref(out)) == code
            assert out.value is None
            assert jobs[0].Cancel() == S_OK
            jobs.append(bits.job("more"))
        finally:
            if root:
                os.seteuid(0)
        if root:
            jobs.append(bits.job("of root"))


def test_078b_too_many_files() -> None:
    """A plain user has 200 files in a job at most."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name, Bits(Path(name)) as bits:
        folder = Path(name)
        folder.chmod(0o777)
        if root:
            os.seteuid(65534)
        try:
            job = bits.job()
            for index in range(200):
                assert job.AddFile("http://127.0.0.1:9/a", str(folder / f"{index}")) == S_OK
            refused = job.AddFile("http://127.0.0.1:9/a", str(folder / "more"))
            assert refused == BG_E_TOO_MANY_FILES_IN_JOB
        finally:
            if root:
                os.seteuid(0)
        assert progress(job).files_total == 200
