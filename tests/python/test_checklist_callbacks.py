# SPDX-License-Identifier: MIT
"""The checklist of BITS' behaviours, items 1 to 13: registration and the binary form."""

from __future__ import annotations

import ctypes
import uuid
from collections.abc import Iterator
from ctypes import byref, c_void_p
from pathlib import Path

import pytest

from codes import (
    BG_E_INVALID_STATE,
    E_FAIL,
    E_NOINTERFACE,
    E_NOTIMPL,
    FLAG_DISABLE,
    FLAG_ERROR,
    FLAG_FILE,
    FLAG_RANGES,
    FLAG_TRANSFERRED,
    S_OK,
    TRANSFERRED,
)
from contract import (
    INTERFACES,
    Bits,
    Callback,
    Com,
    FileProgress,
    FileRange,
    JobProgress,
    JobTimes,
    PropertyValue,
    call_slot,
    copy_of,
    number,
    reaches,
)

END = FLAG_TRANSFERRED | FLAG_ERROR
ALL = 0x3B  # everything but DISABLE


@pytest.fixture
def bits(tmp_path: Path) -> Iterator[Bits]:
    """The embedded BITS with BITS' own numbers, and command lines allowed."""
    with Bits(tmp_path, command_lines=1) as service:
        yield service


def test_001_query_interface() -> None:
    """A callback object answers for IUnknown and its three interfaces with one identity."""
    callback = Callback()
    found = set()
    for name in ("IUnknown", *(f"IBackgroundCopyCallback{n}" for n in ("", "2", "3"))):
        found.add(Com(callback.pointer, "IUnknown").query(name).query("IUnknown").pointer)
    assert found == {callback.pointer}
    out = c_void_p(7)
    iid = (ctypes.c_uint8 * 16).from_buffer_copy(uuid.uuid4().bytes)
    query = INTERFACES["IUnknown"].methods["QueryInterface"]
    assert call_slot(callback.pointer, query, iid, byref(out)) == E_NOINTERFACE
    assert out.value is None


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


def test_002_slots(bits: Bits) -> None:
    """FileRangesTransferred is slot 7, and slots 3 to 6 are the methods it inherits."""
    slots = INTERFACES["IBackgroundCopyCallback3"].methods
    assert [slots[name].slot for name in ("JobTransferred", "JobError", "JobModification")] == [
        *(3, 4, 5)
    ]
    assert slots["FileTransferred"].slot == 6
    assert slots["FileRangesTransferred"].slot == 7
    callback = Callback().join(job := copy_of(bits, "a"), ALL)
    assert job.Resume() == S_OK
    assert callback.next("FileTransferred").method == "FileTransferred"
    assert callback.next("JobTransferred").detail is None


def test_003_layout() -> None:
    """Structures have BITS' sizes, and the interface BITS' id."""
    assert INTERFACES["IBackgroundCopyCallback3"].iid == "98c97bd2-e32b-4ad8-a528-95fd8b16bd42"
    sizes = {FileRange: 16, FileProgress: 24, JobProgress: 24, JobTimes: 24, PropertyValue: 16}
    for structure, size in sizes.items():
        assert ctypes.sizeof(structure) == size


def test_004_fresh_job(bits: Bits) -> None:
    """A new job has the notify flags 3 and no callback."""
    job = bits.job()
    assert number(job.GetNotifyFlags) == 3
    out = c_void_p(7)
    assert job.GetNotifyInterface(byref(out)) == S_OK
    assert out.value is None


def test_005_every_flag(bits: Bits) -> None:
    """Every flag of BITS 10.1 is accepted."""
    job = bits.job()
    assert job.SetNotifyFlags(0x3F) == S_OK
    assert number(job.GetNotifyFlags) == 0x3F


@pytest.mark.parametrize("flags", [0x40, 0x43, 0x80000000, 0xFFFFFFFF])
def test_006_unknown_flag(bits: Bits, flags: int) -> None:
    """An unknown flag is E_NOTIMPL, and the flags stay as they were."""
    job = bits.job()
    assert job.SetNotifyFlags(0x11) == S_OK
    assert job.SetNotifyFlags(flags) == E_NOTIMPL
    assert number(job.GetNotifyFlags) == 0x11


def test_007_final_job(bits: Bits) -> None:
    """A job that is over takes neither flags nor a callback."""
    job = bits.job()
    assert job.Cancel() == S_OK
    assert job.SetNotifyFlags(3) == BG_E_INVALID_STATE
    assert job.SetNotifyInterface(Callback().pointer) == BG_E_INVALID_STATE
    assert job.SetNotifyInterface(None) == BG_E_INVALID_STATE


def test_008_disable(bits: Bits) -> None:
    """With DISABLE nothing is called, whatever else is set."""
    callback = Callback().join(job := copy_of(bits, "a"), ALL | FLAG_DISABLE)
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


def test_013_base_interface(bits: Bits) -> None:
    """An object with the base interface only gets JobTransferred, also with flags beyond it."""
    callback = Callback("IBackgroundCopyCallback")
    callback.join(job := copy_of(bits, "a"), FLAG_TRANSFERRED | FLAG_FILE | FLAG_RANGES)
    assert job.Resume() == S_OK
    callback.next("JobTransferred")
    bits.close()
    assert callback.drain() == []
