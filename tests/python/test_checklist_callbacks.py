# SPDX-License-Identifier: MIT
"""The checklist of BITS' behaviours, items 1 to 13: registration and the binary form."""

from __future__ import annotations

import ctypes
import struct
import uuid
from collections.abc import Iterator
from ctypes import byref, c_uint8, c_uint32, c_void_p
from pathlib import Path
from typing import Any

import pytest

from bitscb3.testing import Content, FaultServer, Resource
from callbacks import Callback
from codes import (
    BG_E_INVALID_STATE,
    E_FAIL,
    E_NOINTERFACE,
    E_NOTIMPL,
    ERROR,
    FLAG_DISABLE,
    FLAG_ERROR,
    FLAG_FILE,
    FLAG_RANGES,
    FLAG_TRANSFERRED,
    INTERVAL_MS,
    NOTIFICATION_CLSID,
    S_OK,
    SIZE_UNKNOWN,
    TRANSFERRED,
)
from contract import (
    GUID,
    INTERFACES,
    LIBRARY,
    Bits,
    Com,
    call_slot,
    copy_of,
    file_of,
    made,
    number,
    reaches,
    set_property,
    to_ranges,
)

END = FLAG_TRANSFERRED | FLAG_ERROR
ALL = 0x3B  # everything but DISABLE


@pytest.fixture
def bits(tmp_path: Path) -> Iterator[Bits]:
    """The embedded BITS with BITS' own numbers, and command lines allowed."""
    with Bits(tmp_path, command_lines=1) as service:
        yield service


def download(bits: Bits, server: FaultServer) -> Com:
    """A job that would tell of ranges at once, were it asked to."""
    job = bits.job()
    url = server.serve("/f", Resource(Content(100_000)))
    assert job.AddFile(url, str(bits.folder / "f")) == S_OK
    assert set_property(job, INTERVAL_MS, 0) == S_OK
    return job


def failing(bits: Bits) -> Com:
    """A job whose source is not there."""
    job = bits.job()
    assert job.AddFile((bits.folder / "nothing").as_uri(), str(bits.folder / "out")) == S_OK
    return job


def borrowed(pointer: int, interface: str) -> Com:
    """A reference of our own to what a callback was given."""
    call_slot(pointer, INTERFACES["IUnknown"].methods["AddRef"])
    return Com(pointer, interface)


def id_of(job: Com) -> str:
    """The job's id: two objects may stand for one job."""
    out = GUID()
    assert job.GetId(byref(out)) == S_OK
    return str(out)


def test_001_query_interface(bits: Bits) -> None:
    """A job gives back the callback it was given: four interfaces, one identity, and no other."""
    job = bits.job()
    callback = Callback().join(job, END)
    given = made(job.GetNotifyInterface, "IUnknown")
    names = ("IUnknown", *(f"IBackgroundCopyCallback{n}" for n in ("", "2", "3")))
    assert {given.query(name).query("IUnknown").pointer for name in names} == {callback.pointer}
    out = c_void_p(7)
    iid = (c_uint8 * 16).from_buffer_copy(uuid.uuid4().bytes)
    assert given.QueryInterface(iid, byref(out)) == E_NOINTERFACE
    assert out.value is None
    assert job.SetNotifyInterface(Callback("IUnknown").pointer) == E_NOINTERFACE
    assert made(job.GetNotifyInterface, "IUnknown").pointer == callback.pointer


def test_001b_identity_of_a_job(bits: Bits) -> None:
    """A job is one object under all its interfaces; an unknown one is E_NOINTERFACE and NULL."""
    job = bits.job()
    names = [name for name in INTERFACES if name.startswith("IBackgroundCopyJob")]
    names.append("IBitsTokenOptions")
    assert len(names) == 9
    assert len({job.query(name).query("IUnknown").pointer for name in names}) == 1
    out = c_void_p(7)
    iid = (ctypes.c_uint8 * 16).from_buffer_copy(uuid.uuid4().bytes)
    assert job.QueryInterface(iid, byref(out)) == E_NOINTERFACE
    assert out.value is None


def test_002_slots(bits: Bits, fault_server: FaultServer) -> None:
    """Slots 3 to 7 of the callback's table are called with what BITS passes in each."""
    seen: dict[int, Any] = {}

    def noting(slot: int, *kinds: str) -> Any:
        def note(*arguments: int) -> int:
            objects = [borrowed(a, k) for a, k in zip(arguments, kinds, strict=False)]
            seen[slot] = (id_of(objects[0]), *objects[1:], *arguments[2:])
            return S_OK

        return note

    slots = INTERFACES["IBackgroundCopyCallback3"].methods
    kinds = {
        "JobTransferred": (3, "IBackgroundCopyJob"),
        "JobError": (4, "IBackgroundCopyJob", "IBackgroundCopyError"),
        "JobModification": (5, "IBackgroundCopyJob"),
        "FileTransferred": (6, "IBackgroundCopyJob", "IBackgroundCopyFile"),
        "FileRangesTransferred": (7, "IBackgroundCopyJob", "IBackgroundCopyFile"),
    }
    assert {name: slots[name].slot for name in kinds} == {n: k[0] for n, k in kinds.items()}
    callback = Callback(**{name: noting(*kind) for name, kind in kinds.items()})
    callback.join(job := download(bits, fault_server), ALL)
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    callback.next("JobTransferred")
    other = failing(bits)
    callback.join(other, FLAG_ERROR)
    assert other.Resume() == S_OK
    callback.next("JobError")
    bits.close()
    jobs = {slot: what[0] for slot, what in seen.items()}
    assert jobs == {**dict.fromkeys((3, 5, 6, 7), id_of(job)), 4: id_of(other)}
    file = file_of(job).query("IUnknown").pointer
    assert seen[6][1].query("IBackgroundCopyFile6").query("IUnknown").pointer == file
    assert seen[7][1].query("IUnknown").pointer == file
    assert seen[7][2] >= 1  # rangeCount
    context, code = c_uint32(), c_uint32()
    assert seen[4][1].GetError(byref(context), byref(code)) == S_OK
    assert code.value


def test_003_layout(bits: Bits) -> None:
    """Structures have BITS' layouts: 24 bytes of progress and times, 16 of a value and a range."""

    def given(method: Any, *arguments: object) -> bytes:
        out = (c_uint8 * 32)(*[0xA5] * 32)
        assert method(*arguments, out) == S_OK
        return bytes(out)

    job = bits.job()
    pieces = [(1 << 40, 7), (3, 5)]
    url, path = "http://127.0.0.1:9/a", str(bits.folder / "a")
    assert job.AddFileWithRanges(url, path, 2, to_ranges(pieces)) == S_OK
    rest = b"\xa5" * 8
    assert given(job.GetProgress) == struct.pack("<QQII", SIZE_UNKNOWN, 0, 1, 0) + rest
    of_file = given(file_of(job).GetProgress)
    assert of_file[:20] == struct.pack("<QQi", SIZE_UNKNOWN, 0, 0)
    assert of_file[24:] == rest
    creation, modification, completion = struct.unpack("<QQQ", given(job.GetTimes)[:24])
    assert 0 < creation <= modification
    assert completion == 0
    assert given(job.GetTimes)[24:] == rest
    name = uuid.uuid4()
    assert set_property(job, NOTIFICATION_CLSID, str(name)) == S_OK
    assert given(job.GetProperty, NOTIFICATION_CLSID) == name.bytes_le + rest * 2
    count, out = c_uint32(), c_void_p()
    assert file_of(job).GetFileRanges(byref(count), byref(out)) == S_OK
    assert ctypes.string_at(out.value or 0, 32) == struct.pack("<4Q", *pieces[0], *pieces[1])
    LIBRARY.CoTaskMemFree(out)


def test_004_fresh_job(bits: Bits) -> None:
    """A new job has the notify flags 3 and no callback."""
    job = bits.job()
    assert number(job.GetNotifyFlags) == 3
    out = c_void_p(7)
    assert job.GetNotifyInterface(byref(out)) == S_OK
    assert out.value is None


def test_005_every_flag(bits: Bits) -> None:
    """Every flag of BITS 10.1 is accepted, whether a job is new, transferred or in error."""
    transferred, failed = copy_of(bits, "a"), failing(bits)
    for job, end in ((transferred, TRANSFERRED), (failed, ERROR)):
        assert job.Resume() == S_OK
        reaches(job, end)
    for job in (bits.job(), transferred, failed):
        assert job.SetNotifyFlags(0x3F) == S_OK
        assert number(job.GetNotifyFlags) == 0x3F


@pytest.mark.parametrize("flags", [0x40, 0x43, 0x80000000, 0xFFFFFFFF])
def test_006_unknown_flag(bits: Bits, flags: int) -> None:
    """An unknown flag is E_NOTIMPL, and the flags stay as they were."""
    job = bits.job()
    assert job.SetNotifyFlags(0x11) == S_OK
    assert job.SetNotifyFlags(flags) == E_NOTIMPL
    assert number(job.GetNotifyFlags) == 0x11


@pytest.mark.parametrize("end", ["Cancel", "Complete"])
def test_007_final_job(bits: Bits, end: str) -> None:
    """A job that is over takes neither flags nor a callback."""
    job = copy_of(bits, "a")
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    assert getattr(job, end)() == S_OK
    assert job.SetNotifyFlags(3) == BG_E_INVALID_STATE
    assert job.SetNotifyInterface(Callback().pointer) == BG_E_INVALID_STATE
    assert job.SetNotifyInterface(None) == BG_E_INVALID_STATE


def test_008_disable(bits: Bits, fault_server: FaultServer) -> None:
    """With DISABLE nothing is called, whatever else is set."""
    callback = Callback().join(job := download(bits, fault_server), ALL | FLAG_DISABLE)
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    assert job.Complete() == S_OK
    bits.close()
    assert callback.drain() == []


def test_009_replaced_callback(bits: Bits) -> None:
    """Of two callbacks set one after the other only the second is called."""
    job = copy_of(bits, "a")
    first = Callback().join(job, END)
    second = Callback().join(job, END)
    assert job.Resume() == S_OK
    second.next("JobTransferred")
    bits.close()
    assert first.drain() == []
    assert first.references == 1


def test_010_cleared_callback(bits: Bits) -> None:
    """After SetNotifyInterface(NULL) nothing is called, and the object is released."""
    job = copy_of(bits, "a")
    callback = Callback().join(job, END)
    assert callback.references > 1
    assert job.SetNotifyInterface(None) == S_OK
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    bits.close()
    assert callback.drain() == []
    assert callback.references == 1


def test_011_late_callback(bits: Bits) -> None:
    """A callback set after the job was transferred still hears of it."""
    job = copy_of(bits, "a")
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    assert Callback().join(job, END).next().method == "JobTransferred"


def test_012_next_client(bits: Bits) -> None:
    """A client that comes after one that ended without acknowledging hears of the end."""
    job = copy_of(bits, "a")
    former = Callback(JobTransferred=E_FAIL).join(job, END)
    assert job.Resume() == S_OK
    former.next("JobTransferred")
    bits.reopen()
    assert Callback().join(bits.find(job), END).next().method == "JobTransferred"


@pytest.mark.parametrize("version", ["", "2"])
def test_013_base_interface(bits: Bits, fault_server: FaultServer, version: str) -> None:
    """An object of an earlier interface gets that one's calls, also with flags beyond it."""
    callback = Callback(f"IBackgroundCopyCallback{version}")
    job = download(bits, fault_server)  # its ranges and its file would be told
    callback.join(job, FLAG_TRANSFERRED | FLAG_FILE | FLAG_RANGES)
    assert job.Resume() == S_OK
    if version:
        assert callback.next().method == "FileTransferred"
    assert callback.next().method == "JobTransferred"
    bits.close()
    assert callback.drain() == []
