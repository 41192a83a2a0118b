# SPDX-License-Identifier: MIT
"""The checklist of BITS' behaviours, items 38 to 55: callbacks and command lines."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from ctypes import byref, c_uint32, c_void_p
from pathlib import Path

import pytest

from bitscb3.testing import Content, FaultServer, Resource, flaky, status
from callbacks import Callback
from codes import (
    ACKNOWLEDGED,
    BG_E_STRING_TOO_LONG,
    E_ACCESSDENIED,
    E_FAIL,
    E_INVALIDARG,
    ERROR,
    FLAG_ERROR,
    FLAG_FILE,
    FLAG_MODIFICATION,
    FLAG_RANGES,
    FLAG_TRANSFERRED,
    FOREGROUND,
    NOTIFICATION_CLSID,
    ON_DEMAND,
    S_FALSE,
    S_OK,
    TRANSFERRED,
    TRANSIENT_ERROR,
)
from contract import (
    INTERFACES,
    Bits,
    Com,
    call_slot,
    copy_of,
    error_of,
    get_property,
    http_of,
    number,
    progress,
    reaches,
    set_property,
    state,
    take_text,
)
from support import PATIENCE, eventually

END = FLAG_TRANSFERRED | FLAG_ERROR


@pytest.fixture
def bits(tmp_path: Path) -> Iterator[Bits]:
    """The embedded BITS with BITS' own numbers, and command lines allowed."""
    with Bits(tmp_path, command_lines=1) as service:
        yield service


def failing(bits: Bits) -> Com:
    """A job whose source is not there."""
    job = bits.job("failing")
    assert job.AddFile((bits.folder / "nothing").as_uri(), str(bits.folder / "out")) == S_OK
    return job


def others_turn(bits: Bits) -> None:
    """Let another job's callback be called, which comes after all that is due now."""
    callback = Callback().join(job := copy_of(bits, "other"), END)
    assert job.SetPriority(FOREGROUND) == S_OK
    assert job.Resume() == S_OK
    callback.next("JobTransferred")


def test_038_transferred_once(bits: Bits) -> None:
    """JobTransferred is called once when it returns S_OK."""
    callback = Callback().join(job := copy_of(bits, "a", "b"), END)
    assert job.Resume() == S_OK
    callback.next("JobTransferred")
    bits.advance(3600)
    others_turn(bits)
    bits.close()
    assert callback.drain() == []


@pytest.mark.parametrize("answer", [E_FAIL, S_FALSE])
def test_039_transferred_repeats(bits: Bits, answer: int) -> None:
    """JobTransferred is called again and again until it returns S_OK, and then no more."""
    given: list[int] = []

    def reply(*_: object) -> int:
        given.append(answer if len(given) < 3 else S_OK)
        return given[-1]

    callback = Callback(JobTransferred=reply).join(job := copy_of(bits, "a"), END)
    assert job.Resume() == S_OK
    eventually(lambda: bits.advance(60) or S_OK in given)
    bits.advance(3600)
    others_turn(bits)
    bits.close()
    assert given == [answer, answer, answer, S_OK]
    assert len(callback.drain()) == 4


def noting(bits: Bits, code: int) -> tuple[str, Path]:
    """A program that notes that it ran and exits with a code."""
    note = bits.folder / "note"
    program = bits.folder / "program"
    program.write_text(f"#!/bin/sh\necho $1 >> {note}\nexit {code}\n")
    program.chmod(0o700)
    return str(program), note


def runs(note: Path, word: str = "run") -> int:
    """How often the program ran with this word."""
    return note.read_text().splitlines().count(word) if note.exists() else 0


def test_040_command_line_after_failure(bits: Bits) -> None:
    """When JobError fails and a command line is set, that runs and JobError is not called again."""
    program, note = noting(bits, 0)
    callback = Callback(JobError=E_FAIL).join(job := failing(bits), END)
    assert job.SetNotifyCmdLine(program, f"{program} run") == S_OK
    assert job.Resume() == S_OK
    callback.next("JobError")
    eventually(lambda: runs(note) == 1)
    bits.advance(3600)
    others_turn(bits)
    bits.close()
    assert callback.drain() == []
    assert runs(note) == 1


def test_041_no_call_for_transient_errors(
    bits: Bits, fault_server: FaultServer, tmp_path: Path
) -> None:
    """JobError is not called for a TRANSIENT_ERROR."""
    url = fault_server.serve("/f", Resource(Content(10)), flaky(1, status(503)))
    job = bits.job()
    callback = Callback().join(job, END)
    assert job.AddFile(url, str(tmp_path / "out")) == S_OK
    assert job.Resume() == S_OK
    reaches(job, TRANSIENT_ERROR)
    bits.advance(600)
    assert callback.next().method == "JobTransferred"


def test_042_no_progress(bits: Bits, fault_server: FaultServer, tmp_path: Path) -> None:
    """When the no-progress time-out is over the job is in ERROR and JobError is called."""
    job = bits.job()
    callback = Callback().join(job, END)
    assert job.SetMinimumRetryDelay(100) == S_OK
    assert job.SetNoProgressTimeout(250) == S_OK
    assert job.AddFile(fault_server.serve("/f", status(503)), str(tmp_path / "out")) == S_OK
    assert job.Resume() == S_OK
    for round_ in range(1, 4):
        eventually(lambda n=round_: number(job.GetErrorCount) == n)
        assert state(job) == TRANSIENT_ERROR
        bits.advance(100)
    assert callback.next().method == "JobError"
    assert state(job) == ERROR


def test_043_no_modification_for_the_end(
    bits: Bits, fault_server: FaultServer, tmp_path: Path
) -> None:
    """The change to ERROR is JobError's to tell, and no JobModification."""
    job = bits.job()
    assert job.SetMinimumRetryDelay(700) == S_OK
    assert job.SetNoProgressTimeout(700) == S_OK
    assert job.AddFile(fault_server.serve("/f", status(503)), str(tmp_path / "out")) == S_OK
    assert job.Resume() == S_OK
    reaches(job, TRANSIENT_ERROR)
    callback = Callback().join(job, END | FLAG_MODIFICATION)  # nothing else is left to tell
    bits.advance(700)
    assert callback.next().method == "JobError"
    bits.close()
    assert callback.drain() == []


def test_043b_no_modification_for_transferred(
    bits: Bits, fault_server: FaultServer, tmp_path: Path
) -> None:
    """The change to TRANSFERRED is JobTransferred's to tell, and no JobModification."""
    job = bits.job()
    last = Callback()

    def replace(*_: object) -> int:
        """All bytes are here: what is left to tell, once this returns, is the change alone."""
        if progress(job).transferred == 10:
            last.join(job, END | FLAG_MODIFICATION)
        return S_OK

    url = fault_server.serve("/f", Resource(Content(10)))
    assert job.AddFile(url, str(tmp_path / "out")) == S_OK
    first = Callback(FileRangesTransferred=replace).join(job, END | FLAG_RANGES)
    assert job.Resume() == S_OK
    assert last.next().method == "JobTransferred"
    bits.advance(3600)
    others_turn(bits)
    bits.close()
    assert last.drain() == []
    assert [event.method for event in first.drain()] == ["FileRangesTransferred"]


CHANGES: dict[str, Callable[[Com], int]] = {
    "name": lambda job: job.SetDisplayName("other"),
    "description": lambda job: job.SetDescription("other"),
    "priority": lambda job: job.SetPriority(FOREGROUND),
    "retry delay": lambda job: job.SetMinimumRetryDelay(7),
    "no-progress": lambda job: job.SetNoProgressTimeout(7),
    "download time": lambda job: job.SetMaximumDownloadTime(7),
    "proxy": lambda job: job.SetProxySettings(1, None, None),
    "headers": lambda job: http_of(job).SetCustomHeaders("A: b\r\n"),
    "on demand": lambda job: set_property(job, ON_DEMAND, 1),
    "class": lambda job: set_property(job, NOTIFICATION_CLSID, str(uuid.uuid4())),
    "file": lambda job: job.AddFile("http://127.0.0.1:9/a", "/tmp/a"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_044_modification(bits: Bits, change: Callable[[Com], int]) -> None:
    """Setting a property or adding a file is a JobModification with dwReserved 0."""
    job = bits.job()
    callback = Callback().join(job, FLAG_MODIFICATION)
    assert callback.drain() == []
    assert change(job) == S_OK
    assert callback.next() == ("JobModification", 0)


def name_of(file: int) -> str:
    """The local name of a file that a callback was given."""
    out = c_void_p()
    call_slot(file, INTERFACES["IBackgroundCopyFile"].methods["GetLocalName"], byref(out))
    return Path(take_text(out.value) or "").name


def test_045_order_of_files(bits: Bits) -> None:
    """FileTransferred is called for each file in order, then JobTransferred."""
    seen: list[str] = []

    def note(_: int, file: int) -> int:
        seen.append(name_of(file))
        return S_OK

    callback = Callback(FileTransferred=note, JobTransferred=lambda _: seen.append("job") or S_OK)
    callback.join(job := copy_of(bits, "b", "a", "c"), FLAG_TRANSFERRED | FLAG_FILE)
    assert job.Resume() == S_OK
    eventually(lambda: len(seen) == 4)
    assert seen == ["b", "a", "c", "job"]


def test_046_file_repeats(bits: Bits) -> None:
    """While FileTransferred fails for a file it is repeated, and the next file's event waits."""
    seen: list[str] = []
    answers = iter([E_FAIL, E_FAIL, S_OK, S_OK])

    def note(_: int, file: int) -> int:
        seen.append(name_of(file))
        return next(answers)

    callback = Callback(FileTransferred=note)
    callback.join(job := copy_of(bits, "a", "b"), FLAG_TRANSFERRED | FLAG_FILE)
    assert job.Resume() == S_OK
    eventually(lambda: bits.advance(60) or len(seen) == 4)
    callback.next("JobTransferred")
    assert seen == ["a", "a", "a", "b"]


def test_047_positive_answer(bits: Bits) -> None:
    """FileTransferred that returns S_FALSE counts as success."""
    callback = Callback(FileTransferred=S_FALSE)
    callback.join(job := copy_of(bits, "a", "b"), FLAG_TRANSFERRED | FLAG_FILE)
    assert job.Resume() == S_OK
    assert callback.next().method == "FileTransferred"  # while the clock stands still
    assert callback.next().method == "FileTransferred"
    assert callback.next().method == "JobTransferred"
    bits.advance(3600)
    others_turn(bits)
    bits.close()
    assert callback.drain() == []


def test_048_four_in_flight(bits: Bits) -> None:
    """Four callbacks of any kind are in flight at most; a fifth waits until one of them returns."""
    release, entered = threading.Semaphore(0), threading.Semaphore(0)
    lock = threading.Lock()
    inside: list[int] = []
    peak: list[int] = []

    def wait(*_: object) -> int:
        with lock:
            inside.append(1)
            peak.append(len(inside))
        entered.release()
        is_released = release.acquire(timeout=PATIENCE)
        with lock:
            inside.pop()
        return S_OK if is_released else E_FAIL

    every = dict.fromkeys(("JobTransferred", "JobError", "FileTransferred"), wait)
    callbacks, jobs = [], []
    for index in range(9):  # one call each: those of one job would wait for each other anyhow
        flags = (FLAG_TRANSFERRED, FLAG_FILE, FLAG_ERROR)[index % 3]
        jobs.append(failing(bits) if flags == FLAG_ERROR else copy_of(bits, f"f{index}"))
        callbacks.append(Callback(**every).join(jobs[-1], flags))
    for job in jobs:
        assert job.SetPriority(FOREGROUND) == S_OK
        assert job.Resume() == S_OK
    for _ in range(4):
        assert entered.acquire(timeout=PATIENCE)
    for job in jobs:
        reaches(job, TRANSFERRED, ERROR)
    assert not entered.acquire(blocking=False)
    for _ in range(9 - 4):
        release.release()
        assert entered.acquire(timeout=PATIENCE)
    release.release(4)
    bits.close()
    assert max(peak) == 4
    methods = [event.method for callback in callbacks for event in callback.drain()]
    assert {name: methods.count(name) for name in every} == dict.fromkeys(every, 3)


def test_049_complete_inside(bits: Bits) -> None:
    """Complete called inside JobTransferred works and does not deadlock."""
    job = copy_of(bits, "a")
    results: list[int] = []

    def complete(*_: object) -> int:
        results.append(job.Complete())
        return S_OK

    callback = Callback(JobTransferred=complete).join(job, END)
    assert job.Resume() == S_OK
    callback.next("JobTransferred")
    eventually(lambda: results)
    assert results == [S_OK]
    assert state(job) == ACKNOWLEDGED
    assert (bits.folder / "a").exists()


def test_050_activation() -> None:
    """A class is activated for callbacks when the program is gone."""
    pytest.skip("not applicable: activating classes in other processes is COM's, on Windows only")


def test_051_object_before_class(bits: Bits) -> None:
    """With a callback object that works the class is of no consequence."""
    job = copy_of(bits, "a")
    assert set_property(job, NOTIFICATION_CLSID, str(uuid.uuid4())) == S_OK
    callback = Callback().join(job, END)
    assert job.Resume() == S_OK
    callback.next("JobTransferred")


def test_052_class_is_kept_and_cleared(bits: Bits) -> None:
    """NOTIFICATION_CLSID is kept with the job, and GUID_NULL clears it."""
    job = bits.job()
    name = str(uuid.uuid4())
    assert set_property(job, NOTIFICATION_CLSID, name) == S_OK
    bits.reopen()
    job = bits.find(job)
    assert get_property(job, NOTIFICATION_CLSID).guid == name
    assert set_property(job, NOTIFICATION_CLSID, str(uuid.UUID(int=0))) == S_OK
    assert get_property(job, NOTIFICATION_CLSID).guid == str(uuid.UUID(int=0))


def command_line(job: Com) -> tuple[str | None, str | None]:
    """Program and parameters."""
    program, parameters = c_void_p(), c_void_p()
    assert job.GetNotifyCmdLine(byref(program), byref(parameters)) == S_OK
    return take_text(program.value), take_text(parameters.value)


def test_053_long_parameters(bits: Bits) -> None:
    """Parameters have at most 4,000 characters and a program 260."""
    job = bits.job()
    assert job.SetNotifyCmdLine("/bin/true", "x" * 4000) == S_OK
    assert job.SetNotifyCmdLine("/bin/true", "x" * 4001) == BG_E_STRING_TOO_LONG
    assert command_line(job) == ("/bin/true", "x" * 4000)  # what was refused changed nothing
    assert job.SetNotifyCmdLine("/" + "x" * 259, None) == S_OK
    assert job.SetNotifyCmdLine("/" + "x" * 260, None) == BG_E_STRING_TOO_LONG
    assert job.SetNotifyCmdLine(None, "x") == E_INVALIDARG
    assert job.SetNotifyCmdLine(None, None) == S_OK
    assert command_line(job) == ("", "")


def test_053b_command_lines_are_off(tmp_path: Path) -> None:
    """Unless the settings allow command lines they are refused: E_ACCESSDENIED."""
    with Bits(tmp_path) as bits:
        assert bits.job().SetNotifyCmdLine("/bin/true", None) == E_ACCESSDENIED


def others_program(bits: Bits, program: str, note: Path) -> None:
    """Let another job's program run and end, which comes after all that is due now."""
    count = runs(note, "other")
    other = copy_of(bits, "other")
    assert other.SetPriority(FOREGROUND) == S_OK
    assert other.SetNotifyCmdLine(program, f"{program} other") == S_OK
    assert other.Resume() == S_OK
    eventually(lambda: runs(note, "other") > count)
    assert other.Cancel() == S_OK


def test_054_command_line_repeats(bits: Bits) -> None:
    """A program that exits with 1 and leaves the job alone runs again after the retry delay."""
    program, note = noting(bits, 1)
    job = copy_of(bits, "a")
    assert job.SetNotifyCmdLine(program, f"{program} run") == S_OK
    assert job.SetMinimumRetryDelay(1800) == S_OK
    assert job.Resume() == S_OK
    eventually(lambda: runs(note) == 1)
    others_program(bits, program, note)
    bits.advance(1799)
    others_program(bits, program, note)
    assert runs(note) == 1
    for count in (2, 3):
        eventually(lambda n=count: bits.advance(50) or runs(note) >= n)
    assert state(job) == TRANSFERRED


def test_054b_program_that_is_content(bits: Bits) -> None:
    """A program that exits with 0 runs once."""
    program, note = noting(bits, 0)
    job = copy_of(bits, "a")
    assert job.SetNotifyCmdLine(program, f"{program} run") == S_OK
    assert job.Resume() == S_OK
    eventually(lambda: runs(note) == 1)
    others_program(bits, program, note)
    bits.advance(3600)
    others_program(bits, program, note)
    bits.close()
    assert runs(note) == 1


def test_055_no_command_line(bits: Bits) -> None:
    """Without a command line GetNotifyCmdLine gives two empty texts."""
    assert command_line(bits.job()) == ("", "")


def test_error_object_inside_job_error(bits: Bits) -> None:
    """JobError brings an error object that tells code, context and texts."""
    seen: list[tuple[int, int]] = []

    def note(_: int, error: int) -> int:
        context, code = c_uint32(), c_uint32()
        method = INTERFACES["IBackgroundCopyError"].methods["GetError"]
        assert call_slot(error, method, byref(context), byref(code)) == S_OK
        seen.append((code.value, context.value))
        return S_OK

    callback = Callback(JobError=note).join(job := failing(bits), END)
    assert job.Resume() == S_OK
    callback.next("JobError")
    eventually(lambda: seen)
    assert seen == [error_of(job)]
    assert progress(job).files_transferred == 0
