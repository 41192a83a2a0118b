# SPDX-License-Identifier: MIT
"""The checklist of BITS' behaviours, items 26 to 37: IBackgroundCopyFile6 and on-demand jobs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from ctypes import byref, c_uint32, c_void_p
from pathlib import Path

import pytest

from bitscb3.testing import (
    Content,
    FaultServer,
    Nginx,
    Resource,
    change_after,
    cut_after,
    ignore_range,
    stall_after,
    write_file,
)
from callbacks import Callback
from codes import (
    BG_E_INVALID_RANGE,
    BG_E_RANDOM_ACCESS_NOT_SUPPORTED,
    DYNAMIC_CONTENT,
    EOF,
    ERROR,
    FLAG_ERROR,
    FLAG_FILE,
    FLAG_RANGES,
    FLAG_TRANSFERRED,
    S_OK,
    SUSPENDED,
    TRANSFERRED,
    TRANSIENT_ERROR,
)
from contract import (
    Bits,
    Com,
    error_of,
    file_of,
    file_progress,
    progress,
    ranges,
    reaches,
    request,
    set_property,
    state,
    text,
    to_ranges,
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
    told_until(callback, 1000)
    reaches(job, SUSPENDED)
    assert progress(job).transferred == 1000
    assert request(file_of(job), (5000, 1000)) == S_OK
    assert job.Resume() == S_OK
    assert callback.next() == ("FileRangesTransferred", [(5000, 1000)])  # nothing came before
    reaches(job, SUSPENDED)
    bits.close()
    assert callback.drain() == []


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
    starts = [span.offset for record in fault_server.requests for span in record.ranges]
    assert starts.index(600_000) < starts.index(10_000)
    assert covered(told(callback)) == [(0, MIB)]


def test_035_filled_contains_told(bits: Bits, fault_server: FaultServer) -> None:
    """What was ever reported is in GetFilledFileRanges, whether or not the events were seen."""
    url = fault_server.serve("/f", Resource(Content(MIB)), cut_after(50_000))
    job = job_for(bits, url)
    callback = Callback().join(job, END | FLAG_RANGES)
    pairs: list[tuple[int, int]] = []
    for _ in range(3):
        assert job.Resume() == S_OK
        pairs.extend(told_until(callback, 50_000))
        reaches(job, TRANSIENT_ERROR)
        filled = ranges(file_of(job).GetFilledFileRanges)
        assert covered([*filled]) == filled
        for offset, length in pairs:
            assert any(a <= offset and offset + length <= a + n for a, n in filled)
    assert covered(pairs) == filled == [(0, 150_000)]


def test_036_changed_file(bits: Bits, fault_server: FaultServer) -> None:
    """When the remote file changes, the filled ranges begin at nothing and are reported again."""
    release = threading.Event()
    new = stall_after(0, release)(Resource(Content(MIB, 2), version=2))
    url = fault_server.serve("/f", Resource(Content(MIB)), change_after(2, new))
    job = job_for(bits, url, on_demand=True)
    callback = Callback().join(job, END | FLAG_RANGES)
    assert request(file_of(job), (0, 1000)) == S_OK
    assert job.Resume() == S_OK
    reaches(job, SUSPENDED)
    assert covered(told(callback)) == [(0, 1000)]
    assert request(file_of(job), (5000, 1000)) == S_OK
    assert job.Resume() == S_OK
    eventually(lambda: ranges(file_of(job).GetFilledFileRanges) == [])
    assert file_progress(file_of(job)).transferred == 0
    release.set()
    arrived(job, 2000)
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
