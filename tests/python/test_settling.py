# SPDX-License-Identifier: MIT
"""What happens to a job between its last byte, or its fatal error, and the report of its ranges."""

from __future__ import annotations

import threading
from pathlib import Path

from bitscb3.testing import (
    Content,
    FaultServer,
    Resource,
    change_after,
    chunked,
    cut_after,
    header,
    ignore_range,
    no_content_length,
    stall_after,
    status,
)
from callbacks import Callback
from codes import (
    ERROR,
    FLAG_ERROR,
    FLAG_FILE,
    FLAG_RANGES,
    FLAG_TRANSFERRED,
    FOREGROUND,
    HIGH,
    LOW,
    QUEUED,
    S_OK,
    SUSPENDED,
    TRANSFERRED,
    TRANSFERRING,
)
from contract import (
    Bits,
    Com,
    error_of,
    file_of,
    number,
    progress,
    ranges,
    reaches,
    request,
    state,
)
from deltas import job_for
from support import MIB, PATIENCE, eventually

HTTP_404 = 0x80190194


class Slow:
    """A client that is slow to take the ranges of its job."""

    def __init__(self, job: Com) -> None:
        """Join the job."""
        self.entered = threading.Event()
        self.gate = threading.Event()
        callback = Callback(FileRangesTransferred=self.take)
        self.callback = callback.join(job, FLAG_RANGES | FLAG_FILE | FLAG_ERROR)

    def take(self, *_: object) -> int:
        """Take them once the gate is open."""
        self.entered.set()
        return S_OK if self.gate.wait(PATIENCE) else 1


def failing(bits: Bits, server: FaultServer) -> tuple[Com, Slow]:
    """A LOW job whose second file failed for good while the ranges of its first are reported."""
    job = bits.job("failing")
    whole = server.serve("/whole", Resource(Content(1000)))
    for name, url in [("whole", whole), ("gone", server.serve("/gone", status(404)))]:
        assert job.AddFile(url, str(bits.folder / name)) == S_OK
    assert job.SetPriority(LOW) == S_OK
    slow = Slow(job)
    assert job.Resume() == S_OK
    assert slow.entered.wait(PATIENCE)
    eventually(lambda: number(job.GetErrorCount) == 1)
    return job, slow


def test_an_error_waits_for_ranges(bits: Bits, fault_server: FaultServer) -> None:
    """A job is in ERROR once the ranges before it are reported."""
    job, slow = failing(bits, fault_server)
    assert state(job) == TRANSFERRING
    slow.gate.set()
    reaches(job, ERROR)
    assert error_of(job)[0] == HTTP_404
    slow.callback.next("JobError")


def test_an_error_outlives_the_network(bits: Bits, fault_server: FaultServer) -> None:
    """A job that failed for good tells why, also when the network went meanwhile."""
    job, slow = failing(bits, fault_server)
    assert bits.set_network(0) == S_OK
    slow.gate.set()
    slow.callback.next("FileTransferred")  # after the ranges are taken
    assert bits.set_network(1) == S_OK
    reaches(job, ERROR)
    assert error_of(job)[0] == HTTP_404


def test_an_error_outlives_the_turn(bits: Bits, fault_server: FaultServer) -> None:
    """A job that failed for good is in ERROR, also when another job takes its turn meanwhile."""
    job, slow = failing(bits, fault_server)
    high = bits.job("high")
    release = threading.Event()
    url = fault_server.serve("/held", Resource(Content(MIB)), stall_after(1000, release))
    assert high.AddFile(url, str(bits.folder / "high")) == S_OK
    assert high.SetPriority(HIGH) == S_OK
    assert high.Resume() == S_OK
    reaches(high, TRANSFERRING)
    slow.gate.set()
    try:
        slow.callback.next("FileTransferred")  # after the ranges are taken
        release.set()  # so that a job that was put back has its turn again
        reaches(high, TRANSFERRED)
        reaches(job, ERROR)
        assert number(job.GetErrorCount) == 1  # it was not tried again
    finally:
        release.set()


def test_a_file_added_while_ranges_are_reported(bits: Bits, fault_server: FaultServer) -> None:
    """A file added to a job that is TRANSFERRING is transferred, also when all others are here."""
    url = fault_server.serve("/f", Resource(Content(1000)))
    job = bits.job()
    found: list[tuple[int, int]] = []

    def add(*_: object) -> int:
        if not found and progress(job).files_transferred == 1:
            found.append((state(job), job.AddFile(url, str(bits.folder / "second"))))
        return S_OK

    callback = Callback(FileRangesTransferred=add).join(job, FLAG_RANGES | FLAG_TRANSFERRED)
    assert job.AddFile(url, str(bits.folder / "first")) == S_OK
    assert job.Resume() == S_OK
    callback.next("JobTransferred")
    assert found == [(TRANSFERRING, S_OK)]
    assert progress(job).files_transferred == 2


def test_one_turn_when_a_job_goes_on(bits: Bits, fault_server: FaultServer) -> None:
    """A job that has work again while another has the turn does not transfer beside it."""
    whole = fault_server.serve("/whole", Resource(Content(1000)))
    release = threading.Event()
    held = fault_server.serve("/held", Resource(Content(MIB)), stall_after(1000, release))
    first, second = bits.job("first"), bits.job("second")
    assert first.AddFile(whole, str(bits.folder / "a")) == S_OK
    assert second.AddFile(held, str(bits.folder / "b")) == S_OK
    slow = Slow(first)
    try:
        assert first.Resume() == S_OK
        assert slow.entered.wait(PATIENCE)
        eventually(lambda: progress(first).files_transferred == 1)
        assert second.Resume() == S_OK
        other = bits.job("other")  # the engine does its work meanwhile
        assert other.SetPriority(FOREGROUND) == S_OK
        assert other.AddFile(whole, str(bits.folder / "c")) == S_OK
        assert other.Resume() == S_OK
        reaches(other, TRANSFERRED)
        assert first.AddFile(held, str(bits.folder / "d")) == S_OK
        slow.gate.set()
        slow.callback.next("FileTransferred")
        eventually(lambda: sorted([state(first), state(second)]) == [QUEUED, TRANSFERRING])
    finally:
        release.set()


def test_a_cut_body_brought_what_was_requested(tmp_path: Path, fault_server: FaultServer) -> None:
    """A request that a cut body of unknown size has met already is not made again."""
    good = Resource(Content(1000))
    faults = [ignore_range(), header("Accept-Ranges", "bytes"), cut_after(60), chunked()]
    url = fault_server.serve("/f", good, *faults, no_content_length(), change_after(1, good))
    with Bits(tmp_path, require_ranges=0, head_first=0, reconnects=3) as bits:
        job = job_for(bits, url, on_demand=True)
        assert request(file_of(job), (0, 10), (20, 10)) == S_OK
        assert job.Resume() == S_OK
        eventually(lambda: bits.advance(1) or state(job) == SUSPENDED)
        assert ranges(file_of(job).GetFilledFileRanges) == [(0, 60)]
    asked = [record.headers.get("range") for record in fault_server.requests]
    assert asked == ["bytes=0-9", "bytes=0-0"]
