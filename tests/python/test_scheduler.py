# SPDX-License-Identifier: MIT
"""Which jobs have their turn, on a clock the test moves."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from ctypes import byref, c_void_p
from pathlib import Path

import pytest

from bitscb3 import _core
from bitscb3.testing import Content, FaultServer, Resource, stall_after, status
from codes import (
    BG_E_NOT_FOUND,
    CANCELLED,
    COST_FLAGS,
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
    file_of,
    file_progress,
    progress,
    reaches,
    set_property,
    state,
    text,
)
from support import MIB, eventually

SLICE = 300
DAYS_90 = 7_776_000


class Held:
    """Bodies that stop after their first bytes until they are let go."""

    def __init__(self, server: FaultServer) -> None:
        """Serve /held."""
        self.release = threading.Event()
        resource = Resource(Content(MIB))
        self.url = server.serve("/held", resource, stall_after(1000, self.release))


@pytest.fixture
def held(fault_server: FaultServer) -> Iterator[Held]:
    """Bodies that are held until the test is over, or lets them go."""
    found = Held(fault_server)
    yield found
    found.release.set()


def started(bits: Bits, url: str, name: str, priority: int = NORMAL) -> Com:
    """A job with one file, resumed."""
    job = bits.job(name)
    assert job.AddFile(url, str(bits.folder / name)) == S_OK
    assert job.SetPriority(priority) == S_OK
    assert job.Resume() == S_OK
    return job


def settled(bits: Bits) -> None:
    """Return when the engine has looked at everything that was asked of it before."""
    source = bits.folder / "settled-source"
    source.write_bytes(b"x")
    job = started(bits, source.as_uri(), "settled", FOREGROUND)
    reaches(job, TRANSFERRED)
    assert job.Cancel() == S_OK


@pytest.mark.parametrize("levels", [(LOW, NORMAL), (LOW, HIGH), (NORMAL, HIGH), (HIGH, FOREGROUND)])
def test_a_higher_level_takes_over(bits: Bits, held: Held, levels: tuple[int, int]) -> None:
    """A job of a higher level takes the place of one that runs; a foreground job runs beside it."""
    low, high = levels
    first = started(bits, held.url, "first", low)
    reaches(first, TRANSFERRING)
    second = started(bits, held.url, "second", high)
    reaches(second, TRANSFERRING)
    settled(bits)
    assert state(first) == (TRANSFERRING if high == FOREGROUND else QUEUED)
    assert second.Cancel() == S_OK
    reaches(first, TRANSFERRING)


def test_a_change_of_priority_acts_at_once(bits: Bits, held: Held) -> None:
    """A job whose priority is raised takes its turn at once."""
    first, second = (started(bits, held.url, name) for name in ("first", "second"))
    reaches(first, TRANSFERRING)
    settled(bits)
    assert state(second) == QUEUED
    assert second.SetPriority(HIGH) == S_OK
    reaches(second, TRANSFERRING)
    reaches(first, QUEUED)
    assert first.SetPriority(FOREGROUND) == S_OK
    reaches(first, TRANSFERRING)
    assert state(second) == TRANSFERRING


def test_a_job_sent_to_the_background(bits: Bits, held: Held) -> None:
    """A foreground job that becomes a background job waits for its turn, or takes it."""
    back = started(bits, held.url, "back")
    front = started(bits, held.url, "front", FOREGROUND)
    for job in (back, front):
        reaches(job, TRANSFERRING)
    assert front.SetPriority(NORMAL) == S_OK
    eventually(lambda: sorted([state(back), state(front)]) == [QUEUED, TRANSFERRING])


@pytest.mark.parametrize("fatal", [False, True])
def test_a_failed_job_is_not_waited_for(
    bits: Bits, fault_server: FaultServer, held: Held, fatal: bool
) -> None:
    """Jobs of a lower level run while those above are in an error state."""
    url = fault_server.serve("/f", status(404 if fatal else 503))
    high = started(bits, url, "high", HIGH)
    reaches(high, ERROR if fatal else TRANSIENT_ERROR)
    low = started(bits, held.url, "low", LOW)
    reaches(low, TRANSFERRING)


def test_three_jobs_in_turn(bits: Bits, held: Held) -> None:
    """Three jobs of a level have their slices one after another, always in the same order."""
    jobs = [started(bits, held.url, f"job{index}") for index in range(3)]
    for turn in range(7):
        reaches(jobs[turn % 3], TRANSFERRING)
        settled(bits)
        assert [state(job) for job in jobs].count(TRANSFERRING) == 1
        bits.advance(SLICE)


def test_a_job_alone_keeps_its_turn(bits: Bits, held: Held) -> None:
    """A job that nobody waits behind goes on when its slice is over."""
    job = started(bits, held.url, "alone")
    reaches(job, TRANSFERRING)
    bits.advance(10 * SLICE)
    settled(bits)
    assert state(job) == TRANSFERRING


def test_slices_of_jobs_that_end(bits: Bits, fault_server: FaultServer) -> None:
    """When a job ends within its slice the next one begins at once."""
    url = fault_server.serve("/f", Resource(Content(MIB)))
    jobs = [started(bits, url, f"job{index}") for index in range(5)]
    for job in jobs:
        reaches(job, TRANSFERRED)


def test_files_one_after_another(bits: Bits, fault_server: FaultServer) -> None:
    """With BITS' numbers a file begins when the one before it is whole."""
    releases = [threading.Event() for _ in range(3)]
    job = bits.job()
    for index, release in enumerate(releases):
        resource = Resource(Content(MIB))
        url = fault_server.serve(f"/{index}", resource, stall_after(1000, release))
        assert job.AddFile(url, str(bits.folder / f"{index}")) == S_OK
    assert job.Resume() == S_OK
    for index, release in enumerate(releases):
        eventually(lambda n=index: file_progress(file_of(job, n)).transferred > 0)
        settled(bits)
        assert progress(job).files_transferred == index
        asked = {record.path for record in fault_server.requests}
        assert asked == {f"/{each}" for each in range(index + 1)}
        release.set()
    reaches(job, TRANSFERRED)


def test_an_error_stops_the_job(bits: Bits, fault_server: FaultServer) -> None:
    """A file that fails keeps the files behind it from beginning."""
    job = bits.job()
    for path, behaviour in [("/a", status(404)), ("/b", Resource(Content(10)))]:
        url = fault_server.serve(path, behaviour)
        assert job.AddFile(url, str(bits.folder / path[1:])) == S_OK
    assert job.Resume() == S_OK
    reaches(job, ERROR)
    assert {record.path for record in fault_server.requests} == {"/a"}


def test_default_profile(tmp_path: Path, held: Held) -> None:
    """A program's own numbers run several background jobs at once, by the same precedence."""
    with Bits(tmp_path, **_core.settings_default()) as bits:
        low = started(bits, held.url, "low", LOW)
        reaches(low, TRANSFERRING)
        normal = [started(bits, held.url, f"normal{index}") for index in range(3)]
        for job in normal:
            reaches(job, TRANSFERRING)
        settled(bits)
        assert state(low) == QUEUED


def test_a_forgotten_job_is_cancelled(bits: Bits, fault_server: FaultServer) -> None:
    """A job nobody touched for 90 days is cancelled and leaves nothing; a call begins them anew."""
    url = fault_server.serve("/f", Resource(Content(MIB)))
    kept, job = started(bits, url, "kept"), started(bits, url, "forgotten")
    for each in (kept, job):
        reaches(each, TRANSFERRED)
    temporary = Path(text(file_of(job).GetTemporaryName) or "")
    assert temporary.exists()
    bits.advance(DAYS_90 - 1)
    assert kept.SetDescription("still wanted") == S_OK
    settled(bits)
    assert state(job) == TRANSFERRED
    bits.advance(1)
    reaches(job, CANCELLED)
    eventually(lambda: not temporary.exists())
    assert state(kept) == TRANSFERRED
    bits.advance(DAYS_90)
    reaches(kept, CANCELLED)


def test_a_suspended_job_is_forgotten(bits: Bits, held: Held) -> None:
    """A SUSPENDED job nobody touched for 90 days is cancelled, and its temporary file goes."""
    job = started(bits, held.url, "suspended")
    eventually(lambda: file_progress(file_of(job)).transferred > 0)
    assert job.Suspend() == S_OK
    temporary = Path(text(file_of(job).GetTemporaryName) or "")
    assert temporary.exists()
    for method, argument in [("SetDisplayName", "name"), ("SetNotifyFlags", 0), ("SetPriority", 1)]:
        bits.advance(DAYS_90 - 1)
        settled(bits)
        assert getattr(job, method)(argument) == S_OK
    bits.advance(DAYS_90 - 1)
    settled(bits)
    assert state(job) == SUSPENDED  # which is no touch
    bits.advance(1)
    reaches(job, CANCELLED)
    eventually(lambda: not temporary.exists())


def offline_retry(bits: Bits, server: FaultServer) -> Com:
    """A job in TRANSIENT_ERROR, which the server would not have again."""
    job = started(bits, server.serve("/f", status(503)), "retried")
    reaches(job, TRANSIENT_ERROR)
    return job


def failed_requests(server: FaultServer) -> int:
    """How many requests were answered with 503."""
    return sum(record.status == 503 for record in server.requests)


def test_no_retry_without_a_network(tmp_path: Path, fault_server: FaultServer) -> None:
    """A retry that is due while there is no network sends nothing until it is back."""
    with Bits(tmp_path, inactivity_timeout_s=700) as bits:
        witness = bits.job("witness")
        bits.advance(100)
        job = offline_retry(bits, fault_server)
        assert bits.set_network(0) == S_OK
        bits.advance(600)  # the retry is due, and the witness forgotten
        reaches(witness, CANCELLED)
        assert state(job) == TRANSIENT_ERROR
        fault_server.serve("/f", Resource(Content(10)))
        assert bits.set_network(1) == S_OK
        reaches(job, TRANSFERRED)
        assert failed_requests(fault_server) == 1


def test_no_retry_on_a_network_that_costs(bits: Bits, fault_server: FaultServer) -> None:
    """A retry that is due sends nothing while the job may not use the network there is."""
    job = offline_retry(bits, fault_server)
    assert set_property(job, COST_FLAGS, 2) == S_OK
    bits.advance(600)
    settled(bits)
    assert state(job) == TRANSIENT_ERROR
    fault_server.serve("/f", Resource(Content(10)))
    assert set_property(job, COST_FLAGS, 1) == S_OK
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    assert failed_requests(fault_server) == 1


def test_a_job_forgotten_in_the_store(bits: Bits) -> None:
    """A job that lay in the store for 90 days is cancelled when the store is opened."""
    ids = []
    for name in ("kept", "forgotten"):
        job = bits.job(name)
        assert job.AddFile("http://127.0.0.1:9/f", str(bits.folder / name)) == S_OK
        ids.append(GUID())
        assert job.GetId(byref(ids[-1])) == S_OK
        assert state(job) == SUSPENDED
    bits.close()
    with closing(sqlite3.connect(bits.folder / "store/jobs.sqlite")) as database:
        ticks = DAYS_90 * 10_000_000
        for name, more in (("kept", -600_000_000), ("forgotten", 0)):
            database.execute(
                "UPDATE job SET modified = modified - ?, checksum = NULL WHERE name = ?",
                (ticks + more, name),
            )
        database.commit()
    bits.manager = bits.open()
    found = []
    for id_ in ids:
        out = c_void_p()
        found.append(bits.manager.GetJob(byref(id_), byref(out)))
        if out.value:
            assert Com(out.value, "IBackgroundCopyJob").Suspend() == S_OK
    assert found == [S_OK, BG_E_NOT_FOUND]


def test_files_in_their_order(bits: Bits, fault_server: FaultServer, held: Held) -> None:
    """A file that begins anew is fetched before the ones behind it, whose turn it was."""
    first = fault_server.serve("/first", Resource(Content(1000)))
    job = bits.job("ordered")
    assert job.AddFile(first, str(bits.folder / "first")) == S_OK
    assert job.AddFile(held.url, str(bits.folder / "second")) == S_OK
    assert job.Resume() == S_OK
    fault_server.wait_for(lambda records: any(record.stalled for record in records))
    assert file_of(job).SetValidationState(0) == S_OK
    assert reaches(job, ERROR)
    held.release.set()
    fault_server.wait_for(lambda records: all(record.finished for record in records))
    before = len(fault_server.requests)
    assert job.Resume() == S_OK
    assert reaches(job, TRANSFERRED)
    assert fault_server.requests[before].path == "/first"
