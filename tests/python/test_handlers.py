# SPDX-License-Identifier: MIT
"""Handlers and callbacks: who is told what, in which order, and exactly once."""

from __future__ import annotations

import logging
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

from bitscb3 import (
    EOF,
    Callback3,
    File,
    InvalidStateError,
    Job,
    JobState,
    NotifyFlags,
    Range,
    RangeArray,
    RangeQueue,
    TransferError,
)
from bitscb3.testing import (
    Content,
    FaultServer,
    Nginx,
    Resource,
    change_after,
    cut_after,
    status,
    write_file,
)
from support import KIB, MIB, PATIENCE, covered, open_manager, settle

SIZE = 4 * MIB


class Log(Callback3):
    """Writes down every call."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.ranges: list[Range] = []
        self.threads: set[int] = set()

    def _note(self, *call: Any) -> None:
        self.calls.append(call)
        self.threads.add(threading.get_ident())

    def job_transferred(self, job: Job) -> None:
        self._note("transferred", job)

    def job_error(self, job: Job, error: TransferError) -> None:
        self._note("error", job, error)

    def job_modification(self, job: Job) -> None:
        self._note("modified", job)

    def file_transferred(self, job: Job, file: File) -> None:
        self._note("file", job, file)

    def file_ranges_transferred(self, job: Job, file: File, ranges: RangeArray) -> None:
        self._note("ranges", job, file)
        self.ranges.extend(ranges)

    def file_restarted(self, job: Job, file: File) -> None:
        self._note("restarted", job, file)
        self.ranges.clear()

    def kinds(self) -> list[str]:
        """The kinds of calls, in order."""
        return [call[0] for call in self.calls]


class OnlyRanges(Callback3):
    """Overrides one method."""

    def file_ranges_transferred(self, job: Job, file: File, ranges: RangeArray) -> None:
        """Nothing."""


def test_callback_gets_everything(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A callback hears of every byte once, then of the file, then of the job, on one thread."""
    write_file(www / "a", SIZE)
    log = Log()
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.callback = log
        assert job.callback is log
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        job.resume()
        job.wait(PATIENCE)
        settle(job)
        job.complete()
    assert covered(log.ranges) == [(0, SIZE)]
    kinds = [kind for kind in log.kinds() if kind != "modified"]
    assert kinds[-2:] == ["file", "transferred"]
    assert set(kinds[:-2]) == {"ranges"}
    assert all(call[1] is job for call in log.calls)
    assert all(call[2] is file for call in log.calls if call[0] in ("ranges", "file"))
    assert len(log.threads) == 1
    assert threading.get_ident() not in log.threads


def test_flags_of_a_callback(tmp_path: Path) -> None:
    """A callback turns on the events of the methods it overrides, and no others of its own."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file("http://127.0.0.1:9/a", tmp_path / "a")
        job.callback = OnlyRanges()
        assert job.notify_flags & NotifyFlags.FILE_RANGES_TRANSFERRED
        assert not job.notify_flags & NotifyFlags.FILE_TRANSFERRED
        assert not job.notify_flags & NotifyFlags.JOB_MODIFICATION
        job.callback = Log()
        assert job.notify_flags & NotifyFlags.JOB_MODIFICATION


def test_callback_is_replaced(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A callback that was replaced hears nothing more; the other is told what happened before."""
    write_file(www / "a", SIZE)
    first, second = Log(), Log()
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        job.callback = first
        file.request_ranges([(0, 1000)]).result(PATIENCE)
        settle(job)
        job.callback = second
        file.request_ranges([(5000, 1000)]).result(PATIENCE)
        settle(job)
        job.callback = None
        assert job.callback is None
        file.request_ranges([(9000, 1000)]).result(PATIENCE)
        settle(job)
    assert covered(first.ranges) == [(0, 1000)]
    assert covered(second.ranges) == [(0, 1000), (5000, 1000)]


def test_callback_is_a_callback3(tmp_path: Path) -> None:
    """Anything but a Callback3 or None is a TypeError."""
    with open_manager(tmp_path) as manager, pytest.raises(TypeError, match="Callback3"):
        manager.create_job("a").callback = print  # type: ignore[assignment]


def test_decorators(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Any number of handlers is attached by decorators, which give the function back."""
    write_file(www / "a", SIZE)
    told: list[str] = []
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(nginx.url("/a"), tmp_path / "a")

        @job.on_ranges
        def first(job: Job, file: File, ranges: RangeArray) -> None:
            told.append(f"first {ranges.bytes > 0}")

        @job.on_ranges
        def second(job: Job, file: File, ranges: RangeArray) -> None:
            told.append("second")

        @job.on_file
        def whole(job: Job, file: File) -> None:
            told.append(f"file {file.index}")

        @job.on_transferred
        def done(job: Job) -> None:
            told.append(job.state.name)

        assert callable(first)
        assert callable(done)
        job.resume()
        job.wait(PATIENCE)
        settle(job)
    assert told[-2:] == ["file 0", "TRANSFERRED"]
    assert told[:2] == ["first True", "second"]
    assert told[:-2] == ["first True", "second"] * (len(told) // 2 - 1)


def test_error_handler(fault_server: FaultServer, tmp_path: Path) -> None:
    """on_error is told the error of a job that fails, once for each time."""
    errors: list[TransferError] = []
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(fault_server.serve("/a", status(404)), tmp_path / "a")
        job.on_error(lambda job, error: errors.append(error))
        for count in (1, 2):
            job.resume()
            with pytest.raises(TransferError):
                job.wait(PATIENCE)
            settle(job)
            assert len(errors) == count
    assert errors[0].name == "BG_E_HTTP_ERROR_404"


def test_modified_handler(tmp_path: Path) -> None:
    """on_modified is told when a property changes."""
    told = threading.Event()
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.on_modified(lambda job: told.set())
        settle(job)
        told.clear()
        job.description = "other"
        assert told.wait(PATIENCE)


def test_late_handler_is_told_what_happened_before(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Handlers that join late are told everything once; those that were there hear nothing twice."""
    write_file(www / "a", SIZE)
    early: list[Range] = []
    late: list[Range] = []
    ends: list[str] = []
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(nginx.url("/a"), tmp_path / "a")
        job.on_ranges(lambda job, file, ranges: early.extend(ranges))
        job.on_transferred(lambda job: ends.append("early"))
        job.resume()
        job.wait(PATIENCE)
        settle(job)
        job.on_ranges(lambda job, file, ranges: late.extend(ranges))
        job.on_file(lambda job, file: ends.append("file"))
        job.on_transferred(lambda job: ends.append("late"))
        job.wait(PATIENCE)
        settle(job)
    assert covered(early) == [(0, SIZE)]
    assert covered(late) == [(0, SIZE)]
    assert sorted(ends) == ["early", "file", "late"]


def test_handler_of_an_adopted_job(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A handler of a job from the store is first told what an earlier manager fetched."""
    write_file(www / "a", SIZE)
    told: list[Range] = []
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        file.request_ranges([(1000, 1000)]).result(PATIENCE)
        job.wait(PATIENCE)
    with open_manager(tmp_path) as manager:
        (job,) = manager.jobs()
        job.on_ranges(lambda job, file, ranges: told.extend(ranges))
        job.files[0].request_ranges([(5000, 1000)]).result(PATIENCE)
        settle(job)
    assert covered(told) == [(1000, 1000), (5000, 1000)]


def test_every_byte_once_with_many_requests(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """However ranges are asked for, each byte is reported exactly once to each handler."""
    write_file(www / "a", SIZE)
    told: list[Range] = []
    with open_manager(tmp_path, queue_capacity=2) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        job.on_ranges(lambda job, file, ranges: told.extend(ranges))
        for start in range(0, SIZE, 64 * KIB):
            file.request_ranges([(start + 7, 100), (start, 50), (start + 20, 200)])
        file.request_ranges([(0, EOF)]).result(PATIENCE)
        job.wait(PATIENCE)
        settle(job)
    assert covered(told) == [(0, SIZE)]


def test_handler_that_detaches_itself(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A handler may detach itself in its first call, also when it is told of what was before."""
    write_file(www / "a", SIZE)
    told: list[Range] = []
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        job.on_ranges(lambda job, file, ranges: None)
        file.request_ranges([(0, 10)]).result(PATIENCE)
        settle(job)

        def once(job: Job, file: File, ranges: RangeArray) -> None:
            told.extend(ranges)
            job.remove_handler(once)

        job.on_ranges(once)  # as a decorator it may be called before it has its name
        settle(job)
        file.request_ranges([(1000, 10)]).result(PATIENCE)
        settle(job)
        assert not job.handler_errors
    assert told == [(0, 10)]


def test_handler_slower_than_the_network(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A handler that sleeps through a download, and a tap nobody drains, stall and lose nothing."""
    write_file(www / "a", 16 * MIB)
    told: list[list[Range]] = []
    transferred = threading.Event()
    with open_manager(tmp_path, queue_capacity=1) as manager, RangeQueue(1) as undrained:
        job = manager.create_job("a")
        job.add_file(nginx.url("/a"), tmp_path / "a")
        undrained.attach(job)

        @job.on_ranges
        def sleep(job: Job, file: File, ranges: RangeArray) -> None:
            told.append(list(ranges))
            assert transferred.wait(PATIENCE)

        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        transferred.set()
        settle(job)
        batch = undrained.drain(0)
    assert covered([range for ranges in told for range in ranges]) == [(0, 16 * MIB)]
    assert len(told) <= 2  # what came meanwhile was merged, not kept
    assert len(batch) == 1


def test_raising_handler(
    www: Path, nginx: Nginx, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception in a handler is logged and kept, and neither handlers nor the job stop."""
    write_file(www / "a", SIZE)
    told: list[str] = []
    with open_manager(tmp_path) as manager, caplog.at_level(logging.ERROR, "bitscb3"):
        job = manager.create_job("a")
        job.add_file(nginx.url("/a"), tmp_path / "a")

        @job.on_transferred
        def bad(job: Job) -> None:
            raise ZeroDivisionError("mine")

        @job.on_transferred
        def worse(job: Job) -> None:
            raise SystemExit("mine, too")

        @job.on_transferred
        def good(job: Job) -> None:
            told.append("good")

        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        settle(job)
        assert [type(error) for error in job.handler_errors] == [ZeroDivisionError, SystemExit]
    assert told == ["good"]
    assert "job_transferred" in caplog.text
    assert "ZeroDivisionError: mine" in caplog.text


def test_coroutine_is_no_handler(tmp_path: Path) -> None:
    """A coroutine function is refused, and events() is named."""

    async def handler(job: Job) -> None:
        """Nothing."""

    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        with pytest.raises(TypeError, match=r"events\(\)"):
            job.on_transferred(handler)
        with pytest.raises(TypeError, match="function"):
            job.on_transferred(5)  # type: ignore[type-var]


def test_handler_is_removed(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A handler that was removed hears nothing; to remove it twice is a ValueError."""
    write_file(www / "a", SIZE)
    told: list[Job] = []
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(nginx.url("/a"), tmp_path / "a")
        job.on_transferred(told.append)
        job.remove_handler(told.append)
        with pytest.raises(ValueError, match="not a handler"):
            job.remove_handler(told.append)
        job.resume()
        job.wait(PATIENCE)
        settle(job)
    assert not told


def test_handler_may_complete_the_job(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A handler may complete its job."""
    content = write_file(www / "a", SIZE)
    ended = threading.Event()
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(nginx.url("/a"), tmp_path / "a")

        @job.on_transferred
        def complete(job: Job) -> None:
            job.complete()
            ended.set()

        job.resume()
        assert ended.wait(PATIENCE)
        assert not job.handler_errors
        assert job.state is JobState.ACKNOWLEDGED
    assert (tmp_path / "a").read_bytes() == content[:]


def test_handler_may_close_the_manager(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A handler may close the manager; what is left is handed out after it."""
    write_file(www / "a", SIZE)
    told: list[str] = []
    manager = open_manager(tmp_path)
    job = manager.create_job("a")
    job.add_file(nginx.url("/a"), tmp_path / "a")

    @job.on_transferred
    def close(job: Job) -> None:
        manager.close()
        told.append("closed")

    @job.on_transferred
    def after(job: Job) -> None:
        told.append("after")

    job.resume()
    manager.dispatcher.join(PATIENCE)
    assert told == ["closed", "after"]


def test_close_hands_out_what_arrived(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """close() returns after the handlers had everything that arrived before."""
    write_file(www / "a", SIZE)
    told: list[Range] = []
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(nginx.url("/a"), tmp_path / "a")
        job.on_ranges(lambda job, file, ranges: told.extend(ranges))
        file.request_ranges([(0, MIB)]).result(PATIENCE)
    assert covered(told) == [(0, MIB)]


def test_explicit_flags_win(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """Flags set explicitly decide which handlers hear something; None undoes that."""
    write_file(www / "a", SIZE)
    log = Log()
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(nginx.url("/a"), tmp_path / "a")
        job.callback = log
        job.notify_flags = NotifyFlags.JOB_TRANSFERRED
        assert job.notify_flags == NotifyFlags.JOB_TRANSFERRED
        job.resume()
        job.wait(PATIENCE)
        settle(job)
        assert log.kinds() == ["transferred"]
        job.notify_flags = None
        job.wait(PATIENCE)
        settle(job)
        assert covered(log.ranges) == [(0, SIZE)]
        assert log.kinds().count("transferred") == 1


def test_disabled_flags(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """With DISABLE among the flags no handler hears anything."""
    write_file(www / "a", SIZE)
    log = Log()
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(nginx.url("/a"), tmp_path / "a")
        job.callback = log
        job.notify_flags = NotifyFlags.DISABLE | NotifyFlags.JOB_TRANSFERRED
        job.resume()
        job.wait(PATIENCE)
        settle(job)
    assert log.calls == []


def test_restart_is_told(fault_server: FaultServer, tmp_path: Path) -> None:
    """When the file changes on the server, file_restarted comes first and every byte again."""
    old, new = Content(SIZE, seed=1), Content(SIZE, seed=2)
    url = fault_server.serve("/a", Resource(old), cut_after(500_000))
    log = Log()
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a", on_demand=True)
        file = job.add_file(url, tmp_path / "a")
        job.callback = log
        file.request_ranges([(0, 100_000)]).result(PATIENCE)
        settle(job)
        assert covered(log.ranges) == [(0, 100_000)]
        fault_server.serve("/a", Resource(new, version=2))
        file.request_ranges([(200_000, EOF)]).result(PATIENCE)
        file.request_ranges([(0, EOF)]).result(PATIENCE)
        job.wait(PATIENCE)
        settle(job)
        assert log.kinds().count("restarted") == 1
        assert covered(log.ranges) == [(0, SIZE)]
        assert file.read(0, 100) == new[:100]
        job.complete()
    assert (tmp_path / "a").read_bytes() == new[:]


def test_read_never_mixes_versions(fault_server: FaultServer, tmp_path: Path) -> None:
    """read() across a change on the server gives bytes of one version only."""
    old, new = Content(SIZE, seed=1), Content(SIZE, seed=2)
    changing = change_after(2, Resource(new, version=2))
    url = fault_server.serve("/a", Resource(old), changing)
    with open_manager(tmp_path) as manager:
        file = manager.create_job("a", on_demand=True).add_file(url, tmp_path / "a")
        file.read(0, 1000)
        found = file.read(0, SIZE)
        assert found in (old[:], new[:])


def test_ranges_of_a_silent_file_warn(tmp_path: Path) -> None:
    """on_ranges warns of a file that never reports ranges, once, whichever comes first."""
    (tmp_path / "source").write_bytes(b"abc")
    url = (tmp_path / "source").as_uri()
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        with pytest.warns(UserWarning, match="reports no ranges"):
            job.on_ranges(lambda job, file, ranges: None)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            job.on_ranges(lambda job, file, ranges: None)
        with pytest.warns(UserWarning, match="reports no ranges"):
            job.add_file(url, tmp_path / "b")


def test_handler_on_an_ended_job(tmp_path: Path) -> None:
    """A handler may be attached to an ended job; it hears nothing of use and breaks nothing."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        job.cancel()
        try:
            job.on_transferred(lambda job: None)
        except InvalidStateError as error:
            assert error.name == "BG_E_INVALID_STATE"
        settle(job)
