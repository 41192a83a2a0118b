# SPDX-License-Identifier: MIT
"""The checklist of BITS' behaviours, items 79 to 98: files, pieces of files, names and places."""

from __future__ import annotations

import ctypes
import email.utils
import os
import threading
from ctypes import byref, c_uint32, c_void_p
from pathlib import Path

import pytest

from bitscb3.testing import Content, FaultServer, Nginx, Resource, stall_after, write_file
from codes import (
    BG_E_INVALID_RANGE,
    BG_E_OVERLAPPING_RANGES,
    BG_E_VALIDATION_FAILED,
    BG_S_PARTIAL_COMPLETE,
    E_INVALIDARG,
    E_NOTIMPL,
    E_PENDING,
    EOF,
    ERROR,
    HIGH_PERFORMANCE,
    S_FALSE,
    S_OK,
    SIZE_UNKNOWN,
    TRANSFERRED,
    TRANSFERRING,
    UPLOAD,
    UPLOAD_REPLY,
)
from contract import (
    GUID,
    Bits,
    Com,
    FileInfo,
    error_of,
    file_of,
    file_progress,
    progress,
    ranges,
    reaches,
    set_property,
    text,
    to_ranges,
    wide,
)
from support import MIB, eventually


def download(bits: Bits, url: str, path: Path, *pieces: tuple[int, int]) -> Com:
    """A job with one file, resumed."""
    job = bits.job()
    if pieces:
        assert add_pieces(job, url, path, *pieces) == S_OK
    else:
        assert job.AddFile(url, str(path)) == S_OK
    assert job.Resume() == S_OK
    return job


def add_pieces(job: Com, url: str, path: Path, *pieces: tuple[int, int]) -> int:
    """AddFileWithRanges."""
    return job.AddFileWithRanges(url, str(path), len(pieces), to_ranges(list(pieces)))


def temporary_files(folder: Path) -> list[Path]:
    """What downloads have in a folder."""
    return sorted(folder.glob("BIT*.tmp"))


def held(server: FaultServer, path: str, size: int = MIB) -> tuple[str, threading.Event]:
    """A URL whose body stops half-way until the event is set."""
    release = threading.Event()
    return server.serve(path, Resource(Content(size)), stall_after(size // 2, release)), release


@pytest.mark.parametrize("kind", [UPLOAD, UPLOAD_REPLY])
def test_079_upload_job_is_refused(bits: Bits, kind: int) -> None:
    """Upload jobs, which take one file only, are not made yet: CreateJob answers E_NOTIMPL."""
    out = c_void_p()
    assert bits.manager.CreateJob("up", kind, byref(GUID()), byref(out)) == E_NOTIMPL
    assert not out.value


def test_079b_file_set_is_atomic(bits: Bits, tmp_path: Path) -> None:
    """AddFileSet with one bad entry adds none of its files."""
    job = bits.job()
    first, second = str(tmp_path / "a"), str(tmp_path / "b")
    good = [("http://127.0.0.1/a", first), ("http://127.0.0.1/b", second)]
    assert add_set(job, good[0], ("ftp://127.0.0.1/b", second)) == E_INVALIDARG
    assert progress(job).files_total == 0
    assert add_set(job, *good) == S_OK
    assert progress(job).files_total == 2


def add_set(job: Com, *files: tuple[str, str]) -> int:
    """AddFileSet."""
    texts = [(wide(url), wide(path)) for url, path in files]  # alive during the call
    infos = [FileInfo(*[ctypes.addressof(t) for t in pair if t is not None]) for pair in texts]
    return job.AddFileSet(len(infos), (FileInfo * len(infos))(*infos))


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://127.0.0.1/a", "a"),
        ("http://127.0.0.1/a", "./a"),
        ("ftp://127.0.0.1/a", "/tmp/a"),
        ("127.0.0.1/a", "/tmp/a"),
        ("http://127.0.0.1/a b", "/tmp/a"),
        ("", "/tmp/a"),
        ("http://127.0.0.1/a", ""),
    ],
)
def test_080_unusable_names(bits: Bits, url: str, path: str) -> None:
    """A relative local path, and a URL of another scheme or form, are E_INVALIDARG."""
    assert bits.job().AddFile(url, path) == E_INVALIDARG


def test_081_long_names(bits: Bits, tmp_path: Path) -> None:
    """A URL has at most 2,200 characters, its parts and a local path at most 260."""
    start = "http://127.0.0.1/"
    parts = "/".join(["a" * 199] * 11)[: 2200 - len(start)]
    job = bits.job()
    assert job.AddFile(start + parts, str(tmp_path / "a")) == S_OK
    assert job.AddFile(start + parts + "x", str(tmp_path / "b")) == E_INVALIDARG
    assert job.AddFile(start + "s" * 260, str(tmp_path / "c")) == S_OK
    assert job.AddFile(start + "s" * 261, str(tmp_path / "d")) == E_INVALIDARG
    assert job.AddFile(start + "a", "/" + "d" * 260) == E_INVALIDARG


def test_082_pieces_in_the_given_order(bits: Bits, nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """Ranges 100-199, 900-999 and 400-499 become a file of 300 bytes in that order."""
    content = write_file(www / "f", 5000)
    job = download(bits, nginx.url("/f"), tmp_path / "out", (100, 100), (900, 100), (400, 100))
    reaches(job, TRANSFERRED)
    assert progress(job).total == 300
    assert ranges(file_of(job).GetFileRanges) == [(100, 100), (900, 100), (400, 100)]
    assert job.Complete() == S_OK
    expected = content[100:200] + content[900:1000] + content[400:500]
    assert (tmp_path / "out").read_bytes() == expected
    assert nginx.bytes_sent("/f") < 2000


def test_083_no_pieces(bits: Bits, tmp_path: Path) -> None:
    """A RangeCount of 0 is E_INVALIDARG."""
    job = bits.job()
    url, path = "http://127.0.0.1/a", str(tmp_path / "a")
    assert job.AddFileWithRanges(url, path, 0, to_ranges([(0, 1)])) == E_INVALIDARG
    assert job.AddFileWithRanges(url, path, 1, None) == E_INVALIDARG


@pytest.mark.parametrize("piece", [(EOF, 10), (EOF, EOF), (10, 0), (2**63, 2**63)])
def test_084_bad_piece(bits: Bits, tmp_path: Path, piece: tuple[int, int]) -> None:
    """A piece that begins at the end, is empty or reaches beyond 2**64 is BG_E_INVALID_RANGE."""
    url = "http://127.0.0.1/a"
    assert add_pieces(bits.job(), url, tmp_path / "a", piece) == BG_E_INVALID_RANGE


@pytest.mark.parametrize(
    "pieces",
    [
        [(0, 10), (0, 10)],
        [(0, 10), (9, 10)],
        [(100, EOF), (200, 10)],
        [(100, 5), (100, 0)],
    ],
)
def test_085_overlapping_pieces(bits: Bits, tmp_path: Path, pieces: list[tuple[int, int]]) -> None:
    """Pieces that overlap, repeat, or begin at the same place are BG_E_OVERLAPPING_RANGES."""
    url = "http://127.0.0.1/a"
    assert add_pieces(bits.job(), url, tmp_path / "a", *pieces) == BG_E_OVERLAPPING_RANGES


@pytest.mark.parametrize("piece", [(900, 101), (1000, 10), (5000, EOF)])
def test_086_piece_beyond_the_end(
    bits: Bits, nginx: Nginx, www: Path, tmp_path: Path, piece: tuple[int, int]
) -> None:
    """A piece beyond the end of the remote file ends the job in ERROR with BG_E_INVALID_RANGE."""
    write_file(www / "f", 1000)
    job = download(bits, nginx.url("/f"), tmp_path / "out", (0, 10), piece)
    reaches(job, ERROR)
    assert error_of(job)[0] == BG_E_INVALID_RANGE


def test_087_piece_to_the_end(bits: Bits, nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """A piece of length -1 is the rest of the file, also when it is not the last one given."""
    content = write_file(www / "f", 5000)
    job = download(bits, nginx.url("/f"), tmp_path / "out", (4000, EOF), (0, 10))
    reaches(job, TRANSFERRED)
    assert progress(job).total == 1010
    assert job.Complete() == S_OK
    assert (tmp_path / "out").read_bytes() == content[4000:] + content[:10]


def test_088_upload_jobs_have_no_pieces(bits: Bits) -> None:
    """Upload jobs are not made yet, so their missing methods cannot be called by mistake."""
    out = c_void_p()
    assert bits.manager.CreateJob("up", UPLOAD, byref(GUID()), byref(out)) == E_NOTIMPL


def test_089_ranges_of_a_whole_file(bits: Bits, tmp_path: Path) -> None:
    """GetFileRanges of a whole-file download is S_FALSE, 0 and NULL."""
    job = bits.job()
    assert job.AddFile("http://127.0.0.1/a", str(tmp_path / "a")) == S_OK
    count, out = c_uint32(7), c_void_p(7)
    assert file_of(job).GetFileRanges(byref(count), byref(out)) == S_FALSE
    assert (count.value, out.value) == (0, None)


def test_090_progress_before_contact(bits: Bits, tmp_path: Path) -> None:
    """Before the server was asked a file's size is BG_SIZE_UNKNOWN and Completed FALSE."""
    job = bits.job()
    assert job.AddFile("http://127.0.0.1/a", str(tmp_path / "a")) == S_OK
    found = file_progress(file_of(job))
    assert (found.total, found.transferred, found.completed) == (SIZE_UNKNOWN, 0, 0)
    assert progress(job).total == SIZE_UNKNOWN


def test_091_invisible_until_complete(bits: Bits, nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """A TRANSFERRED file is under its temporary name, not its own, until Complete."""
    content = write_file(www / "f", 5000)
    job = download(bits, nginx.url("/f"), tmp_path / "out")
    reaches(job, TRANSFERRED)
    temporary = Path(text(file_of(job).GetTemporaryName) or "")
    assert not (tmp_path / "out").exists()
    assert temporary.read_bytes() == content[:]
    assert file_progress(file_of(job)).completed == 0
    assert job.Complete() == S_OK
    assert (tmp_path / "out").read_bytes() == content[:]
    assert not temporary.exists()


def test_092_high_performance(
    bits: Bits, fault_server: FaultServer, nginx: Nginx, www: Path, tmp_path: Path
) -> None:
    """HIGH_PERFORMANCE writes to the destination itself, and Cancel leaves what is there."""
    url, release = held(fault_server, "/held")
    out = tmp_path / "out"
    out.write_bytes(b"former")
    job = bits.job()
    assert set_property(job, HIGH_PERFORMANCE, 1) == S_OK
    assert job.AddFile(url, str(out)) == S_OK
    assert text(file_of(job).GetTemporaryName) == str(out)
    assert job.Resume() == S_OK
    eventually(lambda: out.exists() and out.stat().st_size == MIB // 2)
    assert out.stat().st_mode & 0o777 == 0o644 & ~_umask()
    assert job.Cancel() == S_OK
    assert out.read_bytes() == Content(MIB)[: MIB // 2]
    release.set()
    content = write_file(www / "f", 5000)
    again = bits.job()
    assert set_property(again, HIGH_PERFORMANCE, 1) == S_OK
    assert again.AddFile(nginx.url("/f"), str(out)) == S_OK
    assert again.Resume() == S_OK
    reaches(again, TRANSFERRED)
    assert again.Complete() == S_OK
    assert out.read_bytes() == content[:]
    assert temporary_files(tmp_path) == []


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_093_partial_complete(
    bits: Bits, fault_server: FaultServer, nginx: Nginx, www: Path, tmp_path: Path
) -> None:
    """Complete during the third of five files keeps two of them: BG_S_PARTIAL_COMPLETE."""
    content = write_file(www / "f", 5000)
    url, release = held(fault_server, "/held")
    job = bits.job()
    for index, address in enumerate([nginx.url("/f")] * 2 + [url] + [nginx.url("/f")] * 2):
        assert job.AddFile(address, str(tmp_path / f"out{index}")) == S_OK
    assert job.Resume() == S_OK
    eventually(lambda: file_progress(file_of(job, 2)).transferred > 0)
    assert job.Complete() == BG_S_PARTIAL_COMPLETE
    release.set()
    assert sorted(p.name for p in tmp_path.glob("out*")) == ["out0", "out1"]
    assert (tmp_path / "out1").read_bytes() == content[:]
    assert temporary_files(tmp_path) == []


def test_094_cancel_leaves_nothing(bits: Bits, nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """Cancel of a TRANSFERRED job leaves nothing on disk."""
    write_file(www / "f", 5000)
    job = download(bits, nginx.url("/f"), tmp_path / "out")
    reaches(job, TRANSFERRED)
    assert len(temporary_files(tmp_path)) == 1
    assert job.Cancel() == S_OK
    assert not (tmp_path / "out").exists()
    assert temporary_files(tmp_path) == []


def test_095_temporary_name(bits: Bits, nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """The temporary file lies beside the destination and is called BIT….tmp."""
    write_file(www / "f", 5000)
    (tmp_path / "deep").mkdir()
    job = download(bits, nginx.url("/f"), tmp_path / "deep/out")
    temporary = Path(text(file_of(job).GetTemporaryName) or "")
    assert temporary.parent == tmp_path / "deep"
    assert temporary.name.startswith("BIT")
    assert temporary.suffix == ".tmp"
    reaches(job, TRANSFERRED)
    assert temporary.exists()


def test_096_validation(
    bits: Bits, fault_server: FaultServer, nginx: Nginx, www: Path, tmp_path: Path
) -> None:
    """The content of a whole file can be declared good, or invalid: ERROR, and it starts over."""
    url, release = held(fault_server, "/held")
    unfinished = download(bits, url, tmp_path / "held")
    assert file_of(unfinished).SetValidationState(1) == E_PENDING
    assert unfinished.Cancel() == S_OK
    release.set()
    content = write_file(www / "f", 5000)
    job = download(bits, nginx.url("/f"), tmp_path / "out")
    reaches(job, TRANSFERRED)
    state = c_uint32(7)
    assert file_of(job).GetValidationState(byref(state)) == S_OK
    assert state.value == 0
    assert file_of(job).SetValidationState(1) == S_OK
    assert file_of(job).GetValidationState(byref(state)) == S_OK
    assert state.value == 1
    assert file_of(job).SetValidationState(0) == S_OK
    reaches(job, ERROR)
    assert error_of(job)[0] == BG_E_VALIDATION_FAILED
    assert progress(job).transferred == 0
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    assert job.Complete() == S_OK
    assert (tmp_path / "out").read_bytes() == content[:]
    nginx.wait_for_log(lambda _: nginx.bytes_sent("/f") >= 2 * 5000)


def test_097_time_of_the_file(bits: Bits, nginx: Nginx, www: Path, tmp_path: Path) -> None:
    """The finished file has the server's Last-Modified as its modification time."""
    write_file(www / "f", 5000)
    when = email.utils.parsedate_to_datetime("Sun, 06 Nov 1994 08:49:37 GMT").timestamp()
    os.utime(www / "f", (when, when))
    job = download(bits, nginx.url("/f"), tmp_path / "out")
    reaches(job, TRANSFERRED)
    assert job.Complete() == S_OK
    assert (tmp_path / "out").stat().st_mtime == when


def test_098_prefix_case(bits: Bits, tmp_path: Path) -> None:
    """ReplaceRemotePrefix minds the case: another one matches nothing, S_FALSE."""
    job = bits.job()
    assert job.AddFile("http://127.0.0.1/One/a", str(tmp_path / "a")) == S_OK
    assert job.AddFile("http://127.0.0.1/two/b", str(tmp_path / "b")) == S_OK
    to = "http://127.0.0.2/x/"
    assert job.ReplaceRemotePrefix("http://127.0.0.1/one/", to) == S_FALSE
    assert job.ReplaceRemotePrefix("http://127.0.0.1/One/", to) == S_OK
    assert text(file_of(job).GetRemoteName) == "http://127.0.0.2/x/a"
    assert text(file_of(job, 1).GetRemoteName) == "http://127.0.0.1/two/b"
    assert job.ReplaceRemotePrefix("", to) == E_INVALIDARG
    assert job.ReplaceRemotePrefix("http://127.0.0.1/two/", "ftp://x/") == E_INVALIDARG
    assert text(file_of(job, 1).GetRemoteName) == "http://127.0.0.1/two/b"


def test_098b_mirror(
    bits: Bits, fault_server: FaultServer, nginx: Nginx, www: Path, tmp_path: Path
) -> None:
    """A file goes on from another source of the same size and time, with what is here."""
    content = write_file(www / "f", MIB)
    stamp = email.utils.formatdate((www / "f").stat().st_mtime, usegmt=True)
    release = threading.Event()
    resource = Resource(content, etag='"other"', last_modified=stamp)
    url = fault_server.serve("/held", resource, stall_after(MIB // 2, release))
    job = download(bits, url, tmp_path / "out")
    eventually(lambda: file_progress(file_of(job)).transferred == MIB // 2)
    assert file_of(job).SetRemoteName(nginx.url("/f")) == S_OK
    release.set()
    reaches(job, TRANSFERRING, TRANSFERRED)
    reaches(job, TRANSFERRED)
    assert job.Complete() == S_OK
    assert (tmp_path / "out").read_bytes() == content[:]
    nginx.wait_for_log(lambda _: nginx.bytes_sent("/f") >= MIB // 2)
    assert nginx.bytes_sent("/f") == MIB // 2
