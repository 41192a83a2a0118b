# SPDX-License-Identifier: MIT
"""The checklist of BITS' behaviours, items 14 to 25: FileRangesTransferred."""

from __future__ import annotations

import ctypes
import itertools
import threading
from collections.abc import Iterator
from ctypes import byref, c_void_p
from pathlib import Path

import pytest

from bitscb3.testing import (
    Content,
    FaultServer,
    Nginx,
    Resource,
    stall_after,
    write_file,
)
from callbacks import Callback
from codes import (
    DYNAMIC_CONTENT,
    E_FAIL,
    E_NOTIMPL,
    FLAG_ERROR,
    FLAG_FILE,
    FLAG_RANGES,
    FLAG_TRANSFERRED,
    INTERVAL_MS,
    ON_DEMAND,
    S_OK,
    SUSPENDED,
    TRANSFERRED,
    TRANSFERRING,
    UPLOAD,
)
from contract import (
    GUID,
    INTERFACES,
    Bits,
    Com,
    FileRange,
    call_slot,
    file_of,
    file_progress,
    get_property,
    reaches,
    request,
    set_property,
    state,
    text,
)
from deltas import (
    arrived,
    asked,
    job_for,
    told,
    told_until,
)
from support import (
    MIB,
    covered,
    eventually,
)

END = FLAG_TRANSFERRED | FLAG_ERROR


@pytest.fixture
def bits(tmp_path: Path) -> Iterator[Bits]:
    """The embedded BITS with BITS' own numbers, but for the interval of range events."""
    with Bits(tmp_path, notification_interval_ms=0) as service:
        yield service


def test_014_requested_ranges(bits: Bits, nginx: Nginx, www: Path) -> None:
    """Requested ranges that arrived are told by FileRangesTransferred."""
    write_file(www / "f", MIB)
    job = job_for(bits, nginx.url("/f"), on_demand=True)
    callback = Callback().join(job, END | FLAG_RANGES)
    assert request(file_of(job), (0, 1000), (500_000, 1000)) == S_OK
    assert job.Resume() == S_OK
    reaches(job, SUSPENDED)
    assert covered(told(callback)) == [(0, 1000), (500_000, 1000)]


def test_015_ordinary_download(bits: Bits, nginx: Nginx, www: Path) -> None:
    """An ordinary download reports its ranges, too."""
    write_file(www / "f", MIB)
    job = job_for(bits, nginx.url("/f"))
    callback = Callback().join(job, END | FLAG_RANGES)
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    assert covered(told(callback)) == [(0, MIB)]


def test_016_deltas(bits: Bits, fault_server: FaultServer) -> None:
    """Each event brings new bytes only, sorted and merged."""
    url = fault_server.serve("/f", Resource(Content(4 * MIB)))
    job = job_for(bits, url, on_demand=True)
    callback = Callback().join(job, END | FLAG_RANGES)
    pairs = [(offset, 10_000) for offset in range(0, 4 * MIB, 100_000)]
    assert request(file_of(job), *pairs) == S_OK
    assert request(file_of(job), *[(offset + 5000, 20_000) for offset, _ in pairs]) == S_OK
    assert job.Resume() == S_OK
    reaches(job, SUSPENDED)
    events = [event.detail for event in callback.drain()]
    for delta in events:
        ends = [offset + length for offset, length in delta]
        assert all(end < after for end, (after, _) in zip(ends, delta[1:], strict=False))
        assert all(length > 0 for _, length in delta)
    assert covered(pair for delta in events for pair in delta) == [
        (offset, min(25_000, 4 * MIB - offset)) for offset, _ in pairs
    ]


def test_016b_request_between_events(bits: Bits, fault_server: FaultServer) -> None:
    """After a request, events bring what is new since: nothing that was told, all that was not."""
    release = threading.Event()
    url = fault_server.serve("/f", Resource(Content(MIB)), stall_after(50_000, release))
    job = job_for(bits, url, on_demand=True)
    callback = Callback().join(job, END | FLAG_RANGES)
    assert request(file_of(job), (0, 200_000)) == S_OK
    assert job.Resume() == S_OK
    before = told_until(callback, 50_000)
    assert request(file_of(job), (20_000, 300_000)) == S_OK
    release.set()
    reaches(job, SUSPENDED)
    after = told(callback)
    assert covered(before) == [(0, 50_000)]
    assert covered(after) == [(50_000, 270_000)]


def test_017_overlap_with_filled(bits: Bits, nginx: Nginx, www: Path) -> None:
    """Bytes that are here are neither fetched nor reported again."""
    write_file(www / "f", MIB)
    job = job_for(bits, nginx.url("/f"), on_demand=True)
    callback = Callback().join(job, END | FLAG_RANGES)
    assert request(file_of(job), (1000, 1000)) == S_OK
    assert job.Resume() == S_OK
    reaches(job, SUSPENDED)
    assert request(file_of(job), (0, 3000)) == S_OK
    assert job.Resume() == S_OK
    eventually(lambda: file_progress(file_of(job)).transferred == 3000)
    reaches(job, SUSPENDED)
    assert covered(told(callback)) == [(0, 3000)]
    log = nginx.wait_for_log(lambda log: len(asked(log)) >= 3)
    assert covered(asked(log)) == [(0, 3000)]


def test_018_piecewise(bits: Bits, fault_server: FaultServer) -> None:
    """A large request that progresses slowly is reported piece by piece."""
    release = threading.Event()
    url = fault_server.serve("/f", Resource(Content(MIB)), stall_after(100_000, release))
    job = job_for(bits, url, on_demand=True)
    callback = Callback().join(job, END | FLAG_RANGES)
    assert request(file_of(job), (0, 500_000)) == S_OK
    assert job.Resume() == S_OK
    first = callback.next("FileRangesTransferred").detail
    assert sum(length for _, length in first) <= 100_000
    assert state(job) == TRANSFERRING
    release.set()
    reaches(job, SUSPENDED)
    assert covered([*first, *told(callback)]) == [(0, 500_000)]


def test_019_failing_callback(bits: Bits, fault_server: FaultServer) -> None:
    """A FileRangesTransferred that fails is not repeated, and the job goes on."""
    release = threading.Event()
    url = fault_server.serve("/f", Resource(Content(MIB)), stall_after(100_000, release))
    job = job_for(bits, url)
    callback = Callback(FileRangesTransferred=E_FAIL, JobTransferred=E_FAIL)
    callback.join(job, END | FLAG_RANGES)
    assert job.Resume() == S_OK
    pairs = told_until(callback, 100_000)
    release.set()
    ends = 0

    def repeated() -> bool:  # events of a job come in order: what was repeated came before
        nonlocal ends
        bits.advance(60)
        for event in callback.drain():
            pairs.extend(event.detail or [])
            ends += event.method == "JobTransferred"
        return ends >= 3

    eventually(repeated)
    assert covered(pairs) == [(0, MIB)]


def references(of: Com) -> int:
    """How many there are, this one included."""
    of.AddRef()
    return of.Release()


def test_020_borrowed_objects(bits: Bits, nginx: Nginx, www: Path) -> None:
    """What a callback is given is borrowed: the service takes its own references back, no more."""
    write_file(www / "f", MIB)
    kept: list[Com] = []

    def look(_: int, file: int, *__: object) -> int:
        if not kept:  # a reference of our own, once
            call_slot(file, INTERFACES["IUnknown"].methods["AddRef"])
            kept.append(Com(file, "IBackgroundCopyFile"))
        return S_OK

    job = job_for(bits, nginx.url("/f"))
    file = file_of(job)
    before = references(job), references(file)
    callback = Callback(FileRangesTransferred=look).join(job, END | FLAG_RANGES | FLAG_FILE)
    assert job.Resume() == S_OK
    callback.next("JobTransferred")
    assert kept[0].query("IUnknown").pointer == file.query("IUnknown").pointer
    eventually(lambda: (references(job), references(file)) == (before[0], before[1] + 1))
    assert text(kept[0].GetLocalName) == str(bits.folder / "out")
    kept.clear()
    assert references(file) == before[1]


def held_back(server: FaultServer) -> tuple[str, list[threading.Event]]:
    """A URL whose body stops after each 1,000 bytes until the next event is set."""
    holds = [threading.Event() for _ in range(5)]
    stalls = [stall_after(1000 * (n + 1), hold) for n, hold in enumerate(holds)]
    return server.serve("/f", Resource(Content(10_000)), *stalls), holds


class Seconds:
    """Lets time pass until range events have brought so many bytes, and notes when they came."""

    STEP = 0.25

    def __init__(self, bits: Bits) -> None:
        self.now = 0.0  # as the clock, or up to a step ahead of it
        self.times: list[float] = []
        self.bytes = 0
        self._bits = bits

    def note(self, _: int, __: int, count: int, pairs: int) -> int:
        found = ctypes.cast(pairs, ctypes.POINTER(FileRange))
        self.times.append(self.now)
        self.bytes += sum(found[i].length for i in range(count))
        return S_OK

    def until(self, count: int) -> float:
        """Return how much time passed."""
        before = self.now
        eventually(lambda: self._is_told(count))
        return self.now - before

    def _is_told(self, count: int) -> bool:
        if self.bytes == count:
            return True
        self.now += self.STEP
        self._bits.advance(self.STEP)
        return False


def test_021_interval(bits: Bits, fault_server: FaultServer) -> None:
    """Range events of a job come no closer than the minimum notification interval."""
    url, holds = held_back(fault_server)
    job = job_for(bits, url)
    assert set_property(job, INTERVAL_MS, 2000) == S_OK
    seconds = Seconds(bits)
    callback = Callback(FileRangesTransferred=seconds.note).join(job, END | FLAG_RANGES)
    assert job.Resume() == S_OK
    for count, hold in enumerate(holds, 1):
        arrived(job, 1000 * count)
        seconds.until(1000 * count)
        times = list(seconds.times)
        hold.set()
    callback.next("JobTransferred")
    assert len(times) >= 5
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert all(gap >= 2 - Seconds.STEP for gap in gaps)


def test_022_fresh_properties(tmp_path: Path) -> None:
    """A new job has an interval of 500 ms and ON_DEMAND_MODE off."""
    with Bits(tmp_path) as bits:
        job = bits.job()
        assert get_property(job, INTERVAL_MS).number == 500
        assert get_property(job, ON_DEMAND).number == 0


def test_022b_interval_while_transferring(bits: Bits, fault_server: FaultServer) -> None:
    """An interval set while a job is transferring counts from the next event on at the latest."""
    url, holds = held_back(fault_server)
    job = job_for(bits, url)
    assert set_property(job, INTERVAL_MS, 120_000) == S_OK
    seconds = Seconds(bits)
    callback = Callback(FileRangesTransferred=seconds.note).join(job, END | FLAG_RANGES)
    assert job.Resume() == S_OK
    arrived(job, 1000)
    seconds.until(1000)
    assert state(job) == TRANSFERRING
    assert set_property(job, INTERVAL_MS, 100) == S_OK
    assert get_property(job, INTERVAL_MS).number == 100
    holds[0].set()
    arrived(job, 2000)
    bits.advance(120)  # the former interval may still count for this one
    seconds.until(2000)
    for count, hold in enumerate(holds[1:4], 3):
        hold.set()
        arrived(job, 1000 * count)
        assert seconds.until(1000 * count) < 60
    holds[4].set()
    callback.next("JobTransferred")


def test_023_local_source(bits: Bits, tmp_path: Path) -> None:
    """A file:// source brings no range event."""
    (tmp_path / "source").write_bytes(b"abc" * 1000)
    job = job_for(bits, (tmp_path / "source").as_uri())
    callback = Callback().join(job, END | FLAG_RANGES)
    assert job.Resume() == S_OK
    assert callback.next().method == "JobTransferred"


def test_024_dynamic_content(bits: Bits, nginx: Nginx, www: Path) -> None:
    """A DYNAMIC_CONTENT job accepts the flag and brings no range event."""
    write_file(www / "f", MIB)
    job = job_for(bits, nginx.url("/f"))
    assert set_property(job, DYNAMIC_CONTENT, 1) == S_OK
    callback = Callback().join(job, END | FLAG_RANGES)
    assert job.Resume() == S_OK
    assert callback.next().method == "JobTransferred"


def test_025_upload(bits: Bits) -> None:
    """Upload jobs, which bring no range events, are not made yet: E_NOTIMPL."""
    out = c_void_p()
    assert bits.manager.CreateJob("up", UPLOAD, byref(GUID()), byref(out)) == E_NOTIMPL
