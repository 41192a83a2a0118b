# SPDX-License-Identifier: MIT
"""Programs that are killed on purpose: when, what is left of them, and what is told when they are not."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

from bitscb3 import Job, JobState, Manager, RangeArray
from bitscb3.testing import CheckedManager, Content, FaultServer, KillResume, Moment, Resource
from bitscb3.testing import stall_after as stall
from support import KIB, PATIENCE

SIZE = 300 * KIB
HALF = SIZE // 2


class Order(NamedTuple):
    """An argument of a class of this module."""

    url: str
    path: Path


def download(store: Path, moment: Moment, order: Order) -> None:
    """Download and complete, with a moment after each step."""
    print("it begins")
    with Manager("engine", store) as manager:
        job = manager.create_job("killed")
        job.add_file(order.url, order.path)
        job.resume()
        moment("resumed")
        job.wait()
        moment("whole")
        job.complete()
    moment("done")


def note(store: Path, moment: Moment, path: Path) -> None:
    """Try to write after a moment, and at exit."""
    try:
        moment("now")
    finally:
        path.write_text("it went on", encoding="utf-8")


def fail(store: Path, moment: Moment) -> None:
    """Go wrong."""
    moment("before")
    raise ValueError("no luck")


def hang(store: Path, moment: Moment) -> None:
    """Come to one moment only."""
    moment("first")
    threading.Event().wait()


@pytest.fixture
def order(range_server: FaultServer, tmp_path: Path) -> Order:
    """A file to download."""
    return Order(range_server.serve("/a", Resource(Content(SIZE))), tmp_path / "a")


def test_killed_at_a_moment(
    kill_resume: KillResume, order: Order, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is killed at the moment named, not before; the next manager finds its job as it was."""
    manager = kill_resume(download, order, at="whole")
    (job,) = manager.jobs()
    assert job.name == "killed"
    assert not order.path.exists()
    job.resume()
    assert job.wait(PATIENCE) is JobState.TRANSFERRED
    job.complete()
    assert order.path.read_bytes() == Content(SIZE)[:]
    assert "it begins" in capfd.readouterr().err


def test_killed_again_and_again(kill_resume: KillResume, order: Order) -> None:
    """It may be run and killed many times on one store; the manager of the run before is closed."""
    before: list[Manager] = []
    for count in (1, 2, 3):
        manager = kill_resume(
            download, order._replace(path=order.path.with_name(f"{count}")), at="resumed"
        )
        assert len(manager.jobs()) == count
        assert [one.closed for one in before] == [True] * (count - 1)
        before.append(manager)


def test_killed_on_a_condition(
    kill_resume: KillResume, range_server: FaultServer, tmp_path: Path
) -> None:
    """It is killed once a condition on its store holds, and what was recorded is kept."""
    release = threading.Event()
    url = range_server.serve("/b", Resource(Content(SIZE)), stall(HALF, release))

    def has_much(manager: Manager) -> bool:
        return manager.jobs()[0].progress.bytes_transferred > HALF // 2

    manager = kill_resume(download, Order(url, tmp_path / "b"), at=has_much)
    release.set()
    (job,) = manager.jobs()
    assert HALF // 2 < job.progress.bytes_transferred < SIZE
    job.resume()
    assert job.wait(PATIENCE) is JobState.TRANSFERRED


def test_nothing_runs_after_the_moment(kill_resume: KillResume, tmp_path: Path) -> None:
    """After the moment at which it is killed nothing of a program runs."""
    kill_resume(note, tmp_path / "note", at="now")
    assert not (tmp_path / "note").exists()


def test_a_program_that_ends_early_is_told(kill_resume: KillResume) -> None:
    """A program that ends before its moment is an error with its last words."""
    with pytest.raises(RuntimeError, match=r"fail\(\) ended before the moment 'later'") as caught:
        kill_resume(fail, at="later")
    assert "moments: 'before'" in str(caught.value)
    assert "ValueError: no luck" in str(caught.value)


def test_a_moment_that_does_not_come_is_told(kill_resume: KillResume) -> None:
    """A moment that does not come in time is TimeoutError, and the process is gone."""
    with pytest.raises(TimeoutError, match="'second' in 2 s; moments: 'first'"):
        kill_resume(hang, at="second", timeout=2)
    with pytest.raises(TimeoutError, match="what it was waited for"):
        kill_resume(hang, at=lambda manager: manager.jobs()[0], timeout=0.5)


def test_what_cannot_be_run_is_refused(kill_resume: KillResume) -> None:
    """A function that another process could not import is TypeError."""

    def inner(store: Path, moment: Moment) -> None: ...

    for program in (inner, lambda store, moment: None, print, kill_resume.__call__):
        with pytest.raises(TypeError, match="top of a module"):
            kill_resume(program, at="a")


def test_without_pytest(order: Order, tmp_path: Path) -> None:
    """Outside of pytest it is a context that closes its managers."""
    with KillResume(str(tmp_path / "store")) as kill_resume:
        manager = kill_resume(download, order, at="resumed")
        assert not manager.closed
    assert manager.closed


def children() -> set[str]:
    """The numbers of this process's children, of those that ended, too, until they are reaped."""
    return {
        number
        for listed in Path("/proc/self/task").glob("*/children")
        for number in listed.read_text().split()
    }


@pytest.mark.skipif(sys.platform == "win32", reason="no /proc")
def test_no_process_is_left(kill_resume: KillResume) -> None:
    """The process is reaped, and so is one that hung."""
    before = children()
    with pytest.raises(TimeoutError):
        kill_resume(hang, at="never", timeout=0.5)
    assert children() <= before


def test_a_checked_manager(range_server: FaultServer, tmp_path: Path) -> None:
    """A checked manager raises what a handler raised, also of a job that nobody holds any more."""
    url = range_server.serve("/a", Resource(b"abc"))

    def wrong(job: Job, file: object, ranges: RangeArray) -> None:
        raise ValueError("a wrong handler")

    def run(manager: Manager) -> None:
        with manager.create_job("a") as job:
            job.add_file(url, tmp_path / "a")
            job.on_ranges(wrong)

    with pytest.raises(AssertionError, match="a handler raised") as caught:  # noqa: SIM117
        with CheckedManager("engine", tmp_path / "store") as manager:
            run(manager)
    assert isinstance(caught.value.__cause__, ValueError)
    with pytest.raises(KeyError), CheckedManager("engine", tmp_path / "store") as manager:
        run(manager)
        raise KeyError  # what the test says goes first
