# SPDX-License-Identifier: MIT
"""The checklist of BITS' behaviours, items 14 to 37: FileRangesTransferred and File6."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from ctypes import byref, c_uint32, c_void_p
from pathlib import Path

import pytest

from bitscb3.testing import (
    Content,
    FaultServer,
    LogRecord,
    Nginx,
    Resource,
    change_after,
    cut_after,
    ignore_range,
    stall_after,
    write_file,
)
from codes import (
    BG_E_INVALID_RANGE,
    BG_E_RANDOM_ACCESS_NOT_SUPPORTED,
    DYNAMIC_CONTENT,
    E_FAIL,
    E_NOTIMPL,
    EOF,
    ERROR,
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
    TRANSIENT_ERROR,
    UPLOAD,
)
from contract import (
    GUID,
    INTERFACES,
    Bits,
    Callback,
    Com,
    call_slot,
    error_of,
    file_of,
    file_progress,
    get_property,
    progress,
    ranges,
    reaches,
    request,
    set_property,
    state,
    text,
    to_ranges,
)
from support import MIB, covered, eventually

END = FLAG_TRANSFERRED | FLAG_ERROR


@pytest.fixture
def bits(tmp_path: Path) -> Iterator[Bits]:
    """The embedded BITS with BITS' own numbers, but for the interval of range events."""
    with Bits(tmp_path, notification_interval_ms=0) as service:
        yield service


def job_for(bits: Bits, url: str, *, on_demand: bool = False) -> Com:
    """A job with one file."""
    job = bits.job()
    assert job.AddFile(url, str(bits.folder / "out")) == S_OK
    if on_demand:
        assert set_property(job, ON_DEMAND, 1) == S_OK
    return job


def told(callback: Callback) -> list[tuple[int, int]]:
    """The ranges of every event so far, in order."""
    events = [event for event in callback.drain() if event.method == "FileRangesTransferred"]
    return [pair for event in events for pair in event.detail]


def asked(log: list[LogRecord]) -> list[tuple[int, int]]:
    """What GET requests asked for, as (offset, length)."""
    return [
        (span.offset, span.length or 0)
        for record in log
        if record.method == "GET"
        for span in record.ranges
    ]


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


def test_019_failing_callback(bits: Bits, nginx: Nginx, www: Path) -> None:
    """A FileRangesTransferred that fails is not repeated, and the job goes on."""
    write_file(www / "f", MIB)
    job = job_for(bits, nginx.url("/f"))
    callback = Callback(FileRangesTransferred=E_FAIL).join(job, END | FLAG_RANGES)
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    bits.advance(3600)
    bits.close()
    assert covered(told(callback)) == [(0, MIB)]


def test_020_borrowed_objects(bits: Bits, nginx: Nginx, www: Path) -> None:
    """What a callback is given is borrowed: a client that keeps nothing changes no count."""
    write_file(www / "f", MIB)
    counts: list[tuple[int, int]] = []

    def look(job: int, file: int, *_: object) -> int:
        add, drop = (INTERFACES["IUnknown"].methods[name] for name in ("AddRef", "Release"))
        held = [(call_slot(each, add), call_slot(each, drop)) for each in (job, file)]
        counts.extend(held)
        return S_OK

    job = job_for(bits, nginx.url("/f"))
    Callback(FileRangesTransferred=look).join(job, END | FLAG_RANGES)
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    assert counts
    assert all(after == before - 1 >= 1 for before, after in counts)


def test_021_interval(tmp_path: Path, fault_server: FaultServer) -> None:
    """Range events of a job come no closer than the minimum notification interval."""
    release = threading.Event()
    resource = Resource(Content(MIB))
    url = fault_server.serve("/f", resource, stall_after(MIB - 1, release))
    with Bits(tmp_path) as bits:
        job = job_for(bits, url)
        assert set_property(job, INTERVAL_MS, 2000) == S_OK
        callback = Callback().join(job, END | FLAG_RANGES)
        assert job.Resume() == S_OK
        eventually(lambda: file_progress(file_of(job)).transferred == MIB - 1)
        seen = callback.next("FileRangesTransferred").detail
        assert callback.drain() == []  # the clock stands still
        bits.advance(1)
        assert callback.drain() == []

        def complete() -> bool:
            bits.advance(2)
            seen.extend(told(callback))
            return sum(length for _, length in seen) == MIB - 1

        eventually(complete)
        assert covered(seen) == [(0, MIB - 1)]
        release.set()
        reaches(job, TRANSFERRED)


def test_022_fresh_properties(bits: Bits, tmp_path: Path, fault_server: FaultServer) -> None:
    """A new job has an interval of 500 ms and ON_DEMAND_MODE off; the interval may change later."""
    release = threading.Event()
    url = fault_server.serve("/f", Resource(Content(MIB)), stall_after(1000, release))
    (tmp_path / "own").mkdir()
    with Bits(tmp_path / "own") as own:
        fresh = own.job()
        assert get_property(fresh, INTERVAL_MS).number == 500
        assert get_property(fresh, ON_DEMAND).number == 0
    job = job_for(bits, url)
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRING)
    assert set_property(job, INTERVAL_MS, 100) == S_OK
    assert get_property(job, INTERVAL_MS).number == 100
    release.set()
    reaches(job, TRANSFERRED)


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


@pytest.mark.parametrize("kind", ["dynamic", "local", "pieces"])
def test_026_no_random_access(bits: Bits, tmp_path: Path, kind: str) -> None:
    """Dynamic, local and pieced files answer File6 with BG_E_RANDOM_ACCESS_NOT_SUPPORTED."""
    url = (tmp_path / "a").as_uri() if kind == "local" else "http://127.0.0.1:9/a"
    job = bits.job()
    if kind == "dynamic":
        assert set_property(job, DYNAMIC_CONTENT, 1) == S_OK
    if kind == "pieces":
        assert job.AddFileWithRanges(url, str(tmp_path / "a"), 1, to_ranges([(0, 9)])) == S_OK
    else:
        assert job.AddFile(url, str(tmp_path / "a")) == S_OK
    no_random_access(file_of(job))


def no_random_access(file: Com) -> None:
    """Every method of File6 is refused."""
    count, out = c_uint32(), c_void_p()
    refused = BG_E_RANDOM_ACCESS_NOT_SUPPORTED
    assert request(file, (0, 1)) == refused
    assert file.UpdateDownloadPosition(0) == refused
    assert file.GetFilledFileRanges(byref(count), byref(out)) == refused


def test_027_server_without_ranges(bits: Bits, fault_server: FaultServer) -> None:
    """Once a server was seen to ignore ranges, File6 is refused."""
    url = fault_server.serve("/f", Resource(Content(MIB)), ignore_range())
    job = job_for(bits, url)
    assert job.Resume() == S_OK
    reaches(job, ERROR)
    no_random_access(file_of(job))


@pytest.mark.parametrize("pair", [(900, 101), (1000, 1), (0, 1001), (EOF, 1), (0, 0), (2**40, EOF)])
def test_028_beyond_the_end(bits: Bits, nginx: Nginx, www: Path, pair: tuple[int, int]) -> None:
    """A range outside the file is BG_E_INVALID_RANGE once its size is known."""
    write_file(www / "f", 1000)
    job = job_for(bits, nginx.url("/f"), on_demand=True)
    assert job.Resume() == S_OK
    reaches(job, SUSPENDED)
    assert request(file_of(job), (0, 10), pair) == BG_E_INVALID_RANGE
    assert request(file_of(job), (0, 1000), (999, EOF)) == S_OK


def test_028b_beyond_the_end_before_contact(bits: Bits, nginx: Nginx, www: Path) -> None:
    """A range asked for before contact that turns out to be outside ends the job in ERROR."""
    write_file(www / "f", 1000)
    job = job_for(bits, nginx.url("/f"), on_demand=True)
    assert request(file_of(job), (900, 101)) == S_OK
    assert job.Resume() == S_OK
    reaches(job, ERROR)
    assert error_of(job)[0] == BG_E_INVALID_RANGE


def test_029_overlapping_requests(bits: Bits, nginx: Nginx, www: Path) -> None:
    """Ranges of one call may overlap; each byte is transferred once."""
    write_file(www / "f", MIB)
    job = job_for(bits, nginx.url("/f"), on_demand=True)
    assert request(file_of(job), (0, 5000), (1000, 9000), (4000, 100), (0, 5000)) == S_OK
    assert job.Resume() == S_OK
    reaches(job, SUSPENDED)
    assert ranges(file_of(job).GetFilledFileRanges) == [(0, 10_000)]
    log = nginx.wait_for_log(lambda _: nginx.bytes_sent("/f") >= 10_000)
    assert covered(asked(log)) == [(0, 10_000)]


def test_030_idle(bits: Bits, nginx: Nginx, www: Path) -> None:
    """When all requested ranges are here and holes remain, the job is SUSPENDED, unannounced."""
    write_file(www / "f", MIB)
    job = job_for(bits, nginx.url("/f"), on_demand=True)
    callback = Callback().join(job, END | FLAG_RANGES)
    assert request(file_of(job), (0, 1000)) == S_OK
    assert job.Resume() == S_OK
    reaches(job, SUSPENDED)
    bits.close()
    assert {event.method for event in callback.drain()} == {"FileRangesTransferred"}


def test_031_whole_file(bits: Bits, nginx: Nginx, www: Path) -> None:
    """When requests cover the file, the job is TRANSFERRED, and that is told."""
    write_file(www / "f", MIB)
    job = job_for(bits, nginx.url("/f"), on_demand=True)
    callback = Callback().join(job, END | FLAG_RANGES)
    assert request(file_of(job), (MIB // 2, EOF), (0, MIB // 2)) == S_OK
    assert job.Resume() == S_OK
    callback.next("JobTransferred")
    assert state(job) == TRANSFERRED


def test_032_nothing_unasked(bits: Bits, nginx: Nginx, www: Path) -> None:
    """On demand nothing of the file is transferred unless it is asked for."""
    write_file(www / "f", MIB)
    job = job_for(bits, nginx.url("/f"), on_demand=True)
    assert job.Resume() == S_OK
    reaches(job, SUSPENDED)
    assert (progress(job).total, progress(job).transferred) == (MIB, 0)
    assert not Path(text(file_of(job).GetTemporaryName) or "").exists()
    assert all(record.bytes_sent <= 1 for record in nginx.log())


def test_033_filled_ranges(bits: Bits, nginx: Nginx, www: Path) -> None:
    """GetFilledFileRanges is merged and ascending, in one block the caller frees."""
    write_file(www / "f", MIB)
    job = job_for(bits, nginx.url("/f"), on_demand=True)
    assert ranges(file_of(job).GetFilledFileRanges) == []
    assert request(file_of(job), (50, 5), (10, 10), (0, 10)) == S_OK
    assert job.Resume() == S_OK
    reaches(job, SUSPENDED)
    assert ranges(file_of(job).GetFilledFileRanges) == [(0, 20), (50, 5)]


def test_034_download_position(bits: Bits, fault_server: FaultServer) -> None:
    """UpdateDownloadPosition has the bytes from there on fetched before those in front of it."""
    release = threading.Event()
    held = Resource(Content(MIB))
    url = fault_server.serve("/f", held, change_after(2, held), stall_after(10_000, release))
    job = job_for(bits, url)
    callback = Callback().join(job, END | FLAG_RANGES)
    assert job.Resume() == S_OK
    eventually(lambda: file_progress(file_of(job)).transferred == 10_000)
    assert file_of(job).UpdateDownloadPosition(600_000) == S_OK
    fault_server.wait_for(
        lambda log: any(span.offset == 600_000 for record in log for span in record.ranges)
    )
    release.set()
    reaches(job, TRANSFERRED)
    order = told(callback)
    starts = [offset for offset, _ in order]
    assert starts.index(600_000) < starts.index(10_000)
    assert covered(order) == [(0, MIB)]


def test_035_filled_contains_told(bits: Bits, fault_server: FaultServer) -> None:
    """What was ever reported is in GetFilledFileRanges, whether or not the events were seen."""
    url = fault_server.serve("/f", Resource(Content(MIB)), cut_after(50_000))
    job = job_for(bits, url)
    callback = Callback().join(job, END | FLAG_RANGES)
    for count in range(1, 4):
        assert job.Resume() == S_OK
        reaches(job, TRANSIENT_ERROR)
        eventually(lambda n=count: file_progress(file_of(job)).transferred >= n * 40_000)
        filled = ranges(file_of(job).GetFilledFileRanges)
        assert covered([*filled]) == filled
        for offset, length in told(callback):
            assert any(a <= offset and offset + length <= a + n for a, n in filled)


def test_036_changed_file(bits: Bits, fault_server: FaultServer) -> None:
    """When the remote file changes, the filled ranges begin at nothing and are reported again."""
    new = Resource(Content(MIB, 2), version=2)
    url = fault_server.serve("/f", Resource(Content(MIB)), change_after(2, new))
    job = job_for(bits, url, on_demand=True)
    callback = Callback().join(job, END | FLAG_RANGES)
    assert request(file_of(job), (0, 1000)) == S_OK
    assert job.Resume() == S_OK
    reaches(job, SUSPENDED)
    assert covered(told(callback)) == [(0, 1000)]
    assert request(file_of(job), (5000, 1000)) == S_OK
    assert job.Resume() == S_OK
    eventually(lambda: file_progress(file_of(job)).transferred == 2000)
    reaches(job, SUSPENDED)
    assert covered(told(callback)) == [(0, 1000), (5000, 1000)]
    temporary = Path(text(file_of(job).GetTemporaryName) or "")
    assert temporary.read_bytes()[:1000] == Content(MIB, 2)[:1000]


def test_037_ranges_before_the_file(tmp_path: Path, nginx: Nginx, www: Path) -> None:
    """Ranges that wait for the interval are reported before FileTransferred."""
    write_file(www / "f", 10 * MIB)
    with Bits(tmp_path) as bits:  # an interval of 500 ms on a clock that stands still
        job = job_for(bits, nginx.url("/f"))
        callback = Callback().join(job, END | FLAG_RANGES | FLAG_FILE)
        assert job.Resume() == S_OK
        events = []
        while not events or events[-1].method != "JobTransferred":
            events.append(callback.next())
    methods = [event.method for event in events]
    assert methods[-2:] == ["FileTransferred", "JobTransferred"]
    assert set(methods[:-2]) == {"FileRangesTransferred"}
    assert covered(pair for event in events[:-2] for pair in event.detail) == [(0, 10 * MIB)]
