# SPDX-License-Identifier: MIT
"""Threads, apartments and processes: COM between our object and the service."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from com import Unknown, apartment_of_this_thread, in_apartment

from bitscb3 import File, InvalidStateError, Job, JobState, Manager, RangeArray
from support import Download, run

SECONDS = 30.0
MULTITHREADED, STA = 0x0, 0x2
CALLBACK2 = "659cdeac-489e-11d9-a9cd-000d56965251"
CALLBACK3 = "98c97bd2-e32b-4ad8-a528-95fd8b16bd42"


def in_thread(work: Callable[[], None]) -> None:
    """Run `work` in a thread of its own, to its end; what it raises is raised here."""
    raised: list[BaseException] = []

    def body() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive()
    if raised:
        raise raised[0]


def test_thread_of_the_user_has_no_apartment(download: Download) -> None:
    """A thread that uses the package is put into no apartment."""

    def work() -> None:
        with Manager(backend="bits") as manager, manager.create_job("plain") as job:
            job.add_file(download.url, download.path)
        assert apartment_of_this_thread() in (None, "implicit")

    in_thread(work)
    assert download.is_there()


def test_thread_in_a_single_threaded_apartment(download: Download) -> None:
    """A thread in an STA that pumps no messages drives a job and is told of it."""

    def work() -> None:
        with in_apartment(STA), Manager(backend="bits") as manager:
            told = threading.Event()
            job = manager.create_job("STA")
            job.add_file(download.url, download.path)
            job.on_transferred(lambda job: told.set())
            job.resume()
            assert job.wait(SECONDS) is JobState.TRANSFERRED
            assert told.wait(SECONDS)
            job.complete()

    in_thread(work)
    assert download.is_there()


def test_objects_made_in_one_thread_are_used_in_others(
    manager: Manager, download: Download
) -> None:
    """Jobs and files made in one thread work in any other, whatever its apartment."""
    job = manager.create_job("threads")
    job.add_file(download.url, download.path)

    def work() -> None:
        with in_apartment(STA):
            assert job.files[0].remote_name == download.url
            job.resume()

    in_thread(work)
    in_thread(lambda: job.complete() if job.wait(SECONDS) else None)
    assert download.is_there()


def test_range_slot_by_the_table(manager: Manager, download: Download) -> None:
    """FileRangesTransferred is slot 7 of our object, and reaches handlers from any thread."""
    job = manager.create_job("slot 7")
    job.add_file(download.url, download.path)
    told: list[tuple[int, int, int]] = []
    arrived = threading.Event()

    @job.on_ranges
    def got(job: Job, file: File, ranges: RangeArray) -> None:
        told.extend((file.index, one.offset, one.length) for one in ranges)
        arrived.set()

    class Range(ctypes.Structure):
        _fields_ = (("offset", ctypes.c_uint64), ("length", ctypes.c_uint64))

    def work() -> None:
        with in_apartment(MULTITHREADED):
            inner = Unknown(job.com_pointer, borrowed=True)
            callback = inner.get_notify_interface().query(CALLBACK3)
            file = inner.first_file()
            ranges = (Range * 2)(Range(1000, 24), Range(0, 10))
            assert callback.call(7, inner.pointer, file.pointer, ctypes.c_uint32(2), ranges) == 0
            assert callback.call(7, inner.pointer, None, ctypes.c_uint32(2), ranges) == 0x80070057

    in_thread(work)
    assert arrived.wait(SECONDS)
    assert told == [(0, 0, 10), (0, 1000, 24)]


def test_callbacks_from_another_process(
    manager: Manager, download: Download, tmp_path: Path
) -> None:
    """The four methods of Callback2, injected by a second process through COM, reach Python.

    The service itself fires fewer of them on Wine; the second process takes our object from the
    job with GetNotifyInterface and calls it as the service would.
    """
    job = manager.create_job("injected")
    job.add_file(download.url, download.path)
    looks = {name: threading.Event() for name in ("modified", "whole", "transferred")}
    states: list[JobState] = []
    job.on_modified(lambda job: looks["modified"].set())
    job.on_file(lambda job, file: looks["whole"].set())
    job.on_transferred(lambda job: looks["transferred"].set())
    job.on_error(lambda job, error: states.append(job.state))
    done = run("call_back.py", job.id)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0"] * 4
    assert looks["modified"].wait(SECONDS)
    with pytest.raises(InvalidStateError):
        job.wait(SECONDS)  # takes what else there is
    # The others are hints: nothing is told that the job does not confirm.
    assert not looks["whole"].is_set()
    assert not looks["transferred"].is_set()
    assert states == []
    job.resume()
    job.wait(SECONDS)
    again = run("call_back.py", job.id)
    assert again.returncode == 0, again.stderr
    assert looks["whole"].wait(SECONDS)
    assert looks["transferred"].wait(SECONDS)
    job.complete()


@pytest.mark.wine
def test_callback3_stays_in_the_process(manager: Manager, download: Download) -> None:
    """A service that knows no Callback3 gets our object as Callback2 through COM."""
    job = manager.create_job("asked for Callback2")
    job.add_file(download.url, download.path)
    job.on_transferred(lambda job: None)
    done = run("call_back.py", job.id, CALLBACK2, CALLBACK3)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["yes", "no"]
