# SPDX-License-Identifier: MIT
"""Who is told how far a job is, and in which form."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest
import rich.console
import rich.progress
from tqdm import tqdm

from bitscb3 import Job, JobState, Progress
from bitscb3.progress import make_reporter
from bitscb3.testing import Content, FaultServer, Nginx, Resource, stall_after, write_file
from support import MIB, PATIENCE, eventually, open_manager

SIZE = 2 * MIB
HALF = Progress(JobState.TRANSFERRING, 1000, 500, 600, 2, 1, 2.0, 250.0, 2.0)
UNKNOWN = Progress(JobState.CONNECTING, None, 0, 0, 1, 0, 0.1, 0.0, None)


def start(job: Job, url: str, path: Path) -> Job:
    """`job`, with one file and under way."""
    job.add_file(url, path)
    job.resume()
    return job


def test_a_function(www: Path, nginx: Nginx, tmp_path: Path) -> None:
    """A function is called until the job is done, the last time with all of it."""
    write_file(www / "a", SIZE)
    seen: list[Progress] = []
    with open_manager(tmp_path) as manager:
        job = start(manager.create_job("a"), nginx.url("/a"), tmp_path / "a")
        assert job.wait(PATIENCE, progress=seen.append) is JobState.TRANSFERRED
        assert seen[-1].fraction == 1.0
        assert seen[-1].bytes_transferred == SIZE
        assert seen[-1].bytes_received >= SIZE
        assert [one.seconds for one in seen] == sorted(one.seconds for one in seen)


def test_steady_ticks(fault_server: FaultServer, tmp_path: Path) -> None:
    """Ticks come although nothing arrives; what the function raises ends the wait, not the job."""
    release = threading.Event()
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(MIB, release))
    seen: list[Progress] = []

    def look(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == 5:
            raise LookupError("seen enough")

    with open_manager(tmp_path) as manager:
        job = start(manager.create_job("a"), url, tmp_path / "a")
        with pytest.raises(LookupError, match="seen enough"):
            job.wait(progress=look)
        assert job.state is JobState.TRANSFERRING
        release.set()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED


def test_time_out(fault_server: FaultServer, tmp_path: Path) -> None:
    """A wait with progress has a time-out like one without."""
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(MIB, threading.Event()))
    with open_manager(tmp_path) as manager:
        job = start(manager.create_job("a"), url, tmp_path / "a")
        with pytest.raises(TimeoutError, match=r"after 0.3 s"):
            job.wait(0.3, progress=lambda progress: None)


def test_words() -> None:
    """A Progress says how far it is in words, with what is known."""
    assert str(HALF) == "500 bytes of 1000 bytes  1 of 2 files  250 bytes/s  2.0 s left"
    assert str(UNKNOWN) == "0 bytes"
    assert (HALF.fraction, UNKNOWN.fraction) == (0.5, None)
    assert HALF._replace(bytes_total=0, bytes_transferred=0).fraction == 1.0


def test_lines_where_nothing_can_be_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """True writes lines on the standard error stream where that is no terminal: few, and the end."""
    with make_reporter(True, "a.bin") as reporter:
        for tick in range(100):
            reporter.report(HALF._replace(seconds=tick / 10))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    assert lines[-1] == f"a.bin: {HALF}"


def test_rich() -> None:
    """A rich.progress.Progress gets a task, in whose name nothing is markup."""
    shown = io.StringIO()
    bars = rich.progress.Progress(console=rich.console.Console(file=shown, width=100))
    with make_reporter(bars, "a [b] [/x]") as reporter:
        reporter.report(UNKNOWN)
        assert bars.tasks[0].total is None
        reporter.report(HALF)
    assert (bars.tasks[0].completed, bars.tasks[0].total) == (500, 1000)
    bars.console.print(bars)
    assert "a [b] [/x]" in shown.getvalue()


def test_tqdm() -> None:
    """A tqdm bar is moved and left open; the class tqdm makes a bar that is closed at the end."""
    bar = tqdm(file=io.StringIO())
    with make_reporter(bar, "a") as reporter:
        reporter.report(UNKNOWN)
        reporter.report(HALF)
        reporter.report(HALF._replace(bytes_transferred=700))
        reporter.report(HALF._replace(bytes_transferred=100))  # the file began again
    assert (bar.n, bar.total) == (100, 1000)
    assert not bar.disable
    bar.close()
    made: list[tqdm] = []  # type: ignore[type-arg]

    class Quiet(tqdm):  # type: ignore[type-arg]
        def __init__(self, **options: object) -> None:
            super().__init__(file=io.StringIO(), **options)  # type: ignore[call-overload]
            made.append(self)

    with make_reporter(Quiet, "a") as reporter:
        reporter.report(HALF)
    assert (made[0].n, made[0].desc) == (500, "a")
    assert made[0].disable  # closed


@pytest.mark.parametrize("nothing", [None, False])
def test_nobody(nothing: None, capsys: pytest.CaptureFixture[str]) -> None:
    """None and False show nothing."""
    with make_reporter(nothing, "a") as reporter:
        reporter.report(HALF)
    assert capsys.readouterr() == ("", "")


def test_wrong_use() -> None:
    """What cannot be told anything is refused."""
    with pytest.raises(TypeError, match="progress is 7"):
        make_reporter(7, "a")


def test_a_file_that_begins_again(fault_server: FaultServer, tmp_path: Path) -> None:
    """When a file begins anew the rate is not negative."""
    release = threading.Event()
    url = fault_server.serve("/a", Resource(Content(SIZE)), stall_after(MIB, release))
    seen: list[Progress] = []
    with open_manager(tmp_path) as manager:
        job = start(manager.create_job("a"), url, tmp_path / "a")
        eventually(lambda: job.progress.bytes_transferred >= MIB)

        def look(progress: Progress) -> None:
            seen.append(progress)
            if len(seen) == 1:
                fault_server.serve("/a", Resource(Content(SIZE, seed=2)))
                job.suspend()
                release.set()
                fault_server.wait_for(lambda records: records[0].finished)
                job.resume()

        job.wait(PATIENCE, progress=look)
    assert all(progress.rate >= 0 for progress in seen)


def test_time_out_tells_why(tmp_path: Path) -> None:
    """Where a job only waits to try again, the time-out tells why, with and without progress."""
    with open_manager(tmp_path) as manager:
        job = start(manager.create_job("a"), "http://127.0.0.1:9/a", tmp_path / "a")
        eventually(lambda: job.error is not None)
        for progress in (None, lambda progress: None):
            with pytest.raises(TimeoutError, match=r"after 0.1 s \(.*CANNOT_CONNECT"):
                job.wait(0.1, progress=progress)
